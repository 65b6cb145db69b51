from __future__ import annotations

import json
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.data.checking.duplicates import bare_letters, collapse_space, equal_leaders, in_groups, near_leaders
from bertui.data.checking.findings import Finding, Report, TokenFacts, length_summary
from bertui.data.checking.report import check
from bertui.data.edits import DropRows, RenameLabel, apply_edits
from bertui.data.roles import Roles
from bertui.data.splitting import Split, SplitChoice, make_split
from bertui.data.table import Table

VOCABULARY = (
    "river stone winter garden letter kitchen window doctor market engine summer valley teacher bottle "
    "forest silver morning pocket ticket bridge candle orange planet guitar button circle dinner finger"
)
WORDS = VOCABULARY.split()


def sentence(n: int) -> str:
    """A sentence for each number, any two of which have few letters in common."""
    return " ".join(random.Random(n).sample(WORDS, 9))


def table(rows: list[tuple[str | None, str | None]], **columns: list[str | None]) -> Table:
    """Row ids start at 100, so that positions and ids cannot be mistaken for each other."""
    cells = {"text": [text for text, _ in rows], "label": [label for _, label in rows], **columns}
    ids = range(100, 100 + len(rows))
    frame = pd.DataFrame({name: pd.Series(cell, dtype="str", index=ids) for name, cell in cells.items()})
    return Table(frame, Roles(("text",), "label", **{role: role for role in columns}))


def clean(rows: int = 40) -> list[tuple[str | None, str | None]]:
    return [(sentence(n), "ab"[n % 2]) for n in range(rows)]


def finding(report: Report, kind: str) -> Finding:
    return next(f for f in report.findings if f.kind == kind)


def kinds(report: Report) -> list[str]:
    return [f.kind for f in report.findings]


def dropped(f: Finding) -> list[int]:
    edits = [fix.edit for fix in f.fixes if isinstance(fix.edit, DropRows)]
    return list(edits[0].rows)


def test_a_clean_table_has_nothing_to_mend() -> None:
    report = check(table(clean()))
    assert report.findings == ()
    assert report.summary == "40 rows, all of them usable, 2 classes: nothing to mend."


def test_empty_texts_and_missing_labels() -> None:
    report = check(table([*clean(), (None, "a"), ("  \n", "b"), (sentence(50), None), (sentence(51), " ")]))
    assert kinds(report) == ["empty texts", "missing labels"]
    assert (report.rows, report.usable, report.classes) == (44, 40, 2)
    empty, missing = report.findings
    assert (empty.title, missing.title) == ("2 rows have no text.", "2 rows have no label.")
    assert empty.rows.tolist() == dropped(empty) == [140, 141]
    assert missing.rows.tolist() == dropped(missing) == [142, 143]
    assert report.summary == "44 rows, 40 of them usable, 2 classes: 2 warnings."


def test_exact_repeats_ignore_white_space_only() -> None:
    first, second = sentence(0), sentence(1)
    rows = [(f" {first}\u00a0\n", "a"), (second.replace(" ", "\t  "), "b"), (first, "a")]
    report = check(table([*clean(), *rows]))
    assert kinds(report) == ["repeats"]
    repeated = finding(report, "repeats")
    assert repeated.title == "3 rows repeat the text and label of an earlier row."
    assert repeated.rows.tolist() == [100, 140, 142, 101, 141]
    assert dropped(repeated) == [140, 141, 142]


def test_near_repeats_by_letters_and_by_shingles() -> None:
    near = sentence(1).replace(" ", ", ").upper()
    typo = sentence(2)[:-1] + "z"
    report = check(table([*clean(), (near, "b"), (typo, "a"), (near, "a")]))
    assert kinds(report) == ["near repeats", "contradictions"][::-1]
    near_finding = finding(report, "near repeats")
    # The last row is like row 1 too, but has another label: that is a contradiction with row 140 only.
    assert near_finding.title == "2 rows are nearly the same as an earlier row with the same label."
    assert near_finding.rows.tolist() == [101, 140, 102, 141]
    assert dropped(near_finding) == [140, 141]
    assert near_finding.severity == "note"


def test_contradictions() -> None:
    rows = [(sentence(0), "b"), (sentence(3) + " ", "a"), (sentence(0), "a"), (sentence(5), None)]
    report = check(table([*clean(), *rows]))
    clash = finding(report, "contradictions")
    assert clash.title == "5 rows have the same text as another row but a different label."
    assert clash.rows.tolist() == [100, 140, 142, 103, 141]
    assert finding(report, "repeats").rows.tolist() == [100, 142]


