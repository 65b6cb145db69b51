"""CoNLL column files: which files are taken for one, what is read and mended, and what is written."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertui.data.reading.formats.conll import looks_like_conll, read_conll, to_conll
from bertui.data.reading.formats.limits import Limits
from bertui.errors import DataError

LIMITS = Limits(1_000, 10)
CONLL_2003 = b"""-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
German JJ B-NP B-MISC
call NN I-NP O

Peter NNP B-NP B-PER
Blackburn NNP I-NP I-PER

-DOCSTART- -X- -X- O

London NNP B-NP B-LOC
"""
UNIVERSAL = """# newdoc id = d1
# sent_id = 1
# text = Vámonos al mar
1-2	Vámonos	_	_	_	_	_	_	_	_
1	Vamos	ir	VERB	_	_	0	root	_	_
2	nos	nosotros	PRON	_	_	1	obj	_	_
3-4	al	_	_	_	_	_	_	_	SpaceAfter=No
3	a	a	ADP	_	_	5	case	_	_
4	el	el	DET	_	_	5	det	_	_
5	mar	mar	NOUN	_	_	1	obl	_	_
5.1	ido	ir	VERB	_	_	_	_	1:conj	_

# sent_id = 2
# text = 1 000 #
1	1 000	1000	NUM	_	_	0	root	_	_
2	#	#	SYM	_	_	1	punct	_	_

