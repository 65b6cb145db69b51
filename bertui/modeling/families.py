"""What has to be known of a family of encoders beyond what its configuration says.

A family is what transformers calls a ``model_type``; what a model is called says nothing. Whoever needs a fact asks
``family_of``; nothing else asks which family it is. A new family is one entry in ``FAMILIES``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class TextHead:
    """The classifier of texts that transformers gives a family: dense layer, tanh, last layer.

    Attributes:
        dense, last: Where the two layers stand in it.
    """

    dense: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Facts of a family. The defaults are for families that transformers knows and this table does not.

    Such a model is trained, saved and, where it has a module of that name, explained; it is not packed, all its
    layers are computed, and plain transformers are not promised the same answers.

    Attributes:
        embeddings: The module that turns token ids into the vectors that the first layer reads.
        layers: The stack whose top layers can be left out: a list in which nothing comes after the last one. None
            where a norm does (ModernBERT), or where layers share their weights (ALBERT).
        blocks: The list of the layers as they are called one after the other, whether it can be cut or not; a list
            that is shorter than the number of layers is gone through again (ALBERT).
        attention: The part of a layer that is its attention.
        heads_joined: The dense layer in it that reads the heads' results side by side.
        last_norms: What a norm after the top layer is called.
        own_layers: The configuration's number of layers with weights of their own, where others share them.
        pooler: The dense layer of the pooler, if the model has one.
        first_position: The number of a text's first position: RoBERTa's kin count on from their padding token, 1.
        hidden_dropout, attention_dropout: What the configuration may call them.
        size: What ``config.json`` calls the hidden size and the number of layers.
        packed: Whether its modules have BERT's names, order and arithmetic, so that ``packed`` can take their place.
        text_head: The classifier of texts that can be given the weights of ours.
        token_head: Whether transformers answers for tokens with one linear layer on the top layer, as we do.
        rates: The lowest and the highest learning rate that suit it, whatever its size.
    """

    embeddings: str = "embeddings"
    layers: str | None = None
    blocks: str = "encoder.layer"
    attention: str = "attention"
    heads_joined: str = "output.dense"
    last_norms: tuple[str, ...] = ("final_norm", "LayerNorm", "norm")
    own_layers: str = "num_hidden_layers"
    pooler: str = "pooler.dense"
    first_position: int = 0
    hidden_dropout: tuple[str, ...] = (
        "hidden_dropout_prob", "dropout", "hidden_dropout", "mlp_dropout", "embedding_dropout",
    )  # fmt: skip
    attention_dropout: tuple[str, ...] = ("attention_probs_dropout_prob", "attention_dropout")
    size: tuple[str, str] = ("hidden_size", "num_hidden_layers")
    packed: bool = False
    text_head: TextHead | None = None
    token_head: bool = False
    rates: tuple[float, float] = (0.0, 1.0)


UNNAMED = Family()
_BERT = Family(
    layers="encoder.layer", packed=True, token_head=True, text_head=TextHead("bert.pooler.dense", "classifier")
)
_ROBERTA = replace(_BERT, first_position=2, text_head=TextHead("classifier.dense", "classifier.out_proj"))
_COUNTED_ON = Family(first_position=2)

FAMILIES: dict[str, Family] = {
    "bert": _BERT,
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "camembert": _ROBERTA,
    "electra": Family(layers="encoder.layer", packed=True, token_head=True, rates=(0.0, 4e-5)),
    "distilbert": Family(
        layers="transformer.layer",
        blocks="transformer.layer",
        heads_joined="out_lin",
        token_head=True,
        size=("dim", "n_layers"),
    ),
    "albert": Family(
        blocks="encoder.albert_layer_groups",
        attention="albert_layers.0.attention",
        heads_joined="dense",
        own_layers="num_hidden_groups",
        pooler="pooler",
        token_head=True,
    ),
    "deberta-v2": Family(layers="encoder.layer", token_head=True, rates=(0.0, 4e-5)),
    "mpnet": Family(layers="encoder.layer", heads_joined="attn.o", first_position=2, token_head=True),
    "modernbert": Family(blocks="layers", attention="attn", heads_joined="Wo", rates=(5e-5, 1.0)),
    "eurobert": Family(
        embeddings="embed_tokens", blocks="layers", attention="self_attn", heads_joined="o_proj", hidden_dropout=()
    ),
    "data2vec-text": _COUNTED_ON,
    "ibert": _COUNTED_ON,
    "longformer": _COUNTED_ON,
    "luke": _COUNTED_ON,
    "roberta-prelayernorm": _COUNTED_ON,
    "xlm-roberta-xl": replace(_COUNTED_ON, last_norms=("encoder.LayerNorm",)),
    "xmod": _COUNTED_ON,
}


def family_of(config: Any) -> Family:
    """Return the facts of a configuration's family."""
    return FAMILIES.get(config.model_type, UNNAMED)


def module_at(network: Any, path: str) -> Any:
    """Return the module at a dotted path, None where there is none."""
    for name in path.split("."):
        network = getattr(network, name, None)
    return network