def test_rare_classes_can_be_merged_or_dropped() -> None:
    few = [(sentence(60 + n), "c") for n in range(3)] + [
        (sentence(70), "d"),
        (sentence(71), "e"),
        (None, "f"),
    ]
    data = table([*clean(), *few])
    report = check(data)
    single, small = finding(report, "single rows"), finding(report, "small classes")
    assert single.title == "3 classes have fewer than 2 rows: 'd', 'e', 'f'."
    assert single.severity == "warning" and single.rows.tolist() == [143, 144, 145]
    assert small.title == "1 class has fewer than 10 rows: 'c'."
    assert [fix.edit for fix in single.fixes] == [
        RenameLabel(old=("d", "e", "f"), new="other", column="label"),
        DropRows(rows=(143, 144, 145), reason="classes 'd', 'e', 'f'"),
        None,
    ]
    merged = apply_edits(data, [single.fixes[0].edit])  # type: ignore[list-item]
    assert merged.classes == ("a", "b", "c", "other")
    assert "single rows" not in kinds(check(merged))
    assert "single rows" not in kinds(check(apply_edits(data, [single.fixes[1].edit])))  # type: ignore[list-item]


def test_no_fix_leaves_less_than_two_classes() -> None:
    report = check(table([(sentence(n), "a") for n in range(20)] + [(sentence(30), "b")]))
    assert [fix.edit for fix in finding(report, "single rows").fixes] == [None]
    other = check(table([*clean(), (sentence(50), "other")]))
    assert [type(fix.edit) for fix in finding(other, "single rows").fixes] == [DropRows, type(None)]


def test_what_must_be_mended_cannot_be_kept() -> None:
    """An error that one may keep would be hidden, and training still be refused."""
    tables = [
        table([*clean(), (sentence(70), "d"), (None, "a"), (sentence(3), "b")]),
        table([(sentence(n), "a") for n in range(20)]),
        table([(sentence(n), str(n / 7)) for n in range(40)]),
        table([(sentence(n), f"x{n}") for n in range(40)]),
    ]
    errors = [one for data in tables for one in check(data).findings if one.severity == "error"]
    assert len(errors) >= 3 and all(fix.edit is not None for one in errors for fix in one.fixes)


@pytest.mark.parametrize(
    ("sizes", "reported"),
    [((90, 10), False), ((91, 9), True), ((100, 40, 5), False), ((101, 40, 5), True)],
)
def test_imbalance(sizes: tuple[int, ...], reported: bool) -> None:
    rows = [(sentence(1000 * c + n), "abc"[c]) for c, size in enumerate(sizes) for n in range(size)]
    assert ("imbalance" in kinds(check(table(rows)))) == reported


def test_imbalance_is_put_in_numbers() -> None:
    report = check(table([(sentence(n), "spam" if n < 9 else "ham") for n in range(100)]))
    imbalance = finding(report, "imbalance")
    assert imbalance.title == "The largest class has 10 times as many rows as the smallest."
    assert "'ham' has 91 of 100 rows, 'spam' has 9" in imbalance.detail
    assert "right 91% of the time" in imbalance.detail
    assert imbalance.rows.tolist() == list(range(100, 109))


def test_leaks_between_given_parts() -> None:
    rows = clean(40)
    held_out = [
        (sentence(0), "a"),
        (sentence(1).title() + "!", "b"),
        (sentence(90), "a"),
        (sentence(91), "b"),
    ]
    report = check(table([*rows, *held_out], split=["train"] * 40 + ["test", "dev", "test", "dev"]))
    leak = finding(report, "leakage")
    assert leak.title == "2 training rows are also in the validation or test rows."
    assert leak.detail.startswith("1 word for word, 1 but for capitals and punctuation.")
    assert leak.rows.tolist() == [100, 140, 101, 141]
    assert dropped(leak) == [100, 101]
    assert kinds(report) == ["leakage"]


def test_rows_of_no_part_leak_nothing() -> None:
    data = table([*clean(40), (sentence(0), "a"), (sentence(0), "a"), (sentence(1), "b")])
    split = Split(np.arange(100, 130), np.arange(130, 140), np.array([140]))  # rows 141 and 142 are left out
    leak = finding(check(data, split=split), "leakage")
    assert leak.rows.tolist() == [100, 140] and dropped(leak) == [100]


