"""A shipped sample as a table of a workspace."""

from __future__ import annotations

from bertui.data.samples import Sample
from bertui.runs.tables import StoredTable
from bertui.runs.workspace import Workspace


def add_sample(workspace: Workspace, entry: Sample) -> StoredTable:
    """Return the sample's table; one that is there already, unchanged, is taken again."""
    name = f"{entry.key}.csv"
    for stored in workspace.tables():
        if stored.name == name and not stored.edits and stored.table().roles == entry.roles:
            return stored
    return workspace.add_table(entry.read(), name, roles=entry.roles)
