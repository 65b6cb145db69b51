"""What of the pre-trained model is trained."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from bertui.choice import Shorthand, Strategy, choice
from bertui.modeling.backbone import depth_of, own_layers
from bertui.modeling.families import family_of

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel


class Trainable(Strategy):
    """Chooses the layers of the encoder that learn; the head always does."""

    @abstractmethod
    def lowest(self, layers: int) -> int:
        """Return the lowest depth that learns: 0 embeddings, 1..layers, ``layers + 1`` for the head alone.

        Args:
            layers: Those with weights of their own; where they share them (ALBERT), any top layer means all of them.
        """

    def freeze(self, model: TextModel) -> None:
        """Stop gradients below the lowest depth that learns."""
        layers, family = own_layers(model.encoder.config), family_of(model.encoder.config)
        for name, parameter in model.encoder.named_parameters():
            parameter.requires_grad_(depth_of(name, layers, family) >= self.lowest(layers))
        if model.pooler is not None and self.lowest(layers) > layers:
            model.pooler.requires_grad_(not getattr(model.pooler, "pretrained", False))


class Everything(Trainable):
    title: ClassVar[str] = "All layers"
    help: ClassVar[str] = "All weights learn: the usual, and the most accurate."
    kind: Literal["all"] = "all"

    def lowest(self, layers: int) -> int:
        return 0


class HeadOnly(Trainable):
    title: ClassVar[str] = "Classification head only"
    help: ClassVar[str] = "The encoder is frozen and only gives features: fast, less accurate."
    kind: Literal["frozen"] = "frozen"

    def lowest(self, layers: int) -> int:
        return layers + 1


class TopLayers(Trainable):
    title: ClassVar[str] = "Top layers"
    help: ClassVar[str] = (
        "The lower layers are frozen: faster, and gentler on small data. The layers of ALBERT share their weights: "
        "all of them learn, and only its embeddings are frozen."
    )
    kind: Literal["top"] = "top"
    count: int = choice(2, title="How many layers", help="Counted from the top.", ge=1, le=48, step=1)

    def lowest(self, layers: int) -> int:
        return max(1, layers - self.count + 1)


TrainableKind = Annotated[Everything | HeadOnly | TopLayers, Field(discriminator="kind"), Shorthand]
