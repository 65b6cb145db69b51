"""The Recipe: every choice that shapes a run, composed of the sections that the rooms declare."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from functools import reduce
from typing import Any

from pydantic import Field, ValidationError, model_validator

from bertui.choice import Declared, Section, declared
from bertui.data.roles import ROLES, Roles
from bertui.data.splitting import SplitChoice
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.truncation import HeadTail
from bertui.errors import RecipeError
from bertui.modeling.features import FeatureChoice
from bertui.modeling.size import Size, size_at_hand
from bertui.modeling.sources import ModelChoice
from bertui.tasks.registry import task_class
from bertui.tasks.task_choice import TaskChoice
from bertui.training.choices import RegularizationChoice, TrainingChoice, best_choices
from bertui.training.optimizer import OptimizerChoice, suitable_rate

_SHOWN = 60  # characters of a wrong value that a message repeats


class Recipe(Section):
    """All choices of one run; with the table's fingerprint it is enough to do the run again."""

    model: ModelChoice = Field(default=ModelChoice(), title="Model")
    encoding: EncodingChoice = Field(default=EncodingChoice(), title="Text encoding")
    task: TaskChoice = Field(default=TaskChoice(), title="Task")
    features: FeatureChoice = Field(default=FeatureChoice(), title="Layers and pooling")
    optimizer: OptimizerChoice = Field(default=OptimizerChoice(), title="Optimizer")
    training: TrainingChoice = Field(default=TrainingChoice(), title="Training")
    regularization: RegularizationChoice = Field(default=RegularizationChoice(), title="Regularisation")
    split: SplitChoice = Field(default=SplitChoice(), title="Split")

    @model_validator(mode="after")
    def _no_contradiction(self) -> Recipe:
        for wrong, reason in _contradictions(self):
            if wrong:
                raise ValueError(reason)
        return self

    def resolved(self, rows: int | None = None, size: Size | None = None) -> Recipe:
        """Return the recipe with its automatic values filled in: the rate, and for so many rows the epochs.

        The rate of a model that is not on this machine stays empty until it is: the hub is not asked.

        Args:
            size: The model's, where it is known; else it is looked for on this machine.
        """
        changes: dict[str, Any] = {}
        if self.optimizer.learning_rate is None and (size := size or size_at_hand(self.model)):
            changes["optimizer.learning_rate"] = self.suitable_rate(size)
        if rows is not None:
            changes["training.epochs"] = self.training.epochs_for(rows)
        return self.changed(changes)

    def suitable_rate(self, size: Size) -> float:
        """Return the learning rate that suits a model of a size, trained as the recipe says."""
        return suitable_rate(size, frozen=self.training.trained.kind == "frozen")

    def changed(self, changes: dict[str, Any]) -> Recipe:
        """Return the recipe with values set by dotted path, such as ``{"training.epochs": 5}``.

        Raises:
            RecipeError: An unknown path, a value out of range, or a contradiction.
        """
        tree = self.model_dump(mode="json")
        for path, value in changes.items():
            _set(tree, path.split("."), value, path)
        return read_recipe(tree)

    def value(self, path: str) -> Any:
        """Return the choice at a dotted path, a strategy as its object."""
        return reduce(getattr, path.split("."), self)

    def differences(self, other: Recipe) -> dict[str, tuple[Any, Any]]:
        """Return path -> (mine, theirs) for every value that differs."""
        mine, theirs = flat(self), flat(other)
        return {
            path: (mine.get(path), theirs.get(path))
            for path in dict.fromkeys([*mine, *theirs])
            if mine.get(path) != theirs.get(path)
        }

    def to_text(self) -> str:
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False)


