"""What holds for every page: it opens on an empty workspace and says what is missing; no page computes."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bertui.ui.shell import PAGES

FOLDER = Path(__file__).resolve().parents[2] / "pages"
NAMES = [key for entries in PAGES.values() for key, _, _ in entries]
_HEAVY = {"torch", "transformers", "captum", "datasets", "plotly", "sklearn", "numpy"}


def test_the_menu_and_the_folder_hold_the_same_pages() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_page_opens_on_an_empty_workspace_and_leads_on(name: str, open_page: Callable[..., AppTest]) -> None:
    at = open_page(name)
    assert not at.exception
    assert len(at.title) == 1 and at.caption, "a page opens with its name and one sentence"
    assert at.button or at.file_uploader or at.get("page_link"), "an empty page leads to what is missing"


@pytest.mark.parametrize("name", NAMES)
def test_page_is_short_and_brings_no_heavy_library(name: str) -> None:
    source = (FOLDER / f"{name}.py").read_text("utf-8")
    tree = ast.parse(source)
    assert len(source.splitlines()) <= 90
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert not {module.split(".")[0] for module in imported} & _HEAVY
    assert not any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in ast.walk(tree))


def test_no_choice_of_one_can_be_clicked_off() -> None:
    controls = {"segmented_control", "pills"}
    found = 0
    for file in (FOLDER.parent / "bertui" / "ui").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in controls:
                found += 1
                given = {one.arg: one.value for one in call.keywords}
                several = "selection_mode" in given
                required = given.get("required")
                assert several or (isinstance(required, ast.Constant) and required.value is True), (file, call.lineno)
    assert found >= 10
