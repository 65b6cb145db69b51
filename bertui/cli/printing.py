"""What stands on stdout and stderr."""

from __future__ import annotations

import json
from typing import Any

import click


def show(found: dict[str, Any], as_json: bool) -> None:
    """Print a result: as one JSON object, or as lines."""
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for key, value in found.items():
        shown = ", ".join(f"{name} {part}" for name, part in value.items()) if isinstance(value, dict) else value
        click.echo(f"{key}: {shown}")


def remark(words: str) -> None:
    """Print one sentence for the person on stderr."""
    click.echo(words, err=True)
