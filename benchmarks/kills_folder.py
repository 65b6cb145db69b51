"""For kills.py: what the folder of a run says of its phases, its steps, its best model and its report."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from bertui.modeling.saving import read_facts
from bertui.runs.run import Run
from bertui.training.events import PhaseBegan, StepTaken

PHASES = ("load", "tokenise", "train", "evaluate", "save")


def parts(run: Run) -> Any:
    """Return what the report says of each part, but for the times that were taken."""
    return _without_times((run.report() or {}).get("parts"))


def _without_times(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _without_times(value) for name, value in found.items() if name != "seconds"}
    return [_without_times(value) for value in found] if isinstance(found, list) else found


def leftovers(run: Run) -> list[str]:
    return [path.name for path in run.folder.iterdir() if path.suffix in (".new", ".ready", ".old")]


def digest_of(model: Path) -> str:
    """Return a digest of encoder and head together."""
    weights = (model / name for name in ("model.safetensors", "head.safetensors"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in weights)).hexdigest()


def step_of(model: Path) -> int:
    return int(read_facts(model)["step"])


def steps_of(run: Run) -> list[int]:
    return [event.step for event in run.events()[0] if isinstance(event, StepTaken)]


def phases_in(run: Run) -> list[str]:
    return [event.name for event in run.events()[0] if isinstance(event, PhaseBegan)]


def phase_of(run: Run) -> str:
    """Return the phase in which a run stands by its log; it loads before it says so."""
    return next(iter(reversed(phases_in(run))), "load")


def turns_of(run: Run, phase: str) -> int:
    return phases_in(run).count(phase)


def phase_spans(run: Run) -> dict[str, list[float]]:
    """Return how long each turn of each phase took."""
    lines = [json.loads(line) for line in (run.folder / "events.jsonl").read_bytes().split(b"\n") if line]
    begins = [(line["time"], line["name"]) for line in lines if line["event"] == "phase"]
    ends = [at for at, _ in begins[1:]] + [lines[-1]["time"] + 0.02]  # the last moments are those of run.json
    spans: dict[str, list[float]] = {phase: [] for phase in PHASES}
    for (at, phase), end in zip(begins, ends, strict=True):
        spans[phase].append(max(0.002, end - at))
    return spans
