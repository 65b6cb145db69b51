"""Any number of labels for a text: thresholds, measures and what is wrong with a table, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.errors import DataError
from bertui.evaluation.baselines.several_labels import tfidf_several
from bertui.modeling.backbone import load_backbone
from bertui.modeling.export import Plain, export_model
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.saving import load_model, save_model
from bertui.modeling.sources import ModelChoice
from bertui.prediction.outputs import outputs_of
from bertui.tasks.guessing import guess_roles
from bertui.tasks.labels.several_labels import SeveralLabels
from bertui.tasks.task_choice import TaskChoice
from bertui.tasks.views import Bars, ClassesView, TableView
from tests.batches import alike_of
from tests.conftest import baselines_of

NAMES = ("price", "screen", "sound")
TASK = SeveralLabels(labels=NAMES, separator="|")
TEXTS = [("a",), ("b",), ("c",)]
SHARES = np.array([[0.9, 0.6, 0.2], [0.1, 0.4, 0.5], [0.2, 0.3, 0.1]])
OUTPUTS = np.log(SHARES / (1 - SHARES))
GOLD: list[tuple[str, ...]] = [("price",), ("sound", "screen"), ()]


def rows_of(number: int) -> Encoded:
    return alike_of([[1, 2]] * number, [2] * (number - 1) + [5])


def of(cells: list[str | None]) -> Table:
    frame = pd.DataFrame({"text": [f"t{n}" for n in range(len(cells))], "labels": cells}, dtype="str")
    return Table(frame, Roles("text", task="several-labels", labels="labels"))


def flags(**columns: list[str]) -> Table:
    rows = len(next(iter(columns.values())))
    frame = pd.DataFrame({"text": [f"t{n}" for n in range(rows)], **columns}, dtype="str")
    return Table(frame, Roles("text", task="several-labels", labels=tuple(columns)))


# ---------------------------------------------------------------- answering


def test_a_label_is_given_where_its_probability_reaches_its_threshold() -> None:
    halves = TASK.answer(TEXTS, rows_of(3), OUTPUTS)
    assert [one.labels for one in halves] == [("price", "screen"), ("sound",), ()]
    own = TASK.model_copy(update={"thresholds": (0.95, 0.4, 0.15)}).answer(TEXTS, rows_of(3), OUTPUTS)
    assert [one.labels for one in own] == [("screen", "sound"), ("screen", "sound"), ()]
    assert [one.truncated for one in own] == [0, 0, 3] and own[0].probabilities == pytest.approx((0.9, 0.6, 0.2))
    assert (own[0].answer, own[0].in_words, own[2].answer, own[2].in_words) == (
        "screen|sound", "screen, sound", "", "None of the labels",
    )  # fmt: skip
    assert own[0].columns() == {
        "prediction": "screen|sound", "probability of price": 0.9, "probability of screen": 0.6,
        "probability of sound": 0.2,
    }  # fmt: skip
    assert own[0].views() == (Bars(NAMES, own[0].probabilities, (0.95, 0.4, 0.15)),)
    explained = TASK.explained(torch.tensor(OUTPUTS), TASK.focuses(own[0])[0], None)
    np.testing.assert_allclose(explained.numpy(), SHARES)


def test_what_is_explained_first_is_a_label_that_is_given() -> None:
    """Not the most probable of all: price has 90 % here, and is not given, as its threshold is 95 %."""
    task = TASK.model_copy(update={"thresholds": (0.95, 0.4, 0.15)})
    several, _, none = task.answer(TEXTS, rows_of(3), OUTPUTS)
    (focus,) = task.focuses(several)
    assert (focus.targets[focus.default], focus.default_is) == ("screen", "the likeliest label given")
    (focus,) = task.focuses(none)
    assert none.in_words == "None of the labels" and "answer" not in focus.default_is
    assert focus.default_is == "the likeliest label, below its threshold"
    (one,) = task.model_copy(update={"thresholds": (0.95, 0.7, 0.15)}).answer(TEXTS[:1], rows_of(1), OUTPUTS[:1])
    (focus,) = task.focuses(one)
    assert one.in_words == "sound" and (focus.targets[focus.default], focus.default_is) == ("sound", "the answer")


def test_extreme_outputs_are_still_probabilities() -> None:
    (answer,) = TASK.answer([("a",)], rows_of(1), np.array([[-2000.0, 0.0, 2000.0]]))
    assert answer.probabilities == (0.0, 0.5, 1.0)


def test_thresholds_follow_the_cost_of_a_missed_label() -> None:
    """Rows of 0.1 to 0.8; the label is there at 0.3 and from 0.5 on."""
    shares = np.arange(1, 9)[:, None] / 10
    given = np.array([0, 0, 1, 0, 1, 1, 1, 1])
    task = SeveralLabels(labels=("a",))
    gold: list[tuple[str, ...]] = [("a",) if one else () for one in given]
    inputs = [("t",)] * 8

    def threshold(cost: float) -> float:
        chosen = task.chosen(TaskChoice(cost_of_missing=cost))
        return chosen.fitted(np.log(shares / (1 - shares)), chosen.examples(rows_of(8), inputs, gold)).thresholds[0]

    assert threshold(0.5) == pytest.approx(0.45)  # to miss the one at 0.3 costs less than the one wrongly given at 0.4
    assert threshold(3) == pytest.approx(0.25)  # to miss it costs more


def test_a_label_of_few_validation_rows_has_the_threshold_of_its_cost() -> None:
    task = TASK.chosen(TaskChoice(cost_of_missing=4))
    fitted = task.fitted(OUTPUTS, task.examples(rows_of(3), TEXTS, GOLD))
    assert fitted.thresholds == pytest.approx((0.2, 0.2, 0.2)) and fitted.cost_of_missing == 4


# ---------------------------------------------------------------- learning


def test_targets_and_weights() -> None:
    examples = TASK.examples(rows_of(3), TEXTS, GOLD)
    assert examples.targets.tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 0]] and examples.targets.dtype == np.float32
    assert TASK.class_weights(np.array([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 0]])).tolist() == [3, 4, 1 / 3]


def test_the_loss_is_the_mean_over_labels_summed_over_rows() -> None:
    targets = torch.tensor(TASK.examples(rows_of(3), TEXTS, GOLD).targets, dtype=torch.float64)
    outputs, true = torch.tensor(OUTPUTS), targets.numpy()
    each = -np.where(true == 1, np.log(SHARES), np.log(1 - SHARES))
    assert float(TASK.loss(outputs, targets, weights=None, smoothing=0.0)) == pytest.approx(each.sum() / 3)
    weights = np.array([2.0, 1.0, 0.5])
    weighted = TASK.loss(outputs, targets, weights=torch.tensor(weights), smoothing=0.0)
    assert float(weighted) == pytest.approx((each * np.where(true == 1, weights, 1)).sum() / 3)
    other = -np.where(true == 1, np.log(1 - SHARES), np.log(SHARES))
    smooth = TASK.loss(outputs, targets, weights=None, smoothing=0.2)
    assert float(smooth) == pytest.approx((0.9 * each + 0.1 * other).sum() / 3)


def test_measures_by_hand() -> None:
    # Given price, screen | sound | none: of 3 true ones 2 are found, of 3 given 2 are right; one row is all right.
    metrics = TASK.metrics(OUTPUTS, TASK.examples(rows_of(3), TEXTS, GOLD))
    assert metrics["f1_micro"] == pytest.approx(2 / 3) and metrics["subset_accuracy"] == pytest.approx(1 / 3)
    assert metrics["f1_macro"] == pytest.approx((1 + 0 + 1) / 3)
    true = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0]])
    assert metrics["loss"] == pytest.approx(-np.where(true, np.log(SHARES), np.log(1 - SHARES)).mean())
    judged = TASK.judge(GOLD, TASK.answer(TEXTS, rows_of(3), OUTPUTS), [0, 1, 2])
    # In common: price of price and screen; sound of screen and sound; nothing is all there is to have.
    assert judged.credit.tolist() == [0.5, 0.5, 1] and judged.expected == ("price", "screen|sound", "")
    assert judged.metrics["f1_micro"].value == pytest.approx(2 / 3)
    each, thresholds = judged.views
    assert isinstance(each, ClassesView) and [one.support for one in each.per_class] == [1, 1, 1]
    assert isinstance(thresholds, TableView) and thresholds.rows == ()


def test_thresholds_are_shown_label_by_label() -> None:
    task = TASK.model_copy(update={"thresholds": (0.95, 0.4, 0.15), "cost_of_missing": 2.5})
    view = task.judge(GOLD, task.answer(TEXTS, rows_of(3), OUTPUTS), [0, 1, 2]).views[1]
    assert isinstance(view, TableView) and view.rows == (("price", 0.95), ("screen", 0.4), ("sound", 0.15))
    assert "so that false positives and missed labels, each counted 2.5 times, together are fewest" in view.words
    usual = TASK.model_copy(update={"thresholds": (0.5,) * 3}).judge(
        GOLD, TASK.answer(TEXTS, rows_of(3), OUTPUTS), [0, 1, 2]
    )
    assert "false positives and missed labels together are fewest" in usual.views[1].words


# ---------------------------------------------------------------- tables


def test_labels_are_learned_from_cells() -> None:
    table = of(["price| screen", "sound|price", "screen", "", None, "price|sound"])
    task = SeveralLabels.learn(table, [0])
    assert (task.labels, task.separator, task.outputs) == (NAMES, "|", 3) and task.names() == NAMES
    assert task.gold(table, [3, 1, 4, 0]) == [(), ("sound", "price"), (), ("price", "screen")]
    counted = SeveralLabels.counts(table)
    assert dict(zip(counted["label"], counted["rows"], strict=True)) == {"price": 3, "screen": 2, "sound": 2}
    assert counted["share"].iloc[0] == pytest.approx(0.5)


def test_labels_are_learned_from_a_column_for_each() -> None:
    table = flags(price=["1", "0", "1"], sound=["0", "0", "1"])
    task = SeveralLabels.learn(table, [0])
    assert (task.labels, task.separator) == (("price", "sound"), None)
    assert task.gold(table, [0, 1, 2]) == [("price",), (), ("price", "sound")]
    with pytest.raises(DataError, match="Column 'sound' holds 'maybe'"):
        SeveralLabels.check(flags(price=["1", "0"], sound=["0", "maybe"]))


def test_a_file_to_judge_is_read_as_the_training_file_was() -> None:
    """A single cell would not tell that | divides labels."""
    assert TASK.gold(of(["price|sound"]), [0]) == [("price", "sound")]
    with pytest.raises(DataError, match="never seen: 'size'"):
        TASK.gold(of(["price", "size|sound"]), [0, 1])


def findings(table: Table) -> dict[str, tuple[str, str, list[int]]]:
    return {one.kind: (one.severity, one.title, one.rows.tolist()) for one in SeveralLabels.check(table)}


def test_what_is_wrong_with_labels_is_told() -> None:
    good = ["price|sound", "price", "sound"] * 10
    assert findings(of(good)) == {}
    assert findings(of([*good, "", " "])) == {"no label applies": ("note", "2 rows have no label.", [30, 31])}
    assert findings(of([*good, "size|price"])) == {
        "small labels": ("warning", "1 label has fewer than 10 rows: 'size'.", [30])
    }
    assert findings(of(["price", "price", ""])) == {"too few labels": ("error", "The table has 1 label: 'price'.", [])}
    assert findings(of(["", ""])) == {"too few labels": ("error", "The table has no labels.", [])}


def test_files_of_several_labels_are_known_and_others_are_not() -> None:
    def guessed(**columns: list[Any]) -> Roles:
        return guess_roles(pd.DataFrame({name: map(str, cells) for name, cells in columns.items()}, dtype="str"))

    text = [f"the film number {n} was seen" for n in range(40)]
    cells = guessed(text=text, topics=["a|b", "b", "a|c", "c"] * 10)
    assert (cells.task, cells.text, cells.of("labels")) == ("several-labels", ("text",), ("topics",))
    columns = guessed(text=text, sound=[1, 0] * 20, price=[0, 0, 1, 1] * 10, screen=[1, 0, 0, 0] * 10)
    assert (columns.task, columns.of("labels")) == ("several-labels", ("sound", "price", "screen"))
    assert guessed(text=text, label=["a", "b"] * 20).task == "single-label"
    assert guessed(text=text, label=[1, 0] * 20).task == "single-label"  # one column of two classes
    assert guessed(text=text, name=[f"Doe{n}, John" for n in range(40)]).task == "single-label"


# ---------------------------------------------------------------- what must be beaten


def test_counted_words_find_each_label_by_itself() -> None:
    texts = ["loud good", "loud bad", "dear good", "dear bad"] * 10
    labels = np.array([[1, 0, 1], [1, 0, 1], [0, 1, 1], [0, 1, 1]] * 10)
    given, seconds = tfidf_several(texts, labels, ["loud", "dear", "loud dear"])
    assert given[:2].tolist() == [[1, 0, 1], [0, 1, 1]] and seconds >= 0  # what all rows have is always given
    assert given[2, 2] == 1


def test_simple_methods_by_hand() -> None:
    table = of(["price", "price|sound", "price", "sound", "price", "sound"])
    task = SeveralLabels.learn(table, [0])
    usual, counted = baselines_of(task, table, np.arange(4), np.arange(4, 6))
    # In training 3 of 4 rows have price, 2 of 4 sound: both are given to each row, and half of that is right.
    assert usual.name == "Labels that most rows have"
    assert usual.metrics["f1_micro"].value == pytest.approx(2 * 2 / (2 + 4))
    assert usual.metrics["subset_accuracy"].value == 0 and counted.seconds >= 0


# ---------------------------------------------------------------- elsewhere


def test_the_exported_model_gives_the_same_probabilities(tiny: Path, tmp_path: Path) -> None:
    from transformers import pipeline

    backbone = load_backbone(ModelChoice(name=str(tiny)))
    model = TextModel(backbone.encoder, FeatureChoice(pooling="cls"), 3, seed=3).eval()
    torch.nn.init.normal_(model.head.dense.weight, std=0.7, generator=torch.Generator().manual_seed(1))
    torch.nn.init.normal_(model.head.dense.bias, generator=torch.Generator().manual_seed(2))
    facts = {"task": TASK.model_dump(mode="json"), "encoding": {}, "token_limit": 128}
    save_model(model, backbone.tokenizer, facts, tmp_path / "model")
    assert TASK.plain() == Plain("text-classification", NAMES, "multi_label_classification")
    assert export_model(load_model(tmp_path / "model"), tmp_path / "export", TASK.plain())
    encoded = TextEncoder(backbone.tokenizer, EncodingChoice(), 128).encode(["the film was good"])
    (ours,) = TASK.answer([("the film was good",)], encoded, outputs_of(model, encoded, 0))
    theirs = pipeline("text-classification", str(tmp_path / "export"), top_k=None)("the film was good")
    probabilities = {row["label"]: row["score"] for row in (theirs if isinstance(theirs[0], dict) else theirs[0])}
    assert [probabilities[name] for name in NAMES] == pytest.approx(ours.probabilities, abs=1e-4)
    assert abs(sum(probabilities.values()) - 1) > 0.05  # each by itself, so they need not sum to 1
