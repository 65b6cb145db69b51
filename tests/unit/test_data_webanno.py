"""WebAnno's TSV 3: spans by their numbers, layers, annotations of one token, and what is refused."""

from __future__ import annotations

import pytest

from bertui.data.reading.reading import read_table
from bertui.errors import DataError
from bertui.tasks.guessing import guess_roles

HEAD = "#FORMAT=WebAnno TSV 3.3\n"
POS = "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue\n"
NER = "#T_SP=webanno.custom.NamedEntity|identifier|value\n"
LINKS = "#T_RL=webanno.custom.Dependency|kind|BT_de.tudarmstadt.POS\n"
BODY = """

#Text=Ann Lee met Bo Ito.
1-1	0-3	Ann	NOUN	*	PER[1]	_	_	
1-2	4-7	Lee	NOUN	*	PER[1]	_	_	
1-3	8-11	met	VERB	_	_	_	_	
1-4	12-14	Bo	NOUN	*	PER[2]|LOC	_	_	
1-4.1	12-13	B	_	_	X	_	_	
1-5	15-18	Ito	NOUN	*	PER[3]	_	_	
1-6	18-19	.	PUNCT	_	_	_	_	

#Text=In New York
2-1	20-22	In	ADP	_	_	_	_	
2-2	23-31	New York	NOUN	Q60	LOC\\_X	_	_	
"""


def read(text: str) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    frame, reading = read_table(text.encode(), "t.tsv")
    return {name: frame[name].tolist() for name in frame}, reading.notes


def test_spans_are_told_apart_by_their_numbers() -> None:
    cells, notes = read(HEAD + POS + NER + LINKS + BODY)
    assert cells["tokens"] == ["Ann Lee met Bo Ito .", "In New_York"]
    assert cells["tags"] == ["B-PER I-PER O B-PER B-PER O", "O B-LOC_X"]
    assert cells["POS"] == ["NOUN NOUN VERB NOUN NOUN PUNCT", "ADP NOUN"]
    assert cells["NamedEntity identifier"][1] == "O B-Q60"
    assert [note for note in notes if "1 cell holds several" in note or "1 line annotates a part" in note] == [
        *notes[-2:]
    ]


def test_it_is_a_file_of_tags() -> None:
    frame, reading = read_table((HEAD + POS + NER + LINKS + BODY).encode(), "x.txt")
    assert reading.format == "webanno" and guess_roles(frame).named() == {"tokens": "tokens", "tags": "tags"}


def test_an_annotation_without_a_value_is_called_like_its_layer() -> None:
    body = "\n#Text=So Ann\n1-1\t0-2\tSo\t_\t\n1-2\t3-6\tAnn\t*\t\n\n#Text=So\n1-1\t0-2\tSo\t_\t\n"
    cells, _ = read(HEAD + "#T_SP=webanno.custom.Surprise\n" + body)
    assert cells == {"tokens": ["So Ann", "So"], "tags": ["O B-Surprise", "O"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + LINKS + "\n1-1\t0-2\tSo\t_\t_\n", "no layer of spans"),
        (HEAD + POS, "no rows"),
        (HEAD + POS + "\n1-1\t0-2\tSo\n", "Line 4 has 3 columns"),
    ],
)
def test_what_is_missing_is_named(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(text)
