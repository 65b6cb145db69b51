"""The shapes of file that each task takes, with an example of each to download."""

from __future__ import annotations

import streamlit as st

from bertui.data.roles import ROLES
from bertui.data.templates import TEMPLATES
from bertui.tasks.registry import TASKS
from bertui.ui.shell import plain


def shapes() -> None:
    """Let the person choose a task; show what it needs and offer files to begin with."""
    kind = st.selectbox("Task", list(TASKS), format_func=lambda kind: TASKS[kind].title, key="data-shape-task")
    cls = TASKS[kind]
    st.caption(plain(cls.help))
    needed = [ROLES[role].title.lower() for role in cls.needs]
    optional = [ROLES[role].title.lower() for role in cls.may]
    also = f" It may also have: {', '.join(optional)}." if optional else ""
    st.text(f"A row needs: {', '.join(needed)}.{also} The columns may have any names.")
    for template in TEMPLATES.get(kind, ()):
        words, button = st.columns([4, 1], vertical_alignment="center")
        words.text(template.words)
        button.download_button(
            "Template", template.content, template.file_name, key=f"data-template-{template.file_name}",
            on_click="ignore", icon=":material/download:", width="stretch",
        )  # fmt: skip
