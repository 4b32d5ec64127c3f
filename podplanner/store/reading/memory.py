"""Memory for what is read whole: zeros at first, page by page when it is filled."""

import mmap
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_OWN_PAGES = 2**20
# Bytes from which a content has pages of its own: the last page is on average half empty, and
# dropping the content gives all of them back at once.


def zeros(size: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Return so many zero bytes, writable, that share memory with nothing else.

    Large ones begin at a page, and in huge pages where the system has them: filling 2 MiB then
    costs one fault instead of 512, which is half of the time to read them from the page cache.
    """
    import numpy as np

    if size < _OWN_PAGES or sys.platform == "win32":
        return np.zeros(size, np.uint8)
    # Python's own default is memory to be shared between processes, which has small pages only.
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, np.uint8)
