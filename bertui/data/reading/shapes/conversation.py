"""Chat files: the messages of a conversation in one cell -> what was said before, and the last answer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bertui.data.cells.cell_readers import parsed_or
from bertui.data.reading.shapes.shape import Kinds, Shaped, named, put_in_place

_COLUMNS = ("messages", "conversations", "conversation", "dialog", "dialogue", "turns")
_SPEAKERS, _WORDS = ("role", "from", "speaker", "author"), ("content", "value", "text", "message")
_ANSWERS = {"assistant", "gpt", "bot", "model", "chatbot", "agent"}
_SYSTEM = {"system", "developer"}


def read(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return the frame with the columns "conversation" and "answer" in place of the messages.

    What the system is told is left out where it is the same in every row. A conversation whose last message is not
    the assistant's has no answer.
    """
    column = named([name for name, kind in kinds.items() if kind == "records"], *_COLUMNS)
    rows = [_messages(parsed_or(cell)) for cell in frame[column]] if column is not None else []
    if column is None or not rows or None in rows:
        return None
    told = {tuple(words for speaker, words in row if speaker in _SYSTEM) for row in rows if row}
    spoken = [[turn for turn in row or [] if len(told) > 1 or turn[0] not in _SYSTEM] for row in rows]
    answered = [bool(turns) and turns[-1][0] in _ANSWERS for turns in spoken]
    if not any(answered):
        return None
    before = [turns[:-1] if done else turns for turns, done in zip(spoken, answered, strict=True)]
    fresh = {
        "conversation": ["\n".join(words for _, words in turns) or None for turns in before],
        "answer": [turns[-1][1] if done else None for turns, done in zip(spoken, answered, strict=True)],
    }
    note = f"The column '{column}' holds the messages of chats: the last answer has a column of its own here."
    return Shaped(put_in_place(frame, column, fresh), (note,))


def _messages(value: Any) -> list[tuple[str, str]] | None:
    """Return who said what; None for another list, an empty list for an empty cell."""
    if not isinstance(value, list):
        return None if isinstance(value, str) else []
    turns = [
        (next((item[key] for key in _SPEAKERS if isinstance(item.get(key), str)), None),
         next((item[key] for key in _WORDS if isinstance(item.get(key), str)), None))
        for item in value if isinstance(item, dict)
    ]  # fmt: skip
    whole = [(speaker.lower(), words) for speaker, words in turns if speaker is not None and words is not None]
    return whole if len(whole) == len(value) else None
