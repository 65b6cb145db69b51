"""The choices of the training loop and of regularisation."""

from __future__ import annotations

import math
from typing import Literal

from bertui.choice import Section, choice
from bertui.errors import RecipeError
from bertui.modeling.precision import Device, Precision
from bertui.tasks.results import LOSS, Measure
from bertui.tasks.task import Task
from bertui.training.trainable import Everything, TrainableKind

_EPOCHS, _MOST_EPOCHS, _STEPS = 3, 20, 400  # at least, at most; steps that a small table's epochs should make
_SHOWN = 60  # characters of a wrong value that a message repeats


class TrainingChoice(Section):
    """How long, in what portions, and what counts as best."""

    epochs: int | None = choice(
        None,
        title="Epochs",
        help="How often the model sees every training row. Left empty: 3, and on small tables as many as make about "
        "400 steps, 20 at most.",
        source="Devlin et al. 2018: 2 to 4; Mosbach et al. 2021: 20 on small data",
        basic=True, step=1, ge=1, le=1000,
    )  # fmt: skip
    max_steps: int | None = choice(
        None,
        title="Maximum steps",
        help="Ends training after so many steps, whatever the epochs say; left empty, all epochs are run.",
        step=1, ge=1, le=10_000_000,
    )  # fmt: skip
    batch_size: int = choice(
        32,
        title="Batch size",
        help="Texts that the model learns from at once; more needs more memory.",
        source="Devlin et al. 2018: 16 or 32",
        basic=True, unit="texts", step=8, ge=1, le=4096,
    )  # fmt: skip
    accumulation: int = choice(
        1,
        title="Gradient accumulation",
        help="Batches added up before each step: the effect of a larger batch without its memory.",
        source="Reproduction of Sun et al.: same accuracy (94.60 against 94.57)",
        step=1, ge=1, le=1024,
    )  # fmt: skip
    trained: TrainableKind = choice(
        Everything(),
        title="Fine-tuned layers",
        help="All weights, the top layers, or the classifier alone.",
        source="Devlin et al. 2018, table 7: frozen features cost 0.3 points or more",
    )
    evaluations_per_epoch: int = choice(
        2,
        title="Evaluations per epoch",
        help="How often the model is scored on the validation rows; each time it can become the best model.",
        source="Mosbach et al. 2021: about 3",
        step=1, ge=1, le=100,
    )  # fmt: skip
    best: str = choice(
        "auto",
        title="Metric for the best model",
        help="What the kept model is best at on the validation rows: loss, or one of the task's measures. auto takes "
        "the measure that suits the task, such as f1_macro for one label and r2 for a score.",
    )
    patience: int = choice(
        0,
        title="Early stopping patience",
        help="Stops after so many evaluations without a better one; 0 never stops early.",
        step=1, ge=0, le=1000,
    )  # fmt: skip
    average: float = choice(
        0.0,
        title="Average of the weights",
        help="Keeps a moving average of the weights and saves that: steadier on small data. The number is how much of "
        "it each step leaves, such as 0.99; 0 keeps the last weights.",
        source="Polyak and Juditsky 1992; Tarvainen and Valpola 2017",
        step=0.01, ge=0, lt=1,
    )  # fmt: skip
    masked_share: float = choice(
        0.0,
        title="Share of masked rows",
        help="Share of the rows of each batch that are read with a random part of their words masked, so that masked "
        "words are nothing new to the model when an explanation hides some. 0.5 is the paper's, 0 is off. On questions "
        "(TREC) 0.5 cost 2 points of accuracy (1 to 4), and heatmaps could be trusted no more than chance explains.",
        source="Madsen et al. 2024: every second row",
        step=0.1, ge=0, le=1,
    )  # fmt: skip
    precision: Precision = choice(
        "auto",
        title="Precision",
        help="The number format of training. auto takes 16-bit (bf16) where the processor or GPU computes it in "
        "hardware, else 32-bit.",
    )
    device: Device = choice("auto", title="Device", help="auto takes a GPU when there is one.")
    threads: int | None = choice(
        None,
        title="Threads",
        help="Processor cores that compute at once. Left empty: all but those that other programs keep busy when the "
        "run begins. Another number rounds sums otherwise: for the same result to the last digit, set it.",
        step=1, ge=1, le=1024,
    )  # fmt: skip
    seed: int = choice(
        0,
        title="Seed",
        help="Fixes the classifier's first weights, the order of the rows and dropout: same seed, same result. "
        "Another seed shows how much is luck.",
        source="Dodge et al. 2020: seeds alone move small data sets by points",
        basic=True, step=1, ge=0, le=2**31 - 1,
    )  # fmt: skip

    def steps_per_epoch(self, rows: int) -> int:
        """Return the optimizer steps in which so many training rows are seen once."""
        return max(1, math.ceil(math.ceil(rows / self.batch_size) / self.accumulation))

    def epochs_for(self, rows: int) -> int:
        """Return the epochs; where none are given, enough for a small table to be learned."""
        if self.epochs is not None:
            return self.epochs
        return min(_MOST_EPOCHS, max(_EPOCHS, round(_STEPS / self.steps_per_epoch(rows))))

    def steps(self, rows: int) -> int:
        """Return the optimizer steps of the whole training."""
        planned = self.steps_per_epoch(rows) * self.epochs_for(rows)
        return min(planned, self.max_steps or planned)


class RegularizationChoice(Section):
    """What keeps the model from learning the rows by heart."""

    hidden_dropout: float | None = choice(
        None,
        title="Hidden dropout",
        help="Share of values zeroed after each dense layer; left empty, as the model was made (0.1 for BERT).",
        source="Sun et al. 2019: 0.1",
        step=0.05, ge=0, lt=1,
    )  # fmt: skip
    attention_dropout: float | None = choice(
        None,
        title="Attention dropout",
        help="Share of attention weights zeroed; left empty, as the model was made (0.1 for BERT).",
        step=0.05, ge=0, lt=1,
    )  # fmt: skip
    classifier_dropout: float = choice(
        0.1,
        title="Classifier dropout",
        help="Share of values zeroed before the classifier.",
        step=0.05,
        ge=0,
        lt=1,
    )
    label_smoothing: float = choice(
        0.0,
        title="Label smoothing",
        help="Share of certainty taken from the given label and spread over the others; 0.1 tempers over-confidence.",
        source="Desai and Durrett 2020: better calibrated away from the training data, not on it",
        step=0.05, ge=0, lt=1,
    )  # fmt: skip
    class_weights: Literal["none", "balanced"] = choice(
        "none",
        title="Class weights",
        help="'balanced' makes rare classes count as much as frequent ones: better macro-F1, worse calibration.",
        basic=True,
    )


def best_measure(task: Task | type[Task], best: str) -> Measure:
    """Return the measure by which the best model is chosen.

    Raises:
        RecipeError: The task has no such measure.
    """
    name = task.chosen_by if best == "auto" else best
    measure = next((measure for measure in (LOSS, *task.measures) if measure.name == name), None)
    if measure is None:
        raise RecipeError(
            f"training.best is '{best[:_SHOWN]}', which is no measure of the task '{task.title}'.",
            expected=f"auto, loss, or one of: {', '.join(measure.name for measure in task.measures)}.",
            remedy="Set training.best to one of these.",
        )
    return measure


def best_choices(task: Task | type[Task]) -> dict[str, str]:
    """Return what ``training.best`` may be for a task -> how it is called."""
    titles = {measure.name: measure.title for measure in (LOSS, *task.measures)}
    return {"auto": f"auto ({titles[task.chosen_by]})", **titles}
