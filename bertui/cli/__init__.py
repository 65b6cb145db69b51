"""The command line: the same verbs, the same folders."""

from bertui.cli.entry import cli, main

__all__ = ["cli", "main"]
