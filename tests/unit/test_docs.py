"""The docs say what the code does: tables up to date, links and names that exist, snippets that run."""

from __future__ import annotations

import ast
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest
from click import Command

import bertui
from bertui.cli import cli
from bertui.data.roles import Roles
from bertui.data.splitting import SplitChoice, make_split
from bertui.recipe import Recipe, choices
from bertui.runs.execution import execute
from bertui.runs.workspace import Workspace

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
NOUNS = (
    "table", "split", "encoding", "features", "recipe", "training", "run", "prediction", "evaluation", "attribution",
    "layers", "faithfulness", "suspicious",
    "models", "command-line", "library", "extending", "architecture", "tasks", "parity", "speed", "workshop",
)  # fmt: skip
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
PLACES = re.compile(r"`((?:bertui|tests|docs|pages|benchmarks)/[\w./-]*)`")
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
MADE_UP = {"bertui.ui.words.counted"}  # modules that an example adds
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def blocks(page: Path, *infos: str) -> list[str]:
    """Return the fenced blocks of a page whose fence says one of ``infos``."""
    return [match["code"] for match in FENCE.finditer(page.read_text("utf-8")) if match["info"].strip() in infos]


def test_every_noun_has_a_page_and_the_index_names_it() -> None:
    assert set(NOUNS) | {"README"} == {page.stem for page in PAGES}
    index = (DOCS / "README.md").read_text("utf-8")
    assert all(f"]({noun}.md)" in index for noun in NOUNS)


def test_recipe_page_is_what_the_declarations_say() -> None:
    made = runpy.run_path(str(DOCS / "make_recipe_page.py"))
    now = made["PAGE"].read_text("utf-8")
    assert made["page"](now) == now, "the choices have changed: run python docs/make_recipe_page.py"
    assert all(f"| `{entry.path}` |" in now for entry in choices())


@every_page
def test_links_files_and_tests_that_a_page_names_are_there(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]
    named = PLACES.findall(text)
    missing = [link for link in links if not (DOCS / link).exists()]
    missing += [place for place in named if not (ROOT / place).exists()]
    missing += [name for name in re.findall(r"`(test_\w+)`", text) if f"def {name}(" not in TESTS]
    assert not missing


@every_page
def test_names_that_a_page_imports_exist(page: Path) -> None:
    for code in blocks(page, "python", "python no-run"):
        for node in ast.walk(ast.parse(code)):
            ours = isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "bertui"
            if ours and node.module not in MADE_UP:
                exec(f"from {node.module} import {', '.join(one.name for one in node.names)}", {})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Path:
    """What the snippets find: films.csv, my-bert (a small model) and a finished run called films."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(tiny, folder / "my-bert")
    workspace = Workspace(folder / "workspace")
    stored = workspace.add_table(_films(), "films.csv", roles=Roles(("text",), "label"))
    table = stored.table()
    (folder / "films.csv").write_bytes(_films())
    recipe = Recipe().changed(
        {
            "model.name": str(folder / "my-bert"), "encoding.max_length": 24, "training.epochs": 4,
            "optimizer.learning_rate": 3e-3, "training.precision": "32-bit",
        }
    )  # fmt: skip
    run = workspace.create_run(table, make_split(table, SplitChoice()), recipe, name="films")
    assert [*execute(run)] and run.state == "finished"
    return folder


def _films() -> bytes:
    rows = [line for n in range(60) for line in (f"the film {n} was great,good", f"this plot {n} is terrible,bad")]
    return "\n".join(["text,label", *rows, ""]).encode()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.stem)
def test_python_of_a_page_runs(page: Path, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(desk, tmp_path / "desk")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("BERTUI_WORKSPACE", raising=False)
    names: dict[str, Any] = {"__name__": "docs"}
    for number, code in enumerate(blocks(page, "python"), 1):
        exec(compile(code, f"{page.name}, python block {number}", "exec", dont_inherit=True), names)


def _section(text: str, command: str) -> str:
    match = re.search(rf"^## bertui {command}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert match, f"command-line.md has no section 'bertui {command}'"
    return match[1]


@pytest.mark.parametrize("command", cli.commands.values(), ids=lambda command: command.name)
def test_every_command_and_option_is_described(command: Command) -> None:
    section = _section((DOCS / "command-line.md").read_text("utf-8"), str(command.name))
    options = [name for parameter in command.params for name in parameter.opts if name.startswith("--")]
    assert [name for name in options if f"`{name}" not in section] == []


def test_every_public_name_is_described() -> None:
    text = (DOCS / "library.md").read_text("utf-8")
    assert [name for name in bertui.__all__ if f"`bertui.{name}" not in text] == []


def test_every_message_about_a_model_is_listed() -> None:
    """By the longest fixed part of the first sentence, in the code and on the page."""
    text = (DOCS / "models.md").read_text("utf-8")
    missing = []
    for path in (ROOT / "bertui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ModelError":
                parts = [one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
                longest = max((part.strip() for part in parts if isinstance(part, str)), key=len)
                if longest not in text:
                    missing.append(f"{path.name}:{node.lineno}: {longest}")
    assert not missing
