"""What bad input gets, from the file to the exit code: one message that says what to do, and nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from bertui.cli import main
from bertui.cli.printing import safe
from bertui.data.reading.reading import MAX_ROWS, read_table
from bertui.data.roles import Roles
from bertui.data.splitting import Split, SplitChoice, make_split
from bertui.data.table import Table
from bertui.data.templates import TEMPLATES
from bertui.errors import DataError, RecipeError, RunError, UserError
from bertui.recipe import Recipe, parse_settings, read_recipe
from bertui.runs import verbs
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.tasks.guessing import guess_roles
from bertui.tasks.registry import check
from tests.bad_input import (
    ASKED,
    CHOICES,
    MISFITS,
    RECIPE_FILES,
    REFUSED,
    RUN_IDS,
    SETTINGS,
    WORKS,
    Asked,
    Choice,
    Misfit,
    Refused,
    Works,
    films,
)
from tests.bad_input import table as csv
from tests.conftest import disk

PYTHON = ("Traceback", "Error:", "Exception", "NoneType", "object has no", "<class", "[Errno", "pydantic", "Input ")


@dataclass(frozen=True)
class Said:
    """What came of a command: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    def refused(self, *words: str) -> None:
        """It is 2, with all the words on stderr and nothing on stdout, and nothing that only a programmer reads."""
        assert (self.code, self.out) == (2, ""), self
        told(self.err, words)


def told(message: str, words: tuple[str, ...]) -> None:
    assert not [word for word in words if word not in message], message
    assert not [phrase for phrase in PYTHON if phrase in message], message


