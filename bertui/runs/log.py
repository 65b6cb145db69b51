"""events.jsonl: one event in a line, only appended; what a kill or a full disk cut short is left out on reading."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from bertui.atomic import unwritable
from bertui.errors import RunError
from bertui.training.events import Event, from_json, to_json


def append_event(path: Path, event: Event) -> None:
    """Append one event and hand it to the system.

    Raises:
        DiskError: The log cannot be written.
    """
    line = json.dumps({"time": round(time.time(), 3), **to_json(event)}).encode()
    try:
        with path.open("a+b") as file:
            file.write(_end_of_torn_line(file) + line + b"\n")
    except OSError as error:
        raise unwritable(path, error) from error


def read_events(path: Path, after: int = 0) -> tuple[list[Event], int]:
    """Return the events past byte ``after``, and where the next read goes on.

    Raises:
        RunError: The log cannot be read.
    """
    whole = _whole_lines(path, after)
    return [event for _, event in _parsed(whole)], after + len(whole)


def read_timed_events(path: Path) -> list[tuple[float | None, Event]]:
    """Return every event with when it was written (seconds since 1970), None where its line does not say.

    Raises:
        RunError: The log cannot be read.
    """
    return list(_parsed(_whole_lines(path, 0)))


def _whole_lines(path: Path, after: int) -> bytes:
    """Return the lines past byte ``after``; one that is still being written waits for the next read."""
    try:
        with path.open("rb") as file:
            file.seek(after)
            text = file.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise RunError(
            f"The log '{path}' cannot be read ({error.strerror or error}).",
            remedy="Check its permissions and its disk, then try again.",
        ) from error
    return text[: text.rfind(b"\n") + 1]


def _end_of_torn_line(file: BinaryIO) -> bytes:
    """Return what ends a line that was cut short, so that the next one stands alone."""
    if file.seek(0, os.SEEK_END) == 0:
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def _parsed(lines: bytes) -> Iterator[tuple[float | None, Event]]:
    for line in lines.split(b"\n"):  # and at no other sign: a text may hold U+2028 or U+0085
        try:
            saved = json.loads(line)
            event = from_json(saved)
        except (ValueError, TypeError, AttributeError, RecursionError):
            continue  # cut short, or spoilt by somebody
        if event is not None:
            yield _seconds(saved.get("time")), event


def _seconds(written: Any) -> float | None:
    return written if isinstance(written, float) and math.isfinite(written) else None
