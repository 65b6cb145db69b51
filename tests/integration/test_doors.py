"""Who may speak to a running app: raw requests under its own names and under those of other sites."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.conftest import free_port

ROOT = Path(__file__).parents[2]
CLI = [sys.executable, "-c", "from bertui.cli import main; main()", "app"]
OWN = ("127.0.0.1", "localhost", "LOCALHOST", "LocalHost.", "127.0.0.1.", "[::1]")
FOREIGN = (
    "evil.example", "EVIL.example.", "127.0.0.1.evil.example", "localhost.evil.example", "evil-localhost", "1.127.0.0",
    "[::2]", "0.0.0.0", "localhost@evil.example", "evil.example#localhost", "localhost/", "localhost:x", "*", "",
)  # fmt: skip


def answer(port: int, host: str | None, path: str, *more: str, method: str = "GET", address: str = "127.0.0.1") -> str:
    """Return what comes back for a request written by hand: of a WebSocket, which stays open, the first bytes."""
    opens = any(line.startswith("Upgrade") for line in more)
    closing = [] if opens else ["Connection: close"]
    lines = [f"{method} {path} HTTP/1.1", *([] if host is None else [f"Host: {host}"]), *more, *closing, "", ""]
    with socket.create_connection((address, port), timeout=20) as wire:
        wire.sendall("\r\n".join(lines).encode())
        parts = [wire.recv(65536)]
        while parts[-1] and not opens:
            parts.append(wire.recv(65536))
        return b"".join(parts).decode("latin-1")


def handshake(port: int, host: str | None, origin: str | None = None, address: str = "127.0.0.1") -> str:
    """Return the status of a WebSocket handshake: "101" lets in."""
    more = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    more += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *([] if origin is None else [f"Origin: {origin}"])]
    return answer(port, host, "/_stcore/stream", *more, address=address).split(" ")[1]


@contextmanager
def running(command: list[str], folder: Path, address: str = "127.0.0.1", **variables: str) -> Iterator[int]:
    """Start a server and return its port."""
    port = free_port()
    option = "--port" if command[:4] == CLI else "--server.port"
    environment = os.environ | {"BERTUI_WORKSPACE": str(folder / "workspace"), **variables}
    process = subprocess.Popen(
        [*command, option, str(port)], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(1500):
            try:
                assert answer(port, "localhost", "/_stcore/health", address=address).endswith("ok")
                break
            except (OSError, AssertionError):
                assert process.poll() is None, "the server ended"
                time.sleep(0.02)
        else:
            raise AssertionError("the server did not start")
        yield port
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running(CLI, tmp_path_factory.mktemp("app")) as port:
        yield port


@pytest.mark.parametrize("name", OWN)
def test_this_machine_speaks_to_the_app(port: int, name: str) -> None:
    assert handshake(port, name) == handshake(port, f"{name}:{port}") == "101"
    assert handshake(port, f"{name}:{port}", f"http://{name}:{port}") == "101"


@pytest.mark.parametrize("name", FOREIGN)
def test_a_page_under_another_name_does_not(port: int, name: str) -> None:
    """Its origin is the same as its host, so that the browser sees nothing wrong: that is DNS rebinding."""
    for host in (name, f"{name}:{port}"):
        assert handshake(port, host) in ("400", "403")
        assert handshake(port, host, f"http://{host}") in ("400", "403")
        assert handshake(port, host, f"http://localhost:{port}") in ("400", "403")


def test_neither_does_a_request_without_a_name_or_with_two(port: int) -> None:
    assert handshake(port, None) in ("400", "403")
    assert handshake(port, "localhost\r\nHost: evil.example") in ("400", "403")
    assert handshake(port, "evil.example\r\nHost: localhost") in ("400", "403")
    assert handshake(port, "evil.example\r\nX-Forwarded-Host: localhost") == "403"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://evil.example", "null", "http://localhost.evil.example"]
)
def test_another_site_does_not_open_the_app_under_the_apps_own_name(port: int, origin: str) -> None:
    assert handshake(port, f"127.0.0.1:{port}", origin) == "403"


@contextmanager
def recorder() -> Iterator[tuple[dict[str, str], list[str]]]:
    """Yield the variables that lead all that a process asks of the internet here, and a list of what it has asked."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def note() -> None:
            while True:
                try:
                    wire, _ = door.accept()
                except OSError:
                    return
                with wire:
                    asked.append(wire.recv(4096).decode("latin-1").splitlines()[0])

        threading.Thread(target=note, daemon=True).start()
        proxy = f"http://127.0.0.1:{door.getsockname()[1]}"
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        yield dict.fromkeys(names, proxy) | {"no_proxy": "", "NO_PROXY": ""}, asked


