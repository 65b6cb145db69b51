"""``bertui.layers``: what every layer of a run does, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.errors import UserError
from bertui.evaluation.intervals import Interval
from bertui.prediction.outputs import Progress
from bertui.runs.laboratory import NETWORKS, ROWS, SIDES, Laboratory
from bertui.runs.verbs import Trained, load, run_with_rows

if TYPE_CHECKING:
    from bertui.laboratory.ablation import LayerAblation
    from bertui.laboratory.drift import VectorDrift
    from bertui.laboratory.lens import Lens
    from bertui.laboratory.probe import Probe
    from bertui.laboratory.words import OneWord


@dataclass(frozen=True)
class LayerReport:
    """What was found of each layer of a run, from 0, the embeddings, to the top.

    Attributes:
        rows: Rows that were read: those that probes are fitted on, those that are scored.
        probes: Of the label, by pooling; none for tasks that give a text no label.
        lens: None where no vector stands for a text.
        drift: Of the mean vectors.
        ablation: None where it is not known where the family's layers stand.
        word: One word through the layers, where it was asked for.
        notes: Why something is missing, in sentences.
    """

    rows: tuple[int, int]
    layers: int
    probes: dict[str, Probe]
    lens: Lens | None
    drift: VectorDrift | None
    ablation: LayerAblation | None
    word: OneWord | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def majority(self) -> float | None:
        return next((one.majority.value for one in self.probes.values()), None)

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "rows": sum(self.rows), "majority": self.majority,
            "layers": [self._layer(number) for number in range(self.layers + 1)], "notes": list(self.notes),
        }  # fmt: skip
        return found if self.word is None else {**found, "word": self.word.to_json()}

    def _layer(self, number: int) -> dict[str, Any]:
        ablated = self.ablation.without[number - 1].value if self.ablation is not None and number else None
        return {
            **self._probed(number, "cls", ""), **self._probed(number, "mean", "_mean"),
            "cka": None if self.drift is None else self.drift.cka[number],
            "lens": None if self.lens is None else self.lens.raw[number],
            "lens_mapped": None if self.lens is None else self.lens.mapped[number],
            "without": ablated,
        }  # fmt: skip

    def _probed(self, number: int, pooling: str, suffix: str) -> dict[str, Any]:
        found = self.probes.get(pooling)

        def each(scores: Any, names: tuple[str, ...]) -> dict[str, float | None]:
            return {side: _value(scores[name][number]) for side, name in zip(SIDES, names, strict=True)}

        if found is None:
            return {f"{name}{suffix}": dict.fromkeys(SIDES) for name in ("probe", "untrained", "control")}
        return {
            f"probe{suffix}": each(found.scores, SIDES),
            f"untrained{suffix}": each(found.scores, ("untrained", "untrained")),
            f"control{suffix}": each(found.control, SIDES),
        }


def layers(
    run: Trained, *, rows: int = ROWS, word: str | None = None, before: Trained | None = None,
    workspace: str | Path | None = None, progress: Progress | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what every layer of a run does, as plain values; see ``LayerReport.to_json``.

    Args:
        rows: How many rows are read at most.
        word: A word that is followed through the layers.
        before: A run in the place of the model before fine-tuning.
    """
    return layer_report(run, rows=rows, word=word, before=before, workspace=workspace, progress=progress).to_json()


def layer_report(
    run: Trained, *, rows: int = ROWS, word: str | None = None, before: Trained | None = None,
    workspace: str | Path | None = None, progress: Progress | None = None,
) -> LayerReport:  # fmt: skip
    """Probe, lens, drift and ablation of a run, from one pass of each network over the rows.

    Raises:
        ModelError: There are no rows to look at, as with an exported folder; or the model before cannot be had.
        DataError: Too few rows, or the word never occurs.
    """
    from bertui.laboratory.sample import Steps

    trained = run_with_rows(run, workspace)
    other = None if before is None else load(before, workspace)
    lab, steps = Laboratory(trained, load(run, workspace), other=other, rows=rows), Steps(progress, 7)
    notes: list[str] = []
    train, held_out = lab.both(NETWORKS, steps.next())
    drift: VectorDrift | None = _tried(lambda: lab.drift(steps.next()), notes)
    if drift is not None and drift.warning:
        notes.append(drift.warning)
    return LayerReport(
        (len(lab.train.rows), len(lab.held_out.rows)), held_out["after"].layers,
        _probes(lab, train, held_out, steps, notes),
        _tried(lambda: lab.lens(lab.reader(), steps.next()), notes),
        drift,
        _tried(lambda: _ablation(lab, steps.next()), notes),
        None if word is None else _word(lab, word, steps.next()),
        tuple(notes),
    )  # fmt: skip


def _probes(lab: Laboratory, train: Any, held_out: Any, steps: Any, notes: list[str]) -> dict[str, Probe]:
    from bertui.laboratory.probe import probe

    target = lab.label()
    if target is None:
        notes.append("The label is not probed: this task does not give each text one of some labels.")
        return {}
    found = (
        (pooling, _tried(lambda pooling=pooling: probe(  # type: ignore[misc]
            train, held_out, target, pooling, progress=steps.next()), notes))
        for pooling in ("cls", "mean")
    )  # fmt: skip
    return {pooling: one for pooling, one in found if one is not None}


def _ablation(lab: Laboratory, progress: Progress) -> LayerAblation:
    from bertui.laboratory.ablation import layer_ablation

    return layer_ablation(lab.after, lab.sample(), progress)


def _word(lab: Laboratory, word: str, progress: Progress) -> OneWord:
    from bertui.laboratory.words import one_word

    inputs = [*lab.train.inputs, *lab.held_out.inputs]
    target = lab.label()
    labels = None if target is None else [*target.train.tolist(), *target.held_out.tolist()]
    return one_word(lab.after, lab.predictor.encoder, lab.task, word, inputs, labels=labels, progress=progress)


def _tried(view: Callable[[], Any], notes: list[str]) -> Any:
    """Return what a view finds; where it cannot be had for this run, note why and go on."""
    try:
        return view()
    except UserError as error:
        notes.append(str(error))
        return None


def _value(interval: Interval | None) -> float | None:
    return None if interval is None else interval.value
