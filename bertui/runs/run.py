"""A run: a folder and its state. The folder is the truth; app, command line and library read the same thing."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from bertui.atomic import write_json
from bertui.data.layout import Layout
from bertui.data.roles import Roles
from bertui.data.row_numbers import RowNumbers
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import RunError
from bertui.recipe import Recipe, read_recipe
from bertui.runs.kept import Kept
from bertui.runs.log import append_event, read_events
from bertui.runs.record import HAS_MODEL as HAS_MODEL
from bertui.runs.record import LIVE as LIVE
from bertui.runs.record import State, change_record, current_state, move_record, read_record
from bertui.runs.rows import read_layout, read_numbers, read_roles, read_rows, save_rows
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
        """The state, where a run whose process is gone counts as interrupted."""
        return current_state(self.facts())

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
        change_record(self.folder, facts)

    def claim(self, state: State) -> None:
        """Say that this process now answers for the run; raises as ``change`` does."""
        self.change(state=state, **_this_process())

    def take(self) -> bool:
        """Begin to carry the run out in this process; False where its state does not allow it."""
        return self.move("running", **_this_process())

    def move(self, state: State, **facts: Any) -> bool:
        """Move to another state; what cannot be written is remembered until there is room.

        Returns:
            False where the state may not follow the present one; then nothing changes.
        """
        return move_record(self.folder, state, facts)

    # --- data ---

    def save_data(self, table: Table, split: Split) -> None:
        """Store the exact rows and split, so the run can be done again whatever happens to the table."""
        save_rows(self.folder / "data", table, split)

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


def valid_id(text: str) -> bool:
    """Whether a text can be the id of a run or table: letters, digits, hyphens; never a path."""
    return _ID.fullmatch(text) is not None


def _this_process() -> dict[str, Any]:
    return {"pid": os.getpid(), "born": psutil.Process().create_time()}
