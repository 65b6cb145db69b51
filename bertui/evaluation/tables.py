"""Predictions as tables: which rows were right, and how the table leaves the app."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bertui.evaluation.baselines import Baseline
from bertui.evaluation.intervals import Interval
from bertui.evaluation.scores import Scores

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
# JSON may hold these as they are, but many readers of lines take them for the end of one.
_LINE_ENDS = {ord(one): f"\\u{ord(one):04x}" for one in "\x85\u2028\u2029"}


def predictions_frame(
    rows: np.ndarray,
    texts: Sequence[str],
    targets: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
) -> pd.DataFrame:
    """Put the rows of one part beside what the model says of them.

    Args:
        rows: Row ids ``[rows]``.
        texts: Their texts.
        targets: True class numbers ``[rows]``.
        probabilities: ``[rows, classes]``.
        classes: Label names by number.

    Returns:
        Columns row, text, label, prediction, probability (of the prediction), right, characters.
    """
    predicted = probabilities.argmax(1)
    names = np.array(classes, dtype=object)
    return pd.DataFrame(
        {
            "row": rows,
            "text": pd.Series(list(texts), dtype="str"),
            "label": pd.Series(names[targets], dtype="str"),
            "prediction": pd.Series(names[predicted], dtype="str"),
            "probability": probabilities.max(1).astype(np.float64),
            "right": predicted == targets,
            "characters": np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)),
        }
    )


def chosen_rows(
    frame: pd.DataFrame, *, wrong: bool = False, below: float | None = None, label: str | None = None,
    prediction: str | None = None, lengths: tuple[int, int] | None = None, containing: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of a predictions frame that meet every given condition, in their order.

    Args:
        wrong: Only rows whose prediction is not their label.
        below: Only rows less sure than this probability.
        label: Only rows with this label; likewise ``prediction``.
        lengths: Shortest and longest text in characters.
        containing: Only texts with these letters, case ignored; not a pattern.
    """
    keep = pd.Series(True, index=frame.index)
    if wrong:
        keep &= ~frame["right"]
    if below is not None:
        keep &= frame["probability"] < below
    if label is not None:
        keep &= frame["label"] == label
    if prediction is not None:
        keep &= frame["prediction"] == prediction
    if lengths is not None:
        keep &= frame["characters"].between(*lengths)
    if containing:
        keep &= frame["text"].str.contains(containing, case=False, regex=False)
    return frame[keep]


def class_table(scores: Scores) -> pd.DataFrame:
    """One line per class: F1, precision and recall in percent, their 95 % intervals in words, and rows."""
    lines = []
    for one in scores.per_class:
        line: dict[str, Any] = {"class": one.name}
        for name, value in (("F1", one.f1), ("precision", one.precision), ("recall", one.recall)):
            line[f"{name} (%)"], line[f"{name}, 95 %"] = 100 * value.value, _range(value)
        lines.append(line | {"rows": one.support, "predicted": one.predicted})
    return pd.DataFrame(lines)


def baseline_table(name: str, scores: Scores, seconds: float | None, baselines: Sequence[Baseline]) -> pd.DataFrame:
    """The model above the simple classifiers on the same rows."""
    simple = [(one.name, one.scores, one.seconds, one.note) for one in baselines]
    return pd.DataFrame(
        [
            {
                "classifier": who,
                "right (%)": 100 * found.accuracy.value, "right, 95 %": _range(found.accuracy),
                "macro-F1 (%)": 100 * found.f1_macro.value, "macro-F1, 95 %": _range(found.f1_macro),
                "seconds": took, "note": note,
            }
            for who, found, took, note in [(name, scores, seconds, ""), *simple]
        ]
    )  # fmt: skip


def headline(scores: Scores, baselines: Sequence[Baseline]) -> str:
    """Say in one breath how often the model is right, against the best simple classifier.

    Example: "92.4 % right (91.0 to 93.6), against 85.1 % for TF-IDF with logistic regression."
    """
    said = f"{100 * scores.accuracy.value:.1f} % right ({_range(scores.accuracy)})"
    if not baselines:
        return f"{said}."
    best = max(baselines, key=lambda one: one.scores.accuracy.value)
    return f"{said}, against {100 * best.scores.accuracy.value:.1f} % for {best.name}."


def verdict(scores: Scores, baselines: Sequence[Baseline]) -> str:
    """Say whether the difference to the best simple classifier can be trusted; empty without one."""
    if not baselines:
        return ""
    if len(scores.per_class) > 1 and (only := _only_class(scores)) is not None:
        return f"It has learned nothing yet: every row is predicted “{only}”. Train it longer."
    best = max(baselines, key=lambda one: one.scores.accuracy.value)
    own, other = scores.accuracy, best.scores.accuracy
    rows = f"{scores.n:,} rows" if scores.n != 1 else "1 row"
    if own.low > other.high:
        return f"The 95 % intervals do not overlap: on {rows}, the lead over {best.name} is more than luck."
    if own.high < other.low:
        return f"{best.name} is better here, by more than luck. Prefer it, or train longer."
    return (
        f"The 95 % intervals overlap (that of {best.name} is {_range(other)}), so on {rows} the difference "
        "may be luck. More rows would tell."
    )


def _only_class(scores: Scores) -> str | None:
    """Return the one class that everything is predicted as, if there are rows of others."""
    given = [one.name for one in scores.per_class if one.predicted]
    present = [one.name for one in scores.per_class if one.support]
    return given[0] if len(given) == 1 and len(present) > 1 else None


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV that is safe to open in a spreadsheet: UTF-8 with its mark, every text in quotes.

    Texts that a spreadsheet would run as a formula get an apostrophe in front, in headers too; numbers stay
    numbers.

    Source: OWASP Application Security Verification Standard 5.0, 1.2.10.
    """
    safe = frame.apply(lambda cells: cells if _is_plain_number(cells) else cells.map(_harmless))
    safe.columns = pd.Index([_harmless(str(name)) for name in frame.columns], dtype=object)
    text = safe.to_csv(None, index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    return text.encode("utf-8-sig", "replace")


def to_json_lines(frame: pd.DataFrame) -> bytes:
    """Write a table as JSON lines, every text and number exactly as it is; missing cells are null."""
    names = [str(name) for name in frame.columns]
    written = io.StringIO()
    for cells in frame.itertuples(index=False, name=None):
        record = dict(zip(names, map(_plain_value, cells), strict=True))
        written.write(json.dumps(record, ensure_ascii=False).translate(_LINE_ENDS) + "\n")
    return written.getvalue().encode("utf-8", "replace")


def _is_plain_number(cells: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells))


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _plain_value(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):
        return None
    return cell.item() if isinstance(cell, np.generic) else cell


def _range(interval: Interval) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"
