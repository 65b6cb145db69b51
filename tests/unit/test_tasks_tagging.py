"""A tag for each token: which pieces are asked, what is answered, what is wrong with a table, by hand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.errors import DataError
from bertui.evaluation.calibration import fit_temperature
from bertui.modeling.backbone import load_backbone
from bertui.modeling.export import Plain, export_model
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.readout import TOKENS
from bertui.modeling.saving import load_model, save_model
from bertui.modeling.sources import ModelChoice
from bertui.modeling.tokenizer import load_tokenizer
from bertui.prediction.outputs import outputs_of
from bertui.tasks.examples import IGNORED
from bertui.tasks.guessing import guess_roles
from bertui.tasks.results import Focus
from bertui.tasks.tagging.marks import as_spans, marks_of
from bertui.tasks.tagging.pieces import answered_pieces
from bertui.tasks.tagging.tagging import Tagging
from bertui.tasks.task_choice import TaskChoice
from bertui.tasks.views import ClassesView, Mark, MatrixView, TableView

NAMES = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
TASK = Tagging(tags=NAMES, stride=2)


@pytest.fixture
def encoder(tiny: Path) -> TextEncoder:
    return TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=64), 128)


def short(tiny: Path, length: int) -> TextEncoder:
    return TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=length), 128)


def pieces_of(encoder: TextEncoder, encoded: Encoded) -> list[str]:
    return list(encoder.tokenizer.convert_ids_to_tokens(encoded.ids.tolist()))


def of(rows: list[tuple[str, str]]) -> Table:
    return Table(pd.DataFrame(rows, columns=["tokens", "tags"], dtype="str"), Roles(tokens="tokens", tags="tags"))


def places_of(encoded: Encoded, inputs: list[tuple[str, ...]]) -> np.ndarray:
    """The number of the token that each piece is asked for, -1 where nobody asks."""
    answered, rows, tokens = answered_pieces(encoded, inputs)
    assert rows.tolist() == np.repeat(encoded.owners, encoded.lengths)[answered].tolist()
    places = np.full(len(encoded.ids), -1)
    places[answered] = tokens
    return places


def scores(
    encoded: Encoded, inputs: list[tuple[str, ...]], tags: list[list[str]], names: tuple[str, ...] = NAMES
) -> np.ndarray:
    """Logits that say ``tags`` at the pieces that are asked, and something else wherever nobody asks."""
    outputs = np.zeros((len(encoded.ids), len(names)))
    outputs[:, -1] = 9.0
    rows = np.repeat(encoded.owners, encoded.lengths)
    for piece, (row, place) in enumerate(zip(rows, places_of(encoded, inputs), strict=True)):
        if place >= 0:
            outputs[piece] = 0
            outputs[piece, names.index(tags[row][place])] = 3.0
    return outputs


# ---------------------------------------------------------------- reading


def test_only_the_first_piece_of_a_token_is_asked(encoder: TextEncoder) -> None:
    inputs = [("films was zebra",), ("GOOD !",)]
    encoded = TASK.encode(encoder, inputs)
    assert pieces_of(encoder, encoded) == [
        "[CLS]", "film", "##s", "was", "z", "##e", "##b", "##r", "##a", "[SEP]", "[CLS]", "good", "!", "[SEP]",
    ]  # fmt: skip
    assert places_of(encoded, inputs).tolist() == [-1, 0, -1, 1, 2, -1, -1, -1, -1, -1, -1, 0, 1, -1]
    assert encoded.owners.tolist() == [0, 1] and encoded.full.tolist() == [10, 4]
    examples = TASK.examples(encoded, inputs, [("B-PER", "O", "I-PER"), ("O", "B-LOC")])
    assert examples.targets.tolist() == [
        IGNORED, 3, IGNORED, 0, 4, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, 0, 1, IGNORED,
    ]  # fmt: skip
    batch, targets = examples.batch(np.array([1, 0]), 0, "cpu")
    assert batch.input_ids.shape == targets.shape == (2, 10)
    assert targets[0].tolist() == [IGNORED, 0, 1, IGNORED] + [IGNORED] * 6 and TASK.counted(targets) == 5


def test_punctuation_within_a_token_is_no_token_of_its_own(encoder: TextEncoder) -> None:
    encoded = TASK.encode(encoder, [("a.b was",)])
    assert pieces_of(encoder, encoded) == ["[CLS]", "a", ".", "b", "was", "[SEP]"]
    assert places_of(encoded, [("a.b was",)]).tolist() == [-1, 0, -1, -1, 1, -1]


def test_a_tag_that_the_run_has_never_seen_is_not_asked(encoder: TextEncoder) -> None:
    encoded = TASK.encode(encoder, [("good film",)])
    assert TASK.examples(encoded, [("good film",)], [("B-ORG", "B-LOC")]).targets.tolist() == [IGNORED] * 2 + [1, -100]


@pytest.mark.parametrize("length", [8, 9, 12])
@pytest.mark.parametrize("stride", [0, 2, 128])
def test_in_windows_every_token_is_asked_once(tiny: Path, length: int, stride: int) -> None:
    task, encoder = Tagging(tags=NAMES, stride=stride), short(tiny, length)
    inputs = [("the films was zebra and goodness a slowly kind movie plot",), ("good",)]
    encoded = task.encode(encoder, inputs)
    assert encoded.lengths.max() <= length and encoded.sequences >= 3 and encoded.owners.tolist()[-1] == 1
    rows = np.repeat(encoded.owners, encoded.lengths)
    places = places_of(encoded, inputs)
    answered = places >= 0
    assert sorted(zip(rows[answered], places[answered], strict=True)) == [*((0, n) for n in range(11)), (1, 0)]
    words = [inputs[row][0].split()[place] for row, place in zip(rows[answered], places[answered], strict=True)]
    pieces = [piece for piece, yes in zip(pieces_of(encoder, encoded), answered, strict=True) if yes]
    assert all(word.startswith(piece) for word, piece in zip(words, pieces, strict=True))
    tags = [["O", "B-PER", "I-PER", "O", "O", "B-LOC", "O", "B-PER", "B-LOC", "I-LOC", "O"], ["B-LOC"]]
    assert [list(one.tags) for one in task.answer(inputs, encoded, scores(encoded, inputs, tags))] == tags


@pytest.mark.parametrize("length", [8, 64])
def test_what_is_explained_is_asked_in_the_window_that_answers(tiny: Path, length: int) -> None:
    encoder, text = short(tiny, length), "the films was zebra and goodness"
    encoded = TASK.encode(encoder, [(text,)])
    places = places_of(encoded, [(text,)])
    for number, word in enumerate(text.split()):
        focus = Focus(str(number), word, NAMES)
        decided = TASK.decided_in((text,), encoded, focus)
        assert decided.token is not None
        (answering,) = (at for at in range(encoded.sequences) if number in places[slice(*encoded.starts[at : at + 2])])
        assert list(decided.sequences) == [answering]
        ids = encoded.only(decided.sequences).ids.tolist()
        assert ids == encoded.sequence(answering).tolist()
        assert places[encoded.starts[answering] + decided.token] == number
        outputs = torch.zeros(1, 1, len(ids), 5)
        outputs[0, 0, decided.token, 3] = 2 * np.log(6)  # at temperature 2: 6 to 1 to 1 to 1 to 1
        calibrated = TASK.model_copy(update={"temperature": 2.0})
        assert calibrated.explained(outputs, focus, decided.token).tolist() == [
            pytest.approx([0.1, 0.1, 0.1, 0.6, 0.1])
        ]


@pytest.mark.parametrize("dropped", ["\u200d", "\x07", "\u00ad"], ids=["joiner", "bell", "soft hyphen"])
def test_a_token_that_the_tokenizer_drops_cannot_be_explained(encoder: TextEncoder, dropped: str) -> None:
    """Explaining the first token in its place would show numbers of another token."""
    inputs = [(f"films {dropped} was",)]
    encoded = TASK.encode(encoder, inputs)
    (answer,) = TASK.answer(inputs, encoded, scores(encoded, inputs, [["B-PER", "O", "B-LOC"]]))
    assert answer.tags == ("B-PER", "O", "B-LOC") and answer.probabilities[1] == 0
    assert [focus.key for focus in TASK.focuses(answer)] == ["0", "2", "1"], "what was not read comes last"
    with pytest.raises(DataError, match="The model reads nothing of the token"):
        TASK.decided_in(inputs[0], encoded, Focus("1", "", NAMES))
    last = TASK.decided_in(inputs[0], encoded, Focus("2", "", NAMES))
    assert encoder.tokenizer.convert_ids_to_tokens(int(encoded.only(last.sequences).ids[last.token])) == "was"


def test_the_temperature_is_fitted_on_the_tokens_that_are_asked_about(encoder: TextEncoder) -> None:
    inputs = [(" ".join(["the", "films", "was", "zebra"]),)] * 20
    gold = [("O", "B-PER", "I-PER", "B-LOC")] * 15 + [("O", "O", "O", "B-LOC")] * 5  # a quarter of two tokens is wrong
    encoded = TASK.encode(encoder, inputs)
    outputs = 4 * scores(encoded, inputs, [["O", "B-PER", "I-PER", "B-LOC"]] * 20)
    fitted = TASK.fitted(outputs, TASK.examples(encoded, inputs, gold))
    known = fitted.examples(encoded, inputs, gold).targets
    assert fitted.temperature == pytest.approx(fit_temperature(outputs[known >= 0], known[known >= 0]))
    assert fitted.temperature > 2, "much too sure before"
    sure = fitted.answer(inputs, encoded, outputs)[0].probabilities[0]
    assert sure < TASK.answer(inputs, encoded, outputs)[0].probabilities[0]
    assert fitted.plain() == Plain("token-classification", NAMES, scale=1 / fitted.temperature)


def test_a_typed_text_is_parted_as_a_table_would_have_it() -> None:
    assert TASK.read(("Dr. Who's in Oslo,  now!\n3.5 %",)) == ("Dr . Who's in Oslo , now ! 3.5 %",)


# ---------------------------------------------------------------- answering


def test_answers_are_tags_with_how_sure_they_are(encoder: TextEncoder) -> None:
    inputs = [("the films was zebra",)]
    encoded = TASK.encode(encoder, inputs)
    (answer,) = TASK.answer(inputs, encoded, scores(encoded, inputs, [["O", "B-PER", "I-PER", "B-LOC"]]))
    assert answer.tags == ("O", "B-PER", "I-PER", "B-LOC") and answer.answer == "O B-PER I-PER B-LOC"
    assert answer.probabilities == pytest.approx([np.exp(3) / (np.exp(3) + 4)] * 4)
    assert answer.tokens == ["the", "films", "was", "zebra"] and answer.in_words == "films was (PER), zebra (LOC)"
    assert answer.columns() == {"prediction": "O B-PER I-PER B-LOC"} and answer.probability is None
    (view,) = answer.views()
    assert view.text == "the films was zebra" and view.kinds == ("LOC", "PER")
    assert [(view.text[one.start : one.stop], one.name, one.tone) for one in view.marks] == [
        ("films was", "PER", "predicted"), ("zebra", "LOC", "predicted"),
    ]  # fmt: skip
    assert [(focus.key, focus.title, focus.default) for focus in TASK.focuses(answer)] == [
        ("1", "films: PER (first word)", 3), ("2", "was: PER (further word)", 4), ("3", "zebra: LOC (first word)", 1),
        ("0", "the: no entity", 0),
    ]  # fmt: skip


def test_an_entity_without_a_beginning_is_mended(encoder: TextEncoder) -> None:
    inputs = [("a b c d",)]
    encoded = TASK.encode(encoder, inputs)
    (answer,) = TASK.answer(inputs, encoded, scores(encoded, inputs, [["I-PER", "I-LOC", "I-LOC", "O"]]))
    assert answer.tags == ("B-PER", "B-LOC", "I-LOC", "O") and answer.in_words == "a (PER), b c (LOC)"


def test_a_token_without_a_piece_is_outside(encoder: TextEncoder) -> None:
    """BERT's tokenizer drops a zero-width space; the tags after it must not slip."""
    inputs = [("good \u200b film",), ("\u200b",), ("bad",)]
    encoded = TASK.encode(encoder, inputs)
    assert places_of(encoded, inputs).tolist() == [-1, 0, 2, -1, -1, -1, -1, 0, -1]
    answers = TASK.answer(inputs, encoded, scores(encoded, inputs, [["B-PER", "", "B-LOC"], [""], ["B-LOC"]]))
    assert [one.tags for one in answers] == [("B-PER", "O", "B-LOC"), ("O",), ("B-LOC",)]
    assert answers[0].probabilities[1] == 0


