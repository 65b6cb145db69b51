"""What two words do together: answers worked out by hand, and the same by blanking words in transformers' own model."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from bertui.data.cells.words import Word
from bertui.encoding.batching import Batch
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.explanation.attribution import Attribution, attribute
from bertui.explanation.interaction import Interaction, interactions
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.readout import ROWS
from bertui.modeling.sources import ModelChoice
from bertui.plots.interaction import interaction_figure
from bertui.tasks.results import Focus
from bertui.tasks.score.score import Score
from tests.batches import batch_of
from tests.tiny import tiny_bert

PAIR = ("the film was good", "zebra not bad")  # "zebra" has five tokens
FOCUS = Focus("score", "the score", ("the score",), 0, "score")


class Words(nn.Module):
    """A stand-in for a network that knows exactly what it makes of each word."""

    def __init__(self, encoder: TextEncoder, function: Any) -> None:
        super().__init__()
        self.encoder = nn.Module()
        self.encoder.embeddings = nn.Embedding(len(encoder.tokenizer), 2)
        self.encoder.config = SimpleNamespace(model_type="words")
        self.names, self.function, self.packed = encoder.tokenizer.convert_ids_to_tokens, function, False
        self.readout = ROWS

    def forward(self, batch: Batch) -> Tensor:
        return torch.tensor([[float(self.function(set(self.names(row.tolist()))))] for row in batch.input_ids])


def stirred(encoder: nn.Module) -> nn.Module:
    """Make the layers of a random encoder strong enough that words act upon one another."""
    with torch.no_grad():
        for weight in encoder.encoder.parameters():  # type: ignore[union-attr, operator]
            weight.mul_(8 if weight.dim() == 2 else 1)
    return encoder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[TextModel, TextEncoder]:
    backbone = load_backbone(ModelChoice(name=str(tiny_bert(tmp_path_factory.mktemp("together")))))
    network = TextModel(stirred(backbone.encoder), FeatureChoice(pooling="mean"), 1, seed=5).eval()
    with torch.no_grad():
        network.head.dense.weight.mul_(20)
    return network, TextEncoder(backbone.tokenizer, EncodingChoice(max_length=32), backbone.max_length)


@pytest.fixture(scope="module")
def words(model: tuple[TextModel, TextEncoder]) -> Attribution:
    return attribute(*model, PAIR, Score(), FOCUS, 0)


def effects(encoder: TextEncoder, words: Attribution, function: Any) -> dict[tuple[str, str], float]:
    interaction = interactions(Words(encoder, function), encoder, PAIR, Score(), FOCUS, words)  # type: ignore[arg-type]
    assert interaction.effects.shape == (4, 3)
    return {(words.words[a].text, words.words[b].text): round(value, 6) for a, b, value in interaction.strongest(12)}


def test_the_strongest_pairs_come_first_whatever_their_sign() -> None:
    interaction = Interaction((0, 2), (4, 5), np.array([[0.1, -0.4], [0.3, 0.0]]))
    assert interaction.strongest(3) == [(0, 5, -0.4), (2, 4, 0.3), (0, 4, 0.1)]
    assert len(interaction.strongest(9)) == 4


def test_words_that_count_apart_have_no_effect_together(
    model: tuple[TextModel, TextEncoder], words: Attribution
) -> None:
    values = {"good": 2.0, "film": -1.0, "bad": 4.0, "not": 0.5}
    matrix = effects(model[1], words, lambda read: sum(values.get(word, 0.0) for word in read))
    assert set(matrix.values()) == {0.0} and len(matrix) == 12


def test_words_that_count_only_together_have_all_of_it(
    model: tuple[TextModel, TextEncoder], words: Attribution
) -> None:
    matrix = effects(model[1], words, lambda read: 3.0 * ("good" in read and "bad" in read) + ("film" in read))
    assert matrix.pop(("good", "bad")) == 3.0 and set(matrix.values()) == {0.0}


def test_of_two_words_that_say_the_same_one_is_too_many(
    model: tuple[TextModel, TextEncoder], words: Attribution
) -> None:
    matrix = effects(model[1], words, lambda read: 1.0 * ("good" in read or "bad" in read))
    assert matrix.pop(("good", "bad")) == -1.0 and set(matrix.values()) == {0.0}


def test_the_same_by_blanking_words_in_the_network(model: tuple[TextModel, TextEncoder], words: Attribution) -> None:
    network, encoder = model
    places = [[1], [2], [3], [4], [6, 7, 8, 9, 10], [11], [12]]
    read = encoder.tokenizer(*PAIR, return_tensors="pt")
    assert read["input_ids"].shape == (1, 14)

    def answer(*blank: int) -> float:
        ids = read["input_ids"].clone()
        for word in blank:
            ids[0, places[word]] = 0
        with torch.no_grad():
            return float(network(batch_of(ids, read["attention_mask"], read["token_type_ids"])))

    interaction = interactions(network, encoder, PAIR, Score(), FOCUS, words)
    expected = [[answer() - answer(a) - answer(b) + answer(a, b) for b in (4, 5, 6)] for a in range(4)]
    assert (interaction.first, interaction.second) == ((0, 1, 2, 3), (4, 5, 6))
    np.testing.assert_allclose(interaction.effects, expected, atol=1e-4)
    assert abs(interaction.effects).max() > 0.01


def test_only_the_strongest_words_are_paired_in_the_order_of_the_text(
    model: tuple[TextModel, TextEncoder], words: Attribution
) -> None:
    interaction = interactions(*model, PAIR, Score(), FOCUS, words, most=2)
    ranked = sorted(range(4), key=lambda word: -abs(words.scores[word]))[:2]
    assert interaction.first == tuple(sorted(ranked)) and len(interaction.second) == 2
    whole = interactions(*model, PAIR, Score(), FOCUS, words)
    rows, columns = (
        [whole.first.index(a) for a in interaction.first],
        [whole.second.index(b) for b in interaction.second],
    )
    np.testing.assert_allclose(interaction.effects, whole.effects[np.ix_(rows, columns)], atol=1e-5)


def test_words_that_were_cut_are_not_paired(model: tuple[TextModel, TextEncoder]) -> None:
    network, encoder = model
    short = TextEncoder(encoder.tokenizer, EncodingChoice(max_length=9, truncation="head"), 128)
    pair = ("a b c d e", "good bad film plot")
    words = attribute(network, short, pair, Score(), FOCUS, 0)
    interaction = interactions(network, short, pair, Score(), FOCUS, words)
    assert interaction.first == (0, 1, 2) and interaction.second == (5, 6, 7)


def test_roberta_keeps_the_places_of_words_that_are_blanked(model: tuple[TextModel, TextEncoder]) -> None:
    """It reads places off the padding: a padding token in the middle would move all that follow."""
    from transformers import RobertaConfig, RobertaModel

    encoder = model[1]
    config = RobertaConfig(
        vocab_size=len(encoder.tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64, pad_token_id=0, type_vocab_size=2,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = TextModel(stirred(RobertaModel(config)), FeatureChoice(pooling="mean"), 1, seed=5).eval()
    pair = ("good film", "bad plot")
    words = attribute(network, encoder, pair, Score(), FOCUS, 0)
    interaction = interactions(network, encoder, pair, Score(), FOCUS, words)
    read = encoder.encode([pair])
    network.packed = False  # transformers' own modules take the places that they are given

    def answer(*blank: int) -> float:
        ids = torch.tensor([read.ids.tolist()])
        ids[0, list(blank)] = 0
        places = torch.arange(1, len(read.ids) + 1)[None]
        with torch.no_grad():
            types = torch.tensor([read.types.tolist()])
            return float(network(replace(batch_of(ids, types=types), position_ids=places)))

    expected = [[answer() - answer(a) - answer(b) + answer(a, b) for b in (4, 5)] for a in (1, 2)]
    np.testing.assert_allclose(interaction.effects, expected, atol=1e-5)
    assert abs(interaction.effects).max() > 1e-3


def test_the_figure_says_the_strongest_pair_and_shows_hostile_words_as_they_are() -> None:
    hostile = "<img/src=x>"
    pair = Attribution(f"{hostile}\nbad", (Word(hostile, 0, 11), Word("bad", 12, 15)), (0.5, 0.1), (True, True), 0,
                       0.0, 0.9, 0.1, 0.0, breaks=(12,))  # fmt: skip
    drawn = interaction_figure(Interaction((0,), (1,), np.array([[-0.123]])), pair)
    assert "<img/src=x> with bad −12.3 points" in drawn.alt
    drawn_json = drawn.figure.to_json()
    assert (
        "<img" not in drawn_json
        and "\\u003cimg" not in drawn_json
        and [one.text for one in drawn.figure.layout.annotations] == ["−12.3"]
    )
