"""Trouble that training notices by itself, in plain words, each with the change that would help."""

from __future__ import annotations

import math
from typing import Any

from bertui.errors import RunError
from bertui.training.events import AlarmRaised, Evaluated


class TrainingHalted(RunError):
    """Training cannot go on; ``alarm`` says why and which changes of the recipe would help."""

    def __init__(self, alarm: AlarmRaised) -> None:
        self.alarm = alarm
        super().__init__(alarm.message, remedy="")


def out_of_memory(step: int, batch_size: int, accumulation: int) -> TrainingHalted:
    """Half the batch, double the accumulation: the same steps in half the memory."""
    if batch_size == 1:
        message, remedy = (
            "Memory ran out with one text at a time. Lower the longest text or take a smaller model.",
            {},
        )
    else:
        message = (
            f"Memory ran out with {batch_size} texts at a time. With {batch_size // 2} at a time and twice as many "
            "accumulated batches the training is the same and needs about half the memory."
        )
        remedy = {"training.batch_size": batch_size // 2, "training.accumulation": accumulation * 2}
    return TrainingHalted(AlarmRaised("memory", message, step, remedy))


def not_a_number(step: int, rate: float) -> TrainingHalted:
    """The loss or the gradient is no longer a number: almost always too high a rate."""
    message = (
        f"The loss is no longer a number since step {step}: the weights were thrown too far. "
        f"A fifth of the learning rate ({rate / 5:.2g}) usually mends it."
    )
    return TrainingHalted(AlarmRaised("not-a-number", message, step, {"optimizer.learning_rate": rate / 5}))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of the step means that memory ran out, on a GPU or on the processor."""
    words = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")
    return isinstance(error, MemoryError) or any(word in str(error).lower() for word in words)


def one_class(step: int, label: str, rate: float, suitable: float) -> AlarmRaised:
    """Every validation row gets the same answer: nothing is learned yet."""
    better = suitable if not math.isclose(rate, suitable, rel_tol=0.3) else rate * (0.5 if rate > 5e-5 else 3)
    message = (
        f"Nothing is learned so far: every validation text is answered '{label}'. "
        f"A learning rate of {better:.2g} instead of {rate:.2g}, or more epochs, may help."
    )
    return AlarmRaised("one-class", message, step, {"optimizer.learning_rate": better})


def over_fitting(history: list[Evaluated], epochs: int) -> AlarmRaised | None:
    """Validation loss has risen over the last two checks by a tenth in all while training loss fell."""
    if len(history) < 3:
        return None
    losses = [check.metrics["loss"] for check in history]
    lowest = min(range(len(losses)), key=losses.__getitem__)
    rising = lowest <= len(losses) - 3 and losses[-1] > losses[-2] > losses[lowest] * 1.1
    if not rising or history[-1].train_loss >= history[lowest].train_loss:
        return None
    better: dict[str, Any] = {"training.epochs": max(1, math.ceil(history[lowest].epoch))}
    message = (
        f"Over-fitting since step {history[lowest].step}: the loss falls on the training rows and rises on the "
        "validation rows. The best model so far is kept; fewer epochs would do."
    )
    return AlarmRaised("over-fitting", message, history[-1].step, better if better["training.epochs"] < epochs else {})
