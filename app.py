"""The frame of the app: page settings and navigation. Started by ``bertui app`` or ``streamlit run app.py``."""

from bertui.ui import shell

shell.frame()
