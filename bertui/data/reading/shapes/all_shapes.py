"""All shapes, in the order in which they are tried; what one gives may be of the next."""

from __future__ import annotations

import pandas as pd

from bertui.data.cells.structured import kinds_of
from bertui.data.reading.shapes import (
    articles,
    choice_lists,
    conversation,
    flat_questions,
    label_studio,
    one_item,
    prodigy,
    spans,
    token_rows,
)
from bertui.data.reading.shapes.shape import Shape

SHAPES = (
    Shape("SQuAD articles", articles.read),
    Shape("Label Studio export", label_studio.read),
    Shape("choices of Label Studio", label_studio.read_choices),
    Shape("Prodigy answers", prodigy.read),
    Shape("questions with their answers in one cell", flat_questions.read),
    Shape("texts with spans", spans.read),
    Shape("choices in one cell", choice_lists.read),
    Shape("chats in one cell", conversation.read),
    Shape("one token a row", token_rows.read),
    Shape("lists of one item", one_item.read),
)


def reshaped(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], list[str]]:
    """Return the frame as tasks take it, the names of the shapes that were found, and notes.

    Raises:
        DataError: The frame is of a known shape, but a row of it cannot be read.
    """
    names: list[str] = []
    notes: list[str] = []
    kinds = kinds_of(frame)
    for shape in SHAPES:
        shaped = shape.read(frame, kinds)
        if shaped is not None:
            frame, kinds = shaped.frame, kinds_of(shaped.frame)
            names.append(shape.name)
            notes += shaped.notes
    return frame, tuple(names), notes