def test_plain_tags_are_not_mended(encoder: TextEncoder) -> None:
    task = Tagging(tags=("I-X", "NOUN"), scheme="plain")
    inputs = [("good film",)]
    encoded = task.encode(encoder, inputs)
    (answer,) = task.answer(inputs, encoded, scores(encoded, inputs, [["I-X", "NOUN"]], task.tags))
    assert answer.tags == ("I-X", "NOUN")


def test_the_conll_file_has_a_line_for_each_token(encoder: TextEncoder) -> None:
    inputs = [("the films",), ("good",)]
    encoded = TASK.encode(encoder, inputs)
    answers = TASK.answer(inputs, encoded, scores(encoded, inputs, [["O", "B-PER"], ["B-LOC"]]))
    assert TASK.files(answers, ["0", "1"]) == {".conll": b"the O\nfilms B-PER\n\ngood B-LOC\n"}


# ---------------------------------------------------------------- learning


@pytest.mark.parametrize(
    ("cells", "scheme", "tags", "read"),
    [
        (["I-PER I-PER O", "O I-LOC B-LOC"], "IOB1", NAMES, ("B-PER", "I-PER", "O")),
        (["B-PER I-PER O", "O O B-LOC"], "IOB2", NAMES, ("B-PER", "I-PER", "O")),
        (["B-PER E-PER O", "O O S-LOC"], "BIOES", NAMES, ("B-PER", "I-PER", "O")),
        (["B_PER I_PER 0", "0 0 B_LOC"], "IOB2", NAMES, ("B-PER", "I-PER", "O")),
        (["PER-B PER-I OTHER", "OTHER OTHER LOC-B"], "IOB2", NAMES, ("B-PER", "I-PER", "O")),
        (["VERB ADJ NOUN", "DET NOUN VERB"], "plain", ("ADJ", "DET", "NOUN", "VERB"), ("VERB", "ADJ", "NOUN")),
        (["O VERB NOUN", "NOUN VERB O"], "plain", ("O", "NOUN", "VERB"), ("O", "VERB", "NOUN")),
    ],
)
def test_the_set_of_tags_is_learned_whatever_the_scheme(
    cells: list[str], scheme: str, tags: tuple[str, ...], read: tuple[str, ...]
) -> None:
    table = of([("a b c", cell) for cell in cells])
    task = Tagging.learn(table, [0])
    assert (task.scheme, task.tags, task.outputs) == (scheme, tags, len(tags))
    assert task.gold(table, [0, 1])[0] == read and task.names() == tags
    assert task.chosen(TaskChoice(stride=7)).stride == 7


