"""Which rows a model cannot answer, since there is nothing to read in them. Prediction and explanation ask here."""

from __future__ import annotations

from collections.abc import Sequence

from bertui.data.cells.blank import is_blank
from bertui.encoding.encode import TextEncoder
from bertui.errors import DataError


def nothing_to_read(encoder: TextEncoder, rows: Sequence[tuple[str, ...]]) -> list[bool]:
    """Return for each row whether one of its texts shows nothing, or nothing that the model has a token for.

    A pair without its second text, or a question without its context, is no row that a model has learned from either.
    """
    return [any(is_blank(text) or _dropped(encoder, text) for text in row) for row in rows]


def check_readable(encoder: TextEncoder, row: tuple[str, ...]) -> None:
    """Refuse a row with nothing to read.

    Raises:
        DataError: There is nothing to read in one of its texts.
    """
    if nothing_to_read(encoder, [row])[0]:
        raise DataError(
            "The text is empty." if any(map(is_blank, row)) else "The text holds nothing the model can read.",
            expected="At least one word.",
            remedy="Type a sentence.",
        )


def _dropped(encoder: TextEncoder, text: str) -> bool:
    """Whether the tokenizer makes nothing of a text; letters and digits always become tokens, so few are tried."""
    return not any(map(str.isalnum, text)) and not encoder.tokenise([text])["input_ids"][0]
