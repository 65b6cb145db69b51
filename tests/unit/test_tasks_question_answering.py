"""The part of a text that answers a question: places, windows, the best part and no answer, by hand."""

from __future__ import annotations

import json
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
from bertui.evaluation.baselines.question_answering import likeliest_words
from bertui.modeling.backbone import load_backbone
from bertui.modeling.export import Plain, export_model
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.readout import TOKENS
from bertui.modeling.saving import load_model, save_model
from bertui.modeling.sources import ModelChoice
from bertui.modeling.tokenizer import load_tokenizer
from bertui.prediction.outputs import outputs_of
from bertui.tasks.answers.best_spans import best_span
from bertui.tasks.answers.gold_answers import Gold, place_of
from bertui.tasks.answers.pieces import context_places
from bertui.tasks.answers.prediction import SpanPrediction
from bertui.tasks.answers.question_answering import QuestionAnswering
from bertui.tasks.guessing import guess_roles
from bertui.tasks.results import Focus
from bertui.tasks.task_choice import TaskChoice
from bertui.tasks.views import Mark, TableView

TASK = QuestionAnswering(stride=2, longest_answer=3)
CONTEXT = "the film was good and the plot was bad"
NONE = Gold((), -1, -1)


def reader(tiny: Path, length: int = 32) -> TextEncoder:
    return TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=length), 128)


def gold(*texts: str, context: str = CONTEXT) -> Gold:
    start = context.index(texts[0])
    return Gold(texts, start, start + len(texts[0]))


def read(encoder: TextEncoder, encoded: Encoded, number: int) -> list[str]:
    return list(encoder.tokenizer.convert_ids_to_tokens(encoded.sequence(number).tolist()))


def saying(encoded: Encoded, start: int, stop: int, high: float = 5.0) -> np.ndarray:
    """Outputs that give the context's piece at ``start`` and the one that ends at ``stop`` the highest scores."""
    outputs = np.zeros((len(encoded.ids), 2))
    places = context_places(encoded)
    outputs[places[:, 0] == start, 0] = high
    outputs[places[:, 1] == stop, 1] = high
    return outputs


# ---------------------------------------------------------------- reading


def test_places_are_characters_of_the_context(tiny: Path) -> None:
    encoder = reader(tiny)
    encoded = TASK.encode(encoder, [("was it bad", "films was (bad)")])
    assert read(encoder, encoded, 0) == [
        "[CLS]", "was", "i", "##t", "bad", "[SEP]", "film", "##s", "was", "(", "bad", ")", "[SEP]",
    ]  # fmt: skip
    none = [-1, -1]
    assert context_places(encoded).tolist() == [
        *[none] * 6, [0, 4], [4, 5], [6, 9], [10, 11], [11, 14], [14, 15], none,
    ]  # fmt: skip
    assert encoded.types.tolist() == [0] * 6 + [1] * 7


@pytest.mark.parametrize(
    ("answer", "first", "last"),
    [("film", 5, 5), ("the film was", 4, 6), ("bad", 12, 12), ("ilm wa", 5, 6), (CONTEXT, 4, 12)],
)
def test_targets_are_the_first_and_the_last_piece(tiny: Path, answer: str, first: int, last: int) -> None:
    """[CLS] a bad [SEP], then the context from piece 4 on; parts of a word are answered by the whole piece."""
    inputs = [("a bad", CONTEXT)]
    encoded = TASK.encode(reader(tiny), inputs)
    assert TASK.examples(encoded, inputs, [gold(answer)]).targets.tolist() == [[first, last]]
    assert TASK.examples(encoded, inputs, [NONE]).targets.tolist() == [[0, 0]]


def test_a_piece_that_ends_where_the_answer_starts_is_not_of_it(tiny: Path) -> None:
    context = "films was (bad)"  # film ##s was ( bad )
    inputs = [("a", context)] * 2
    gold_answers = [gold("bad", context=context), gold("s was", context=context)]
    targets = TASK.examples(TASK.encode(reader(tiny), inputs), inputs, gold_answers).targets
    assert targets.tolist() == [[7, 7], [4, 5]]


