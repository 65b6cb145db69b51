"""Every row of a table explained: one line of words and scores for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.data.reading.reading import ReadingOptions
from bertui.data.table import Table
from bertui.errors import DataError
from bertui.prediction.outputs import Progress
from bertui.prediction.predictor import Predictor
from bertui.runs.answers import read_new_rows
from bertui.runs.asking import attributions
from bertui.runs.explained_row import Explained
from bertui.runs.files import Tell
from bertui.runs.verbs import Trained, tell_all

if TYPE_CHECKING:
    from bertui.explanation.methods import Method

_ENDING = ".jsonl"
_PIECE = 64  # rows explained together; the shorter, the sooner progress is seen and a cancel obeyed


def explain_file(
    run: Trained, file: str | Path, *, workspace: str | Path | None = None, method: str | None = None,
    progress: Progress | None = None, tell: Tell | None = None, reading: ReadingOptions | None = None,
    **columns: Any,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Explain the answer to every row of a file; yields plain values as ``explain`` gives them, with the row's number.

    A row with nothing to read has "answer" None and nothing else.

    Args:
        run: A run, its id or name, an exported folder, or a loaded model.
        method: How words are scored; the frozen pass when left out.
        progress: Called with the share done.
        tell: Called with each sentence on what was mended in reading, and how many rows have nothing to read.
        reading: How the file is to be read; as the training file when left out.
        columns: Role -> column or columns; those of the training file when left out.
    """
    predictor, table = read_new_rows(run, file, workspace=workspace, tell=tell, reading=reading, columns=columns)
    unread = 0
    for row, one in explain_rows(predictor, table, table.frame.index, method, progress):
        unread += one is None
        yield {"row": int(table.numbers.all([row])[0]), **({"answer": None} if one is None else one.to_json())}
    if unread:
        tell_all((f"{unread:,} of {len(table.frame):,} rows have nothing to read and so no explanation.",), tell)


def explain_rows(
    predictor: Predictor, table: Table, rows: Iterable[Any], method: str | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[Any, Explained | None]]:  # fmt: skip
    """Yield rows with the usual part of their answer explained; None for one with nothing to read."""
    from bertui.explanation.methods import read_method

    wanted, rows = read_method(method), list(rows)
    answers = predictor.predict_all(table.inputs(rows), precision="32-bit")
    for start in range(0, len(rows), _PIECE):
        some = list(islice(answers, _PIECE))
        yield from zip(rows[start : start + _PIECE], _explained(predictor, some, wanted), strict=True)
        if progress is not None:
            progress(min(1.0, (start + _PIECE) / len(rows)))


def _explained(predictor: Predictor, answers: Sequence[Any], method: Method) -> list[Explained | None]:
    read = {number: answer for number, answer in enumerate(answers) if answer is not None}
    focuses = {number: predictor.task.focuses(answer)[0] for number, answer in read.items()}
    asked = [(answer.inputs, focuses[number], focuses[number].default) for number, answer in read.items()]
    words = dict(zip(read, attributions(predictor, asked, method), strict=True))
    return [
        None if answer is None
        else Explained(answer, words[number], focuses[number].targets[focuses[number].default], focuses[number].title)
        for number, answer in enumerate(answers)
    ]  # fmt: skip


def check_lines(out: Path) -> None:
    """Refuse a file for explanations that is not called JSON lines.

    Raises:
        DataError: It has another ending.
    """
    if out.suffix.lower() != _ENDING:
        raise DataError(
            f"Explanations are not written as '{out.suffix or out.name}'.", expected="A file that ends in .jsonl.",
            remedy="Choose such a name: each line is one row with its words and scores.",
        )  # fmt: skip
