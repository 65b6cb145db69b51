"""What training says while it runs: frozen events, one JSON line each."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from pydantic import TypeAdapter


@dataclass(frozen=True)
class Event:
    """Something that happened. ``time`` (seconds since 1970) is set by whoever writes it down."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True)
class PhaseBegan(Event):
    """A named phase with how far it is, so that progress is never silent."""

    kind: ClassVar[str] = "phase"
    name: str  # load, tokenise, train, evaluate, save
    done: float = 0.0  # 0 to 1
    detail: str = ""


@dataclass(frozen=True)
class ModelLoaded(Event):
    """Which weights were taken; ``revision`` is the commit of a hub model, ``learning_rate`` the recipe's or theirs."""

    kind: ClassVar[str] = "model"
    name: str
    revision: str | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class TrainingBegan(Event):
    """The plan of the run, known once the data is encoded."""

    kind: ClassVar[str] = "plan"
    steps: int
    epochs: float
    examples: int
    parameters: int
    trained_parameters: int
    device: str
    precision: str
    resumed_at: int = 0
    threads: int = 0


@dataclass(frozen=True)
class StepTaken(Event):
    """One optimizer step. ``loss`` is the mean over the step's examples; ``tokens`` counts padding out."""

    kind: ClassVar[str] = "step"
    step: int
    loss: float
    gradient_norm: float
    learning_rates: dict[str, float]
    examples: int
    tokens: int
    seconds: float


@dataclass(frozen=True)
class LayersMoved(Event):
    """What a single step did to each layer, 0 where it does not learn; from the embeddings up to the head.

    Attributes:
        gradient_norms: Norm of the gradient of all its weights, before clipping.
        updates: Norm of the change of its weights, as a share of the norm of the weights.
    """

    kind: ClassVar[str] = "movement"
    step: int
    gradient_norms: dict[str, float]
    updates: dict[str, float]


@dataclass(frozen=True)
class Evaluated(Event):
    """Validation at a step: ``metrics`` has "loss" and the task's measures; ``best`` when better than ever before."""

    kind: ClassVar[str] = "evaluation"
    step: int
    epoch: float
    metrics: dict[str, float]
    best: bool
    train_loss: float


@dataclass(frozen=True)
class PinsAsked(Event):
    """What the network answers for the pinned sentences at a step; each with its texts, probabilities and words."""

    kind: ClassVar[str] = "pins"
    step: int
    sentences: list[dict[str, Any]]


@dataclass(frozen=True)
class CheckpointDue(Event):
    """The training state should be written down now, while training waits."""

    kind: ClassVar[str] = "checkpoint"
    step: int


@dataclass(frozen=True)
class AlarmRaised(Event):
    """Trouble in plain words, with the changes of the recipe that would help (dotted path -> value)."""

    kind: ClassVar[str] = "alarm"
    alarm: str
    message: str
    step: int = 0
    remedy: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingEnded(Event):
    """Why training ended: "all steps", "no improvement", "stopped"."""

    kind: ClassVar[str] = "end"
    step: int
    reason: str
    seconds: float = 0.0


_ALL = (
    PhaseBegan, ModelLoaded, TrainingBegan, StepTaken, LayersMoved, Evaluated, PinsAsked, CheckpointDue, AlarmRaised,
    TrainingEnded,
)  # fmt: skip
_KINDS = {cls.kind: cls for cls in _ALL}


def to_json(event: Event) -> dict[str, Any]:
    """Return an event as plain values with its kind under "event"."""
    return {"event": event.kind, **asdict(event)}


def from_json(saved: dict[str, Any]) -> Event | None:
    """Return the event of a saved line; None for a kind that this version does not know.

    Raises:
        ValueError: A value is missing or of the wrong type.
    """
    values = {name: value for name, value in saved.items() if name not in ("event", "time")}
    reader = _READERS.get(saved.get("event", ""))
    return reader.validate_python(values) if reader is not None else None


_READERS: dict[str, TypeAdapter[Event]] = {kind: TypeAdapter(cls) for kind, cls in _KINDS.items()}