def test_entities_are_counted() -> None:
    table = of([("a b c", "B-PER I-PER B-LOC"), ("a b", "O B-LOC"), ("", "B-LOC")])
    counted = Tagging.counts(table)
    assert counted is not None and counted.to_dict("list") == {"entity": ["LOC", "PER"], "times": [2, 1]}
    plain = Tagging.counts(of([("a b c", "NOUN VERB NOUN")]))
    assert plain is not None and plain.to_dict("list") == {"tag": ["NOUN", "VERB"], "times": [2, 1]}


def test_a_model_that_finds_nothing_scores_nothing_whatever_the_outside_tag_is_called(encoder: TextEncoder) -> None:
    table = of([("good film", "0 B_PER"), ("good", "0")])
    task, gold = TASK.learn(table, [0, 1]), [("O", "B-PER"), ("O",)]
    assert task.gold(table, [0, 1]) == gold and task.tags == ("O", "B-PER", "I-PER")
    inputs = [("good film",), ("good",)]
    encoded = TASK.encode(encoder, inputs)
    nothing = TASK.answer(inputs, encoded, scores(encoded, inputs, [["O", "O"], ["O"]]))
    assert task.judge(gold, nothing, [0, 1]).metrics["f1"].value == 0.0
    later = of([("a film", "O B-PER")])  # a later file in the usual spelling
    assert task.gold(later, [0]) == [("O", "B-PER")]


