"""Start: three ways in, the recent runs, one line on the machine."""

import streamlit as st

from bertui.ui import shell, start_cards, start_runs

shell.page("bertui", "Fine-tune BERT on your own table of texts, watch it learn, and see why it decides so.")
start_cards.cards()
start_runs.recent_runs()
st.divider()
start_runs.machine_line()
