"""Every row of a table explained: one line of words and scores for each, and which words push most for each answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.reading.reading import ReadingOptions
from bertui.data.table import Table
from bertui.errors import DataError
from bertui.prediction.outputs import Progress
from bertui.prediction.predictor import Predictor
from bertui.runs.answers import read_new_rows
from bertui.runs.asking import Explainer
from bertui.runs.explained_row import Explained
from bertui.runs.files import Tell
from bertui.runs.verbs import Trained, tell_all

if TYPE_CHECKING:
    from bertui.explanation.methods import Method

_ENDING = ".jsonl"
_EXAMPLES = 3
_PIECE = 64  # rows explained together; the shorter, the sooner progress is seen and a cancel obeyed
_FEWEST = 2  # rows of an answer in which a word stands, below which it says little of the answer


@dataclass(frozen=True, slots=True)
class Pushing:
    """A word that pushes towards an answer.

    Attributes:
        target: The answer.
        word: In small letters.
        rows: How many rows with this answer it stands in.
        mean: Of its scores there.
        total: Their sum, by which words are ranked.
        examples: Up to three of the rows' texts, those first in which it counts most.
    """

    target: str
    word: str
    rows: int
    mean: float
    total: float
    examples: tuple[str, ...]


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

    wanted, explainer, rows = read_method(method), Explainer(predictor), list(rows)
    answers = predictor.predict_all(table.inputs(rows), precision="32-bit")
    for start in range(0, len(rows), _PIECE):
        some = list(islice(answers, _PIECE))
        yield from zip(rows[start : start + _PIECE], _explained(explainer, some, wanted), strict=True)
        if progress is not None:
            progress(min(1.0, (start + _PIECE) / len(rows)))


def _explained(explainer: Explainer, answers: Sequence[Any], method: Method) -> list[Explained | None]:
    read = {number: answer for number, answer in enumerate(answers) if answer is not None}
    focuses = {number: explainer.predictor.task.focuses(answer)[0] for number, answer in read.items()}
    asked = [(answer.inputs, focuses[number], focuses[number].default) for number, answer in read.items()]
    words = dict(zip(read, explainer.attributions(asked, method), strict=True))
    return [
        None if answer is None
        else Explained(answer, words[number], focuses[number].targets[focuses[number].default], focuses[number].title)
        for number, answer in enumerate(answers)
    ]  # fmt: skip


def pushing_words(lines: Iterable[dict[str, Any]], most: int = 20) -> list[Pushing]:
    """Return, answer by answer, the words with the largest sum of scores over the rows with that answer.

    A word that stands several times in a row counts with the sum of its scores there. Words without a letter or digit,
    and those of a single row, are left out.

    Args:
        lines: Explained rows, as ``explain_file`` gives them.
        most: How many words of each answer.
    """
    scores: dict[str, dict[str, list[tuple[float, str]]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        for word, score in _by_word(line).items():
            scores[line["target"]][word].append((score, line["text"]))
    found = []
    for target in sorted(scores):
        words = [_pushing(target, *pair) for pair in scores[target].items() if len(pair[1]) >= _FEWEST]
        found += sorted((one for one in words if one.total > 0), key=lambda one: (-one.total, one.word))[:most]
    return found


def _by_word(line: dict[str, Any]) -> dict[str, float]:
    """Return the sum of each word's scores; nothing of a row that has no answer."""
    summed = defaultdict[str, float](float)
    if line["answer"] is not None:
        for word, score, seen in zip(line["words"], line["scores"], line["seen"], strict=True):
            if seen and any(map(str.isalnum, word)):
                summed[word.casefold()] += score
    return summed


def _pushing(target: str, word: str, met: list[tuple[float, str]]) -> Pushing:
    values = np.array([score for score, _ in met])
    texts = dict.fromkeys(met[place][1] for place in np.argsort(-values, kind="stable"))
    return Pushing(target, word, len(met), float(values.mean()), float(values.sum()), tuple(texts)[:_EXAMPLES])


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