def test_another_spelling_of_tags_is_said() -> None:
    (finding,) = [one for one in Tagging.check(of([("a b c", "B_PER 0 0")] * 4)) if one.kind == "tag spelling"]
    assert "'0' as O" in finding.title and "'B_PER' as B-PER" in finding.title
    assert not [one for one in Tagging.check(of([("a b c", "B-PER O O")] * 4)) if one.kind == "tag spelling"]


def test_unequal_numbers_and_strange_tags_are_told() -> None:
    with pytest.raises(DataError, match="Row 3 has 2 tokens but 3 tags"):
        TASK.gold(of([("a b", "O O"), ("a b", "O O O")]), [0, 1])
    with pytest.raises(DataError, match="None of the tags is one that the run knows"):
        TASK.gold(of([("a b", "NOUN VERB")]), [0])


def test_the_loss_is_that_of_the_asked_pieces() -> None:
    outputs = torch.log(torch.tensor([[[0.5, 0.5], [0.9, 0.1]], [[0.25, 0.75], [0.2, 0.8]]]))
    targets = torch.tensor([[IGNORED, 0], [1, IGNORED]])
    loss = Tagging(tags=("O", "X")).loss(outputs, targets, weights=None, smoothing=0.0)
    assert float(loss) == pytest.approx(-np.log(0.9) - np.log(0.75))


