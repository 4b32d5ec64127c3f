"""Opening a store whose first document is damaged."""

import pytest
from support.stores import new_root

from podplanner.errors import ObjectCorruptError
from podplanner.store.root import open_root


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format":"podplanner/store/1"}', b"\0" * 90])
def test_a_damaged_store_document_names_the_one_way_on(content):
    root = new_root()
    root.backend.put("store.json", [content])
    with pytest.raises(ObjectCorruptError) as caught:
        open_root(root.backend)
    assert "backup" in caught.value.hint
