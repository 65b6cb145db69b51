"""From hidden states to one vector per text or token: which layers, which token, how combined."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from bertui.choice import Section, Shorthand, Strategy, choice
from bertui.modeling.heads import Head, Linear
from bertui.modeling.joins import JoinKind, MeanOfSequences

if TYPE_CHECKING:
    from torch import Tensor


class LayerSelection(Strategy):
    """Chooses hidden layers. Layer 0 is the embeddings, layer ``layers`` the top one."""

    @abstractmethod
    def indices(self, layers: int) -> tuple[int, ...]:
        """Return the chosen layers, ascending, of an encoder with ``layers`` layers."""


class LastLayers(LayerSelection):
    title: ClassVar[str] = "Last layers"
    help: ClassVar[str] = "The top layer, or the last few. The top one alone is best on most data."
    kind: Literal["last"] = "last"
    count: int = choice(1, title="How many", help="1 is the top layer alone.", ge=1, le=48, step=1)

    def indices(self, layers: int) -> tuple[int, ...]:
        return tuple(range(max(0, layers - self.count) + 1, layers + 1))


class FirstLayers(LayerSelection):
    title: ClassVar[str] = "First layers"
    help: ClassVar[str] = "The layers nearest the words. Weaker, but shows what lower layers know."
    kind: Literal["first"] = "first"
    count: int = choice(4, title="How many", help="Counted from the bottom, embeddings left out.", ge=1, le=48, step=1)

    def indices(self, layers: int) -> tuple[int, ...]:
        return tuple(range(1, min(self.count, layers) + 1))


class OneLayer(LayerSelection):
    title: ClassVar[str] = "One layer"
    help: ClassVar[str] = "A single layer. The layers above it are then left out, which saves time."
    kind: Literal["one"] = "one"
    index: int = choice(1, title="Which", help="0 is the embeddings, 1 the lowest layer.", ge=0, le=48, step=1)

    def indices(self, layers: int) -> tuple[int, ...]:
        return (self.index,)


class NextToTop(LayerSelection):
    title: ClassVar[str] = "Second-to-last layer"
    help: ClassVar[str] = "The layer below the top one: less bent to pre-training, often better when frozen."
    kind: Literal["second-to-last"] = "second-to-last"

    def indices(self, layers: int) -> tuple[int, ...]:
        return (max(0, layers - 1),)


class AllLayers(LayerSelection):
    title: ClassVar[str] = "All layers"
    help: ClassVar[str] = "Every layer above the embeddings."
    kind: Literal["all"] = "all"

    def indices(self, layers: int) -> tuple[int, ...]:
        return tuple(range(1, layers + 1))


class Combination(Strategy):
    """Joins one vector per layer into one vector."""

    learned: ClassVar[bool] = False
    """Whether it has a weight for each layer that is learned."""

    def width(self, layers: int, hidden: int) -> int:
        """Return the size of the combined vector."""
        return hidden

    @abstractmethod
    def combine(self, vectors: Tensor, weights: Tensor | None = None) -> Tensor:
        """Combine ``[layers, ..., hidden]`` into ``[..., dim]``; ``weights [layers]`` are the learned ones."""


class Concat(Combination):
    title: ClassVar[str] = "Concatenation"
    help: ClassVar[str] = "Sets side by side the layers' vectors, so the classifier sees each."
    kind: Literal["concat"] = "concat"

    def width(self, layers: int, hidden: int) -> int:
        return layers * hidden

    def combine(self, vectors: Tensor, weights: Tensor | None = None) -> Tensor:
        return vectors.movedim(0, -2).flatten(-2)


class MeanOfLayers(Combination):
    title: ClassVar[str] = "Mean"
    help: ClassVar[str] = "Averages the layers' vectors."
    kind: Literal["mean"] = "mean"

    def combine(self, vectors: Tensor, weights: Tensor | None = None) -> Tensor:
        return vectors.mean(0)


class MaxOfLayers(Combination):
    title: ClassVar[str] = "Maximum"
    help: ClassVar[str] = "Takes the largest value over the layers, number by number."
    kind: Literal["max"] = "max"

    def combine(self, vectors: Tensor, weights: Tensor | None = None) -> Tensor:
        return vectors.amax(0)


class WeightedSum(Combination):
    """Layers weighted by learned shares that sum to 1.

    Source: Peters et al. 2018, equation 1, without its scale, which the next layer has.
    """

    title: ClassVar[str] = "Weighted sum"
    help: ClassVar[str] = "Learns how much each layer counts; equal at first. For frozen encoders."
    kind: Literal["weighted"] = "weighted"
    learned: ClassVar[bool] = True

    def combine(self, vectors: Tensor, weights: Tensor | None = None) -> Tensor:
        if weights is None:
            return vectors.mean(0)
        shares = weights.softmax(0).to(vectors.dtype)
        return (vectors * shares.view(-1, *[1] * (vectors.ndim - 1))).sum(0)


class TokenPooling(Strategy):
    """Takes one vector per text and layer from the vectors of its tokens."""

    pooler: ClassVar[bool] = False
    """Whether the vectors then pass the pooler (a dense layer and tanh)."""
    first: ClassVar[bool] = False
    """Whether nothing but the first token is read."""

    @abstractmethod
    def pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Pool ``[layers, batch, seq, hidden]`` under ``mask [batch, seq]`` into ``[layers, batch, hidden]``."""