def test_measures_by_hand(encoder: TextEncoder) -> None:
    inputs = [("the films was zebra",), ("good",)]
    gold = [("O", "B-PER", "I-PER", "B-LOC"), ("B-LOC",)]
    encoded = TASK.encode(encoder, inputs)
    outputs = scores(encoded, inputs, [["O", "B-PER", "I-PER", "O"], ["B-PER"]])
    metrics = TASK.metrics(outputs, TASK.examples(encoded, inputs, list(gold)))
    # Of 3 true entities 1 is found, of 2 found ones 1 is right; 3 of 5 tokens are.
    right = -np.log(np.exp(3) / (np.exp(3) + 4))
    assert metrics == pytest.approx(
        {"loss": (3 * right + 2 * (right + 3)) / 5, "f1": 0.4, "precision": 0.5, "recall": 1 / 3, "accuracy": 0.6}
    )
    judged = TASK.judge(gold, TASK.answer(inputs, encoded, outputs), [4, 5])
    assert judged.n == 2 and judged.credit.tolist() == [0.75, 0.0]
    assert judged.expected == ("O B-PER I-PER B-LOC", "B-LOC")
    each, errors, matrix = judged.views
    assert isinstance(each, ClassesView) and [(one.name, one.support) for one in each.per_class] == [
        ("LOC", 2),
        ("PER", 1),
    ]
    assert isinstance(errors, TableView) and dict(errors.rows)["missed"] == 1
    assert dict(errors.rows)["found with another type"] == 1
    # Lines are LOC, PER, nothing: one LOC is taken for PER, one is missed, the PER is right.
    assert isinstance(matrix, MatrixView) and matrix.names == ("LOC", "PER", "(none)")
    assert matrix.counts == ((0, 1, 1), (0, 1, 0), (0, 0, 0))


def test_one_tag_for_everything_is_noticed(encoder: TextEncoder) -> None:
    inputs = [("good film",)]
    encoded = TASK.encode(encoder, inputs)
    examples = TASK.examples(encoded, inputs, [("O", "B-LOC")])
    assert TASK.collapsed(scores(encoded, inputs, [["O", "O"]]), examples) == "O"
    assert TASK.collapsed(scores(encoded, inputs, [["O", "B-LOC"]]), examples) is None
    assert TASK.collapsed(scores(encoded, inputs, [["O", "O"]]), TASK.examples(encoded, inputs, [("O", "O")])) is None


