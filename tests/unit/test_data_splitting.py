from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.data.cells.split_names import canonical_split
from bertui.data.roles import Roles
from bertui.data.splitting import Split, SplitChoice, make_split
from bertui.data.table import Table
from bertui.errors import DataError


def table(labels: list[str | None], **columns: list[str | None]) -> Table:
    """Row ids start at 100, so that positions and ids cannot be mistaken for each other."""
    cells = {"text": [f"text {n}" for n in range(len(labels))], "label": labels, **columns}
    ids = range(100, 100 + len(labels))
    frame = pd.DataFrame({name: pd.Series(cell, dtype="str", index=ids) for name, cell in cells.items()})
    return Table(frame, Roles(("text",), "label", **{role: role for role in columns}))


def counts(data: Table, rows: np.ndarray) -> dict[str, int]:
    return data.labels.loc[rows].value_counts().to_dict()


def test_stratified_keeps_the_mix_exactly() -> None:
    data = table(["a"] * 60 + ["b"] * 40)
    split = make_split(data, SplitChoice(validation=0.1, test=0.2))
    assert split.sizes() == {"train": 70, "validation": 10, "test": 20}
    assert counts(data, split.test) == {"a": 12, "b": 8}
    assert counts(data, split.validation) == {"a": 6, "b": 4}


def test_largest_remainders_share_out_the_rest() -> None:
    # 10 of 33 rows: 0.3030 x (17, 11, 5) = (5.15, 3.33, 1.52), so the one row left goes to c.
    data = table(["a"] * 17 + ["b"] * 11 + ["c"] * 5)
    split = make_split(data, SplitChoice(validation=0.0, test=10 / 33))
    assert counts(data, split.test) == {"a": 5, "b": 3, "c": 2}


def test_a_class_with_one_row_stays_in_training() -> None:
    data = table(["a"] * 30 + ["b"])
    for seed in range(10):
        assert 130 in make_split(data, SplitChoice(test=0.5, seed=seed)).train


def test_seed_decides_and_another_seed_differs() -> None:
    data = table(["a", "b"] * 50)
    first, again, other = (make_split(data, SplitChoice(seed=seed)) for seed in (1, 1, 2))
    assert first.to_json() == again.to_json()
    assert first.test.tolist() != other.test.tolist()


def test_unusable_rows_are_in_no_part() -> None:
    data = table(["a", "b", None, " "] * 25)
    split = make_split(data, SplitChoice())
    assert sum(split.sizes().values()) == 50
    assert data.labels.loc[np.concatenate(list(split.parts().values()))].notna().all()


def test_zero_shares_leave_everything_to_training() -> None:
    assert make_split(table(["a", "b"] * 5), SplitChoice(validation=0, test=0)).sizes() == {
        "train": 10,
        "validation": 0,
        "test": 0,
    }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("abcd"), min_size=30, max_size=120),
    st.sampled_from([0.1, 0.2, 0.3]),
    st.sampled_from([0.1, 0.25, 0.4]),
    st.booleans(),
    st.integers(0, 1000),
)
def test_parts_divide_the_rows(labels: list[str], validation: float, test: float, stratified: bool, seed: int) -> None:
    data = table([*labels, "a", "a", "b", "b"])
    how = SplitChoice(validation=validation, test=test, stratified=stratified, seed=seed)
    split = make_split(data, how)
    rows = np.concatenate(list(split.parts().values()))
    assert sorted(rows.tolist()) == data.frame.index.tolist()
    for part in split.parts().values():
        assert part.tolist() == sorted(part.tolist())
    if not stratified:
        assert split.sizes()["test"] == round(test * len(rows))
        assert split.sizes()["validation"] == round(validation * len(rows))
    else:
        # Never off by more than the classes that would have been used up.
        assert 0 <= round(test * len(rows)) - split.sizes()["test"] <= len(set(labels))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=40, max_size=100), st.integers(0, 100))