@pytest.mark.parametrize(("numbers", "most"), [(1, False), (20, False), (21, True), (39, True)])
def test_texts_that_are_numbers_are_no_texts_where_they_are_most(numbers: int, most: bool) -> None:
    rows = [(str(n) if n < numbers else text, label) for n, (text, label) in enumerate(clean(40))]
    odd = finding(check(table(rows)), "number texts")
    assert odd.severity == ("warning" if most else "note") and odd.rows.tolist() == list(range(100, 100 + numbers))
    assert len(odd.fixes) == (1 if most else 2) and odd.title.startswith("1 text is" if numbers == 1 else f"{numbers} ")


def test_leaks_of_a_drawn_split_and_repeats_beside_them() -> None:
    data = table([*clean(40), (sentence(0), "a")])
    split = Split(np.arange(100, 130), np.arange(130, 135), np.arange(135, 141))
    assert kinds(check(data, split=split)) == ["leakage", "repeats"]
    assert kinds(check(data, split=make_split(data, SplitChoice(validation=0, test=0)))) == ["repeats"]


def test_classes_that_training_never_shows() -> None:
    rows = [*clean(40), (sentence(80), "c"), (sentence(81), "c"), (sentence(82), "a")]
    report = check(table(rows, split=["train"] * 40 + ["test", "dev", "test"]))
    unseen = finding(report, "unseen classes")
    assert unseen.title == "1 class has no training rows: 'c'."
    assert unseen.rows.tolist() == dropped(unseen) == [140, 141]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([], ["no usable rows", "no labels"]),
        (
            [(None, "a"), (sentence(1), None)],
            ["no usable rows", "one class", "empty texts", "missing labels"],
        ),
        ([(sentence(1), "a"), (sentence(2), "b")], ["all labels differ", "few rows"]),
        ([(sentence(n), "a") for n in range(25)], ["one class"]),
        ([(sentence(n), "a") for n in range(25)] + [(None, "b")] * 2, ["one class", "empty texts"]),
        ([(sentence(n), None) for n in range(25)], ["no usable rows", "no labels"]),
        ([(sentence(n), f"label {n}") for n in range(25)], ["all labels differ"]),
        ([(sentence(n), f"{n / 3:.2f}") for n in range(25)], ["all labels differ"]),
        ([(str(n * 7), "ab"[n % 2]) for n in range(25)], ["number texts"]),
    ],
)
def test_hopeless_tables(rows: list[tuple[str | None, str | None]], wanted: list[str]) -> None:
    assert kinds(check(table(rows))) == wanted


def test_odd_texts() -> None:
    report = check(table([*clean(), ("12.50", "a"), ("word " * 20_001, "b")]))
    assert [(f.kind, f.severity, f.rows.tolist()) for f in report.findings] == [
        ("number texts", "note", [140]),
        ("long texts", "note", [141]),
    ]


def test_without_a_label_column() -> None:
    data = table([*clean(), (sentence(0), "b"), (None, "a")]).with_roles(Roles(("text",)))
    report = check(data)
    assert kinds(report) == ["empty texts", "repeats", "no label column"]
    assert (report.rows, report.usable, report.classes) == (42, 41, 0)
    assert finding(report, "repeats").title == "1 row repeats the text of an earlier row."


def test_unknown_tokens() -> None:
    facts = TokenFacts(np.array([5, 9, 7]), np.array([0.0, 0.2, 0.21]), np.array([100, 101, 104]), 512)
    unknown = finding(check(table(clean()), tokens=facts), "unknown tokens")
    assert unknown.title == "1 text is in large part unknown to the model."
    assert unknown.rows.tolist() == dropped(unknown) == [104]


def test_length_summary() -> None:
    facts = TokenFacts(np.array([4, 8, 16, 12]), np.zeros(4), np.arange(4), 512)
    summary = length_summary(facts, 12)
    assert (summary.mean, summary.median, summary.longest) == (10.0, 10.0, 16)
    assert (summary.truncated, summary.share_truncated) == (1, 0.25)
    assert summary.p95 == pytest.approx(15.4)  # 12 + 0.85 x (16 - 12)
    empty = TokenFacts(np.zeros(0, int), np.zeros(0), np.zeros(0, int), 512)
    assert length_summary(empty, 12).longest == 0


def test_report_becomes_json() -> None:
    report = check(table([*clean(), (None, "a"), (sentence(0), "a"), (sentence(3), "B")]))
    saved = json.loads(json.dumps(report.to_json()))
    assert saved["rows"] == 43 and saved["usable"] == 42 and saved["summary"] == report.summary
    assert [f["kind"] for f in saved["findings"]] == kinds(report)
    assert saved["findings"][-1]["fixes"][-1] == {"label": "Keep as it is", "edit": None}


