"""Changes of words that give another answer: made as typed, fewest first, found on a network that counts words."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from bertui.data.roles import Roles
from bertui.data.splitting import Split
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.explanation.candidates import moves
from bertui.explanation.edits import Edit, cased_as, edited
from bertui.explanation.flips import MOST_EDITS, Flip, flips
from bertui.explanation.question import Question
from bertui.explanation.replacements import Guesses, NearWords
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import ModelChoice
from bertui.prediction.predictor import Predictor
from bertui.recipe import Recipe
from bertui.runs.workspace import Workspace
from bertui.tasks.labels.single_label import SingleLabel
from tests.unit.test_explanation_deletion import Counter

WORTH = {"good": 3.0, "great": 2.5, "bad": -2.0, "terrible": -4.0, "film": 0.5}
TASK = SingleLabel(classes=("against", "for"))


@pytest.fixture(scope="module")
def predictor(tiny: Path) -> Predictor:
    """Answers "for" where the words are worth more than 1 together."""
    tokenizer = load_backbone(ModelChoice(name=str(tiny))).tokenizer
    worth = {tokenizer.convert_tokens_to_ids(word): value for word, value in WORTH.items()}
    model = TextModel(Counter(worth, len(tokenizer)), FeatureChoice(pooling="cls"), 2).eval()
    with torch.no_grad():
        model.head.dense.weight.copy_(torch.tensor([[0.0], [1.0]]))
        model.head.dense.bias.copy_(torch.tensor([1.0, 0.0]))
    predictor = Predictor.__new__(Predictor)
    predictor.model, predictor.tokenizer, predictor.task = model, tokenizer, TASK
    predictor.encoder = TextEncoder(tokenizer, EncodingChoice(max_length=32), 128)
    predictor.precision, predictor.lock = "32-bit", threading.Lock()
    return predictor


def searched(predictor: Predictor, text: str, vocabulary: tuple[str, ...] = ()) -> tuple[list[Edit], list[Flip]]:
    answer = predictor.answer((text,))
    focus = TASK.focuses(answer)[0]
    with torch.enable_grad():
        question = Question(predictor.model, predictor.encoder, answer.inputs, TASK, focus, focus.default)
        found = moves(question, answer.inputs, NearWords(predictor.tokenizer, vocabulary))
    return found, flips(predictor, answer, found)


def edit(text: str, old: str, new: str, number: int = 0, effect: float = 0.0) -> Edit:
    start = text.index(old)
    return Edit(number, start, start + len(old), old, new, effect)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("not", "", "It is good."), ("It", "", "is not good."), (".", "", "It is not good"),
        ("good", "bad", "It is not bad."), ("It", "This", "This is not good."),
    ],
)  # fmt: skip
def test_one_word_is_changed_and_the_space_before_it_goes_with_it(old: str, new: str, expected: str) -> None:
    text = "It is not good."
    assert edited((text,), (edit(text, old, new),)) == (expected,)


def test_several_words_of_several_texts_are_changed_in_their_places() -> None:
    first, second = "a long good film", "a bad plot"
    edits = (edit(first, "long", ""), edit(first, "film", "movie"), edit(second, "bad", "terrible", 1))
    assert edited((first, second), edits) == ("a good movie", "a terrible plot")
    assert edited((first, second), edits[::-1]) == ("a good movie", "a terrible plot")
    assert edited((first, second), ()) == (first, second)


@pytest.mark.parametrize(("old", "cased"), [("Good", "Bad"), ("GOOD", "BAD"), ("good", "bad"), ("I", "Bad")])
def test_a_word_has_the_capitals_of_the_one_it_stands_for(old: str, cased: str) -> None:
    assert cased_as("bad", old) == cased


def test_an_effect_is_what_the_logit_changes_by(predictor: Predictor) -> None:
    """The logit of two classes is that of the one less that of the other: what the words are worth, less 1."""
    found, _ = searched(predictor, "good the film", ("terrible", "great", "good", "film"))
    effects = {(one.old, one.new): one.effect for one in found}
    assert effects["good", ""] == pytest.approx(-3.0) and effects["film", ""] == pytest.approx(-0.5)
    assert effects["good", "great"] == pytest.approx(-0.5) and effects["good", "film"] == pytest.approx(-2.5)
    assert effects["film", "terrible"] == pytest.approx(-4.5) and ("good", "good") not in effects
    assert found[0].old == "good"


def test_the_fewest_changes_come_first_and_the_surest_of_them(predictor: Predictor) -> None:
    _, found = searched(predictor, "good the film", ("terrible", "great"))
    assert [(one.in_words(), one.text) for one in found] == [
        ("“terrible” for “good”", "terrible the film"),
        ("“terrible” for “film”", "good the terrible"),
        ("“terrible” for “the”", "good terrible film"),
    ]
    assert all(one.prediction.answer == "against" for one in found)
    assert found[0].prediction.probability == pytest.approx(1 / (1 + np.exp(-4.5)), abs=1e-4)
    assert {"text", "answer", "probability", "changes"} == set(found[0].to_json())


def test_two_words_are_changed_where_one_is_not_enough(predictor: Predictor) -> None:
    _, found = searched(predictor, "good good the film")
    assert found[0].in_words() == "without “good”; without “good”" and found[0].text == "the film"
    assert all(len(one.edits) == 2 for one in found)


def test_an_answer_that_cannot_be_flipped_has_none(predictor: Predictor) -> None:
    text = "good " * 12
    assert searched(predictor, text)[1] == []


def test_the_search_tells_its_progress_and_can_be_ended(predictor: Predictor) -> None:
    answer = predictor.answer(("good " * 12,))
    changes, told = searched(predictor, "good " * 12)[0], list[float]()
    assert flips(predictor, answer, changes, told.append) == []
    assert told == [count / MOST_EDITS for count in range(1, MOST_EDITS + 1)]

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        flips(predictor, answer, changes, stop)


def test_what_becomes_unreadable_is_left_out(predictor: Predictor) -> None:
    """Without its only word nothing is left to read, which is no other answer."""
    _, found = searched(predictor, "good")
    assert all(one.prediction is not None and one.text for one in found)


def test_a_search_reads_a_bounded_number_of_texts(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    real = Predictor.predict_all

    def counting(self: Predictor, rows: Any, **more: Any) -> Any:
        read.append(len(rows))
        return real(self, rows, **more)

    monkeypatch.setattr(Predictor, "predict_all", counting)
    assert searched(predictor, "good " * 24, ("great", "film"))[1] == []
    assert sum(read[1:]) <= 800 and max(read[1:]) <= 120


def test_a_language_model_guesses_words_in_the_place_of_others(predictor: Predictor) -> None:
    """It reads one mask for a word, whatever its tokens, among the others; pieces of words are no words."""
    read: list[list[str]] = []
    tokenizer = predictor.tokenizer
    words = ["terrible", "##s", "good", "great", "[SEP]", ".", "film"]
    liked = tokenizer.convert_tokens_to_ids(words)

    class Model:
        def __call__(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
            read.extend(tokenizer.convert_ids_to_tokens(row[mask.bool()].tolist())
                        for row, mask in zip(input_ids, attention_mask, strict=True))  # fmt: skip
            logits = torch.zeros(*input_ids.shape, len(tokenizer))
            for rank, number in enumerate(liked):
                logits[input_ids == tokenizer.mask_token_id, number] = 9.0 - rank
            return type("Out", (), {"logits": logits})

    answer = predictor.answer(("good the films",))
    focus = TASK.focuses(answer)[0]
    with torch.enable_grad():
        question = Question(predictor.model, predictor.encoder, answer.inputs, TASK, focus, focus.default)
        assert len(question.places[2]) > 1, "a word of several tokens"
        (candidates,) = Guesses(Model(), tokenizer).of(question, [question.places[2]])
        found = moves(question, answer.inputs, Guesses(Model(), tokenizer))
    assert read[0] == ["[CLS]", "good", "the", "[MASK]", "[SEP]"]
    assert [word for word, _ in candidates[:4]] == ["terrible", "good", "great", "film"]
    effects = {(one.old, one.new): one.effect for one in found}
    assert effects["good", "terrible"] == pytest.approx(-7.0) and effects["good", ""] == pytest.approx(-3.0)
    assert ("good", "good") not in effects and ("good", "s") not in effects
    assert flips(predictor, answer, found)[0].in_words() == "“terrible” for “good”"


def test_the_pretrained_model_guesses_where_it_has_its_head_else_the_training_rows_give_words(
    tiny: Path, tmp_path: Path
) -> None:
    from bertui.runs.asking import replacements
    from tests.unit.test_laboratory_forgetting import folder_of

    frame = pd.DataFrame({"text": ["good film", "good plot"] * 2, "label": ["a", "b"] * 2})
    tokenizer = load_backbone(ModelChoice(name=str(tiny))).tokenizer
    workspace = Workspace(tmp_path / "workspace")
    stored = workspace.add_frame(frame, "films.csv", roles=Roles(("text",), "label"))
    table = stored.table()
    rows = np.arange(4)
    for head, expected in ((True, Guesses), (False, NearWords)):
        folder = folder_of("Bert", tiny, tmp_path / f"model-{head}", head=head)
        recipe = Recipe().changed({"model.name": str(folder)})
        run = workspace.create_run(table, Split(rows, rows[:0], rows[:0]), recipe, name="run")
        found = replacements(run, tokenizer)
        assert isinstance(found, expected)
        if isinstance(found, NearWords):
            assert [word for word, _ in found._words] == ["good", "film", "plot"]
    gone = run.recipe.changed({"model.name": "nobody/has-this"})
    (run.folder / "recipe.json").write_text(gone.model_dump_json(), "utf-8")
    assert isinstance(replacements(run, tokenizer), NearWords), "nothing is asked of the hub"