""".encode()


def read(clean: bytes) -> tuple[list[tuple[str, str | None]], list[str]]:
    frame, notes = read_conll(clean, LIMITS)
    assert list(frame.columns)[:2] == ["tokens", "tags"] and {str(kind) for kind in frame.dtypes} == {"str"}
    return [(row.tokens, None if pd.isna(row.tags) else row.tags) for row in frame.itertuples()], notes


# ---------------------------------------------------------------- what is taken for a CoNLL file

IOB = b"EU B-ORG\nrejects O\n\nPeter B-PER\nBlackburn I-PER\n"
POS = b"the\tDET\ndog\tNOUN\nbarks\tVERB\n\na\tDET\ncat\tNOUN\nran\tVERB\n\nthe\tDET\nend\tNOUN\n"


@pytest.mark.parametrize("suffix", [".conll", ".conllu", ".iob", ".bio", ".tags"])
def test_the_suffix_decides(suffix: str) -> None:
    assert looks_like_conll(b"anything, really", suffix)


@pytest.mark.parametrize("suffix", ["", ".txt", ".tsv"])
@pytest.mark.parametrize("clean", [IOB, POS, CONLL_2003, UNIVERSAL, IOB.replace(b"\n", b"\r\n")])
def test_the_shape_decides_where_the_suffix_is_open(clean: bytes, suffix: str) -> None:
    assert looks_like_conll(clean, suffix)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".xlsx", ".md"])
def test_other_suffixes_are_no_conll(suffix: str) -> None:
    assert not looks_like_conll(IOB, suffix)


@pytest.mark.parametrize(
    "clean",
    [
        b"",
        b"text\tlabel\nI like it\tpos\nso dull\tneg\n",
        b"text\tlabel\nI like it\tpos\n\nso dull\tneg\nnice one\tpos\n\nnot at all\tneg\nas ever\tneg\n",
        b"word\tlevel\ncat\tA1\ndog\tA1\nhouse\tA2\n",
        b"word\tlevel\n" + b"cat\tA1\ndog\tA2\n" * 9,
        b"word\tlevel\n\ncat\tA1\n\ndog\tA1\n\nhouse\tA1\n",
        b"text, label\nfine, pos\n\nbad, neg\ngood, pos\n\ndull, neg\nnice, pos\n",
        b"This is a paragraph of prose.\nIt goes on for a while.\n\nAnd here is the next one, shorter.\nThe end.\n",
        b"Roses red,\nviolets blue,\n\nsugar sweet,\nhoney too.\n\nPoems short,\nstanzas two.\n",
        b"first line\nsecond one\n\nthird thing\nfourth word\n\nfifth item\nsixth piece\n",
        b"one\ntwo\n\nthree\nfour\n",
    ],
)
@pytest.mark.parametrize("suffix", ["", ".txt", ".tsv"])
def test_tables_and_prose_are_no_conll(clean: bytes, suffix: str) -> None:
    assert not looks_like_conll(clean, suffix)


WORDS = st.lists(st.sampled_from(["so", "good", "it", "was", "not", "a", "film"]), min_size=2, max_size=8)


@given(st.lists(st.tuples(WORDS, st.sampled_from("ab"), st.booleans()), min_size=1, max_size=30))
def test_no_table_of_texts_is_taken_for_conll(rows: list[tuple[list[str], str, bool]]) -> None:
    lines = [f"{' '.join(text)}\t{label}\n" + "\n" * blank for text, label, blank in rows]
    assert not looks_like_conll(("text\tlabel\n" + "".join(lines)).encode(), ".tsv")


# ---------------------------------------------------------------- what is read


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_first_column_is_the_token_and_the_last_its_tag(end: str) -> None:
    rows, notes = read(CONLL_2003.replace(b"\n", end.encode()))
    assert rows == [
        ("EU rejects German call", "B-ORG O B-MISC O"),
        ("Peter Blackburn", "B-PER I-PER"),
        ("London", "B-LOC"),
    ]
    assert notes == ["Each line has 4 columns: the first was read as the token, the last as its tag."]


def test_a_document_mark_ends_a_sentence() -> None:
    assert read(b"-DOCSTART- O\na O\nb X\n-DOCSTART- O\nc O\n")[0] == [("a b", "O X"), ("c", "O")]


def test_conllu_without_comments_ranges_and_empty_nodes() -> None:
    rows, notes = read(UNIVERSAL)
    assert rows == [("Vamos nos a el mar", "VERB PRON ADP DET NOUN"), ("1_000 #", "NUM SYM")]
    assert notes == [
        "The file is CoNLL-U: FORM was read as the tokens and UPOS as the tags.",
        "1 token holds white space (line 15); it is written _ here.",
    ]


def test_words_numbered_in_the_first_column() -> None:
    rows, notes = read(
        b"#\tsource 1\n1\tAnna\tB-PER\tO\n2\tsings\tO\tO\n3\tKarl\tO\tB-X\n\n1\t3-4\tO\tO\n2\tgoals\tO\tO\n"
    )
    assert rows == [("Anna sings Karl", "O O B-X"), ("3-4 goals", "O O")]
    assert "second (the first numbers the words)" in notes[0]


def test_tokens_that_are_numbers_ranges_and_hash_marks_stay() -> None:
    clean = b"# O\n1 O\n3-4 O\n#win B-X\n\n#win B-X\n2 O\n\n# id 7f domain=en\n# id 8\n5.1 O\n"
    assert read(clean)[0] == [("# 1 3-4 #win", "O O O B-X"), ("#win 2", "B-X O"), ("5.1", "O")]


def test_a_token_of_thousands_of_digits() -> None:
    long = "7" * 5_000
    assert read(f"{long} X O\n".encode())[0] == [(long, "O")]


def test_a_header_is_left_out() -> None:
    rows, notes = read(b"word\tpos\ntag\tNOUN\n\nword\tNOUN\n")
    assert rows == [("tag", "NOUN"), ("word", "NOUN")]
    assert notes == ["The first line was taken as the header and left out."]


def test_a_header_names_the_token_first_and_the_tag_last() -> None:
    rows, notes = read(b"token\tlemma\tner\nAnna\tanna\tB-PER\nsang\tsing\tO\n")
    assert rows == [("Anna sang", "B-PER O")] and len(notes) >= 1 and "header" in notes[0]
    other, _ = read(b"token\tner\tsome\nAnna\tanna\tB-PER\nsang\tsing\tO\n")  # the last names no tag: it is a line
    assert other == [("token Anna sang", "some B-PER O")]


def test_a_token_without_its_tag_leaves_the_sentence_without_tags() -> None:
    rows, notes = read(b"a O\nb\nc O\n\nd\n\ne X\n")
    assert rows == [("a b c", None), ("d", None), ("e", "X")]
    assert notes == [
        "2 tokens have no tag (first in line 2); the tags of the sentences with such tokens (2 of 3) were left out."
    ]


def test_tokens_alone_are_read_to_be_tagged() -> None:
    rows, notes = read(b"a\nb\n\nc\n")
    assert rows == [("a b", None), ("c", None)]
    assert notes == ["No sentence has all its tags; the column 'tags' is empty."]


def test_untagged_conllu_has_no_tags() -> None:
    assert read(UNIVERSAL.replace(b"NUM", b"_"))[0][1] == ("1_000 #", None)


def test_a_line_without_a_token_is_left_out() -> None:
    rows, notes = read(b"a\tO\n\tO\nb\tX\n\n\tO\n\n\xc2\xa0\tO\nc d\tO\n")
    assert rows == [("a b", "O X"), ("_ c_d", "O O")]
    assert notes == [
        "2 lines have no token (first in line 2); left out.",
        "2 tokens hold white space (first in line 7); it is written _ here.",
    ]


def test_a_file_without_blank_lines_is_told() -> None:
    assert read(b"a O\n" * 499)[1] == []
    assert read(b"a O\n" * 500)[1] == [
        "The file is one sentence of 500 tokens: no blank line stands between sentences."
    ]


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("clean", "parts"),
    [
        (b"a O\nNew York B-LOC\n\nb O\n", ["1 line does not have 2 columns", "line 2 has 3", "Mend line 2, or"]),
        (b"a X Y O\nb X Y O\nc O\n", ["1 line does not have 4 columns", "line 3 has 2"]),
        (b"a O\n" * 20 + b"b c d\n" * 7, ["7 lines do not", "line 25 has 3, and 2 more", "line 21 and the others"]),
        (UNIVERSAL + b"1\ta\tb\tc\n", ["line 18 has 4", "10 columns", "CoNLL-U"]),
        (b"a O\n# a b\nc O\n", ["line 2 has 3"]),
        (b"-DOCSTART- -X- O\n\n# nothing\n", ["no rows"]),
        (b"word tag\n", ["no rows"]),
    ],
)
def test_bad_lines_are_named(clean: bytes, parts: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        read(clean)
    assert not [part for part in parts if part not in str(caught.value)], str(caught.value)


def test_too_many_sentences() -> None:
    with pytest.raises(DataError, match="more than 2 rows"):
        read_conll(b"a O\n\n" * 3, Limits(2, 10))


@given(st.text(st.sampled_from("ab#1.-_ \t\n\r\u00a0\u2028"), max_size=80))
def test_any_text_is_read_with_as_many_tags_as_tokens_or_refused(text: str) -> None:
    try:
        rows, _ = read(text.encode())
    except DataError as error:
        assert error.remedy
    else:
        for tokens, tags in rows:
            assert tokens.split() == tokens.split(" ")
            assert tags is None or len(tags.split()) == len(tags.split(" ")) == len(tokens.split())


# ---------------------------------------------------------------- what is written


def test_written_lines_hold_token_gold_and_prediction() -> None:
    tokens, gold, predicted = [["New York", "wins"], ["Oslo"]], [["B-LOC", "O"], ["B-LOC"]], [["B-LOC", "O"], ["O"]]
    assert to_conll(tokens, predicted) == b"New_York B-LOC\nwins O\n\nOslo O\n"
    assert to_conll(tokens, predicted, gold) == b"New_York B-LOC B-LOC\nwins O O\n\nOslo B-LOC O\n"


def test_tags_that_do_not_fit_the_tokens_are_not_written() -> None:
    with pytest.raises(ValueError):
        to_conll([["a", "b"]], [["O"]])


TOKENS = st.text(st.characters(exclude_categories=("Cs", "Z", "Cc"), exclude_characters="#"), min_size=1, max_size=6)
SENTENCES = st.lists(st.lists(st.tuples(TOKENS, st.sampled_from(["O", "B-X", "I-X"])), min_size=1), min_size=1)


@given(SENTENCES)
def test_what_is_written_comes_back(sentences: list[list[tuple[str, str]]]) -> None:
    tokens = [[token for token, _ in sentence] for sentence in sentences]
    tags = [[tag for _, tag in sentence] for sentence in sentences]
    rows, _ = read(to_conll(tokens, tags))
    assert rows == [(" ".join(a), " ".join(b)) for a, b in zip(tokens, tags, strict=True)]


NESTED = b"""# a source
1\tMara\tB-PER\tO
2\tHolm\tI-PER\tB-LOC
3\tleft\tO\tO

