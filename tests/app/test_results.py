"""The Results page, on a run whose labels and texts are hostile."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from bertui.data.reading.reading import read_table
from bertui.evaluation.scores import score
from bertui.runs.explained_part import kept_part
from bertui.runs.results import parts_of, read_part, with_table
from bertui.runs.run import Run
from bertui.tasks.views import ConfusionView
from bertui.ui.names import file_name
from bertui.ui.results import confusion
from bertui.ui.server.jobs import jobs
from bertui.ui.shell import plain
from tests.app.finished import BAD, GOOD
from tests.app.test_layers import settled

Open = Callable[..., AppTest]


def written(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.header, *at.markdown, *at.caption, *at.error, *at.info])


def test_empty_workspace_says_what_is_missing(open_page: Open) -> None:
    at = open_page("results")
    assert not at.exception
    assert "no trained model yet" in at.info[0].value


def test_unfinished_run_is_told_and_not_a_crash(run: Run, open_page: Open) -> None:
    run.change(state="failed")
    at = open_page("results", run=run.id)
    assert not at.exception
    assert "is failed and has no results yet" in at.error[0].value.replace("\\", "")


def test_shows_headline_baselines_charts_and_rows(run: Run, open_page: Open) -> None:
    at = open_page("results", run=run.id)
    assert not at.exception and not at.error
    results = read_part(run, "test")
    assert f"Accuracy {100 * results.score.value:.1f} %" in at.header[0].value.replace("\\", "")
    assert len(at.get("plotly_chart")) == 3
    assert all(chart.proto.alt for chart in at.get("plotly_chart"))
    lengths = [len(table.value) for table in at.dataframe]
    assert lengths == [3, 2, len(results.predictions)]
    assert "<b>" not in written(at).replace("\\<b", "")


def test_a_model_that_gives_everything_one_label_is_told(run: Run, open_page: Open) -> None:
    path = run.folder / "report.json"
    report = json.loads(path.read_text("utf-8"))
    labels = np.array([0, 1] * 50)
    view = ConfusionView(score(labels, np.zeros(100, dtype=np.int64), (GOOD, BAD))).to_json()
    report["parts"]["test"]["views"] = [view, *report["parts"]["test"]["views"][1:]]
    path.write_text(json.dumps(report), "utf-8")
    at = open_page("results", run=run.id)
    assert not at.exception
    assert plain(f"every row is predicted “{GOOD}”. Train it longer.") in written(at)


def test_validation_rows_are_said_to_be_too_good(run: Run, open_page: Open) -> None:
    at = open_page("results", run=run.id)
    at.segmented_control[0].set_value("validation").run()
    assert not at.exception
    assert "a little too good" in written(at)
    assert len(at.dataframe[2].value) == len(read_part(run, "validation").predictions)


def test_filters_choose_rows(run: Run, open_page: Open) -> None:
    frame = read_part(run, "test").predictions
    at = open_page("results", run=run.id)
    at.segmented_control[1].set_value("Wrong").run()
    wrong = int((~frame["right"]).sum())
    assert f"{wrong} row" in written(at)
    at.segmented_control[1].set_value("All")
    at.selectbox(key=f"results_label_{run.id}_test").set_value(GOOD).run()
    assert not at.exception
    assert set(at.dataframe[2].value["expected"]) == {GOOD}


def test_predicts_an_uploaded_file(run: Run, open_page: Open) -> None:
    at = open_page("results", run=run.id)
    at.file_uploader[0].upload("new.csv", b"text,note\na great film,=1+1\nterrible plot,x\n").run()
    assert not at.exception and not at.error
    at.button(key="results_predict").click().run()
    assert not at.exception and not at.error
    table = at.dataframe[-1].value
    assert set(table["prediction"]) <= {GOOD, BAD} and table["note"].tolist() == ["=1+1", "x"]


def test_what_was_mended_in_reading_a_new_file_is_told(run: Run, open_page: Open) -> None:
    at = open_page("results", run=run.id)
    broken = b"text,note\n" + b"a great film,x\n" * 30 + b"a caf\xff film,y\n"
    at.file_uploader[0].upload("new.csv", broken).run()
    assert not at.exception and not at.error
    notes = read_table(broken, "new.csv")[1].notes
    assert notes and all(any(plain(note) == one.value for one in at.caption) for note in notes)


def test_a_file_that_is_no_table_is_told(run: Run, open_page: Open) -> None:
    at = open_page("results", run=run.id)
    at.file_uploader[0].upload("new.csv", b"").run()
    assert not at.exception and at.error


def test_a_broken_report_part_is_told(run: Run, open_page: Open) -> None:
    (run.folder / "predictions" / "test.parquet").unlink()
    at = open_page("results", run=run.id)
    assert not at.exception
    assert "no results on test rows" in at.error[0].value.replace("\\", "")


def test_parts_come_test_first(run: Run) -> None:
    assert parts_of(run) == ("test", "validation")
    report = json.loads((run.folder / "report.json").read_text("utf-8"))
    results, saved = read_part(run, "test"), report["parts"]["test"]
    assert {name: value.to_json() for name, value in results.metrics.items()} == saved["metrics"]
    assert [view.to_json() for view in results.views] == saved["views"]
    assert [one.to_json() for one in results.baselines] == saved["baselines"]


def test_what_is_downloaded_can_be_joined_with_the_file(run: Run) -> None:
    """All columns of the table with numbers as a spreadsheet counts: the header is row 1."""
    predictions, table = read_part(run, "test").predictions, run.data()[0].frame
    frame = with_table(run, predictions)
    assert frame.columns[:3].tolist() == ["row", "text", "label"] and "prediction" in frame and "true" in frame
    assert frame["row"].tolist() == [row + 2 for row in predictions["row"]]
    assert frame["text"].tolist() == table["text"].loc[predictions["row"]].tolist()
    assert frame["label"].tolist() == frame["true"].tolist() == predictions["expected"].tolist()
    taken = predictions.assign(prediction=predictions["prediction"]).iloc[::-1]
    assert with_table(run, taken)["row"].tolist() == frame["row"].tolist()[::-1]


def test_rows_have_the_numbers_of_a_file_with_title_rows_and_gaps(run: Run, open_page: Open) -> None:
    path = run.folder / "data" / "table.json"
    facts = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(facts | {"row_starts": [[0, 4], [30, 40]]}), "utf-8")
    predictions = read_part(run, "test").predictions
    numbers = [row + (4 if row < 30 else 10) for row in predictions["row"]]
    assert with_table(run, predictions)["row"].tolist() == numbers
    listed = [table.value for table in open_page("results", run=run.id).dataframe if "row" in table.value]
    assert listed and listed[-1]["row"].tolist() == numbers


def test_downloads_are_named_by_run_and_table(run: Run) -> None:
    assert file_name(run, "test") == "films-run_films_test"
    run.change(name="../..\\a/b")
    assert file_name(run, "test") == "a-b_films_test"


def test_clicked_cell_is_true_and_predicted_class() -> None:
    class Selection:
        points = ({"customdata": [1, 0]},)

    class Event:
        selection = Selection()

    assert confusion.clicked_cell(Event()) == (1, 0)
    assert confusion.clicked_cell(None) is None


def test_all_rows_are_explained_when_wanted_and_kept(run: Run, open_page: Open) -> None:
    at = open_page("results", run=run.id)
    place = f"results_words_{run.id}_test"
    at.session_state[place] = True
    at.run()
    assert not at.exception and not (run.folder / "explained").exists()
    at.button(key=f"{place}_start").click()
    settled(at)
    assert not at.error
    results, kept = read_part(run, "test"), kept_part(run, "test")
    assert kept is not None and len(kept.rows) == len(results.predictions)
    assert "How far to trust the words" in written(at)
    wrong = int((~results.predictions["right"]).sum())
    maps = [one for one in at.get("html") if "Words scored for" in one.proto.body]
    assert wrong and len(maps) == min(5, wrong)
    assert not any("<img" in one.proto.body or "<b>" in one.proto.body for one in maps)
    (listed,) = [table.value for table in at.dataframe if "word" in table.value]
    first = kept.pushing[0]
    assert listed["word"].tolist() == [one.word for one in kept.pushing if one.target == first.target]
    assert listed.loc[0, "rows"] == first.rows and listed.loc[0, "sum"] == pytest.approx(first.total)
    jobs()._jobs.clear()
    again = open_page("results", run=run.id)
    again.session_state[place] = True
    again.run()
    assert "How far to trust the words" in written(again) and not jobs()._jobs
