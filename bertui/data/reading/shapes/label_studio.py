"""Label Studio's exports: the full one with its results, and the short ones with choices in a record."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from bertui.data.cells.cell_readers import parsed_or
from bertui.data.cells.typed import canonical
from bertui.data.phrases import count
from bertui.data.reading.shapes.shape import Kinds, Shaped, free_name, named

_SPANS = ("labels", "hypertextlabels", "paragraphlabels")
_VALUES = {"choices": "choices", "rating": "rating", "number": "number", "textarea": "text", "taxonomy": "taxonomy"}


def read(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return the fields of "data" and a column for each thing that was annotated, of the full export."""
    marks, data = named(list(kinds), "annotations", "completions"), named(list(kinds), "data")
    if marks is None or data is None or kinds[data] != "record" or kinds[marks] not in ("records", "nothing"):
        return None
    several, unread = 0, Counter[str]()
    rows: list[dict[str, Any]] = []
    for record in frame.to_dict("records"):
        given = _valid(parsed_or(record[marks]))
        several += len(given) > 1
        fields = parsed_or(record[data])
        row = dict(fields) if isinstance(fields, dict) else {}
        row.update(_annotated(given[0], unread) if given else {})
        rows.append({"id": record.get("id"), **row} if "id" not in row else row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: canonical(_plain([row.get(name) for row in rows])) for name in names}
    taken: list[str] = []
    fresh = {}
    for name, cells in columns.items():
        taken.append(free_name(str(name), taken))
        fresh[taken[-1]] = pd.Series(cells, index=frame.index, dtype="str")
    return Shaped(pd.DataFrame(fresh, index=frame.index), tuple(_notes(rows, several, unread)))


def read_choices(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return the frame with lists in place of records {"choices": [...]}, as the short exports hold them."""
    columns = [name for name, kind in kinds.items() if kind == "record" and _are_choices(frame[name])]
    if not columns:
        return None
    fresh = {name: pd.Series(_choices(frame[name]), index=frame.index, dtype="str") for name in columns}
    return Shaped(frame.assign(**fresh))


def _valid(annotations: Any) -> list[dict[str, Any]]:
    """Return the annotations that were not skipped."""
    given = annotations if isinstance(annotations, list) else []
    return [one for one in given if isinstance(one, dict) and not one.get("was_cancelled") and "result" in one]


def _annotated(annotation: dict[str, Any], unread: Counter[str]) -> dict[str, Any]:
    """Return what an annotation says, by the name of the control; spans are lists, empty where there is none."""
    row: dict[str, Any] = {}
    for name, kind, value in _results(annotation):
        if kind in _SPANS:
            names = value.get(kind) or value.get("labels") or [None]
            row.setdefault(name, []).append({**value, "label": names[0]})
        elif kind in _VALUES and _VALUES[kind] in value:
            chosen = value[_VALUES[kind]]
            row[name] = ["/".join(path) for path in chosen] if kind == "taxonomy" else chosen
        else:
            unread[kind] += 1
    return row


def _results(annotation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for result in annotation["result"]:
        if isinstance(result, dict) and isinstance(result.get("value"), dict):
            yield str(result.get("from_name", "label")), str(result.get("type", "")), result["value"]


def _plain(values: list[Any]) -> list[Any]:
    """Return lists of one text as that text where no row has more, and [] where spans were looked for in vain."""
    lists = [value for value in values if isinstance(value, list)]
    if lists and all(len(value) == 1 and isinstance(value[0], str) for value in lists):
        return [value[0] if isinstance(value, list) else value for value in values]
    return values


def _notes(rows: list[dict[str, Any]], several: int, unread: Counter[str]) -> Iterator[str]:
    yield f"The file is Label Studio's export of {len(rows):,} tasks; read were their data and what was annotated."
    if several:
        tasks = count(several, "task was", "tasks were")
        yield f"{tasks} annotated more than once; the first annotation of each was read."
    for kind, times in unread.most_common():
        results = count(times, "result", "results")
        yield f"{results} of the type '{kind}' left out; choices, labels, ratings and numbers are read."


def _are_choices(cells: pd.Series) -> bool:
    head = [parsed_or(cell) for cell in cells.dropna().head(100)]
    return all(isinstance(value, dict) and set(value) == {"choices"} for value in head if isinstance(value, dict))


def _choices(cells: pd.Series) -> list[str | None]:
    """Return lists as JSON; a row with one choice alone is written as the text in these exports."""
    values = [parsed_or(cell) for cell in cells]
    lists = [value.get("choices", []) if isinstance(value, dict) else [value] if isinstance(value, str) else value
             for value in values]  # fmt: skip
    return [json.dumps(value, ensure_ascii=False) if isinstance(value, list) else None for value in lists]
