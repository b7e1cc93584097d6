"""What the process gives back to the system of the memory that it has freed."""

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD = -3
"""`M_MMAP_THRESHOLD` of glibc's malloc.h."""
_LARGE_BYTES = 1 << 20


def give_back_large_blocks() -> None:
    """Each password that is checked takes 19 MB for a moment. glibc raises by itself the size from
    which on a block is given back when it is freed, and would keep these. Other libraries have no
    such call and need none."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
