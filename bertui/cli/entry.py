"""The group of commands, and what every one of them has: how it ends, and how an error is shown."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from bertui import __version__
from bertui.cli.answer import evaluate, predict
from bertui.cli.explain import explain
from bertui.cli.keep import export, runs
from bertui.cli.layers import layers
from bertui.cli.options import examples
from bertui.cli.printing import remark, show_error
from bertui.cli.serve import app
from bertui.cli.suspicious import suspicious
from bertui.cli.train import resume, stop, train
from bertui.errors import UserError


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=examples(
    "bertui app                                   everything in the browser",
    "bertui train reviews.csv --name reviews      fine-tune on a table of texts",
    "bertui predict reviews new.csv --out a.csv   answer for new texts",
    'bertui explain reviews --text "Well made."   which words count',
))  # fmt: skip
@click.version_option(__version__)
def cli() -> None:
    """Fine-tune BERT on your own table of texts, and see why it decides as it does.

    Each command says more with --help. What a command finds is on stdout, progress and remarks are on stderr. Where
    output is no terminal, or NO_COLOR is set, it is plain text.
    """


for command in (app, train, resume, stop, predict, evaluate, explain, layers, suspicious, runs, export):
    cli.add_command(command)


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line: exit 0 done, 2 for what a person can mend, 130 interrupted, 1 for a bug.

    Args:
        words: What was typed after "bertui"; taken from the process when left out.
    """
    _quiet_libraries()
    _write_anything()
    try:
        sys.exit(cli.main(words, prog_name="bertui", standalone_mode=False) or 0)
    except UserError as error:
        show_error(error)
        sys.exit(2)
    except click.ClickException as error:
        _show_usage_error(error)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        remark("bertui: interrupted; a run that was training goes on with: bertui resume RUN")
        sys.exit(130)


def _show_usage_error(error: click.ClickException) -> None:
    """Say what was typed wrong, and how the command is used."""
    remark(f"bertui: {error.format_message()}")
    context = getattr(error, "ctx", None)
    if context is not None:
        remark(f"{context.get_usage()}  ({context.command_path} --help says more)")


def _write_anything() -> None:
    """Let a stream that cannot write a character write its code instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _quiet_libraries() -> None:
    """Keep the libraries' own progress bars off; ours is enough."""
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