@pytest.fixture
def bertui(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, space: Path) -> Callable[..., Said]:
    """Run the command line as typed, in this process; anything but a clean exit fails the test."""
    monkeypatch.setenv("BERTUI_WORKSPACE", str(space))
    for name in ("TRANSFORMERS_NO_ADVISORY_WARNINGS", "HF_HUB_DISABLE_PROGRESS_BARS", "TRANSFORMERS_VERBOSITY"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # put back what the command line sets

    def run(*words: object) -> Said:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capfd.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def space(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "films.csv"
    path.write_bytes(csv(films(60)))
    return path


def _short(text: str) -> str:
    return ascii(text[:20])


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# ---------------------------------------------------------------- files of rows


def what_the_data_page_says(data: bytes, name: str, task: str | None) -> str:
    """Return all that reading, report and split say of an upload."""
    try:
        frame, reading = read_table(data, name)
        table = Table(frame, guess_roles(frame, task))
        report = check(table)
    except DataError as error:
        return str(error)
    words = [*reading.notes, *(f"{finding.title} {finding.detail}" for finding in report.findings)]
    try:
        make_split(table, SplitChoice())
        assert any(finding.severity == "error" for finding in report.findings), "nothing keeps it from training"
    except DataError as error:
        words.append(str(error))
    return "\n".join(words)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_bad_file_in_the_app(case: Refused) -> None:
    told(what_the_data_page_says(case.data, "films.csv", case.task), case.says)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_bad_file_on_the_command_line(
    case: Refused, bertui: Callable[..., Said], tmp_path: Path, space: Path
) -> None:
    path = tmp_path / "films.csv"
    path.write_bytes(case.data)
    chosen = ("--task", case.task) if case.task else ()
    bertui("train", path, "--json", *chosen).refused(*(case.typed or case.says))
    assert not space.exists() and path.read_bytes() == case.data


@pytest.mark.parametrize("case", [case for case in REFUSED if case.task], ids=lambda case: case.name)
def test_a_column_of_scores_is_learned_as_scores_unless_a_person_says_otherwise(
    case: Refused, bertui: Callable[..., Said], tmp_path: Path, space: Path
) -> None:
    path = tmp_path / "films.csv"
    path.write_bytes(case.data)
    run = verbs.prepare(path, workspace=space)
    table, split = run.data()
    assert run.facts()["task"] == "score" and table.roles.of("score") == ("label",)
    task, rows = run.task.learn(table, split.train), split.train[:3]
    assert task.gold(table, rows) == table.frame["label"][rows].astype(float).tolist()
    bertui("train", path, "--label", "label").refused("the task 'A score'")  # a label was asked for


@pytest.mark.parametrize("case", WORKS, ids=lambda case: case.name)
def test_an_odd_file_becomes_a_run_that_waits(case: Works, tmp_path: Path, space: Path) -> None:
    path, heard = tmp_path / "films.csv", []
    path.write_bytes(case.data)
    run = verbs.prepare(path, workspace=space, tell=heard.append)
    table, split = run.data()
    assert (table.texts[0].rstrip(), table.labels[0]) == case.first
    assert table.classes == case.classes
    assert min(split.sizes().values()) > 0 and sum(split.sizes().values()) == len(table.frame)
    told("\n".join(heard), case.told)
    assert case.told or not [words for words in heard if "fewer than 10" not in words], "nothing to remark on"


@pytest.mark.parametrize("case", MISFITS, ids=lambda case: case.name)
def test_a_file_that_does_not_make_the_task(
    case: Misfit, bertui: Callable[..., Said], tmp_path: Path, space: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(case.data)
    typed = [word for role, column in case.options.items() for word in (f"--{role}", column)]
    bertui("train", path, "--json", *typed).refused(*case.says)
    with pytest.raises(DataError) as in_library:
        verbs.prepare(path, workspace=space, **{role.replace("-", "_"): name for role, name in case.options.items()})
    told(str(in_library.value), case.says)
    assert len(str(in_library.value)) < 500
    assert not space.exists() and path.read_bytes() == case.data


def test_texts_that_are_numbers_are_remarked_on_the_data_page() -> None:
    frame, _ = read_table(csv([(str(n), "gb"[n % 2]) for n in range(40)]), "films.csv")
    told(check(Table(frame, guess_roles(frame))).findings[0].title, ("40 texts are only a number",))


@pytest.mark.slow
def test_a_million_rows_become_a_run_that_waits(tmp_path: Path, space: Path) -> None:
    assert MAX_ROWS == 1_000_000
    rows = b"".join(b"film %d was seen,%s\n" % (n, b"gb"[n % 2 : n % 2 + 1]) for n in range(MAX_ROWS))
    path = tmp_path / "films.csv"
    path.write_bytes(b"text,label\n" + rows)
    sizes = verbs.prepare(path, workspace=space).facts()["sizes"]
    assert sizes == {"train": 750_000, "validation": 100_000, "test": 150_000}


def test_a_file_of_more_than_a_gibibyte_is_not_even_opened(bertui: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    with path.open("wb") as file:
        file.truncate(2**30 + 2**29)  # a hole: no room is taken on the disk
    bertui("train", path).refused("'" + str(path) + "' has 1.5 GiB", "At most 1 GiB", "sample of the rows")


def test_the_app_takes_uploads_of_200_mb() -> None:
    import tomllib

    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["maxUploadSize"] == 200  # the uploader shows it, and refuses more by itself


def test_a_file_that_is_not_there(bertui: Callable[..., Said], tmp_path: Path, good: Path, space: Path) -> None:
    for path, why in (
        (tmp_path / "gone.csv", "No such file"),
        (tmp_path, "Is a directory"),
        (good / "films.csv", "Not a directory"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        words = (f"'{path}' cannot be read ({why}", "A table file: CSV", "Check the path")
        bertui("train", path, "--json").refused(*words)
        bertui("train", good, "--valid", path).refused(*words)
    with pytest.raises(DataError, match=r"cannot be read .*null.*Check the path"):
        verbs.prepare("a\0b", workspace=space)
    assert not space.exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(bertui: Callable[..., Said], good: Path) -> None:
    good.chmod(0)
    bertui("train", good).refused("Permission denied", "A table file: CSV", "permissions")


def test_columns_that_are_not_there_or_play_two_parts(bertui: Callable[..., Said], good: Path, space: Path) -> None:
    train = ("train", good, "--json")
    absent = ("Column 'stars' is not in the file", "Columns: text, label")
    bertui(*train, "--label", "stars").refused(*absent, "--label")
    bertui(*train, "--text", "stars").refused(*absent, "--text")
    bertui(*train, "--text", "text", "--text", "stars").refused(*absent, "--text")
    bertui(*train, "--text", "text", "--label", "text").refused(
        "Column 'text' is both the text and the label", "Columns: text, label", "Choose another"
    )
    other = good.with_name("other.csv")
    other.write_bytes(csv(films(20), "text,stars"))
    bertui(*train, "--test", other).refused("The test file has no column 'label'", "text, stars", "Rename")
    other.write_bytes(b"")
    bertui(*train, "--valid", other).refused("'other.csv'", "file is empty", "right file")
    assert not space.exists()


def test_classes_that_only_the_validation_file_has_are_told(good: Path, space: Path) -> None:
    other, heard = good.with_name("other.csv"), []
    other.write_bytes(csv([*films(20), ("a strange film", "odd"), ("another", "odd")]))
    run = verbs.prepare(good, valid=other, workspace=space, tell=heard.append)
    assert run.facts()["classes"] == ["b", "g", "odd"]
    told("\n".join(heard), ("1 class has no training rows: 'odd'", "never predicted"))


# ---------------------------------------------------------------- recipes


@pytest.mark.parametrize("case", CHOICES, ids=lambda case: case.name)
def test_a_bad_choice(case: Choice, bertui: Callable[..., Said], good: Path, space: Path) -> None:
    saved = good.with_name("recipe.json")
    saved.write_text(json.dumps(case.tree))
    with pytest.raises(RecipeError) as in_file:
        read_recipe(saved.read_text())
    told(str(in_file.value), case.says)
    with pytest.raises(RecipeError) as in_setting:
        Recipe().changed(parse_settings([case.setting]))
    told(str(in_setting.value), case.says)
    assert in_file.value.remedy and len(str(in_file.value)) < 800
    bertui("train", good, "--json", "--recipe", saved).refused(*case.says)
    bertui("train", good, "--json", "--set", case.setting).refused(*case.says)
    assert not space.exists()


@pytest.mark.parametrize(("data", "says"), [row[1:] for row in RECIPE_FILES], ids=[row[0] for row in RECIPE_FILES])
def test_a_bad_recipe_file(
    data: bytes, says: tuple[str, ...], bertui: Callable[..., Said], good: Path, space: Path
) -> None:
    saved = good.with_name("recipe.json")
    saved.write_bytes(data)
    bertui("train", good, "--json", "--recipe", saved).refused(*says)
    assert not space.exists()


def test_a_recipe_file_that_is_not_there(bertui: Callable[..., Said], good: Path, tmp_path: Path) -> None:
    words = ("A JSON file as the Train page saves it", "Check the path")
    bertui("train", good, "--recipe", tmp_path / "gone.json").refused("(No such file", *words)
    bertui("train", good, "--recipe", tmp_path).refused("(Is a directory)", *words)


@pytest.mark.parametrize(("setting", "says"), SETTINGS, ids=[setting[:20] for setting, _ in SETTINGS])
def test_a_bad_setting(
    setting: str, says: tuple[str, ...], bertui: Callable[..., Said], good: Path, space: Path
) -> None:
    result = bertui("train", good, "--json", "--set", setting)
    result.refused(*says)
    assert len(result.err) < 800 and not space.exists()


# ---------------------------------------------------------------- runs and workspaces


@pytest.mark.parametrize("id", RUN_IDS, ids=_short)
def test_an_unknown_run(id: str, bertui: Callable[..., Said], good: Path, tmp_path: Path, space: Path) -> None:
    outside = Workspace(tmp_path)  # a run that "../../outside" would lead to
    outside.create_run(*_rows(), Recipe(), name="outside")
    (outside.root / "runs").rename(tmp_path / "kept")
    shutil.move(next((tmp_path / "kept").iterdir()), tmp_path / "outside")
    Workspace(space).create_run(*_rows(), Recipe(), name="another")
    before = files_in(tmp_path)
    for words in (
        ("predict", id, good, "--out", tmp_path / "answers.csv"),
        ("evaluate", id, good, "--json"),
        ("explain", id, "--text", "a film", "--json"),
        ("export", id, tmp_path / "export", "--json"),
    ):
        result = bertui(*words)
        result.refused(f"There is no run '{safe(id[:64])}'", "Newest runs: 2", "Choose one by its id")
        assert len(result.err) < 400
    assert files_in(tmp_path) == before


def _rows() -> tuple[Table, Split]:
    table = Table(pd.DataFrame(films(40), columns=["text", "label"], dtype="str"), Roles(("text",), "label"), "films")
    return table, make_split(table, SplitChoice())


def test_a_run_without_a_model_is_not_asked(bertui: Callable[..., Said], good: Path, space: Path) -> None:
    run = Workspace(space).create_run(*_rows(), Recipe(), name="waiting")
    run.change(state="failed")
    for words in (
        ("predict", run.id, good, "--out", good.with_name("answers.csv")),
        ("evaluate", "waiting", good, "--json"),
        ("explain", run.id, "--text", "a film", "--json"),
        ("export", run.id, good.with_name("export"), "--json"),
    ):
        bertui(*words).refused("'waiting' has no finished model", "it is failed", "choose another run")
    assert not good.with_name("answers.csv").exists() and not good.with_name("export").exists()


def test_two_runs_of_one_name_are_told_apart_by_their_ids(bertui: Callable[..., Said], space: Path) -> None:
    for _ in range(2):
        Workspace(space).create_run(*_rows(), Recipe(), name="twin")
    bertui("explain", "twin", "--text", "a film").refused("2 runs are called 'twin'", "Newest runs", "by its id")


def test_a_workspace_that_cannot_be(bertui: Callable[..., Said], good: Path, tmp_path: Path) -> None:
    before = files_in(tmp_path)
    for folder, why in (
        (good, f"'{good}' is a file"),
        (good / "below" / "it", f"'{good}' is a file"),
        (tmp_path / ("w" * 300), "File name too long"),
        ("~nobody-of-this-name/w", "home directory"),
    ):
        for words in (
            ("train", good, "--json"),
            ("runs", "--json"),
            ("predict", "a", good, "--out", tmp_path / "answers.csv"),
            ("evaluate", "a", good, "--json"),
            ("explain", "a", "--text", "a film", "--json"),
            ("export", "a", tmp_path / "export", "--json"),
        ):
            result = bertui(*words, "--workspace", folder)
            result.refused("cannot be the workspace", why, "A folder that you may write to", "--workspace")
    assert files_in(tmp_path) == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to")
def test_a_read_only_workspace(bertui: Callable[..., Said], good: Path) -> None:
    bertui("train", good, "--json", "--workspace", "/proc/workspace").refused(
        "'/proc/workspace/runs", "cannot be written", "A workspace folder that you may write to", "--workspace FOLDER"
    )


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 kB: room for a recipe, not for the rows."""
    with disk(tmp_path / "disk", "16k") as place:
        yield place


def test_a_full_disk(bertui: Callable[..., Said], full_disk: Path, tmp_path: Path) -> None:
    result = bertui("train", _large(tmp_path), "--json", "--workspace", full_disk)
    result.refused(f"The disk with '{full_disk}", "is full", "Free some space")
    assert not Workspace(full_disk).runs()


def test_a_limit_on_the_size_of_files(tmp_path: Path, space: Path) -> None:
    _refused_by_the_system(tmp_path, space).refused("cannot be written", "File too large", "--workspace FOLDER")
    assert not Workspace(space).runs()


def test_a_run_that_could_not_be_written_takes_no_room(tmp_path: Path, space: Path) -> None:
    _refused_by_the_system(tmp_path, space)
    assert not [name for name in files_in(space) if "/" in name]


def _refused_by_the_system(folder: Path, space: Path) -> Said:
    """Train where the system lets no file grow beyond 4 kB: a full disk wherever no small disk can be made."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))"
    words = ["train", str(_large(folder)), "--json", "--workspace", str(space)]
    command = [sys.executable, "-c", f"{limit}; from bertui.cli import main; main()", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return Said(done.returncode, done.stdout, done.stderr)


def _large(folder: Path) -> Path:
    path = folder / "films.csv"
    path.write_bytes(csv([(text * 20, label) for text, label in films(2000)]))
    return path


# ---------------------------------------------------------------- models


def cut_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:500])


def only_a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def without(*patterns: str) -> Callable[[Path], None]:
    def take_away(folder: Path) -> None:
        for pattern in patterns:
            for path in folder.glob(pattern):
                path.unlink()

    return take_away


MODELS: list[tuple[str, Callable[[Path], object], tuple[str, ...]]] = [
    (
        "no weights",
        without("*.safetensors"),
        ("weights (model.safetensors)", "config.json, a tokenizer and model.safetensors"),
    ),
    (
        "no tokenizer",
        without("token*", "vocab*"),
        ("a tokenizer (tokenizer.json", "config.json, a tokenizer and model.safetensors"),
    ),
    (
        "no config",
        without("config.json"),
        ("config.json (which kind of model", "config.json, a tokenizer and model.safetensors"),
    ),
    (
        "nothing",
        without("*"),
        ("config.json (", "a tokenizer (", "weights (", "config.json, a tokenizer and model.safetensors"),
    ),
    ("only a pickle", only_a_pickle, ("only as a pickle, which can run code", "Weights as safetensors", "convert it")),
    ("cut weights", cut_weights, ("weights of '", "cannot be read", "whole model.safetensors", "save the model again")),
    ("no folder", lambda folder: shutil.rmtree(folder), ("There is no folder", "A folder with", "Check the path")),
]


@pytest.mark.parametrize(("spoil", "says"), [row[1:] for row in MODELS], ids=[row[0] for row in MODELS])
def test_a_bad_model_folder_fails_the_run_and_says_why(
    spoil: Callable[[Path], object], says: tuple[str, ...], bertui: Callable[..., Said], good: Path, space: Path,
    tiny: Path,
) -> None:  # fmt: skip
    folder = good.with_name("model")
    shutil.copytree(tiny, folder)
    spoil(folder)
    bertui("train", good, "--json", "--set", f"model.name={folder}").refused(f"'{folder}'", *says)
    (run,) = Workspace(space).runs()
    assert run.state == "failed"
    told(run.facts()["error"], says)
    assert not (run.folder / "model").exists() and not (run.folder / "traceback.txt").exists()
    assert len(run.data()[0].frame) == 60, "the rows are kept, so the run can be done again"


@pytest.mark.parametrize(
    "name", ["/" + "x" * 399, "x" * 400, "../../no-such-model", "no such model", "a\0b"], ids=ascii
)
def test_a_model_name_that_leads_nowhere(name: str, bertui: Callable[..., Said], good: Path, space: Path) -> None:
    result = bertui("train", good, "--json", "--set", f"model.name={name}")
    result.refused("There is no", "Check the")
    assert [run.state for run in Workspace(space).runs()] == ["failed"]


# ---------------------------------------------------------------- a finished run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Run:
    """A run on the tiny model, a few steps long."""
    settings = {
        "model.name": str(tiny),
        "encoding.max_length": 16,
        "training.epochs": 1,
        "training.precision": "32-bit",
    }
    space = Workspace(tmp_path_factory.mktemp("trained"))
    run = space.create_run(*_rows(), Recipe().changed(settings), name="films")
    for _ in execute(run):
        pass
    return run


@pytest.fixture
def space_of(trained: Run) -> tuple[str, Path]:
    return "--workspace", trained.folder.parent.parent


def test_predicting_bad_files(
    bertui: Callable[..., Said], space_of: tuple[str, Path], good: Path, tmp_path: Path
) -> None:
    def predict(path: Path, *more: object, out: object = tmp_path / "answers.csv") -> Said:
        return bertui("predict", "films", path, "--out", out, *space_of, *more)

    other = tmp_path / "other.csv"
    other.write_bytes(csv(films(20), "body,stars"))
    predict(other).refused("Column 'text' is not in the file", "Columns: body, stars", "--text")
    predict(good, "--text", "body").refused("Column 'body' is not in the file", "Columns: text, label", "--text")
    other.write_bytes(b"text\n")
    predict(other).refused("'other.csv'", "no rows, only a header: text", "at least one row")
    predict(tmp_path / "gone.csv").refused("cannot be read (No such file", "Check the path")
    assert not (tmp_path / "answers.csv").exists()
    words = ("A file in a folder that exists", "--out")
    predict(good, out=tmp_path).refused(f"'{tmp_path}' cannot be written: it is a folder", *words)
    predict(good, out=tmp_path / "no" / "a.csv").refused("there is no folder", *words)
    if Path("/dev/full").exists():
        predict(good, out="/dev/full").refused("'/dev/full' cannot be written: No space left", *words)


def test_predicting_tells_what_was_mended_in_reading(
    bertui: Callable[..., Said], space_of: tuple[str, Path], tmp_path: Path
) -> None:
    path, answers = tmp_path / "films.csv", tmp_path / "answers.csv"
    path.write_bytes(csv(films(20), "text,text"))
    result = bertui("predict", "films", path, "--out", answers, *space_of)
    assert (result.code, result.out) == (
        0,
        "",
    ) and "films.csv: The column name 'text' occurs more than once" in result.err
    assert len(answers.read_text("utf-8-sig").splitlines()) == 21


def test_evaluating_bad_files(bertui: Callable[..., Said], space_of: tuple[str, Path], good: Path) -> None:
    def evaluate(path: Path, *more: object) -> Said:
        return bertui("evaluate", "films", path, "--json", *space_of, *more)

    other = good.with_name("other.csv")
    other.write_bytes(csv([("a film", "g"), ("a film", "never seen"), ("a film", "nor this")]))
    evaluate(other).refused("never seen: 'never seen', 'nor this'", "Labels: b, g", "mend the labels")
    other.write_bytes(csv([("", "g"), ("a film", "")]))
    evaluate(other).refused("No row of the file has text and label filled in", "At least one such row", "fill in")
    other.write_bytes(csv(films(20), "text,stars"))
    evaluate(other).refused("Column 'label' is not in the file", "Columns: text, stars", "--label")
    evaluate(good, "--text", "body").refused("Column 'body' is not in the file", "Columns: text, label", "--text")


@pytest.mark.parametrize("text", ["", "  \n", "\u200b"], ids=ascii)
def test_explaining_nothing(text: str, bertui: Callable[..., Said], space_of: tuple[str, Path]) -> None:
    result = bertui("explain", "films", "--text", text, "--json", *space_of)
    result.refused("The text", "At least one word", "Type a sentence")


def test_explaining_an_unknown_label(bertui: Callable[..., Said], space_of: tuple[str, Path]) -> None:
    result = bertui("explain", "films", "--text", "a film", "--target", "odd", "--json", *space_of)
    result.refused("no label 'odd'", "Labels: b, g", "Choose one")


@pytest.fixture(scope="module")
def other_tasks(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Path:
    """A workspace with a run of each other task on its example file, a few steps long."""
    settings = {
        "model.name": str(tiny), "encoding.max_length": 32, "training.max_steps": 2, "training.precision": "32-bit",
    }  # fmt: skip
    space = Workspace(tmp_path_factory.mktemp("others"))
    for kind, name in OTHER_TASKS.items():
        frame, _ = read_table(TEMPLATES[kind][0].content, TEMPLATES[kind][0].file_name)
        frame = pd.concat([frame] * 5, ignore_index=True)
        table = Table(frame, guess_roles(frame, kind).changed(group=None), name)
        run = space.create_run(table, make_split(table, SplitChoice()), Recipe().changed(settings), name=name)
        for _ in execute(run):
            pass
        assert run.state == "finished"
    return space.root


OTHER_TASKS = {
    "score": "scores", "tagging": "tags", "several-labels": "labels", "question-answering": "answers",
    "multiple-choice": "choices",
}  # fmt: skip


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.name)
def test_what_a_run_of_another_task_cannot_answer(
    case: Asked, bertui: Callable[..., Said], other_tasks: Path, tmp_path: Path
) -> None:
    words: list[object] = [case.words[0], case.run]
    for word in case.words[1:]:
        path = tmp_path / "rows.csv"
        if isinstance(word, bytes):
            path.write_bytes(word)
        words.append(path if isinstance(word, bytes) else word)
    bertui(*words, "--json", "--workspace", other_tasks).refused(*case.says)


def test_exporting_where_it_cannot_be(
    bertui: Callable[..., Said], space_of: tuple[str, Path], good: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")
    before = files_in(tmp_path)
    expected = ("A folder that does not exist yet", "Name a new folder")
    bertui("export", "films", taken, "--json", *space_of).refused(f"'{taken}' is not empty", *expected)
    bertui("export", "films", good, "--json", *space_of).refused(f"'{good}' is a file", *expected)
    for place in (good / "below", tmp_path / ("x" * 300)):
        bertui("export", "films", place, "--json", *space_of).refused("cannot be written", "Name another folder")
    assert files_in(tmp_path) == before and (taken / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("lost", "says"),
    [
        ("model.safetensors", ("weights (model.safetensors)", "config.json, a tokenizer and model.safetensors")),
        ("config.json", ("config.json (which", "config.json, a tokenizer and model.safetensors")),
        ("head.safetensors", ("(head.safetensors) cannot be read", "saved with the run", "Train the run again")),
        ("bertui.json", ("folder is missing or broken", "bertui.json and model.safetensors", "Train the run again")),
    ],
)
def test_a_trained_model_that_lost_a_file(
    lost: str, says: tuple[str, ...], bertui: Callable[..., Said], trained: Run, good: Path, tmp_path: Path,
    space: Path,
) -> None:  # fmt: skip
    shutil.copytree(trained.folder.parent.parent, space)
    (space / "runs" / trained.id / "model" / lost).unlink()
    for words in (
        ("predict", "films", good, "--out", tmp_path / "answers.csv"),
        ("explain", "films", "--text", "a film", "--json"),
        ("export", "films", tmp_path / "export", "--json"),
    ):
        bertui(*words).refused(*says)
    assert not (tmp_path / "answers.csv").exists() and not (tmp_path / "export").exists()


def test_the_library_raises_what_the_command_line_says(good: Path, space: Path) -> None:
    import bertui

    with pytest.raises(UserError) as unknown:
        bertui.predict("no-such", good, workspace=space)
    assert isinstance(unknown.value, RunError) and unknown.value.expected == "The workspace has no runs yet."
    with pytest.raises(DataError, match="is both the text and the label"):
        bertui.train(good, text="text", label="text", workspace=space)
    with pytest.raises(RecipeError, match=r"Did you mean training\.epochs"):
        bertui.train(good, set={"training.epoch": 3}, workspace=space)
    assert not space.exists()
