"""run.json: what it must hold, how a run may move from state to state, and what could not be written yet.

A state that cannot be written, since the disk is full or gone, is kept in the memory of the process that carries the
run out. Every reader in this process sees it, and it is written as soon as there is room. Should the process end
before that, nobody answers for the run any more, and it reads as interrupted.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import psutil
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bertui.atomic import write_json
from bertui.errors import DiskError, RunError

State = Literal["queued", "running", "stopping", "finished", "stopped", "failed", "interrupted", "cancelled"]
LIVE: tuple[State, ...] = ("queued", "running", "stopping")
HAS_MODEL: tuple[State, ...] = ("finished", "stopped")
MOVES: dict[State, tuple[State, ...]] = {
    "queued": ("running", "failed", "interrupted", "cancelled"),
    "running": ("stopping", "finished", "stopped", "failed", "interrupted", "cancelled"),
    "stopping": ("finished", "stopped", "failed", "interrupted", "cancelled"),
    "failed": ("queued", "running"),
    "interrupted": ("queued", "running"),
    "finished": (),
    "stopped": (),
    "cancelled": (),
}
"""State -> the states that may follow it."""

_YEAR_2200 = 7_258_118_400.0
_Seconds = Annotated[float, Field(ge=0, le=_YEAR_2200)]


class Record(BaseModel):
    """The shape of run.json, so that a broken one is noticed where it is read and not on a page that shows it."""

    model_config = ConfigDict(strict=True, extra="allow")

    name: str
    state: State
    created: _Seconds
    table: str
    sizes: dict[str, int]
    classes: list[str]
    fingerprint: str
    version: str
    task: str = "single-label"
    table_id: str | None = None
    pid: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    born: _Seconds = 0.0
    error: str | None = None
    alarm: dict[str, Any] | None = None


_CHANGING = threading.RLock()
_UNWRITTEN: dict[Path, dict[str, Any]] = {}


def read_record(folder: Path) -> dict[str, Any]:
    """Return run.json with what could not be written yet.

    Raises:
        RunError: It is missing, broken, or cannot be read just now.
    """
    try:
        facts = json.loads((folder / "run.json").read_text("utf-8"))
        Record.model_validate(facts)
    except FileNotFoundError as error:
        raise _broken(folder, "it is missing") from error
    except OSError as error:  # too many open files, no permission: the run itself may be in order
        raise DiskError(
            f"run.json of the run '{folder.name}' cannot be read ({error.strerror or error}).",
            remedy="Check the folder's permissions and its disk, then try again.",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(key) for key in first["loc"]) or "run.json"
        raise _broken(folder, f"{place}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise _broken(folder, "it is not JSON") from error
    return facts | _UNWRITTEN.get(folder, {})


def change_record(folder: Path, facts: dict[str, Any]) -> None:
    """Write changed facts.

    Raises:
        RunError: run.json cannot be read or written.
    """
    with _CHANGING:
        write_json(folder / "run.json", read_record(folder) | facts)
        _UNWRITTEN.pop(folder, None)


def keep_record(folder: Path, facts: dict[str, Any]) -> None:
    """Change facts whatever happens: those that cannot be written are remembered until they can."""
    with _CHANGING:
        try:
            change_record(folder, facts)
        except RunError:
            _UNWRITTEN[folder] = _UNWRITTEN.get(folder, {}) | facts


def move_record(folder: Path, state: State, facts: dict[str, Any]) -> bool:
    """Move a run to a state, written or remembered; False, and nothing changes, where the state may not follow."""
    with _CHANGING:
        with suppress(RunError):  # without a record nothing speaks against it
            if state not in MOVES[current_state(read_record(folder))]:
                return False
        keep_record(folder, {"state": state, **facts})
        return True


def forget_record(folder: Path) -> None:
    """Forget what was not written of a run that is deleted."""
    with _CHANGING:
        _UNWRITTEN.pop(folder, None)


def rename_record(old: Path, new: Path) -> None:
    """Let what was not written of a run follow its folder to another place."""
    with _CHANGING:
        if old in _UNWRITTEN:
            _UNWRITTEN[new] = _UNWRITTEN.pop(old)


def write_remembered() -> bool:
    """Write what could not be written before; return whether all is written now."""
    for folder in list(_UNWRITTEN):
        if folder.is_dir():
            with suppress(RunError):
                change_record(folder, {})
        else:
            forget_record(folder)
    return not _UNWRITTEN


def current_state(facts: dict[str, Any]) -> State:
    """Return the state, with a run whose process is gone called interrupted."""
    return "interrupted" if facts["state"] in LIVE and not _alive(facts) else facts["state"]


def _alive(facts: dict[str, Any]) -> bool:
    """Whether the process that claimed the run still lives; its birth time tells a reused number."""
    if facts.get("pid") is None:
        return False
    try:
        process = psutil.Process(facts["pid"])
        return abs(process.create_time() - facts.get("born", 0)) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True  # somebody else's process may well train it


def _broken(folder: Path, why: str) -> RunError:
    return RunError(
        f"The run '{folder.name}' has no readable run.json ({why}).",
        remedy="Restore or delete its folder.",
    )
