"""run.json and the event log: broken ones are named, torn lines end, states move as allowed, rows keep any column."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

from bertui.data.roles import Roles
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import DiskError, RunError
from bertui.experiment.experiment import Experiment
from bertui.recipe import Recipe
from bertui.runs.background import BackgroundExecutor
from bertui.runs.execution import execute
from bertui.runs.folders import trouble_with
from bertui.runs.record import write_remembered
from bertui.runs.run import Run
from bertui.runs.states import MOVES, State
from bertui.runs.workspace import Workspace, new_id
from bertui.training.events import AlarmRaised, PhaseBegan
from tests.conftest import disk


def small_table(*columns: str) -> Table:
    names = columns or ("text", "label")
    cells = {names[0]: [f"a text {n}" for n in range(20)], names[1]: ["a", "b"] * 10}
    return Table(pd.DataFrame(cells, dtype="str"), Roles((names[0],), names[1]), "few")


SPLIT = Split(train=np.arange(12), validation=np.arange(12, 16), test=np.arange(16, 20))


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def make(space: Workspace, name: str = "run") -> Run:
    return space.create_run(small_table(), SPLIT, Recipe(), name=name)


@pytest.fixture
def run(space: Workspace) -> Run:
    return make(space)


BROKEN: dict[str, Any] = {
    "process number": {"pid": "seven"}, "process number too large": {"pid": 2**70}, "negative": {"pid": -1},
    "process number with a point": {"pid": 12.0}, "birth": {"born": "then"}, "state": {"state": "sleeping"},
    "no state": {"state": None}, "name": {"name": 3}, "created": {"created": "today"},
    "created beyond any calendar": {"created": 1e300}, "sizes": {"sizes": [1, 2]},
    "sizes of words": {"sizes": {"train": "x"}},
    "classes": {"classes": "ab"}, "alarm": {"alarm": "loud"}, "error": {"error": ["no"]}, "task": {"task": 5},
}  # fmt: skip


@pytest.mark.parametrize("wrong", BROKEN.values(), ids=BROKEN.keys())
def test_a_fact_of_the_wrong_type_makes_one_broken_run_and_no_other(
    space: Workspace, run: Run, wrong: dict[str, Any]
) -> None:
    other = make(space, "other")
    path = run.folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | wrong), "utf-8")
    assert [one.id for one in space.runs()] == [other.id]
    (broken,) = space.broken()
    assert broken.id == run.id and next(iter(wrong)) in str(broken.trouble)
    BackgroundExecutor(space).close()
    space.delete(broken)
    assert not run.folder.exists() and space.broken() == []


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", "[" * 100_000, "\x00", '{"name": "half'])
def test_a_run_json_that_is_none_is_a_broken_run(space: Workspace, run: Run, text: str) -> None:
    (run.folder / "run.json").write_text(text, "utf-8")
    assert space.runs() == [] and [one.id for one in space.broken()] == [run.id]


def test_a_folder_without_run_json_is_named_too(space: Workspace, run: Run) -> None:
    (run.folder / "run.json").unlink()
    (space.root / "runs" / "notes.txt").touch()
    (space.root / "runs" / ".hidden").mkdir()
    (broken,) = space.broken()
    assert broken.id == run.id and "missing" in str(broken.trouble)


def test_a_run_json_that_is_out_of_reach_just_now_is_not_called_broken(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit, names = psutil.Process().rlimit(psutil.RLIMIT_NOFILE), []
    psutil.Process().rlimit(psutil.RLIMIT_NOFILE, (64, limit[1]))
    try:
        try:
            while True:
                names.append(os.open(run.folder, os.O_RDONLY))
        except OSError:
            pass
        trouble = run.trouble
    finally:
        for number in names:
            os.close(number)
        psutil.Process().rlimit(psutil.RLIMIT_NOFILE, limit)
    assert isinstance(trouble, DiskError) and "Too many open files" in str(trouble)
    assert "elete" not in str(trouble), "nobody should delete a run that is in order"
    assert run.trouble is None


@pytest.mark.parametrize(("spoilt", "why"), [(None, "No such file"), (b"\xff\xfe", "it is not text")])
def test_a_recipe_that_cannot_be_read_is_told_with_the_reason(run: Run, spoilt: bytes | None, why: str) -> None:
    path = run.folder / "recipe.json"
    path.unlink() if spoilt is None else path.write_bytes(spoilt)
    with pytest.raises(RunError, match=rf"choices of the run '{run.id}' .* cannot be read \({why}"):
        _ = run.recipe


def test_answers_that_a_run_has_saved_has_not_or_no_longer_has(run: Run) -> None:
    assert run.predictions("test") is None
    path = run.folder / "predictions" / "test.parquet"
    path.parent.mkdir()
    answers = pd.DataFrame({"row": [16, 17], "prediction": ["a", "b"]})
    answers.to_parquet(path)
    saved = run.predictions("test")
    assert saved is not None and saved["row"].tolist() == [16, 17] and run.predictions("validation") is None
    path.write_bytes(b"PAR1")
    with pytest.raises(RunError, match=r"answers of the run 'run' \(predictions/test\.parquet\) cannot be read"):
        run.predictions("test")


def test_a_run_that_waits_is_cancelled_at_once(space: Workspace) -> None:
    executor, first, second = BackgroundExecutor(space), make(space, "first"), make(space, "second")
    executor.close()  # nobody takes up what waits
    for run in (first, second):
        executor.submit(run)
    assert executor.waiting() == [first.id, second.id]
    first.ask("cancel")
    assert first.state == "cancelled" and executor.waiting() == [second.id] and second.state == "queued"


def test_a_workspace_below_a_file_says_why_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a")
    assert "(it is a file)" in str(trouble_with(tmp_path / "file"))
    assert "(Not a directory)" in str(trouble_with(tmp_path / "file" / "workspace"))


def test_a_long_name_is_cut(space: Workspace) -> None:
    assert make(space, "n" * 200).name == "n" * 120


def test_a_mistake_of_bertuis_own_leaves_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(self: Experiment, stopped: object) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr(Experiment, "run", mistaken)
    with pytest.raises(KeyError):
        list(execute(run))
    assert run.state == "failed" and "traceback.txt" in str(run.facts()["error"])
    assert "KeyError: 'a mistake'" in (run.folder / "traceback.txt").read_text("utf-8")


def test_an_id_is_the_time_it_was_made_at() -> None:
    before, made = time.time(), new_id()
    assert re.fullmatch(r"\d{8}-\d{6}-\d{3}[0-9a-f]{4}", made) and made != new_id()
    told = time.mktime(time.strptime(made[:15], "%Y%m%d-%H%M%S")) + int(made[16:19]) / 1000
    assert before - 0.001 <= told <= time.time()


def test_a_reused_process_number_does_not_count_as_alive(run: Run) -> None:
    born = psutil.Process().create_time()
    run.change(state="running", pid=os.getpid(), born=born)
    assert run.state == "running"
    run.change(born=born - 100)
    assert run.state == "interrupted"


def test_a_process_that_has_ended_and_waits_for_its_parent_is_not_alive(run: Run) -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        process = psutil.Process(child.pid)
        run.change(state="running", pid=child.pid, born=process.create_time())
        assert run.state == "running"
        child.kill()
        while process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        assert run.state == "interrupted"


@pytest.mark.parametrize("state", MOVES)
def test_only_a_run_that_has_ended_well_gives_its_model(run: Run, state: State) -> None:
    (run.folder / "model").mkdir()
    run.change(state=state)
    if state in ("finished", "stopped"):
        assert run.model_folder == run.folder / "model"
    else:
        with pytest.raises(RunError, match=f"no finished model; it is {state}"):
            _ = run.model_folder


def test_a_run_moves_only_as_allowed(run: Run) -> None:
    assert run.move("running") and run.move("stopping") and run.move("stopped")
    for state in MOVES:
        assert not run.move(state), "a run that has ended stays as it is"
    assert run.state == "stopped"
    run.change(state="finished")
    assert not run.move("stopping"), "a late press on Stop must not wake it"


def test_a_state_that_cannot_be_written_is_remembered_until_there_is_room(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "400k") as place:
        run = make(Workspace(place))
        ballast = place / "ballast"
        with pytest.raises(OSError, match="No space left"):
            ballast.write_bytes(bytes(500_000))
        assert run.move("running") and run.move("failed", error="The disk is full.")
        assert json.loads((run.folder / "run.json").read_text())["state"] == "queued", "the disk knows nothing yet"
        assert run.state == "failed" and run.facts()["error"] == "The disk is full."
        with pytest.raises(DiskError, match="is full"):
            run.change(name="x")
        assert not write_remembered()
        ballast.unlink()
        assert write_remembered()
        assert json.loads((run.folder / "run.json").read_text())["error"] == "The disk is full."
        assert not list(run.folder.glob("*.new"))


def test_what_was_not_written_of_a_deleted_run_is_forgotten(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "400k") as place:
        space = Workspace(place)
        run = make(space)
        with pytest.raises(OSError, match="No space left"):
            (place / "ballast").write_bytes(bytes(500_000))
        run.move("running")
        run.move("failed", error="no room")
        space.delete(run)
        assert space.runs() == [] and space.broken() == [] and write_remembered()


# --- the log ---


def phases(run: Run, after: int = 0) -> list[str]:
    return [event.detail for event in run.events(after)[0] if isinstance(event, PhaseBegan)]


def test_a_half_written_line_is_not_read_before_it_is_whole(run: Run) -> None:
    run.log(PhaseBegan("train", 0.0, "first"))
    path, (_, place) = run.folder / "events.jsonl", run.events()
    line = b'{"event": "phase", "name": "train", "detail": "second"}'
    with path.open("ab") as file:
        file.write(line[:20])
    assert run.events(place) == ([], place)
    with path.open("ab") as file:
        file.write(line[20:])
    assert run.events(place) == ([], place), "without its end it may still go on"
    with path.open("ab") as file:
        file.write(b"\n")
    assert phases(run, place) == ["second"] and run.events(place)[1] == path.stat().st_size


def test_the_event_after_a_torn_line_is_read(run: Run) -> None:
    run.log(PhaseBegan("train", 0.0, "first"))
    with (run.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "phase", "na\xc3')  # cut within a letter
    run.log(PhaseBegan("train", 0.0, "second"))
    run.log(PhaseBegan("train", 0.0, "third"))
    assert phases(run) == ["first", "second", "third"]


def test_line_breaks_of_unicode_and_odd_letters_come_through(run: Run) -> None:
    words = ["a\u0085b", "a\u2028b", "a\u2029b", "a\x0bb\x0cc\x1cd\x1de\x1ef", "a\nb\rc\r\nd", "\ud800", "ä👍"]
    for word in words:
        run.log(PhaseBegan("train", 0.0, word))
    assert phases(run) == words
    # A log of an earlier version holds them as they are.
    with (run.folder / "events.jsonl").open("ab") as file:
        file.write(
            json.dumps({"event": "phase", "name": "x", "detail": "p\u2028q"}, ensure_ascii=False).encode() + b"\n"
        )
    assert phases(run)[-1] == "p\u2028q"


@pytest.mark.parametrize(
    "line",
    ["[1]", "7", "null", '"phase"', '{"event": "step"}', '{"event": "step", "step": "x"}', '{"event": ["phase"]}', "",
     '{"event": "phase", "name": 3}', '{"event": "plan", "steps": {}}', "[" * 5000],
)  # fmt: skip
def test_a_spoilt_line_is_left_out_and_the_others_are_read(run: Run, line: str) -> None:
    with (run.folder / "events.jsonl").open("ab") as file:
        file.write(line.encode() + b"\n")
    run.log(AlarmRaised("memory", "Too much.", 3, {"training.batch_size": 4}))
    assert run.events()[0] == [AlarmRaised("memory", "Too much.", 3, {"training.batch_size": 4})]


# --- rows ---


@pytest.mark.parametrize(
    "columns",
    [("(row)", "(part)"), ("(part)", "(row)"), ("(row)'", "(row)"), ("__index_level_0__", "index"), ("row", "part"),
     ("self", "level_0"), ("prediction", "text"), ("", " ")],
)  # fmt: skip
def test_columns_may_have_the_names_of_our_own(space: Workspace, columns: tuple[str, str]) -> None:
    table = small_table(*columns)
    table.frame.index = pd.Index(range(5, 25))
    split = Split(train=np.arange(5, 17), validation=np.arange(17, 21), test=np.arange(21, 25))
    run = space.create_run(table, split, Recipe())
    again, parts = run.data()
    assert again.frame.equals(table.frame) and again.roles == table.roles and again.fingerprint == table.fingerprint
    assert [rows.tolist() for rows in parts.parts().values()] == [rows.tolist() for rows in split.parts().values()]


def test_rows_of_earlier_versions_are_read(run: Run) -> None:
    path = run.folder / "data" / "table.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({"name": facts["name"], "roles": facts["roles"]}), "utf-8")
    assert run.data()[1].sizes() == SPLIT.sizes()


# --- folders ---


def test_of_a_run_that_is_a_link_the_link_is_deleted(space: Workspace, run: Run, tmp_path: Path) -> None:
    run.change(state="finished")
    elsewhere = tmp_path / "elsewhere"
    run.folder.rename(elsewhere)
    run.folder.symlink_to(elsewhere)
    (linked,) = space.runs()
    space.delete(linked)
    assert space.runs() == [] and (elsewhere / "run.json").is_file()


def test_a_run_that_was_half_made_or_half_deleted_is_cleared_away(space: Workspace, run: Run) -> None:
    for name in (f"20260101-000000-000aaaa.{2**22 + 1}-00000000-0.new", "20260101-000000-000bbbb.new"):
        (space.root / "runs" / name / "data").mkdir(parents=True)
    (run.folder / "run.json.1b2c3d4e.new").write_text("{")
    run.change(state="finished")
    assert [one.id for one in space.runs()] == [run.id] and space.broken() == []
    space.recover()
    assert [path.name for path in (space.root / "runs").iterdir()] == [run.id]
    assert not list(run.folder.glob("*.new"))


def test_a_table_json_that_is_broken_hides_no_other_table(space: Workspace) -> None:
    broken, good = (space.add_frame(small_table().frame, name) for name in ("broken", "good"))
    for text in ("{", "[]", '{"name": 3}', json.dumps(broken.facts() | {"edits": 5})):
        (broken.folder / "table.json").write_text(text, "utf-8")
        assert [table.name for table in space.tables()] == ["good"]
        assert [table.id for table in space.broken_tables()] == [broken.id]
    space.delete(broken)
    assert space.broken_tables() == [] and good.table().frame.equals(small_table().frame)


def test_a_workspace_says_what_keeps_it_from_being_written(tmp_path: Path) -> None:
    assert trouble_with(tmp_path / "new" / "deep") is None and (tmp_path / "new" / "deep").is_dir()
    assert list((tmp_path / "new" / "deep").iterdir()) == []
    file = tmp_path / "file"
    file.touch()
    for root in (file, file / "below"):
        assert "cannot be written" in str(trouble_with(root))
    with disk(tmp_path / "disk", "100k") as place:
        assert trouble_with(place) is None
        with pytest.raises(OSError, match="No space left"):
            (place / "ballast").write_bytes(bytes(200_000))
        assert "is full" in str(trouble_with(place))


def test_one_run_is_never_queued_twice_nor_after_its_end(space: Workspace, run: Run) -> None:
    executor = BackgroundExecutor(space)
    executor.close()
    executor.submit(run)
    executor.submit(run)
    assert executor.waiting() == [run.id]
    run.change(state="running")
    with pytest.raises(RunError, match="is running"):
        executor.submit(run)
    run.change(state="finished")
    with pytest.raises(RunError, match="is finished"):
        executor.submit(run)
