"""A pre-trained encoder with its tokenizer, ready to be fine-tuned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.errors import ModelError, first_line
from bertui.modeling.families import UNNAMED, Family, family_of, module_at
from bertui.modeling.libraries import load_libraries
from bertui.modeling.size import Size, read_size
from bertui.modeling.sources import ModelChoice, Progress, Source, locate
from bertui.modeling.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from torch import nn
    from transformers import PretrainedConfig, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Backbone:
    """A pre-trained encoder, its tokenizer, the most tokens it can read, and its size with all its layers."""

    encoder: nn.Module
    tokenizer: PreTrainedTokenizerBase
    source: Source
    max_length: int
    size: Size

    @property
    def config(self) -> Any:
        return self.encoder.config

    @property
    def layers(self) -> int:
        return int(self.config.num_hidden_layers)

    @property
    def hidden(self) -> int:
        return int(self.config.hidden_size)


def load_backbone(
    model: ModelChoice,
    *,
    hidden_dropout: float | None = None,
    attention_dropout: float | None = None,
    progress: Progress | None = None,
) -> Backbone:
    """Load the encoder in 32-bit, with its own dropout unless another is given.

    Raises:
        ModelError: The model cannot be found or is not an encoder of the BERT family.
    """
    source = locate(model, progress)
    config = load_config(source.folder)
    family = family_of(config)
    _set_dropout(config, "hidden", family.hidden_dropout, hidden_dropout)
    _set_dropout(config, "attention", family.attention_dropout, attention_dropout)
    tokenizer = load_tokenizer(source.folder)
    size = read_size(source.folder) or Size.of(config)
    return Backbone(_load_encoder(source, config), tokenizer, source, token_limit(config, tokenizer), size)


def load_config(folder: Path) -> PretrainedConfig:
    """Load a model's configuration; code from the folder is never run."""
    load_libraries()
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"The model's config.json cannot be used ({first_line(error)}).",
            expected="The configuration of a BERT-family encoder that transformers knows by itself.",
            remedy="Choose another model.",
        ) from error
    if getattr(config, "is_encoder_decoder", False) or not getattr(config, "num_hidden_layers", 0):
        raise ModelError(
            f"'{config.model_type}' is not an encoder of the BERT family.",
            expected="BERT, RoBERTa, DistilBERT, ELECTRA, DeBERTa, ModernBERT or the like.",
            remedy="Choose such a model.",
        )
    return config


def token_limit(config: Any, tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the longest input in tokens, special tokens counted."""
    limit = int(getattr(config, "max_position_embeddings", 0) or 0) or 512
    limit -= family_of(config).first_position
    named = getattr(tokenizer, "model_max_length", 0) or limit
    return min(limit, int(named)) if named < 10**6 else limit


def trim(encoder: Any, layers: int) -> None:
    """Drop the layers above ``layers``, which nothing reads, where the family has a stack that can be cut."""
    path, whole = family_of(encoder.config).layers, int(encoder.config.num_hidden_layers)
    if path is None or not 1 <= layers < whole:
        return
    stack = module_at(encoder, path)
    if stack is not None and len(stack) == whole:
        del stack[layers:]
        encoder.config.num_hidden_layers = layers


def own_layers(config: Any) -> int:
    """Return how many layers have weights of their own: ALBERT reads one (or a few) many times."""
    return int(getattr(config, family_of(config).own_layers))


def depth_of(parameter: str, layers: int, family: Family = UNNAMED) -> int:
    """Return the layer a parameter of the encoder belongs to: 0 embeddings, 1..layers, layers + 1 above.

    What all layers use (relative positions, say) lies as low as the embeddings, a last normalisation as high as the
    top layer.

    Args:
        layers: Those with weights of their own.
    """
    if numbered := re.search(r"\.(\d+)\.", parameter):  # the stack's number; what is numbered inside comes later
        return int(numbered.group(1)) + 1
    if "pooler" in parameter:
        return layers + 1
    return layers if parameter.startswith(family.last_norms) else 0


def _load_encoder(source: Source, config: Any) -> nn.Module:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModel

    try:
        encoder, report = AutoModel.from_pretrained(
            source.folder, config=config, local_files_only=True, trust_remote_code=False,
            use_safetensors=True, dtype=torch.float32, output_loading_info=True,
        )  # fmt: skip
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"The weights of '{source.title}' cannot be read ({first_line(error)}).",
            expected="A whole model.safetensors that fits config.json.",
            remedy="Download or save the model again.",
        ) from error
    absent = [name for name in report["missing_keys"] if "pooler" not in name]
    if absent:
        raise ModelError(
            f"The weights of '{source.title}' lack {len(absent)} tensors (such as {absent[0]}).",
            expected="Weights of the whole encoder.",
            remedy="Choose another model, or save this one again.",
        )
    encoder.has_pretrained_pooler = getattr(encoder, "pooler", None) is not None and not any(
        "pooler" in name for name in report["missing_keys"]
    )
    return encoder


def _set_dropout(config: Any, where: str, names: tuple[str, ...], probability: float | None) -> None:
    if probability is None:
        return
    found = [name for name in names if hasattr(config, name)]
    if not found:
        raise ModelError(
            f"regularization.{where}_dropout is {probability}, but the configuration of this model "
            f"('{config.model_type}') has no {where} dropout.",
            expected="A model that has one.",
            remedy=f"Leave {where} dropout empty, or choose another model.",
        )
    for name in found:
        setattr(config, name, probability)
