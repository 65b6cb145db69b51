"""Suspicious labels: which rows are listed, by hand; that nothing leaks; what the list holds of planted errors."""

from __future__ import annotations

import numpy as np
import pytest

from bertui.errors import DataError
from bertui.evaluation.suspicious import _listed, crossed, kept_together, suspects, with_wrong_labels


def two_classes(*own: float) -> tuple[np.ndarray, np.ndarray]:
    """Return targets and probabilities of two classes; ``own`` is that of the label, half of the rows of each class."""
    targets = np.repeat([0, 1], len(own) // 2)
    probabilities = np.array([[p, 1 - p] if label == 0 else [1 - p, p] for p, label in zip(own, targets, strict=True)])
    return targets, probabilities


def test_as_many_rows_as_the_confident_joint_has_off_its_diagonal() -> None:
    # Thresholds are the means of the own probabilities: (3 x .9 + .1) / 4 = .7 and (3 x .9 + .35) / 4 = .7625.
    # Row 3 has .9 >= .7625 for class 1, so it is counted as wrong. Row 7 has .65 < .7 for class 0 and is not.
    assert _listed(*two_classes(0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9, 0.35)).tolist() == [3]
    # Thresholds .75 and .7125: row 7 has .85 for class 0, but row 3 has .7 for class 1, a little too little.
    assert _listed(*two_classes(0.9, 0.9, 0.9, 0.3, 0.9, 0.9, 0.9, 0.15)).tolist() == [7]
    # With .75 it is counted too, and comes after row 7, which has less of its own.
    assert _listed(*two_classes(0.9, 0.9, 0.9, 0.25, 0.9, 0.9, 0.9, 0.15)).tolist() == [7, 3]
    assert _listed(*two_classes(0.9, 0.8, 0.7, 0.6, 0.9, 0.8, 0.7, 0.6)).tolist() == []


def test_rows_are_ranked_by_the_probability_of_their_own_label() -> None:
    # Thresholds .64, .4 and .9. Rows 3 and 4 reach that of class 1, so two are listed: row 4 has less of its own,
    # though the label that row 3 should have stands further above it.
    probabilities = np.array([
        [0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.3, 0.7, 0.0], [0.2, 0.42, 0.38],
        [0.3, 0.4, 0.3], [0.3, 0.4, 0.3], [0.3, 0.4, 0.3],
        [0.05, 0.05, 0.9], [0.05, 0.05, 0.9], [0.05, 0.05, 0.9],
    ])  # fmt: skip
    targets = np.repeat([0, 1, 2], (5, 3, 3))
    assert _listed(targets, probabilities).tolist() == [4, 3]


def test_a_row_whose_label_is_the_most_probable_is_never_listed() -> None:
    # Row 3 reaches the threshold of class 1, so one is listed. Row 6 has less of its own, but no other label has more.
    probabilities = np.array([
        [0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.4, 0.6, 0.0],
        [0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.32, 0.36, 0.32],
        [0.05, 0.05, 0.9], [0.05, 0.05, 0.9], [0.05, 0.05, 0.9],
    ])  # fmt: skip
    assert _listed(np.repeat([0, 1, 2], (4, 3, 3)), probabilities).tolist() == [3]


def test_rows_that_share_any_key_through_others_are_kept_together() -> None:
    texts, authors = ["a", "b", "a", "c", "d"], [None, "x", "y", "y", None]
    groups = kept_together(texts, authors)  # 0 and 2 by text, 2 and 3 by author
    assert groups[0] == groups[2] == groups[3] and len(set(groups.tolist())) == 3
    assert groups[1] != groups[4]


def test_labels_that_are_planted_are_wrong_and_as_many_as_asked_for() -> None:
    targets = np.arange(300) % 3
    changed, planted = with_wrong_labels(targets, 0.05, seed=3)
    assert len(planted) == 15 and (np.flatnonzero(changed != targets) == planted).all()
    assert set(changed.tolist()) == {0, 1, 2}


def test_a_repeated_row_does_not_tell_its_own_label() -> None:
    random = np.random.default_rng(0)
    vectors = np.repeat(random.normal(size=(60, 200)), 2, axis=0)
    targets = np.repeat(random.permutation(np.arange(60) % 2), 2)
    apart, together = np.arange(120), np.arange(120) // 2
    leaked = (crossed(vectors, targets, apart).argmax(1) == targets).mean()
    honest = (crossed(vectors, targets, together).argmax(1) == targets).mean()
    assert leaked > 0.8 and honest < 0.7


def blobs(rows: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors of three classes that are well apart in 10 of 30 dimensions, and the classes."""
    random = np.random.default_rng(seed)
    targets = np.arange(rows) % 3
    middles = np.concatenate([random.normal(size=(3, 10)) * 3, np.zeros((3, 20))], axis=1)
    return middles[targets] + random.normal(size=(rows, 30)), targets


@pytest.mark.parametrize("seed", [0, 1])
def test_a_clean_table_has_a_short_list_and_planted_errors_are_found(seed: int) -> None:
    vectors, targets = blobs(seed=seed)
    groups = np.arange(len(targets))
    clean = suspects(vectors, targets, groups)
    assert len(clean.places) <= 3 and clean.accuracy.value > 0.99 and clean.majority == pytest.approx(1 / 3)
    assert clean.trial.planted == 30 and clean.trial.found >= 21 and clean.trial.listed <= 30
    assert clean.trial.chance == pytest.approx(clean.trial.listed * 0.05)
    wrong, planted = with_wrong_labels(targets, 0.05, seed=7)
    found = suspects(vectors, wrong, groups)
    hits = np.isin(found.places, planted).sum()
    assert hits / len(planted) > 0.7 and hits / len(found.places) > 0.9
    assert (found.probabilities[found.places].argmax(1) == targets[found.places]).mean() > 0.9


def test_the_same_rows_give_the_same_list_and_progress_goes_to_the_end() -> None:
    vectors, targets = blobs(120)
    shares: list[float] = []
    one, two = (suspects(vectors, targets, np.arange(120), seed=1, progress=shares.append) for _ in range(2))
    np.testing.assert_array_equal(one.probabilities, two.probabilities)
    assert one.trial == two.trial and len(shares) == 36
    assert shares[17] == 1.0 and shares == sorted(shares[:18]) * 2


def test_what_cannot_be_looked_at_is_refused_with_one_message() -> None:
    vectors = np.zeros((40, 3))
    with pytest.raises(DataError, match=r"There are 12 labelled rows\. At least 20"):
        suspects(vectors[:12], np.arange(12) % 2, np.arange(12))
    with pytest.raises(DataError, match="All rows have the same label"):
        suspects(vectors, np.zeros(40, dtype=np.int64), np.arange(40))
    rare = (np.arange(40) < 8).astype(np.int64)
    with pytest.raises(DataError, match="only 4 texts that do not belong together"):
        suspects(vectors, rare, np.arange(40) // 2)