def test_an_answer_outside_a_window_is_the_first_mark(tiny: Path) -> None:
    encoder, inputs = reader(tiny, 9), [("a", CONTEXT)]  # five pieces of the context at a time, two read twice
    encoded = TASK.encode(encoder, inputs)
    assert [read(encoder, encoded, number)[3:-1] for number in range(3)] == [
        ["the", "film", "was", "good", "and"], ["good", "and", "the", "plot", "was"], ["plot", "was", "bad"],
    ]  # fmt: skip
    assert encoded.owners.tolist() == [0, 0, 0]
    for answer, targets in {
        "film": [[4, 4], [0, 0], [0, 0]],
        "good and": [[6, 7], [3, 4], [0, 0]],
        "was good": [[5, 6], [0, 0], [0, 0]],  # cut in two by the second window
        "plot was": [[0, 0], [6, 7], [3, 4]],
    }.items():
        assert TASK.examples(encoded, inputs, [gold(answer)]).targets.tolist() == targets, answer


@pytest.mark.parametrize("length", [8, 16, 64])
def test_a_long_question_leaves_room_for_the_context(tiny: Path, length: int) -> None:
    encoder, inputs = reader(tiny, length), [("a b c d e " * 20, CONTEXT), ("", CONTEXT)]
    encoded = TASK.encode(encoder, inputs)
    assert encoded.lengths.max() <= length
    for row in (0, 1):
        sequences = encoded.sequences_of([row])
        places = np.concatenate([context_places(encoded)[slice(*encoded.starts[one : one + 2])] for one in sequences])
        assert {CONTEXT[start:stop] for start, stop in places if start >= 0} == set(CONTEXT.split())
    focus = Focus("end:38", "where it ends", ("ends at bad",))
    one_row = TASK.encode(encoder, inputs[:1], spans=True)
    ids = one_row.only(TASK.decided_in(inputs[0], one_row, focus).sequences).ids
    assert ids.tolist() in [encoded.sequence(one).tolist() for one in encoded.sequences_of([0])]


@pytest.mark.parametrize("row", [("who",), ("who", CONTEXT, CONTEXT)])
def test_a_question_alone_is_told(tiny: Path, row: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match="no question with a context"):
        TASK.encode(reader(tiny), [row])


@pytest.mark.parametrize(
    ("key", "word"), [("start:4", "film"), ("end:17", "good"), ("start:35", "bad"), ("end:38", "bad")]
)
@pytest.mark.parametrize("length", [9, 32])
def test_what_is_explained_is_the_piece_where_the_answer_starts_or_ends(
    tiny: Path, length: int, key: str, word: str
) -> None:
    encoder = reader(tiny, length)
    focus = Focus(key, "", ("",))
    inputs = ("a", CONTEXT)
    encoded = TASK.encode(encoder, [inputs], spans=True)
    decided = TASK.decided_in(inputs, encoded, focus)
    ids = encoded.only(decided.sequences).ids.tolist()
    assert len(decided.sequences) == 1 and encoder.tokenizer.convert_ids_to_tokens(ids[decided.token]) == word
    outputs = torch.zeros(1, 1, len(ids), 2)
    outputs[0, 0, decided.token, int(key.startswith("end"))] = np.log(2)
    assert TASK.explained(outputs, focus, decided.token).tolist() == [[pytest.approx(2 / (len(ids) + 1))]]
    focus = Focus("none", "", ("",))
    none = TASK.decided_in(inputs, encoded, focus)
    pieces = len(encoded.only(none.sequences).ids)
    outputs = torch.zeros(1, 1, pieces, 2)
    assert TASK.explained(outputs, focus, none.token)[0, 0] == pytest.approx(1 / pieces)
    outputs[0, 0, 0, 0] = np.log(2)  # that there is no answer is said at the first special token
    assert TASK.explained(outputs, focus, none.token)[0, 0] == pytest.approx(2 / (pieces + 1))


# ---------------------------------------------------------------- the best part


