"""The tokens of one text through the layers, told apart by what they belong to, such as a question and its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.batching import collate
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.encoding.unread import check_readable
from bertui.modeling.twin import twin
from bertui.tasks.results import Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

SPECIAL, OTHER = "special", "other"
Marked = Sequence[tuple[str, int, int, int]]
"""Spans of texts: name, number of the text, and characters from start to before stop; the first that fits counts."""
_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+|[。！？]+|\n+")  # of a sentence


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of the sequence of a row in which the first marked span stands.

    Attributes:
        tokens: As the tokenizer writes them, special ones included.
        kinds: What each belongs to; see ``token_kinds``.
        vectors: ``float32 [layers + 1, tokens, hidden]``.
    """

    tokens: tuple[str, ...]
    kinds: tuple[str, ...]
    vectors: np.ndarray

    def to_json(self) -> dict[str, Any]:
        return {"tokens": list(self.tokens), "kinds": list(self.kinds)}


def tokens_of(
    model: TextModel, encoder: TextEncoder, task: Task, inputs: Input, marked: Marked,
    whole: Sequence[tuple[str, int]] = (),
) -> Tokens:  # fmt: skip
    """Read one row and follow its tokens through the layers.

    Args:
        marked, whole: As ``token_kinds`` takes them.

    Raises:
        DataError: A text holds nothing that the model can read.

    Source: van Aken et al. 2019, VisBERT.
    """
    import torch

    check_readable(encoder, inputs)
    row = task.encode(encoder, [inputs], spans=True)
    parts = [row.only([number]) for number in range(row.sequences)]
    kinds = [token_kinds(part, marked, whole) for part in parts]
    at = next((number for number, some in enumerate(kinds) if marked and marked[0][0] in some), 0)
    copied = twin(model)
    device = str(next(copied.parameters()).device)
    with torch.inference_mode():
        states = copied.every_layer(collate(parts[at], [0], int(encoder.tokenizer.pad_token_id), device))
    tokens = tuple(encoder.tokenizer.convert_ids_to_tokens(parts[at].ids.tolist()))
    return Tokens(tokens, kinds[at], states[:, 0].float().cpu().numpy())


def token_kinds(encoded: Encoded, marked: Marked, whole: Sequence[tuple[str, int]] = ()) -> tuple[str, ...]:
    """Return what each token belongs to: "special", a mark's name, a text's name, or "other".

    For question answering: ``[("answer", 1, start, stop)]`` and ``[("question", 0)]``; supporting words are marks too.

    Args:
        encoded: Of one row, with spans.
        whole: Name of all tokens of a text with a number.
    """

    def kind(text: int, start: int, stop: int) -> str:
        if text < 0:
            return SPECIAL
        inside = (name for name, number, low, high in marked if number == text and start < high and stop > low)
        return next(inside, next((name for name, number in whole if number == text), OTHER))

    return tuple(kind(*origin) for origin in encoded.origins.tolist())


def sentence_around(text: str, start: int, stop: int) -> tuple[int, int]:
    """Return where the sentence begins and ends that holds ``text[start:stop]``, by full stops and line breaks."""
    ends = [match.end() for match in _END.finditer(text)]
    low = max((end for end in ends if end <= start), default=0)
    return low, min((end for end in ends if end >= stop), default=len(text))
