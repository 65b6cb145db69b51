"""Train: choose, start, watch."""

import streamlit as st

from bertui.runs.run import LIVE
from bertui.ui import shell
from bertui.ui.train_new import NEW, THIS, new_run
from bertui.ui.train_this import this_run

shell.page("Train", "Choose how the model learns, start it, and watch it learn.")

run, stored = shell.current_run(), shell.current_table()
if turned := st.session_state.pop("train_next_view", None):
    st.session_state["train_view"] = turned
elif "train_view" not in st.session_state:
    watching = run is not None and ("run" in st.query_params or run.state in LIVE)
    st.session_state["train_view"] = THIS if watching else NEW
view: str | None = NEW
if run is not None:
    view = st.segmented_control("View", [NEW, THIS], key="train_view", required=True, label_visibility="collapsed")

if view == THIS and run is not None:
    with shell.told():
        this_run(run)
elif stored is not None:
    new_run(stored)
else:
    st.info("There is no table yet. Upload one or take a sample first.", icon=":material/table:")
    if st.button("Go to Data", type="primary"):
        st.switch_page("pages/data.py")
