"""The Results page's lower half: the confusion matrix that opens its rows, the predictions, one row whole."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from bertui.evaluation.tables import chosen_rows, to_csv, to_json_lines
from bertui.plots.results import confusion_figure
from bertui.runs.results import PartResults
from bertui.runs.run import Run
from bertui.ui import shell
from bertui.ui.charts import draw
from bertui.ui.sentence_heatmap import note_cut, show_heatmap, show_neighbours
from bertui.ui.sentence_model import explained, predicted
from bertui.ui.sentence_view import try_in_sentence

_MOST_SHOWN = 5_000
_PREVIEW = 300  # letters of a text in the table; the chosen row shows all of it
_SHOWN = ["text", "label", "prediction", "probability", "row"]


def show_confusion(run: Run, found: PartResults) -> None:
    """Show which labels are taken for which; a clicked cell opens its rows."""
    st.subheader("What is taken for what", anchor=False)
    st.caption("Each line is a label, each column a prediction. Click a cell to read its rows.")
    chart = confusion_figure(found.scores, found.classes)
    key = f"results_confusion_{run.id}_{found.part}"
    event: Any = draw(chart, key, on_select="rerun", selection_mode="points")
    cell = _cell(event)
    if cell is None:
        return
    label, prediction = (found.classes[number] for number in cell)
    rows = chosen_rows(found.predictions, label=label, prediction=prediction)
    st.markdown(shell.plain(f"{_counted(rows)} labelled “{label}”, predicted “{prediction}”:"))
    if len(rows):
        show_rows(run, found, rows, key=f"cell_{cell[0]}_{cell[1]}")


def show_predictions(run: Run, found: PartResults) -> None:
    """Show the predictions with filters and exports; a chosen row opens below."""
    st.subheader("Every prediction", anchor=False)
    rows = _filtered(run, found)
    st.caption(
        f"{_counted(rows)} of {len(found.predictions):,}. Click a column's name to sort, a line to open it."
        + (f" The first {_MOST_SHOWN:,} are shown; the files hold all." if len(rows) > _MOST_SHOWN else "")
    )
    if len(rows):
        # Another choice of rows is another table: a line chosen in the first must not open one of the second.
        show_rows(run, found, rows, key=f"all_{crc32(rows['row'].to_numpy().tobytes())}")
    exports(rows.drop(columns=["right", "characters"]), f"{run.id}-{found.part}", key="rows")


def show_rows(run: Run, found: PartResults, rows: pd.DataFrame, key: str) -> None:
    """List rows; open the chosen one below."""
    view = rows.head(_MOST_SHOWN)[_SHOWN].copy()
    view["text"] = view["text"].str.slice(0, _PREVIEW)
    event: Any = st.dataframe(
        view, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row",
        key=f"results_rows_{run.id}_{found.part}_{key}", column_config=_COLUMNS,
        height=min(420, 38 + 35 * len(view)),
    )  # fmt: skip
    chosen = [at for at in event.selection.rows if at < len(view)]
    if chosen:
        with shell.told():
            _open_row(run, found, rows.iloc[chosen[0]], key)


def exports(frame: pd.DataFrame, name: str, key: str) -> None:
    """Offer a table as CSV and as JSON lines; the files are made when asked for."""
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV", lambda: to_csv(frame), f"{name}.csv", "text/csv", key=f"results_csv_{key}",
            on_click="ignore", icon=":material/download:",
            help="For spreadsheets. Texts that one would run as a formula get an apostrophe in front.",
        )  # fmt: skip
        st.download_button(
            "Download JSON lines", lambda: to_json_lines(frame), f"{name}.jsonl", "application/jsonl",
            key=f"results_json_{key}", on_click="ignore", icon=":material/download:",
            help="For programs. Every text is exactly as it was.",
        )  # fmt: skip


def _filtered(run: Run, found: PartResults) -> pd.DataFrame:
    """Show the filters and return the rows that pass them."""
    key = f"{run.id}_{found.part}"
    frame = found.predictions
    which, sure, label, prediction = st.columns([1, 1.4, 1, 1], vertical_alignment="bottom")
    only = which.segmented_control("Show", ("All", "Wrong"), default="All", required=True, key=f"results_wrong_{key}")
    below = sure.slider("At most this sure (%)", 0, 100, 100, key=f"results_below_{key}")
    names = [None, *found.classes]
    labelled = label.selectbox("Label", names, format_func=_any, key=f"results_label_{key}")
    guessed = prediction.selectbox("Prediction", names, format_func=_any, key=f"results_prediction_{key}")
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


def _open_row(run: Run, found: PartResults, row: pd.Series, key: str) -> None:
    """Show one row whole, with its words shaded for the prediction."""
    with st.container(border=True):
        right = "right" if row["right"] else "wrong"
        words = f"Row {row['row']}: labelled “{row['label']}”, predicted “{row['prediction']}” "
        words += f"({100 * row['probability']:.1f} %), {right}."
        st.markdown(f"**{shell.plain(words)}**")
        answer = predicted(run, row["text"])
        note_cut(answer)
        labels = list(dict.fromkeys((row["prediction"], row["label"])))
        target = labels[0]
        if len(labels) > 1:
            target = st.selectbox(
                "Show words for or against", labels, key=f"results_target_{found.part}_{row['row']}_{key}"
            )
        scored = explained(run, row["text"], found.classes.index(target))
        show_heatmap(scored, found.classes)
        show_neighbours(run, row["text"], f"{found.part}_{row['row']}_{key}")
        if st.button("Try in Sentence", key=f"results_try_{key}", icon=":material/short_text:"):
            try_in_sentence(run, row["text"])


def _cell(event: Any) -> tuple[int, int] | None:
    """Return the class numbers (true, predicted) of the clicked cell."""
    points = event.selection.points if event else []
    if not points or "customdata" not in points[0]:
        return None
    true, predicted_as = points[0]["customdata"]
    return int(true), int(predicted_as)


def _counted(rows: pd.DataFrame) -> str:
    return "1 row" if len(rows) == 1 else f"{len(rows):,} rows"


def _any(name: str | None) -> str:
    return "any" if name is None else name


_COLUMNS = {
    "text": st.column_config.TextColumn(width=320),
    "probability": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="percent"),
}
