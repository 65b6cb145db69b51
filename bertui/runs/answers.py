"""What a finished run says of new rows: predict, explain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bertui.data.file_layout import UNKNOWN, Layout
from bertui.data.phrases import count
from bertui.data.reading.reading import ReadingOptions
from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.data.writing import check_fits, ending_of
from bertui.encoding.familiar import Familiar
from bertui.errors import DataError
from bertui.prediction.predictor import Predictor
from bertui.runs.answer_columns import beside
from bertui.runs.familiarity import doubtful_rows, familiar_words
from bertui.runs.files import Tell, read_file
from bertui.runs.verbs import Trained, load, run_of, tell_all
from bertui.tasks.guessing import Columns, choose_roles
from bertui.tasks.results import Prediction

if TYPE_CHECKING:
    pass

_PIECE = 5_000  # answers at once; in columns they take less memory


@dataclass(frozen=True)
class Answered:
    """The rows of a file with a model's answers.

    Attributes:
        frame: The file's columns with the answers' beside them.
        files: The task's own file shapes: suffix -> content; rows without an answer are left out of them.
        notes: Sentences for the person: how the new columns are called where the file has such names, how many rows
            have no answer since there is nothing to read in them, and which are of words that were not trained on.
    """

    frame: pd.DataFrame
    files: dict[str, bytes]
    notes: tuple[str, ...] = ()

    def written(self, ending: str) -> bytes:
        """Return the content of a file with such an ending: the task's own shape where it has one, else a table."""
        from bertui.data.writing import packed, write_table

        own = self.files.get(ending.removesuffix(".gz"))
        return write_table(self.frame, ending) if own is None else packed(own, ending)


def predict(run: Trained, file: str | Path, **options: Any) -> pd.DataFrame:
    """Answer for every row of a file; returns its columns with "prediction" and what else the task says.

    Args:
        options: As ``answer_file`` takes them.
    """
    return answer_file(run, file, **options).frame


def answer_file(
    run: Trained, file: str | Path, *, workspace: str | Path | None = None,
    progress: Callable[[float], None] | None = None, tell: Tell | None = None, ending: str = ".csv",
    reading: ReadingOptions | None = None, **columns: str | Sequence[str] | None,
) -> Answered:  # fmt: skip
    """Answer for every row of a file, with the task's own file shapes.

    Args:
        ending: Of the file that is to hold the answers; a table that it cannot hold is refused before a text is read.
        progress: Called with the share done.
        tell: Called with each sentence on what was mended in reading.
        reading: How the file is to be read, as in ``prepare``; as the training file when left out.
        columns: Role -> column or columns, such as ``text="review"``; those of the training file when left out.
    """
    predictor, table = read_new_rows(
        run, file, workspace=workspace, tell=tell, ending=ending, reading=reading, columns=columns
    )
    trained = run_of(run, workspace)
    answers = answered(predictor, table, progress, None if trained is None else familiar_words(trained))
    tell_all(answers.notes, tell)
    return answers


def read_new_rows(
    run: Trained, file: str | Path, *, workspace: str | Path | None, tell: Tell | None, columns: Columns,
    ending: str = ".jsonl", reading: ReadingOptions | None = None,
) -> tuple[Predictor, Table]:  # fmt: skip
    """Return a run's model and the rows of a file that it is to read; arguments as of ``answer_file``."""
    like = trained_roles(run, workspace)
    read = [name for role in like.playing("input") for name in like.of(role)] if like else []
    layout = trained_layout(run, workspace)
    frame, how_read = read_file(Path(file), tell, layout=layout, columns=read, reading=reading)
    check_fits(frame, ending)
    predictor = load(run, workspace)
    named = as_trained(columns, like, like.playing("input") if like else ())
    roles = choose_roles(frame, named, predictor.task.kind, answers=False, like=like)
    return predictor, Table(frame, inputs_only(roles), numbers=how_read.numbers)


def output_ending(run: Trained, out: Path, workspace: str | Path | None = None) -> str:
    """Return in which format the answers of a run are written to a file of such a name.

    Raises:
        DataError: In none.
    """
    with suppress(DataError):
        return ending_of(out.name)
    return ending_of(out.name, load(run, workspace).task.shapes)  # a few tasks have shapes of their own


def answered(
    predictor: Predictor, table: Table, progress: Callable[[float], None] | None = None,
    familiar: Familiar | None = None,
) -> Answered:  # fmt: skip
    """Put answers beside the rows of a table; where it has columns of their names, theirs get a mark.

    Args:
        familiar: The words that the model was trained on, where they are known; rows without them are noted.
    """
    frame, kept, pieces, unread = table.frame, list[Prediction | None](), list[pd.DataFrame](), 0
    coming = predictor.predict_all(table.inputs(frame.index), progress=progress)
    while answers := list(islice(coming, _PIECE)):
        pieces.append(pd.DataFrame([{} if answer is None else answer.columns() for answer in answers]))
        unread += answers.count(None)
        kept += answers if predictor.task.shapes else ()
    added = pd.concat(pieces, ignore_index=True).set_axis(frame.index) if pieces else pd.DataFrame(index=frame.index)
    if "prediction" not in added:  # no row has an answer
        added["prediction"] = pd.NA
    added, note = beside(frame, added)
    ids = table.names("id").fillna(pd.Series(frame.index.astype(str), index=frame.index))
    shaped = [(answer, str(one)) for answer, one in zip(kept, ids, strict=False) if answer is not None]
    files = predictor.task.files([answer for answer, _ in shaped], [one for _, one in shaped])
    doubt = "" if familiar is None else doubtful_rows(familiar, table)
    notes = tuple(filter(None, (note, _unread_note(unread), doubt)))
    return Answered(pd.concat([frame, added], axis=1), files, notes)


def _unread_note(rows: int) -> str:
    """Say how many rows have no answer."""
    if not rows:
        return ""
    which = count(rows, "row has nothing to read and", "rows have nothing to read and")
    return f"{which} so no answer: the text, or one of the texts, is empty or holds only invisible characters."


def as_trained(columns: Columns, like: Roles | None, roles: Sequence[str]) -> dict[str, str | Sequence[str] | None]:
    """Return the columns that a person names, and for the other ``roles`` those of the training file.

    What a run has learned to read is not guessed anew: a file that calls it otherwise must be explained.
    """
    trained = {} if like is None else {role: like.of(role) for role in roles}
    return trained | {role: named for role, named in columns.items() if named}


def inputs_only(roles: Roles) -> Roles:
    """Return the roles without those of true answers, which new rows need not have."""
    return roles.changed(**dict.fromkeys(roles.playing("answer")))


def trained_roles(run: Trained, workspace: str | Path | None) -> Roles | None:
    """Return the columns that a run was trained with; None where no run is known."""
    trained = run_of(run, workspace)
    return None if trained is None else trained.roles


def trained_layout(run: Trained, workspace: str | Path | None) -> Layout:
    """Return how the rows lay in the file that a run was trained on; unknown where no run is known."""
    trained = run_of(run, workspace)
    return UNKNOWN if trained is None else trained.layout
