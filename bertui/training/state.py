"""What one training run changes, and the pieces of a step: rates, gradient, clipping, update, check."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch

from bertui.encoding.batching import training_batches
from bertui.modeling.dropout import RandomBytes, use_stream
from bertui.modeling.model import TextModel
from bertui.modeling.precision import autocast
from bertui.modeling.seen import learn_seen
from bertui.training.choices import TrainingChoice
from bertui.training.events import Evaluated, TrainingBegan
from bertui.training.movement import Movement
from bertui.training.network import network_of
from bertui.training.objective import Objective
from bertui.training.optimizer import OptimizerChoice, parameter_groups
from bertui.training.regularisers import Answered, Regulariser
from bertui.training.threads import free_threads


@dataclass
class Progress:
    """Where training stands; with weights, optimizer and random stream it is enough to go on."""

    step: int = 0
    threads: int = 0  # that compute; 0: not chosen yet
    best: float = -math.inf
    best_loss: float = math.inf
    best_step: int = 0
    stale: int = 0
    evaluations: list[Evaluated] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    loss_since_check: list[float] = field(default_factory=list)


class Training:
    """Everything one training run changes: weights, optimizer, random stream, progress."""

    def __init__(
        self, model: TextModel, objective: Objective, *, training: TrainingChoice, optimizer: OptimizerChoice,
        regularisers: tuple[Regulariser, ...] = (), padding: int, device: str = "cpu", precision: str = "32-bit",
        suitable_rate: float = 1e-4,
    ) -> None:  # fmt: skip
        self.model, self.objective, self.regularisers = model.to(device), objective, regularisers
        self.choices, self.rates, self.suitable_rate = training, optimizer, suitable_rate
        self.device, self.precision = device, precision
        training.trained.freeze(model)
        self.parameters = sum(p.numel() for p in model.parameters())
        self.words = None if objective.met is None else learn_seen(model.encoder, objective.met, padding)
        for regulariser in regularisers:
            regulariser.prepare(model)
        self.trained_parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)
        self.stream = RandomBytes(training.seed)
        use_stream(model, self.stream)
        self.optimizer = torch.optim.AdamW(
            parameter_groups(model, optimizer),
            betas=(optimizer.beta1, optimizer.beta2),
            fused=device != "mps",
        )
        self.movement = Movement(model, self.optimizer, self.steps)
        self.progress = Progress()
        self.collapsed: str | None = None
        self.examples_seen, self.seconds = 0, 0.0  # of this process, for the speed
        self.network = network_of(model, objective, padding, device, precision)

    @property
    def steps_per_epoch(self) -> int:
        return self.choices.steps_per_epoch(len(self.objective))

    @property
    def steps(self) -> int:
        """Optimizer steps in all."""
        return self.choices.steps(len(self.objective))

    def is_check(self, step: int) -> bool:
        """Whether the validation rows are read after ``step`` steps: evenly within each epoch, and at the end."""
        if not self.objective.has_checks:
            return False
        within = (step - 1) % self.steps_per_epoch + 1
        checks = self.choices.evaluations_per_epoch
        check_steps = {max(1, round(self.steps_per_epoch * (n + 1) / checks)) for n in range(checks)}
        return within in check_steps or step == self.steps

    def choose_threads(self, others: float) -> None:
        """Choose how many threads compute, unless a checkpoint says; ``others`` are cores that other programs use."""
        self.progress.threads = self.progress.threads or self.choices.threads or free_threads(others)

    def plan(self) -> TrainingBegan:
        return TrainingBegan(
            steps=self.steps, epochs=self.steps / self.steps_per_epoch, examples=len(self.objective),
            parameters=self.parameters, trained_parameters=self.trained_parameters,
            device=self.device, precision=self.precision, resumed_at=self.progress.step, threads=self.progress.threads,
        )  # fmt: skip

    def micro_batches(self, step: int) -> list[np.ndarray]:
        """Return the batches of optimizer step ``step`` (from 0), large ones as micro-batches."""
        epoch, within = divmod(step, self.steps_per_epoch)
        if getattr(self, "_epoch", None) != epoch:
            self._epoch = epoch
            alike = self.model.pads(self.device) and self.objective.alike
            self._batches = training_batches(
                self.objective.longest, self.choices.batch_size, self.choices.seed, epoch, alike=alike
            )
        first = within * self.choices.accumulation
        batches = self._batches[first : first + self.choices.accumulation]
        return [part for rows in batches for part in self.network.micro_batches(rows, self.objective.tokens[rows])]

    def set_rates(self, step: int) -> dict[str, float]:
        """Set and return the learning rate of each layer group for ``step`` (from 0)."""
        factor = self.rates.schedule.factor(step, self.steps, self.rates.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        return {group["name"]: group["lr"] for group in self.optimizer.param_groups}

    def loss_and_gradient(self, batches: list[np.ndarray]) -> float:
        """Add up the gradients of the batches; return the mean loss of the objective."""
        # A generator for each step, so that what is drawn does not hang on where a run began.
        random = np.random.default_rng([self.choices.seed, self.progress.step])
        read = [self.objective.batch(rows, random) for rows in batches]
        count = max(1, sum(self.objective.counted(targets) for _, targets in read))
        total = torch.zeros((), device=self.device)
        for batch, targets in read:
            with autocast(self.device, self.precision):
                outputs = self.network.answer(batch)
            loss = self.objective.loss(outputs, targets)
            answered = Answered(self.network, batch, targets, outputs)
            further = [more for one in self.regularisers for more in one.further_losses(answered)]
            (sum(further, loss) / count).backward()
            total += loss.detach()  # read once, at the end: a GPU need not wait for each micro-batch
        return float(total) / count

    def update(self) -> None:
        """Change the weights by the gradient; embeddings that training never meets only decay."""
        self.optimizer.step()
        if self.words is not None:
            self.words.decay_unseen(self.optimizer.param_groups)
        for regulariser in self.regularisers:
            regulariser.updated(self.model)

    @contextmanager
    def weights_to_keep(self) -> Iterator[None]:
        """Give the model the weights by which it is judged and saved, for a while."""
        with ExitStack() as stack:
            for regulariser in self.regularisers:
                stack.enter_context(regulariser.weights_to_keep(self.model))
            yield

    def clip(self) -> float:
        """Shorten the gradient to the chosen norm; return its norm before."""
        weights = [p for group in self.optimizer.param_groups for p in group["params"]]
        return float(torch.nn.utils.clip_grad_norm_(weights, self.rates.clip or math.inf))

    def check(self) -> Evaluated:
        """Read the validation rows and remember whether they are answered better than ever before."""
        with self.weights_to_keep():
            check = self.objective.check(self.network)
        metrics, self.collapsed = check.metrics, check.collapsed
        measure = self.objective.measure
        merit = -metrics[measure.name] if measure.falling else metrics[measure.name]
        progress = self.progress
        # On few rows scores are often equal; then the surer of the two models is the better one.
        best = (merit, -metrics["loss"]) > (progress.best, -progress.best_loss)
        progress.stale = 0 if best else progress.stale + 1
        if best:
            progress.best, progress.best_loss, progress.best_step = merit, metrics["loss"], progress.step
        losses = progress.loss_since_check or [math.nan]
        epoch = progress.step / self.steps_per_epoch
        evaluated = Evaluated(progress.step, epoch, metrics, best, float(np.mean(losses)))
        progress.evaluations.append(evaluated)
        progress.loss_since_check = []
        return evaluated
