"""Is the label one of several columns that say yes or no? Then the others may be labels too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bertui.data.checking.findings import KEEP, Finding
from bertui.data.phrases import listed

if TYPE_CHECKING:
    from bertui.data.table import Table

_SAMPLE = 1_000  # rows whose cells tell


def other_indicators(table: Table) -> list[Finding]:
    """Warn where neighbours of the label column say yes and no too, as in a survey with a column for each topic."""
    from bertui.data.cells.indicators import indicator_columns

    label = table.roles.label
    free = [name for name in table.frame.columns if name == label or name not in table.roles.named().values()]
    columns = indicator_columns(table.frame[free].head(_SAMPLE)) if label else []
    if label not in columns:
        return []
    others = [name for name in columns if name != label]
    flags = " ".join(f"--labels {name}" for name in columns[:8])
    title = (
        f"Only '{label}' is learned, though {listed(others)} {'says' if len(others) == 1 else 'say'} yes and no too."
    )
    detail = (
        f"To learn all of them at once choose the task 'Several labels' with these {len(columns)} columns (on the "
        f"command line: {flags}). To learn '{label}' alone keep it as it is."
    )
    return [Finding("other yes or no columns", "warning", title, detail, fixes=(KEEP,))]
