"""Parameter groups, one learning rate per layer, and the schedule over the steps."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from bertui.choice import Section, Shorthand, Strategy, choice
from bertui.errors import RecipeError
from bertui.modeling.backbone import depth_of, own_layers
from bertui.modeling.families import family_of
from bertui.modeling.size import Size

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel


class Schedule(Strategy):
    """The factor on every learning rate, by step."""

    @abstractmethod
    def factor(self, step: int, steps: int, warmup: float) -> float:
        """Return the factor (0 to 1) at ``step`` of ``steps``, counted from 0, with warm-up share ``warmup``."""


class RiseThenFall(Schedule):
    """Rises to 1 in a straight line over the warm-up; each schedule has a fall of its own."""

    def factor(self, step: int, steps: int, warmup: float) -> float:
        rise = warmup * steps
        if step < rise:
            # step + 1: the first step must not be wasted at rate 0.
            return min(1.0, (step + 1) / rise)
        return self.fall((step - rise) / max(1.0, steps - rise))

    @abstractmethod
    def fall(self, progress: float) -> float:
        """Return the factor after warm-up, ``progress`` from 0 to 1."""


class Linear(RiseThenFall):
    title: ClassVar[str] = "Linear"
    help: ClassVar[str] = "Falls in a straight line to zero, as in Devlin et al. 2018 and the code of Sun et al."
    kind: Literal["linear"] = "linear"

    def fall(self, progress: float) -> float:
        return max(0.0, 1.0 - progress)


class Cosine(RiseThenFall):
    title: ClassVar[str] = "Cosine"
    help: ClassVar[str] = "Falls slowly, then fast, then slowly, along half a cosine."
    kind: Literal["cosine"] = "cosine"

    def fall(self, progress: float) -> float:
        return 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))


class SlantedTriangular(Schedule):
    """Short rise, long fall to a floor of ``1 / ratio``, which the last step reaches.

    Steps are counted from 1, so that the first is not spent at the floor, and the fall takes the steps that are left:
    where the warm-up share is no whole number of steps, the equation's own fall ends too early.

    Source: Howard and Ruder 2018, equation 3; the warm-up share is their cut_frac.
    """

    title: ClassVar[str] = "Slanted triangular"
    help: ClassVar[str] = "Rises from a floor and falls back to it in straight lines (Howard and Ruder 2018)."
    kind: Literal["slanted-triangular"] = "slanted-triangular"
    ratio: float = choice(32.0, title="Ratio", help="Highest rate over lowest rate.", ge=1, le=1000, step=1)

    def factor(self, step: int, steps: int, warmup: float) -> float:
        cut, t = max(1, math.floor(steps * warmup)), step + 1
        p = t / cut if t <= cut else 1 - (t - cut) / (steps - cut)
        return (1 + max(0.0, p) * (self.ratio - 1)) / self.ratio


ScheduleKind = Annotated[Linear | Cosine | SlantedTriangular, Field(discriminator="kind"), Shorthand]


class OptimizerChoice(Section):
    """AdamW with a rate per layer."""

    learning_rate: float | None = choice(
        None,
        title="Learning rate",
        help="Size of a step, for the top layer and the classifier. Left empty, one that suits the size "
        "of the model: 1e-4 for the built-in one, 2e-5 for BERT-base. Too high forgets what it knew; too low learns "
        "nothing.",
        source="Sun et al. 2019, figure 2: 4e-4 fails on BERT-base, 2e-5 is best",
        basic=True, step=1e-5, gt=0, le=0.1,
    )  # fmt: skip
    layer_decay: float = choice(
        1.0,
        title="Layer-wise decay",
        help="Each layer below learns at this times the rate of the one above; 1 is the same for all.",
        source="Sun et al. 2019, table 4: 0.95 gains 0.02 to 0.1 points, within noise",
        step=0.05, gt=0, le=1,
    )  # fmt: skip
    decay_embeddings: bool = choice(
        True,
        title="Decay the embeddings too",
        help="Treats the word embeddings as the layer below the lowest. Off, they learn at the full rate, as in the "
        "authors' code, where they move more than the lowest layer.",
        source="Issue 24 of the authors' code",
    )
    weight_decay: float = choice(
        0.01,
        title="Weight decay",
        help="Pulls weights towards zero; never biases and normalisation.",
        source="Devlin et al. 2018: 0.01",
        step=0.01, ge=0, le=1,
    )  # fmt: skip
    warmup: float = choice(
        0.1,
        title="Warm-up ratio",
        help="Share of the steps in which the rate rises from zero; protects what the model knew.",
        source="Sun et al. 2019: 0.1",
        step=0.05, ge=0, lt=1,
    )  # fmt: skip
    schedule: ScheduleKind = choice(
        Linear(),
        title="Learning rate schedule",
        help="How the rate falls after warm-up.",
        source="Howard and Ruder 2018, table 7: the slanted triangle beats cosine on small data, on LSTMs",
    )
    beta1: float = choice(0.9, title="Adam beta 1", help="Memory of past gradients.", step=0.01, ge=0, lt=1)
    beta2: float = choice(0.999, title="Adam beta 2", help="Memory of past squares.", step=0.001, ge=0, lt=1)
    clip: float = choice(
        1.0,
        title="Gradient clipping",
        help="Longest the gradient may be, all weights together; 0 does not clip.",
        source="Devlin et al. 2018: 1.0",
        step=0.1, ge=0, le=1000,
    )  # fmt: skip

    def layer_rate(self, depth: int, layers: int) -> float:
        """Return the highest rate of the layer at ``depth`` (0 embeddings, ``layers`` top, above: head).

        Source: Sun et al. 2019, equation 2: the top layer has the base rate, each below ``layer_decay`` times it.
        """
        if (base := self.learning_rate) is None:
            raise RecipeError(
                "optimizer.learning_rate is empty, and no model has been looked at for one that suits it.",
                expected="A number.",
                remedy="Give one, or take the recipe's resolved(size=Size.of(config)).",
            )
        if depth == 0 and not self.decay_embeddings:
            return base
        return base * self.layer_decay ** max(0, layers - depth)


_RATES = (  # hidden size and layers at most, and the rate that suits such a model
    (384, math.inf, 1e-4),  # BERT-tiny, BERT-mini, MiniLM
    (512, 6, 4e-5),  # BERT-small
    (768, 6, 5e-5),  # DistilBERT: half the layers of BERT-base
    (768, math.inf, 2e-5),  # BERT-base
    (math.inf, math.inf, 1e-5),  # BERT-large and above
)
_FROZEN = 1e-3  # only the head learns: logistic regression on features


def suitable_rate(size: Size, *, frozen: bool = False) -> float:
    """Return a learning rate that suits a model by its size and family: small and shallow ones need a higher one."""
    if frozen:
        return _FROZEN
    by_size = next(rate for hidden, layers, rate in _RATES if size.hidden <= hidden and size.layers <= layers)
    lowest, highest = size.family.rates
    return min(max(by_size, lowest), highest)


def parameter_groups(model: TextModel, choices: OptimizerChoice) -> list[dict[str, Any]]:
    """Return AdamW's groups, bottom to top, each with its ``name`` and highest rate ``peak``."""
    layers, family = own_layers(model.encoder.config), family_of(model.encoder.config)
    names = layer_names(model)
    groups: dict[tuple[int, bool], list[Any]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            inside = name.removeprefix("encoder.")
            depth = layers + 1 if inside == name else depth_of(inside, layers, family)
            decays = parameter.ndim > 1  # biases and normalisation are vectors
            groups.setdefault((depth, decays), []).append(parameter)
    return [
        {
            "params": groups[depth, decays],
            "name": names[depth],
            "peak": choices.layer_rate(depth, layers),
            "lr": choices.layer_rate(depth, layers),
            "weight_decay": choices.weight_decay if decays else 0.0,
        }
        for depth, decays in sorted(groups)
    ]


def layer_names(model: TextModel) -> list[str]:
    """Return the names of all layers, learning or not, from the embeddings up to the head."""
    layers = own_layers(model.encoder.config)
    shared = layers < int(model.encoder.config.num_hidden_layers)
    return [depth_name(depth, layers, shared=shared) for depth in range(layers + 2)]


def depth_name(depth: int, layers: int, *, shared: bool = False) -> str:
    """Return what people call a depth: embeddings, layer 1 ..., head; ``shared`` where a layer is read many times."""
    if depth == 0 or depth > layers:
        return "head" if depth else "embeddings"
    return f"shared layer {depth}" if shared else f"layer {depth}"
