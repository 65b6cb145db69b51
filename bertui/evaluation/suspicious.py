"""Which labels of a table look wrong: confident learning on probabilities of classifiers that have not seen them.

cleanlab estimates from the confident joint how many labels are wrong; listed are as many rows, those with the least
probability of their own label. On tables with planted errors that finds more of them than the off-diagonal of the joint
itself (benchmarks/suspicious.py). cleanlab is under the Apache licence since 2.9; earlier versions are not.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from bertui.errors import DataError
from bertui.evaluation.intervals import Interval, wilson

FOLDS = 5
PLANTED = 0.05
"""Share of the labels that are changed in the trial."""
_PENALTIES = (0.001, 0.004, 0.016, 0.064)  # scikit-learn's C, on standardised dimensions
_FEWEST_ROWS = 20

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """What the list is worth on these rows: some labels were changed at random, and looked for.

    Attributes:
        planted: How many labels were changed.
        found: How many of them the list then held.
        listed: How long the list then was.
        chance: How many of them as many rows drawn at random would hold.
    """

    planted: int
    found: int
    listed: int
    chance: float


@dataclass(frozen=True, slots=True)
class Suspects:
    """Rows whose label looks wrong.

    Attributes:
        places: Of the rows, the most suspicious first.
        probabilities: Of each class, by a classifier that has not seen the row, ``[rows, classes]``.
        accuracy: How often that classifier gives the label.
        majority: Share of the most frequent label.
        trial: What the same calculation finds of labels changed at random.
    """

    places: np.ndarray
    probabilities: np.ndarray
    accuracy: Interval
    majority: float
    trial: Trial


def suspects(
    vectors: np.ndarray, targets: np.ndarray, groups: np.ndarray, *, seed: int = 0,
    progress: Progress = lambda share: None,
) -> Suspects:  # fmt: skip
    """Find labels that look wrong.

    Args:
        vectors: What is known of each row, ``[rows, dim]``, by an encoder that has not seen the labels.
        targets: Class numbers, 0 to the number of classes less 1, each there, ``int [rows]``.
        groups: Rows with the same number are never divided: they are in one fold, ``int [rows]``.
        seed: Of the folds, and of the labels that are changed in the trial.
        progress: Called with the share done; what it raises ends the work.

    Raises:
        DataError: Too few rows, one class, or a class with fewer than five groups.

    Source: Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels".
    """
    _check(targets, groups)
    probabilities = crossed(vectors, targets, groups, seed=seed, progress=lambda share: progress(share / 2))
    hits = int((probabilities.argmax(1) == targets).sum())
    trial = _trial(vectors, targets, groups, seed, lambda share: progress((1 + share) / 2))
    majority = np.bincount(targets).max() / len(targets)
    return Suspects(_listed(targets, probabilities), probabilities, wilson(hits, len(targets)), majority, trial)


def crossed(
    vectors: np.ndarray, targets: np.ndarray, groups: np.ndarray, *, seed: int = 0,
    progress: Progress = lambda share: None,
) -> np.ndarray:  # fmt: skip
    """Return the probability of each class for each row, by a logistic regression fitted on the other folds.

    Its penalty is chosen on the first fold, by the log loss: a classifier that is too sure of itself, or not sure
    enough, lists too many rows or too few.
    """
    folds, steps = _folds(targets, groups, seed), len(_PENALTIES) + FOLDS
    probabilities, losses = np.zeros((len(targets), int(targets.max()) + 1)), list[float]()
    train, held_out = folds[0]
    for number, penalty in enumerate(_PENALTIES, start=1):
        answers = _answers(penalty, vectors, targets, train, held_out)
        losses.append(-np.log(np.maximum(answers[np.arange(len(held_out)), targets[held_out]], 1e-9)).mean())
        progress(number / steps)
    penalty = _PENALTIES[int(np.argmin(losses))]
    for number, (train, held_out) in enumerate(folds, start=1 + len(_PENALTIES)):
        probabilities[held_out] = _answers(penalty, vectors, targets, train, held_out)
        progress(number / steps)
    return probabilities


def kept_together(*keys: Sequence[Hashable]) -> np.ndarray:
    """Return group numbers, ``int [rows]``: rows that share any key, itself or through others, are in one group.

    Args:
        keys: For each row its text, its author ...; None where a row has no such key.
    """
    leaders: list[int] = list(range(len(keys[0])))

    def leader(row: int) -> int:
        while leaders[row] != row:
            leaders[row] = row = leaders[leaders[row]]
        return row

    for kind in keys:
        first: dict[Hashable, int] = {}
        for row, key in enumerate(kind):
            if key is not None:
                leaders[leader(row)] = leader(first.setdefault(key, row))
    return np.unique([leader(row) for row in range(len(leaders))], return_inverse=True)[1]


def _listed(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the places of the rows whose label looks wrong, those first that have the least probability of it."""
    from cleanlab.count import num_label_issues

    wrong = np.flatnonzero(probabilities.argmax(1) != targets)
    ranked = wrong[np.argsort(probabilities[wrong, targets[wrong]], kind="stable")]
    listed: np.ndarray = ranked[: num_label_issues(targets, probabilities)]
    return listed


def _trial(vectors: np.ndarray, targets: np.ndarray, groups: np.ndarray, seed: int, progress: Progress) -> Trial:
    changed, planted = with_wrong_labels(targets, PLANTED, seed)
    found = _listed(changed, crossed(vectors, changed, groups, seed=seed, progress=progress))
    hits = int(np.isin(found, planted).sum())
    return Trial(len(planted), hits, len(found), len(found) * len(planted) / len(targets))


def with_wrong_labels(targets: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return class numbers of which a share is changed to another class, drawn evenly, and the changed places."""
    random, classes = np.random.default_rng(seed), int(targets.max()) + 1
    planted = np.sort(random.choice(len(targets), max(1, round(share * len(targets))), replace=False))
    changed = targets.copy()
    changed[planted] = (targets[planted] + random.integers(1, classes, len(planted))) % classes
    return changed, planted


def _folds(targets: np.ndarray, groups: np.ndarray, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the places to fit on and those held out, five times; of each class about as many in each."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if len(np.unique(groups)) == len(groups):
        return list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(targets, targets))
    return list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(targets, targets, groups))


def _answers(
    penalty: float, vectors: np.ndarray, targets: np.ndarray, train: np.ndarray, held_out: np.ndarray
) -> np.ndarray:
    """Return the probabilities of some rows by a classifier fitted on others, ``[held out, classes]``."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=penalty, max_iter=300, tol=1e-3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is good enough
        classifier.fit(vectors[train], targets[train])
    answers = np.zeros((len(held_out), int(targets.max()) + 1))
    answers[:, classifier.classes_] = classifier.predict_proba(vectors[held_out])
    return answers


def _check(targets: np.ndarray, groups: np.ndarray) -> None:
    if len(targets) < _FEWEST_ROWS:
        raise DataError(
            f"There are {len(targets):,} labelled rows.", expected=f"At least {_FEWEST_ROWS}, to tell wrong labels.",
            remedy="Train on more rows, or read them one by one.",
        )  # fmt: skip
    if len(np.unique(targets)) < 2:
        raise DataError(
            "All rows have the same label.", expected="Rows of two labels at least.",
            remedy="Add rows of other labels, or choose another run.",
        )  # fmt: skip
    least = min(len(np.unique(groups[targets == number])) for number in np.unique(targets))
    if least < FOLDS:
        raise DataError(
            f"A label has only {least:,} texts that do not belong together.", expected=f"At least {FOLDS}.",
            remedy="Add rows of this label, or leave it out.",
        )  # fmt: skip
