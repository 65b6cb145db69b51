"""Loading torch and transformers once, whoever comes first.

Both take seconds, and two threads that import transformers at the same time can meet it half made: whoever needs
them calls this first and waits for the other.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bertui.modeling.memory import keep_kernels_once, keep_memory

_LOCK = threading.Lock()


def load_libraries() -> None:
    """Import the heavy libraries; later calls cost nothing."""
    with _LOCK, _no_collections():
        keep_kernels_once()
        import torch  # noqa: F401
        from transformers import AutoConfig, AutoModel, AutoTokenizer, BertModel, BertTokenizer  # noqa: F401
        from transformers.utils import logging

        keep_memory()
        logging.set_verbosity_error()  # what is missing in a model is read from its report, not printed
        logging.disable_progress_bar()


@contextmanager
def _no_collections() -> Iterator[None]:
    """Spare imports the collection of garbage: they make half a million objects that stay, and are gone over often."""
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.enable()
