"""Labels of a run's rows corrected: in a table of the workspace, by edits, and a run like it on the corrected rows.

The run itself keeps its rows as they were. What has been corrected is not written down twice: it is what the corrected
table says otherwise than the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import DataError, RunError, UserError
from bertui.runs.naming import free_name
from bertui.runs.plan import table_again
from bertui.runs.run import Run
from bertui.runs.workspace import StoredTable, Workspace

_CORRECTED, _KEPT, CORRECTS = "corrected_table", "kept_labels", "corrects"


def corrected_table(workspace: Workspace, run: Run) -> StoredTable | None:
    """Return the table in which labels of a run have been corrected; None where there is none (any more)."""
    id = run.facts().get(_CORRECTED)
    return next((table for table in workspace.tables() if table.id == id), None)


def corrections(run: Run, stored: StoredTable) -> dict[int, str]:
    """Return the labels that a table has otherwise than the run, by row.

    Raises:
        UserError: The rows of one cannot be read.
    """
    table, split = run.data()
    rows, now = _used(split), _as_run(run, stored)
    there = rows[np.isin(rows, now.frame.index)]
    before, after = table.labels.loc[there], now.labels.loc[there]
    changed = (after.notna() & (before != after)).to_numpy(dtype=bool)
    return {int(row): str(label) for row, label in zip(there[changed], after[changed], strict=True)}


def relabel(workspace: Workspace, run: Run, labels: Mapping[int, str]) -> int:
    """Give rows of a run other labels, in a new version of its table; return the version's number.

    The table is the one that the run was made from where its rows are still the same; else a new one of the run's rows.
    What stands in it and has not been saved becomes a version before.

    Raises:
        DataError: A row is not there any more, or the run does not know a label.
        RunError: The run's rows or the table cannot be read or written.
    """
    from bertui.data.edits import SetCell, apply_edits

    unknown = sorted(set(labels.values()) - set(run.data()[0].classes))
    if unknown:
        raise DataError(f"The run has no label '{unknown[0]}'.", remedy="Choose one of its labels.")
    stored = corrected_table(workspace, run) or _table_for(workspace, run)
    table, column = _as_run(run, stored), str(run.roles.label)
    edits = [
        SetCell(row=row, column=column, value=label, was=str(table.labels.get(row, "")) or None)
        for row, label in labels.items() if table.labels.get(row) != label
    ]  # fmt: skip
    if edits:
        apply_edits(table, edits)  # raises what cannot be done, before anything is written
        facts = stored.facts()
        saved = facts["versions"][-1]["edits"] if facts["versions"] else []
        if facts["edits"] != saved:
            stored.save_version()
        stored.add_edits(*edits)
        run.change(**{_CORRECTED: stored.id, _KEPT: sorted(kept_labels(run) - labels.keys())})
        return stored.save_version()
    return len(stored.facts()["versions"])


def kept_labels(run: Run) -> set[int]:
    """Return the rows whose label a person has found right."""
    return set(run.facts().get(_KEPT, []))


def keep_labels(run: Run, rows: Iterable[int], *, keep: bool = True) -> None:
    """Note that the labels of rows are right, or that this is open again."""
    run.change(**{_KEPT: sorted(kept_labels(run) | set(rows) if keep else kept_labels(run) - set(rows))})


def train_on_corrected(workspace: Workspace, run: Run) -> Run:
    """Make a run with the same recipe and the same parts on the corrected table; it waits to be executed.

    Raises:
        RunError: There is no corrected table.
        DataError: The training rows have one label alone.
    """
    stored = corrected_table(workspace, run)
    if stored is None:
        raise RunError("No label of this run has been corrected.", remedy="Relabel a row first.")
    table = _as_run(run, stored)
    usable = table.frame.index[table.usable].to_numpy()
    split = Split(*(rows[np.isin(rows, usable)] for rows in run.data()[1].parts().values()))
    if table.labels.loc[split.train].nunique() < 2:
        raise DataError(
            "All training rows have the same label now.", expected="Rows of two labels at least.",
            remedy="Take a correction back on the Data page.",
        )  # fmt: skip
    fresh = workspace.create_run(
        table, split, run.recipe, name=free_name(workspace, f"{run.name[:90]} · corrected"), table_id=stored.id,
        pins=["\t".join(texts) for texts in run.pins],
    )  # fmt: skip
    fresh.change(**{CORRECTS: run.id})
    return fresh


def trained_on_corrected(workspace: Workspace, run: Run) -> list[Run]:
    """Return the runs that were made of a run on corrected labels, newest first."""
    return [one for one in workspace.runs() if one.facts().get(CORRECTS) == run.id]


def corrected_from(workspace: Workspace, run: Run) -> Run | None:
    """Return the run whose labels were corrected for this one; None where it is none of these, or that one is gone."""
    id = run.facts().get(CORRECTS)
    return None if id is None else next((one for one in workspace.runs() if one.id == id), None)


def _table_for(workspace: Workspace, run: Run) -> StoredTable:
    """Return the table that a run was made from where its rows are still the same, else a new one of its rows."""
    id = run.facts().get("table_id")
    for stored in workspace.tables():
        if stored.id == id and _has_same_rows(run, stored):
            return stored
    return table_again(workspace, run)


def _has_same_rows(run: Run, stored: StoredTable) -> bool:
    table, split = run.data()
    rows = _used(split)
    try:
        now = _as_run(run, stored)
    except UserError:  # its rows are broken, or a column is gone
        return False
    if not np.isin(rows, now.frame.index).all():
        return False
    return table.inputs(rows) == now.inputs(rows) and table.labels.loc[rows].equals(now.labels.loc[rows])


def _as_run(run: Run, stored: StoredTable) -> Table:
    """Return a table as its run reads it."""
    return replace(stored.table().with_roles(run.roles), layout=run.layout, numbers=run.numbers)


def _used(split: Split) -> np.ndarray:
    return np.sort(np.concatenate(list(split.parts().values())))