def test_groups_are_never_torn(groups: list[int], seed: int) -> None:
    names = [None if group == 0 else f"g{group}" for group in groups]
    data = table(["a", "b"] * (len(groups) // 2) + ["a"] * (len(groups) % 2), group=names)
    try:
        split = make_split(data, SplitChoice(validation=0.2, test=0.2, seed=seed))
    except DataError:
        return  # so few groups that a part stays empty or has one class
    where = {row: name for name, rows in split.parts().items() for row in rows}
    parts = data.frame["group"].dropna().groupby(data.frame["group"]).apply(lambda g: {where[i] for i in g.index})
    assert all(len(in_parts) == 1 for in_parts in parts)
    assert len(where) == len(groups)


def test_rows_without_a_group_are_drawn_one_by_one() -> None:
    data = table(["a", "b"] * 50, group=[None] * 100)
    assert make_split(data, SplitChoice(validation=0, test=0.25)).sizes()["test"] == 25


def test_groups_meet_the_share_as_nearly_as_they_can() -> None:
    data = table(["a", "b"] * 50, group=[f"g{n // 5}" for n in range(100)])
    assert make_split(data, SplitChoice(validation=0.1, test=0.2)).sizes() == {
        "train": 70,
        "validation": 10,
        "test": 20,
    }


@pytest.mark.parametrize(("asked", "drawn"), [(9, 8), (10, 12), (11, 12), (13, 12), (14, 16)])
def test_a_group_joins_if_at_least_half_of_it_fits(asked: int, drawn: int) -> None:
    data = table(["a", "b"] * 20, group=[f"g{n // 4}" for n in range(40)])  # groups of four: 8 rows, 12 or 16
    assert make_split(data, SplitChoice(validation=0, test=asked / 40)).sizes()["test"] == drawn


def test_given_parts_are_taken_as_they_are() -> None:
    data = table(["a", "b"] * 5, split=["train"] * 6 + ["Dev", " validation"] + ["TEST", "held-out"])
    split = make_split(data, SplitChoice())
    assert split.to_json() == {
        "train": [100, 101, 102, 103, 104, 105],
        "validation": [106, 107],
        "test": [108, 109],
    }


def test_validation_is_drawn_from_given_training_rows() -> None:
    data = table(["a", "b"] * 30, split=["train"] * 40 + ["test"] * 20)
    split = make_split(data, SplitChoice(validation=0.1, test=0.5))
    assert split.test.tolist() == list(range(140, 160))
    assert split.sizes() == {"train": 36, "validation": 4, "test": 20}


def test_unknown_word_in_the_split_column() -> None:
    with pytest.raises(DataError, match="'fold 3'"):
        make_split(table(["a", "b"] * 2, split=["train", "train", "fold 3", "test"]), SplitChoice())
    with pytest.raises(DataError, match=r"\(empty\)"):
        make_split(table(["a", "b"] * 2, split=["train", "train", None, "test"]), SplitChoice())


def test_canonical_names() -> None:
    words = pd.Series(["Training", "val", "eval", "tst", "other", None], dtype="str")
    assert canonical_split(words).fillna("-").tolist() == [
        "train",
        "validation",
        "validation",
        "test",
        "-",
        "-",
    ]


def test_sample_keeps_every_class_and_leaves_the_other_parts_alone() -> None:
    data = table(["a"] * 80 + ["b"] * 18 + ["c"] * 2)
    whole = make_split(data, SplitChoice(validation=0.1, test=0.2))
    some = make_split(data, SplitChoice(validation=0.1, test=0.2, sample=0.1))
    assert some.test.tolist() == whole.test.tolist()
    assert some.validation.tolist() == whole.validation.tolist()
    assert set(some.train) < set(whole.train)
    assert len(some.train) == pytest.approx(0.1 * len(whole.train), abs=2)
    assert set(counts(data, some.train)) == {"a", "b", "c"}


def test_a_sample_without_regard_to_classes_has_its_size() -> None:
    data = table(["a", "b"] * 50)
    for share, number in ((0.1, 10), (0.5, 50), (0.999, 100)):
        how = SplitChoice(validation=0, test=0, sample=share, stratified=False)
        assert len(make_split(data, how).train) == number


@pytest.mark.parametrize(
    ("data", "how", "says"),
    [
        (table(["a", None]), SplitChoice(), "same label"),
        (table([None, None]), SplitChoice(), "No row is left for training"),
        (table(["a"] * 20), SplitChoice(), "same label: 'a'"),
        (table(["a", "b"]), SplitChoice(), "No row is left for validation"),
        (table(["a", "b"] * 20, group=["one"] * 40), SplitChoice(), "No row is left for validation"),
        (table(["a", "b"] * 2, split=["test"] * 4), SplitChoice(), "No row is left for training"),
    ],
)
def test_what_cannot_be_split(data: Table, how: SplitChoice, says: str) -> None:
    with pytest.raises(DataError, match=says):
        make_split(data, how)


def test_a_million_rows_of_many_classes() -> None:
    rows = 200_000
    data = table([f"c{n % 50_000}" for n in range(rows)])
    split = make_split(data, SplitChoice(validation=0.25, test=0.25))
    assert split.sizes() == {"train": rows // 2, "validation": rows // 4, "test": rows // 4}


def test_split_survives_json() -> None:
    split = Split(np.array([1, 2]), np.array([3]), np.array([], dtype=np.int64))
    again = Split.from_json(split.to_json())
    assert again.to_json() == {"train": [1, 2], "validation": [3], "test": []}
    assert again.test.dtype == np.int64


@pytest.mark.parametrize(("roles", "what"), [(Roles("text"), "true answers"), (Roles(label="label"), "texts")])
def test_a_role_without_a_column_is_named(roles: Roles, what: str) -> None:
    frame = pd.DataFrame({"text": ["a b"] * 30, "label": ["x", "y"] * 15}, dtype="str")
    with pytest.raises(DataError, match=f"No column with the {what} is chosen"):
        make_split(Table(frame, roles, "t"), SplitChoice())
