"""Texts and pairs of texts -> token ids with special tokens, and the way back from tokens to characters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encoded import Encoded
from bertui.encoding.long_texts import Cut, Excerpt, Places

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

LONGEST = 200_000  # characters looked at per text; far more than any model reads, so a huge cell costs little
Frame = tuple[tuple[int, ...], ...]
"""The special tokens before the first text, between each two, and after the last."""
Excerpts = Callable[[Sequence[int]], list[Excerpt]]
"""The lengths of a row's texts -> the sequences in which it is read."""


class TextEncoder:
    """Encodes texts for one tokenizer, length, truncation and reading. Each row is one text or a pair."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, choice: EncodingChoice, limit: int) -> None:
        self.tokenizer, self.choice = tokenizer, choice
        self.max_length = min(choice.max_length, limit)

    @cached_property
    def frames(self) -> dict[int, Frame]:
        """The special tokens around one text and around two."""
        return {number: _special_tokens(self.tokenizer, number) for number in (1, 2)}

    @cached_property
    def typed(self) -> bool:
        """Whether the model's family tells the two texts of a pair apart by token types."""
        pair = self.tokenizer("a", "a", return_token_type_ids=True)
        return max(pair.get("token_type_ids") or [0]) > 0

    def around(self, texts: int = 1) -> int:
        """Return the number of special tokens around so many texts."""
        return sum(map(len, self.frames[texts]))

    def budget(self, texts: int = 1) -> int:
        """Return how many tokens of the texts themselves fit."""
        return self.max_length - self.around(texts)

    def encode(
        self, rows: Sequence[str] | Sequence[tuple[str, ...]], *, spans: bool = False, excerpts: Excerpts | None = None
    ) -> Encoded:
        """Encode rows, all of the same number of texts.

        Args:
            spans: Whether to say where each token comes from.
            excerpts: In which sequences a row is read; as the choices say when left out.
        """
        texts = [(row,) if isinstance(row, str) else row for row in rows]
        columns = [self.tokenise(column, offsets=spans) for column in zip(*texts, strict=True)]
        ids = zip(*(column["input_ids"] for column in columns), strict=True)
        offsets = zip(*(column["offset_mapping"] for column in columns), strict=True) if spans else None
        excerpts = excerpts or self.excerpts
        sequences = _Sequences(self, len(columns))
        for row in ids:
            where = None if offsets is None else next(offsets)
            sequences.add(row, where, excerpts([len(tokens) for tokens in row]))
        return sequences.encoded()

    def excerpts(self, lengths: Sequence[int]) -> list[Excerpt]:
        """Return the sequences in which a row is read that has texts of so many tokens."""
        return self.choice.reading.excerpts(lengths, self.budget(len(lengths)), self.choice.truncation)

    def cut(self, lengths: Sequence[int]) -> list[Excerpt]:
        """Return the one sequence in which a row is read when it is truncated, whatever the choices say."""
        return Cut().excerpts(lengths, self.budget(len(lengths)), self.choice.truncation)

    def tokenise(self, texts: Iterable[str], *, offsets: bool = False) -> Any:
        """Return the token ids of each text, and where each token stands in it."""
        return self.tokenizer(
            [text[:LONGEST] for text in texts], add_special_tokens=False, truncation=False, verbose=False,
            return_attention_mask=False, return_token_type_ids=False, return_offsets_mapping=offsets,
        )  # fmt: skip


@dataclass(slots=True)
class _Sequences:
    """Sequences of one row after another, as they come."""

    encoder: TextEncoder
    texts: int
    ids: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    full: list[int] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    spans: list[np.ndarray] = field(default_factory=list)
    excerpts: list[Excerpt] = field(default_factory=list)

    def add(self, row: Sequence[Sequence[int]], offsets: Sequence[Any] | None, excerpts: Sequence[Excerpt]) -> None:
        """Add a row with the excerpts in which it is read."""
        self.counts.append(len(excerpts))
        self.excerpts += excerpts
        frame = self.encoder.frames[self.texts]
        for excerpt in excerpts:
            before = len(self.ids)
            self.ids += frame[0]
            for tokens, kept, after in zip(row, excerpt.kept, frame[1:], strict=True):
                self.ids += _of(tokens, kept)
                self.ids += after
            self.lengths.append(len(self.ids) - before)
            self.full.append(self.lengths[-1] + excerpt.truncated)
            if self.texts > 1 and self.encoder.typed:
                second = len(excerpt.kept[1]) + len(frame[2])
                self.types += [0] * (self.lengths[-1] - second) + [1] * second
            if offsets is not None:
                self.spans.append(self._spans(offsets, excerpt, frame))

    def _spans(self, offsets: Sequence[Any], excerpt: Excerpt, frame: Frame) -> np.ndarray:
        spans, at = np.full((self.lengths[-1], 3), -1, dtype=np.int32), 0
        for number, (where, kept, before) in enumerate(zip(offsets, excerpt.kept, frame, strict=False)):
            at += len(before)
            spans[at : at + len(kept), 0] = number
            if len(kept):
                spans[at : at + len(kept), 1:] = _of(where, kept)
            at += len(kept)
        return spans

    def _answered(self) -> np.ndarray:
        """Return which tokens are answered for by the sequence in which they stand, ``bool [tokens]``."""
        answered, at = np.ones(len(self.ids), dtype=bool), 0
        after = len(self.encoder.frames[self.texts][-1])
        for length, excerpt in zip(self.lengths, self.excerpts, strict=True):
            at += length
            if excerpt.answered is not None:
                first = at - after - len(excerpt.kept[-1])
                answered[first : at - after] = False
                answered[first + excerpt.answered.start : first + excerpt.answered.stop] = True
        return answered

    def encoded(self) -> Encoded:
        """Return all of them."""
        return Encoded(
            ids=np.array(self.ids, dtype=np.int32),
            starts=np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64),
            rows=np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64),
            full=np.array(self.full, dtype=np.int32),
            types=np.array(self.types, dtype=np.int8) if self.types else None,
            spans=np.concatenate(self.spans) if self.spans else None,
            answered=self._answered() if len(self.counts) < len(self.lengths) else None,
        )


def _of(values: Sequence[Any], kept: Places) -> Sequence[Any]:
    """Return the values at some places."""
    return values[kept.start : kept.stop] if isinstance(kept, range) else [values[place] for place in kept]


def _special_tokens(tokenizer: PreTrainedTokenizerBase, texts: int) -> Frame:
    """Return the special tokens that the model's family puts around so many texts."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    framed = tokenizer(*["a"] * texts)["input_ids"]
    frame, at = [], 0
    for _ in range(texts):
        start = next(n for n in range(at, len(framed)) if framed[n : n + len(bare)] == bare)
        frame.append(tuple(framed[at:start]))
        at = start + len(bare)
    return (*frame, tuple(framed[at:]))
