"""The verdict on two methods: the test decides, the words follow."""

from __future__ import annotations

import numpy as np
import pytest

from bertui.evaluation.compare import Comparison
from bertui.evaluation.intervals import Interval
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.results import BaselineScores, Judged, Measure
from bertui.tasks.score.score import Score
from bertui.tasks.verdicts import compared, judgement, rival, sentence, standing, verdict, with_comparisons

ACCURACY = SingleLabel.measure("accuracy")
ERROR = Score.measure("mae")
TITLE = ACCURACY.title


def rows(right: int, n: int = 100, wrong_first: bool = False) -> np.ndarray:
    is_right = np.arange(n) < right
    return (is_right[::-1] if wrong_first else is_right).astype(float)


def simple(name: str, right: np.ndarray) -> BaselineScores:
    share = float(right.mean())
    return BaselineScores(name, {"accuracy": Interval(share, share, share)}, 0.1, contributions=right)


def judged(right: np.ndarray) -> Judged:
    return Judged(len(right), {}, (), right, (), right)


def test_a_difference_that_chance_seldom_makes_names_the_better() -> None:
    [tfidf] = with_comparisons(SingleLabel, judged(rows(90)), [simple("TF-IDF", rows(60))])
    text = verdict(SingleLabel, [tfidf])
    assert text.startswith(f"The model is better than TF-IDF: {TITLE} differs by 30.0 points (95 % interval 2")
    assert "less than once in 1,000 times (exact McNemar test, 100 rows)." in text
    assert standing(SingleLabel, [tfidf]) == "better"


def test_a_worse_model_is_told_to_be_worse() -> None:
    [tfidf] = with_comparisons(SingleLabel, judged(rows(60)), [simple("TF-IDF", rows(90))])
    text = verdict(SingleLabel, [tfidf])
    assert text.startswith("TF-IDF is better than the model: ") and text.endswith("Prefer it, or train longer.")
    assert standing(SingleLabel, [tfidf]) == "worse"


def test_the_old_rule_would_have_called_it_better() -> None:
    # 3 rows of 30 on which A alone is right: the intervals of a bootstrap leave 0 out, the exact test says 25 %
    comparison = compared(ACCURACY, rows(28, 30), rows(25, 30))
    assert comparison.p_value == pytest.approx(2 / 8)
    text = judgement(ACCURACY, comparison, "A", "B")
    assert text.startswith("Whether A or B is better cannot be told") and "25 % of the time" in text


def test_intervals_that_overlap_are_no_test() -> None:
    # 82 and 89 of 100: Wilson's intervals overlap widely, but A is right wherever B is and on 7 rows more
    [other] = with_comparisons(SingleLabel, judged(rows(89)), [simple("TF-IDF", rows(82))])
    assert other.comparison is not None and other.comparison.p_value == pytest.approx(2 / 128)
    assert standing(SingleLabel, [other]) == "better"


def test_the_strongest_simple_method_counts() -> None:
    baselines = with_comparisons(
        SingleLabel, judged(rows(90)), [simple("Majority class", rows(50)), simple("TF-IDF", rows(89))]
    )
    strongest = rival(SingleLabel, baselines)
    assert strongest is not None and strongest.name == "TF-IDF"
    assert standing(SingleLabel, baselines) == "unclear" and "More test rows" in verdict(SingleLabel, baselines)


def test_a_number_whose_error_is_compared() -> None:
    near, far = -np.full(200, 0.5), -np.linspace(0.9, 1.1, 200)
    comparison = compared(ERROR, near, far)
    text = sentence(ERROR, comparison, "A", "B")
    assert text.startswith(f"{ERROR.title} on the same 200 rows: 0.500 for A, 1.000 for B. A is better than B: ")
    assert "differs by 0.500 (95 % interval 0.49" in text and "(sign-flip test, 200 rows)" in text


def test_a_model_that_always_says_the_mean_is_not_called_better_than_the_mean() -> None:
    generator = np.random.default_rng(0)
    near = -np.abs(generator.normal(size=300))
    mean = BaselineScores("Always the mean", {"mae": Interval(0.8, 0.7, 0.9)}, 0.0, contributions=near)
    model = near + generator.normal(0, 0.01, 300)
    baselines = with_comparisons(Score, Judged(300, {}, (), model, (), model), [mean])
    assert standing(Score, baselines) == "unclear"


def test_there_is_no_verdict_without_a_simple_method() -> None:
    assert verdict(SingleLabel, []) == "" and standing(SingleLabel, []) is None


def test_a_report_without_kept_answers_says_so() -> None:
    old = BaselineScores.from_json(
        {"name": "TF-IDF", "metrics": {"accuracy": Interval(0.5, 0.4, 0.6).to_json()}, "seconds": 1}
    )
    assert "cannot be compared" in verdict(SingleLabel, [old]) and standing(SingleLabel, [old]) is None


def test_a_sentence_by_hand() -> None:
    comparison = Comparison(500, 0.9, 0.93, Interval(-0.03, -0.05, -0.01), 0.004, "exact McNemar test")
    assert sentence(Measure("accuracy", "Accuracy", "", ""), comparison, "A", "B") == (
        "Accuracy on the same 500 rows: 90.0 % for A, 93.0 % for B. B is better than A: Accuracy differs by 3.0 points "
        "(95 % interval 1.0 to 5.0); methods that are equally good would differ as much or more 0.4 % of the time "
        "(exact McNemar test, 500 rows)."
    )


def test_what_rounds_to_nothing_has_no_minus() -> None:
    share, number = Measure("a", "A", "", "a"), Measure("r2", "R²", "", "R²", percent=False)
    assert (share.shown(-0.0001), number.bare(-0.0004)) == ("0.0 %", "0.000")
    assert (share.bare(-0.0006), number.shown(-0.0006)) == ("-0.1", "-0.001")
