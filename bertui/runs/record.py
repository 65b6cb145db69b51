"""run.json: what it must hold, how it is changed by one at a time, and what could not be written yet.

Whoever changes it holds the lock of the run, so that no process writes over what another has just written. A state
that cannot be written, since the disk is full or gone, is kept in the memory of the process that answers for the run.
Every reader in this process sees it, and it is written as soon as there is room. Should the process end before that,
nobody answers for the run any more, and it reads as interrupted.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bertui.atomic import unwritable, write_json
from bertui.errors import DiskError, RunError
from bertui.runs.locking import locked
from bertui.runs.owner import Owner
from bertui.runs.states import LIVE, State

RECORD, LOCK = "run.json", "run.lock"
FORMAT = 2
"""Of run.json. Format 1, that of bertui 0.1, is without the number, and its owners are without a host."""

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
    format: Annotated[int, Field(ge=1)] = 1
    task: str = "single-label"
    table_id: str | None = None
    pid: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    born: _Seconds = 0.0
    host: str | None = None
    kind: str | None = None
    job: str | None = None
    error: str | None = None
    alarm: dict[str, Any] | None = None
    pins: list[list[str]] = []


_CHANGING = threading.RLock()
_UNWRITTEN: dict[Path, dict[str, Any]] = {}


def read_record(folder: Path) -> dict[str, Any]:
    """Return run.json with what could not be written yet.

    Raises:
        RunError: It is missing, broken, of a later format, or cannot be read just now.
    """
    try:
        facts = json.loads((folder / RECORD).read_text("utf-8"))
        _check_format(folder, facts)
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
    return facts | _remembered(folder, facts)


def current_state(folder: Path, facts: dict[str, Any]) -> State:
    """Return the state, with a run that no living process answers for called interrupted."""
    if facts["state"] not in LIVE:
        return facts["state"]
    owner = Owner.of(facts)
    return facts["state"] if owner is not None and owner.alive(folder / RECORD) else "interrupted"


@dataclass(frozen=True, slots=True)
class Change:
    """run.json of a run while nobody else may change it.

    Attributes:
        refused: Why other processes could not be kept from changing it; then nothing may be written either.
    """

    folder: Path
    refused: OSError | None

    def write(self, facts: dict[str, Any]) -> None:
        """Write changed facts.

        Raises:
            RunError: run.json cannot be read or written.
        """
        if self.refused is not None:
            raise unwritable(self.folder / RECORD, self.refused) from self.refused
        write_json(self.folder / RECORD, read_record(self.folder) | facts)
        _UNWRITTEN.pop(self.folder, None)

    def keep(self, facts: dict[str, Any]) -> None:
        """Change facts whatever happens: those that cannot be written are remembered until they can."""
        try:
            self.write(facts)
        except RunError:
            _UNWRITTEN[self.folder] = _UNWRITTEN.get(self.folder, {}) | facts


@contextmanager
def changing(folder: Path) -> Iterator[Change]:
    """Keep everybody else from changing a run, as far as the disk lets one."""
    with ExitStack() as stack:
        refused = None
        try:
            stack.enter_context(locked(folder / LOCK))
        except OSError as error:
            refused = error
        stack.enter_context(_CHANGING)
        yield Change(folder, refused)


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
            with suppress(RunError), changing(folder) as change:
                change.write({})
        else:
            forget_record(folder)
    return not _UNWRITTEN


def _remembered(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """Return what could not be written, as long as this process answers for the run."""
    unwritten = _UNWRITTEN.get(folder)
    if not unwritten:
        return {}
    owner = Owner.of(facts)
    return unwritten if owner is not None and owner.is_this_process else {}


def _check_format(folder: Path, facts: Any) -> None:
    made = facts.get("format") if isinstance(facts, dict) else None
    if isinstance(made, int) and made > FORMAT:
        raise RunError(
            f"The run '{folder.name}' was written by a later version of bertui ({facts.get('version')}).",
            expected=f"run.json of format {FORMAT} or earlier; this one is of format {made}.",
            remedy="Open it with that version, or bring this one up to date.",
        )


def _broken(folder: Path, why: str) -> RunError:
    return RunError(
        f"The run '{folder.name}' has no readable run.json ({why}).",
        remedy="Restore or delete its folder.",
    )
