"""A trained network as plain transformers knows it, where the design of the network allows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.modeling.saving import SavedModel, save_model

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.model import TextModel

_SMALL = 1e-4
"""Scale that makes tanh a straight line: tanh(x) = x - x^3 / 3, so values of 10 are kept to 1e-6 of themselves."""


def loads_in_pipeline(model: TextModel) -> bool:
    """Whether ``transformers.pipeline("text-classification")`` can compute what this network computes."""
    config = model.encoder.config
    top = model.features.layers.indices(int(config.num_hidden_layers)) == (int(config.num_hidden_layers),)
    return top and model.features.pooling.kind in ("cls", "pooler") and config.model_type in _FAMILIES


def export_model(saved: SavedModel, folder: Path) -> bool:
    """Write safetensors, tokenizer and label names; return whether plain transformers can load it.

    bertui itself loads the folder in either case.
    """
    save_model(saved.model, saved.tokenizer, saved.facts, folder)
    if not loads_in_pipeline(saved.model):
        return False
    network = _as_sequence_classifier(saved.model, tuple(saved.facts["classes"]), saved.facts.get("temperature", 1.0))
    network.save_pretrained(folder)
    return True


def _as_sequence_classifier(model: TextModel, classes: tuple[str, ...], temperature: float) -> Any:
    from transformers import AutoModelForSequenceClassification

    config = model.encoder.config.__class__(**model.encoder.config.to_dict())
    config.num_labels = len(classes)
    config.id2label = dict(enumerate(classes))
    config.label2id = {name: number for number, name in enumerate(classes)}
    config.problem_type = "single_label_classification"
    network = AutoModelForSequenceClassification.from_config(config, attn_implementation="sdpa").eval()
    getattr(network, network.base_model_prefix).load_state_dict(model.encoder.state_dict(), strict=False)
    _FAMILIES[config.model_type](network, model, temperature)
    return network


def _bert(network: Any, model: TextModel, temperature: float) -> None:
    """BERT's own classifier: pooler (dense, tanh), then one dense layer."""
    dense, bias, scale = _pooler(model)
    _set(network.bert.pooler.dense, dense, bias)
    _set(network.classifier, model.head.dense.weight / scale / temperature, model.head.dense.bias / temperature)


def _roberta(network: Any, model: TextModel, temperature: float) -> None:
    """RoBERTa's and ELECTRA's cousins put dense, tanh and projection into the classifier."""
    dense, bias, scale = _pooler(model)
    _set(network.classifier.dense, dense, bias)
    _set(
        network.classifier.out_proj,
        model.head.dense.weight / scale / temperature,
        model.head.dense.bias / temperature,
    )


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


_FAMILIES = {"bert": _bert, "roberta": _roberta, "xlm-roberta": _roberta, "camembert": _roberta}
