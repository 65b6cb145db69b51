"""What stands on stdout and stderr. Rich draws it; a word of a person is never taken for mark-up or for a command.

Where nobody looks on (a pipe, a file) and where NO_COLOR is set there is plain text without escape codes: messages
are whole lines, tables are 80 columns wide.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from bertui.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

PIPED_WIDTH = 80
_HEADING = 12  # columns after which a heading goes on in the next line
_NAME = 14  # columns that names keep where room is short

_CONTROLS = [*range(0x80, 0xA0), 0x200E, 0x200F, 0x061C, *range(0x2028, 0x202F), *range(0x2066, 0x206A)]
_HALVES = range(0xD800, 0xE000)
# Control characters as their pictures; what steers a terminal or turns the direction of the text as a replacement.
_VISIBLE = {code: 0x2400 + code for code in range(32)} | dict.fromkeys([*_CONTROLS, *_HALVES], 0xFFFD) | {0x7F: 0x2421}
# JSON may hold these as they are, but a terminal obeys them, and halves of pairs cannot be written.
_ESCAPED = {code: f"\\u{code:04x}" for code in [0x7F, *_CONTROLS, *_HALVES]}


def safe(text: object) -> str:
    """Return words of a person on one line, with control characters made visible."""
    return str(text).translate(_VISIBLE)


@cache
def console(*, err: bool = False) -> Console:
    """Return the console of stdout or stderr; it never reads mark-up in what it prints."""
    from rich.console import Console

    terminal = (sys.stderr if err else sys.stdout).isatty()
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        stderr=err, markup=False, emoji=False, highlight=False, force_terminal=False if plain else None,
        color_system=None if plain else "auto",
        width=None if terminal or os.environ.get("COLUMNS", "").isdigit() else PIPED_WIDTH,
    )  # fmt: skip


def show_json(result: dict[str, Any]) -> None:
    """Print a result as one JSON object on stdout."""
    unicode = "utf" in (sys.stdout.encoding or "").lower()
    click.echo(json.dumps(result, ensure_ascii=not unicode).translate(_ESCAPED))


def show(*what: RenderableType, err: bool = False) -> None:
    """Print lines and tables, a line as a whole where no terminal would break it."""
    out = console(err=err)
    for one in what:
        out.print(one, soft_wrap=isinstance(one, str) and not out.is_terminal)


def remark(words: str) -> None:
    """Print a sentence for the person on stderr, as one line."""
    show(safe(words), err=True)


def warn(words: str) -> None:
    """Print on stderr what makes a result worse, or better than it is."""
    _labelled(("warning: ", "bold yellow"), words)


def show_error(error: UserError) -> None:
    """Print on stderr what was found, what was expected, and what to do."""
    _labelled(("bertui: ", "bold red"), error.found)
    for label, words in (("expected: ", error.expected), ("to do: ", error.remedy)):
        if words:
            _labelled((f"{label:>12}", "bold"), words)


def table(
    headings: Sequence[str], rows: Sequence[Sequence[str | Text]], *, right: Sequence[int] = (),
    least: Sequence[int] = (),
) -> Table:  # fmt: skip
    """Return a table that fits the width of stdout.

    Args:
        right: Numbers of the columns that hold numbers.
        least: Numbers of the columns that are left out, one after the other, where there is no room.
    """
    from rich import box
    from rich.table import Table

    wrapped = ["\n".join(textwrap.wrap(heading, _HEADING)) for heading in headings]
    kept = _fitting([[heading, *cells] for heading, *cells in zip(wrapped, *rows, strict=True)], least)
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for at in kept:
        # The first column names what the others say: it gives way by being broken, they stay whole.
        made.add_column(
            wrapped[at], justify="right" if at in right else "left", vertical="bottom", overflow="ellipsis",
            no_wrap=at > 0,
        )  # fmt: skip
    for row in rows:
        made.add_row(*(row[at] for at in kept))
    return made


def _fitting(columns: Sequence[Sequence[str | Text]], least: Sequence[int]) -> list[int]:
    """Return the numbers of the columns that there is room for."""
    from rich.cells import cell_len

    widths = [max(cell_len(line) for cell in column for line in str(cell).split("\n")) for column in columns]
    widths[0] = min(widths[0], _NAME)
    kept, out = list(range(len(columns))), console()
    for at in least:
        if sum(widths[at] + 2 for at in kept) - 2 > out.width:
            kept.remove(at)
    return kept


def grid(*rows: tuple[str, str]) -> Table:
    """Return names and what belongs to them, side by side."""
    from rich.table import Table

    made = Table.grid(padding=(0, 2))
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, words in rows:
        made.add_row(name, safe(words))
    return made


def _labelled(label: tuple[str, str], words: str) -> None:
    """Print a label and a sentence: on a terminal the sentence is broken beside it, else both are one line."""
    from rich.table import Table
    from rich.text import Text

    out = console(err=True)
    if not out.is_terminal:
        show(f"{label[0]}{safe(words)}", err=True)
        return
    made = Table.grid()
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    made.add_row(Text(*label), safe(words))
    out.print(made)
