"""What ``--json`` says of a run."""

from __future__ import annotations

from typing import Any


def summary(run: Any) -> dict[str, Any]:
    """Return the facts of a run and how good it is, as plain values."""
    from bertui.runs.run import main_part

    facts, report = run.facts(), run.report() or {"parts": {}}
    judged = main_part(report)
    metrics: dict[str, Any] = {}
    baselines: dict[str, Any] = {}
    if judged is not None:
        metrics = {**_values(judged[1]["metrics"]), "n": judged[1]["n"]}
        baselines = {other["name"]: _values(other["metrics"]) for other in judged[1]["baselines"]}
    return {
        "run": run.id, "name": facts["name"], "status": run.state, "task": run.task_kind,
        "metrics": metrics, "baselines": baselines,
        "seconds": report.get("seconds"), "train_examples_per_second": report.get("train_examples_per_second"),
        "folder": str(run.folder), "findings": facts.get("findings", []),
    }  # fmt: skip


def _values(metrics: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: value["value"] for name, value in metrics.items()}
