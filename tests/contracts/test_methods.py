"""What holds for every way of scoring words; a new one is held to it unasked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from bertui.choice import strategies_of
from bertui.encoding.batching import collate
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.errors import RecipeError
from bertui.explanation.attribution import Attribution, attribute
from bertui.explanation.methods import Method, MethodKind, TokenScores, read_method
from bertui.explanation.question import Question
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import ModelChoice
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.results import Focus
from tests.batches import batch_of

TEXT = "the film was good and the plot was bad and the acting was terrible"
NAMES = ("a", "b", "c")
TASK, FOCUS = SingleLabel(classes=NAMES), Focus("label", "the label", NAMES)
METHODS = [cls() for cls in strategies_of(MethodKind)]
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda one: one.kind)
every_reading = pytest.mark.parametrize("reading", ["cut", "windows:2"])

Built = tuple[TextModel, TextEncoder]


def built(tiny: Path, reading: str) -> Built:
    """A model that is undecided on the text, and moved by its words; windows of unlike lengths are padded."""
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    model = TextModel(backbone.encoder, FeatureChoice(pooling="mean", join="max"), 3, seed=5).eval()
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(max_length=12, reading=reading), 128)
    with torch.no_grad():
        model.head.dense.weight.mul_(60)
        model.head.dense.bias.sub_(model(collate(encoder.encode([TEXT]), [0], 0, "cpu"))[0])
    return model, encoder


def scored(method: Method, built: Built, target: int = 1) -> tuple[Question, TokenScores]:
    with torch.enable_grad():
        question = Question(*built, (TEXT,), TASK, FOCUS, target)
        return question, method.scores(question)


def explained(method: Method, built: Built, target: int = 1, text: str = TEXT) -> Attribution:
    return attribute(*built, (text,), TASK, FOCUS, target, method)


@every_method
def test_a_method_says_what_it_is(method: Method) -> None:
    assert method.title[0].isupper() and not method.title.endswith(".") and method.help.endswith(".")
    assert method.name and isinstance(method.signed, bool) and isinstance(method.adds_up, bool)
    assert read_method(method.kind) == method


@every_method
@every_reading
def test_each_token_has_a_score_and_padding_has_none(tiny: Path, method: Method, reading: str) -> None:
    question, given = scored(method, built(tiny, reading))
    assert given.scores.shape == tuple(question.ids.shape) and given.scores.dtype == np.float64
    assert (len(question.ids) > 1) == (reading != "cut")
    assert np.isfinite(given.scores).all() and not given.scores[~question.in_sequences].any()
    assert np.abs(given.scores[question.of_text.numpy()]).max() > 1e-4, "else nothing is shown"


@every_method
@every_reading
def test_scores_are_signed_or_not_and_add_up_or_not_as_it_says(tiny: Path, method: Method, reading: str) -> None:
    model = built(tiny, reading)
    results = [scored(method, model, target) for target in range(3)]
    for question, given in results:
        assert (given.baseline_output is not None) == (given.delta is not None)
        assert (given.logit is not None) == (given.leaning is not None)
        assert (given.logit is not None) + (given.delta is not None) == method.adds_up
        if given.logit is not None and given.leaning is not None:
            assert given.scores.sum() + given.leaning == pytest.approx(given.logit, abs=1e-4)
        if given.baseline_output is not None and given.delta is not None:
            move = question.output - given.baseline_output
            assert given.scores.sum() == pytest.approx(move + given.delta, abs=1e-9) and abs(given.delta) <= 0.02
    scores = np.stack([given.scores for _, given in results])
    assert (scores.min() < 0) == method.signed and (method.signed or scores.min() >= 0)


@every_method
def test_hidden_marks_are_no_words(tiny: Path, method: Method) -> None:
    model = built(tiny, "cut")
    question, given = scored(method, model)
    attribution = explained(method, model)
    special = ~question.of_text.numpy() & question.in_sequences
    assert special.sum() == 2
    assert attribution.other == pytest.approx(given.scores[special].sum(), abs=1e-9)
    assert sum(attribution.scores) == pytest.approx(given.scores[~special].sum(), abs=1e-9)
    assert attribution.method == method.kind and attribution.target == 1


@every_method
def test_words_that_are_not_read_are_said_so(tiny: Path, method: Method) -> None:
    cut, whole = (explained(method, built(tiny, reading)) for reading in ("cut", "windows:2"))
    assert not all(cut.seen) and all(whole.seen)
    assert all(score == 0 for score, seen in zip(cut.scores, cut.seen, strict=True) if not seen)
    assert cut.sentence("a").endswith(".")


def hooks_of(model: TextModel) -> list[tuple[int, int, int]]:
    return [(len(one._forward_hooks), len(one._forward_pre_hooks), len(one._backward_hooks)) for one in model.modules()]


@every_method
def test_nothing_is_left_behind(tiny: Path, method: Method) -> None:
    model, encoder = built(tiny, "cut")
    model.train()
    hooks = [
        (len(one._forward_hooks), len(one._forward_pre_hooks), len(one._backward_hooks)) for one in model.modules()
    ]
    modes, weights = [one.training for one in model.modules()], {k: v.clone() for k, v in model.state_dict().items()}
    state = torch.get_rng_state()
    first, again = explained(method, (model, encoder)), explained(method, (model, encoder))
    assert first == again and torch.equal(torch.get_rng_state(), state)
    assert [one.training for one in model.modules()] == modes
    assert hooks_of(model) == hooks
    assert all(weight.grad is None and weight.requires_grad for weight in model.parameters())
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


@every_method
def test_the_questions_own_network_is_left_as_it_was(tiny: Path, method: Method) -> None:
    """So that the next row can be asked on the same one."""
    model, encoder = built(tiny, "cut")
    with torch.enable_grad():
        question = Question(model, encoder, (TEXT,), TASK, FOCUS, 1)
        first = method.scores(question).scores
        hooks = [hook for module in question.model.modules() for hook in module._forward_hooks.values()]
        assert all(hook.__module__.startswith("transformers.") for hook in hooks)  # they note what is asked
        again = method.scores(question).scores
    np.testing.assert_array_equal(first, again)
    assert question.model.packed is False and not any(one.requires_grad for one in question.model.parameters())


@pytest.mark.parametrize("given", ["guessing", "integrated-gradients:1", "input-x-gradient:3"])
def test_what_is_no_method_is_refused_by_name(given: str) -> None:
    with pytest.raises(RecipeError, match="frozen, integrated-gradients") as refused:
        read_method(given)
    assert given in str(refused.value)
    assert read_method("integrated-gradients:64").steps == 64 and read_method(None).kind == "frozen"  # type: ignore[attr-defined]


def test_input_times_gradient_is_the_gradient_there_times_the_embedding(tiny: Path) -> None:
    model, encoder = built(tiny, "cut")
    model.packed = False
    question, given = scored(read_method("input-x-gradient"), (model, encoder))
    vectors = model.encoder.embeddings(question.ids).detach().requires_grad_()
    model.encoder.embeddings.register_forward_hook(lambda *_: vectors)
    model(batch_of(question.ids)).softmax(-1)[0, 1].backward()
    assert vectors.grad is not None
    np.testing.assert_allclose(given.scores, (vectors * vectors.grad).sum(-1).detach().numpy(), atol=1e-6)