# ---------------------------------------------------------------- marks


def marked(predicted: list[str], gold: list[str]) -> list[Mark]:
    return list(marks_of(["Ana", "Lee", "saw", "Oslo"], predicted, gold))


def test_marks_say_what_is_right_wrong_or_missed() -> None:
    right = ["B-PER", "I-PER", "O", "B-LOC"]
    assert marked(right, right) == [Mark(0, 7, "PER", "right", "PER"), Mark(12, 16, "LOC", "right", "LOC")]
    assert marked(["B-ORG", "I-ORG", "O", "B-LOC"], right)[0] == Mark(0, 7, "ORG, should be PER", "wrong", "ORG")
    assert marked(["B-PER", "O", "O", "O"], right) == [
        Mark(0, 3, "PER, other ends", "wrong", "PER"), Mark(12, 16, "LOC", "missed", "LOC"),
    ]  # fmt: skip
    assert marked(["O", "B-ORG", "O", "B-LOC"], right)[0] == Mark(4, 7, "ORG, should be PER", "wrong", "ORG")
    assert marked(right, ["O"] * 4) == [Mark(0, 7, "PER", "wrong", "PER"), Mark(12, 16, "LOC", "wrong", "LOC")]


def test_plain_tags_are_marked_token_by_token() -> None:
    assert as_spans(["NOUN", "VERB"]) == ["B-NOUN", "B-VERB"] and as_spans(["O", "B-PER"]) == ["O", "B-PER"]
    # "PER PER O", with no letters before the types: outside is outside, in whatever sentence it stands.
    assert as_spans(["PER", "O"]) == ["B-PER", "O"] and as_spans(["O", "O"]) == ["O", "O"]
    assert marks_of(["a", "b"], as_spans(["NOUN", "NOUN"]), None) == (
        Mark(0, 1, "NOUN", "predicted", "NOUN"), Mark(2, 3, "NOUN", "predicted", "NOUN"),
    )  # fmt: skip


# ---------------------------------------------------------------- tables


def test_files_that_only_look_alike_are_not_taken() -> None:
    def guessed(**columns: list[str]) -> str:
        return guess_roles(pd.DataFrame(columns, dtype="str")).task

    text = [f"the film number {n} was seen by w{n}" for n in range(20)]
    text = [one if n % 2 else f"so {one}" for n, one in enumerate(text)]
    parts = ["ADV DET NOUN NOUN NUM VERB VERB ADP PROPN", "DET NOUN NOUN NUM VERB VERB ADP PROPN"] * 10
    assert guessed(words=text, pos=parts) == "tagging"
    assert guessed(text=text, label=["good", "bad"] * 10) != "tagging"
    assert guessed(text_a=text, text_b=[one.replace("seen", "made") + " too" for one in text]) != "tagging"
    assert guessed(text=text, topic=["a b", "b c d"] * 10) != "tagging"
    assert guessed(word=["w"] * 20, label=["a", "b"] * 10) != "tagging"  # one word is no sentence
    roles = guess_roles(pd.DataFrame({"id": range(20), "words": text, "pos": parts}, dtype="str"))
    assert (roles.one("tokens"), roles.one("tags"), roles.id, roles.text) == ("words", "pos", "id", ())


def test_that_all_rows_have_as_many_words_says_nothing() -> None:
    """A question of three words and an answer of three are no tags; where the tags name entities, they are."""
    rows = {"text": [*(f"he saw {n}" for n in range(20)), "no"], "said": [*["go on there"] * 20, "so"]}
    assert guess_roles(pd.DataFrame(rows, dtype="str")).task != "tagging"
    named = pd.DataFrame({"text": [f"Ana saw {n}" for n in range(20)], "said": ["B-PER O O"] * 20}, dtype="str")
    assert guess_roles(named).task == "tagging"


def findings(rows: list[tuple[str, str]]) -> dict[str, tuple[str, str, list[int]]]:
    return {one.kind: (one.severity, one.title, one.rows.tolist()) for one in Tagging.check(of(rows))}


