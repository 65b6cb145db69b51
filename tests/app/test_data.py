"""The Data page: every way in, every step, and what a person is told when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bertui.data.edits import DropRows, SetCell
from bertui.data.roles import Roles
from bertui.data.samples import sample
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import DataError
from bertui.recipe import Recipe
from bertui.runs.trash import Trash
from bertui.runs.workspace import StoredTable, Workspace
from bertui.ui.data import editor, file
from bertui.ui.data.parts import class_counts
from bertui.ui.draft import DRAFTS, Draft

Open = Callable[..., AppTest]
CLEAN = "text,label\n" + "".join(
    f"{mood} number {n} was {word} indeed,{mood}\n"
    for n, word in enumerate(
        ["tea", "soup", "bread", "cake", "rice", "fish", "salad", "pasta", "curry", "stew", "beans", "jam"]
    )
    for mood in ("good", "bad")
)
MESSY = CLEAN + ",good\nnobody said what this is,\n<b>*soup*</b> was fine,Good\n"


def store(root: Path, text: str = CLEAN, name: str = "food.csv") -> StoredTable:
    return Workspace(root).add_table(text.encode(), name)


def words(at: AppTest) -> str:
    kinds = (at.text, at.markdown, at.caption, at.error, at.warning, at.info, at.success, at.header)
    shown = [element for kind in kinds for element in kind]
    return "\n".join(str(element.value) for element in shown)


def button(at: AppTest, key: str) -> AppTest:
    return at.button(key=key).click().run()


def test_an_empty_workspace_offers_the_ways_in(open_page: Open) -> None:
    at = open_page("data")
    assert not at.exception
    assert "no table yet" in words(at)
    assert at.file_uploader and at.button(key="data-sample-reviews") and at.button(key="data-fetch")


def test_an_upload_becomes_the_current_table(open_page: Open, workspace_root: Path) -> None:
    at = open_page("data")
    at.file_uploader[0].upload("food.csv", CLEAN.encode()).run()
    assert not at.exception
    assert [table.name for table in Workspace(workspace_root).tables()] == ["food.csv"]
    assert "24 rows, 2 columns" in words(at)
    assert not at.button(key="data-train").disabled


def test_a_file_that_is_no_table_is_told_and_not_kept(open_page: Open, workspace_root: Path) -> None:
    at = open_page("data")
    at.file_uploader[0].upload("empty.csv", b"").run()
    assert not at.exception
    assert "The file is empty" in at.error[0].value
    assert not Workspace(workspace_root).tables()


@pytest.mark.parametrize("key", ["reviews", "stays"])
def test_a_sample_is_added_once(open_page: Open, workspace_root: Path, key: str) -> None:
    at = button(open_page("data"), f"data-sample-{key}")
    at = button(at, f"data-sample-{key}")
    assert not at.exception
    (stored,) = Workspace(workspace_root).tables()
    assert stored.table().roles == sample(key).roles


def test_a_public_set_that_cannot_be_fetched_is_told(
    open_page: Open, workspace_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(chosen: object) -> pd.DataFrame:
        raise DataError("The hub is away.", remedy="Check the network.")

    monkeypatch.setattr(file, "fetch_public", fail)
    at = button(open_page("data"), "data-fetch")
    assert not at.exception
    assert "hub is away" in at.error[0].value.replace("\\", "")


def test_roles_chosen_are_kept(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root)
    at = open_page("data", table=stored.id)
    label = next(box for box in at.selectbox if box.label == "Label")
    at = label.set_value("(none)").run()
    assert not at.exception
    assert stored.table().roles == Roles(text=("text",), label=None)
    assert "Choose the label column" in words(at)
    assert at.button(key="data-train").disabled


def test_findings_come_with_fixes_that_can_be_undone(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root, MESSY)
    at = open_page("data", table=stored.id)
    assert "has no text" in words(at) and "spelled in several ways" in words(at)
    at = button(at, f"fix-{stored.id}-empty texts-0")
    assert not at.exception
    assert [edit.kind for edit in stored.edits] == ["drop rows"]
    assert "has no text" not in words(at)
    at = button(at, f"undo-{stored.id}-0")
    assert not stored.edits and "has no text" in words(at)


def test_a_finding_kept_as_it_is_is_folded_away(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root, MESSY)
    at = open_page("data", table=stored.id)
    at = button(at, f"fix-{stored.id}-empty texts-1")
    assert "has no text" not in words(at) and not stored.edits
    at = button(at, "data-unkeep")
    assert "has no text" in words(at)


def test_rows_of_a_finding_are_shown(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root, MESSY)
    at = open_page("data", table=stored.id)
    before = len(at.dataframe)
    at = at.toggle(key=f"rows-{stored.id}-missing labels").set_value(True).run()
    assert len(at.dataframe) == before + 1
    assert any("nobody said what this is" in table.value.get("text", pd.Series()).tolist() for table in at.dataframe)


def test_the_cut_moves_with_the_length(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root, CLEAN + "a soup so good that I went back for more the very next day,good\n")
    at = open_page("data", table=stored.id)
    assert "nothing is truncated" in words(at)
    at = length_slider(at).set_value(8).run()
    assert not at.exception
    assert at.get("plotly_chart") and len(at.html) >= 1
    assert "nothing is truncated" not in words(at)


def length_slider(at: AppTest):  # type: ignore[no-untyped-def]
    return next(one for one in at.slider if str(one.key).startswith("data-length"))


def with_model(at: AppTest, name: str) -> AppTest:
    """Let the form name a model, as one typed on the Train page does; AppTest cannot type a new option."""
    recipe = Recipe().changed({"model.name": name})
    at.session_state[DRAFTS] = {"another": Draft("another", "single-label", recipe, recipe)}
    return at.run()


def test_length_and_model_chosen_here_reach_the_train_page(open_page: Open, workspace_root: Path, tiny: Path) -> None:
    stored = store(workspace_root)
    at = open_page("data", table=stored.id)
    at = with_model(at, str(tiny))
    assert length_slider(at).max == 128  # the tiny model's own limit, not the embedded one's
    at = length_slider(at).set_value(16).run()
    at = at.button(key="data-train").click().run()
    assert not at.exception
    form = {str(one.key).split(":")[-1]: one.value for one in (*at.number_input, *at.selectbox) if one.key}
    assert form["encoding.max_length"] == 16 and form["model.name"] == str(tiny)


def test_a_script_that_the_model_does_not_know_is_found(open_page: Open, workspace_root: Path, tiny: Path) -> None:
    rows = "".join(f"добрый день номер {n} и всем привет,good\nэто было плохо {n},bad\n" for n in range(12))
    at = open_page("data", table=store(workspace_root, "text,label\n" + rows).id)
    assert "unknown to the model" not in words(at)  # the embedded model's vocabulary has Cyrillic letters
    at = with_model(at, str(tiny))
    assert not at.exception
    assert "24 texts are in large part unknown to the model" in words(at)


def test_a_model_that_cannot_be_had_is_told_and_the_rest_of_the_page_stays(
    open_page: Open, workspace_root: Path
) -> None:
    at = open_page("data", table=store(workspace_root).id)
    at = with_model(at, "nobody/such-a-model")
    assert not at.exception
    assert "nobody/such" in "\n".join(str(one.value) for one in at.error)
    assert "4. Split" in words(at)


def test_files_for_validation_and_test_make_a_table_with_given_parts(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root)
    at = open_page("data", table=stored.id)
    more = "label,text,page\n" + "".join(f"{mood},an extra {n},7\n" for n in range(3) for mood in ("good", "bad"))
    at.file_uploader(key=f"data-test-file-{stored.id}").set_value(("more.csv", more.encode(), "text/csv"))
    at = at.run()
    at = button(at, "data-join")
    assert not at.exception
    joined = Workspace(workspace_root).tables()[0]
    assert joined.id != stored.id and joined.table().roles.split == "split"
    assert joined.table().frame["split"].value_counts().to_dict() == {"train": 24, "test": 6}
    assert "6 rows" in [metric.value for metric in at.metric]


def test_a_part_file_without_the_columns_is_refused(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root)
    at = open_page("data", table=stored.id)
    at.file_uploader(key=f"data-validation-file-{stored.id}").set_value(("x.csv", b"a,b\n1,2\n3,4\n", "text/csv"))
    at = button(at.run(), "data-join")
    assert "The validation file has no column 'text', 'label'" in at.error[0].value.replace("\\", "")
    assert len(Workspace(workspace_root).tables()) == 1


def test_classes_are_counted_by_part() -> None:
    frame = pd.DataFrame({"t": list("abcdef"), "l": ["x", "y", "x", "y", "z", "x"]}, dtype="str")
    counts = class_counts(Table(frame, Roles(("t",), "l")), Split(np.array([0, 1, 4]), np.array([2]), np.array([3, 5])))
    assert counts.to_dict("list") == {"Train": [1, 1, 1], "Validation": [1, 0, 0], "Test": [1, 1, 0]}
    assert list(counts.index) == ["x", "y", "z"]


def test_the_split_is_kept_and_shown(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root)
    at = open_page("data", table=stored.id)
    at = at.slider(key=f"split-test-{stored.id}").set_value(25).run()
    assert not at.exception
    assert stored.split_choice.test == 0.25
    assert "6 rows" in [metric.value for metric in at.metric]


def test_shares_that_leave_nothing_are_refused(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root)
    at = open_page("data", table=stored.id)
    at = at.slider(key=f"split-test-{stored.id}").set_value(80).run()
    at = at.slider(key=f"split-validation-{stored.id}").set_value(80).run()
    assert "lower one" in words(at)
    assert stored.split_choice.validation == 0.1


def test_another_delimiter_reads_the_file_again(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root, CLEAN.replace(",", ";"))
    stored.read_again(delimiter="|")
    at = open_page("data", table=stored.id)
    box = next(box for box in at.selectbox if box.label == "Delimiter")
    box.set_value(";")
    at = next(one for one in at.button if one.label == "Read it again").click().run()
    assert not at.exception
    assert list(stored.table().frame.columns) == ["text", "label"]


def test_rows_that_were_turned_into_others_can_be_had_as_they_stand_and_back(
    open_page: Open, workspace_root: Path
) -> None:
    tokens = [f"s{n},{word},{tag}" for n in range(40) for word, tag in (("Ada", "B-PER"), ("left", "O"))]
    stored = store(workspace_root, "\n".join(["Sentence,Word,Tag", *tokens]))
    assert len(stored.table().frame) == 40
    for ticked, rows in ((True, 80), (False, 40)):
        at = open_page("data", table=stored.id)
        box = next(box for box in at.checkbox if box.label.startswith("Leave rows"))
        assert "one token a row" in box.help or not box.help.startswith("They were read")
        box.set_value(ticked)
        at = next(one for one in at.button if one.label == "Read it again").click().run()
        assert not at.exception and len(stored.table().frame) == rows


def test_the_header_that_a_person_chose_stays_when_only_the_shape_is_changed(
    open_page: Open, workspace_root: Path
) -> None:
    tokens = [f"s{n},{word},{tag}" for n in range(40) for word, tag in (("Ada", "B-PER"), ("left", "O"))]
    stored = store(workspace_root, "\n".join(["A title,,", "Sentence,Word,Tag", *tokens]))
    stored.read_again(header_rows=0, skip_rows=0, as_it_stands=True)
    at = open_page("data", table=stored.id)
    next(box for box in at.checkbox if box.label.startswith("Leave rows")).set_value(False)
    next(one for one in at.button if one.label == "Read it again").click().run()
    assert (stored.reading.header_rows, stored.reading.skip_rows) == (0, 0)


def test_a_file_of_lines_can_be_read_as_a_table_and_back(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root, "\n".join([f"Ada{n}\tB-PER\nleft{n}\tO\n" for n in range(30)]), "a.conll")
    for delimiter, kind, rows in (("\t", "csv", 60), ("", "conll", 30)):
        at = open_page("data", table=stored.id)
        next(box for box in at.selectbox if box.label == "Delimiter").set_value(delimiter)
        next(one for one in at.button if one.label == "Read it again").click().run()
        assert (stored.reading.format, len(stored.table().frame)) == (kind, rows)


def test_versions_are_saved_and_opened(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root)
    stored.add_edits(SetCell(row=0, column="label", value="bad", was="good"))
    at = button(open_page("data", table=stored.id), "data-save")
    stored.add_edits(DropRows(rows=(1,)))
    at.run()
    at.selectbox(key=f"data-version-{stored.id}").set_value(1)
    at = button(at, "data-open")
    assert not at.exception
    assert [edit.kind for edit in stored.edits] == ["set cell"]


def test_edits_that_no_longer_fit_can_be_taken_back(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root)
    stored.add_edits(DropRows(rows=(999,)))
    at = open_page("data", table=stored.id)
    assert not at.exception
    assert "no row 999" in words(at)
    at = button(at, f"undo-{stored.id}-0")
    assert "1. File" in words(at)


def test_a_persons_words_are_never_markup(open_page: Open, workspace_root: Path) -> None:
    name = "<img src=x> :red[x] **b**"
    header = "text,label"
    stored = store(workspace_root, header + "\n" + f'a tale of soup,"{name}"\n' * 3 + "a tale of tea,y\n" * 25)
    at = open_page("data", table=stored.id)
    assert not at.exception
    for element in (*at.markdown, *at.caption, *at.error):
        assert name not in element.value
    assert all(name not in one.label for one in at.button)


def test_train_leads_on(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root)
    at = button(open_page("data", table=stored.id), "data-train")
    assert not at.exception
    assert at.title[0].value.startswith("Train")


def test_a_cell_mended_by_hand_becomes_an_edit(open_page: Open, workspace_root: Path) -> None:
    stored = store(workspace_root)
    frame = stored.table().frame.head(3)
    state = {"editor": {"edited_rows": {1: {"label": "odd"}}, "added_rows": [], "deleted_rows": [2]}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(editor.st, "session_state", state)
        editor._keep(stored, frame, "editor")
    table = stored.table()
    assert table.labels.loc[1] == "odd" and 2 not in table.frame.index
    assert [edit.describe() for edit in stored.edits] == [
        "Row 3, label: 'bad' became 'odd'",
        "Row 4 dropped: by hand",
    ]


def test_a_report_with_warnings_is_not_ticked(open_page: Open, workspace_root: Path) -> None:
    def heading(at: AppTest) -> str:
        return next(one.value for one in at.header if one.value.startswith("3. Report"))

    rows = "".join(f"a text of number {n},{'good' if n % 2 else 'bad'}\n" for n in range(40))
    clean = store(workspace_root, "text,label\n" + rows)
    assert "check_circle" in heading(open_page("data", table=clean.id))
    repeated = store(workspace_root, "text,label\n" + rows + "a text of number 1,good\n" * 3 + "odd one,rare\n")
    at = open_page("data", table=repeated.id)
    assert "warning" in heading(at) and "check_circle" not in heading(at)
    assert not at.button(key="data-train").disabled


def test_a_removed_table_comes_back_by_undo_from_the_trash_and_from_its_address(
    open_page: Open, workspace_root: Path
) -> None:
    workspace, stored = Workspace(workspace_root), store(workspace_root)
    stored.add_edits(SetCell(row=0, column="label", value="odd", was="good"))
    facts, rows = stored.facts(), stored.table().frame
    for label in ("Undo", "Restore", "Restore it"):
        at = button(open_page("data", table=stored.id), "danger-data-delete")
        assert not at.exception and workspace.tables() == [] and not stored.folder.exists()
        if label == "Undo":
            assert "Deleted: food.csv." in words(at)
        else:
            at = open_page("data", **({"table": stored.id} if label == "Restore it" else {}))
        at = next(one for one in at.button if one.label == label).click().run()
        assert not at.exception and workspace.tables() == [stored]
        assert stored.facts() == facts and stored.table().frame.equals(rows)


def test_a_table_can_be_removed_for_good(open_page: Open, workspace_root: Path) -> None:
    workspace, stored = Workspace(workspace_root), store(workspace_root)
    at = button(open_page("data", table=stored.id), "danger-data-good")
    assert not at.exception and workspace.tables() == [] and Trash(workspace).tables() == []
