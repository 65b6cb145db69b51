"""What a person names by a path: a table, a recipe, a workspace, an export, a file for answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from bertui.data.file_layout import UNKNOWN, Layout
from bertui.data.reading.formats.limits import MAX_FILE, mib
from bertui.data.reading.reading import Reading, ReadingOptions, read_alike
from bertui.errors import DataError, RecipeError, RunError
from bertui.runs.answer_columns import unprotected
from bertui.runs.workspace import Workspace, default_root, no_workspace

MAX_RECIPE = 1 << 20  # bytes
Tell = Callable[[str], None]
"""Called with one sentence for the person."""


def read_file(
    path: Path, tell: Tell | None = None, *, layout: Layout = UNKNOWN, columns: Iterable[str] = (),
    reading: ReadingOptions | None = None,
) -> tuple[pd.DataFrame, Reading]:  # fmt: skip
    """Read a table from disk.

    Args:
        tell: Called with each sentence on what was mended.
        layout: Of a file of the same shape, with the ``columns`` that are needed; see ``read_alike``.
        reading: What a person says of how the file is to be read.
    """
    try:
        path = path.expanduser()
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_FILE else b""
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(
            f"'{path}' cannot be read ({getattr(error, 'strerror', None) or error}).",
            expected="A table file: CSV, TSV, JSON lines, Parquet or Excel.",
            remedy="Check the path and its permissions.",
        ) from error
    if size > MAX_FILE:
        raise DataError(
            f"'{path}' has {size / 2**30:.1f} GiB.", expected=f"At most {mib(MAX_FILE)} is read.",
            remedy="Keep only the columns you need, or take a sample of the rows.",
        )  # fmt: skip
    frame, how_read = read_alike(data, path.name, layout, columns, **(reading or {}))
    if tell is not None:
        for note in how_read.notes:
            tell(f"{path.name}: {note}")
    return unprotected(frame), how_read


def read_recipe_file(path: Path) -> str:
    """Return the text of a recipe saved as JSON."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_RECIPE + 1)
        if len(data) > MAX_RECIPE:
            raise RecipeError(
                f"'{path}' is larger than {mib(MAX_RECIPE)}.", expected="A recipe has a few kilobytes.",
                remedy="Check that it is the file that the Train page saved.",
            )  # fmt: skip
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)
        raise RecipeError(
            f"The recipe '{path}' cannot be read ({why}).",
            expected="A JSON file as the Train page saves it.",
            remedy="Check the path and the file.",
        ) from error


def open_workspace(folder: str | Path | None = None) -> Workspace:
    """Return the workspace in a folder, or in the default one, and clear up what killed processes left in it.

    It need not exist yet.

    Raises:
        RunError: The path cannot be a folder, or leads through a file.
    """
    try:
        root = Path(folder).expanduser().resolve() if folder else default_root()
        there = next(path for path in (root, *root.parents) if path.exists())
    except (OSError, ValueError, RuntimeError) as error:
        raise no_workspace(str(folder), getattr(error, "strerror", None) or str(error)) from error
    if not there.is_dir():
        raise no_workspace(str(root), f"'{there}' is a file")
    space = Workspace(root)
    space.recover()
    return space


def is_export(run: str | Path) -> bool:
    """Whether a run is named by the path of an exported folder."""
    try:
        return (Path(run) / "bertui.json").is_file()
    except (OSError, ValueError):  # no path at all: too long, or with a NUL in it
        return False


def check_output(out: Path) -> None:
    """Refuse at once what cannot be written at the end, after minutes of predicting."""
    if out.is_dir():
        raise no_output(out, "it is a folder")
    if not out.absolute().parent.is_dir():
        raise no_output(out, f"there is no folder '{out.parent}'")


def no_output(out: Path, why: str) -> RunError:
    """Say why answers cannot be written where they were asked for."""
    return RunError(
        f"'{out}' cannot be written: {why}.",
        expected="A file in a folder that exists, with room on its disk.",
        remedy="Name another file with --out.",
    )
