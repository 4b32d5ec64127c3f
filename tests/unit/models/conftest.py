"""A store in a directory of its own."""

import pytest
from support.saved import make_store


@pytest.fixture
def store(tmp_path):
    return make_store(tmp_path / "store")
