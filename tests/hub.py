"""A small server on loopback that answers like the Hugging Face hub, as far as downloading a model goes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Files = dict[str, Path]


@cache
def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def files_of(folder: Path, *, without: tuple[str, ...] = ()) -> Files:
    """All files under a folder by their names in a repository."""
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path for name, path in files.items() if name not in without}


@dataclass
class Repo:
    """What a model's page holds: files by revision (branch, tag or pull request) and who asked for which pull."""

    revisions: dict[str, Files]
    pulls: dict[int, tuple[str, str]] = field(default_factory=dict)  # number -> author, status
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)  # what is asked for -> status, error code

    def commit(self, revision: str) -> str | None:
        """Return the commit that a revision, or a commit itself, stands for."""
        known = {name: commit_of(files) for name, files in self.revisions.items()}
        return known.get(revision) or (revision if revision in known.values() else None)

    def files(self, commit: str) -> Files:
        return next(files for files in self.revisions.values() if commit_of(files) == commit)


def commit_of(files: Files) -> str:
    """The commit is 40 hexadecimal digits over names and contents, as in git."""
    listing = "\n".join(f"{name} {digest(path)}" for name, path in sorted(files.items()))
    return hashlib.sha1(listing.encode()).hexdigest()


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


@dataclass
class Hub:
    """The running server: its models, the faults it is told to make, and every request it got."""

    url: str = ""
    repos: dict[str, Repo] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)  # a model's old name -> its name
    faults: dict[str, list[str]] = field(default_factory=dict)  # "model/file" -> what goes wrong with its next GETs
    requests: list[Request] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


_API = re.compile(r"/api/models/(?P<repo>[^/]+(?:/[^/]+)?)")
_ADDRESSES = {
    "info": re.compile(_API.pattern + "?"),
    "revision": re.compile(_API.pattern + r"/revision/(?P<revision>[^/]+)"),
    "tree": re.compile(_API.pattern + r"/tree/(?P<revision>[^/]+)/?"),
    "discussions": re.compile(_API.pattern + r"/discussions"),
    "file": re.compile(r"/(?P<repo>[^/]+(?:/[^/]+)?)/resolve/(?P<revision>[^/]+)/(?P<file>.+)"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.hub.requests.append(Request(self.command, unquote(url.path), parse_qs(url.query), headers))
        kind, match = next(
            ((kind, match) for kind, form in reversed(_ADDRESSES.items()) if (match := form.fullmatch(url.path))),
            ("", None),
        )
        if match is None:
            return self._refuse(404, "EntryNotFound")
        named = {name: unquote(value) for name, value in match.groupdict().items()}
        if named["repo"] in self.hub.moved:
            address = self.path.replace(named["repo"], self.hub.moved[named["repo"]], 1)
            return self._answer(307, {"Location": address}, b"")
        repo = self.hub.repos.get(named["repo"])
        if repo is None:
            return self._refuse(404, "RepoNotFound")
        if kind in repo.refusals:
            return self._refuse(*repo.refusals[kind])
        if kind == "discussions":
            return self._json(self._discussions(named["repo"], repo))
        commit = repo.commit(named.get("revision", "main"))
        if commit is None:
            return self._refuse(404, "RevisionNotFound")
        if kind == "file":
            return self._file(named["repo"], repo, commit, named["file"])
        return self._json((self._tree if kind == "tree" else self._info)(named["repo"], repo, commit))

    do_HEAD = do_GET

    def _info(self, name: str, repo: Repo, commit: str) -> Any:
        sizes = {file: path.stat().st_size for file, path in repo.files(commit).items()}
        blobs = "blobs=" in self.path
        siblings = [{"rfilename": file} | ({"size": size} if blobs else {}) for file, size in sizes.items()]
        return {"id": name, "sha": commit, "siblings": siblings, "tags": [], "private": False, "downloads": 0}

    def _tree(self, name: str, repo: Repo, commit: str) -> Any:
        return [
            {"type": "file", "path": file, "size": path.stat().st_size, "oid": digest(path)[:40]}
            for file, path in repo.files(commit).items()
        ]

    def _discussions(self, name: str, repo: Repo) -> Any:
        pulls = [
            {
                "num": number, "title": "Adding `safetensors` variant of this model", "author": {"name": author},
                "status": status, "isPullRequest": True, "createdAt": "2023-03-05T10:00:00.000Z",
                "repo": {"name": name, "type": "model"},
            }
            for number, (author, status) in repo.pulls.items()
        ]  # fmt: skip
        return {"discussions": pulls, "count": len(pulls), "start": 0}

    def _file(self, name: str, repo: Repo, commit: str, file: str) -> None:
        if file not in repo.files(commit):
            return self._refuse(404, "EntryNotFound")
        path = repo.files(commit)[file]
        content = path.read_bytes()
        headers = {
            "X-Repo-Commit": commit, "ETag": f'"{digest(path)}"', "X-Linked-Size": str(len(content)),
            "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream",
        }  # fmt: skip
        status, begin = 200, 0
        if part := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            status, begin = 206, int(part[1])
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        faults = self.hub.faults.get(f"{name}/{file}", []) if self.command == "GET" else []
        self._answer(status, headers, content[begin:], faults.pop(0) if faults else "")

    def _json(self, value: Any) -> None:
        self._answer(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, {"X-Error-Code": code} if code else {}, b"")

    def _answer(self, status: int, headers: dict[str, str], content: bytes, fault: str = "") -> None:
        """Send all, or half and then end the connection: "closed" in good order, "reset" without."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(content[: len(content) // 2] if fault else content)
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
        self.close_connection = self.close_connection or bool(fault)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the requests are kept."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that was reset, or that the client ended, is no news."""


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub without models on a free port of 127.0.0.1, until the block ends."""
    hub = Hub()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
