"""How large a pre-trained model is, as its configuration says, wherever that is at hand without torch or a network."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bertui.modeling.families import FAMILIES, UNNAMED, Family
from bertui.modeling.model_files import FACTS
from bertui.modeling.sources import ModelChoice, folder_at_hand

BASE_SIZE = "base_size"
"""Under this name a network that bertui saved says how large its pre-trained model was, before layers were dropped."""


@dataclass(frozen=True, slots=True)
class Size:
    """What of a configuration tells how fast a model may learn.

    Attributes:
        kind: Its family, as transformers calls it.
    """

    kind: str
    hidden: int
    layers: int

    @property
    def family(self) -> Family:
        return FAMILIES.get(self.kind, UNNAMED)

    @staticmethod
    def of(config: Any) -> Size:
        """Return the size in a configuration that transformers has read."""
        return Size(config.model_type, int(config.hidden_size), int(config.num_hidden_layers))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def size_at_hand(model: ModelChoice) -> Size | None:
    """Return the size of a model that is on this machine; None for one that is not, and the hub is not asked."""
    folder = folder_at_hand(model)
    return None if folder is None else read_size(folder)


def read_size(folder: Path) -> Size | None:
    """Return the size of the model in a folder, None where its files do not say; they are read as plain JSON."""
    base = _object(folder / FACTS).get(BASE_SIZE)
    if isinstance(base, dict):
        return _size(base.get("kind"), base.get("hidden"), base.get("layers"))
    config = _object(folder / "config.json")
    kind = str(config.get("model_type"))
    hidden, layers = FAMILIES.get(kind, UNNAMED).size
    return _size(kind, config.get(hidden), config.get(layers))


def _size(kind: Any, hidden: Any, layers: Any) -> Size | None:
    whole = all(type(number) is int and number > 0 for number in (hidden, layers))
    return Size(kind, hidden, layers) if whole and isinstance(kind, str) else None


def _object(file: Path) -> dict[str, Any]:
    try:
        read = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
