"""What Streamlit leaves unsaid to those who do not see the page or have no mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from bertui.ui.messages import shown

# A sparkline is a vega chart whose parts a screen reader would spell out one by one: hidden, the words beside it speak.
# Code that scrolls takes the keyboard. Both are drawn anew whenever Streamlit likes, so the browser watches for them.
_SCRIPT = """<script>
{
  const mend = () => {
    for (const chart of document.querySelectorAll('[data-testid="stMetricChart"]:not([aria-hidden])'))
      chart.setAttribute("aria-hidden", "true");
    for (const code of document.querySelectorAll('[data-testid="stCode"] pre:not([tabindex])')) code.tabIndex = 0;
  };
  if (!window.bertuiMends) new MutationObserver(mend).observe(document.body, {childList: true, subtree: true});
  window.bertuiMends = true;
  mend();
}
</script>"""

# Syntax colours of Streamlit have 2.7 to 1 on its grey; a keyboard's place in the side bar shows by a shade alone.
STYLE = """
[data-testid="stPageLink-NavLink"]:focus-visible {outline: 2px solid light-dark(#0B6E69, #3BAA9F); outline-offset: 1px}
[data-testid="stCode"] .token {color: inherit !important}
[data-testid="stElementContainer"]:has(.bertui-spoken) {position: absolute; width: 1px; height: 1px; overflow: hidden}
"""


def watch() -> None:
    """Let the browser mend what is drawn from now on."""
    st.html(_SCRIPT, unsafe_allow_javascript=True)


def metric_with_line(
    title: str, value: str, line: Sequence[float] | None, written: Callable[[float], str], **more: Any
) -> None:
    """Draw a card with a number and its sparkline, which is also described in words that only screen readers meet.

    Args:
        line: The values of the sparkline; None where there is none yet.
        written: How a value is written.
        more: Goes to st.metric.
    """
    st.metric(title, value, border=True, chart_data=line, **more)
    st.html(f'<span class="bertui-spoken">{shown(line_words(title, line, written))}</span>')


def line_words(title: str, line: Sequence[float] | None, written: Callable[[float], str]) -> str:
    """Describe a sparkline."""
    if not line:
        return f"{title}: no line yet."
    first, last, low, high = map(written, (line[0], line[-1], min(line), max(line)))
    return f"{title} as a line: from {first} to {last}, lowest {low}, highest {high}."
