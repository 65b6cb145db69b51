"""What a table and a run of the workspace have in common: a folder, and a file of facts that may be broken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bertui.errors import RunError


@dataclass(frozen=True, slots=True)
class Kept:
    """Something in the workspace by its folder. Every property reads the disk, so any process sees the same."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    def facts(self) -> dict[str, Any]:
        """Return the file of facts.

        Raises:
            RunError: It is missing, broken, or cannot be read just now.
        """
        raise NotImplementedError

    @property
    def trouble(self) -> RunError | None:
        """Why the facts cannot be read; None where they say what this is."""
        try:
            self.facts()
        except RunError as error:
            return error
        return None

    @property
    def name(self) -> str:
        return str(self.facts()["name"])
