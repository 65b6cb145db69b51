"""A run: a folder and its state. The folder is the truth; app, command line and library read the same thing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.atomic import write_json
from bertui.data.file_layout import Layout
from bertui.data.roles import Roles
from bertui.data.row_numbers import RowNumbers
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import RunError
from bertui.recipe import Recipe, read_recipe
from bertui.runs.kept import Kept
from bertui.runs.log import append_event, read_events, read_timed_events
from bertui.runs.moves import Request, ask, asked, claim, is_taken_away, move
from bertui.runs.owner import MAKER, Owner
from bertui.runs.record import changing, current_state, read_record
from bertui.runs.rows import read_layout, read_numbers, read_roles, read_rows, save_rows, share_rows
from bertui.runs.states import HAS_MODEL as HAS_MODEL
from bertui.runs.states import LIVE as LIVE
from bertui.runs.states import State
from bertui.tasks.registry import task_class
from bertui.tasks.task import Task
from bertui.training.events import Event, ModelLoaded

if TYPE_CHECKING:
    import pandas as pd

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Run(Kept):
    """One run by its folder. Every property reads the disk, so any process sees the same."""

    def facts(self) -> dict[str, Any]:
        """Return run.json: name, state, created, table, error, alarm ...

        Raises:
            RunError: It is missing, broken, or cannot be read just now.
        """
        return read_record(self.folder)

    @property
    def task(self) -> type[Task]:
        """The task that the run learns."""
        return task_class(self.task_kind)

    @property
    def task_kind(self) -> str:
        return str(self.facts().get("task", "single-label"))

    @property
    def state(self) -> State:
        """The state, where a run that no living process answers for counts as interrupted."""
        return current_state(self.folder, self.facts())

    @property
    def owner(self) -> Owner | None:
        """The process that answers for the run, or did last."""
        return Owner.of(self.facts())

    @property
    def pins(self) -> tuple[tuple[str, ...], ...]:
        """The texts of the pinned sentences."""
        return tuple(map(tuple, self.facts().get("pins", [])))

    @property
    def recipe(self) -> Recipe:
        try:
            text = (self.folder / "recipe.json").read_text("utf-8")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise RunError(
                f"The choices of the run '{self.id}' (recipe.json) cannot be read ({why}).",
                remedy="Restore the file from a copy, or start a new run.",
            ) from error
        return read_recipe(text)

    def pin(self, loaded: ModelLoaded) -> None:
        """Keep what only the loaded model tells in the recipe: the commit of a hub model, and the rate that suits it.

        Resumed or duplicated, the run gets the same.
        """
        told = {"model.revision": loaded.revision, "optimizer.learning_rate": loaded.learning_rate}
        recipe = self.recipe
        pinned = recipe.changed({path: value for path, value in told.items() if value is not None})
        if pinned != recipe:
            write_json(self.folder / "recipe.json", pinned.model_dump(mode="json"))

    def change(self, **facts: Any) -> None:
        """Change facts in run.json, whole and atomically.

        Raises:
            RunError: It cannot be read or written.
        """
        with changing(self.folder) as change:
            change.write(facts)

    # --- states ---

    def queue(self, kind: str, job: str | None = None) -> bool:
        """Let the run wait in the queue of this process; False where another has it, or it has ended.

        Args:
            kind: Of the executor that has the queue.
            job: What the executor calls it, where it hands the run on.

        Raises:
            RunError: It cannot be read or written.
        """
        return claim(self.folder, "queued", Owner.here(kind, job))

    def take(self) -> bool:
        """Begin to carry the run out in this process; raises and returns as ``queue`` does."""
        return claim(self.folder, "running", Owner.here(MAKER))

    def move(self, state: State, **facts: Any) -> bool:
        """Move to another state; what cannot be written is remembered until there is room.

        Returns:
            False where the state may not follow the present one, or another process has the run; nothing changes then.
        """
        return move(self.folder, state, facts)

    def ask(self, request: Request) -> bool:
        """Ask whoever carries the run out to "stop", which keeps the best model, or to "cancel", which keeps none.

        Returns:
            False where there is nothing to end.

        Raises:
            RunError: The run's folder cannot be read, or not be written for another process to see.
        """
        return ask(self.folder, request)

    def asked(self, request: Request) -> bool:
        """Whether somebody has asked for it since the run was taken."""
        return asked(self.folder, request)

    @property
    def taken_away(self) -> bool:
        """Whether another process has become the owner."""
        return is_taken_away(self.folder)

    # --- data ---

    def save_data(self, table: Table, split: Split, others: Iterable[Run] = ()) -> None:
        """Store the exact rows and split, so the run can be done again whatever happens to the table.

        Args:
            others: Runs that may have the same rows; then they are stored once for both.
        """
        save_rows(self.folder / "data", table, split)
        share_rows(self.folder / "data", (other.folder / "data" for other in others))

    @property
    def roles(self) -> Roles:
        """Which columns the run was trained on; the rows are not read."""
        return read_roles(self.folder / "data")

    @property
    def layout(self) -> Layout:
        """How the rows lay in the file that the run was trained on."""
        return read_layout(self.folder / "data")

    @property
    def numbers(self) -> RowNumbers:
        """The numbers of the rows in the file that the run was trained on."""
        return read_numbers(self.folder / "data")

    def data(self) -> tuple[Table, Split]:
        """Return the table and split as they were when the run was made."""
        return read_rows(self.folder / "data")

    # --- events ---

    def log(self, event: Event) -> None:
        """Append one event to events.jsonl."""
        append_event(self.folder / "events.jsonl", event)

    def events(self, after: int = 0) -> tuple[list[Event], int]:
        """Return the events past byte ``after`` of the log, and where the next read goes on."""
        return read_events(self.folder / "events.jsonl", after)

    def timed_events(self) -> list[tuple[float | None, Event]]:
        """Return every event of the log with when it was written, in seconds since 1970."""
        return read_timed_events(self.folder / "events.jsonl")

    # --- results ---

    @property
    def model_folder(self) -> Path:
        """The folder of the best model.

        Raises:
            RunError: The run has none (yet).
        """
        if self.state not in HAS_MODEL or not (self.folder / "model").is_dir():
            raise RunError(
                f"The run '{self.name}' has no finished model; it is {self.state}.",
                remedy="Wait for it to finish, resume it, or choose another run.",
            )
        return self.folder / "model"

    def report(self) -> dict[str, Any] | None:
        """Return report.json, or None before the run has ended.

        Raises:
            RunError: The file is broken.
        """
        path = self.folder / "report.json"
        if not path.is_file():
            return None
        try:
            report = json.loads(path.read_text("utf-8"))
            # Reports of version 0.1 had other words; their runs show no scores, and can be started again.
            return report if all("metrics" in part for part in report["parts"].values()) else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                f"The scores of the run '{self.name}' (report.json) cannot be read.",
                remedy="Restore the file from a copy, or start the run again.",
            ) from error

    def predictions(self, part: str) -> pd.DataFrame | None:
        """Return row ids, true answers, predictions and credit of "validation" or "test"; None without any."""
        import pandas as pd

        path = self.folder / "predictions" / f"{part}.parquet"
        try:
            return pd.read_parquet(path) if path.is_file() else None
        except (OSError, ValueError) as error:
            raise RunError(
                f"The answers of the run '{self.name}' (predictions/{part}.parquet) cannot be read.",
                remedy="Restore the file from a copy, or start the run again.",
            ) from error


def main_part(report: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the part by which a run is judged, "test" before "validation", with its measures and baselines."""
    return next(((name, report["parts"][name]) for name in ("test", "validation") if name in report["parts"]), None)


def main_score(task: type[Task], scores: dict[str, Any]) -> str:
    """Return the main measure of a part of a report: "92.4 % accuracy"."""
    measure = task.measures_in(scores["metrics"])[0]
    return f"{measure.shown(scores['metrics'][measure.name]['value'])} {measure.phrase}"


def valid_id(text: str) -> bool:
    """Whether a text can be the id of a run or table: letters, digits, hyphens; never a path."""
    return _ID.fullmatch(text) is not None
