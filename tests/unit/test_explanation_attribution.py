"""Integrated gradients over words: parity with captum, completeness, and nothing left behind."""

from __future__ import annotations

import importlib.util
import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from captum.attr import LayerIntegratedGradients
from torch import nn

from bertui.data.cells.words import words_of
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.errors import DataError, ModelError
from bertui.explanation import methods
from bertui.explanation import path as path_module
from bertui.explanation import question as question_module
from bertui.explanation.attribution import Attribution, attribute
from bertui.explanation.methods import IntegratedGradients
from bertui.explanation.question import Question
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import ModelChoice
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.results import Focus
from bertui.tasks.score.score import Score
from tests.batches import batch_of

TEXT = "The film wasn't GOOD, zebra! 电影 👍"


def _tiny_bert(folder: Path) -> Path:
    spec = importlib.util.spec_from_file_location("tiny", Path(__file__).parents[1] / "tiny.py")
    assert spec is not None and spec.loader is not None
    tiny = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tiny)
    return tiny.tiny_bert(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _tiny_bert(tmp_path_factory.mktemp("models") / "tiny")


def built(folder: Path | str, features: dict[str, Any] | None = None, **choice: Any) -> tuple[TextModel, TextEncoder]:
    """A model whose head is strong enough that its probabilities move."""
    backbone = load_backbone(ModelChoice(name=str(folder)))
    model = TextModel(backbone.encoder, FeatureChoice(**(features or {"pooling": "mean"})), 3, seed=5)
    with torch.no_grad():
        model.head.dense.weight.mul_(60)
    return model, TextEncoder(backbone.tokenizer, EncodingChoice(**choice), backbone.max_length)


@pytest.fixture(scope="module")
def tiny(folder: Path) -> tuple[TextModel, TextEncoder]:
    return built(folder)


def explained(
    model: TextModel, encoder: TextEncoder, text: str, target: int | None = None, *,
    temperature: float = 1.0, steps: int = 32,
) -> Attribution:  # fmt: skip
    """Explain the label of one text."""
    names = tuple(f"class {number}" for number in range(model.head.dense.out_features))
    task = SingleLabel(classes=names, temperature=temperature)
    focus = Focus("label", "the label", names)
    return attribute(model, encoder, (text,), task, focus, target, IntegratedGradients(steps=steps))


def asked(model: TextModel, encoder: TextEncoder, text: str) -> Question:
    """Ask for the label of one text."""
    task = SingleLabel(classes=tuple(f"class {number}" for number in range(model.head.dense.out_features)))
    return Question(model, encoder, (text,), task, Focus("label", "the label", task.classes))


def total(attribution: Attribution) -> float:
    return sum(attribution.scores) + attribution.other


def test_same_numbers_as_captum_by_hand(tiny: tuple[TextModel, TextEncoder]) -> None:
    model, encoder = tiny
    model.eval()
    model.packed = False  # captum hooks into transformers' own modules
    ids = torch.tensor([encoder.encode([TEXT]).ids.tolist()])
    baseline = ids.clone()
    baseline[0, 1:-1] = encoder.tokenizer.pad_token_id

    def forward(inputs: torch.Tensor) -> torch.Tensor:
        return model(batch_of(inputs)).softmax(-1)

    expected = LayerIntegratedGradients(forward, model.encoder.embeddings).attribute(
        ids, baselines=baseline, target=1, n_steps=200, method="gausslegendre"
    )
    tokens = expected.detach().sum(-1)[0]
    attribution = explained(model, encoder, TEXT, 1, steps=200)
    by_word = {word.text: score for word, score in zip(attribution.words, attribution.scores, strict=True)}
    # [CLS] the film was ##n ' t good , z ##e ##b ##r ##a ! 电 影 👍 [SEP]
    assert by_word["wasn't"] == pytest.approx(float(tokens[3:7].sum()), abs=1e-6)
    assert by_word["zebra"] == pytest.approx(float(tokens[9:14].sum()), abs=1e-6)
    assert by_word["影"] == pytest.approx(float(tokens[16]), abs=1e-6)
    assert attribution.other == pytest.approx(float(tokens[0] + tokens[-1]), abs=1e-6)
    assert attribution.output == pytest.approx(float(forward(ids).detach()[0, 1]), abs=1e-6)
    assert attribution.baseline_output == pytest.approx(float(forward(baseline).detach()[0, 1]), abs=1e-6)
    assert abs(attribution.convergence_delta) < 1e-5
    assert abs(attribution.output - attribution.baseline_output) > 0.05  # else the test proves nothing


@pytest.mark.parametrize("target", [0, 1, 2])
def test_scores_add_up_to_the_move(tiny: tuple[TextModel, TextEncoder], target: int) -> None:
    attribution = explained(*tiny, TEXT, target)
    assert total(attribution) == pytest.approx(
        attribution.output - attribution.baseline_output + attribution.convergence_delta, abs=1e-9
    )
    assert abs(attribution.convergence_delta) <= 0.02
    assert all(attribution.seen)


def test_classes_cancel_out(tiny: tuple[TextModel, TextEncoder]) -> None:
    """Probabilities sum to one, so each word's scores over all classes sum to zero."""
    attributions = [explained(*tiny, TEXT, target) for target in range(3)]
    for scores in zip(*(one.scores for one in attributions), strict=True):
        assert sum(scores) == pytest.approx(0, abs=1e-5)


class _Lookup(nn.Module):
    """An encoder that is a table of vectors: what each word does is known."""

    def __init__(self, vectors: dict[int, float], size: int) -> None:
        super().__init__()
        self.config = SimpleNamespace(hidden_size=2, num_hidden_layers=1, model_type="lookup")
        self.embeddings = nn.Embedding(size, 2)
        with torch.no_grad():
            self.embeddings.weight.zero_()
            for token, value in vectors.items():
                self.embeddings.weight[token, 0] = value

    def forward(self, input_ids: torch.Tensor, **_: Any) -> Any:
        table = self.embeddings if self.embeddings is not None else self.table
        return SimpleNamespace(last_hidden_state=table(input_ids))


def test_signs_and_shares_of_a_linear_model(tiny: tuple[TextModel, TextEncoder]) -> None:
    """Without layers, a word's score is its share of the logit times the move of the probability."""
    encoder = tiny[1]
    number = encoder.tokenizer.convert_tokens_to_ids
    lookup = _Lookup({number("good"): 3.0, number("terrible"): -1.0}, len(encoder.tokenizer))
    model = TextModel(lookup, FeatureChoice(pooling="mean"), 2)
    with torch.no_grad():
        model.head.dense.weight.copy_(torch.tensor([[0.0, 0.0], [2.5, 0.0]]))  # logit 1 = 2.5 x the mean
    attribution = explained(model, encoder, "good terrible movie", 1)  # 5 tokens with [CLS] and [SEP]
    assert attribution.baseline_output == pytest.approx(0.5)
    assert attribution.output == pytest.approx(1 / (1 + torch.tensor(-1.0).exp().item()))  # logit 2.5 (3 - 1) / 5 = 1
    move = attribution.output - 0.5
    assert attribution.scores == pytest.approx((1.5 * move, -0.5 * move, 0.0), abs=1e-6)
    against = explained(model, encoder, "good terrible movie", 0)
    assert against.scores == pytest.approx((-1.5 * move, 0.5 * move, 0.0), abs=1e-6)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_temperature_is_that_of_the_answer(tiny: tuple[TextModel, TextEncoder], temperature: float) -> None:
    """The explained probability is the calibrated one that the person reads beside it."""
    model, encoder = tiny
    ids = torch.tensor([encoder.encode([TEXT]).ids.tolist()])
    with torch.no_grad():
        expected = (model.eval()(batch_of(ids)) / temperature).softmax(-1)[0, 1]
    attribution = explained(model, encoder, TEXT, 1, temperature=temperature)
    assert attribution.output == pytest.approx(float(expected), abs=1e-6)
    assert total(attribution) == pytest.approx(
        attribution.output - attribution.baseline_output + attribution.convergence_delta, abs=1e-9
    )
    assert abs(attribution.output - explained(model, encoder, TEXT, 1).output) > 1e-3  # else nothing is proved


def test_predicted_class_is_the_default_and_the_answer_is_always_the_same(
    tiny: tuple[TextModel, TextEncoder],
) -> None:
    first, second = explained(*tiny, TEXT), explained(*tiny, TEXT)
    assert first == second
    assert first.target == max(range(3), key=lambda target: explained(*tiny, TEXT, target).output)


def test_the_model_is_left_as_it_was(tiny: tuple[TextModel, TextEncoder]) -> None:
    model, encoder = tiny
    model.train()
    model.head.eval()
    modes = [one.training for one in model.modules()]
    hooks = [(len(one._forward_hooks), len(one._forward_pre_hooks)) for one in model.modules()]
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    explained(model, encoder, TEXT)
    assert [one.training for one in model.modules()] == modes
    assert [(len(one._forward_hooks), len(one._forward_pre_hooks)) for one in model.modules()] == hooks
    assert all(weight.grad is None and weight.requires_grad for weight in model.parameters())
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    model.eval()


def test_dropout_is_off_and_the_caller_may_forbid_gradients(tiny: tuple[TextModel, TextEncoder]) -> None:
    model, encoder = tiny
    expected = explained(model.eval(), encoder, TEXT)
    assert explained(model.train(), encoder, TEXT) == expected
    model.eval()
    with torch.no_grad():
        assert explained(model, encoder, TEXT) == expected
    with torch.inference_mode():
        assert explained(model, encoder, TEXT) == expected
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert explained(model, encoder, TEXT) == expected


def test_other_threads_may_predict_meanwhile(tiny: tuple[TextModel, TextEncoder]) -> None:
    model, encoder = tiny[0].eval(), tiny[1]
    ids = torch.tensor([encoder.encode(["good movie"]).ids.tolist()])
    with torch.no_grad():
        expected = model(batch_of(ids))
    done, wrong = threading.Event(), []

    def predict() -> None:
        with torch.no_grad():
            while not done.is_set():
                if not torch.equal(model(batch_of(ids)), expected):
                    wrong.append(1)

    thread = threading.Thread(target=predict)
    thread.start()
    try:
        for _ in range(3):
            explained(model, encoder, TEXT)
    finally:
        done.set()
        thread.join()
    assert not wrong


def test_steps_double_until_the_scores_add_up(
    tiny: tuple[TextModel, TextEncoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps_taken, real = [], path_module.LinearPath.attribute

    def watched(path: Any, steps: int) -> Any:
        steps_taken.append(steps)
        return real(path, steps)

    monkeypatch.setattr(path_module.LinearPath, "attribute", watched)
    explained(*tiny, TEXT)
    assert steps_taken == [32]
    steps_taken.clear()
    monkeypatch.setattr(methods, "_TOLERANCE", -1.0)
    explained(*tiny, TEXT, steps=24)
    assert steps_taken == [24, 48, 96, 192, 256]


@pytest.mark.parametrize(("missed", "steps"), [(0.019, 32), (0.05, 256)])
def test_a_number_may_miss_a_fiftieth_of_its_move_however_large_it_is(
    tiny: tuple[TextModel, TextEncoder], monkeypatch: pytest.MonkeyPatch, missed: float, steps: int
) -> None:
    steps_taken, real = [], path_module.LinearPath.attribute

    def delta(path: Any, scores: Any) -> float:
        return missed * path.move

    def watched(path: Any, steps: int) -> Any:
        steps_taken.append(steps)
        return real(path, steps)

    monkeypatch.setattr(path_module.LinearPath, "attribute", watched)
    monkeypatch.setattr(path_module.LinearPath, "delta", delta)
    focus = Focus("score", "the score", ("one", "two", "three"), 0, "points")
    attribution = attribute(*tiny, (TEXT,), Score(mean=1000.0), focus, 0, IntegratedGradients())
    assert steps_taken[-1] == steps and 0 < abs(attribution.output - attribution.baseline_output) < 10


def test_pieces_are_short_where_the_answer_jumps(tiny: tuple[TextModel, TextEncoder]) -> None:
    path = path_module.LinearPath(asked(*tiny, TEXT), 0)
    path._places = path_module.np.linspace(0, 1, 5)
    path._outputs = path_module.np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    # Shares of the quarters: 1/8, 1/8 + 1/2, 1/8, 1/8; so the first half of the pieces ends at 0.25 + 0.25 x 3/5.
    assert path.divided(2).tolist() == pytest.approx([0, 0.4, 1])
    path._outputs = path_module.np.ones(5)
    assert path.divided(2).tolist() == pytest.approx([0, 0.5, 1])


def test_a_jump_is_met_with_few_steps(tiny: tuple[TextModel, TextEncoder]) -> None:
    """The answer flips within a hundredth of the way, where 32 steps over the whole way go wrong."""
    encoder = tiny[1]
    lookup = _Lookup({encoder.tokenizer.convert_tokens_to_ids("good"): 1.0}, len(encoder.tokenizer))
    model = TextModel(lookup, FeatureChoice(pooling="max"), 2)
    with torch.no_grad():
        model.head.dense.weight.copy_(torch.tensor([[0.0, 0.0], [900.0, 0.0]]))
        model.head.dense.bias.copy_(torch.tensor([300.0, 0.0]))
    attribution = explained(model, encoder, "good movie", 1)
    assert attribution.scores == pytest.approx((1.0, 0.0), abs=0.02)


def test_long_texts_are_computed_in_parts_with_the_same_answer(
    tiny: tuple[TextModel, TextEncoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, encoder = tiny
    whole = explained(model, encoder, TEXT)
    widths = []
    real = path_module.EmbeddedAnswer.__call__

    def watched(path: Any, vectors: torch.Tensor) -> torch.Tensor:
        widths.append(vectors.shape[:3].numel())
        return real(path, vectors)

    monkeypatch.setattr(path_module.EmbeddedAnswer, "__call__", watched)
    monkeypatch.setattr(question_module, "TOKENS_AT_ONCE", 60)
    parts = explained(model, encoder, TEXT)
    assert parts.scores == pytest.approx(whole.scores, abs=1e-5)
    assert max(widths) <= 60


@pytest.mark.parametrize(
    "features",
    [
        {"layers": {"kind": "one", "index": 0}, "pooling": "mean"},
        {"layers": "all", "combine": "concat", "pooling": "max"},
        {"layers": {"kind": "one", "index": 1}, "pooling": "cls"},
        {},
    ],
)
def test_any_features_can_be_explained(folder: Path, features: dict[str, Any]) -> None:
    attribution = explained(*built(folder, features), "a good movie")
    assert abs(attribution.convergence_delta) <= 0.02
    assert total(attribution) == pytest.approx(attribution.output - attribution.baseline_output, abs=0.02)


def test_cut_words_are_not_seen(folder: Path) -> None:
    model, encoder = built(folder, max_length=8, truncation="head+tail")
    attribution = explained(model, encoder, "good bad film movie plot great slow kind the a")
    assert attribution.seen == (True, True, False, False, False, False, True, True, True, True)
    assert attribution.scores[2:6] == (0, 0, 0, 0)


@pytest.mark.parametrize("text", ["", "  \n", "\u200b", "half a pair \ud83d"])
def test_a_text_with_nothing_to_read_says_so(tiny: tuple[TextModel, TextEncoder], text: str) -> None:
    with pytest.raises(DataError, match="text"):
        explained(*tiny, text)


@pytest.mark.parametrize("target", [-1, 3])
def test_unknown_label_says_so(tiny: tuple[TextModel, TextEncoder], target: int) -> None:
    with pytest.raises(ModelError, match="from 0 to 2"):
        explained(*tiny, TEXT, target)


def test_a_model_without_embeddings_says_so(tiny: tuple[TextModel, TextEncoder]) -> None:
    bare = _Lookup({}, 200)
    bare.table, bare.embeddings = bare.embeddings, None  # type: ignore[assignment]
    with pytest.raises(ModelError, match="lookup"):
        explained(TextModel(bare, FeatureChoice(pooling="mean"), 2), tiny[1], TEXT)


@pytest.mark.parametrize("family", ["Roberta", "DistilBert", "Electra", "DebertaV2", "ModernBert"])
def test_other_families(tiny: tuple[TextModel, TextEncoder], family: str) -> None:
    import transformers

    sizes = {
        "vocab_size": len(tiny[1].tokenizer), "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 48, "max_position_embeddings": 130, "pad_token_id": 0,
    }  # fmt: skip
    if family == "DistilBert":
        sizes = {"vocab_size": sizes["vocab_size"], "dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48}
    if family == "Electra":
        sizes["embedding_size"] = 16
    torch.manual_seed(0)
    encoder = getattr(transformers, f"{family}Model")(getattr(transformers, f"{family}Config")(**sizes))
    model = TextModel(encoder, FeatureChoice(pooling="mean"), 2, seed=3)
    with torch.no_grad():
        model.head.dense.weight.mul_(60)
    attribution = explained(model, tiny[1], "a good movie with bad acting")
    assert abs(attribution.convergence_delta) <= 0.02
    assert total(attribution) == pytest.approx(attribution.output - attribution.baseline_output, abs=0.02)


def test_roberta_keeps_the_positions_of_the_blanked_out_tokens(tiny: tuple[TextModel, TextEncoder]) -> None:
    from transformers import RobertaConfig, RobertaModel

    config = RobertaConfig(
        vocab_size=200,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        pad_token_id=0,
    )
    model = TextModel(RobertaModel(config), FeatureChoice(pooling="mean"), 2)
    model.packed = False
    positions = asked(model, tiny[1], "good bad")._positions
    assert positions is not None and positions.tolist() == [[1, 2, 3, 4]]


def test_a_family_that_counts_from_nothing_is_left_to_itself(tiny: tuple[TextModel, TextEncoder]) -> None:
    """XLM's embeddings know their padding, too, but its positions begin at 0."""
    from transformers import XLMConfig, XLMModel

    config = XLMConfig(vocab_size=200, emb_dim=8, n_layers=1, n_heads=1)
    model = TextModel(XLMModel(config), FeatureChoice(pooling="mean"), 2)
    assert model.encoder.embeddings.padding_idx is not None and asked(model, tiny[1], "good bad")._positions is None


@pytest.mark.parametrize(("padding", "places"), [(0, [[1, 2, 0, 0]]), (1, [[2, 3, 1, 1]])])  # RoBERTa's own is 1
def test_positions_are_counted_from_the_padding(padding: int, places: list[list[int]]) -> None:
    ids = torch.tensor([[7, 9, padding, padding]])
    found = question_module._position_ids(SimpleNamespace(padding_idx=padding), ids)
    assert found is not None and found.tolist() == places
    assert question_module._position_ids(SimpleNamespace(), ids) is None


@pytest.mark.parametrize(("text", "place"), [("\ud83d a", 1), ("bad \ud83d", 5)])
def test_half_a_pair_is_told_with_its_place(tiny: tuple[TextModel, TextEncoder], text: str, place: int) -> None:
    with pytest.raises(DataError, match=f"Character {place} of the text is broken"):
        explained(*tiny, text)


def test_the_words_of_a_pair_share_one_move(tiny: tuple[TextModel, TextEncoder]) -> None:
    """Both texts are blanked out together; each token keeps the segment that it has in the pair."""
    model, encoder = tiny[0].eval(), tiny[1]
    names = ("a", "b", "c")
    task, focus = SingleLabel(classes=names), Focus("label", "the label", names)
    pair = ("The film was good", "zebra not bad!")
    attribution = attribute(model, encoder, pair, task, focus, 1, IntegratedGradients())
    assert attribution.text == "The film was good\nzebra not bad!" and attribution.breaks == (18,)
    assert [word.text for word in attribution.words] == ["The", "film", "was", "good", "zebra", "not", "bad", "!"]
    assert [attribution.text[word.start : word.stop] for word in attribution.words] == [
        word.text for word in attribution.words
    ]
    read = encoder.tokenizer(*pair, return_tensors="pt")
    assert read["token_type_ids"].max() == 1
    with torch.no_grad():
        ids, mask = read["input_ids"], read["attention_mask"]
        expected = model(batch_of(ids, mask, read["token_type_ids"])).softmax(-1)[0, 1]
        alone = model(batch_of(ids, mask)).softmax(-1)[0, 1]
    assert attribution.output == pytest.approx(float(expected), abs=1e-6)
    assert abs(float(expected - alone)) > 1e-4  # else the segments prove nothing
    assert total(attribution) == pytest.approx(
        attribution.output - attribution.baseline_output + attribution.convergence_delta, abs=1e-9
    )
    assert abs(attribution.convergence_delta) <= 0.02 and all(attribution.seen)
    with pytest.raises(DataError, match="text"):
        attribute(model, encoder, ("The film was good", " "), task, focus, 1)


def test_sentence_tells_the_sum_and_how_far_to_trust_it() -> None:
    words = words_of("not bad")
    parts = {"text": "not bad", "words": words, "scores": (0.9, -0.06), "seen": (True, True), "target": 1}
    good = Attribution(**parts, other=0.021, output=0.98, baseline_output=0.12, convergence_delta=0.001)
    sentence = good.sentence("negative")
    assert "“negative” from 12.0 %" in sentence and "to 98.0 %" in sentence
    assert "+84.0" in sentence and "+2.1" in sentence and "within 0.1 points" in sentence
    exact = Attribution(**parts, other=0.021, output=0.98, baseline_output=0.12, convergence_delta=0.0)
    assert "within 0.1 points" in exact.sentence("negative")  # no number is told more exactly
    rough = Attribution(**parts, other=0.021, output=0.98, baseline_output=0.17, convergence_delta=0.051)
    assert "rough" in rough.sentence("negative") and "5.1" in rough.sentence("negative")


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "0.0 %"), (1e-9, "under 0.1 %"), (0.0009, "0.1 %"), (0.5, "50.0 %"), (0.9991, "99.9 %"),
        (0.9996, "over 99.9 %"), (1.0, "100.0 %"),
    ],
)  # fmt: skip
def test_only_what_is_certain_is_called_0_or_100(probability: float, words: str) -> None:
    parts = {"text": "a", "words": words_of("a"), "scores": (0.0,), "seen": (True,), "target": 0, "other": 0.0}
    attribution = Attribution(**parts, output=probability, baseline_output=0.5, convergence_delta=0.0)
    assert f"blanked out) to {words}." in attribution.sentence("x")


def test_json_is_plain_and_words_cannot_lose_their_scores(tiny: tuple[TextModel, TextEncoder]) -> None:
    attribution = explained(*tiny, TEXT)
    plain = json.loads(json.dumps(attribution.to_json()))
    assert [TEXT[start:stop] for start, stop in plain["spans"]] == plain["words"]
    assert len(plain["words"]) == len(plain["scores"]) == len(plain["seen"])
    with pytest.raises(ValueError):
        Attribution("a", words_of("a"), (), (True,), 0, 0, 0, 0, 0)


def test_embedded_model_on_a_real_sentence() -> None:
    model, encoder = built("embedded")
    attribution = explained(model, encoder, "Unbelievably dull — I wouldn't wish it on anyone 😴!", 0)
    assert [word.text for word in attribution.words][-3:] == ["anyone", "😴", "!"]
    assert total(attribution) == pytest.approx(attribution.output - attribution.baseline_output, abs=0.02)
    assert all(attribution.seen)