def test_checking_changes_nothing_and_fixes_mend() -> None:
    data = table([*clean(), (None, "a"), (sentence(0), "a"), (sentence(3), "a"), (sentence(4).upper(), "a")])
    before = data.frame.copy()
    for _ in range(10):
        report = check(data)
        edits = [fix.edit for f in report.findings for fix in f.fixes[:1] if fix.edit is not None]
        if not edits:
            break
        data = apply_edits(data, edits[:1])
    assert report.findings == ()
    assert len(data.frame) == 39  # row 103 is dropped with the row that contradicts it
    pd.testing.assert_frame_equal(before.loc[data.frame.index], data.frame)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["x", "X", " x ", "y", "y  z", "y z", "", None]), max_size=25))
def test_repeats_agree_with_a_dictionary(texts: list[str | None]) -> None:
    seen: dict[tuple[str, str | None], int] = {}
    expected = []
    for n, text in enumerate(texts):
        key = " ".join((text or "").split())
        if key and seen.setdefault((key, None), n) != n:
            expected.append(100 + n)
    report = check(table([(text, "a") for text in texts]))
    assert [dropped(f) for f in report.findings if f.kind == "repeats"] == ([expected] if expected else [])


def test_letters_of_any_script_survive() -> None:
    texts = pd.Series(["Straße, NR. 5!", "हिन्दी में", "好吃！", ":-)", "", "a_b"], dtype="str")
    assert bare_letters(texts).tolist() == ["straße nr 5", "हिन्दी में", "好吃", ":-)", "", "a b"]
    assert collapse_space(pd.Series([" a\u3000\n b\tc ", None], dtype="str")).fillna("-").tolist() == [
        "a b c",
        "-",
    ]


def test_groups_start_with_the_row_that_is_repeated() -> None:
    leader = equal_leaders(np.array([7, 3, 7, 5, 3, 7]))
    assert leader.tolist() == [0, 1, 0, 3, 1, 0]
    assert in_groups(leader).tolist() == [0, 2, 5, 1, 4]
    assert equal_leaders(np.array([])).tolist() == []


def test_near_repeats_agree_with_exact_jaccard() -> None:
    """Change a growing number of words; min-wise hashing must side with the true share of shingles."""
    texts, truth = [], []
    for n in range(150):
        words = " ".join(sentence(7 * n + part) for part in range(4)).split()
        other = list(words)
        for place in random.Random(n).sample(range(len(words)), n % 8):
            other[place] = "zebra"
        pair = [" ".join(words), " ".join(other)]
        grams = [{text[i : i + 5] for i in range(len(text) - 4)} for text in pair]
        texts += pair
        truth.append(len(grams[0] & grams[1]) / len(grams[0] | grams[1]))
    leader, sampled = near_leaders(pd.Series(texts, dtype="str"), np.zeros(len(texts), dtype=int))
    alike = leader[1::2] == np.arange(0, len(texts), 2)
    share = np.array(truth)
    assert not sampled
    assert (share > 0.9).sum() > 20 and (share < 0.7).sum() > 20
    assert alike[share > 0.9].all() and not alike[share < 0.7].any()
    assert (leader[::2] == np.arange(0, len(texts), 2)).all()


def test_only_rows_of_one_kind_are_near() -> None:
    texts = pd.Series([sentence(1), sentence(1) + " x", sentence(1).upper()], dtype="str")
    assert near_leaders(bare_letters(texts), np.array([0, 1, 0]))[0].tolist() == [0, 1, 0]


def test_long_texts_are_compared_by_their_ends_and_lengths() -> None:
    start, end = " ".join(map(sentence, range(10))), " ".join(map(sentence, range(20, 30)))
    middle = " ".join(map(sentence, range(40, 90)))
    texts = pd.Series([start + middle + end, start + middle + "other" + end, start + end], dtype="str")
    assert near_leaders(texts, np.zeros(3, dtype=int))[0].tolist() == [0, 0, 2]


def test_many_texts_are_compared_by_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bertui.data.checking.duplicates.MOST_COMPARED", 50)
    monkeypatch.setattr("bertui.data.checking.comparing.MOST_COMPARED", 50)
    rows = [(sentence(n // 2) + " tail" * (n % 2), "ab"[n // 2 % 2]) for n in range(200)]
    near = finding(check(table(rows)), "near repeats")
    assert 1 < len(near.rows) <= 50
    assert "Only 50 texts, drawn at random" in near.detail
