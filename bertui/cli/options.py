"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bertui.data.roles import DECIMALS, ROLES

workspace = click.option("--workspace", type=click.Path(path_type=Path), help="Folder with tables and runs.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")


decimal = click.option(
    "--decimal", type=click.Choice(list(DECIMALS)), callback=lambda context, option, word: DECIMALS.get(word),
    help="What stands before the decimals of a score; the cells decide when left out.",
)  # fmt: skip


def columns(*parts: str) -> Callable[[Any], Any]:
    """Add an option for each role of some parts; its columns arrive under the role's name."""

    def add(command: Any) -> Any:
        for role in reversed([role for role in ROLES.values() if role.part in parts and role.options]):
            several = role.several != "no"
            help = f"Column of the {role.title.lower()}{'; give it several times for several' if several else ''}."
            command = click.option(*role.options, role.name, multiple=several, help=help)(command)
        return command

    return add


def texts(command: Any) -> Any:
    """Add an option for each thing that a task reads; it takes the text itself."""
    for role in reversed([role for role in ROLES.values() if role.part == "input"]):
        several = role.several == "apart"
        help = f"The {role.title.lower()}{'; give it once for each' if several else ''}."
        command = click.option(*role.options, role.name, multiple=several, help=help)(command)
    return command


def examples(*commands: str) -> str:
    """Return the examples at the foot of a help text, each on a line of its own."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)
