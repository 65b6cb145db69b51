"""What can be made of a run, on any page that shows one: how good it is, the ways on from there, a run like it."""

from __future__ import annotations

import streamlit as st

from bertui.experiment.pins import pin_lines
from bertui.runs.how_good import against_baselines, headline, is_perfect, next_step
from bertui.runs.plan import table_again, with_changes
from bertui.runs.run import LIVE, Run
from bertui.ui import shell
from bertui.ui.draft import begin


def result(run: Run) -> None:
    """Say how good the model is, and plainly so where a simpler method does as well."""
    report = run.report()
    if report is None:
        return
    where, verdict = against_baselines(run.task, report)
    words = shell.plain(f"{headline(run.task, report)} {verdict}")
    if where == "better":
        st.success(words, icon=":material/check_circle:")
        return
    tell = st.warning if where else st.info
    tell(words, icon=":material/info:")
    if where and not is_perfect(run.task, report):
        label, changes = next_step(run)
        if st.button(label, icon=":material/restart_alt:", help="The same test rows; this run stays as it is."):
            start_again(run, changes)


def result_buttons(run: Run) -> None:
    """Draw the ways from a finished run to what it has learned."""
    if st.button("See results", type="primary", icon=":material/analytics:"):
        shell.go_to("results", run=run.id)
    if st.button("Try a sentence", icon=":material/short_text:"):
        shell.go_to("sentence", run=run.id)


def duplicate(run: Run) -> None:
    """Turn to the form with the run's recipe, and its table where that still exists."""
    with shell.showing_errors():
        table_id = str(run.facts().get("table_id"))
        if not any(table.id == table_id for table in shell.workspace().tables()):
            table_id = table_again(shell.workspace(), run).id
        pins = "\n".join(pin_lines(run.pins))
        begin(table_id, run.task_kind, run.recipe, source=run.name, pins=pins)
        shell.go_to("train", table=table_id, run=run.id, view="new")


def start_again(run: Run, remedy: dict[str, object]) -> None:
    """Start a new run on this run's data with some choices changed; a live one is stopped, its best kept."""
    with shell.showing_errors():
        fresh = with_changes(shell.workspace(), run, remedy)
        if run.state in LIVE:
            run.ask("stop")
        shell.executor().submit(fresh)
        shell.go_to("train", run=fresh.id, view="run")
