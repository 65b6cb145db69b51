"""The command line as a person types it, in a process of its own."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bertui.runs.workspace import Workspace
from bertui.training.events import StepTaken


def bertui(*words: str, workspace: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"BERTUI_WORKSPACE": str(workspace), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", "from bertui.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.mark.timeout(600)
def test_train_predict_evaluate_explain_export(file: Path, tiny: Path, space: Path, tmp_path: Path) -> None:
    settings = [
        f"model.name={tiny}",
        "training.epochs=8",
        "optimizer.learning_rate=3e-3",
        "encoding.max_length=24",
    ]
    done = bertui(
        "train", str(file), "--text", "text", "--label", "label", "--json", "--name", "films",
        *(word for setting in settings for word in ("--set", setting)), workspace=space,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    trained = json.loads(done.stdout)
    assert trained["status"] == "finished" and trained["task"] == "single-label"
    assert trained["metrics"]["accuracy"] == 1.0 and trained["metrics"]["n"] == 18
    assert set(trained["baselines"]) == {"Majority class", "TF-IDF with logistic regression"}
    assert trained["train_examples_per_second"] > 0 and trained["seconds"] > 0

    answers = tmp_path / "answers.csv"
    done = bertui("predict", "films", str(file), "--out", str(answers), workspace=space)
    assert done.returncode == 0, done.stderr
    header = next(csv.reader(answers.read_text("utf-8-sig").splitlines()))
    assert header == ["text", "label", "prediction", "probability", "probability of b", "probability of g"]

    done = bertui("evaluate", "films", str(file), "--json", workspace=space)
    result = json.loads(done.stdout)
    assert result["metrics"] == {"accuracy": 1.0, "f1_macro": 1.0, "f1_weighted": 1.0, "mcc": 1.0, "n": 120}
    assert result["status"] == "finished" and result["task"] == "single-label"
    assert result["scores"]["accuracy"]["value"] == 1.0 > result["scores"]["accuracy"]["low"]
    assert result["seconds"] > 0 and result["rows_in_training"] == 90 and result["baselines"] == {}
    others = result["other_rows"]
    assert others["metrics"]["n"] == 30 and set(others["baselines"]) == set(trained["baselines"])
    assert others["baselines"]["Majority class"]["accuracy"] == 0.5
    assert "90 of 120 rows stand in the rows that the run was trained on" in done.stderr

    done = bertui("explain", "films", "--text", "the film was Good!", "--target", "g", "--json", workspace=space)
    result = json.loads(done.stdout)
    assert result["words"] == ["the", "film", "was", "Good", "!"] and len(result["scores"]) == 5
    assert result["target"] == result["answer"] == "g" and result["spans"][3] == [13, 17]
    assert result["focus"] == "the label" and result["method"] == "frozen" and result["convergence_delta"] is None
    assert result["signed"] and result["explained"].startswith("the logit of “g” less that of")
    assert "trust" not in result and "flips" not in result
    assert sum(result["probabilities"].values()) == pytest.approx(1, abs=1e-5)

    asked = "explain", "films", "--text", "the film was Good!", "--method", "integrated-gradients", "--trust", "--flip"
    result = json.loads(bertui(*asked, "--json", workspace=space).stdout)
    assert result["method"] == "integrated-gradients" and abs(result["convergence_delta"]) <= 0.02
    assert {"k", "without_top", "without_random", "most", "score"} <= set(result["trust"]) and result["trust"]["k"] == 5
    assert result["flips"] and all(one["answer"] != "g" and 0 < one["probability"] <= 1 for one in result["flips"])
    shown = bertui(*asked, workspace=space).stdout
    assert "strongest words the answer" in shown and "Other answers, with the fewest words changed" in shown
    assert result["flips"][0]["text"] in shown

    lines = tmp_path / "explained.jsonl"
    done = bertui("explain", "films", str(file), "--out", str(lines), workspace=space)
    assert done.returncode == 0 and "120 rows explained" in done.stderr, done.stderr
    assert "Words that push most" in done.stdout and "Mean score" in done.stdout
    explained = [json.loads(line) for line in lines.read_text("utf-8").split("\n")[:-1]]
    assert len(explained) == 120 and explained[0]["method"] == "frozen" and explained[0]["row"] == 2
    done = bertui("explain", "films", str(file), "--out", str(tmp_path / "x.csv"), workspace=space)
    assert done.returncode and "ends in .jsonl" in done.stderr and not (tmp_path / "x.csv").exists()
    done = bertui("explain", "films", str(file), workspace=space)
    assert done.returncode == 2 and "go together" in done.stderr

    done = bertui("export", "films", str(tmp_path / "out"), "--json", workspace=space)
    assert json.loads(done.stdout)["loads"] == "transformers" and (tmp_path / "out.zip").is_file()
    assert "this-folder" in (tmp_path / "out" / "README.md").read_text()

    done = bertui("runs", "--json", workspace=space)
    assert [run["name"] for run in json.loads(done.stdout)["runs"]] == ["films"]


BAD = [
    (["train", "gone.csv"], "cannot be read"),
    (["train", "{file}", "--text", "txt", "--label", "label"], "Column 'txt' is not in the file"),
    (["train", "{file}", "--label", "label", "--set", "training.epochs=0"], "greater than or equal to 1"),
    (["train", "{file}", "--label", "label", "--set", "training.epoch=3"], "There is no choice"),
    (["train", "{file}", "--label", "label", "--recipe", "gone.json"], "cannot be read"),
    (["train", "{file}", "--nonsense"], "No such option"),
    (["predict", "no-such", "{file}", "--out", "x.csv"], "There is no run"),
    (["predict", "../../etc", "{file}", "--out", "x.csv"], "There is no run"),
    (["explain", "no-such", "--text", "a"], "There is no run"),
    (["export", "no-such", "x"], "There is no run"),
]


@pytest.mark.parametrize(
    ("words", "message"), BAD, ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else ""
)
def test_what_a_person_can_mend_exits_2(words: list[str], message: str, file: Path, tmp_path: Path) -> None:
    done = bertui(*(word.format(file=file) for word in words), workspace=tmp_path / "empty")
    assert done.returncode == 2 and message in done.stderr and not done.stdout
    assert "Traceback" not in done.stderr


def test_ctrl_c_exits_130_and_the_run_goes_on_with_resume(file: Path, tiny: Path, tmp_path: Path) -> None:
    environment = os.environ | {"BERTUI_WORKSPACE": str(tmp_path / "w"), "HF_HUB_OFFLINE": "1"}
    words = ["train", str(file), "--text", "text", "--label", "label", "--json"]
    settings = ["--set", f"model.name={tiny}", "--set", "training.epochs=60", "--set", "encoding.max_length=24"]
    command = [sys.executable, "-c", "from bertui.cli import main; main()", *words, *settings]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a shell's "&" would ignore it
    )  # fmt: skip
    while not list((tmp_path / "w").glob("runs/*/checkpoint/state.json")) and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    out, errors = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, "") and "bertui resume" in errors and "Traceback" not in errors
    (run,) = Workspace(tmp_path / "w").runs()
    assert run.state == "interrupted"

    done = bertui("resume", run.id, "--json", workspace=tmp_path / "w")
    assert done.returncode == 0 and json.loads(done.stdout)["status"] == "finished", done.stderr
    steps = [event.step for event in run.events()[0] if isinstance(event, StepTaken)]
    assert sorted(set(steps)) == list(range(1, 60 * 3 + 1)) and len(steps) < 2 * 60 * 3, "it went on, not anew"

    again = bertui("resume", run.id, workspace=tmp_path / "w")
    assert again.returncode == 2 and "is finished" in again.stderr