GOOD = [("Ana Lee saw Oslo", "B-PER I-PER O B-LOC")] * 3


def test_a_sound_table_has_nothing_to_mend() -> None:
    assert findings(GOOD) == {}


def test_rows_with_more_tags_than_tokens_are_found() -> None:
    by_kind = findings([*GOOD, ("a b", "O O O"), ("a b c", "O"), ("", "O")])
    assert by_kind == {"tag counts": ("error", "2 rows have more tags than tokens, or fewer.", [3, 4])}


def test_words_are_counted_as_they_are_read() -> None:
    """A no-break space parts two words, for the check as for the task."""
    rows = [*GOOD, ("a\u00a0b c", "O O O")]
    assert findings(rows) == {} and len(Tagging.learn(of(rows), [0]).gold(of(rows), [3])[0]) == 3
    assert findings([*GOOD, ("a\u00a0b c", "O O")])["tag counts"][2] == [3]


def test_broken_schemes_are_told_with_their_places() -> None:
    by_kind = findings([*GOOD, ("a b c", "I-PER O B-LOC")])
    assert by_kind == {"tag repairs": ("warning", "1 tag breaks the scheme (IOB2) and is mended in reading.", [3])}
    (finding,) = Tagging.check(of([*GOOD, ("a b c", "I-PER O B-LOC")]))
    assert finding.detail == "An entity must begin with B-. row 5, token 1: I-PER read as B-PER."


def test_unknown_and_rare_tags_are_told() -> None:
    by_kind = findings([*GOOD, ("a b", "NNP O")])
    assert by_kind["unknown tags"] == ("warning", "1 tag is no tag of the scheme: 'NNP'.", [3])
    assert by_kind["rare tags"] == ("note", "1 tag occurs fewer than 3 times: 'NNP'.", [])
    assert findings([("a b", "O O")] * 3)["one tag"][:2] == ("error", "Every token has the same tag: 'O'.")
    assert findings([("a b", "O")])["one tag"][1] == "There are no tags."


# ---------------------------------------------------------------- elsewhere


def test_the_exported_model_gives_the_same_tags_in_a_pipeline(tiny: Path, tmp_path: Path) -> None:
    from transformers import pipeline

    backbone = load_backbone(ModelChoice(name=str(tiny)))
    names = ("ADJ", "NOUN", "VERB", "X")
    task = Tagging(tags=names, scheme="plain")
    model = TextModel(backbone.encoder, FeatureChoice(), 4, readout=TOKENS, seed=3).eval()
    torch.nn.init.normal_(model.head.dense.weight, std=0.7, generator=torch.Generator().manual_seed(1))
    torch.nn.init.normal_(model.head.dense.bias, generator=torch.Generator().manual_seed(2))
    facts = {"task": task.model_dump(mode="json"), "encoding": {}, "token_limit": 128}
    save_model(model, backbone.tokenizer, facts, tmp_path / "model")
    assert task.plain() == Plain("token-classification", names)
    assert export_model(load_model(tmp_path / "model"), tmp_path / "export", task.plain())
    text = "the films was zebra and goodness a slowly kind movie plot"
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(), 128)
    encoded = task.encode(encoder, [(text,)])
    (ours,) = task.answer([(text,)], encoded, outputs_of(model, encoded, 0))
    assert len(set(ours.tags)) > 1
    theirs = pipeline("token-classification", str(tmp_path / "export"), ignore_labels=[])(text)
    starts = [match.start() for match in re.finditer(r"\S+", text)]
    firsts = {one["start"]: one for one in theirs}
    assert [firsts[start]["entity"] for start in starts] == list(ours.tags)
    assert [float(firsts[start]["score"]) for start in starts] == pytest.approx(ours.probabilities, abs=1e-5)


def test_what_can_be_answered_is_named_by_types_not_by_tags() -> None:
    assert Tagging(tags=("O", "B-PER", "I-PER", "B-LOC", "I-LOC")).possible_answers() == ("PER", "LOC")
    assert Tagging(tags=("ADJ", "NOUN"), scheme="plain").possible_answers() == ("ADJ", "NOUN")
