"""Writing files so that a kill or a full disk leaves the older one whole."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from bertui.errors import RunError


def write_json(path: Path, value: Any) -> None:
    """Write JSON whole and atomically.

    Raises:
        RunError: The disk is full or the folder may not be written.
    """
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> RunError:
    """Say in plain words why a file could not be written."""
    if error.errno == 28:
        return RunError(
            f"The disk with '{path.parent}' is full.",
            remedy="Free some space, or delete old runs; then try again.",
        )
    return RunError(
        f"'{path.parent}' cannot be written ({error.strerror or error}).",
        expected="A workspace folder that you may write to.",
        remedy="Change its permissions, or start with --workspace FOLDER.",
    )
