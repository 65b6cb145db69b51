"""What is learned from scratch on top of the encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from bertui.choice import Shorthand, Strategy, choice

if TYPE_CHECKING:
    from bertui.modeling.readers import Reader


class HeadStrategy(Strategy):
    """Chooses what stands between the encoder's vectors and the last linear layer."""

    def reader(self, dim: int) -> Reader | None:
        """Return the network that reads vectors of size ``dim``, or None for none."""
        return None


class Linear(HeadStrategy):
    title: ClassVar[str] = "One linear layer"
    help: ClassVar[str] = "The usual head: all else is learned by the encoder."
    kind: Literal["linear"] = "linear"


class Recurrent(HeadStrategy):
    title: ClassVar[str] = "Two-layer BiLSTM"
    help: ClassVar[str] = "Reads the tokens once more, in both directions. Pays when the encoder is frozen."
    kind: Literal["bilstm"] = "bilstm"
    hidden: int = choice(
        768, title="Size of each direction", help="Of the hidden state; 768 in the paper.",
        source="Devlin et al. 2018, section 5.3", unit="numbers", step=32, ge=8, le=4096,
    )  # fmt: skip
    depth: int = choice(2, title="Layers of the LSTM", help="Two in the paper.", step=1, ge=1, le=4)

    def reader(self, dim: int) -> Reader:
        from bertui.modeling.readers import RecurrentReader

        return RecurrentReader(dim, self.hidden, self.depth)


Head = Annotated[Linear | Recurrent, Field(discriminator="kind"), Shorthand]