def _contradictions(recipe: Recipe) -> list[tuple[bool, str]]:
    """Return (is it so, why it cannot be) pairs."""
    cut, layers = recipe.encoding.truncation, recipe.features.layers
    head = cut.head_tokens if isinstance(cut, HeadTail) else None
    frozen = recipe.training.trained.kind == "frozen"
    return [
        (
            head is not None and head > recipe.encoding.max_length - 2,
            f"encoding.truncation keeps {head} tokens of the beginning, but only {recipe.encoding.max_length - 2} "
            "fit: lower it or raise encoding.max_length",
        ),
        (
            frozen and recipe.optimizer.layer_decay < 1,
            "the encoder is frozen, so optimizer.layer_decay has nothing to act on: set it to 1 or train more",
        ),
        (
            recipe.split.validation + recipe.split.test > 0.9,
            "split.validation and split.test leave less than a tenth of the rows for training: lower them",
        ),
        (
            recipe.training.patience > 0 and recipe.split.validation == 0,
            "training.patience needs validation rows: raise split.validation or set patience to 0",
        ),
        (
            layers.kind == "one" and layers.indices(0) == (0,) and recipe.training.trained.kind == "top",
            "only the embeddings are read, so no top layer can be trained: choose another layer or train all",
        ),
    ]


_OBJECT = 'An object such as {"training": {"epochs": 3}} is expected.'
_SAVE_ONE = "Save one from the Train page and change that."


