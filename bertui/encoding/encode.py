"""Texts -> token ids with special tokens, and the way back from tokens to characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.truncation import EncodingChoice

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_CHUNK = 2000  # texts tokenised at once: enough to use every core, few enough to report progress
_LONGEST = 200_000  # characters looked at per text; far more than any model reads, so a huge cell costs little


@dataclass(frozen=True, slots=True)
class Encoding:
    """One text as the model reads it.

    Attributes:
        ids: Token ids, special tokens included, ``[seq]``.
        kept: Positions, among the tokens of the whole text, of the kept ones, ``[kept]``.
        offsets: Character span (start, stop) in the original text of every token of the whole text.
        first: Position in ``ids`` of the first kept token (after the leading special tokens).
    """

    ids: tuple[int, ...]
    kept: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    first: int

    @property
    def cut(self) -> int:
        """Number of tokens that did not fit."""
        return len(self.offsets) - len(self.kept)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Many texts as the model reads them, end to end in one array: text i is ``ids[starts[i]:starts[i + 1]]``.

    Attributes:
        ids: ``int32 [tokens of all texts]``, special tokens included.
        starts: ``int64 [texts + 1]``.
        full: Tokens of each text before the cut, special tokens counted, ``int32 [texts]``.
    """

    ids: np.ndarray
    starts: np.ndarray
    full: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.starts)

    def row(self, index: int) -> np.ndarray:
        return self.ids[self.starts[index] : self.starts[index + 1]]


class TextEncoder:
    """Encodes texts for one tokenizer, length and truncation."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, choice: EncodingChoice, limit: int) -> None:
        self.tokenizer, self.choice = tokenizer, choice
        self.max_length = min(choice.max_length, limit)
        self._before, self._after = _special_tokens(tokenizer)
        self.budget = self.max_length - len(self._before) - len(self._after)

    def encode(self, text: str) -> Encoding:
        """Encode one text with its offsets."""
        tokens = self._tokenise([text], offsets=True)
        ids, spans = tokens["input_ids"][0], tokens["offset_mapping"][0]
        kept = self.choice.truncation.keep(len(ids), self.budget)
        framed = (*self._before, *(ids[position] for position in kept), *self._after)
        return Encoding(framed, tuple(kept), tuple((a, b) for a, b in spans), len(self._before))

    def encode_all(self, texts: Sequence[str]) -> Encoded:
        """Encode many texts into one array."""
        return join(list(self.chunks(texts)))

    def chunks(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Encode many texts chunk by chunk, so that a caller can report progress between."""
        for start in range(0, len(texts), _CHUNK):
            yield self._encode_chunk(texts[start : start + _CHUNK])

    def _encode_chunk(self, texts: Sequence[str]) -> Encoded:
        all_ids = self._tokenise(texts)["input_ids"]
        around = len(self._before) + len(self._after)
        rows = [self._frame(ids) for ids in all_ids]
        lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        joined = np.fromiter((token for row in rows for token in row), dtype=np.int32, count=int(lengths.sum()))
        full = np.fromiter((len(ids) + around for ids in all_ids), dtype=np.int32, count=len(rows))
        return Encoded(joined, np.concatenate([[0], lengths.cumsum()]), full)

    def _frame(self, ids: list[int]) -> list[int]:
        if len(ids) > self.budget:
            ids = [ids[position] for position in self.choice.truncation.keep(len(ids), self.budget)]
        return [*self._before, *ids, *self._after]

    def _tokenise(self, texts: Sequence[str], *, offsets: bool = False) -> Any:
        return self.tokenizer(
            [text[:_LONGEST] for text in texts], add_special_tokens=False, truncation=False, verbose=False,
            return_attention_mask=False, return_token_type_ids=False, return_offsets_mapping=offsets,
        )  # fmt: skip


def join(parts: Sequence[Encoded]) -> Encoded:
    """Put chunks of encoded texts end to end."""
    lengths = [part.lengths for part in parts]
    starts = np.concatenate([[0], np.concatenate(lengths).cumsum()]) if parts else np.zeros(1, dtype=np.int64)
    empty = np.zeros(0, dtype=np.int32)
    ids = np.concatenate([part.ids for part in parts]) if parts else empty
    return Encoded(ids, starts, np.concatenate([part.full for part in parts]) if parts else empty)


def _special_tokens(tokenizer: PreTrainedTokenizerBase) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the special tokens that the model's family puts before and after a text."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    framed = tokenizer("a")["input_ids"]
    at = next(n for n in range(len(framed)) if framed[n : n + len(bare)] == bare)
    return tuple(framed[:at]), tuple(framed[at + len(bare) :])
