"""The predictions on the Results page: filters, the list, and beside it one row whole."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from bertui.data.phrases import percent
from bertui.data.roles import ROLES
from bertui.evaluation.class_tables import chosen_rows
from bertui.runs.results import PartResults, with_table
from bertui.runs.run import Run
from bertui.ui import shell
from bertui.ui.answer.boxes import try_in_sentence
from bertui.ui.answer.loaded import predicted, predictor_of
from bertui.ui.answer.views import show_views
from bertui.ui.answer.word_scores import show_words
from bertui.ui.names import file_name
from bertui.ui.results.downloads import exports
from bertui.ui.results.opened import beside_list, bring_into_view

_MOST_SHOWN = 5_000
_MOST_ANSWERS = 200  # different answers that a list is offered for
_LINE = 60  # letters of an answer that fits into a line
_PREVIEW = 300  # letters of a text in the table; the chosen row shows all of it
_SHOWN = ["text", "expected", "prediction", "probability", "credit", "row"]


def show_predictions(run: Run, results: PartResults) -> None:
    """Show the predictions with filters and exports; a chosen row opens beside the list."""
    st.header("Predictions", anchor=False)
    rows = _filtered(run, results)
    st.caption(
        f"{counted(rows)} of {len(results.predictions):,}. Click a column's name to sort, a line to open it."
        + (f" The first {_MOST_SHOWN:,} are shown; the files hold all." if len(rows) > _MOST_SHOWN else "")
    )
    if len(rows):
        # Another choice of rows is another table: a line chosen in the first must not open one of the second.
        show_rows(run, results, rows, key=f"all_{crc32(rows['row'].to_numpy().tobytes())}")
    exports(lambda: with_table(run, rows), file_name(run, results.part), key="rows")


def show_rows(run: Run, results: PartResults, rows: pd.DataFrame, key: str) -> None:
    """List rows; open the chosen one beside the list, or below it where there is no room."""
    listed = rows.head(_MOST_SHOWN)[[name for name in _SHOWN if name in rows]].copy()
    if rows["credit"].isin((0, 1)).all():
        listed = listed.drop(columns="credit")  # right or wrong: two columns say it already
    else:
        listed["credit"] = listed["credit"].abs()
    listed["row"] = run.numbers.all(listed["row"].to_numpy())
    for name in ("text", "expected", "prediction"):
        if not pd.api.types.is_numeric_dtype(listed[name]):
            listed[name] = listed[name].str.slice(0, _PREVIEW)
    table_key = f"results_rows_{run.id}_{results.part}_{key}"
    left, right = beside_list(table_key)
    with left:
        event: Any = st.dataframe(
            listed, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row", key=table_key,
            column_config=_columns(run, results), height=min(560, 38 + 35 * len(listed)),
        )  # fmt: skip
    chosen = [at for at in event.selection.rows if at < len(listed)]
    if chosen:
        with right, shell.showing_errors():
            row = rows.iloc[chosen[0]]
            place = f"results_opened_{crc32(table_key.encode())}"
            bring_into_view(place, int(row["row"]))  # at once: scoring the words takes a while
            with st.container(key=place):
                _open_row(run, results, row, key)


def _filtered(run: Run, results: PartResults) -> pd.DataFrame:
    """Show the filters and return the rows that pass them."""
    key = f"{run.id}_{results.part}"
    frame, what = results.predictions, answer_word(run)
    which, sure, label, prediction = st.columns([1, 1.4, 1, 1], vertical_alignment="bottom")
    only = "All"
    if results.task.graded:
        shown = ("All", "Wrong")
        only = which.segmented_control("Show", shown, default="All", required=True, key=f"results_wrong_{key}")
    below, labelled, guessed = 100, None, None
    if "probability" in frame:
        below = sure.slider("At most this sure (%)", 0, 100, 100, key=f"results_below_{key}")
    if classes := _few_answers(frame):
        names = [None, *classes]
        labelled = label.selectbox(f"True {what}", names, format_func=_any, key=f"results_label_{key}")
        guessed = prediction.selectbox(f"Predicted {what}", names, format_func=_any, key=f"results_prediction_{key}")
    search, length = st.columns([1, 1], vertical_alignment="bottom")
    containing = search.text_input("Text contains", key=f"results_search_{key}")
    return chosen_rows(
        frame, wrong=only == "Wrong", below=None if below == 100 else below / 100, label=labelled,
        prediction=guessed, containing=containing or "", lengths=_lengths(frame, length, key),
    )  # fmt: skip


def _lengths(frame: pd.DataFrame, place: Any, key: str) -> tuple[int, int] | None:
    shortest, longest = int(frame["characters"].min()), int(frame["characters"].max())
    if shortest == longest:
        return None
    return place.slider(
        "Length of the text (characters)", shortest, longest, (shortest, longest), key=f"results_length_{key}"
    )


def _few_answers(frame: pd.DataFrame) -> list[str]:
    """Return the answers to filter by, where they are few enough to choose from."""
    names = [
        str(name) for name in pd.unique(pd.concat([frame["expected"].astype("str"), frame["prediction"].astype("str")]))
    ]
    few = len(names) <= min(_MOST_ANSWERS, max(2, len(frame) // 2)) and max(map(len, names)) <= _LINE
    return names if few else []


def _open_row(run: Run, results: PartResults, row: pd.Series, key: str) -> None:
    """Show one row whole, where its answer errs, and which words moved it."""
    with st.container(border=True):
        table, number = run.data()[0], [int(row["row"])]
        st.markdown(shell.bold(row_summary(row, table.numbers.of(number[0]), results)))
        answer = predicted(run, table.inputs(number)[0])
        task = predictor_of(run).task
        show_views(answer.views(task.gold(table, number)[0]), f"row_{results.part}_{number[0]}_{key}")
        show_words(run, answer, f"{results.part}_{number[0]}_{key}", other=str(row["expected"]), table=False)
        if st.button("Try in Sentence", key=f"results_try_{key}", icon=":material/short_text:"):
            try_in_sentence(run, answer.inputs)


def row_summary(row: pd.Series, number: int, results: PartResults) -> str:
    """Say in one line what is true and what was predicted, where both are short."""
    long = max(len(str(row["expected"])), len(str(row["prediction"]))) > _LINE
    line = f"Row {number}"
    if not long:
        line += f": true “{row['expected']}”, predicted “{row['prediction']}”"
    if "probability" in row and pd.notna(row["probability"]):
        line += f" ({percent(row['probability'])})"
    if results.task.graded and row["credit"] in (0, 1):
        return f"{line}, {'right' if row['credit'] else 'wrong'}."
    return f"{line}; {results.task.credit} {abs(row['credit']):.3f}."


def counted(rows: pd.DataFrame) -> str:
    return "1 row" if len(rows) == 1 else f"{len(rows):,} rows"


def _any(name: str | None) -> str:
    return "any" if name is None else name


def answer_word(run: Run) -> str:
    """Return what the run's model gives: "label", "score", "tags" ..."""
    return ROLES[run.roles.playing("answer")[0]].title.lower()


def _columns(run: Run, results: PartResults) -> dict[str, Any]:
    what = answer_word(run)
    titles = {"expected": f"true {what}", "prediction": f"predicted {what}"}
    named = {name: st.column_config.Column(title, width=150) for name, title in titles.items()}
    return _COLUMNS | named | {"credit": st.column_config.NumberColumn(results.task.credit, format="%.3f")}


_COLUMNS = {
    "text": st.column_config.TextColumn(width=280),
    "probability": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="percent"),
}
