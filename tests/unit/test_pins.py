"""Pinned sentences: what a line holds, that asking changes nothing of a run, and what the answers are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import DataError
from bertui.experiment.experiment import Experiment
from bertui.experiment.pins import check_pins, pin_lines, read_pins
from bertui.explanation.attribution import from_saved
from bertui.prediction.predictor import Predictor
from bertui.recipe import Recipe
from bertui.runs.feed import Feed
from bertui.training.events import Evaluated, PinsAsked, StepTaken, TrainingBegan, from_json, to_json

PINS = (("this plot is good",), ("terrible and great",))


def test_lines_of_one_text_and_of_two() -> None:
    assert read_pins(["a | b", "", "  c\td ", "e\r\nf"], 1) == (("a | b",), ("c\td",), ("e f",))
    assert read_pins(["a | b", "c | d\te"], 2) == (("a", "b"), ("c | d", "e"))


@pytest.mark.parametrize("pins", [(("a | b",), ("c\td",)), (("a", "b"), ("c | d", "e")), ()])
def test_a_sentence_becomes_a_line_that_is_read_as_the_same(pins: tuple[tuple[str, ...], ...]) -> None:
    assert read_pins(pin_lines(pins), len(pins[0]) if pins else 1) == pins


@pytest.mark.parametrize(
    ("lines", "texts", "words"),
    [(["a"] * 6, 1, "6 sentences are pinned"), (["a | b", "c"], 2, "Pinned sentence 2 has 1 text"),
     (["a | b | c"], 2, "Pinned sentence 1 has 3 texts"), (["a | "], 2, "has 1 text"),
     (["a", "\u200b"], 1, "Pinned sentence 2 holds nothing"), (["a | \u200b"], 2, "Pinned sentence 1 has 1 text"),
     (["a", "b" * 5001], 1, "Pinned sentence 2 has 5,001 characters")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(lines: list[str], texts: int, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_pins(lines, texts)


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_asking_changes_nothing_and_a_resumed_run_ends_alike(
    table: Table, split: Split, recipe: Recipe, tmp_path: Path, average: float
) -> None:
    recipe = recipe.changed({"training.average": average})
    for name in ("plain", "pinned", "resumed"):
        (tmp_path / name).mkdir()
    pinned = Experiment(table, split, recipe, tmp_path / "pinned", PINS)
    plain = list(Experiment(table, split, recipe, tmp_path / "plain").run())
    events = list(pinned.run())
    losses = [[one.loss for one in some if isinstance(one, StepTaken)] for some in (plain, events)]
    assert losses[0] == losses[1]
    asked = [one for one in events if isinstance(one, PinsAsked)]
    checks = [one.step for one in events if isinstance(one, Evaluated)]
    assert [one.step for one in asked] == [0, *checks]

    resumed = Experiment(table, split, recipe, tmp_path / "resumed", PINS)
    stream, rounds = resumed.run(), 0
    for event in stream:
        rounds += event.kind == "checkpoint"
        if rounds and isinstance(event, StepTaken):
            break
    stream.close()  # type: ignore[attr-defined]
    again = list(resumed.run())
    begun = next(one for one in again if isinstance(one, TrainingBegan))
    assert begun.resumed_at > 0 and all(one.step > begun.resumed_at for one in again if isinstance(one, PinsAsked))
    weights = [load_file(next((tmp_path / name / "model").glob("*.safetensors"))) for name in
               ("plain", "pinned", "resumed")]  # fmt: skip
    for other in weights[1:]:
        assert all(torch.equal(value, other[name]) for name, value in weights[0].items())

    best = [one.step for one in events if isinstance(one, Evaluated) and one.best][-1]
    shown = next(one for one in asked if one.step == best).sentences
    predictor = Predictor(tmp_path / "pinned" / "model")
    for one, inputs in zip(shown, PINS, strict=True):
        words = from_saved(one["words"])
        # The probabilities of the saved model are calibrated, those of the check are not; the largest is the same.
        assert one["answer"].split(",")[0] == predictor.answer(inputs).summary().split(",")[0]
        assert sum(one["probabilities"].values()) == pytest.approx(1)
        assert words.output == pytest.approx(max(one["probabilities"].values()), abs=1e-5)
        assert sum(words.scores) + words.other + (words.leaning or 0) == pytest.approx(words.number, abs=1e-4)
    assert asked[0].sentences[0]["probabilities"] != shown[0]["probabilities"]


def test_what_a_resumed_run_asked_twice_is_shown_once() -> None:
    feed = Feed(())
    plan = TrainingBegan(9, 1.0, 9, 1, 1, "cpu", "32-bit")
    old, new = PinsAsked(6, [{"answer": "old"}]), PinsAsked(6, [{"answer": "new"}])
    feed.take([plan, PinsAsked(0, []), PinsAsked(3, []), old])
    feed.take([TrainingBegan(9, 1.0, 9, 1, 1, "cpu", "32-bit", resumed_at=4)])
    assert sorted(feed.pins) == [0, 3]
    feed.take([new])
    assert feed.pins[6] is new and from_json(to_json(new)) == new


def test_a_sentence_that_the_model_cannot_read_stops_before_training(
    table: Table, split: Split, recipe: Recipe, tmp_path: Path
) -> None:
    events = Experiment(table, split, recipe, tmp_path, (("\u200b",),)).run()
    with pytest.raises(DataError, match="Pinned sentence 1 holds nothing"):
        for event in events:
            assert not isinstance(event, TrainingBegan)


def test_what_the_models_tokenizer_cannot_read_whole_is_refused_before_there_is_a_run(
    table: Table, recipe: Recipe
) -> None:
    recipe = recipe.changed({"encoding.max_length": 8})
    assert check_pins(["good film", " ", "a b c d e f"], table, recipe) == (("good film",), ("a b c d e f",))
    with pytest.raises(DataError, match=r"sentence 2 is too long: 1 token of it would not be read.*At most 8 tokens"):
        check_pins(["good film", "a b c d e f g"], table, recipe)
    with pytest.raises(DataError, match="Pinned sentence 2 holds nothing"):
        check_pins(["good film", "\ufeff \u200d"], table, recipe)
    absent = recipe.changed({"model.name": "nobody/has-this-model"})
    assert len(check_pins(["a b c d e f g"], table, absent)) == 1, "the hub is not asked"
