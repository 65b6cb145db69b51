"""Write the tables of docs/recipe.md from the declarations: ``python docs/make_recipe_page.py``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

from bertui.choice import Declared, Strategy, declared
from bertui.recipe import PRESETS, Recipe, choices
from bertui.tasks.registry import TASKS

PAGE = Path(__file__).with_name("recipe.md")


def page(old: str) -> str:
    """Return the page with what stands between its marks written anew."""
    for name, lines in (("choices", _choices()), ("measures", _measures()), ("presets", _presets())):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        if begin not in old or end not in old:
            raise ValueError(f"{PAGE.name} has no '{begin}' and '{end}'.")
        written = "\n".join([begin, *lines, end])
        old = re.sub(rf"{begin}.*?{end}", lambda found, written=written: written, old, flags=re.DOTALL)
    return old


def _choices() -> list[str]:
    lines: list[str] = []
    for section, entries in groupby(choices(), key=lambda entry: entry.path.partition(".")[0]):
        found = list(entries)
        lines += ["", f"### {Recipe.model_fields[section].title} (`{section}`)", ""]
        lines += _table(("path", "begins with", "may be", "what it does", "source"), map(_row, found))
        for entry in found:
            if entry.strategies:
                lines += ["", f"`{entry.path}` is one of:", "", *_strategies(entry)]
    return [*lines, ""]


def _row(entry: Declared) -> tuple[str, ...]:
    return f"`{entry.path}`", _default(entry), _allowed(entry), f"{entry.title}. {entry.help}", _source(entry)


def _strategies(entry: Declared) -> list[str]:
    rows = []
    for cls in entry.strategies:
        options = [_option(option) for option in declared(cls)]
        rows.append((f"`{_kind(cls)}`", f"{cls.title}. {cls.help}", " ".join(options)))
    return _table(("kind", "what it does", "option"), rows)


def _option(option: Declared) -> str:
    words = ", ".join(part for part in (f"begins with {_default(option)}", _allowed(option)) if part)
    return f"`{option.name}` ({words}): {option.help}"


def _default(entry: Declared) -> str:
    value = entry.field.default
    if value is None:
        return "empty"
    return f"`{_kind(type(value)) if isinstance(value, Strategy) else _plain(value)}`"


def _allowed(entry: Declared) -> str:
    """Say the bounds or the words to choose from."""
    if entry.strategies:
        return "see below"
    if words := [word for word in _literals(entry.field.annotation) if isinstance(word, str)]:
        return ", ".join(f"`{word}`" for word in words)
    if entry.field.annotation is bool:
        return "`true`, `false`"
    low = next((f"{said} {entry.bound(key):,}" for key, said in _LOW if entry.bound(key) is not None), "")
    high = next((f"{said} {entry.bound(key):,}" for key, said in _HIGH if entry.bound(key) is not None), "")
    return " ".join(part for part in (low, high, entry.word("unit")) if part)


_LOW = (("ge", "from"), ("gt", "above"))
_HIGH = (("le", "to"), ("lt", "to below"))


def _literals(annotation: Any) -> list[Any]:
    parts = get_args(annotation)
    return [word for part in parts for word in ([part] if not _is_type(part) else _literals(part))]


def _is_type(part: Any) -> bool:
    return isinstance(part, type) or bool(get_args(part))


def _source(entry: Declared) -> str:
    return str(entry.word("source") or "")


def _kind(cls: type[Any]) -> str:
    return str(cls.model_fields["kind"].default)


def _measures() -> list[str]:
    rows = []
    for kind, task in TASKS.items():
        names = (f"`{one.name}`: {one.title}" for one in task.measures)
        rows.append((f"`{kind}`", ", ".join(names), f"`{task.chosen_by}`"))
    return ["", *_table(("task", "its measures", "auto takes"), rows), ""]


def _presets() -> list[str]:
    rows = []
    for name, (words, changes) in PRESETS.items():
        rows.append((name, words, ", ".join(f"`{path}={_plain(value)}`" for path, value in changes.items())))
    return ["", *_table(("preset", "for", "changes"), rows), ""]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [header, tuple("---" for _ in header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in lines]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
