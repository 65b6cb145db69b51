"""Vectors of every layer, kept in a run's folder under the content of the network and of the rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from bertui.atomic import new_name
from bertui.encoding.encoded import Encoded
from bertui.laboratory.collected import LayerVectors

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

_VERSION = b"1"
_MOST = 12  # files of a run's folder; the oldest are cleared away


def kept_vectors(folder: Path, model: TextModel, encoded: Encoded, collect: Callable[[], LayerVectors]) -> LayerVectors:
    """Return vectors that are at hand, or collect and keep them; a broken file is collected anew.

    Where the disk is full or may not be written, they are collected and not kept.

    Args:
        folder: Of the run.
    """
    path = folder / "layers" / f"{_content(model, encoded)}.npz"
    found = _read(path)
    if found is None:
        found = collect()
        try:
            _write(path, found)
        except OSError:
            return found  # a view that has its vectors needs no disk
    return found


def _content(model: TextModel, encoded: Encoded) -> str:
    """Return a hash of all that the vectors depend on: weights, pooling, tokens."""
    digest = sha256(_VERSION)
    digest.update(model.features.pooling.model_dump_json().encode())
    for name, weight in model.encoder.state_dict().items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weight.cpu().numpy()).data)
    for array in (encoded.ids, encoded.starts, encoded.rows, encoded.types):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).data)
    return digest.hexdigest()[:32]


def _read(path: Path) -> LayerVectors | None:
    try:
        with np.load(path, allow_pickle=False) as saved:
            own = saved["own"] if "own" in saved.files else None
            return LayerVectors(saved["cls"], saved["mean"], own)
    except (OSError, ValueError, KeyError, BadZipFile, EOFError):
        return None


def _write(path: Path, vectors: LayerVectors) -> None:
    path.parent.mkdir(exist_ok=True)
    fresh = new_name(path)
    own = {} if vectors.own is None else {"own": vectors.own}
    try:
        with fresh.open("wb") as file:
            np.savez(file, allow_pickle=False, cls=vectors.cls, mean=vectors.mean, **own)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    for old in sorted(path.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime_ns)[:-_MOST]:
        old.unlink(missing_ok=True)
