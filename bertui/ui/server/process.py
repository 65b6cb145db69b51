"""What the process of the app has once, for all sessions: the executor, its workspace, the heavy libraries."""

from __future__ import annotations

import gc
import sys
import threading
import time
import types
from collections.abc import Callable
from typing import Any, TypeVar

from bertui.modeling.libraries import load_libraries
from bertui.runs.background import BackgroundExecutor
from bertui.runs.executor import Executor
from bertui.runs.workspace import Workspace, default_root

Made = TypeVar("Made")


def workspace() -> Workspace:
    """Return the workspace of this server."""
    executor()
    return _runtime().workspace


def executor() -> Executor:
    """Return the process's one executor; it outlives sessions, reloads and cleared caches."""
    home = _runtime()
    with _LOCK:
        if not hasattr(home, "executor"):
            home.workspace = Workspace(default_root())
            home.executor = BackgroundExecutor(home.workspace)
        return home.executor


def once(name: str, make: Callable[[], Made]) -> Made:
    """Return the one object of a name that the process has, made when it is first asked for."""
    home = _runtime()
    with _LOCK:
        if not hasattr(home, name):
            setattr(home, name, make())
        made: Made = getattr(home, name)
        return made


def warm_up() -> None:
    """Load the heavy libraries in the background, once per process, so that the first page need not wait."""
    home = _runtime()
    with _LOCK:
        if hasattr(home, "warm"):
            return
        home.warm = threading.Thread(target=_load_heavy, name="bertui-warm-up", daemon=True)
        home.warm.start()


def warming() -> bool:
    """Whether the heavy libraries are still being loaded."""
    thread = getattr(_runtime(), "warm", None)
    return thread is not None and thread.is_alive()


def _runtime() -> Any:
    """The place of what the process has once; it outlives the reloading of our own modules."""
    return sys.modules.setdefault("_bertui_runtime", types.ModuleType("_bertui_runtime"))


def _load_heavy() -> None:
    time.sleep(_FIRST_PAINT)  # importing holds the interpreter: the first page comes first
    load_libraries()
    import captum.attr  # noqa: F401

    gc.collect()
    gc.freeze()  # Streamlit collects garbage after every rerun; these half a million objects never are


_LOCK = threading.Lock()
_FIRST_PAINT = 1.5  # seconds