def window(starts: list[float], ends: list[float], first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """One window: the mark of no answer, then pieces of one character each."""
    places = [[-1, -1], *([n + first, n + first + 1] for n in range(len(starts) - 1))]
    return np.array([starts, ends]).T, np.array(places)


def test_the_best_part_by_hand() -> None:
    best = best_span([window([1.0, 0, 3, 0], [0.5, 0, 0, 2])], 30)
    assert (best.start, best.stop) == (1, 3) and best.margin == pytest.approx(1.5 - 5)
    # Of the six parts in order and no answer, e to the power of their scores.
    whole = sum(np.exp([0, 0, 2, 3, 5, 2, 1.5]))
    assert best.share == pytest.approx(np.exp(5) / whole) and best.nothing == pytest.approx(np.exp(1.5) / whole)


def test_a_part_does_not_end_before_it_starts() -> None:
    best = best_span([window([0, 0, 0, 9], [0, 9, 1, 0])], 30)
    assert (best.start, best.stop) in ((2, 3), (0, 1))  # 9 each, where 18 would run backwards
    assert best.margin == pytest.approx(-9)


def test_a_part_is_not_too_long() -> None:
    scores = window([0, 5, 0, 0, 3], [0, 0, 0, 1, 5])
    assert (best_span([scores], 4).start, best_span([scores], 4).stop) == (0, 4)
    assert (best_span([scores], 3).start, best_span([scores], 3).stop) == (3, 4)
    assert best_span([scores], 3).margin == pytest.approx(-8)


def test_over_windows_the_best_part_and_the_least_no_answer_count() -> None:
    best = best_span([window([8, 1, 0], [0, 1, 0]), window([-1, 4, 0], [0, 0, 3], first=5)], 30)
    assert (best.start, best.stop) == (5, 7) and best.margin == pytest.approx(-1 - 7)


def test_a_part_that_stands_in_two_windows_counts_once() -> None:
    one = best_span([window([0, 0, 4], [0, 0, 4])], 30)
    # The same last piece, in a window of its own and less sure.
    two = best_span([window([0, 0, 4], [0, 0, 4]), window([0, 3], [0, 4], first=1)], 30)
    assert (two.start, two.stop, two.share) == (one.start, one.stop, pytest.approx(one.share))


def test_special_tokens_and_empty_pieces_are_no_answer() -> None:
    scores = np.array([[0.0, 0], [9, 9], [1, 1], [8, 8]])
    best = best_span([(scores, np.array([[-1, -1], [-1, -1], [0, 3], [3, 3]]))], 30)
    assert (best.start, best.stop, best.margin) == (0, 3, -2)
    nothing = best_span([(scores[:1], np.array([[-1, -1]]))], 30)
    assert (nothing.share, nothing.nothing, nothing.start, nothing.stop) == (0, 1, 0, 0)


# ---------------------------------------------------------------- answering


def test_an_answer_is_a_part_of_the_context(tiny: Path) -> None:
    inputs = [("a", CONTEXT)]
    encoded = TASK.encode(reader(tiny, 9), inputs)
    (answer,) = TASK.answer(inputs, encoded, saying(encoded, 22, 34))
    assert (answer.span, answer.start, answer.stop) == ("the plot was", 22, 34) and answer.margin == pytest.approx(-10)
    assert answer.columns() == {
        "prediction": "the plot was", "probability": round(answer.sure, 6), "prediction_start": 22,
    }  # fmt: skip
    assert answer.in_words == "the plot was" and 0.9 < answer.probability < 1
    assert [(focus.key, focus.title) for focus in TASK.focuses(answer)] == [
        ("start:22", "where it starts"), ("end:34", "where it ends"),
    ]  # fmt: skip
    # no longer than three pieces
    (short,) = TASK.answer(inputs, encoded, saying(encoded, 4, 38))
    assert len(short.span.split()) <= 3


def test_no_answer_is_given_above_the_threshold(tiny: Path) -> None:
    inputs = [("a", CONTEXT)]
    encoded = TASK.encode(reader(tiny), inputs)
    outputs = saying(encoded, 4, 8, high=2.0)
    outputs[0] = 1.5  # no answer scores 3, the best part 4: the margin is -1
    for threshold, span in ((None, "film"), (-0.9, "film"), (-1.1, "")):
        task = TASK.model_copy(update={"threshold": threshold})
        (answer,) = task.answer(inputs, encoded, outputs)
        assert answer.span == span and answer.margin == pytest.approx(-1)
        if not span:
            assert answer.in_words == "No answer" and answer.columns()["prediction_start"] is None
            assert [focus.key for focus in task.focuses(answer)] == ["none"]
            assert answer.views()[0].marks == ()


def test_the_threshold_is_fitted_where_some_have_no_answer(tiny: Path) -> None:
    inputs = [("a", CONTEXT)] * 4
    encoded = TASK.encode(reader(tiny), inputs)
    outputs = saying(encoded, 4, 8, high=2.0)
    for row, nothing in enumerate((0.0, 1.0, 2.5, 3.0)):  # margins: -4, -2, 1, 2
        outputs[encoded.starts[row]] = nothing
    gold_answers = [gold("film"), gold("film"), NONE, NONE]
    fitted = TASK.fitted(outputs, TASK.examples(encoded, inputs, gold_answers))
    assert fitted.threshold == pytest.approx(-0.5)  # midway between -2 and 1
    assert [one.span for one in fitted.answer(inputs, encoded, outputs)] == ["film", "film", "", ""]
    assert TASK.fitted(outputs, TASK.examples(encoded, inputs, [gold("film")] * 4)).threshold is None
    # Where no question has an answer, the best is to give none: a number that JSON can hold.
    none = TASK.fitted(outputs, TASK.examples(encoded, inputs, [NONE] * 4))
    assert none.threshold is not None and np.isfinite(none.threshold)
    assert [one.span for one in none.answer(inputs, encoded, outputs)] == [""] * 4


def test_measures_and_judging_by_hand(tiny: Path) -> None:
    inputs = [("what was it", CONTEXT), ("a who", CONTEXT), ("bad", CONTEXT)]
    encoded = TASK.encode(reader(tiny), inputs)
    outputs = saying(encoded, 4, 12)  # "film was"
    gold_answers = [gold("film was"), gold("film was good and"), NONE]
    answers = TASK.answer(inputs, encoded, outputs)
    assert [one.span for one in answers] == ["film was"] * 3
    judged = TASK.judge(gold_answers, answers, [0, 1, 2])
    # right; 2 of 2 words of 4: F1 2/3; wrong
    assert judged.credit == pytest.approx([1, 2 / 3, 0]) and judged.metrics["f1"].value == pytest.approx(5 / 9)
    assert judged.metrics["exact"].value == pytest.approx(1 / 3)
    assert judged.expected == ("film was", "film was good and", "(no answer)")
    words, kinds = judged.views
    assert isinstance(words, TableView) and set(words.rows) == {
        ("what", 1, 100.0, 100.0), ("who", 1, 66.7, 0.0), ("other", 1, 0.0, 0.0),
    }  # fmt: skip
    assert isinstance(kinds, TableView) and [row[1] for row in kinds.rows] == [83.3, 0.0]
    metrics = TASK.metrics(outputs, TASK.examples(encoded, inputs, gold_answers))
    assert metrics["f1"] == pytest.approx(5 / 9) and metrics["exact"] == pytest.approx(1 / 3)


def test_the_loss_is_the_mean_of_start_and_end() -> None:
    outputs = torch.log(torch.tensor([[[0.5, 0.2], [0.5, 0.8]]]))
    loss = TASK.loss(outputs, torch.tensor([[0, 1]]), weights=None, smoothing=0.0)
    assert float(loss) == pytest.approx((-np.log(0.5) - np.log(0.8)) / 2)


def test_marks_say_whether_the_answer_is_right() -> None:
    prediction = SpanPrediction(("q", CONTEXT), 0, "film", 4, 8, 0.9, -3.0)
    assert prediction.views()[0].marks == (Mark(4, 8, "answer", "predicted"),)
    assert prediction.views(gold("The film".lower()))[0].marks == (
        Mark(4, 8, "answer", "right"),
    )  # articles do not count
    assert prediction.views(gold("good"))[0].marks == (
        Mark(4, 8, "answer", "wrong"),
        Mark(13, 17, "right answer", "missed"),
    )
    assert prediction.views(NONE)[0].marks == (Mark(4, 8, "answer", "wrong"),)
    none = SpanPrediction(("q", CONTEXT), 0, "", 0, 0, 0.9, 3.0)
    assert none.views(NONE)[0].marks == () and none.views(gold("good"))[0].marks[0].tone == "missed"


def test_the_predictions_file_is_squads() -> None:
    answers = [SpanPrediction(("q", CONTEXT), 0, span, 4, 8, 0.9, 0.0) for span in ("film", "")]
    files = TASK.files(answers, ["q1", "q2"])
    assert list(files) == [".json"] and json.loads(files[".json"]) == {"q1": "film", "q2": ""}
    assert TASK.files(answers, ["q1", "q1"]) == {}  # one would hide the other


# ---------------------------------------------------------------- tables


def of(rows: list[tuple[str, str, str, str]], every: bool = False) -> Table:
    names = ["question", "context", "answer", "answers" if every else "start"]
    more = {"answers": "answers"} if every else {"answer_start": "start"}
    roles = Roles(task="question-answering", question="question", context="context", answer="answer", **more)
    return Table(pd.DataFrame(rows, columns=names, dtype="str"), roles)


@pytest.mark.parametrize(
    ("start", "place"),
    [
        ("", 0), ("0", 0), ("8", 8), ("8.0", 8),
        ("7", 8), ("9", 8),  # the nearest place where the word stands
        ("3", 0), ("5", 8), ("400", 16), ("9" * 400, 16),
        ("-1", 0), ("?", 0), ("²", 0), (".", 0),
    ],
)  # fmt: skip
def test_an_answer_stands_at_its_start_or_nearest_to_it(start: str, place: int) -> None:
    assert place_of("was bad was not was", "was", start) == (place, place + 3)
    assert place_of("was bad", "good", start) is None


def test_right_answers_and_their_places() -> None:
    table = of([("q", CONTEXT, "was", "31"), ("q", CONTEXT, "was", ""), ("q", CONTEXT, "", "")])
    assert TASK.gold(table, [0, 1, 2]) == [Gold(("was",), 31, 34), Gold(("was",), 9, 12), NONE]
    several = of([("q", CONTEXT, "film", '["film", "the film"]'), ("q", CONTEXT, "film", "no list")], every=True)
    assert [one.texts for one in TASK.gold(several, [0, 1])] == [("film", "the film"), ("film",)]
    with pytest.raises(DataError, match="answer of row 2, 'great', does not stand in its context"):
        TASK.gold(of([("q", CONTEXT, "great", "")]), [0])


def test_blanks_around_an_answer_are_not_asked_for(tiny: Path) -> None:
    context = " good film "
    table = of([("q", context, " good", ""), ("q", context, "film ", "6")])
    gold_answers = TASK.gold(table, [0, 1])
    assert [(one.start, one.stop) for one in gold_answers] == [(1, 5), (6, 10)]
    inputs = table.inputs([0, 1])
    assert TASK.examples(TASK.encode(reader(tiny), inputs), inputs, gold_answers).targets.tolist() == [[3, 3], [4, 4]]


def findings(rows: list[tuple[str, str, str, str]]) -> dict[str, tuple[str, str, list[int]]]:
    return {one.kind: (one.severity, one.title, one.rows.tolist()) for one in TASK.check(of(rows))}


def test_what_is_wrong_with_answers_is_told() -> None:
    good = ("q", CONTEXT, "film", "4")
    assert findings([good, ("q", CONTEXT, "was", "31.0"), ("q", CONTEXT, "good", "")]) == {}
    assert findings([good, ("q", CONTEXT, "great", "4")]) == {
        "span not found": ("error", "1 answer does not stand in its context: 'great'.", [1])
    }
    assert findings([good, ("q", CONTEXT, "was", "30"), ("q", CONTEXT, "bad", "0")]) == {
        "span moved": ("warning", "2 answers do not stand where the file says.", [1, 2])
    }
    assert findings([good, ("q", CONTEXT, "", "")]) == {"no answer": ("note", "1 question has no answer.", [1])}
    assert findings([("q", CONTEXT, "", "")] * 2) == {"only no answers": ("error", "No question has an answer.", [])}
    assert findings([good, ("q", "", "film", "4")]) == {}  # a row without a context is not read at all


def test_files_of_questions_are_known_and_others_are_not() -> None:
    rows = {"question": [f"what {n}" for n in range(20)], "context": [f"{CONTEXT} in {n // 4}" for n in range(20)]}
    roles = guess_roles(pd.DataFrame(rows | {"answer": ["the film"] * 20}, dtype="str"))
    assert roles.task == "question-answering" and roles.group == "context"  # four questions on each context
    assert (roles.one("question"), roles.one("answer"), roles.one("answer_start")) == ("question", "answer", None)
    elsewhere = guess_roles(pd.DataFrame(rows | {"answer": ["yes", "no"] * 10}, dtype="str"))
    assert elsewhere.task != "question-answering"  # the answers do not stand in the contexts
    own = rows | {"context": [f"{CONTEXT} in {n}" for n in range(20)]}
    given = guess_roles(pd.DataFrame(own | {"answer": ["film"] * 20, "answer_start": ["4"] * 20}, dtype="str"))
    assert given.group is None and given.one("answer_start") == "answer_start"


def test_its_own_choices_are_taken() -> None:
    chosen = TASK.chosen(TaskChoice(stride=64, longest_answer=9))
    assert (chosen.stride, chosen.longest_answer) == (64, 9)
    assert QuestionAnswering.learn(of([("q", CONTEXT, "film", "")]), [0]) == QuestionAnswering()


def test_the_rarest_words_of_the_likeliest_sentence_answer() -> None:
    context = "Rome is old. The tower of Pisa was built in 1173. Rome is big."
    other = "The tower was built in May. The town of Pisa is old and big."
    answers, seconds = likeliest_words([("When was the tower built?", context), ("What is the town?", other)])
    # Of the second sentence, 1173 stands in no other context; beside it "in", which does, would be worth less.
    assert answers[0] == "1173" and seconds >= 0
    # "and" alone has ln 3 = 1.099; "old and big" (2 ln 1.5 + ln 3) / sqrt 3 = 1.102; "of Pisa" 2 ln 1.5 / sqrt 2.
    assert answers[1] == "old and big"
    assert likeliest_words([("old", "old")])[0] == ["old"]  # nothing is left but the question's own words


# ---------------------------------------------------------------- elsewhere


def test_the_exported_model_gives_the_same_scores(tiny: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    backbone = load_backbone(ModelChoice(name=str(tiny)))
    model = TextModel(backbone.encoder, FeatureChoice(), 2, readout=TOKENS, seed=3).eval()
    torch.nn.init.normal_(model.head.dense.weight, std=0.7, generator=torch.Generator().manual_seed(1))
    torch.nn.init.normal_(model.head.dense.bias, generator=torch.Generator().manual_seed(2))
    facts = {"task": TASK.model_dump(mode="json"), "encoding": {}, "token_limit": 128}
    save_model(model, backbone.tokenizer, facts, tmp_path / "model")
    assert TASK.plain() == Plain("question-answering")
    assert export_model(load_model(tmp_path / "model"), tmp_path / "export", TASK.plain())
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(), 128)
    ours = outputs_of(model, TASK.encode(encoder, [("was it bad", CONTEXT)]), 0)
    network = AutoModelForQuestionAnswering.from_pretrained(tmp_path / "export").eval()
    pair = AutoTokenizer.from_pretrained(tmp_path / "export")("was it bad", CONTEXT, return_tensors="pt")
    with torch.no_grad():
        theirs = network(**pair)
    assert np.ptp(ours) > 0.1
    np.testing.assert_allclose(ours[:, 0], theirs.start_logits[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(ours[:, 1], theirs.end_logits[0].numpy(), atol=1e-5)
