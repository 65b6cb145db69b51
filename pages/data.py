"""Data: get a table, say what its columns are, mend it, split it."""

import streamlit as st

from bertui.ui import shell
from bertui.ui.broken import broken_folders
from bertui.ui.data import columns, editor, file, report, split, tokens
from bertui.ui.data.access import loaded, message_left
from bertui.ui.data.steps import broken, foot, step
from bertui.ui.draft import draft_of
from bertui.ui.trash import show_trash, undo

shell.page("Data", "Bring a table of texts and labels, check it, mend it, and divide it into parts.")
if message := message_left():
    st.error(shell.plain(message), icon=":material/error:")
broken_folders(shell.workspace().broken_tables())
undo("table")

stored = shell.current_table()
if stored is None:
    if not shell.workspace().tables():
        st.info("There is no table yet. Upload one, or start with a sample.")
    file.get_table()
    show_trash("table")
    st.stop()

with st.expander("Bring another table", icon=":material/add:", key="data-another"):
    file.get_table()

table = None
with broken(stored):
    table = loaded(stored)
if table is None:
    st.stop()

step("1. File", True)
file.about(stored, table)

heading = st.empty()
ready = columns.choose_columns(stored, table)
step("2. Columns and classes", ready, heading)
if ready:
    columns.classes(stored, table)

heading = st.empty()
recipe = tokens.choose_model(stored, draft_of(stored).now)
trouble = report.findings(stored, table, recipe.model)
step("3. Report", True, heading, trouble=trouble)
with st.expander("Mend texts and labels by hand", icon=":material/edit:", key="data-mend"):
    editor.editor(stored, table)
with st.expander(f"Edits ({len(stored.edits)})", icon=":material/history:", key="data-edits"):
    editor.edits(stored)

st.header("How long the texts are")
with shell.showing_errors():
    recipe = tokens.lengths(stored, table, recipe)

heading = st.empty()
divided = ready and split.split(stored, table)
step("4. Split", divided, heading)

show_trash("table")
foot(stored, ready and trouble != "error" and divided, recipe)
