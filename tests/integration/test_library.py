"""The verbs in Python, on a run, on its export, and on a model that is loaded once."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

import bertui
from bertui.errors import DataError
from bertui.recipe import Recipe
from bertui.runs.run import Run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture
def run(file: Path, recipe: Recipe, place: Path) -> Run:
    """A run that is trained once for all tests of this file."""
    done = [bertui.Workspace(place / "w").run("films")] if (place / "w").exists() else []
    changes = {"training.epochs": 10}
    return done[0] if done else bertui.train(file, text="text", label="label", recipe=recipe, set=changes,
                                             name="films", workspace=place / "w")  # fmt: skip


def test_train_gives_a_finished_run_with_its_report(run: Run) -> None:
    assert run.state == "finished"
    assert run.report()["parts"]["test"]["metrics"]["accuracy"]["value"] == 1.0  # type: ignore[index]


def test_a_loaded_model_serves_every_verb(run: Run, file: Path) -> None:
    model = bertui.load(run)
    assert bertui.load(model) is model
    assert model.predict("the film was good and great").label == "g"
    answers = bertui.predict(model, file, text="text")
    assert (answers["prediction"] == answers["label"]).all()
    result = bertui.explain(model, "the film was good")
    assert result["target"] == "g" and result["words"] == ["the", "film", "was", "good"]
    assert result["probabilities"]["g"] == pytest.approx(model.predict("the film was good").probability)
    scores = bertui.evaluate(model, file, text="text", label="label")
    assert scores["metrics"]["accuracy"] == 1.0 and scores["baselines"] == {} and scores["run"] is None


@pytest.mark.parametrize("method", ["frozen", "integrated-gradients"])
def test_every_row_of_a_file_is_explained_as_it_is_alone(run: Run, tmp_path: Path, method: str) -> None:
    texts, told, shares = ["the film was good", "", "=bad\u2028 film"], list[str](), list[float]()
    pd.DataFrame({"text": texts}).to_csv(tmp_path / "new.csv", index=False)
    given = {"tell": told.append, "progress": shares.append, "method": method}
    first, empty, last = bertui.explain_file(run, tmp_path / "new.csv", **given)
    alone = bertui.explain(run, texts[0], method=method)
    assert last["scores"] == pytest.approx(bertui.explain(run, texts[2], method=method)["scores"], abs=1e-5)
    assert first["scores"] == pytest.approx(alone["scores"], abs=1e-5) and first["row"] == 2
    assert {key for key in alone if key not in first} == set()
    assert empty == {"row": 3, "answer": None} and last["row"] == 4 and last["answer"] == "b"
    assert shares[-1] == 1 and any("1 of 3 rows have nothing to read" in one for one in told)
    model = bertui.load(run)
    assert all(not one._forward_hooks for one in model.model.modules())


def test_answers_gathered_in_pieces_are_the_answers(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bertui.predict(run, file)
    monkeypatch.setattr("bertui.runs.answers._PIECE", 7)
    pd.testing.assert_frame_equal(bertui.predict(run, file), whole)


def test_rows_with_nothing_to_read_have_no_answer_and_are_counted(run: Run, tmp_path: Path) -> None:
    texts = ["a good film", "", "\u200b", "a bad film", " "]
    file, messages = tmp_path / "new.csv", list[str]()
    pd.DataFrame({"text": texts}).to_csv(file, index=False)
    answers = bertui.predict(run, file, tell=messages.append)
    assert answers["prediction"].isna().tolist() == [False, True, True, False, True]
    assert answers["probability"].isna().tolist() == [False, True, True, False, True]
    assert [words for words in messages if "3 rows have nothing to read" in words] == messages

    pd.DataFrame({"text": texts[1:3]}).to_csv(file, index=False, quoting=csv.QUOTE_ALL)
    assert bertui.predict(run, file)["prediction"].isna().tolist() == [True, True]
    with pytest.raises(DataError, match="empty"):
        bertui.load(run).predict("\u200b")


def test_an_export_answers_as_its_run_does(run: Run, file: Path, tmp_path: Path) -> None:
    result = bertui.export(run, tmp_path / "model")
    assert Path(result["zip"]).is_file()
    of_run, of_export = (bertui.load(source).predict("a good film") for source in (run, tmp_path / "model"))
    assert of_run.probabilities == pytest.approx(of_export.probabilities, abs=1e-6)
    assert bertui.evaluate(tmp_path / "model", file)["metrics"]["n"] == 120


def test_evaluation_on_other_texts_brings_the_baselines(run: Run, tmp_path: Path) -> None:
    texts, file = (
        [f"film {number} of the week was {word}" for number in range(10) for word in ("good", "bad")],
        tmp_path / "o.csv",
    )
    pd.DataFrame({"text": texts, "label": ["g", "b"] * 10}).to_csv(file, index=False)
    scores = bertui.evaluate(run, file)
    assert scores["run"] == run.id and set(scores["baselines"]) == {"Majority class", "TF-IDF with logistic regression"}
    assert scores["rows_in_training"] == 0 and scores["other_rows"] is None and not scores["notes"]
    assert scores["train_examples_per_second"] > 0


def test_evaluation_on_a_file_with_training_texts_sets_baselines_beside_the_other_rows_alone(
    run: Run, file: Path
) -> None:
    scores = bertui.evaluate(run, file)
    known, others = scores["rows_in_training"], scores["other_rows"]
    assert scores["metrics"]["n"] == 120 and not scores["baselines"]
    assert 0 < known < 120 and others["metrics"]["n"] == 120 - known
    assert set(others["baselines"]) == {"Majority class", "TF-IDF with logistic regression"}
    assert f"{known} of 120 rows stand in the rows that the run was trained on" in " ".join(scores["notes"])


def test_an_unknown_target_is_told(run: Run) -> None:
    with pytest.raises(DataError, match="has no label 'x'"):
        bertui.explain(run, "a film", target="x")
