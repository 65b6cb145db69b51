"""An explained text leaving the app: as a page, as a picture, its numbers as a table."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.explanation.attribution import Attribution
from bertui.explanation.picture import cannot_draw, png
from bertui.explanation.report import Report
from bertui.runs.run import Run
from bertui.tasks.results import Focus
from bertui.ui import shell
from bertui.ui.answer.heatmap import other_of
from bertui.ui.answer.loaded import titles_of
from bertui.ui.answer.trust import trust_known
from bertui.ui.names import file_name


def offer_map(run: Run, answer: Any, focus: Focus, words: Attribution, method: str, key: str) -> None:
    """Offer the map with its bars as HTML and PNG and its numbers as CSV; each is made when it is asked for."""
    place = st.expander("Download this map", icon=":material/download:", key=f"take_{key}", on_change="rerun")
    if not place.open:
        return

    def report() -> Report:  # the trust line may be worked out only after this
        titles, known = titles_of(run, focus), trust_known(run, answer.inputs, focus, words, method)
        titles = titles if len(titles) == len(words.breaks) + 1 else ()
        label, other = focus.names[words.target], other_of(focus.names, words.target)
        return Report(words, label, run.name, answer.summary(), other, titles, known)

    name, trouble = file_name(run, "words"), cannot_draw(report())
    with place, st.container(horizontal=True):
        for title, ending, content, why in (
            ("page (HTML)", "html", lambda: report().html(), ""),
            ("picture (PNG)", "png", lambda: png(report()), trouble),
            ("numbers (CSV)", "csv", lambda: report().csv(), ""),
        ):
            st.download_button(
                f"Download {title}", content, f"{name}.{ending}", key=f"take_{ending}_{key}", disabled=bool(why),
                on_click="ignore", icon=":material/download:",
            )  # fmt: skip
    if trouble:
        place.caption(shell.plain(f"{trouble} Take the page (HTML) instead: a browser draws it."))
