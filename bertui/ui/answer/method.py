"""The way in which words are scored, as a person chooses it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any, Literal, get_args, get_origin

import streamlit as st

from bertui.choice import Strategy, declared, strategies_of
from bertui.explanation.methods import MethodKind, read_method


def choose_method(key: str) -> str:
    """Let the person choose a method, the quick one first, with what it does beside it; returns it as typed."""
    titles = method_titles()
    return st.selectbox(
        "Method", list(titles), key=method_key(key), format_func=titles.__getitem__, help=_HELP,
        persist_state="session",
    )  # fmt: skip


def chosen_method(key: str) -> str:
    """Return the method that was chosen for a map."""
    titles = method_titles()
    chosen: str = st.session_state.get(method_key(key), "")
    return chosen if chosen in titles else next(iter(titles))


def method_key(key: str) -> str:
    return f"method_{key}"


@cache
def method_titles() -> dict[str, str]:
    """Return every method with each of its named options, such as the baselines: as typed -> title."""
    return dict(pair for cls in strategies_of(MethodKind) for pair in _variants(cls))


def _variants(cls: type[Strategy]) -> Iterator[tuple[str, str]]:
    options = [one for one in declared(cls) if one.name != "kind"]
    named = [one for one in options if get_origin(one.field.annotation) is Literal]
    for values in product(*(get_args(one.field.annotation) for one in named)):
        chosen = dict(zip((one.name for one in named), values, strict=True))
        given = [str(chosen.get(one.name, one.field.default)) for one in options]
        typed = ":".join([str(cls.model_fields["kind"].default), *given])
        extra = [f"{one.title.lower()} {value}" for one, value in zip(named, values, strict=True)]
        yield typed, ", ".join([cls.title, *extra])


def describe_method(method: str) -> None:
    """Say in one sentence what the method does, and where it is from."""
    chosen: Any = read_method(method)
    st.caption(f"{type(chosen).help} Source: {type(chosen).source}.")


_HELP = "How the words are scored. The first is the quickest; two methods that agree are no proof that both are right."
