"""Start: three ways in, the recent runs, one line on the machine."""

import streamlit as st

from bertui.ui import shell
from bertui.ui.start import recent, ways

shell.page("bertui", "Fine-tune BERT on your own table of texts, watch it learn, and see why it decides so.")
ways.cards()
recent.recent_runs()
st.divider()
recent.machine_line()
