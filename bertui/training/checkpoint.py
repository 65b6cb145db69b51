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

from bertui.atomic import remove, whole_folder, write_json
from bertui.training.events import Evaluated
from bertui.training.state import Progress, Training

_MODEL = "model"


def save(training: Training, folder: Path, model: Path | None = None) -> None:
    """Write weights, optimizer, random stream and progress; a kill while writing leaves the older checkpoint.

    Args:
        model: The folder of the best model so far, which belongs to the progress and is kept with it.
    """
    with whole_folder(folder) as fresh:
        save_file(_tensors(training), fresh / "state.safetensors")
        write_json(fresh / "state.json", _values(training))
        if model is not None and model.is_dir():
            _copy(model, fresh / _MODEL)


def resume(training: Training, folder: Path, model: Path) -> None:
    """Put a freshly built training, and the best model, where the checkpoint stood; to the start without one.

    A model that was saved after the checkpoint goes: training meets it again.

    Raises:
        BrokenCheckpoint: Its files cannot be read, as after a power cut; the training is at its start.
    """
    try:
        if (folder / "state.json").is_file():
            load(training, folder)
    finally:
        if training.progress.best_step == 0:
            remove(model)
        elif (folder / _MODEL).is_dir():
            with whole_folder(model) as fresh:
                _copy(folder / _MODEL, fresh)


def load(training: Training, folder: Path) -> None:
    """Put a freshly built training where the checkpoint stood.

    Raises:
        BrokenCheckpoint: Its files cannot be read, as after a power cut, or are of another order of the weights; the
            training is as it was.
    """
    try:
        tensors = load_file(folder / "state.safetensors", device=training.device)
        values = json.loads((folder / "state.json").read_text("utf-8"))
    except (OSError, ValueError, SafetensorError) as error:
        raise BrokenCheckpoint from error
    if not _fit(training, tensors):
        raise BrokenCheckpoint
    weights = {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}
    training.model.load_state_dict(weights)
    training.optimizer.load_state_dict(_optimizer_state(training, tensors))
    for number, regulariser in enumerate(training.regularisers):
        before = f"regulariser.{number}."
        regulariser.load({name.removeprefix(before): one for name, one in tensors.items() if name.startswith(before)})
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
    for number, regulariser in enumerate(training.regularisers):
        tensors |= {f"regulariser.{number}.{name}": value for name, value in regulariser.state().items()}
    if training.device == "cuda":
        tensors["cuda_generator"] = torch.cuda.get_rng_state()
    return tensors


def _values(training: Training) -> dict[str, Any]:
    decay = 1.0 if training.words is None else training.words.decay
    return {"stream": training.stream.state, "progress": asdict(training.progress), "unseen_decay": decay}


def _fit(training: Training, tensors: dict[str, torch.Tensor]) -> bool:
    """Whether the moments, which are numbered, are of the weights that have these numbers now."""
    weights = [weight for group in training.optimizer.param_groups for weight in group["params"]]
    moments = [tensors.get(f"optimizer.{number}.exp_avg") for number in range(len(weights))]
    return all(one is None or one.shape == weight.shape for one, weight in zip(moments, weights, strict=True))


def _optimizer_state(training: Training, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, number, name_of_value = name.split(".", 2)
            state.setdefault(int(number), {})[name_of_value] = value
    return {"state": state, "param_groups": training.optimizer.state_dict()["param_groups"]}


def _copy(folder: Path, to: Path) -> None:
    """Copy a folder whose files are replaced, never written in place: their names are enough."""
    shutil.copytree(folder, to, copy_function=_link, dirs_exist_ok=True)


def _link(file: str, to: str) -> str:
    try:
        os.link(file, to)
    except OSError:  # a file system without links
        shutil.copyfile(file, to)
    return to
