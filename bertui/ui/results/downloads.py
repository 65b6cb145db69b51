"""Answers leaving the app: tables in the formats people open, named by run and table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from bertui.data.writing import check_fits, write_table
from bertui.errors import DataError

_FORMATS = (
    (".csv", "CSV", "text/csv", "For spreadsheets. Texts that one would run as a formula get an apostrophe in front."),
    (".xlsx", "Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
     "A workbook for Excel; texts stay texts."),
    (".jsonl", "JSON lines", "application/jsonl", "For programs. Every text is exactly as it was."),
)  # fmt: skip


def exports(frame: Callable[[], pd.DataFrame], name: str, key: str, files: Mapping[str, bytes] | None = None) -> None:
    """Offer a table in each format, and in the task's own shapes; a table is written when it is asked for.

    Args:
        frame: Makes the table.
        name: The files' name without ending.
        files: The task's own file shapes: suffix -> content.
    """
    with st.container(horizontal=True):
        for ending, title, kind, words in _FORMATS:
            st.download_button(
                f"Download {title}", _written(frame, ending), f"{name}{ending}", kind, help=words,
                key=f"results_{ending[1:]}_{key}", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
        for suffix, content in (files or {}).items():
            st.download_button(
                f"Download {suffix}", content, f"{name}{suffix}", key=f"results_{suffix}_{key}", on_click="ignore",
                icon=":material/download:", help="The shape that other programs for this task read.",
            )  # fmt: skip


def _written(frame: Callable[[], pd.DataFrame], ending: str) -> Callable[[], bytes]:
    def content() -> bytes:
        table = frame()
        try:
            check_fits(table, ending)
        except DataError as error:
            return str(error).encode()  # the browser is already waiting for a file
        return write_table(table, ending)

    return content
