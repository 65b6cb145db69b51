"""How the C library keeps memory: what a step frees is used again by the next, instead of going back to the system.

By default every large tensor is mapped anew and filled with zero pages one by one, which takes longer than the
arithmetic on it: a step of 8 x 512 tokens takes less than half of the time without. Compiled kernels
are kept too, and are most of what grows in a run (docs/speed.md).
"""

from __future__ import annotations

import ctypes
import os
from functools import cache

# From glibc's malloc.h. Other C libraries do not have them, and keep memory in ways of their own.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 1 << 30


@cache
def keep_memory() -> bool:
    """Make the process keep freed memory for itself; False where the C library has no such setting."""
    if (mallopt := getattr(_c_library(), "mallopt", None)) is None:
        return False
    # One arena for all threads: others hold at most 64 MB each and map what is larger.
    settings = ((_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, 2 * _LARGE - 1), (_ARENA_MAX, 1))
    return all([bool(mallopt(name, value)) for name, value in settings])


def keep_kernels_once() -> None:
    """Let PyTorch keep a compiled kernel once, not twice; before the first product of the process.

    Both oneDNN and what wraps it cache the kernels of each size that was met, a quarter of a megabyte each. A size that
    only oneDNN still knows is found there as fast. A number that a person has set stays.
    """
    os.environ.setdefault("LRU_CACHE_CAPACITY", "1")


def give_back() -> None:
    """Return what is free to the system, after a run."""
    if (malloc_trim := getattr(_c_library(), "malloc_trim", None)) is not None:
        malloc_trim(0)


@cache
def _c_library() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL("libc.so.6")
    except OSError:  # not glibc
        return None
