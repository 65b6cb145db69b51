"""The recipe's form, built from its declarations: a new choice appears here unasked."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st

from bertui.choice import Declared, Strategy, declared
from bertui.modeling.sources import model_title
from bertui.recipe import Recipe
from bertui.tasks.task import Task
from bertui.training.choices import best_choices
from bertui.ui.shell import bold, plain

SUGGESTIONS: Mapping[str, Sequence[str]] = {
    "model.name": (
        "embedded", "bert-base-uncased", "bert-base-chinese", "distilbert-base-uncased", "roberta-base",
        "microsoft/deberta-v3-small", "answerdotai/ModernBERT-base",
    )
}  # fmt: skip
"""Values offered for a choice that takes any text; another one may be typed."""

_ELSEWHERE = ("split",)  # sections chosen on another page
_AUTOMATIC = "automatic"
Offered = Mapping[str, str]
"""Value of a choice -> how it is called."""


def recipe_form(base: Recipe, key: str, task: type[Task]) -> dict[str, Any]:
    """Draw every choice and return path -> value as the controls stand.

    Args:
        base: Gives the values that the controls begin with.
        key: Prefix of the widgets' keys; a new one lets the controls begin anew from ``base``.
        task: Says which choices do nothing for it, which are not drawn, and by which measures a model can be chosen.
    """
    sections = [name for name in Recipe.model_fields if name not in _ELSEWHERE]
    entries = {name: [entry for entry in _entries(name) if not _left_out(entry, task.without)] for name in sections}
    offered = {"training.best": best_choices(task)}
    basic = [entry for of_section in entries.values() for entry in of_section if entry.basic]
    values = _grid(basic, base, key, offered)
    for name, of_section in entries.items():
        rest = [entry for entry in of_section if not entry.basic]
        if rest:
            with st.expander(Recipe.model_fields[name].title or name):
                values |= _grid(rest, base, key, offered)
    return values


def _left_out(entry: Declared, without: Sequence[str]) -> bool:
    return any(entry.path == path or entry.path.startswith(f"{path}.") for path in without)


def _entries(section: str) -> list[Declared]:
    return [entry for entry in declared(Recipe) if entry.path.startswith(f"{section}.")]


def _grid(entries: Sequence[Declared], base: Recipe, key: str, offered: Mapping[str, Offered]) -> dict[str, Any]:
    """Draw controls two in a row, so that neighbours line up."""
    values = {}
    for first in range(0, len(entries), 2):
        for column, entry in zip(st.columns(2), entries[first : first + 2], strict=False):
            with column:
                values[entry.path] = control(
                    entry, base.value(entry.path), f"{key}:{entry.path}", offered.get(entry.path)
                )
    return values


def control(entry: Declared, value: Any, key: str, offered: Offered | None = None) -> Any:
    """Draw the control that fits a choice and return what it says, as ``Recipe.changed`` takes it.

    Args:
        offered: The values it may have, for one whose declaration does not say.
    """
    if entry.strategies:
        return _strategy(entry, value, key)
    common: dict[str, Any] = {"help": help_of(entry), "key": key, "persist_state": "session"}
    label = _label(entry)
    plain_type, literals, optional = _kind(entry.field.annotation)
    if literals:
        return st.selectbox(label, literals, index=literals.index(value), **common)
    if offered:
        values = list(dict.fromkeys([*offered, value]))  # one of another task's: the card says what is wrong with it
        return st.selectbox(label, values, values.index(value), lambda one: offered.get(one, one), **common)
    if plain_type is bool:
        return st.toggle(label, value=value, **common)
    if plain_type in (int, float):
        return _number(entry, label, value, plain_type, optional, common)
    if entry.path in SUGGESTIONS:
        options = list(dict.fromkeys([value, *SUGGESTIONS[entry.path]]))
        return st.selectbox(label, options, accept_new_options=True, format_func=model_title, **common)
    typed = st.text_input(label, value=value or "", placeholder=_AUTOMATIC if optional else None, **common)
    return typed or (None if optional else typed)


def help_of(entry: Declared) -> str:
    """Return the words of a choice, who measured it, and what each of its strategies does."""
    source = entry.word("source")
    sentences = [plain(entry.help), f"Source: {plain(source)}." if source else ""]
    sentences += [f"{bold(cls.title)}: {plain(cls.help)}" for cls in entry.strategies]
    return "\n\n".join(member for member in sentences if member)


def _strategy(entry: Declared, value: Any, key: str) -> dict[str, Any]:
    """Draw the strategies to choose from, and the options of the chosen one below."""
    classes: dict[str, type[Strategy]] = {cls.model_fields["kind"].default: cls for cls in entry.strategies}
    kind = st.selectbox(
        _label(entry), list(classes), index=list(classes).index(value.kind), help=help_of(entry), key=key,
        format_func=lambda kind: classes[kind].title, persist_state="session",
    )  # fmt: skip
    chosen = classes[str(kind)]
    start = value if isinstance(value, chosen) else chosen()
    options = {
        option.name: control(option, getattr(start, option.name), f"{key}:{kind}:{option.name}")
        for option in declared(chosen)
    }
    return {"kind": kind, **options}


def _number(entry: Declared, label: str, value: Any, plain_type: type, optional: bool, common: dict[str, Any]) -> Any:
    """Draw a number; an open bound (more than 0) is left to the recipe's own check."""
    low, high = (
        next((entry.bound(key) for key in keys if entry.bound(key) is not None), None)
        for keys in (("ge", "gt"), ("le", "lt"))
    )
    step = entry.word("step")
    return st.number_input(
        label,
        min_value=None if low is None else plain_type(low),
        max_value=None if high is None else plain_type(high),
        value=None if value is None else plain_type(value),
        step=plain_type(step) if step else None,
        format="%d" if plain_type is int else "%e" if step and step < 1e-3 else "%g",
        placeholder=_AUTOMATIC if optional else None,
        **common,
    )


def _label(entry: Declared) -> str:
    unit = entry.word("unit")
    return plain(f"{entry.title} ({unit})" if unit else entry.title)


def _kind(annotation: Any) -> tuple[type, list[Any], bool]:
    """Return (plain type, values of a Literal, whether it may be left empty)."""
    optional = False
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [member for member in get_args(annotation) if member is not type(None)]
        optional, annotation = len(inner) < len(get_args(annotation)), inner[0]
    if get_origin(annotation) is Literal:
        return str, list(get_args(annotation)), optional
    return annotation, [], optional
