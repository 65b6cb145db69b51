"""Files for validation and test, and files to score: their answers are found, matched by spelling, or refused."""

from __future__ import annotations

import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.splitting import SplitChoice, make_split
from bertui.data.table import Table
from bertui.errors import DataError
from bertui.tasks.labels.several_labels import SeveralLabels
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.parts import aligned, join_files

ROLES = Roles("text", "label")


def frame(labels: list[str | None], name: str = "label") -> pd.DataFrame:
    return pd.DataFrame({"text": [f"text {n}" for n in range(len(labels))], name: labels}, dtype="str")


def test_labels_of_the_test_file_are_matched_by_spelling_and_said() -> None:
    files = {"train": frame(["0", "1"] * 5), "test": frame(["0.0", "1.0", "1"])}
    joined, roles, notes = join_files(files, ROLES)
    assert joined["label"].tolist()[-3:] == ["0", "1", "1"] and joined[roles.split].tolist()[-3:] == ["test"] * 3
    assert notes == [
        "The test file spells labels otherwise than the training rows: '0.0' is read as '0', '1.0' is read as '1'."
    ]


@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize(
    ("task", "role"), [("single-label", "label"), ("several-labels", "labels"), ("score", "score")]
)
def test_a_part_without_answers_is_refused_by_name(part: str, task: str, role: str) -> None:
    files = {"train": frame(["0", "1", "2"] * 4, "given"), part: frame([None, " ", ""], "given")}
    with pytest.raises(DataError) as error:
        join_files(files, Roles("text", task=task, **{role: "given"}))
    assert str(error.value).startswith(
        f"The {part} file has no true answers: the column 'given' is empty in all of its 3 rows."
    )
    assert "leave it out" in error.value.remedy


def test_rows_without_an_answer_are_named() -> None:
    files = {"train": frame(["a", "b"] * 5), "test": frame(["a", None, "b", " "])}
    assert join_files(files, ROLES)[2] == [
        "The test file: 2 rows have no answer and are left out (rows 1, 3, counted from 0)."
    ]


def test_labels_that_training_never_saw_are_refused_where_none_is_known() -> None:
    files = {"train": frame(["0", "1"] * 5), "test": frame(["-1"] * 3)}  # as GLUE gives its test rows out
    with pytest.raises(DataError, match=r"The test file has none of the labels .* it has '-1'\. Labels: '0', '1'\."):
        join_files(files, ROLES)


def test_a_column_that_a_part_lacks_is_named() -> None:
    with pytest.raises(DataError, match="The test file has no column 'label'"):
        join_files({"train": frame(["a", "b"]), "test": frame(["a"], "stars")}, ROLES)


def test_labels_within_cells_are_matched_whatever_divides_them() -> None:
    task = SeveralLabels(labels=("food", "room"), separator="|")
    roles = Roles("text", task="several-labels", labels="labels")
    table, notes = aligned(
        task, Table(frame(["Food;ROOM", "room", "food ; room", "food"], "labels"), roles), "The file"
    )
    assert task.gold(table, range(4)) == [("food", "room"), ("room",), ("food", "room"), ("food",)]
    assert notes[0].startswith("The file spells labels otherwise")
    own = Table(frame(["food|room", "", "room"], "labels"), roles)  # what predict writes, whatever the training cells
    listed = SeveralLabels(labels=("food", "room"), separator="json")
    assert listed.gold(own, range(3)) == [("food", "room"), (), ("room",)]


def test_a_label_that_could_be_either_of_two_is_left_as_it_is() -> None:
    task = SingleLabel(classes=("Yes", "no", "yes"))
    with pytest.raises(DataError, match="never seen: 'YES'"):
        task.gold(aligned(task, Table(frame(["YES", "no"]), ROLES), "The file")[0], [0, 1])


def test_parts_of_a_split_column_without_labels_are_refused() -> None:
    data = frame(["a", "b"] * 10 + [None] * 5).assign(part=["train"] * 20 + ["test"] * 5)
    with pytest.raises(DataError, match="None of the test rows of the column 'part' has text and label filled in"):
        make_split(Table(data, ROLES.changed(split="part")), SplitChoice())
