"""The right one of several choices: pairs in their order, answers, and what is wrong with a table, by hand."""

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
from bertui.evaluation.baselines.multiple_choice import commonest_place, most_alike
from bertui.modeling.tokenizer import load_tokenizer
from bertui.tasks.choices.multiple_choice import MultipleChoice
from bertui.tasks.guessing import guess_roles
from bertui.tasks.results import Focus
from bertui.tasks.views import Bars, Mark, Marked, ReliabilityView
from tests.batches import alike_of
from tests.conftest import baselines_of

TASK = MultipleChoice(choices=3, first=1)
INPUTS = [("it rained", "he got wet", "he sang", "good"), ("she sat", "down", "the film", "bad plot")]
OUTPUTS = np.log(np.array([[0.7], [0.2], [0.1], [0.3], [0.6], [0.1]]))


def rows_of(sequences: int, full: int = 2) -> Encoded:
    return alike_of([[1, 2]] * sequences, [full] * sequences, per=3)


def of(rows: list[tuple[str, ...]]) -> Table:
    names = ["text", *(f"ending{n}" for n in range(len(rows[0]) - 2)), "label"]
    roles = Roles("text", "label", task="multiple-choice", choice=names[1:-1])
    return Table(pd.DataFrame(rows, columns=names, dtype="str"), roles)


# ---------------------------------------------------------------- reading and learning


def test_the_text_is_read_with_each_of_its_choices(tiny: Path) -> None:
    encoder = TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=32), 128)
    encoded = TASK.encode(encoder, INPUTS)
    assert (len(encoded), encoded.sequences) == (2, 6) and encoded.types is not None
    assert encoded.rows.tolist() == [0, 3, 6] and encoded.owners.tolist() == [0, 0, 0, 1, 1, 1]
    for row, texts in enumerate(INPUTS):
        for at, choice in enumerate(texts[1:]):
            assert encoded.sequence(3 * row + at).tolist() == encoder.tokenizer(texts[0], choice)["input_ids"]
    examples = TASK.examples(encoded, INPUTS, [3, 1])
    assert len(examples) == 2 and examples.targets.tolist() == [2, 0]
    batch, targets = examples.batch(np.array([1]), 0, "cpu")
    assert batch.input_ids.shape[0] == 3 and batch.rows.tolist() == [0, 3] and targets.tolist() == [0]
    for at, choice in enumerate(INPUTS[1][1:]):
        expected = encoder.tokenizer(INPUTS[1][0], choice)["input_ids"]
        assert batch.input_ids[at][: len(expected)].tolist() == expected
    assert examples.longest.tolist() == encoded.lengths.reshape(2, 3).max(1).tolist()
    assert examples.tokens[[1, 0]].tolist() == [encoded.lengths[3:].sum(), encoded.lengths[:3].sum()]


@pytest.mark.parametrize("row", [("it rained",), ("it rained", "he sang"), ("it rained", "a", "b", "c", "d")])
def test_more_or_fewer_choices_than_in_training_are_told(tiny: Path, row: tuple[str, ...]) -> None:
    encoder = TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=32), 128)
    number = {1: "are 0 choices", 2: "is 1 choice", 5: "are 4 choices"}[len(row)]
    with pytest.raises(DataError, match=f"There {number}. A text and 3 choices"):
        TASK.encode(encoder, [*INPUTS, row])


def test_choices_are_counted_from_0_or_1() -> None:
    rows = [("t", "a", "b", "c", right) for right in ("1", "2.0", "3")]
    task = MultipleChoice.learn(of(rows), [0])
    assert (task.choices, task.first) == (3, 1) and task.gold(of(rows), [2, 1, 0]) == [3, 2, 1]
    from_nought = MultipleChoice.learn(of([("t", "a", "b", "c", right) for right in ("1", "0", "2")]), [0])
    assert (from_nought.choices, from_nought.first) == (3, 0)
    for right in ("0", "4", "1.5", "b"):
        with pytest.raises(DataError, match=f"A right choice reads '{right}'.*1 to 3"):
            TASK.gold(of([("t", "a", "b", "c", right)]), [0])


def test_a_number_that_the_check_lets_pass_is_learned() -> None:
    table = of([("t", "a", "b", "c", "1.00"), ("t", "a", "b", "c", " 3 ")])
    assert MultipleChoice.check(table) == [] and TASK.gold(table, [0, 1]) == [1, 3]