def read_recipe(given: str | dict[str, Any]) -> Recipe:
    """Read a recipe from JSON text or plain values.

    Raises:
        RecipeError: Broken JSON, an unknown key, a value out of range, a contradiction.
    """
    try:
        tree = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise RecipeError(f"The recipe is not valid JSON{where}.", expected=_OBJECT, remedy=_SAVE_ONE) from error
    if not isinstance(tree, dict):
        raise RecipeError("The recipe is JSON, but not an object.", expected=_OBJECT, remedy=_SAVE_ONE)
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        raise _explained(error) from error


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Turn ``["training.epochs=3", ...]`` into changes; values are JSON where they parse, else words."""
    changes: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise RecipeError(
                f"'{setting[:_SHOWN]}' is not a setting.",
                expected="A choice and its value are expected, as path=value.",
                remedy="Write for example training.epochs=3.",
            )
        try:
            changes[path.strip()] = json.loads(text)
        except (ValueError, RecursionError):
            changes[path.strip()] = text.strip()
    return changes


def choices() -> list[Declared]:
    """Return every declared choice of a recipe with its dotted path."""
    return list(declared(Recipe))


def flat(recipe: Recipe) -> dict[str, Any]:
    """Return path -> value; strategies as ``kind`` or ``kind:option=value``."""
    return {entry.path: _short(recipe.value(entry.path)) for entry in choices()}


def command_line(recipe: Recipe, table: str, roles: Roles, pins: Sequence[str] = ()) -> str:
    """Return the ``bertui train`` command that does the same run."""
    columns = [
        word
        for role, names in roles.columns.items()
        for name in names
        for word in (ROLES[role].options[:1] and (ROLES[role].options[0], name))
    ]
    changed = Recipe().differences(recipe)
    settings = [word for path in changed for word in ("--set", f"{path}={_typed(recipe.value(path))}")]
    pinned = [word for line in pins for word in ("--pin", line)]
    return shlex.join(["bertui", "train", table, "--task", roles.task, *columns, *settings, *pinned])


def _short(value: Any) -> Any:
    if not isinstance(value, Section):
        return value
    options = {k: v for k, v in value.model_dump(mode="json").items() if k != "kind" and v is not None}
    return value.kind + "".join(f":{v}" for v in options.values())  # type: ignore[attr-defined]


def _typed(value: Any) -> str:
    short = _short(value)
    return short if isinstance(short, str) else json.dumps(short)


def _set(tree: dict[str, Any], names: list[str], value: Any, path: str) -> None:
    for name in names[:-1]:
        tree = tree.get(name) if isinstance(tree.get(name), dict) else {}  # type: ignore[assignment]
    if not tree or (names[-1] not in tree and "kind" not in tree):
        raise _unknown(path)
    tree[names[-1]] = value


def _unknown(path: str) -> RecipeError:
    """Name the choices that may have been meant: the likest one first, then those of its section."""
    paths = [entry.path for entry in choices()]
    like = get_close_matches(path, [*Recipe.model_fields, *paths], n=1)
    like = like or [p for p in paths if p.rpartition(".")[2] == path]
    section = (like[0] if like else path).partition(".")[0]
    names = [p for p in paths if p.startswith(section + ".")] or [f"{name}. …" for name in Recipe.model_fields]
    return RecipeError(
        f"There is no choice '{path[:_SHOWN]}'.",
        expected=f"Choices: {', '.join(names)}.",
        remedy=f"Did you mean {like[0]}?" if like else "Check the spelling, or take it out.",
    )


def _explained(error: ValidationError) -> RecipeError:
    """Say the first problem in our own words; pydantic's speak of inputs, tags and instances."""
    first = error.errors()[0]
    path, kind, given = ".".join(str(word) for word in first["loc"]), first["type"], first.get("input")
    message = first["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return _unknown(path)
    if kind == "union_tag_invalid":
        given, message = first["ctx"]["tag"], f"It should be one of {first['ctx']['expected_tags']}"
    elif kind.startswith("union_tag") or kind == "model_attributes_type":
        message = 'It should be a word such as "tail", or an object that names its "kind"'
    elif kind == "model_type":
        message = "It should be an object with the choices of that section"
    elif kind == "int_parsing_size":
        message = "It should be a smaller number"
    elif kind == "value_error":
        given = {}
    # "Input should be a valid integer, unable to parse string as an integer": the first half says it all
    message = message.replace("Input should", "It should").replace("String should", "It should").split(", unable")[0]
    shown = json.dumps(given, ensure_ascii=False, default=repr)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    subject = f"'{path}' is {shown}." if path and not isinstance(given, dict) else f"'{path}':" if path else ""
    return RecipeError(f"{subject} {message}.".strip(), remedy="Change the value.")


# --- presets -----------------------------------------------------------------------------------------

PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Quick look": (
        "A first result soon: at most 150 steps, texts of up to 64 tokens. Recommended takes longer and is better.",
        {"encoding.max_length": 64, "training.max_steps": 150, "training.evaluations_per_epoch": 1},
    ),
    "Recommended": ("What suits most tables.", {}),
    "Paper (Sun et al. 2019)": (
        "bert-base-uncased as in the paper: 512 tokens, head and tail, batch 24, 4 epochs, 0.95 layer decay.",
        {
            "model.name": "bert-base-uncased", "encoding.max_length": 512, "encoding.truncation": "head+tail:128",
            "features.pooling": "cls", "optimizer.learning_rate": 2e-5, "optimizer.layer_decay": 0.95,
            "optimizer.decay_embeddings": False, "training.batch_size": 24, "training.epochs": 4,
            "training.evaluations_per_epoch": 1, "training.best": "accuracy",
        },
    ),
    "Small data": (
        "Under 2,000 rows: many epochs, small batches, the best of many evaluations.",
        {"training.epochs": 15, "training.batch_size": 16, "training.evaluations_per_epoch": 1,
         "training.patience": 5},
    ),
    "Long texts": (
        "Beginning and end of texts up to 512 tokens, small batches to fit memory.",
        {"encoding.max_length": 512, "encoding.truncation": "head+tail", "training.batch_size": 8,
         "training.accumulation": 4},
    ),
}  # fmt: skip


def preset(name: str, task: str = "single-label") -> Recipe:
    """Return the recipe of a preset, with what suits a task where the preset is silent."""
    known, changes = best_choices(task_class(task)), PRESETS[name][1]
    # The paper's measure is for labels; another task keeps its own.
    kept = {path: value for path, value in changes.items() if path != "training.best" or value in known}
    return with_task_defaults(Recipe(), task).changed(kept)


def with_task_defaults(recipe: Recipe, task: str) -> Recipe:
    """Return the recipe with the choices that suit a task."""
    return recipe.changed(task_class(task).recipe_defaults)
