"""A number for a text: learned standardised, answered in its own unit, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from bertui.data.cells.numbers import numbers_of
from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.errors import DataError
from bertui.evaluation.baselines.score import mean, tfidf_ridge
from bertui.modeling.backbone import load_backbone
from bertui.modeling.export import Plain, export_model
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.saving import load_model, save_model
from bertui.modeling.sources import ModelChoice
from bertui.prediction.outputs import outputs_of
from bertui.tasks.guessing import guess_roles
from bertui.tasks.results import Focus
from bertui.tasks.score.score import Score
from bertui.tasks.views import Number, ScatterView
from tests.batches import alike_of
from tests.conftest import baselines_of

TASK = Score(mean=50.0, spread=10.0)
TEXTS = [("good",), ("so so",), ("awful",)]
FOCUS = Focus("score", "the score", ("the score",), 0, "points", full_colour=1.0)  # a tenth of the spread


def rows_of(number: int) -> Encoded:
    return alike_of([[1, 2]] * number, [2] * (number - 1) + [5])


def of(cells: list[str | None], **columns: list[str]) -> Table:
    frame = pd.DataFrame({"text": [f"t{n}" for n in range(len(cells))], "score": cells, **columns}, dtype="str")
    return Table(frame, Roles("text", task="score", score="score", text_b="other" if columns else None))


# ---------------------------------------------------------------- numbers as people write them


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["4", " 4.5 ", "-3", "+2", ".5", "5.", "1e3"], [4, 4.5, -3, 2, 0.5, 5, 1000]),
        (["80 %", "80%", " 7.5 % "], [80, 80, 7.5]),
        (["4,5", "3,25", "2"], [4.5, 3.25, 2]),  # a decimal comma
        (["1,200.5", "3,000", "12"], [1200.5, 3000, 12]),  # thousands, as one cell has a point too
        (["1,200,300", "3,000"], [1200300, 3000]),  # thousands, as one cell has two commas
        (["1,200", "3,000"], [1200, 3000]),  # nobody can say; the point is the usual decimal mark
        (["1,200.5", "4,5"], [1200.5, 4.5]),  # each can be read in one way only
        (["", " ", None], [np.nan] * 3),
        (["four", "4 stars", "4-5", "1.2.3", "--1", "nan", "inf", "1e999", "%", "4,5,6"], [np.nan] * 10),
    ],
)
def test_numbers_are_read_as_people_write_them(cells: list[str | None], values: list[float]) -> None:
    numbers = numbers_of(pd.Series(cells, dtype="str", index=range(3, 3 + len(cells))))
    np.testing.assert_allclose(numbers.to_numpy(), values)
    assert numbers.index[0] == 3 and numbers.dtype == np.float64


# ---------------------------------------------------------------- learning


def test_targets_are_standardised_by_the_training_rows() -> None:
    table = of(["40", "60", "1000", ""])
    task = Score.learn(table, [0, 1])
    assert (task.mean, task.spread) == (50, 10) and task.gold(table, [1, 0]) == [60, 40]
    examples = task.examples(rows_of(3), TEXTS, [40.0, 60.0, 75.0])
    assert examples.targets.tolist() == [-1, 1, 2.5] and examples.targets.dtype == np.float32
    assert Score.learn(of(["4", "4"]), [0, 1]).spread == 1  # nothing is divided by 0
    assert Score.learn(table, [3]) == Score()


def test_answers_are_in_their_own_unit() -> None:
    answers = TASK.answer(TEXTS, rows_of(3), np.array([[-1.0], [0.0], [2.5]]))
    assert [one.value for one in answers] == [40, 50, 75] and [one.truncated for one in answers] == [0, 0, 3]
    assert [one.answer for one in answers] == ["40", "50", "75"] and answers[0].columns() == {"prediction": 40}
    assert answers[0].probability is None and answers[0].views() == (Number("Predicted", 40.0, None, None),)
    assert answers[0].views(44.0)[1] == Number("True", 44.0)
    outputs = torch.tensor([[-1.0], [2.5]])
    assert TASK.explained(outputs, FOCUS, None).tolist() == [[40], [75]]
    assert TASK.focuses(answers[0]) == (FOCUS,)


def test_where_predictions_lie_is_told_from_enough_validation_rows() -> None:
    outputs = np.zeros((41, 1))  # 50 for each
    true = [50.0 + n - 20 for n in range(41)]  # off by -20 to 20
    fitted = TASK.fitted(outputs, TASK.examples(rows_of(41), TEXTS, true))
    assert fitted.errors == pytest.approx((-19, 19))  # the quantiles of 41 numbers at 1/40 and 39/40
    (answer,) = fitted.answer([("a",)], rows_of(1), np.array([[1.0]]))
    assert (answer.low, answer.high) == (pytest.approx(41), pytest.approx(79))
    assert TASK.fitted(outputs[:39], TASK.examples(rows_of(39), TEXTS, true[:39])).errors is None


def test_a_bound_of_nothing_is_still_a_bound() -> None:
    """Where predictions are never too low, the upper bound is the prediction itself."""
    task = TASK.model_copy(update={"errors": (-3.0, 0.0)})
    (answer,) = task.answer([("a",)], rows_of(1), np.array([[0.0]]))
    assert (answer.low, answer.high) == (47, 50)


def test_the_loss_is_squared_on_standardised_numbers() -> None:
    outputs, targets = torch.tensor([[0.0], [1.0]]), torch.tensor([2.0, 0.5])
    assert float(TASK.loss(outputs, targets, weights=None, smoothing=0.0)) == pytest.approx(4.25)


def test_measures_by_hand() -> None:
    outputs, gold = np.array([[0.0], [1.0], [-1.0]]), [52.0, 60.0, 44.0]  # 50, 60, 40
    metrics = TASK.metrics(outputs, TASK.examples(rows_of(3), TEXTS, gold))
    assert metrics["mae"] == pytest.approx(2) and metrics["rmse"] == pytest.approx(np.sqrt(20 / 3))
    assert metrics["loss"] == pytest.approx(20 / 300) and metrics["spearman"] == pytest.approx(1)
    assert metrics["pearson"] == pytest.approx(np.corrcoef([50, 60, 40], gold)[0, 1])
    judged = TASK.judge(gold, TASK.answer(TEXTS, rows_of(3), outputs), [7, 8, 9])
    assert judged.credit.tolist() == [-2, 0, -4] and judged.expected == ("52", "60", "44")
    assert list(judged.metrics) == ["r2", "spearman", "pearson", "mae", "rmse"]
    assert metrics["r2"] == judged.metrics["r2"].value == pytest.approx(1 - 20 / 128)
    assert judged.metrics["mae"].value == pytest.approx(2)
    (points,) = judged.views
    assert isinstance(points, ScatterView)
    assert (points.rows, points.true, points.predicted) == ((7, 8, 9), (52.0, 60.0, 44.0), (50.0, 60.0, 40.0))


def test_a_scatter_of_many_rows_holds_some_of_them() -> None:
    number = 5000
    outputs = np.linspace(-1, 1, number)[:, None]
    answers = TASK.answer([("a",)] * number, rows_of(number), outputs)
    (points,) = TASK.judge((outputs[:, 0] * 10 + 50).tolist(), answers, np.arange(number)).views
    assert isinstance(points, ScatterView) and len(points.rows) == 2000
    assert points.rows[0] == 0 and points.rows[-1] == number - 1


# ---------------------------------------------------------------- tables


def test_a_cell_that_is_no_number_is_told() -> None:
    with pytest.raises(DataError, match="A score reads 'four', which is no number"):
        TASK.gold(of(["4", "four"]), [0, 1])


def findings(table: Table) -> dict[str, tuple[str, str, list[int]]]:
    return {one.kind: (one.severity, one.title, one.rows.tolist()) for one in Score.check(table)}


def test_what_is_wrong_with_scores_is_told() -> None:
    good = [str(n) for n in range(10, 20)]
    assert findings(of(good)) == {} and findings(of([*good, "", " "])) == {}
    assert findings(of([*good, "four", "five"])) == {
        "no number": ("error", "2 scores are no number: 'four', 'five'.", [10, 11])
    }
    assert findings(of(["4", "4.0", ""])) == {"one score": ("error", "Every score is 4.", [])}
    # The middle half of 10 to 19 and 1000 is 12.5 to 17.5: far is beyond 5 times that width, 42.5.
    assert findings(of([*good, "1000"])) == {
        "score out of range": ("warning", "1 score is far from all others: '1000'.", [10])
    }
    assert findings(of([*good, "42"])) == {}
    assert findings(of(["1"] * 20 + ["2"])) == {}  # half of the scores have no width at all


def test_pairs_of_one_text_are_told() -> None:
    by_kind = findings(of(["1", "2", "3"], other=["T0  ", "b", "c"]))
    assert by_kind == {"pair halves": ("note", "1 pair has the same text twice.", [0])}


def test_files_of_scores_are_known_and_others_are_not() -> None:
    def guessed(**columns: list[Any]) -> Roles:
        return guess_roles(pd.DataFrame({name: map(str, cells) for name, cells in columns.items()}, dtype="str"))

    text = [f"the film number {n} was seen" for n in range(40)]
    decimals = [f"{n / 7:.3f}" for n in range(40)]
    pair = guessed(sentence1=text, sentence2=[f"a plot number {n} was told" for n in range(40)], score=decimals)
    assert (pair.task, pair.text, pair.one("text_b"), pair.one("score")) == (
        "score", ("sentence1",), "sentence2", "score",
    )  # fmt: skip
    assert guessed(text=text, similarity=range(40)).one("score") == "similarity"
    assert guessed(text=text, y=decimals).one("score") == "y"  # fractions of many values
    assert guessed(text=text, stars=[1, 2, 3, 4] * 10).task == "single-label"
    assert guessed(text=text, year=range(1980, 2020)).task == "single-label"  # whole numbers that no name calls scores
    assert guessed(text=text, score=["good", "bad"] * 20).task == "single-label"


# ---------------------------------------------------------------- what must be beaten


def test_always_the_mean_by_hand() -> None:
    scores, predicted, seconds = mean(np.array([1.0, 3.0]), np.array([2.0, 5.0]))
    assert predicted.tolist() == [2.0, 2.0]
    assert scores.mae.value == 1.5 and scores.spearman.value == 0 and seconds >= 0


def test_counted_words_find_what_a_word_is_worth() -> None:
    texts, values = [("good",), ("bad",)] * 30, np.array([9.0, 1.0] * 30)
    scores, predicted, _ = tfidf_ridge(texts, values, [("good",), ("bad",), ("good",)], np.array([9.0, 1.0, 9.0]))
    assert predicted.tolist() == pytest.approx([5 + 4 * 30 / 31, 5 - 4 * 30 / 31, 5 + 4 * 30 / 31])
    # 4 above and below the mean; the squares of the centred counts sum to 30, to which ridge adds 1.
    assert scores.mae.value == pytest.approx(4 * (1 - 30 / 31)) and scores.spearman.value == 1


def test_of_a_pair_counted_words_see_how_alike_the_texts_are() -> None:
    words = [f"w{n}" for n in range(40)]
    alike = [(" ".join(words[n : n + 4]), " ".join(words[n : n + 4])) for n in range(30)]
    apart = [(" ".join(words[n : n + 4]), " ".join(words[n + 5 : n + 9])) for n in range(30)]
    rows, values = [*alike, *apart], np.array([5.0] * 30 + [0.0] * 30)
    scores, _, _ = tfidf_ridge(rows, values, [("w1 w2", "w1 w2"), ("w1 w2", "w8 w9")], np.array([5.0, 0.0]))
    assert scores.mae.value < 0.5


def test_the_task_trains_both_on_the_training_rows() -> None:
    table = of([str(n % 2) for n in range(12)], other=["good" if n % 2 else "bad" for n in range(12)])
    baselines = baselines_of(TASK, table, np.arange(8), np.arange(8, 12))
    assert [one.name for one in baselines] == ["Always the mean", "TF-IDF with ridge regression"]
    assert baselines[0].metrics["mae"].value == 0.5 and baselines[1].metrics["mae"].value < 0.3


# ---------------------------------------------------------------- elsewhere


def test_the_exported_model_gives_the_score_in_its_unit(tiny: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    backbone = load_backbone(ModelChoice(name=str(tiny)))
    model = TextModel(backbone.encoder, FeatureChoice(), 1, seed=3).eval()
    torch.nn.init.normal_(model.head.dense.weight, std=0.7, generator=torch.Generator().manual_seed(1))
    torch.nn.init.normal_(model.head.dense.bias, generator=torch.Generator().manual_seed(2))
    facts = {"task": TASK.model_dump(mode="json"), "encoding": {}, "token_limit": 128}
    save_model(model, backbone.tokenizer, facts, tmp_path / "model")
    assert TASK.plain() == Plain("text-classification", ("score",), "regression", 10.0, 50.0)
    assert export_model(load_model(tmp_path / "model"), tmp_path / "export", TASK.plain())
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(), 128)
    pairs = [("the film was good", "a bad plot"), ("good", "good")]
    encoded = encoder.encode(pairs)
    ours = [one.value for one in TASK.answer(pairs, encoded, outputs_of(model, encoded, 0))]
    assert abs(ours[0] - ours[1]) > 0.005 and all(abs(one - 50) > 0.1 for one in ours)
    network = AutoModelForSequenceClassification.from_pretrained(tmp_path / "export").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "export")
    with torch.no_grad():
        theirs = [float(network(**tokenizer(*pair, return_tensors="pt")).logits) for pair in pairs]
    assert theirs == pytest.approx(ours, abs=1e-4)
    answers = pipeline("text-classification", str(tmp_path / "export"))({"text": pairs[0][0], "text_pair": pairs[0][1]})
    answers = answers[0] if isinstance(answers, list) else answers
    assert (answers["label"], answers["score"]) == ("score", pytest.approx(ours[0], abs=1e-4))


# ---------------------------------------------------------------- how numbers are read


def test_the_report_says_which_reading_was_taken() -> None:
    (finding,) = [one for one in Score.check(of(["1,500", "801", "1,658", "900"])) if one.kind == "number reading"]
    assert finding.title == "The comma is taken to divide thousands: '1,500' is read as 1500, '1,658' is read as 1658."
    assert finding.rows.tolist() == [0, 2] and "--decimal comma" in finding.detail and finding.severity == "note"
    (finding,) = [one for one in Score.check(of(["1,125", "2", "3"])) if one.kind == "number reading"]
    assert finding.title == "The comma is taken to divide decimals: '1,125' is read as 1.125."
    assert "--decimal point" in finding.detail
    kinds = {one.kind for one in Score.check(of(["4.5", "4,5", "80 %", "3/5"]))}
    assert {"two decimal marks", "several units", "fractions"} <= kinds and "number reading" not in kinds


def test_a_run_keeps_the_reading_of_its_table() -> None:
    table = of(["1,500", "801"])
    settled = table.with_roles(Score.settled(table))
    assert settled.roles.decimal == "." and Roles.from_json(settled.roles.to_json()) == settled.roles
    task = Score.learn(table, [0, 1])
    assert (task.mean, task.decimal) == (1150.5, ".")
    other = of(["1,125", "2"])  # by itself it would be 1.125
    assert Score.learn(other, [0]).mean == 1.125 and task.gold(other, [0]) == [1125]
    assert [one.kind for one in task.reading(other)] == ["number reading"]
    assert task.gold(of(["4,5", "1,500"]), [0, 1]) == [4.5, 1.5]  # this file can be read in one way only
    chosen = table.with_roles(table.roles.with_decimal(","))
    assert task.gold(chosen, [0]) == [1.5] and Score.learn(chosen, [0]).decimal == ","
    assert chosen.roles.changed(group="text").for_task("score").decimal == ","
