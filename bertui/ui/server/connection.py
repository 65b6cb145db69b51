"""What a page says once the app has ended: Streamlit's own words ask about the internet, which has no part in it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import streamlit as st

# Streamlit draws its dialog from the browser's own copy of the code, when no server is left that could send another.
_SCRIPT = """<script>
window.bertuiEnded = %s;
if (!window.bertuiWatches) {
  const say = (dialog) => {
    const texts = document.createTreeWalker(dialog, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (text.data.trim() === "Connection error") text.data = window.bertuiEnded.title;
      if (text.data.startsWith("Streamlit server is not responding")) text.data = window.bertuiEnded.words;
    }
  };
  window.bertuiWatches = new MutationObserver(() => document.querySelectorAll('[data-testid="stDialog"]').forEach(say));
  window.bertuiWatches.observe(document.body, {childList: true});
}
</script>"""


def when_ended(port: int, workspace: Path) -> None:
    """Leave with the page what it is to say when the app has ended: that it has, and how to start it."""
    words = (
        f"The program behind this page has ended. Start it again in a terminal: {start_command(port, workspace)} "
        "— this page then goes on by itself. A run that was training can be resumed."
    )
    message = json.dumps({"title": "bertui has stopped", "words": words})
    message = message.replace("<", "\\u003c")  # no tag ends the script
    st.html(_SCRIPT % message, unsafe_allow_javascript=True)


def start_command(port: int, workspace: Path) -> str:
    """Return the command that starts the app again as it was."""
    return shlex.join(["bertui", "app", "--port", str(port), "--workspace", str(workspace)])
