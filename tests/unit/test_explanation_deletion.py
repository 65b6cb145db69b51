"""Rows without some words, and what they say of a map: answers computed by hand on a network that counts words."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from bertui.choice import strategies_of
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.explanation.attribution import Attribution, attribute
from bertui.explanation.deletion import Deletion
from bertui.explanation.methods import FrozenPass, Lime, MethodKind, Occlusion, read_method
from bertui.explanation.question import Question
from bertui.explanation.trust import Trust, trust
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import ModelChoice
from bertui.tasks.results import Focus
from bertui.tasks.score.score import Score

FOCUS = Focus("score", "the score", ("the score",), 0, "points", full_colour=0.5)
WORTH = {"good": 3.0, "bad": -2.0, "film": 1.0, "plot": 0.5}
METHODS = [cls() for cls in strategies_of(MethodKind) if cls.signed]  # type: ignore[attr-defined]


class Counter(torch.nn.Module):
    """An encoder whose first vector of a sequence is the sum of what its words are worth; the other vectors are 0."""

    def __init__(self, worth: dict[int, float], vocabulary: int) -> None:
        super().__init__()
        self.embeddings = torch.nn.Embedding(vocabulary, 1)
        self.config = SimpleNamespace(
            model_type="counter", hidden_size=1, num_hidden_layers=1, vocab_size=vocabulary, initializer_range=0.02
        )
        with torch.no_grad():
            self.embeddings.weight.zero_()
            for number, value in worth.items():
                self.embeddings.weight[number] = value

    def get_input_embeddings(self) -> torch.nn.Module:
        return self.embeddings

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: Any) -> Any:
        read = self.embeddings(input_ids) * attention_mask[..., None]
        first = torch.zeros_like(read)
        first[:, 0] = 1.0
        vectors = first * read.sum(1, keepdim=True)
        return SimpleNamespace(last_hidden_state=vectors, hidden_states=(read, vectors))


@pytest.fixture(scope="module")
def encoder(tiny: Path) -> TextEncoder:
    return TextEncoder(load_backbone(ModelChoice(name=str(tiny))).tokenizer, EncodingChoice(max_length=32), 128)


@pytest.fixture(scope="module")
def model(encoder: TextEncoder) -> TextModel:
    worth = {encoder.tokenizer.convert_tokens_to_ids(word): value for word, value in WORTH.items()}
    model = TextModel(Counter(worth, len(encoder.tokenizer)), FeatureChoice(pooling="cls"), 1).eval()
    with torch.no_grad():
        model.head.dense.weight.fill_(2.0)
        model.head.dense.bias.fill_(7.0)
    return model


def asked(model: TextModel, encoder: TextEncoder, *texts: str) -> Question:
    return Question(model, encoder, texts, Score(), FOCUS)


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.kind)
def test_every_method_takes_a_sum_of_words_apart_exactly(model: TextModel, encoder: TextEncoder, method: Any) -> None:
    """2 x (3 - 2 + 1) + 7: a word's share is twice what it is worth; what LIME's penalty takes off is a little."""
    found = attribute(model, encoder, ("good the bad film",), Score(), FOCUS, 0, method)
    off = 0.2 if isinstance(method, Lime) else 1e-5
    assert found.scores == pytest.approx((6.0, 0.0, -4.0, 2.0), abs=off)
    assert found.output == pytest.approx(11.0) and found.other == pytest.approx(0, abs=1e-6)
    if isinstance(method, FrozenPass):
        assert found.leaning == pytest.approx(7.0)


def test_words_are_deleted_whole_and_of_whichever_text(model: TextModel, encoder: TextEncoder) -> None:
    deletion = Deletion(asked(model, encoder, "good film", "bad plot good"))
    sets: list[tuple[int, ...]] = [(), (0,), (2, 3), (0, 1, 2, 3, 4)]
    assert deletion.answers(sets).tolist() == pytest.approx([18.0, 12.0, 21.0, 7.0])
    assert deletion.seen == (0, 1, 2, 3, 4) and deletion.words == 5
    assert deletion.answers([]).shape == (0,)


@pytest.mark.parametrize("reading", ["cut", "windows:2"])
def test_a_row_without_words_is_read_as_if_it_had_been_typed_so(tiny: Path, reading: str) -> None:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    network = TextModel(backbone.encoder, FeatureChoice(pooling="mean", join="mean"), 1, seed=5).eval()
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(max_length=14, reading=reading), 128)
    text = "the film was good and the plot was bad"
    shorter = Deletion(asked(network, encoder, text)).answers([(3,), (0, 8)])
    typed = [
        asked(network, encoder, one).value for one in (text.replace("good ", ""), "film was good and the plot was")
    ]
    assert shorter == pytest.approx(typed, abs=1e-5)


def test_mask_tokens_stand_for_a_word_where_places_must_not_move(model: TextModel, encoder: TextEncoder) -> None:
    question = asked(model, encoder, "good bad film")
    deletion = Deletion(question, "mask")
    with torch.no_grad():
        model.encoder.embeddings.weight[question.mask] = 10.0
        masked = Deletion(asked(model, encoder, "good bad film"), "mask").answers([(1,), (0, 1)])
        model.encoder.embeddings.weight[question.mask] = 0.0
    assert deletion.replacement == "mask" and masked.tolist() == pytest.approx([2 * 14 + 7, 2 * 21 + 7])


def test_occlusion_can_mask_instead(model: TextModel, encoder: TextEncoder) -> None:
    method = read_method("occlusion:mask")
    assert isinstance(method, Occlusion) and method.replacement == "mask"
    assert attribute(model, encoder, ("good bad",), Score(), FOCUS, 0, method).scores == pytest.approx((6.0, -4.0))


def test_lime_is_the_same_with_the_same_seed_alone(model: TextModel, encoder: TextEncoder) -> None:
    one, again, other = (
        attribute(model, encoder, ("good bad film plot",), Score(), FOCUS, 0, Lime(samples=50, seed=seed)).scores
        for seed in (1, 1, 2)
    )
    assert one == again != other


def scored(deletion: Deletion, scores: tuple[float, ...]) -> Any:
    return SimpleNamespace(scores=scores, unit="points")


def test_a_map_is_as_good_as_what_its_strongest_words_do(model: TextModel, encoder: TextEncoder) -> None:
    """Seven words, five away. All: 2 x (3 + 3 - 2 - 2 + 1 + .5 + 0) + 7 = 14."""
    deletion = Deletion(asked(model, encoder, "good good bad bad film plot the"))
    best = trust(deletion, scored(deletion, (6.0, 6.0, -4.0, -4.0, 2.0, 1.0, 0.0)), 0.5)
    assert best.k == 5 and best.without_top == pytest.approx(15.0) and best.most == pytest.approx(15.0)
    assert best.score == pytest.approx(1.0) and 2 < best.without_random < 8  # 5/7 of 7 is 5
    worst = trust(deletion, scored(deletion, (-6.0, -6.0, 4.0, 4.0, -2.0, -1.0, 0.0)), 0.5)
    assert worst.without_top == pytest.approx(-8 + 3) and worst.most == pytest.approx(15.0)
    assert worst.score is not None and worst.score < 0 and "do not rely on it" in worst.sentence()


def test_the_search_takes_what_is_left_into_account(encoder: TextEncoder) -> None:
    class Either(Counter):
        """A word counts once, however often it stands there: without one of two nothing falls."""

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: Any) -> Any:
            output = super().forward(input_ids, attention_mask)
            good = (self.embeddings(input_ids) == 3.0).any(1, keepdim=True)
            first = output.last_hidden_state
            first[:, 0] = good[:, 0].float() * 3
            return output

    worth = {encoder.tokenizer.convert_tokens_to_ids(word): value for word, value in WORTH.items()}
    model = TextModel(Either(worth, len(encoder.tokenizer)), FeatureChoice(pooling="cls"), 1).eval()
    with torch.no_grad():
        model.head.dense.weight.fill_(1.0)
    deletion = Deletion(asked(model, encoder, "good good the film was plot bad"))
    found = trust(deletion, scored(deletion, (0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0)), 0.5)
    assert found.without_top == pytest.approx(0.0), "the map kept both"
    assert found.most is not None and found.most >= found.without_top


def test_long_texts_are_not_searched_and_short_ones_have_fewer_words(model: TextModel, encoder: TextEncoder) -> None:
    long = TextEncoder(encoder.tokenizer, EncodingChoice(max_length=64), 128)
    deletion = Deletion(asked(model, long, "film " * 41))
    found = trust(deletion, scored(deletion, (1.0,) * 41), 0.5)
    assert found.most is None and found.score is None and "over 40 words" in found.sentence()
    deletion = Deletion(asked(model, encoder, "good film"))
    found = trust(deletion, scored(deletion, (6.0, 2.0)), 0.5)
    assert found.k == 2 and found.without_top == found.most == pytest.approx(8.0) == found.without_random
    assert found.score is None and "differ by too little" in found.sentence()


def test_progress_is_told_and_may_end_the_work(model: TextModel, encoder: TextEncoder) -> None:
    deletion = Deletion(asked(model, encoder, "good good bad bad film plot the"))
    told: list[float] = []
    trust(deletion, scored(deletion, (1.0,) * 7), 0.5, told.append)
    assert told == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trust(deletion, scored(deletion, (1.0,) * 7), 0.5, stop)
    assert not deletion._question.model.packed


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            Trust(5, 0.41, 0.06, 0.52, "delete"),
            "Without its five strongest words the answer falls by 41 points; without five random ones it falls by 6 "
            "points; the most that a search found is 52 points. The map found part of what can be found.",
        ),
        (
            Trust(1, -0.1, 0.0, 0.5, "delete"),
            "Without its strongest word the answer rises by 10 points; without a random one it stays as it is; the "
            "most that a search found is 50 points. The map is worse than chance here: do not rely on it.",
        ),
        (Trust(0, 0.0, 0.0, 0.0, "delete"), "The model read no word, so there is nothing to take away."),
    ],
)  # fmt: skip
def test_the_line_says_it_in_words(given: Trust, words: str) -> None:
    assert given.sentence() == words


def test_the_score_lies_between_random_and_search() -> None:
    assert Trust(5, 0.41, 0.06, 0.52, "delete").score == pytest.approx(0.35 / 0.46)
    assert Trust(5, 0.06, 0.06, 0.079, "delete").score is None and Trust(5, 0.5, 0.06, None, "delete").score is None
    saved = Trust(5, 0.41, 0.06, 0.52, "delete").to_json()
    assert {"k", "without_top", "without_random", "most", "score"} <= set(saved) and math.isfinite(saved["score"])


def test_types_and_windows_stay_with_their_tokens(model: TextModel, encoder: TextEncoder) -> None:
    question = asked(model, encoder, "good film", "bad plot")
    shorter = Deletion(question)._without([1, 4])
    assert shorter.lengths.tolist() == [len(question.encoded.ids) - 2]
    assert shorter.types is not None and np.array_equal(shorter.types, [0, 0, 0, 1, 1])


def test_a_real_attribution_can_be_judged(tiny: Path) -> None:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    network = TextModel(backbone.encoder, FeatureChoice(pooling="mean"), 1, seed=5).eval()
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(max_length=32), 128)
    text = "the film was good and the plot was bad"
    found: Attribution = attribute(network, encoder, (text,), Score(), FOCUS, 0, FrozenPass())
    judged = trust(Deletion(asked(network, encoder, text)), found, 1e-6)
    assert judged.most is not None and judged.most >= judged.without_top
