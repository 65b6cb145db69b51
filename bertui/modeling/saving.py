"""A folder that holds a trained network, and back: safetensors, tokenizer, and the facts to rebuild it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.atomic import write_json
from bertui.errors import ModelError
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model_files import FACTS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from bertui.modeling.model import TextModel

_HEAD = "head.safetensors"


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A network read back, in evaluation mode, with its tokenizer and facts (task, encoding ...)."""

    model: TextModel
    tokenizer: PreTrainedTokenizerBase
    facts: dict[str, Any]


def save_model(model: TextModel, tokenizer: PreTrainedTokenizerBase, facts: dict[str, Any], folder: Path) -> None:
    """Write the encoder as transformers does, the head beside it, and the facts, file by file.

    Whoever replaces a network does so in ``atomic.whole_folder``.

    Args:
        facts: JSON values: "task", "encoding", "token_limit", and whatever else is to be kept.

    Raises:
        ModelError: Something was put around or into the encoder, such as an adapter: its files have no place for it.
    """
    _refuse_what_was_added(model.encoder)
    folder.mkdir(parents=True, exist_ok=True)
    # The run's own attention function is a matter of training; whoever loads the folder has the usual one.
    attention = model.encoder.config._attn_implementation
    model.encoder.config._attn_implementation = "sdpa" if attention == "bertui_seeded" else attention
    try:
        model.encoder.save_pretrained(folder)
    finally:
        model.encoder.config._attn_implementation = attention
    tokenizer.save_pretrained(folder)
    save_head(model, folder)
    written = {
        **facts,
        "features": model.features.model_dump(mode="json"),
        "head_dropout": model.head.dropout.p,
        "outputs": model.head.dense.out_features,
        "readout": model.readout.name,
    }
    write_json(folder / FACTS, written)


def _refuse_what_was_added(encoder: Any) -> None:
    """Compare the names of an encoder's weights with those that its configuration makes: what differs is lost."""
    import torch

    with torch.device("meta"):  # names and no numbers
        plain = type(encoder)(encoder.config).state_dict().keys()
    names = encoder.state_dict().keys()
    if added := [name for name in names if name not in plain]:
        raise ModelError(
            f"The encoder has {len(added)} weights that its configuration knows nothing of (such as {added[0]}), so "
            "they could not be loaded again.",
            expected="The modules of transformers, as they were loaded.",
            remedy="Take adapters and parametrizations off, or merge them into the weights, before saving.",
        )


def save_head(model: TextModel, folder: Path) -> None:
    """Write what was learned from scratch: pooler and head."""
    from safetensors.torch import save_file

    own = {name: value.contiguous() for name, value in model.state_dict().items() if not name.startswith("encoder.")}
    save_file(own, folder / _HEAD)


def read_facts(folder: Path) -> dict[str, Any]:
    """Return what was saved beside the weights.

    Raises:
        ModelError: The folder is gone or was not written by bertui.
    """
    try:
        facts = json.loads((folder / FACTS).read_text("utf-8"))
        if not {"task", "encoding", "features", "token_limit", "outputs", "readout"} <= facts.keys():
            raise ValueError(FACTS)
        return _upgraded(facts)
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(
            "The trained model's folder is missing or broken.",
            expected=f"A folder written by bertui, with {FACTS} and model.safetensors.",
            remedy="Train the run again, or take the folder back from a copy.",
        ) from error


def _upgraded(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts as they are written now; version 0.1 told rows and their sequences apart by the task alone."""
    if facts["readout"] != "text":
        return facts
    return facts | {"readout": "sequence" if facts["task"]["kind"] == "multiple-choice" else "row"}


def update_facts(folder: Path, **changes: Any) -> None:
    """Change some facts of a saved network, such as its temperature, whole."""
    write_json(folder / FACTS, read_facts(folder) | changes)


def load_model(folder: Path) -> SavedModel:
    """Read a network back as it was saved, in 32-bit and evaluation mode.

    Raises:
        ModelError: The folder is missing, broken, or lacks its weights.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from bertui.modeling.backbone import load_backbone
    from bertui.modeling.model import TextModel
    from bertui.modeling.readout import readout_of
    from bertui.modeling.sources import ModelChoice

    facts = read_facts(folder)
    backbone = load_backbone(ModelChoice(name=str(folder.resolve())))
    features = FeatureChoice.model_validate(facts["features"])
    model = TextModel(
        backbone.encoder,
        features,
        facts["outputs"],
        readout=readout_of(facts["readout"]),
        dropout=facts.get("head_dropout", 0.1),
    )
    try:
        report = model.load_state_dict(load_file(folder / _HEAD), strict=False)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelError(
            f"The trained classifier ({_HEAD}) cannot be read.",
            expected="The file that was saved with the run.",
            remedy="Train the run again, or take the folder back from a copy.",
        ) from error
    absent = [name for name in report.missing_keys if not name.startswith("encoder.")]
    if absent:
        raise ModelError(f"The trained classifier lacks {absent[0]}.", remedy="Train the run again.")
    return SavedModel(model.eval(), backbone.tokenizer, facts)
