"""What a table looks like to the model, before any training: lengths in tokens, and what truncation takes away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bertui.data.checking.findings import TokenFacts
from bertui.data.table import Table
from bertui.encoding.encode import TextEncoder
from bertui.modeling.sources import ModelChoice, locate
from bertui.recipe import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MOST_ROWS = 20_000  # texts counted; enough for every share on the page, and a second or two of work


@dataclass(frozen=True, slots=True)
class TruncatedText:
    """One text and the character spans that the model reads of it.

    Attributes:
        row: Row id.
        kept: Character span (start, stop) of every kept token.
        truncated: Tokens that do not fit.
    """

    row: int
    text: str
    kept: tuple[tuple[int, int], ...]
    truncated: int


def token_facts(table: Table, recipe: Recipe, most: int = MOST_ROWS) -> TokenFacts:
    """Count the tokens of each text with the tokenizer of the recipe's model.

    Args:
        most: Of a larger table, so many rows are taken, evenly from first to last.

    Raises:
        ModelError: The model or its tokenizer cannot be had.
    """
    tokenizer, limit = _tokenizer(recipe.model)
    encoder = TextEncoder(tokenizer, recipe.encoding.model_copy(update={"max_length": limit}), limit)
    texts = table.texts[table.texts.str.strip() != ""]
    texts = texts.iloc[np.unique(np.linspace(0, len(texts) - 1, min(len(texts), most)).astype(int))]
    rows = texts.index.to_numpy(dtype=np.int64)
    if texts.empty:
        return TokenFacts(np.zeros(0, dtype=np.int32), np.zeros(0), rows, limit)
    encoded = encoder.encode_all(texts.tolist())
    unknown = np.add.reduceat(encoded.ids == _unknown_id(tokenizer), encoded.starts[:-1])
    read = np.maximum(1, encoded.lengths - encoder.around())
    return TokenFacts(encoded.full, unknown / read, rows, limit)


def truncated_texts(table: Table, recipe: Recipe, facts: TokenFacts, number: int = 3) -> list[TruncatedText]:
    """Return texts that are longer than the recipe's length, from a little to much longer, with what is kept.

    Args:
        facts: ``token_facts`` of the table for the recipe's model.
        number: How many texts at most.
    """
    tokenizer, limit = _tokenizer(recipe.model)
    encoder = TextEncoder(tokenizer, recipe.encoding, limit)
    order = np.argsort(facts.lengths, kind="stable")
    longer = facts.rows[order][facts.lengths[order] > encoder.max_length]
    chosen = longer[np.unique(np.linspace(0, len(longer) - 1, min(number, len(longer))).astype(int))]
    return [_truncated(int(row), table.texts.loc[row], encoder) for row in chosen]


def _truncated(row: int, text: str, encoder: TextEncoder) -> TruncatedText:
    segment = encoder.encode(text).segments[0]
    return TruncatedText(row, text, tuple(segment.offsets[place] for place in segment.kept), segment.truncated)


@lru_cache(maxsize=2)
def _tokenizer(model: ModelChoice) -> tuple[PreTrainedTokenizerBase, int]:
    """Return the tokenizer of a model and the most tokens the model reads; the weights are not loaded."""
    from bertui.modeling.backbone import load_config, token_limit
    from bertui.modeling.tokenizer import load_tokenizer

    folder = locate(model, weights=False).folder
    tokenizer = load_tokenizer(folder)
    return tokenizer, token_limit(load_config(folder), tokenizer)


def _unknown_id(tokenizer: PreTrainedTokenizerBase) -> int:
    return -1 if tokenizer.unk_token_id is None else int(tokenizer.unk_token_id)