@pytest.mark.parametrize(
    ("right", "naming", "gold"),
    [
        (("A", "C", "B"), "letter", [1, 3, 2]),
        (("a.", "(c)", "b)"), "letter", [1, 3, 2]),
        (("one", " THREE", "two"), "text", [1, 3, 2]),
        (("1", "3", "2"), "number", [1, 3, 2]),
        (("0", "2", "1"), "number", [0, 2, 1]),
    ],
)
def test_the_right_choice_by_number_letter_or_text(right: tuple[str, ...], naming: str, gold: list[int]) -> None:
    table = of([("t", "one", "two", "three", one) for one in right])
    task = MultipleChoice.learn(table, [0])
    assert task.naming == naming and task.gold(table, [0, 1, 2]) == gold
    assert [finding for finding in MultipleChoice.check(table) if finding.severity != "note"] == []


def test_letters_are_answered_in_letters_and_others_are_refused() -> None:
    task = TASK.model_copy(update={"naming": "letter"})
    answers = task.answer(INPUTS, alike_of([[1, 2]] * 6, [2, 2, 2, 3, 7, 2], per=3), OUTPUTS)
    assert {one.answer for one in answers} <= {"A", "B", "C"} and "probability of C" in answers[0].columns()
    table = of([("t", "a", "b", "c", right) for right in [*"ABC" * 4, "D"]])
    with pytest.raises(DataError, match=r"A right choice reads 'D'.*letter of the right choice is expected, A to C"):
        MultipleChoice.learn(table, [0]).gold(table, [12])


def test_it_is_said_where_nothing_tells_whether_1_is_the_first() -> None:
    open_ended = of([("t", "a", "b", "c", right) for right in ("1", "2", "1")])
    assert [one.kind for one in MultipleChoice.check(open_ended)] == ["choices counted from 1"]


def test_the_loss_is_over_the_choices() -> None:
    outputs, targets = torch.tensor(OUTPUTS), torch.tensor([2, 1])
    assert float(TASK.loss(outputs, targets, weights=None, smoothing=0.0)) == pytest.approx(-np.log(0.1 * 0.6))


# ---------------------------------------------------------------- answering


def test_answers_name_the_chosen_one() -> None:
    answers = TASK.answer(INPUTS, alike_of([[1, 2]] * 6, [2, 2, 2, 3, 7, 2], per=3), OUTPUTS)
    assert [one.number for one in answers] == [1, 2] and [one.truncated for one in answers] == [0, 5]
    assert [one.in_words for one in answers] == ["1: he got wet", "2: the film"] and answers[0].answer == "1"
    assert answers[0].columns() == {
        "prediction": "1", "chosen": "he got wet", "probability": 0.7, "probability of 1": 0.7,
        "probability of 2": 0.2, "probability of 3": 0.1,
    }  # fmt: skip
    from_nought = MultipleChoice(choices=3, first=0).answer(INPUTS, rows_of(6), OUTPUTS)
    assert [one.in_words for one in from_nought] == ["0: he got wet", "1: the film"]
    warm = MultipleChoice(choices=3, temperature=2.0).answer(INPUTS, rows_of(6), OUTPUTS)
    assert warm[0].probability == pytest.approx(np.sqrt(0.7) / np.sqrt([0.7, 0.2, 0.1]).sum())


def test_views_show_the_right_choice_beside_a_wrong_one() -> None:
    answer = TASK.answer(INPUTS, rows_of(6), OUTPUTS)[0]
    bars = Bars(("1: he got wet", "2: he sang", "3: good"), answer.probabilities)
    assert answer.views() == (bars,)
    assert answer.views(1) == (bars, Marked("Chosen", "he got wet", (Mark(0, 10, "", "right"),)))
    assert answer.views(3)[1:] == (
        Marked("Chosen", "he got wet", (Mark(0, 10, "", "wrong"),)),
        Marked("Right", "good", (Mark(0, 4, "", "missed"),)),
    )


def test_judging_by_hand() -> None:
    judged = TASK.judge([1, 1], TASK.answer(INPUTS, rows_of(6), OUTPUTS), [4, 5])
    assert judged.credit.tolist() == [1, 0] and judged.expected == ("1", "1")
    assert judged.metrics["accuracy"].value == 0.5
    (view,) = judged.views
    assert isinstance(view, ReliabilityView) and view.error_after == pytest.approx((0.3 + 0.6) / 2)
    metrics = TASK.metrics(OUTPUTS, TASK.examples(rows_of(6), INPUTS, [1, 1]))
    assert metrics == pytest.approx({"loss": -np.log([0.7, 0.3]).mean(), "accuracy": 0.5})


def test_the_error_before_the_temperature_is_that_of_the_raw_probabilities() -> None:
    warm = MultipleChoice(choices=3, temperature=2.0)
    view = warm.judge([1, 1], warm.answer(INPUTS, rows_of(6), OUTPUTS), [4, 5]).views[0]
    assert isinstance(view, ReliabilityView) and view.error_before == pytest.approx(0.45)
    assert view.error_after != pytest.approx(0.45)


