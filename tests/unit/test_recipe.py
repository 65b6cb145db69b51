"""The recipe: paths, presets, contradictions, messages."""

from __future__ import annotations

import pytest

from bertui.data.roles import Roles
from bertui.errors import RecipeError
from bertui.modeling.size import Size
from bertui.recipe import PRESETS, Recipe, choices, command_line, flat, parse_settings, preset, read_recipe
from bertui.tasks.registry import TASKS, task_class
from bertui.training.choices import best_choices, best_measure

STABLE = (
    "model.name", "encoding.max_length", "encoding.truncation", "features.layers", "features.combine",
    "features.pooling", "optimizer.learning_rate", "optimizer.layer_decay", "training.epochs",
    "training.batch_size", "training.seed",
)  # fmt: skip


def test_paths_that_people_type_are_there() -> None:
    assert set(STABLE) <= {entry.path for entry in choices()}


@pytest.mark.parametrize("entry", choices(), ids=lambda entry: entry.path)
def test_every_choice_has_words(entry) -> None:  # type: ignore[no-untyped-def]
    assert entry.title and entry.help.endswith(".")


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_survives_json(name: str) -> None:
    assert read_recipe(preset(name).to_text()) == preset(name)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["training.epoch=3"], "training.epochs"),
        (["training.epochs=0"], "greater than or equal to 1"),
        (["training.epochs=many"], "valid integer"),
        (["nonsense"], "path=value"),
        (["encoding.truncation=hed"], "head+tail"),
        (["encoding.truncation=head+tail:500"], "only 254"),
        (["training.trained=frozen", "optimizer.layer_decay=0.9"], "frozen"),
        (["split.validation=0.6", "split.test=0.6"], "tenth"),
        (["training.patience=2", "split.validation=0"], "validation rows"),
        (["optimizer.learning_rate=NaN"], "finite"),
        (["encoding.truncation=tail:3"], "takes no option"),
        (["features.layers=last:3:4"], "takes one option"),
        (["features.head=bilstm:64:1:9"], "takes 2 options"),
    ],
)
def test_bad_settings_are_told(settings: list[str], words: str) -> None:
    with pytest.raises(RecipeError) as error:
        Recipe().changed(parse_settings(settings))
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"trainin": {}}', '{"training": {"epochs": -1}}', '{"training": 3}'])
def test_bad_recipe_files_are_told(text: str) -> None:
    with pytest.raises(RecipeError):
        read_recipe(text)


def test_command_line_does_the_same_run() -> None:
    import shlex

    expected = Recipe().changed({"features.layers": "last:4", "training.epochs": 7, "encoding.truncation": "tail"})
    words = shlex.split(command_line(expected, "my file.csv", Roles(("a b",), "label")))
    settings = [words[n + 1] for n, word in enumerate(words) if word == "--set"]
    assert Recipe().changed(parse_settings(settings)) == expected
    assert words[2:9] == ["my file.csv", "--task", "single-label", "--text", "a b", "--label", "label"]


def test_options_of_a_strategy_are_typed_in_their_order() -> None:
    head = Recipe().changed(parse_settings(["features.head=bilstm:64:1"])).features.head
    assert head.model_dump() == {"kind": "bilstm", "hidden": 64, "depth": 1}


def test_automatic_rate_suits_the_model() -> None:
    assert Recipe().resolved().optimizer.learning_rate == 1e-4
    base = Recipe().changed({"model.name": "bert-base-uncased"}).resolved(size=Size("bert", 768, 12))
    assert base.optimizer.learning_rate == 2e-5
    assert flat(Recipe().changed({"features.layers": "last:4"}))["features.layers"] == "last:4"


def test_a_model_can_be_chosen_by_every_measure_of_its_task_and_by_no_other() -> None:
    asked = Recipe().changed({"training.best": "exact"}).training.best
    assert best_measure(task_class("question-answering"), asked).title == "Exact match"
    assert best_choices(task_class("question-answering")) == {
        "auto": "auto (F1)", "loss": "Loss", "f1": "F1", "exact": "Exact match"
    }  # fmt: skip
    assert best_choices(task_class("tagging"))["f1"] == "Entity F1"
    with pytest.raises(
        RecipeError, match=r"(?s)'exact'.*'A tag for each token'.*auto, loss, or one of: f1, precision, recall, accu"
    ):
        best_measure(task_class("tagging"), asked)


def test_every_preset_suits_every_task() -> None:
    for task in TASKS:
        for name in PRESETS:
            best_measure(task_class(task), preset(name, task).training.best)
    assert preset("Paper (Sun et al. 2019)").training.best == "accuracy"
    assert preset("Recommended", "question-answering").encoding.max_length == 384
    assert preset("Quick look", "question-answering").encoding.max_length == 64, "a preset says more than what suits"