class FirstToken(TokenPooling):
    title: ClassVar[str] = "[CLS] token"
    help: ClassVar[str] = "The vector of the [CLS] token as it leaves the layer, as in Sun et al. 2019."
    kind: Literal["cls"] = "cls"
    first: ClassVar[bool] = True

    def pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return hidden[:, :, 0]


class PooledFirstToken(TokenPooling):
    title: ClassVar[str] = "[CLS] token, pooler output"
    help: ClassVar[str] = "The [CLS] vector through one more dense layer and tanh, as in Devlin et al. 2018."
    kind: Literal["pooler"] = "pooler"
    pooler: ClassVar[bool] = True
    first: ClassVar[bool] = True

    def pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return hidden[:, :, 0]


class MeanOfTokens(TokenPooling):
    title: ClassVar[str] = "Mean pooling"
    help: ClassVar[str] = "Averages the tokens of the text. Suits sentence-embedding models such as the built-in one."
    kind: Literal["mean"] = "mean"

    def pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        weights = mask.to(hidden.dtype)[None, :, :, None]
        return (hidden * weights).sum(2) / weights.sum(2).clamp(min=1)


class MaxOfTokens(TokenPooling):
    title: ClassVar[str] = "Max pooling"
    help: ClassVar[str] = "Takes the largest value over the tokens of the text, number by number."
    kind: Literal["max"] = "max"

    def pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        outside = ~mask.bool()[None, :, :, None]
        return hidden.masked_fill(outside, float("-inf")).amax(2)


Layers = Annotated[LastLayers | FirstLayers | OneLayer | NextToTop | AllLayers, Field(discriminator="kind"), Shorthand]
Combine = Annotated[Concat | MeanOfLayers | MaxOfLayers | WeightedSum, Field(discriminator="kind"), Shorthand]
Pooling = Annotated[FirstToken | PooledFirstToken | MeanOfTokens | MaxOfTokens, Field(discriminator="kind"), Shorthand]


class FeatureChoice(Section):
    """What the classifier sees of the encoder."""

    layers: Layers = choice(
        LastLayers(),
        title="Hidden layers used",
        help="Which layers of the encoder the classifier reads. The top layer is the usual choice; lower ones show "
        "what a layer knows.",
        source="Sun et al. 2019, table 3: top layer 5.42 % error, lowest 11.07 %",
    )
    combine: Combine = choice(
        Concat(),
        title="Layer combination",
        help="How several layers become one. Only matters when more than one layer is read.",
        source="Sun et al. 2019, table 3: last four layers, 5.42 to 5.44 %",
    )
    pooling: Pooling = choice(
        PooledFirstToken(),
        title="Token pooling",
        help="Which tokens stand for the text. Mostly a matter of taste after fine-tuning; it matters when the "
        "encoder is frozen.",
        source="Devlin et al. 2018: [CLS] through the pooler",
    )
    join: JoinKind = choice(
        MeanOfSequences(),
        title="Joining of windows",
        help="How the windows of a long text become one answer. Only matters where long texts are read in windows.",
        source="Sun et al. 2019, section 5.3.1: mean, max and self-attention over the fractions of a text",
    )
    head: Head = choice(
        Linear(),
        title="Classification head",
        help="What is learned on top of the encoder. One linear layer for a model that learns as a whole; more pays "
        "when the encoder is frozen.",
        source="Devlin et al. 2018, table 7: BiLSTM on frozen features, 96.1 against 96.4 F1 fine-tuned",
    )
