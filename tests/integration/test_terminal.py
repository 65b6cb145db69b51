"""What a person sees on a terminal: widths, colours, and words of the table that try to steer it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.cells import cell_len

_STEERS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_OWN = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[lh]|2K|1A|\d*[A-G])")  # colour, cursor and line, as progress bars need
HOSTILE = ("[bold]Ka\u200bt\x1b[2J[/bold]", "日本語の分類" * 5)
"""Classes of a table: mark-up and a command that empties the screen; wide letters."""


def on_terminal(*words: str, workspace: Path, width: int = 80, **variables: str) -> tuple[int, str]:
    """Run a command whose stdout and stderr are a terminal of that width; return its code and all that it wrote."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment |= {"TERM": "xterm-256color", "BERTUI_WORKSPACE": str(workspace), "HF_HUB_OFFLINE": "1", **variables}
    child = subprocess.Popen(
        [sys.executable, "-c", "from bertui.cli import main; main()", *words],
        stdin=side, stdout=side, stderr=side, env=environment,
    )  # fmt: skip
    os.close(side)
    written = b""
    while True:
        try:
            if not (more := os.read(main, 65536)):
                break
        except OSError:  # Linux says so that the other end is closed
            break
        written += more
    os.close(main)
    return child.wait(), written.decode()


def lines(written: str) -> list[str]:
    """Return what stands in the lines at the end: what a progress bar drew over is gone."""
    plain = _STEERS.sub("", written.replace("\r\n", "\n"))
    return [line.rsplit("\r", 1)[-1].rstrip() for line in plain.split("\n")]


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Path:
    """A workspace with one run whose classes and columns are hostile, trained before a terminal of 40 columns."""
    folder = tmp_path_factory.mktemp("terminal")
    rows = [f'"the film was {"good" if n % 2 else "bad"} {n}","{HOSTILE[n % 2]}"' for n in range(90)]
    (folder / "t.csv").write_text("\n".join(["[red]text[/red],label", *rows]), "utf-8")
    settings = [f"model.name={tiny}", "training.epochs=3", "optimizer.learning_rate=3e-3", "encoding.max_length=24"]
    code, written = on_terminal(
        "train", str(folder / "t.csv"), "--label", "label", "--name", "[blink]a long name of a run[/blink]",
        *(word for setting in settings for word in ("--set", setting)), workspace=folder / "w", width=40,
    )  # fmt: skip
    assert code == 0, written
    (folder / "training.txt").write_text(written, "utf-8")
    return folder


def commands(space: Path) -> dict[str, list[str]]:
    name = "[blink]a long name of a run[/blink]"
    return {
        "runs": ["runs"],
        "evaluate": ["evaluate", name, str(space / "t.csv")],
        "explain": ["explain", name, "--text", "the [red]film[/red] was good\x1b[2J and more, " * 3],
    }


def check(written: str, width: int) -> None:
    """Check that nothing is wider than the terminal, and that nothing but bertui steers it."""
    assert "\x1b" not in _OWN.sub("", written)
    too_wide = [line for line in lines(written) if cell_len(line) > width]
    assert not too_wide, too_wide[:3]


def test_training_fits_a_narrow_terminal(space: Path) -> None:
    written = (space / "training.txt").read_bytes().decode()
    check(written, 40)
    words = " ".join(" ".join(lines(written)).split())
    assert "Accuracy" in words and "Majority" in words and "\x1b[1" in written
    assert "[bold]" in written, "a class is no mark-up"


@pytest.mark.parametrize("command", ["runs", "evaluate", "explain"])
def test_every_command_fits_a_narrow_terminal(space: Path, command: str) -> None:
    code, written = on_terminal(*commands(space)[command], workspace=space / "w", width=40)
    assert code == 0, written
    check(written, 40)
    assert re.search(r"\x1b\[[0-9;]*m", written)


def test_no_colour_where_a_person_wants_none(space: Path) -> None:
    plain = on_terminal(*commands(space)["explain"], workspace=space / "w", NO_COLOR="1")[1]
    assert "\x1b" not in plain and len(lines(plain)) >= 5


def test_a_pipe_gets_neither_colour_nor_a_bar(space: Path) -> None:
    environment = os.environ | {"BERTUI_WORKSPACE": str(space / "w"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", "from bertui.cli import main; main()", *commands(space)["evaluate"]]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)
    assert done.returncode == 0 and "\x1b" not in done.stdout + done.stderr and "\r" not in done.stderr


@pytest.mark.parametrize("command", ["", "train", "evaluate", "predict", "explain", "export", "resume", "runs", "app"])
def test_help_fits_a_terminal_of_80_columns(command: str) -> None:
    from click.testing import CliRunner

    from bertui.cli.entry import cli

    done = CliRunner().invoke(cli, [*([command] if command else []), "--help"], terminal_width=80)
    assert done.exit_code == 0 and max(map(len, done.output.splitlines())) <= 80
