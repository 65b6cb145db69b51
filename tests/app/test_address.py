"""Table and run stay: in the address of every page, in every link, in the browser's title."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.ui.names import browser_title, unique_names
from bertui.ui.shell import PAGES

Open = Callable[..., AppTest]
NAMES = [key for entries in PAGES.values() for key, _, _ in entries]


@pytest.fixture
def older(run: Run, workspace_root: Path) -> Run:
    """The trained run, with a newer copy beside it that is what a fresh visit shows."""
    copy = workspace_root / "runs" / "29991231-000000-000beef"
    shutil.copytree(run.folder, copy)
    Run(copy).change(name="the newest")
    return run


def query(at: AppTest) -> dict[str, str]:
    return {key: value[0] if isinstance(value, list) else value for key, value in at.query_params.items()}


def captions(at: AppTest) -> str:
    return "\n".join(one.value for one in at.caption)


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_the_side_bar_leads_on_with_the_same_run(name: str, older: Run, open_page: Open) -> None:
    at = open_page(name, run=older.id)
    table = Workspace(older.folder.parents[1]).tables()[0].id
    assert query(at) | {"run": older.id, "table": table} == query(at)
    links = [parse_qs(link.proto.query_string) for link in at.get("page_link")]
    assert len(links) == len(NAMES)
    assert all(link["run"] == [older.id] and link["table"] == [table] for link in links)


def test_without_an_address_the_newest_run_is_taken_and_stays(
    older: Run, open_page: Open, workspace_root: Path
) -> None:
    at = open_page("results")
    assert query(at)["run"] == "29991231-000000-000beef"
    shutil.copytree(older.folder, workspace_root / "runs" / "29991231-000001-000beef")
    assert query(at.run())["run"] == "29991231-000000-000beef"


def test_a_run_chosen_in_the_side_bar_goes_into_the_address(older: Run, open_page: Open) -> None:
    at = open_page("sentence")
    picker = next(one for one in at.selectbox if one.label == "Current run")
    picker.set_value(older.id).run()
    assert query(at)["run"] == older.id
    assert "films \\*run\\*" in captions(at)


@pytest.mark.parametrize("name", ["results", "sentence", "train"])
def test_each_page_that_shows_a_run_names_it_with_its_data_and_model(name: str, older: Run, open_page: Open) -> None:
    at = open_page(name, run=older.id)
    words = captions(at) + "".join(one.value for one in at.header)
    assert not at.exception
    assert "films \\*run\\*" in words and "films.csv" in words and "tiny" in words


@pytest.mark.parametrize("name", ["results", "sentence", "train"])
def test_a_deleted_run_is_said_to_be_gone_and_no_other_is_shown(name: str, older: Run, open_page: Open) -> None:
    at = open_page(name, run="20200101-000000-000dead")
    assert not at.exception
    assert "20200101-000000-000dead" in at.warning[0].value
    assert not at.metric and not at.header and "the newest" not in captions(at)
    next(one for one in at.button if one.label == "Show the newest run").click().run()
    assert query(at)["run"] == "29991231-000000-000beef"
    assert not any("address" in one.value for one in at.warning)


def test_a_removed_table_is_said_to_be_gone_and_no_other_is_shown(older: Run, open_page: Open) -> None:
    at = open_page("data", table="20200101-000000-000dead")
    assert not at.exception
    assert "20200101-000000-000dead" in at.warning[0].value
    assert not at.header and at.file_uploader


@pytest.mark.parametrize("id", ["../../etc", "<b>x</b>", "", "A" * 300])
def test_an_id_that_can_be_none_is_passed_over(id: str, older: Run, open_page: Open) -> None:
    at = open_page("results", run=id)
    assert not at.exception and query(at)["run"] == "29991231-000000-000beef"


def test_back_and_forth_between_the_views_of_train(older: Run, open_page: Open) -> None:
    at = open_page("train", run=older.id)
    assert query(at)["view"] == "run"
    at.query_params["view"] = "new"  # the browser's Back
    at.run()
    assert any(one.label == "Start training" for one in at.button)


def test_titles() -> None:
    assert browser_title("Results", "a.csv", "mine") == "Results · mine · a.csv · bertui"
    assert browser_title("Data", "a.csv", None) == "Data · a.csv · bertui"
    assert browser_title("Start", None, None) == "bertui"
    assert (
        unique_names([("20260101-120000-000aaaa", "a"), ("20260101-120001-000bbbb", "b")])["20260101-120001-000bbbb"]
        == "b"
    )
