"""One label for a text: answers, scores and saved predictions by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.errors import DataError
from bertui.experiment.experiment import write_baselines, write_predictions
from bertui.modeling.tokenizer import load_tokenizer
from bertui.tasks.labels.single_label import LabelPrediction, SingleLabel
from bertui.tasks.views import ConfusionView, ReliabilityView
from tests.batches import alike_of

TASK = SingleLabel(classes=("up", "down"))
TEXTS = [("good",), ("so so",), ("awful",)]
OUTPUTS = np.log(np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]]))
GOLD = ["up", "up", "down"]


def answers(task: SingleLabel = TASK) -> list[LabelPrediction]:
    return task.answer(TEXTS, alike_of([[1, 2], [1, 2, 3], [1, 2]], [2, 5, 2]), OUTPUTS)


def test_answers_are_the_most_probable_labels() -> None:
    predictions = answers()
    assert [one.answer for one in predictions] == ["up", "down", "up"]
    assert [one.probability for one in predictions] == pytest.approx([0.9, 0.6, 0.7])
    assert [one.probabilities for one in predictions] == [pytest.approx(row) for row in np.exp(OUTPUTS).tolist()]
    assert [(one.text, one.truncated) for one in predictions] == [("good", 0), ("so so", 2), ("awful", 0)]
    assert predictions[0].columns() == {
        "prediction": "up", "probability": 0.9, "probability of up": 0.9, "probability of down": 0.1,
    }  # fmt: skip


def test_a_temperature_makes_answers_less_sure_and_changes_none() -> None:
    predictions = answers(SingleLabel(classes=("up", "down"), temperature=2.0))
    assert [one.answer for one in predictions] == ["up", "down", "up"]
    assert predictions[0].probability == pytest.approx(3 / 4)  # square roots of 0.9 and 0.1 are as 3 to 1


def test_the_calibrated_probability_is_explained(tiny: Path) -> None:
    warmed = SingleLabel(classes=("up", "down"), temperature=2.0)
    (focus,) = warmed.focuses(answers(warmed)[0])
    encoded = warmed.encode(TextEncoder(load_tokenizer(tiny), EncodingChoice(), 128), [TEXTS[0]], spans=True)
    decided = warmed.decided_in(TEXTS[0], encoded, focus)
    assert list(decided.sequences) == [0] and decided.token is None
    explained = warmed.explained(torch.tensor(OUTPUTS[:1]), focus, decided.token)
    assert explained.tolist() == [pytest.approx([3 / 4, 1 / 4])]  # of 0.9 and 0.1, as above


def test_judging_counts_right_rows() -> None:
    judged = TASK.judge(GOLD, answers(), [4, 7, 9])
    assert judged.n == 3 and judged.credit.tolist() == [1, 0, 0] and judged.expected == ("up", "up", "down")
    assert judged.metrics["accuracy"].value == pytest.approx(1 / 3)
    assert judged.metrics["f1_macro"].value == pytest.approx(0.25)  # up 1/2, down 0
    assert judged.metrics["f1_weighted"].value == pytest.approx(1 / 3)
    assert judged.metrics["mcc"].value == pytest.approx(-0.5)  # (0 - 1 x 1) / sqrt(2 x 1 x 2 x 1)
    confusion, reliability = judged.views
    assert isinstance(confusion, ConfusionView) and confusion.scores.confusion == ((1, 1), (1, 0))
    assert isinstance(reliability, ReliabilityView) and reliability.temperature == 1.0
    # 0.9 is right, 0.6 and 0.7 wrong: (0.1 + 0.6 + 0.7) / 3
    assert reliability.error_after == pytest.approx(1.4 / 3)


def test_the_error_before_the_temperature_is_that_of_the_raw_probabilities() -> None:
    warmed = SingleLabel(classes=("up", "down"), temperature=2.0)
    view = warmed.judge(GOLD, answers(warmed), [4, 7, 9]).views[1]
    assert isinstance(view, ReliabilityView)
    assert view.error_before == pytest.approx(1.4 / 3)
    assert view.error_after != pytest.approx(1.4 / 3)


def test_saved_predictions_by_hand(tmp_path: Path) -> None:
    predictions = answers()
    write_predictions(tmp_path, "test", np.array([4, 7, 9]), predictions, TASK.judge(GOLD, predictions, [4, 7, 9]))
    frame = pd.read_parquet(tmp_path / "predictions" / "test.parquet")
    assert frame.columns.tolist() == [
        "row", "expected", "credit", "contribution",
        "prediction", "probability", "probability of up", "probability of down",
    ]  # fmt: skip
    assert frame["row"].tolist() == [4, 7, 9]
    assert frame["expected"].tolist() == ["up", "up", "down"]
    assert frame["prediction"].tolist() == ["up", "down", "up"]
    assert frame["probability"].tolist() == [0.9, 0.6, 0.7]
    assert frame["credit"].tolist() == frame["contribution"].tolist() == [1, 0, 0]


def test_saved_answers_of_baselines_by_hand(tmp_path: Path) -> None:
    simple = TASK.baselines([("good",), ("fine",), ("bad",)], ["up", "up", "down"], TEXTS, GOLD)
    (tmp_path / "predictions").mkdir()
    write_baselines(tmp_path, "test", np.array([4, 7, 9]), simple)
    frame = pd.read_parquet(tmp_path / "predictions" / "test-baselines.parquet")
    majority = frame[frame["method"] == "Majority class"]
    assert majority["row"].tolist() == [4, 7, 9] and majority["prediction"].tolist() == ["up"] * 3
    assert majority["contribution"].tolist() == [1, 1, 0]
    assert sorted(frame["method"].unique()) == ["Majority class", "TF-IDF with logistic regression"]


def test_measures_of_a_check() -> None:
    metrics = TASK.metrics(OUTPUTS, TASK.examples(alike_of([[1]] * 3, [1] * 3), TEXTS, GOLD))
    assert metrics == pytest.approx(
        {
            "loss": -np.log([0.9, 0.4, 0.3]).mean(),
            "accuracy": 1 / 3,
            "f1_macro": 0.25,
            "f1_weighted": 1 / 3,
            "mcc": -0.5,
        }
    )


def test_one_label_for_everything_is_noticed() -> None:
    examples = TASK.examples(alike_of([[1]] * 3, [1] * 3), TEXTS, GOLD)
    assert TASK.collapsed(OUTPUTS, examples) is None
    assert TASK.collapsed(np.tile([0.2, 0.1], (3, 1)), examples) == "up"
    alike = TASK.examples(alike_of([[1]] * 3, [1] * 3), TEXTS, ["up"] * 3)
    assert TASK.collapsed(np.tile([0.2, 0.1], (3, 1)), alike) is None  # there is nothing to tell apart


def test_balanced_weights_by_hand() -> None:
    # 3 rows, 2 classes: up has 1 row, down 2
    assert TASK.class_weights(np.array([0, 1, 1])).tolist() == [1.5, 0.75]


def test_weights_and_smoothing_in_the_loss() -> None:
    import torch

    outputs, targets = torch.tensor(OUTPUTS), torch.tensor([0, 0, 1])
    losses = -np.log([0.9, 0.4, 0.3])
    assert float(TASK.loss(outputs, targets, weights=None, smoothing=0.0)) == pytest.approx(losses.sum())
    weighted = TASK.loss(outputs, targets, weights=torch.tensor([2.0, 0.5]), smoothing=0.0)
    assert float(weighted) == pytest.approx((losses * [2, 2, 0.5]).sum())
    # a fifth of each target is spread over both classes: 0.9 for the right one, 0.1 for the other
    other = -np.log([0.1, 0.6, 0.7])
    assert float(TASK.loss(outputs, targets, weights=None, smoothing=0.2)) == pytest.approx(
        (0.9 * losses + 0.1 * other).sum()
    )


@pytest.mark.parametrize(("yes", "no"), [("Ja", "Nein"), ("Y", "N"), ("1", "0")])
def test_a_label_beside_another_column_of_yes_and_no_is_told(yes: str, no: str) -> None:
    answers = [[yes, no], [no, yes], [yes, yes], [no, no]] * 3
    frame = pd.DataFrame(answers, columns=["food", "room"]).assign(text=[f"text {n}" for n in range(12)])
    (finding,) = SingleLabel.check(Table(frame, Roles(text="text", label="room"), "t"))
    assert finding.severity == "warning" and "--labels food --labels room" in finding.detail
    alone = frame.assign(food=[f"no {n}" for n in range(12)])
    assert not SingleLabel.check(Table(alone, Roles(text="text", label="room"), "t"))


def test_unknown_labels_are_told() -> None:
    table = Table(pd.DataFrame({"t": ["x", "y"], "l": ["up", "sideways"]}, dtype="str"), Roles("t", "l"))
    assert TASK.gold(table, [0]) == ["up"]
    with pytest.raises(DataError, match="never seen: 'sideways'"):
        TASK.gold(table, [0, 1])
