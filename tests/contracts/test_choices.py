"""What holds for every choice and every strategy of the recipe; a new one is held to it unasked."""

from __future__ import annotations

import json
import pkgutil
import shlex
from itertools import chain, pairwise

import pytest
from pydantic import ValidationError

import bertui
from bertui.choice import Declared, Strategy, declared
from bertui.data.roles import Roles
from bertui.errors import RecipeError
from bertui.recipe import Recipe, choices, command_line, parse_settings, read_recipe

STRATEGIES = [(entry.path, cls) for entry in choices() for cls in entry.strategies]
OPTIONS = list(chain.from_iterable(declared(cls, f"{path} {cls.__name__} ") for path, cls in STRATEGIES))
BOUNDED = [entry for entry in choices() if any(entry.bound(key) is not None for key in ("ge", "gt", "le", "lt"))]


def name_of(value: object) -> str | None:
    return value.path if isinstance(value, Declared) else getattr(value, "__name__", None)


@pytest.mark.parametrize("entry", [*choices(), *OPTIONS], ids=name_of)
def test_every_choice_says_what_it_is(entry: Declared) -> None:
    assert entry.title[0].isupper() and not entry.title.endswith(".")
    assert entry.help.endswith(".") and len(entry.help) > 15


@pytest.mark.parametrize(("path", "cls"), STRATEGIES, ids=name_of)
def test_every_strategy_can_be_named_typed_saved_and_read(path: str, cls: type[Strategy]) -> None:
    kind = cls.model_fields["kind"].default
    assert cls.title and cls.help.endswith(".")
    recipe = Recipe().changed(parse_settings([f"{path}={kind}"]))
    assert isinstance(_at(recipe, path), cls)
    assert read_recipe(recipe.to_text()) == recipe
    words = shlex.split(command_line(recipe, "t.csv", Roles("text", "label")))
    settings = [after for word, after in pairwise(words) if word == "--set"]
    assert Recipe().changed(parse_settings(settings)) == recipe


@pytest.mark.parametrize(("path", "cls"), STRATEGIES, ids=name_of)
def test_no_strategy_can_be_changed_or_take_what_it_does_not_know(path: str, cls: type[Strategy]) -> None:
    with pytest.raises(ValidationError):
        cls().kind = "other"  # type: ignore[attr-defined]
    with pytest.raises(RecipeError):
        Recipe().changed({path: {"kind": cls.model_fields["kind"].default, "nonsense": 1}})


@pytest.mark.parametrize("entry", BOUNDED, ids=name_of)
def test_every_bound_refuses_in_words(entry: Declared) -> None:
    low = next((entry.bound(key) for key in ("ge", "gt") if entry.bound(key) is not None), None)
    high = next((entry.bound(key) for key in ("le", "lt") if entry.bound(key) is not None), None)
    for wrong in [value for value in (low and low - 1, -1 if low == 0 else None, high and high + 1) if value]:
        with pytest.raises(RecipeError) as error:
            Recipe().changed({entry.path: wrong})
        assert entry.path in str(error.value) and "Input" not in str(error.value)


@pytest.mark.parametrize("entry", [entry for entry in [*choices(), *OPTIONS] if entry.word("step")], ids=name_of)
def test_a_step_of_the_form_goes_up_and_stays_within_the_bounds(entry: Declared) -> None:
    low, high = (next(filter(None, map(entry.bound, keys)), 0) for keys in (("ge", "gt"), ("le", "lt")))
    assert entry.word("step") > 0
    assert not high or low + entry.word("step") <= high


def test_the_whole_recipe_is_plain_json() -> None:
    assert read_recipe(json.loads(Recipe().to_text())) == Recipe()


def test_no_verb_shares_its_name_with_a_room() -> None:
    """Importing bertui.x puts the module in the place of the verb bertui.x."""
    assert not set(bertui.__all__) & {module.name for module in pkgutil.iter_modules(bertui.__path__)}


def _at(recipe: Recipe, path: str) -> object:
    value: object = recipe
    for name in path.split("."):
        value = getattr(value, name)
    return value
