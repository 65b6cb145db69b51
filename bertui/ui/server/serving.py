"""Starts the server of the app in this process, and loads the first page's modules while the browser loads its own."""

from __future__ import annotations

import importlib
import os
import runpy
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bertui.ui.server.hosts import keep_address_private


def serve(port: int, address: str = "127.0.0.1", hosts: Sequence[str] = ()) -> None:
    """Serve the app until Ctrl-C or SIGTERM.

    In this process: signals reach the server itself, and no second interpreter has to start.

    Args:
        port: The port to listen on.
        address: The address to listen on.
        hosts: The names that requests may carry; those of .streamlit/config.toml when left out.
    """
    top = top_folder()
    os.chdir(top)  # Streamlit looks for .streamlit/ in the working folder
    sys.argv = ["streamlit", "run", str(top / "app.py"), "--server.port", str(port), "--server.address", address]
    sys.argv += [word for host in hosts for word in ("--server.allowedHosts", host)]
    keep_address_private()
    threading.Thread(target=_load_first_page, args=(port, address), name="bertui-first-page", daemon=True).start()
    runpy.run_module("streamlit", run_name="__main__")


def top_folder() -> Path:
    """The folder that holds app.py, pages/ and static/: the repository's top, or bertui/_app when installed."""
    package = Path(__file__).resolve().parents[2]
    installed = package / "_app"
    return installed if installed.exists() else package.parent


def _load_first_page(port: int, address: str) -> None:
    """Import what the first page needs once the server listens; sooner, and the server would wait for it."""
    while not listening(port, address):
        time.sleep(0.03)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SOON)
    for module in _FIRST_PAGE:
        importlib.import_module(module)
    sys.setswitchinterval(usual)


def listening(port: int, address: str = "127.0.0.1") -> bool:
    """Whether a server listens on a port of this machine; one on all addresses is asked on the first."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


_FIRST_PAGE = (
    "bertui.ui.shell",
    "bertui.ui.start.ways",
    "bertui.ui.start.recent",
    "PIL.ImageFile",
    "streamlit.material_icon_names",
)
_SOON = 0.0002  # seconds; the server, which hands out many small files meanwhile, else waits 5 ms for each