# another
1\tMara\tB-PER\tO
2\tsaw\tO\tO
3\tOslo\tB-LOC\tO
"""


def test_of_nested_entities_the_outer_ones_are_the_tags_and_the_others_can_be_chosen() -> None:
    frame, notes = read_conll(NESTED, LIMITS)
    assert list(frame.columns) == ["tokens", "tags", "column 4"]
    assert frame["tags"].tolist() == ["B-PER I-PER O", "B-PER O B-LOC"]
    assert frame["column 4"].tolist() == ["O B-LOC O", "O O O"]
    assert notes == [
        "Each line has 4 columns: the second (the first numbers the words) was read as the token, column 3 (the last "
        "holds what is nested within) as its tag."
    ]


def test_chunks_before_entities_are_no_outer_entities() -> None:
    lines = b"Mara NNP B-NP B-PER\nHolm NNP I-NP I-PER\nleft VBD B-VP O\n\nshe NNP B-NP O\nleft VBD B-VP O\n"
    frame, _ = read_conll(lines, LIMITS)
    assert frame["tags"].tolist() == ["B-PER I-PER O", "O O"]
    assert frame["column 3"].tolist() == ["B-NP I-NP B-VP", "B-NP B-VP"] and frame["column 2"][1] == "NNP VBD"


def test_words_numbered_within_their_sentence_are_no_tokens() -> None:
    """WebAnno's TSV 2 numbers them 1-1, 1-2; of CoNLL-U, such a line is a range and left out."""
    first = b"#id=1\n#text=Mara flew.\n1-1\tMara\tB-PER\n1-2\tflew\tO\n1-3\t.\tO\n\n"
    text = first + b"#id=2\n2-1\tOslo\tB-LOC\n2-2\tslept\tO\n"
    assert looks_like_conll(text, ".tsv")
    frame, _ = read_conll(text, Limits(100, 10))
    assert frame["tokens"].tolist() == ["Mara flew .", "Oslo slept"]
    assert frame["tags"].tolist() == ["B-PER O O", "B-LOC O"]
