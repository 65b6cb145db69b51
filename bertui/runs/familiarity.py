"""Whether new rows are made of words that a run was trained on; where they are not, their answers are guesses."""

from __future__ import annotations

from bertui.data.phrases import count
from bertui.data.table import Table
from bertui.encoding.familiar import Familiar
from bertui.runs.run import Run

_OFTEN = 0.05  # of the rows; of rows like those that were held out, two in a hundred are called strange
_NAMED = 3


def familiar_words(run: Run) -> Familiar:
    """Return the words of a run's training rows, measured on those that were held out.

    Raises:
        RunError: The run's rows are missing or broken.
    """
    table, split = run.data()
    held_out = [*split.validation, *split.test]
    return Familiar.of(table.texts.loc[split.train], table.texts.loc[held_out].tolist())


def doubtful_rows(familiar: Familiar, table: Table) -> str:
    """Say which rows of a table have too few known words; empty where they are no more than may be expected.

    Rows of which not a single word is known are named however few they are.
    """
    strange = table.frame.index[[bool(familiar.doubt(text)) for text in table.texts]].tolist()
    often = len(strange) > _OFTEN * len(table.frame)
    rows = [row for row in strange if often or familiar.knows_nothing_of(table.texts[row])]
    if not rows:
        return ""
    numbers = ", ".join(map(str, table.numbers.all(rows[:_NAMED])))
    named = f"row{'s' * (len(rows) > 1)} {numbers}" + (" and others" if len(rows) > _NAMED else "")
    has = count(len(rows), "row has", "rows have")
    answers = "its answer is a guess, however sure it looks" if len(rows) == 1 else "their answers are guesses"
    return (
        f"{has} hardly a word that the model was trained on: {named}. If this is another language or another subject, "
        f"{answers}."
    )
