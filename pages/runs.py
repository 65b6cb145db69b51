"""Runs: all of them, and chosen ones side by side."""

import streamlit as st

from bertui.ui import shell
from bertui.ui.broken import broken_folders
from bertui.ui.runs.chosen import actions, alone, choose, together
from bertui.ui.trash import show_trash, undo

shell.page("Runs", "All that was trained. Choose one to open it, two or more to compare them.")

runs = shell.workspace().runs()
broken_folders(shell.workspace().broken())
undo("run")
if not runs:
    st.info("Nothing has been trained yet.", icon=":material/model_training:")
    if st.button("Start a run", type="primary"):
        shell.go_to("train", view="new")
else:
    with shell.showing_errors():
        chosen = choose(runs)
        actions(chosen)
        if len(chosen) == 1:
            alone(chosen[0])
        elif chosen:
            together(chosen)
show_trash("run")
