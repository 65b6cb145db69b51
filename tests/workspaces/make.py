"""Makes the workspace of a version, which later versions must open: `python -m tests.workspaces.make`.

Of every task it has a finished run and the same run interrupted at its first checkpoint, and a table with an edit.
Beside the folder `workspace` lie the model that they are trained from and `expected.json`, what the version itself
says of each run. It is made once, by the version in its name, and never again: the archive is the evidence.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

import bertui
from bertui.data.edits import SetCell
from bertui.data.reading.reading import read_table
from bertui.data.templates import TEMPLATES
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.training.events import CheckpointDue, StepTaken
from tests.tiny import tiny_bert

HERE, COPIES = Path(__file__).parent, 4
SETTINGS = {
    "model.name": "base", "encoding.max_length": 24, "training.epochs": 3, "training.batch_size": 4,
    "training.evaluations_per_epoch": 1, "optimizer.learning_rate": 3e-3, "training.precision": "32-bit",
    "training.threads": 1, "task.stride": 8, "split.validation": 0.25, "split.test": 0.25,
}  # fmt: skip


def main() -> None:
    """Make the archive of this version in this folder."""
    with tempfile.TemporaryDirectory() as made:
        os.chdir(made)  # the model is named by a relative path, so that the workspace can be moved
        tiny_bert(Path("base"), hidden=16)
        expected = {kind: _runs(kind) for kind in TEMPLATES}
        _table()
        Path("expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False), "utf-8")
        (HERE / f"version-{bertui.__version__}.zip").write_bytes(_zipped(Path()))


def _runs(kind: str) -> dict[str, Any]:
    template = TEMPLATES[kind][0]
    frame = read_table(template.content, template.file_name)[0]
    frame = pd.concat([_copy(frame, number) for number in range(COPIES)], ignore_index=True)
    file = Path("rows.csv")
    frame.to_csv(file, index=False)
    options: dict[str, Any] = {"task": kind, "set": SETTINGS, "workspace": "workspace"}
    finished = bertui.train(file, name=f"{kind} finished", **options)
    _interrupted(kind, file, options)
    file.unlink()
    predictor = bertui.load(finished)
    inputs = finished.data()[0].inputs([0, 1, 2])
    return {
        "metrics": {name: part["metrics"] for name, part in finished.report()["parts"].items()},  # type: ignore[index]
        "inputs": inputs,
        "answers": [predictor.answer(one).columns() for one in inputs],
        "explained": bertui.explain(predictor, *inputs[0]),
    }


def _copy(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return a copy whose contexts are its own, since rows of one context are kept together."""
    return frame.assign(context=frame["context"] + f" Copy {number}.") if "context" in frame else frame


def _interrupted(kind: str, file: Path, options: dict[str, Any]) -> None:
    from bertui.runs.verbs import prepare

    run = prepare(file, name=f"{kind} interrupted", **options)
    events = execute(run)
    next(event for event in events if isinstance(event, CheckpointDue))
    next(event for event in events if isinstance(event, StepTaken))
    events.close()  # type: ignore[attr-defined]
    assert Run(run.folder).state == "interrupted"


def _table() -> None:
    content = TEMPLATES["single-label"][0].content
    stored = bertui.Workspace(Path("workspace")).add_table(content, "tickets.csv")
    stored.add_edits(SetCell(row=0, column="label", value="praise"))


def _zipped(folder: Path) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path)
    return sink.getvalue()


if __name__ == "__main__":
    main()
