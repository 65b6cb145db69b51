"""The group of commands, and what every one of them has: how it ends, and how an error is shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from bertui import __version__
from bertui.cli.answer import evaluate, explain, predict
from bertui.cli.keep import export, runs
from bertui.cli.serve import app
from bertui.cli.train import resume, train
from bertui.errors import UserError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Fine-tune BERT on your own table of texts, and see why it decides as it does."""


for command in (app, train, resume, predict, evaluate, explain, runs, export):
    cli.add_command(command)


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line: exit 0 done, 2 for what a person can mend, 130 interrupted, 1 for a bug.

    Args:
        words: What was typed after "bertui"; taken from the process when left out.
    """
    _quiet_libraries()
    try:
        sys.exit(cli.main(words, prog_name="bertui", standalone_mode=False) or 0)
    except UserError as error:
        click.echo(f"bertui: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("bertui: interrupted; a run that was training goes on with: bertui resume RUN", err=True)
        sys.exit(130)


def _quiet_libraries() -> None:
    """Keep the libraries' own progress bars off; ours is enough."""
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
