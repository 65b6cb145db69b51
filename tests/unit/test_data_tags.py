"""Tag schemes: telling them apart, writing one in another, repairing, reading the spans."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.data.cells.tag_spelling import TagSpelling, respelled, spelling_of
from bertui.data.cells.tags import Repair, Scheme, Span, repaired, scheme_of, spans, strict_spans, to_iob2, to_scheme

IOB2 = ["B-PER", "I-PER", "O", "B-LOC", "B-LOC", "I-LOC", "B-PER"]
IOB1 = ["I-PER", "I-PER", "O", "I-LOC", "B-LOC", "I-LOC", "I-PER"]
BIOES = ["B-PER", "E-PER", "O", "S-LOC", "B-LOC", "E-LOC", "S-PER"]
BILOU = ["B-PER", "L-PER", "O", "U-LOC", "B-LOC", "L-LOC", "U-PER"]
BMEWO = ["B-PER", "M-PER", "E-PER", "O", "W-LOC"]
READ = [Span("PER", 0, 2), Span("LOC", 3, 4), Span("LOC", 4, 6), Span("PER", 6, 7)]

iob_tags = st.lists(st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y", "B", "I"]), max_size=12)
any_tags = st.lists(
    st.sampled_from(["O", "", "B-", "I-", "B", "I", "X-PER", "-", "B-X", "I-X", "E-X", "S-X", "L-Y", "U-Y", "NN"])
    | st.text(max_size=4),
    max_size=12,
)
schemes: list[Scheme] = ["IOB1", "IOB2", "BIOES", "plain"]


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (IOB2, "IOB2"),
        (IOB1, "IOB1"),
        (BIOES, "BIOES"),
        (BILOU, "BIOES"),
        (BMEWO, "BIOES"),
        (["O", "O"], "IOB2"),
        ([], "plain"),
        ([""], "plain"),
        (["DET", "NOUN", "VERB", "ADP", "NOUN", "PUNCT"], "plain"),
        (["DT", "NN", "IN", ".", ",", "UH", "SYM", "WP$", "-LRB-"], "plain"),
        (["S", "V", "A", "E", "B", "I", "P", "N"], "plain"),  # parts of speech of one letter
        (["B", "I", "O", "O", "B"], "IOB2"),
        (["B", "M", "E", "S"], "BIOES"),  # word segmentation
        (["B-PER", "X-PER", "O", "I-PER"], "IOB2"),
        (["I-NP", "I-VP", "O"], "IOB1"),
        (["B-NN", "NN", "VB", "DT", "IN"], "plain"),
    ],
)
def test_the_scheme_is_told_from_the_tags(tags: list[str], scheme: str) -> None:
    assert scheme_of([tags]) == scheme


def test_one_mistake_does_not_make_iob2_another_scheme() -> None:
    assert scheme_of([IOB2, ["O", "I-PER", "O"], IOB2]) == "IOB2"
    assert scheme_of([IOB1, ["O", "B-PER", "O"], IOB1]) == "IOB1"


def test_spans_that_touch_are_no_sign_of_iob2() -> None:
    assert scheme_of([["I-X", "B-X", "B-X", "B-X"]]) == "IOB1"


@pytest.mark.parametrize(("tags", "scheme"), [(IOB1, "IOB1"), (IOB2, "IOB2"), (BIOES, "BIOES"), (BILOU, "BIOES")])
def test_every_scheme_is_written_in_iob2(tags: list[str], scheme: Scheme) -> None:
    assert to_iob2(tags, scheme) == IOB2
    assert spans(tags) == spans(IOB2) == strict_spans(IOB2) == READ


def test_middle_and_whole_are_read() -> None:
    assert to_iob2(BMEWO, "BIOES") == ["B-PER", "I-PER", "I-PER", "O", "B-LOC"]


def test_a_span_that_goes_on_after_its_end_is_a_new_one() -> None:
    assert to_iob2(["B-X", "E-X", "I-X", "S-X", "E-X"], "BIOES") == ["B-X", "I-X", "B-X", "B-X", "B-X"]


def test_a_mistake_in_bioes_is_left_for_the_repair() -> None:
    tags = to_iob2(["O", "E-X", "I-Y", "I-Y"], "BIOES")
    assert tags == ["O", "I-X", "I-Y", "I-Y"]
    assert repaired(tags) == (["O", "B-X", "B-Y", "I-Y"], [Repair(1, "I-X", "B-X"), Repair(2, "I-Y", "B-Y")])


@pytest.mark.parametrize(("scheme", "tags"), [("IOB1", IOB1), ("IOB2", IOB2), ("BIOES", BIOES), ("plain", IOB2)])
def test_iob2_is_written_in_every_scheme(scheme: Scheme, tags: list[str]) -> None:
    assert to_scheme(IOB2, scheme) == tags


def test_an_i_that_follows_nothing_of_its_kind_is_repaired() -> None:
    tags = ["I-X", "I-X", "O", "I-Y", "I-X", "B-X", "I-X", "I"]
    assert repaired(tags) == (
        ["B-X", "I-X", "O", "B-Y", "B-X", "B-X", "I-X", "B"],
        [Repair(0, "I-X", "B-X"), Repair(3, "I-Y", "B-Y"), Repair(4, "I-X", "B-X"), Repair(7, "I", "B")],
    )


def test_plain_tags_come_back_as_they_are() -> None:
    tags = ["NOUN", "I", "X-PER", ""]
    assert to_iob2(tags, "plain") == to_scheme(tags, "plain") == tags


def test_strict_and_lenient_reading_differ_where_b_is_missing() -> None:
    tags = ["I-X", "I-X", "O", "B-X", "I-Y", "I-Y"]
    assert spans(tags) == [Span("X", 0, 2), Span("X", 3, 4), Span("Y", 4, 6)]
    assert strict_spans(tags) == [Span("X", 3, 4)]


def test_a_kind_may_hold_hyphens() -> None:
    assert spans(["B-work-of-art", "I-work-of-art"]) == [Span("work-of-art", 0, 2)]


def test_malformed_tags_mark_nothing_and_a_letter_alone_has_no_name() -> None:
    tags = ["X-PER", "", "B-", "I", "BAD", "-", "B"]
    assert spans(tags) == strict_spans(tags) == [Span("_", 2, 4), Span("_", 6, 7)]


@settings(deadline=None)
@given(any_tags)
def test_no_tag_crashes_anything(tags: list[str]) -> None:
    assert scheme_of([tags]) in schemes
    for scheme in schemes:
        assert len(to_iob2(tags, scheme)) == len(to_scheme(tags, scheme)) == len(tags)
    written, repairs = repaired(tags)
    assert len(written) == len(tags)
    assert [tags[one.position] for one in repairs] == [one.original for one in repairs]
    assert all(0 <= span.start < span.stop <= len(tags) for span in [*spans(tags), *strict_spans(tags)])


@settings(deadline=None)
@given(iob_tags)
def test_repaired_tags_read_the_same_strictly_and_leniently(tags: list[str]) -> None:
    written, _ = repaired(tags)
    assert strict_spans(written) == spans(written) == spans(tags)
    assert repaired(written) == (written, [])


@settings(deadline=None)
@given(iob_tags, st.sampled_from(["IOB1", "IOB2", "BIOES"]))
def test_there_and_back_keeps_the_tags(tags: list[str], scheme: Scheme) -> None:
    assert to_iob2(to_scheme(tags, scheme), scheme) == repaired(tags)[0]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["O", *(f"{letter}-{kind}" for letter in "BIES" for kind in "XY")]), max_size=12))
def test_lenient_reading_agrees_with_seqeval(tags: list[str]) -> None:
    from seqeval.metrics.sequence_labeling import get_entities

    expected = [Span(kind, start, stop + 1) for kind, start, stop in get_entities(list(tags))]
    assert spans(tags) == expected


@settings(deadline=None)
@given(iob_tags)
def test_strict_reading_agrees_with_seqeval(tags: list[str]) -> None:
    from seqeval.scheme import IOB2 as STRICT
    from seqeval.scheme import Tokens

    expected = [Span(one.tag, one.start, one.end) for one in Tokens(list(tags), STRICT).entities]
    assert strict_spans(tags) == expected


@pytest.mark.parametrize(
    "tags",
    [
        ["B-PER", "I-PER", "0", "0", "0", "B-LOC"],
        ["B-PER", "I-PER", "-", "-", "-", "B-LOC"],
        ["B-PER", "I-PER", "OTHER", "OTHER", "OTHER", "B-LOC"],
        ["B-PER", "I-PER", "nothing here", "nothing here", "nothing here", "B-LOC"],  # a name that nobody has foreseen
        ["B_PER", "I_PER", "O", "O", "O", "B_LOC"],
        ["B:PER", "I:PER", "_", "_", "_", "B:LOC"],
        ["PER-B", "PER-I", "O", "O", "O", "LOC-B"],
        ["PER_B", "PER_I", "OUT", "OUT", "OUT", "LOC_B"],
        ["b-PER", "i-PER", "o", "o", "o", "b-LOC"],
        ["B-PER,", "I-PER,", "O,", "O,", "O,", "B-LOC"],
        ["B_PER;", "I_PER;", "0;", "0;", "0;", "B_LOC"],
    ],
)
def test_tags_in_another_spelling_are_read_as_iob2(tags: list[str]) -> None:
    assert respelled([tags]) == [["B-PER", "I-PER", "O", "O", "O", "B-LOC"]]
    spelling = spelling_of([tags])
    assert TagSpelling.model_validate_json(spelling.model_dump_json()) == spelling
    assert spelling.read("O") == "O"  # a later file may write the usual way


@pytest.mark.parametrize(
    "tags",
    [
        IOB2,
        IOB1,
        BIOES,
        ["B", "I", "O", "O"],
        ["O", "O"],
        [],
        ["B-PER_NAM", "I-PER_NAM", "O", "B-LOC-B"],  # other marks within a type
        ["B-PER", "O", "O", "X", "X", "X", "X"],  # O is there, so X is no other name of it
        ["NOUN", "VERB", "NOUN", "NOUN", "PUNCT"],  # the commonest part of speech is not outside
        ["NN", "NNS", "VB-S", "DT", "IN"],  # one tag that ends like a letter of a scheme
        ["time_s", "city_b", "NN", "VB", "IN", "DT"],
        ["0", "1", "2", "1"],  # class numbers, of which 0 is not the commonest
        ["PER", "LOC", "ORG", "PER"],
        [",", ".", "NN", "$"],
    ],
)
def test_tags_in_the_usual_spelling_and_tags_that_mark_nothing_stay(tags: list[str]) -> None:
    assert respelled([tags]) == [tags]


@given(st.lists(any_tags, max_size=4))
def test_a_second_reading_changes_nothing(sentences: list[list[str]]) -> None:
    spelling = spelling_of(sentences)
    once = [spelling.read_all(tags) for tags in sentences]
    assert [len(tags) for tags in once] == [len(tags) for tags in sentences]
    assert respelled(once) == once or not any("-" in tag for tags in once for tag in tags)
