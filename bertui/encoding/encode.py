"""Texts and pairs of texts -> token ids with special tokens, and the way back from tokens to characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bertui.encoding.encoded import Encoded, Encoding, Segment, pack
from bertui.encoding.truncation import EncodingChoice, longest_first

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

LONGEST = 200_000  # characters looked at per text; far more than any model reads, so a huge cell costs little
Offsets = tuple[tuple[int, int], ...]
"""Character span (start, stop) of every token of a text."""
Frame = tuple[tuple[int, ...], ...]
"""The special tokens before the first text, between each two, and after the last."""


class TextEncoder:
    """Encodes texts for one tokenizer, length and truncation. Each example is one text or a pair."""

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

    def encode(self, *texts: str) -> Encoding:
        """Encode one example with its offsets."""
        tokens = self.tokenise(texts, offsets=True)
        offsets = [tuple((a, b) for a, b in spans) for spans in tokens["offset_mapping"]]
        return self.encoding(tokens["input_ids"], offsets, self.kept([len(ids) for ids in tokens["input_ids"]]))

    def encoding(
        self, ids: Sequence[Sequence[int]], offsets: Sequence[Offsets], kept: Sequence[Sequence[int]],
        focus_token: int | None = None,
    ) -> Encoding:  # fmt: skip
        """Frame the kept tokens of one example's texts.

        Args:
            focus_token: Position, among the kept tokens of the last text, of the token that is explained.
        """
        chosen = [[one[position] for position in places] for one, places in zip(ids, kept, strict=True)]
        segments, at = [], 0
        for before, places, spans in zip(self.frames[len(ids)], kept, offsets, strict=False):
            at += len(before)
            segments.append(Segment(tuple(places), spans, at))
            at += len(places)
        place = None if focus_token is None else segments[-1].first + focus_token
        return Encoding(tuple(self.framed(chosen)), tuple(segments), self.types_of(chosen), place)

    def encode_all(self, examples: Sequence[str] | Sequence[tuple[str, ...]]) -> Encoded:
        """Encode many examples into one array; all have the same number of texts."""
        rows = [(example,) if isinstance(example, str) else example for example in examples]
        texts = len(rows[0]) if rows else 1
        columns = [self.tokenise([row[number] for row in rows])["input_ids"] for number in range(texts)]
        truncated = [self._truncated(ids) for ids in zip(*columns, strict=True)]
        full = [sum(map(len, ids)) + self.around(texts) for ids in zip(*columns, strict=True)]
        types = [self.types_of(ids) or () for ids in truncated] if texts > 1 and self.typed else None
        return pack([self.framed(ids) for ids in truncated], full, types=types)

    def kept(self, lengths: Sequence[int]) -> list[list[int]]:
        """Return the kept positions of each text of an example; of a pair, the longer text gives way first."""
        budgets = longest_first(lengths, self.budget(len(lengths)))
        keep = self.choice.truncation.keep
        return [keep(length, budget) for length, budget in zip(lengths, budgets, strict=True)]

    def framed(self, texts: Sequence[Sequence[int]]) -> list[int]:
        """Put the special tokens around the texts' ids."""
        frame = self.frames[len(texts)]
        framed = list(frame[0])
        for ids, after in zip(texts, frame[1:], strict=True):
            framed += [*ids, *after]
        return framed

    def tokenise(self, texts: Iterable[str], *, offsets: bool = False) -> Any:
        return self.tokenizer(
            [text[:LONGEST] for text in texts], add_special_tokens=False, truncation=False, verbose=False,
            return_attention_mask=False, return_token_type_ids=False, return_offsets_mapping=offsets,
        )  # fmt: skip

    def _truncated(self, ids: tuple[list[int], ...]) -> list[list[int]]:
        lengths = [len(one) for one in ids]
        if sum(lengths) <= self.budget(len(ids)):
            return list(ids)
        return [[one[place] for place in places] for one, places in zip(ids, self.kept(lengths), strict=True)]

    def types_of(self, texts: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
        """Return 0 up to and with the mark after the first text, 1 from there on."""
        if len(texts) == 1 or not self.typed:
            return None
        before, between, after = self.frames[2]
        return (0,) * (len(before) + len(texts[0]) + len(between)) + (1,) * (len(texts[1]) + len(after))


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
