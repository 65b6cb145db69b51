"""Train: choose, start, watch."""

import streamlit as st

from bertui.ui import shell
from bertui.ui.train.new import new_run
from bertui.ui.train.switch import NEW, THIS, choose_view
from bertui.ui.train.this import this_run

shell.page("Train", "Choose how the model learns, start it, and watch it learn.")

run = shell.current_run()
view = choose_view(run) if run is not None else NEW
if view == THIS and run is not None:
    with shell.showing_errors():
        this_run(run)
elif (stored := shell.current_table()) is not None:
    new_run(stored)
else:
    if not shell.workspace().tables():
        st.info("There is no table yet. Upload one or take a sample first.", icon=":material/table:")
    if st.button("Go to Data", type="primary"):
        shell.go_to("data")
