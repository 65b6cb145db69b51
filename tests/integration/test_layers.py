"""``bertui layers``: a whole report of a run, what is kept in its folder, and what cannot be looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bertui
from bertui.errors import DataError, ModelError
from bertui.runs.laboratory import Laboratory
from bertui.runs.layer_report import layer_report
from bertui.runs.run import Run

KEYS = {"probe", "untrained", "control", "probe_mean", "untrained_mean", "control_mean", "cka", "lens", "lens_mapped",
        "without"}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Run:
    folder = tmp_path_factory.mktemp("layers")
    rows = [(f"a {('great', 'terrible', 'dull')[n % 3]} film, number {n}", ("good", "bad", "soso")[n % 3],
             ("north", "south")[n % 2]) for n in range(120)]  # fmt: skip
    pd.DataFrame(rows, columns=["text", "label", "place"]).to_csv(folder / "films.csv", index=False)
    settings = {"model.name": str(tiny), "training.epochs": 2, "encoding.max_length": 16, "split.validation": 0.25}
    return bertui.train(folder / "films.csv", text="text", label="label", set=settings, workspace=folder / "space")


def test_a_report_has_every_layer_and_is_kept(run: Run) -> None:
    report = layer_report(run, word="film")
    saved = json.loads(json.dumps(report.to_json()))
    assert (
        {"rows", "majority", "layers", "notes", "word"} == set(saved)
        and len(saved["notes"]) == 1
        and "rows: below 500" in saved["notes"][0]
    )
    assert len(saved["layers"]) == 3 and all(set(layer) == KEYS for layer in saved["layers"])
    first, top = saved["layers"][0], saved["layers"][-1]
    assert first["probe"] == {"before": None, "after": None} and first["without"] is None
    assert top["lens"] == top["lens_mapped"] == 1.0 and 0 <= top["without"] <= 1
    assert top["untrained"]["before"] == top["untrained"]["after"] is not None
    assert 0 < top["cka"] <= 1 and first["cka"] > 0.99 and saved["word"]["found"] > 50
    kept = sorted((run.folder / "layers").iterdir())
    stamps = [one.stat().st_mtime_ns for one in kept]
    assert len(kept) == 6
    again = layer_report(run, word="film").to_json()
    assert again == report.to_json()
    assert [one.stat().st_mtime_ns for one in sorted((run.folder / "layers").iterdir())] == stamps


def test_what_is_kept_and_broken_is_read_anew_and_a_stop_leaves_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Laboratory(run, bertui.load(run), rows=60)
    whole = lab.vectors("after", lab.train)
    newest = max((run.folder / "layers").iterdir(), key=lambda one: one.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[:1000])
    np.testing.assert_array_equal(lab.vectors("after", lab.train).cls, whole.cls)
    before = set((run.folder / "layers").iterdir())

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    other = Laboratory(run, bertui.load(run), rows=40)
    with pytest.raises(KeyboardInterrupt):
        other.vectors("after", other.train, stop)
    assert set((run.folder / "layers").iterdir()) == before


def test_columns_length_and_order_can_be_probed_too(run: Run) -> None:
    lab = Laboratory(run, bertui.load(run))
    assert list(lab.targets()) == ["the label", "the length of the text"]
    assert set(lab.targets()["the label"]().train.tolist()) == {"good", "bad", "soso"}
    found = lab.order("mean")
    assert set(found.scores) == {"before", "after"} and found.majority.value == 0.5
    assert found.rows == (2 * len(lab.train.rows), 2 * len(lab.held_out.rows))
    assert not set(lab.train.rows) & set(lab.held_out.rows)
    test = set(run.data()[1].test.tolist())
    assert not test & {*lab.train.rows.tolist(), *lab.held_out.rows.tolist()}


def test_another_run_stands_in_the_place_of_before(run: Run) -> None:
    report = layer_report(run, before=run, rows=60)
    assert report.drift is not None and report.drift.cka[-1] == pytest.approx(1, abs=1e-6)
    for probed in report.probes.values():
        assert probed.scores["before"] == probed.scores["after"]


def test_what_cannot_be_looked_at_is_said(run: Run, tmp_path: Path, tiny: Path) -> None:
    bertui.export(run, tmp_path / "export")
    with pytest.raises(ModelError, match="no rows to look at"):
        layer_report(tmp_path / "export")
    with pytest.raises(DataError, match="stands in none"):
        layer_report(run, rows=60, word="zebra")
    pd.DataFrame({"text": ["a film", "bad", "good plot"] * 4, "label": ["x", "y", "x"] * 4}).to_csv(
        tmp_path / "few.csv", index=False
    )
    settings: dict[str, Any] = {"model.name": str(tiny), "training.epochs": 1, "split.validation": 0.1,
                                "encoding.max_length": 32}  # fmt: skip
    few = bertui.train(tmp_path / "few.csv", text="text", label="label", set=settings, workspace=tmp_path / "space")
    with pytest.raises(DataError, match="validation rows that can be read"):
        layer_report(few)


def test_the_library_has_the_verb(run: Run) -> None:
    assert callable(bertui.layers) and len(bertui.layers(run, rows=60)["layers"]) == 3
