"""A run: a folder and its state. The folder is the truth; app, command line and library read the same thing."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import psutil

from bertui.data.roles import Roles
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import RunError
from bertui.recipe import Recipe, read_recipe
from bertui.runs.folders import unwritable, write_json
from bertui.tasks.registry import task_class
from bertui.tasks.task import Task
from bertui.training.events import Event, from_json, to_json

if TYPE_CHECKING:
    import pandas as pd

State = Literal["queued", "running", "stopping", "finished", "stopped", "failed", "interrupted", "cancelled"]
LIVE: tuple[State, ...] = ("queued", "running", "stopping")
HAS_MODEL: tuple[State, ...] = ("finished", "stopped")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Run:
    """One run by its folder. Every property reads the disk, so any process sees the same."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    def facts(self) -> dict[str, Any]:
        """Return run.json: name, state, created, table, error, alarm ..."""
        try:
            return json.loads((self.folder / "run.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(
                f"The run '{self.id}' has no readable run.json.",
                remedy="Delete the run, or restore its folder.",
            ) from error

    @property
    def readable(self) -> bool:
        """Whether run.json says what the run is."""
        try:
            return {"name", "state", "created"} <= self.facts().keys()
        except (RunError, AttributeError):
            return False

    @property
    def name(self) -> str:
        return str(self.facts()["name"])

    @property
    def task(self) -> type[Task]:
        """The task that the run learns."""
        return task_class(self.task_kind)

    @property
    def task_kind(self) -> str:
        return str(self.facts().get("task", "single-label"))

    @property
    def state(self) -> State:
        """The state, with a run whose process is gone told as interrupted."""
        facts = self.facts()
        if facts["state"] in LIVE and not _alive(facts):
            return "interrupted"
        return facts["state"]

    @property
    def recipe(self) -> Recipe:
        return read_recipe((self.folder / "recipe.json").read_text("utf-8"))

    def pin(self, revision: str) -> None:
        """Keep the commit of a hub model in the recipe: resumed or duplicated, the run gets the same weights."""
        pinned = self.recipe.changed({"model.revision": revision})
        write_json(self.folder / "recipe.json", pinned.model_dump(mode="json"))

    def change(self, **facts: Any) -> None:
        """Change facts in run.json, whole and atomically."""
        write_json(self.folder / "run.json", self.facts() | facts)

    def claim(self, state: State) -> None:
        """Say that this process now answers for the run."""
        self.change(state=state, pid=os.getpid(), born=psutil.Process().create_time())

    # --- data ---

    def save_data(self, table: Table, split: Split) -> None:
        """Store the exact rows and split, so the run can be done again whatever happens to the table."""
        import pandas as pd

        data = self.folder / "data"
        columns = list(dict.fromkeys(table.roles.named().values()))
        parts = pd.Series("", index=table.frame.index, dtype="str")
        for part, rows in split.parts().items():
            parts.loc[rows] = part
        frame = table.frame[columns].copy()
        frame.insert(0, "(row)", frame.index)
        frame.insert(1, "(part)", parts)
        try:
            data.mkdir(parents=True, exist_ok=True)
            frame.to_parquet(data / "rows.parquet", index=False)
        except OSError as error:
            raise unwritable(data / "rows.parquet", error) from error
        write_json(data / "table.json", {"name": table.name, "roles": table.roles.to_json()})

    @property
    def roles(self) -> Roles:
        """Which columns the run was trained on; the rows are not read."""
        return Roles.from_json(self._table_facts()["roles"])

    def _table_facts(self) -> dict[str, Any]:
        try:
            return json.loads((self.folder / "data" / "table.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise self._no_rows() from error

    def _no_rows(self) -> RunError:
        return RunError(
            f"The rows of the run '{self.id}' are missing or broken.", remedy="Start a new run from the table."
        )

    def data(self) -> tuple[Table, Split]:
        """Return the table and split as they were when the run was made."""
        import pandas as pd

        try:
            frame = pd.read_parquet(self.folder / "data" / "rows.parquet").set_index("(row)")
        except (OSError, ValueError) as error:
            raise self._no_rows() from error
        facts = self._table_facts()
        parts = frame.pop("(part)")
        frame = frame.astype("str")
        frame.index.name = None
        rows = {part: np.sort(frame.index[parts == part].to_numpy()) for part in ("train", "validation", "test")}
        return Table(frame, Roles.from_json(facts["roles"]), facts["name"]), Split(**rows)

    # --- events ---

    def log(self, event: Event) -> None:
        """Append one event to events.jsonl and flush it."""
        line = json.dumps({"time": round(time.time(), 3), **to_json(event)}, ensure_ascii=False)
        try:
            with (self.folder / "events.jsonl").open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise unwritable(self.folder / "events.jsonl", error) from error

    def events(self, after: int = 0) -> tuple[list[Event], int]:
        """Return the events past byte ``after`` of the log, and where the next read goes on."""
        path = self.folder / "events.jsonl"
        if not path.exists():
            return [], after
        with path.open("rb") as file:
            file.seek(after)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]  # a line still being written waits for the next read
        return list(_parsed(whole)), after + len(whole)

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
            found = json.loads(path.read_text("utf-8"))
            # Reports of version 0.1 had other words; their runs show no scores, and can be started again.
            return found if all("metrics" in part for part in found["parts"].values()) else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                f"The scores of the run '{self.name}' (report.json) cannot be read.",
                remedy="Restore the file from a copy, or start the run again.",
            ) from error

    def predictions(self, part: str) -> pd.DataFrame | None:
        """Return row ids, wanted answers, predictions and credit of "validation" or "test"; None without any."""
        import pandas as pd

        path = self.folder / "predictions" / f"{part}.parquet"
        return pd.read_parquet(path) if path.is_file() else None


def main_part(report: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the part by which a run is judged, "test" before "validation", with its measures and baselines."""
    return next(((name, report["parts"][name]) for name in ("test", "validation") if name in report["parts"]), None)


def valid_id(text: str) -> bool:
    """Whether a text can be the id of a run or table: letters, digits, hyphens; never a path."""
    return _ID.fullmatch(text) is not None


def _parsed(lines: bytes) -> Iterator[Event]:
    for line in lines.decode("utf-8", "replace").splitlines():
        try:
            event = from_json(json.loads(line))
        except (ValueError, TypeError):
            continue  # a line cut by a kill
        if event is not None:
            yield event


def _alive(facts: dict[str, Any]) -> bool:
    """Whether the process that claimed the run still lives; its birth time tells a reused number."""
    pid = facts.get("pid")
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - facts.get("born", 0)) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
