"""Masked fine-tuning: part of the rows are read with words hidden, so that hidden words are nothing new later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bertui.encoding.batching import Batch
from bertui.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Masking:
    """Hides words of some training rows behind the mask token; what is asked about a row stays the same.

    Every second row of a batch for a share of 0.5, beginning with the first or the second. Each of these rows has a
    share of its own, drawn evenly from 0 to 1, and each of its tokens is hidden with that chance. That holds for all
    its texts, for a question about a context and for the words to be tagged, since explanations hide these too.
    Special tokens and padding are never hidden.

    Attributes:
        share: Of the rows, above 0.
        mask: Id of the mask token.
        special: Ids of the tokens that stand for no word.

    Source: Madsen et al. 2024, "Faithfulness Measurable Masked Language Models".
    """

    share: float
    mask: int
    special: tuple[int, ...]

    def __call__(self, batch: Batch, random: np.random.Generator) -> Batch:
        """Return the batch as the network is to read it; ``random`` is the step's own."""
        import torch

        counts = np.diff(batch.rows.cpu().numpy())
        shares = random.random(len(counts)) * masked_rows(len(counts), self.share, random.random())
        drawn = random.random(tuple(batch.input_ids.shape)) < np.repeat(shares, counts)[:, None]
        ids = batch.input_ids
        words = ~torch.isin(ids, torch.tensor(self.special, device=ids.device))
        hidden = torch.from_numpy(drawn).to(ids.device) & words & batch.attention_mask.bool()
        return replace(batch, input_ids=ids.masked_fill(hidden, self.mask), origin=None)


def masked_rows(rows: int, share: float, start: float) -> np.ndarray:
    """Return which rows are masked, evenly spaced, ``bool [rows]``.

    A batch is often read in parts: with a random start each part has the share on average, even a part of one row.

    Args:
        start: From 0 to below 1.
    """
    return np.diff(np.floor(np.arange(rows + 1) * share + start)) > 0


def masking_of(share: float, tokenizer: Any) -> Masking | None:
    """Return what hides words; None where no row is to be masked.

    Raises:
        RecipeError: The model has no mask token.
    """
    if not share:
        return None
    if tokenizer.mask_token_id is None:
        raise RecipeError(
            f"training.masked_share is {share:g}, and this model's tokenizer has no mask token.",
            expected="A model that was trained to fill in masked words, such as BERT.",
            remedy="Set training.masked_share to 0, or choose another model.",
        )
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}  # an unknown word is a word
    return Masking(share, int(tokenizer.mask_token_id), tuple(sorted(special)))
