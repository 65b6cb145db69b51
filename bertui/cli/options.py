"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bertui.data.cells.number_cells import DECIMALS
from bertui.data.roles import ROLES

workspace = click.option("--workspace", type=click.Path(path_type=Path), help="Folder with tables and runs.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")


decimal = click.option(
    "--decimal", type=click.Choice(list(DECIMALS)), callback=lambda context, option, word: DECIMALS.get(word),
    help="What stands before the decimals of a score; the cells decide when left out.",
)  # fmt: skip


_READING = {  # as in bertui.data.reading.reading.ReadingOptions, which is slow to load
    "as_it_stands": click.option("--as-it-stands", is_flag=True, default=None,
                                 help="Make no other rows of those that hold structure, such as one token a row."),
    "sheet": click.option("--sheet", help="Sheet of a workbook."),
    "delimiter": click.option("--delimiter", help="Character between cells, such as ';' or tab."),
    "encoding": click.option("--encoding", help="Encoding of a text file, such as cp1252."),
    "skip_rows": click.option("--skip-rows", type=click.IntRange(0), metavar="N",
                              help="Rows above the header to leave out."),
    "header_rows": click.option(
        "--header-rows", type=click.IntRange(0, 20), metavar="N",
        help="Rows that name the columns; 0: they are named by place. The cells decide when left out.",
    ),
}  # fmt: skip


def reading(command: Any) -> Any:
    """Add the options on how a file is to be read; they arrive together as ``reading``."""

    @functools.wraps(command)
    def gathered(**given: Any) -> Any:
        chosen = {name: value for name in _READING if (value := given.pop(name)) is not None}
        return command(reading=chosen, **given)

    for option in _READING.values():
        gathered = option(gathered)
    return gathered


def columns(*uses: str) -> Callable[[Any], Any]:
    """Add an option for each role of some uses; its columns arrive under the role's name."""

    def add(command: Any) -> Any:
        for role in reversed([role for role in ROLES.values() if role.use in uses and role.options]):
            several = role.several != "no"
            help = f"Column of the {role.title.lower()}{'; give it several times for several' if several else ''}."
            command = click.option(*role.options, role.name, multiple=several, help=help)(command)
        return command

    return add


def texts(command: Any) -> Any:
    """Add an option for each thing that a task reads; it takes the text itself."""
    for role in reversed([role for role in ROLES.values() if role.use == "input"]):
        several = role.several == "apart"
        help = f"The {role.title.lower()}{'; give it once for each' if several else ''}."
        command = click.option(*role.options, role.name, multiple=several, help=help)(command)
    return command


def examples(*commands: str) -> str:
    """Return the examples at the foot of a help text, each on a line of its own."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)
