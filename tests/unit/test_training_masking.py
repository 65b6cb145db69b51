"""Masked fine-tuning: which rows and tokens are hidden, what stays as it is, and runs that are interrupted."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.encoding.batching import Batch
from bertui.errors import RecipeError
from bertui.experiment.preparation import build, load
from bertui.recipe import Recipe
from bertui.training import checkpoint, loop
from bertui.training.events import StepTaken
from bertui.training.masking import Masking, masked_rows, masking_of
from bertui.training.network import WholeNetwork
from bertui.training.state import Training
from tests.conftest import finished

PAD, UNKNOWN, CLS, SEP, MASK = 0, 1, 2, 3, 4
MASKING = Masking(0.5, MASK, (PAD, CLS, SEP, MASK))


def batch_of(rows: int, words: int, sequences: int = 1) -> Batch:
    """[CLS] words [SEP], then one place of padding; some words are unknown."""
    one = [CLS, UNKNOWN, *range(10, 9 + words), SEP, PAD]
    ids = torch.tensor([one] * rows * sequences)
    return Batch(ids, (ids != PAD).long(), torch.arange(0, rows * sequences + 1, sequences))


def test_every_second_row_by_hand() -> None:
    assert masked_rows(5, 0.5, 0.0).tolist() == [False, True, False, True, False]
    assert masked_rows(5, 0.5, 0.5).tolist() == [True, False, True, False, True]
    assert masked_rows(4, 0.25, 0.3).tolist() == [False, False, True, False]
    assert masked_rows(3, 1.0, 0.9).all() and not masked_rows(3, 0.0, 0.9).any()


def test_parts_of_one_row_are_masked_as_often_as_asked() -> None:
    starts = np.linspace(0, 1, 1000, endpoint=False)
    assert sum(masked_rows(1, 0.3, start)[0] for start in starts) == pytest.approx(300, abs=1)


def test_special_tokens_and_padding_are_never_hidden_and_unknown_words_are() -> None:
    batch, random = batch_of(200, 20), np.random.default_rng(0)
    read = MASKING(batch, random)
    hidden = read.input_ids != batch.input_ids
    assert (read.input_ids[hidden] == MASK).all()
    special = torch.isin(batch.input_ids, torch.tensor([PAD, CLS, SEP]))
    assert not hidden[special].any() and hidden[batch.input_ids == UNKNOWN].any()
    assert read.attention_mask is batch.attention_mask and read.rows is batch.rows
    assert not (batch.input_ids == MASK).any(), "what is kept of the rows stays as it was"


def test_half_the_rows_lose_an_even_share_of_their_words() -> None:
    batch = batch_of(2000, 50)
    hidden = (MASKING(batch, np.random.default_rng(1)).input_ids == MASK).float().sum(1).numpy() / 50
    some = hidden[hidden > 0.0]
    assert len(some) == pytest.approx(1000, abs=40)  # a share near 0 may hide nothing
    assert np.quantile(some, [0.25, 0.5, 0.75]) == pytest.approx([0.25, 0.5, 0.75], abs=0.06)
    touched = np.flatnonzero(hidden)
    assert len({int(row) % 2 for row in touched}) == 1, "every second row"


def test_the_sequences_of_a_row_share_its_lot() -> None:
    read = MASKING(batch_of(100, 50, sequences=3), np.random.default_rng(2))
    shares = ((read.input_ids == MASK).float().sum(1) / 50).reshape(100, 3)
    assert (shares.amax(1) - shares.amin(1)).max() < 0.4 and shares.max() > 0.9


def test_a_model_without_a_mask_token_is_refused_by_name() -> None:
    tokenizer = SimpleNamespace(mask_token_id=None, all_special_ids=[0], unk_token_id=None)
    assert masking_of(0.0, tokenizer) is None
    with pytest.raises(
        RecipeError, match=r"training\.masked_share is 0\.5, and this model's tokenizer has no mask token"
    ):
        masking_of(0.5, tokenizer)


def masked(table: Table, split: Split, recipe: Recipe, **more: object) -> Training:
    recipe = recipe.changed({"training.masked_share": 0.5, **more})
    return finished(build(table, split, recipe, finished(load(recipe))))


def test_a_masked_run_resumes_bit_for_bit(table: Table, split: Split, recipe: Recipe, tmp_path: Path) -> None:
    whole, resumed, plain = (masked(table, split, recipe), masked(table, split, recipe),
                             masked(table, split, recipe, **{"training.masked_share": 0.0}))  # fmt: skip
    events = loop.fit(whole)
    while whole.progress.step < 5:
        next(events)
    checkpoint.save(whole, tmp_path / "checkpoint")
    checkpoint.load(resumed, tmp_path / "checkpoint")
    rest, again = ([one.loss for one in stream if isinstance(one, StepTaken)] for stream in (events, loop.fit(resumed)))
    assert rest == again and len(rest) == whole.steps - 5
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name
    assert [one.loss for one in loop.fit(plain) if isinstance(one, StepTaken)][5:] != rest


def test_the_mask_token_is_learned_and_validation_rows_stay_whole(table: Table, split: Split, recipe: Recipe) -> None:
    training = masked(table, split, recipe)
    mask = training.objective.masking.mask  # type: ignore[attr-defined]
    assert mask in training.objective.met  # type: ignore[operator]
    assert not (training.objective.validation.encoded.ids == mask).any()  # type: ignore[attr-defined]
    first = training.check().metrics["loss"]
    assert training.check().metrics["loss"] == first


def test_features_of_a_frozen_encoder_are_not_kept_where_words_are_hidden(
    table: Table, split: Split, recipe: Recipe
) -> None:
    training = masked(table, split, recipe, **{"training.trained": "frozen", "training.max_steps": 2})
    assert isinstance(training.network, WholeNetwork)
    assert len([one for one in loop.fit(training) if isinstance(one, StepTaken)]) == 2
