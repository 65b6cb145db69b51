"""How a run moves from state to state: who may take it, who ends it, and what may be asked of its owner.

Each is one step under the lock of the run. A run has one owner, and only the owner ends it; everybody else asks, by a
file in the run's folder that the owner looks for between two events.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from bertui.atomic import unwritable
from bertui.errors import RunError
from bertui.runs.heartbeat import answer_for
from bertui.runs.owner import MAKER, Owner
from bertui.runs.record import RECORD, changing, current_state, read_record
from bertui.runs.states import LIVE, MOVES, State

Request = Literal["stop", "cancel"]
_REQUESTS: tuple[Request, ...] = ("stop", "cancel")
_UNWRITTEN: set[Path] = set()
"""What this process has asked of itself and the disk had no room for."""


def claim(folder: Path, state: Literal["queued", "running"], owner: Owner) -> bool:
    """Let this process answer for a run; False, and nothing changes, where another does or the run has ended.

    Raises:
        RunError: run.json cannot be read or written. A run that waits in this process begins all the same.
    """
    with changing(folder) as change:
        facts = read_record(folder)
        before = current_state(folder, facts)
        follows = state in MOVES[before] or before == state == "queued"
        if not follows or _held_elsewhere(folder, facts):
            return False
        _forget_requests(folder)
        if before == "queued" and _is_mine(facts) and facts.get("kind") != MAKER:
            change.keep({"state": state})  # nobody else may take it
        else:
            change.write({"state": state, **owner.facts()})
    answer_for(folder)
    return True


def move(folder: Path, state: State, facts: dict[str, Any]) -> bool:
    """Move a run to a state, written or remembered; False, and nothing changes, where the state may not follow.

    It may not either where another living process answers for the run.
    """
    with changing(folder) as change:
        with suppress(RunError):  # without a record nothing speaks against it
            before = read_record(folder)
            if state not in MOVES[current_state(folder, before)] or _held_elsewhere(folder, before):
                return False
        change.keep({"state": state, **facts})
        if state not in LIVE:
            _forget_requests(folder)
    return True


def ask(folder: Path, request: Request) -> bool:
    """Ask the owner of a run, in whatever process, to end it; False where there is nothing to end.

    Raises:
        RunError: run.json cannot be read, or the request cannot be written for another process to see.
    """
    with changing(folder) as change:
        facts = read_record(folder)
        state, mine = current_state(folder, facts), _is_mine(facts)
        write = change.keep if mine else change.write
        if request == "cancel" and state == "queued":
            write({"state": "cancelled"})
        elif state in ("running", "stopping"):
            _put(request_file(folder, request), mine)
            if request == "stop":
                write({"state": "stopping"})
        else:
            return False
    return True


def asked(folder: Path, request: Request) -> bool:
    """Whether somebody has asked for the end of a run since its owner began."""
    path = request_file(folder, request)
    return path in _UNWRITTEN or path.exists()


def is_taken_away(folder: Path) -> bool:
    """Whether another process has become the owner of a run, since this one seemed dead: it was suspended, say."""
    with suppress(RunError):
        return not _is_mine(read_record(folder))
    return False


def request_file(folder: Path, request: Request) -> Path:
    """Return the file by which something is asked."""
    return folder / f"{request}.request"


def _put(path: Path, mine: bool) -> None:
    try:
        path.touch()
    except OSError as error:
        if not mine:
            raise unwritable(path, error) from error
        _UNWRITTEN.add(path)


def _forget_requests(folder: Path) -> None:
    for path in (request_file(folder, request) for request in _REQUESTS):
        _UNWRITTEN.discard(path)
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _is_mine(facts: dict[str, Any]) -> bool:
    owner = Owner.of(facts)
    return owner is not None and owner.is_this_process


def _held_elsewhere(folder: Path, facts: dict[str, Any]) -> bool:
    """Whether another living process has the run; one that waits with the process that made it is free to take."""
    owner = Owner.of(facts)
    if owner is None or owner.is_this_process or (facts["state"] == "queued" and owner.kind == MAKER):
        return False
    return owner.alive(folder / RECORD)
