"""A training run written down so that it can go on to the very same end: safetensors and JSON, no pickle."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from bertui.training.events import Evaluated
from bertui.training.state import Progress, Training


def save(training: Training, folder: Path) -> None:
    """Write weights, optimizer, random stream and progress; a kill while writing leaves the older checkpoint."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        save_file(_tensors(training), fresh / "state.safetensors")
        (fresh / "state.json").write_text(json.dumps(_values(training)), "utf-8")
    except (OSError, SafetensorError):
        shutil.rmtree(fresh, ignore_errors=True)  # on a full disk, half a checkpoint takes room and helps nobody
        raise
    _swap(fresh, folder)


def exists(folder: Path) -> bool:
    """Whether there is a checkpoint to go on from; finishes a swap that a kill cut short."""
    fresh = folder.with_name(folder.name + ".new")
    if not folder.exists() and (fresh / "state.json").is_file():
        os.replace(fresh, folder)
    return (folder / "state.json").is_file()


def load(training: Training, folder: Path) -> None:
    """Put a freshly built training where the checkpoint stood.

    Raises:
        BrokenCheckpoint: Its files cannot be read, as after a power cut; the training is as it was.
    """
    try:
        tensors = load_file(folder / "state.safetensors", device=training.device)
        values = json.loads((folder / "state.json").read_text("utf-8"))
    except (OSError, ValueError, SafetensorError) as error:
        raise BrokenCheckpoint from error
    weights = {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}
    training.model.load_state_dict(weights)
    training.optimizer.load_state_dict(_optimizer_state(training, tensors))
    training.stream.state = values["stream"]
    if training.words is not None:
        training.words.decay = values["unseen_decay"]
    evaluations = [Evaluated(**saved) for saved in values["progress"].pop("evaluations")]
    training.progress = Progress(**values["progress"], evaluations=evaluations)
    if "cuda_generator" in tensors:
        torch.cuda.set_rng_state(tensors["cuda_generator"].cpu())


class BrokenCheckpoint(Exception):
    """A checkpoint that cannot be read; the same result is reached by beginning anew."""


def _tensors(training: Training) -> dict[str, torch.Tensor]:
    tensors = {f"model.{name}": value.contiguous() for name, value in training.model.state_dict().items()}
    for number, state in training.optimizer.state_dict()["state"].items():
        for name, value in state.items():
            tensors[f"optimizer.{number}.{name}"] = value.contiguous()
    if training.device == "cuda":
        tensors["cuda_generator"] = torch.cuda.get_rng_state()
    return tensors


def _values(training: Training) -> dict[str, Any]:
    decay = 1.0 if training.words is None else training.words.decay
    return {"stream": training.stream.state, "progress": asdict(training.progress), "unseen_decay": decay}


def _optimizer_state(training: Training, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, number, part = name.split(".", 2)
            state.setdefault(int(number), {})[part] = value
    return {"state": state, "param_groups": training.optimizer.state_dict()["param_groups"]}


def _swap(fresh: Path, folder: Path) -> None:
    """Put the new folder in place of the old; at every moment one whole checkpoint is on disk."""
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(fresh, folder)
    shutil.rmtree(old, ignore_errors=True)
