"""A trained network as plain transformers knows it, where the design of the network allows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.modeling.families import TextHead, family_of
from bertui.modeling.readout import TOKENS
from bertui.modeling.saving import SavedModel, save_model

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.model import TextModel

_SMALL = 1e-4
"""Scale that makes tanh a straight line: tanh(x) = x - x^3 / 3, so values of 10 are kept to 1e-6 of themselves."""


@dataclass(frozen=True, slots=True)
class Plain:
    """What transformers is told of a task, and what it must compute on the logits.

    Attributes:
        pipeline: Name of the pipeline.
        names: Label names by number; none where the task has no labels.
        problem: transformers' word for the loss of a text classifier.
        scale: The logits are multiplied by it, then ``shift`` is added, as the task does before it answers.
    """

    pipeline: str
    names: tuple[str, ...] = ()
    problem: str | None = None
    scale: float = 1.0
    shift: float = 0.0


def loads_in_pipeline(model: TextModel) -> bool:
    """Whether a pipeline of transformers can compute what this network computes."""
    config = model.encoder.config
    top = model.features.layers.indices(int(config.num_hidden_layers)) == (int(config.num_hidden_layers),)
    if not top or model.reader is not None:
        return False
    family = family_of(config)
    if model.readout == TOKENS:
        return family.token_head
    return family.text_head is not None and model.features.pooling.kind in ("cls", "pooler")


def export_model(saved: SavedModel, folder: Path, plain: Plain | None) -> bool:
    """Write safetensors, tokenizer and label names; return whether plain transformers can load it.

    bertui itself loads the folder in either case.

    Args:
        plain: What transformers is told of the task; None where it has no pipeline for it.
    """
    save_model(saved.model, saved.tokenizer, saved.facts, folder)
    if plain is None or not loads_in_pipeline(saved.model):
        return False
    _as_plain(saved.model, plain).save_pretrained(folder)
    return True


def _as_plain(model: TextModel, plain: Plain) -> Any:
    import transformers

    config = model.encoder.config.__class__(**model.encoder.config.to_dict())
    if plain.names:
        config.id2label = dict(enumerate(plain.names))
        config.label2id = {name: number for number, name in enumerate(plain.names)}
    config.num_labels = model.head.dense.out_features
    config.problem_type = plain.problem
    made = getattr(transformers, _AUTO[plain.pipeline])
    usual = getattr(model.encoder.config, "_attn_implementation", "eager")  # some families have the plain one only
    network = made.from_config(config, attn_implementation=usual if usual in ("sdpa", "eager") else "sdpa").eval()
    getattr(network, network.base_model_prefix).load_state_dict(model.encoder.state_dict(), strict=False)
    weight, bias = model.head.dense.weight * plain.scale, model.head.dense.bias * plain.scale + plain.shift
    if model.readout == TOKENS:
        _set(network.qa_outputs if plain.pipeline == "question-answering" else network.classifier, weight, bias)
    else:
        _set_text_head(network, family_of(config).text_head, model, weight, bias)
    return network


_AUTO = {
    "text-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
    "question-answering": "AutoModelForQuestionAnswering",
}


def _set_text_head(network: Any, head: TextHead | None, model: TextModel, weight: Tensor, bias: Tensor) -> None:
    """Give the classifier of the family, which is dense, tanh, dense, what ours computes."""
    assert head is not None, "loads_in_pipeline has asked"
    dense, shift, scale = _pooler(model)
    _set(network.get_submodule(head.dense), dense, shift)
    _set(network.get_submodule(head.last), weight / scale, bias)


def _pooler(model: TextModel) -> tuple[Tensor, Tensor, float]:
    """Return the pooler's weights; for a raw [CLS] a straight line through tanh's middle, and its scale."""
    import torch

    if model.pooler is not None:
        return model.pooler.dense.weight, model.pooler.dense.bias, 1.0
    hidden = int(model.encoder.config.hidden_size)
    return torch.eye(hidden) * _SMALL, torch.zeros(hidden), _SMALL


def _set(layer: Any, weight: Tensor, bias: Tensor) -> None:
    layer.weight.data.copy_(weight.detach())
    layer.bias.data.copy_(bias.detach())