def test_a_choice_is_explained_by_its_own_score(tiny: Path) -> None:
    answer = TASK.answer(INPUTS, rows_of(6), OUTPUTS)[1]
    focuses = TASK.focuses(answer)
    assert [focus.key for focus in focuses] == ["1", "0", "2"]  # the chosen one first
    assert focuses[0] == Focus("1", "the score of 2: the film", ("choice 2",), 0, "in logits", full_colour=0.2)
    assert TASK.shown(INPUTS[1], focuses[0]) == ("she sat", "the film")
    encoder = TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=32), 128)
    encoded = TASK.encode(encoder, [INPUTS[1]], spans=True)
    decided = TASK.decided_in(INPUTS[1], encoded, focuses[0])
    assert encoded.only(decided.sequences).ids.tolist() == encoder.tokenizer("she sat", "the film")["input_ids"]
    outputs = torch.tensor([[[0.3]]])  # [copies, sequences, outputs]
    assert TASK.explained(outputs, focuses[0], decided.token).tolist() == [[pytest.approx(0.3)]]


# ---------------------------------------------------------------- tables


def findings(rows: list[tuple[str, ...]]) -> dict[str, tuple[str, str, list[int]]]:
    return {one.kind: (one.severity, one.title, one.rows.tolist()) for one in MultipleChoice.check(of(rows))}


GOOD = [("t", "a", "b", "c", "1"), ("t", "a", "b", "c", "3")]


def test_what_is_wrong_with_choices_is_told() -> None:
    assert findings(GOOD) == {}
    assert findings([*GOOD, ("t", "a", "b", "c", "4"), ("t", "a", "b", "c", "b")]) == {
        "no such choice": ("error", "2 right choices are no number of a choice: '4', 'b'.", [2, 3])
    }
    assert findings([*GOOD, ("t", "a", " ", "c", "1")]) == {"choice missing": ("warning", "1 row lacks a choice.", [2])}
    assert findings([*GOOD, ("t", "a", "A ", "c", "1")]) == {
        "choices alike": ("warning", "1 row has the same choice twice.", [2])
    }
    assert findings([("t", "a", "1")]) == {"too few choices": ("error", "1 column of choices is chosen.", [])}


def test_files_of_choices_are_known_and_others_are_not() -> None:
    def guessed(**columns: list[Any]) -> Roles:
        return guess_roles(pd.DataFrame({name: map(str, cells) for name, cells in columns.items()}, dtype="str"))

    text = [f"the film number {n} was seen" for n in range(40)]
    endings = {f"ending{n}": [f"and then {n} came by w{at}" for at in range(40)] for n in range(4)}
    roles = guessed(ctx=text, **endings, label=[0, 1, 2, 3] * 10)
    assert (roles.task, roles.text, roles.label) == ("multiple-choice", ("ctx",), "label")
    assert roles.of("choice") == ("ending0", "ending1", "ending2", "ending3")
    letters = guessed(sentence=text, option_a=endings["ending0"], option_b=endings["ending1"], answer=[1, 2] * 20)
    assert letters.of("choice") == ("option_a", "option_b") and letters.label == "answer"
    assert guessed(text_a=text, text_b=endings["ending0"], label=[0, 1] * 20).task == "single-label"  # a pair
    assert guessed(text=text, value_1=range(40), value_2=range(40), label=["a", "b"] * 20).task == "single-label"


# ---------------------------------------------------------------- what must be beaten


def test_the_commonest_place_by_hand() -> None:
    assert commonest_place(np.array([2, 0, 2, 1]), np.array([0, 0, 0])).tolist() == [2, 2, 2]


def test_the_most_alike_shares_the_rare_words() -> None:
    train = [("the cat sat", "the cat slept", "the dog ran"), ("the sun", "the moon", "the rain")]
    rows = [("the cat sat", "the moon", "a cat slept"), ("a dog", "the dog ran", "the sun")]
    chosen, seconds = most_alike(train, rows)
    assert chosen.tolist() == [1, 0] and seconds >= 0


def test_the_task_judges_both_on_its_own_count() -> None:
    rows = [("cat", "dog", "cat", "sun", "2")] * 3 + [("cat", "cat", "dog", "sun", "1")]
    table = of(rows)
    alike, usual = baselines_of(MultipleChoice.learn(table, [0]), table, np.arange(3), np.array([2, 3]))
    assert alike.metrics["accuracy"].value == 1.0 and usual.metrics["accuracy"].value == 0.5


def test_no_pipeline_of_transformers_is_promised() -> None:
    assert TASK.plain() is None and TASK.names() == ()
