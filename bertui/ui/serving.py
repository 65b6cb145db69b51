"""Starts the server of the app in this process, and loads the first page's modules while the browser loads its own."""

from __future__ import annotations

import importlib
import os
import runpy
import socket
import sys
import threading
import time
from pathlib import Path


def serve(port: int) -> None:
    """Serve the app on 127.0.0.1 until Ctrl-C or SIGTERM.

    In this process: signals reach the server itself, and no second interpreter has to start.
    """
    top = top_folder()
    os.chdir(top)  # Streamlit looks for .streamlit/ in the working folder
    sys.argv = ["streamlit", "run", str(top / "app.py"), "--server.port", str(port)]
    threading.Thread(target=_load_first_page, args=(port,), name="bertui-first-page", daemon=True).start()
    runpy.run_module("streamlit", run_name="__main__")


def top_folder() -> Path:
    """The folder that holds app.py, pages/ and static/: the repository's top, or bertui/_app when installed."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_app"
    return installed if installed.exists() else package.parent


def _load_first_page(port: int) -> None:
    """Import what the first page needs once the server listens; sooner, and the server would wait for it."""
    while not listening(port):
        time.sleep(0.03)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SOON)
    for module in _FIRST_PAGE:
        importlib.import_module(module)
    sys.setswitchinterval(usual)


def listening(port: int) -> bool:
    """Whether a server listens on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


_FIRST_PAGE = (
    "bertui.ui.shell",
    "bertui.ui.start_cards",
    "bertui.ui.start_runs",
    "PIL.ImageFile",
    "streamlit.material_icon_names",
)
_SOON = 0.0002  # seconds; the server, which hands out many small files meanwhile, else waits 5 ms for each
