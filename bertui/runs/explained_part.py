"""The rows of one part of a run explained by the frozen pass: worked out once, and kept in the run's folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bertui.atomic import new_name
from bertui.data.writing import json_line
from bertui.prediction.outputs import Progress
from bertui.prediction.predictor import Predictor
from bertui.runs.asking import Asking
from bertui.runs.explained_file import explain_rows
from bertui.runs.pushing import Pushing, WordsMet
from bertui.runs.rows import evenly
from bertui.runs.run import Run

if TYPE_CHECKING:
    from bertui.explanation.attribution import Attribution

MOST_ROWS = 5_000  # evenly from the first to the last
_TRIED = 30  # rows whose strongest words are taken away
_TRYING = 0.2  # of the time
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class RowWords:
    """The words of one row.

    Attributes:
        row: Its id in the run's table.
        names: The targets' names by number.
        focus: Title of the part of the answer that is explained.
    """

    row: int
    names: tuple[str, ...]
    focus: str
    words: Attribution


@dataclass(frozen=True, slots=True)
class Tried:
    """What the answer falls by without the five strongest words of a map, and without five random ones: means.

    Attributes:
        rows: How many rows were tried.
        unit: "" for probabilities.
    """

    rows: int
    without_top: float
    without_random: float
    unit: str

    def sentence(self) -> str:
        """Say in plain words how far the maps can be trusted."""
        top, random = (f"{one:.2f} {self.unit}" if self.unit else f"{100 * one:.0f} points"
                       for one in (self.without_top, self.without_random))  # fmt: skip
        judged = "" if self.without_top > 2 * max(0.0, self.without_random) else (
            " The maps are hardly better than chance here: do not rely on them."
        )  # fmt: skip
        many = "row" if self.rows == 1 else "rows"
        return (
            f"How far to trust the words: in {self.rows} {many} taken evenly, the answer falls by {top} on average "
            f"without the five strongest words, and by {random} without five random ones.{judged}"
        )


@dataclass(frozen=True)
class ExplainedPart:
    """The explained rows of a part.

    Attributes:
        rows: Without those that have nothing to read.
        tried: None where no row has words.
    """

    rows: tuple[RowWords, ...]
    tried: Tried | None

    @cached_property
    def pushing(self) -> list[Pushing]:
        """The words that push most, answer by answer."""
        met = WordsMet()
        for one in self.rows:
            target = one.names[one.words.target]
            met.add({**one.words.to_json(), "target": target, "answer": target, "row": one.row})
        return met.pushing()

    @cached_property
    def by_row(self) -> dict[int, RowWords]:
        return {one.row: one for one in self.rows}


def kept_part(run: Run, part: str) -> ExplainedPart | None:
    """Return what was kept of a part; None where it was not explained, with another model, or its file is broken."""
    from bertui.explanation.attribution import from_saved

    try:
        with _file(run, part).open(encoding="utf-8") as lines:
            head = json.loads(next(lines))
            if (head["format"], head["model"]) != (_FORMAT, _model(run)):
                return None
            saved = [json.loads(line) for line in lines]
        if len(saved) != head["rows"]:
            return None
        tried = None if head["tried"] is None else Tried(**head["tried"])
        rows = [RowWords(one["row"], tuple(one["names"]), one["focus"], from_saved(one["words"])) for one in saved]
        return ExplainedPart(tuple(rows), tried)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None


def explain_part(
    run: Run, predictor: Predictor, part: str, rows: Sequence[int], progress: Progress | None = None
) -> ExplainedPart:
    """Explain the answers to some rows of a part, and keep that with the run where the disk lets.

    Args:
        rows: Ids in the run's table; of over 5,000 some are taken, evenly.
        progress: Called with the share done; what it raises ends the work, and nothing is kept.
    """
    taken = evenly(np.asarray(rows, dtype=np.int64), MOST_ROWS).tolist()
    table, answers = run.data()[0], []

    def explaining(share: float) -> None:
        if progress is not None:
            progress(share * (1 - _TRYING))

    for row, one in explain_rows(predictor, table, taken, progress=explaining):
        if one is not None:
            answers.append((row, one))
    asked = [(row, predictor.task.focuses(one.answer)[0], one) for row, one in answers]
    words = tuple(RowWords(int(row), tuple(focus.names), focus.title, one.attribution) for row, focus, one in asked)
    some = [(Asking(predictor, one.answer.inputs, focus, focus.default), one.attribution) for _, focus, one in asked]
    found = ExplainedPart(words, _tried([some[at] for at in evenly(np.arange(len(some)), _TRIED)], progress))
    with suppress(OSError):  # who has seen it needs no disk
        _keep(run, part, found)
    return found


def _tried(asked: Sequence[tuple[Asking, Attribution]], progress: Progress | None) -> Tried | None:
    falls = []
    for number, (asking, words) in enumerate(asked, 1):
        found = asking.trust(words, search=False)
        if found.k:
            falls.append((found.without_top, found.without_random))
        if progress is not None:
            progress(1 - _TRYING + _TRYING * number / len(asked))
    if not falls:
        return None
    top, random = np.mean(falls, axis=0).tolist()
    return Tried(len(falls), top, random, asked[0][1].unit)


def _keep(run: Run, part: str, found: ExplainedPart) -> None:
    path = _file(run, part)
    path.parent.mkdir(exist_ok=True)
    tried = None if found.tried is None else asdict(found.tried)
    head = {"format": _FORMAT, "model": _model(run), "rows": len(found.rows), "tried": tried}
    fresh = new_name(path)
    try:
        with fresh.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(json_line(head))
            for one in found.rows:
                saved = {"row": one.row, "names": one.names, "focus": one.focus, "words": one.words.to_saved()}
                file.write(json_line(saved))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _file(run: Run, part: str) -> Path:
    return run.folder / "explained" / f"{part}.jsonl"


def _model(run: Run) -> int:
    """Return what another model in the run's folder would change."""
    return run.model_folder.stat().st_mtime_ns
