"""A pre-trained encoder with its tokenizer, ready to be fine-tuned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.errors import ModelError, first_line
from bertui.modeling.libraries import load_libraries
from bertui.modeling.sources import ModelChoice, Progress, Source, locate
from bertui.modeling.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from torch import nn
    from transformers import PretrainedConfig, PreTrainedTokenizerBase

# The names under which model families keep their dropout probabilities.
_HIDDEN_DROPOUT = ("hidden_dropout_prob", "dropout", "hidden_dropout", "mlp_dropout", "embedding_dropout")
_ATTENTION_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout")


@dataclass(frozen=True, slots=True)
class Backbone:
    """A pre-trained encoder, its tokenizer, and the most tokens it can read."""

    encoder: nn.Module
    tokenizer: PreTrainedTokenizerBase
    source: Source
    max_length: int

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
    _set_dropout(config, _HIDDEN_DROPOUT, hidden_dropout)
    _set_dropout(config, _ATTENTION_DROPOUT, attention_dropout)
    tokenizer = load_tokenizer(source.folder)
    return Backbone(_load_encoder(source, config), tokenizer, source, token_limit(config, tokenizer))


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
    if config.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet", "longformer"):
        limit -= 2  # their positions start after the padding token's
    named = getattr(tokenizer, "model_max_length", 0) or limit
    return min(limit, int(named)) if named < 10**6 else limit


def trim(encoder: Any, layers: int) -> None:
    """Drop the layers above ``layers``, which nothing reads, where the architecture has a plain stack."""
    if layers >= encoder.config.num_hidden_layers or layers < 1 or hasattr(encoder, "final_norm"):
        return
    for stack in (getattr(encoder, "encoder", None), getattr(encoder, "transformer", None)):
        if stack is not None and hasattr(stack, "layer") and len(stack.layer) == encoder.config.num_hidden_layers:
            stack.layer = stack.layer[:layers]
            encoder.config.num_hidden_layers = layers


def own_layers(config: Any) -> int:
    """Return how many layers have weights of their own: ALBERT reads one (or a few) many times."""
    return int(getattr(config, "num_hidden_groups", 0) or config.num_hidden_layers)


def depth_of(parameter: str, layers: int) -> int:
    """Return the layer a parameter of the encoder belongs to: 0 embeddings, 1..layers, layers + 1 above.

    What all layers use (relative positions, say) lies as low as the embeddings, a last normalisation as high as the
    top layer.

    Args:
        layers: Those with weights of their own.
    """
    shared = re.search(r"albert_layer_groups\.(\d+)\.", parameter)
    numbered = shared or re.search(r"\.?(?:layer|layers|blocks?)\.(\d+)\.", parameter)
    if numbered:
        return int(numbered.group(1)) + 1
    if "pooler" in parameter:
        return layers + 1
    return layers if parameter.startswith(("final_norm", "LayerNorm", "norm")) else 0


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


def _set_dropout(config: Any, names: tuple[str, ...], probability: float | None) -> None:
    for name in names:
        if probability is not None and hasattr(config, name):
            setattr(config, name, probability)
