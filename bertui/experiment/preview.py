"""What a table looks like to the model, before any training: lengths in tokens, and what truncation takes away."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bertui.data.checking.findings import TokenFacts
from bertui.data.table import Table
from bertui.encoding.encode import TextEncoder
from bertui.encoding.long_texts import Cut
from bertui.errors import DataError
from bertui.modeling.sources import ModelChoice, locate
from bertui.recipe import Recipe
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.registry import missing_roles, task_class
from bertui.tasks.results import Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_WHOLE = 1_000_000  # tokens: longer than any text that is looked at
MOST_ROWS = 20_000  # texts counted; enough for every share on the page, and a second or two of work


@dataclass(frozen=True, slots=True)
class TruncatedText:
    """One row and the characters that the model reads of it.

    Attributes:
        row: Row id.
        text: Its texts, of several one on a line.
        kept: Character span (start, stop) of every kept token.
        truncated: Tokens that do not fit.
    """

    row: int
    text: str
    kept: tuple[tuple[int, int], ...]
    truncated: int


def token_facts(table: Table, recipe: Recipe, most: int = MOST_ROWS) -> TokenFacts:
    """Count the tokens of each row as the task would read it whole, with the tokenizer of the recipe's model.

    Of a row with several sequences, such as a text with each of its choices, the longest counts.

    Args:
        most: Of a larger table, so many rows are taken, evenly from first to last.

    Raises:
        ModelError: The model or its tokenizer cannot be had.
    """
    tokenizer, limit = tokenizer_of(recipe.model)
    whole = recipe.encoding.model_copy(update={"max_length": _WHOLE, "reading": Cut()})
    encoder = TextEncoder(tokenizer, whole, _WHOLE)
    rows = table.texts.index[table.texts.str.strip() != ""].to_numpy(dtype=np.int64)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(int))]
    if not len(rows):
        return TokenFacts(np.zeros(0, dtype=np.int32), np.zeros(0), rows, limit)
    task, inputs = _as_read(table, recipe, rows)
    encoded = task.encode(encoder, inputs)
    starts = encoded.starts[encoded.rows[:-1]]
    unknown = np.add.reduceat(encoded.ids == _unknown_id(tokenizer), starts)
    special = np.diff(encoded.rows) * encoder.around(min(2, len(inputs[0])))
    read = np.maximum(1, np.diff(encoded.starts[encoded.rows]) - special)
    return TokenFacts(np.maximum.reduceat(encoded.full, encoded.rows[:-1]), unknown / read, rows, limit)


def truncated_texts(table: Table, recipe: Recipe, facts: TokenFacts, number: int = 3) -> list[TruncatedText]:
    """Return texts that are longer than the recipe's length, from a little to much longer, with what is kept.

    Args:
        facts: ``token_facts`` of the table for the recipe's model.
        number: How many texts at most.
    """
    tokenizer, limit = tokenizer_of(recipe.model)
    encoder = TextEncoder(tokenizer, recipe.encoding, limit)
    order = np.argsort(facts.lengths, kind="stable")
    longer = facts.rows[order][facts.lengths[order] > encoder.max_length]
    chosen = longer[np.unique(np.linspace(0, len(longer) - 1, min(number, len(longer))).astype(int))]
    task, inputs = _as_read(table, recipe, chosen)
    return [_truncated(row, texts, task, encoder) for row, texts in zip(chosen.tolist(), inputs, strict=True)]


def _truncated(row: int, inputs: tuple[str, ...], task: Task, encoder: TextEncoder) -> TruncatedText:
    """Return what is kept of a row; of several sequences, of the one that loses the most."""
    encoded = task.encode(encoder, [inputs], spans=True)
    worst = int(np.argmax(encoded.full - encoded.lengths))
    texts = task.texts_of(inputs, worst)
    before = np.cumsum([0, *(len(text) + 1 for text in texts)])
    kept = tuple(
        (int(before[text]) + start, int(before[text]) + stop)
        for text, start, stop in encoded.only([worst]).origins.tolist()
        if text >= 0
    )
    return TruncatedText(row, "\n".join(texts), kept, int(encoded.truncated[0]))


def _as_read(table: Table, recipe: Recipe, rows: np.ndarray) -> tuple[Task, list[Input]]:
    """Return the task that says how rows are read, and what it reads of them.

    While columns are still to be chosen, or answers cannot be read, all texts of a row are counted as one.
    """
    if not missing_roles(table.roles):
        with suppress(DataError):  # the report says what is wrong with the answers
            return task_class(table.roles.task).learn(table, []).chosen(recipe.task), table.inputs(rows)
    return SingleLabel(classes=()), [(text,) for text in table.texts.loc[rows]]


@lru_cache(maxsize=2)
def tokenizer_of(model: ModelChoice) -> tuple[PreTrainedTokenizerBase, int]:
    """Return the tokenizer of a model and the most tokens the model reads; the weights are not loaded."""
    from bertui.modeling.backbone import load_config, token_limit
    from bertui.modeling.tokenizer import load_tokenizer

    folder = locate(model, weights=False).folder
    tokenizer = load_tokenizer(folder)
    return tokenizer, token_limit(load_config(folder), tokenizer)


def _unknown_id(tokenizer: PreTrainedTokenizerBase) -> int:
    return -1 if tokenizer.unk_token_id is None else int(tokenizer.unk_token_id)