@pytest.mark.parametrize("where", [[], ["--address", "0.0.0.0", "--host", "lab.example.org"]])
def test_a_page_of_another_site_makes_the_app_ask_nobody_on_the_internet(where: list[str], tmp_path: Path) -> None:
    """Streamlit would ask for this machine's address, to see whether the page comes from it."""
    with recorder() as (variables, asked):
        script = "import requests; requests.get('http://there.example/x', timeout=5)"
        subprocess.run([sys.executable, "-c", script], env=os.environ | variables, capture_output=True, timeout=60)
        assert asked.pop().startswith("GET http://there.example/x")  # so the recorder hears what is asked
        with running([*CLI, *where], tmp_path, **variables) as port:
            for origin in ("http://evil.example", "https://evil.example:8501", "null", "http://203.0.113.7"):
                assert handshake(port, f"127.0.0.1:{port}", origin) == "403"
        assert asked == []


def test_what_needs_no_name_is_in_reach_and_gives_nothing_away(port: int) -> None:
    """Without a session, which the handshake alone gives, there is no upload and no file of a page."""
    for host in ("localhost", "evil.example"):
        assert answer(port, host, "/_stcore/health").endswith("ok")
        assert " 200 " in answer(port, host, "/app/static/icon.png")[:15]
        assert " 404 " in answer(port, host, "/media/" + "0" * 56 + ".csv")[:15]
        upload = answer(port, host, "/_stcore/upload_file/session/file", "Content-Length: 0", method="PUT")
        assert upload.split(" ")[1] in ("400", "403")
        for path in ("/app/static/../app.py", "/app/static/%2e%2e/pyproject.toml", "/app/static/..%2fworkspace"):
            assert answer(port, host, path).split(" ")[1] in ("400", "403", "404"), path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel, unpacked as pip does."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(folder / "installed")
    return folder / "installed"


@pytest.mark.parametrize("way", ["streamlit here", "streamlit elsewhere", "wheel"])
def test_however_it_is_started(way: str, wheel: Path, tmp_path: Path) -> None:
    streamlit = [sys.executable, "-m", "streamlit", "run"]
    command = CLI if way == "wheel" else [*streamlit, "app.py" if way == "streamlit here" else str(ROOT / "app.py")]
    folder = ROOT if way == "streamlit here" else tmp_path
    path = str(wheel if way == "wheel" else ROOT)
    with running(command, folder, PYTHONPATH=path, BERTUI_WORKSPACE=str(tmp_path)) as port:
        assert handshake(port, f"localhost:{port}", f"http://localhost:{port}") == "101"
        assert handshake(port, f"evil.example:{port}", f"http://evil.example:{port}") == "403"


def test_another_address_answers_to_the_names_that_are_given(tmp_path: Path) -> None:
    command = [*CLI, "--address", "0.0.0.0", "--host", "lab.example.org", "--host", "*.rooms.example.org"]
    with running(command, tmp_path) as port:
        for name in ("lab.example.org", "LAB.example.org.", "a.rooms.example.org", "127.0.0.1"):
            assert handshake(port, f"{name}:{port}", f"http://{name}:{port}") == "101"
        for name in ("evil.example", "example.org", "rooms.example.org", "x.lab.example.org"):
            assert handshake(port, f"{name}:{port}", f"http://{name}:{port}") == "403"


def test_an_app_for_other_machines_does_not_start_without_a_name(tmp_path: Path) -> None:
    for given in (["--address", "0.0.0.0"], ["--address", "::"], ["--host", "http://lab"], ["--address", "lab"]):
        done = subprocess.run([*CLI, *given], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "--host" in done.stderr and "Traceback" not in done.stderr
    variables = os.environ | {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}
    done = subprocess.run(CLI, cwd=tmp_path, capture_output=True, text=True, timeout=60, env=variables)
    assert done.returncode == 2 and "0.0.0.0" in done.stderr
