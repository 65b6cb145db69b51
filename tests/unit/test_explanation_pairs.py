"""Two texts explained side by side, and texts with named spans: nothing is lost, nothing becomes a tag."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.data.cells.words import Word, words_of
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.errors import DataError
from bertui.explanation.attribution import Attribution, attribute
from bertui.explanation.html import apart_html, heatmap_html
from bertui.explanation.marked import key_html, marked_html
from bertui.explanation.methods import IntegratedGradients
from bertui.explanation.palette import see_through, type_colour
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import ModelChoice
from bertui.tasks.labels.several_labels import SeveralLabels
from bertui.tasks.results import Focus
from bertui.tasks.score.score import Score
from bertui.tasks.views import Mark
from tests.batches import batch_of
from tests.tiny import tiny_bert

PAIR = ("The film was GOOD", "zebra: not bad!")
HOSTILE = [
    "<img src=x onerror=alert(1)>", "</span></div><style>*{display:none}</style> x", '"\' onmouseover="a(1)" x=\'',
    "<!-- a --> &lt;b&gt; &amp; <script>alert(1)</script>", "a\x00<\x1b b", "שלום <b>עולם</b>",
]  # fmt: skip
ALLOWED = {"div": {"dir", "role", "aria-label", "style"}, "span": {"style", "title", "role", "aria-label"}}
FOCUS = Focus("score", "the score", ("the score",), 0, "score")


class Reader(HTMLParser):
    """Collects the text of each block that has a direction of its own, with the names of marks apart."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.blocks: list[str] = []
        self.names: list[str] = []
        self.labels: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag in ALLOWED and set(given) <= ALLOWED[tag]
        self.labels += [value for name, value in attrs if name in ("aria-label", "title") and value]
        if given.get("dir") == "auto":
            self.blocks.append("")
        kind = "name" if "margin-inline-start" in (given.get("style") or "") else "block" if "dir" in given else tag
        self.open.append(kind)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() in (tag, "block" if tag == "div" else "name")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "name":
            self.names.append(data)
        elif "block" in self.open:
            self.blocks[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def seen_by_a_reader(text: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", lambda match: chr(0x2400 + ord(match[0])), text).replace("\x7f", "␡")


# ---------------------------------------------------------------- attribution


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[TextModel, TextEncoder]:
    backbone = load_backbone(ModelChoice(name=str(tiny_bert(tmp_path_factory.mktemp("pairs")))))
    network = TextModel(backbone.encoder, FeatureChoice(pooling="mean"), 1, seed=5).eval()
    with torch.no_grad():
        network.head.dense.weight.mul_(60)
    return network, TextEncoder(backbone.tokenizer, EncodingChoice(max_length=32), backbone.max_length)


def test_the_words_of_both_texts_share_the_move_of_the_score(model: tuple[TextModel, TextEncoder]) -> None:
    network, encoder = model
    task = Score(mean=50.0, spread=10.0)
    attribution = attribute(network, encoder, PAIR, task, FOCUS, 0, IntegratedGradients())
    assert (
        attribution.text == "The film was GOOD\nzebra: not bad!"
        and attribution.breaks == (18,)
        and attribution.unit == "score"
    )
    assert [word.text for word in attribution.words] == ["The", "film", "was", "GOOD", "zebra", ":", "not", "bad", "!"]
    assert all(attribution.text[word.start : word.stop] == word.text for word in attribution.words)
    move = attribution.output - attribution.baseline_output
    assert abs(move) > 1 and sum(attribution.scores) + attribution.other == pytest.approx(
        move + attribution.convergence_delta, abs=1e-9
    )
    assert abs(attribution.convergence_delta) <= 0.02 * abs(move)
    with torch.no_grad():
        read = encoder.tokenizer(*PAIR, return_tensors="pt")
        whole = batch_of(read["input_ids"], read["attention_mask"], read["token_type_ids"])
        assert attribution.output == pytest.approx(float(network(whole)) * 10 + 50, abs=1e-4)
        blank = read["input_ids"].clone()
        blank[0, 1:5] = blank[0, 6:-1] = 0  # both texts, but none of the three marks
        baseline = network(batch_of(blank, read["attention_mask"], read["token_type_ids"]))
    assert attribution.baseline_output == pytest.approx(float(baseline) * 10 + 50, abs=1e-4)
    assert "score" in attribution.sentence("the score") and "%" not in attribution.sentence("the score")


def test_tokens_are_those_of_their_own_word(model: tuple[TextModel, TextEncoder]) -> None:
    """Parity with captum over the tokens of a pair; "zebra" has five."""
    from captum.attr import LayerIntegratedGradients

    network, encoder = model
    network.packed = False  # captum hooks into transformers' own modules
    task, focus = SeveralLabels(labels=("a",)), Focus("label", "the label", ("a",))
    read = encoder.tokenizer(*PAIR, return_tensors="pt")
    ids, types = read["input_ids"], read["token_type_ids"]
    blank = ids.clone()
    blank[0, 1:5] = blank[0, 6:-1] = 0

    def forward(given: torch.Tensor) -> torch.Tensor:
        return network(batch_of(given, types=types.expand(len(given), -1))).sigmoid()

    expected = LayerIntegratedGradients(forward, network.encoder.embeddings).attribute(
        ids, baselines=blank, target=0, n_steps=200, method="gausslegendre"
    )
    tokens = expected.detach().sum(-1)[0].tolist()
    attribution = attribute(network, encoder, PAIR, task, focus, 0, IntegratedGradients(steps=200))
    assert attribution.scores[:4] == pytest.approx(tokens[1:5], abs=1e-5)
    assert attribution.scores[4] == pytest.approx(sum(tokens[6:11]), abs=1e-5)
    assert attribution.scores[5:] == pytest.approx(tokens[11:15], abs=1e-5)
    assert attribution.other == pytest.approx(tokens[0] + tokens[5] + tokens[15], abs=1e-5)
    assert max(map(abs, attribution.scores)) > 1e-3


def test_what_is_cut_from_either_text_is_not_seen(model: tuple[TextModel, TextEncoder]) -> None:
    network, encoder = model
    short = TextEncoder(encoder.tokenizer, EncodingChoice(max_length=9, truncation="head"), 128)
    attribution = attribute(network, short, ("a b c d e", "good bad film plot"), Score(), FOCUS, 0)
    assert attribution.seen == (True, True, True, False, False, True, True, True, False)
    assert attribution.scores[3:5] == (0, 0)


@pytest.mark.parametrize("pair", [("good", ""), ("", "good"), ("good", " \n"), ("good", "\u200b")])
def test_a_text_of_a_pair_with_nothing_to_read_says_so(
    model: tuple[TextModel, TextEncoder], pair: tuple[str, str]
) -> None:
    with pytest.raises(DataError, match="text"):
        attribute(*model, pair, Score(), FOCUS, 0)


# ---------------------------------------------------------------- heatmaps


def scored(*texts: str, seen: bool = True) -> Attribution:
    words: list[Word] = []
    breaks, at = [], 0
    for text in texts:
        words += [Word(word.text, word.start + at, word.stop + at) for word in words_of(text)]
        breaks.append(at)
        at += len(text) + 1
    scores = tuple((-1) ** number * (number + 1) / 10 for number in range(len(words)))
    return Attribution(
        "\n".join(texts), tuple(words), scores, (seen,) * len(words), 0, 0.0, 0.9, 0.1, 0.0, breaks=tuple(breaks[1:])
    )


def test_two_texts_are_two_blocks() -> None:
    html = heatmap_html(scored("good film", "bad plot"), "label")
    assert Reader(html).blocks == ["good film", "bad plot"] and html.count("border-inline-start") == 2
    assert Reader(heatmap_html(scored("good\nfilm"), "label")).blocks == ["good\nfilm"]  # one text of two lines


@pytest.mark.parametrize("first", HOSTILE)
@pytest.mark.parametrize("seen", [True, False])
def test_hostile_pairs_stay_text(first: str, seen: bool) -> None:
    for pair in ((first, "b"), ("a", first), (first, first)):
        reader = Reader(heatmap_html(scored(*pair, seen=seen), first, first))
        assert reader.blocks == [seen_by_a_reader(text) for text in pair]


@given(st.lists(st.text(st.sampled_from("ab <&\n\u200b電!"), max_size=8), min_size=2, max_size=3), st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_character_of_any_text_is_lost(texts: list[str], seen: bool) -> None:
    assert Reader(heatmap_html(scored(*texts, seen=seen), "label")).blocks == texts


# ---------------------------------------------------------------- marks


def test_marks_are_named_and_told_without_colour() -> None:
    marks = [Mark(12, 16, "LOC", "missed"), Mark(0, 7, "PER", "right"), Mark(8, 11, "ORG", "wrong")]
    reader = Reader(marked_html("Ana Lee saw Oslo", marks))
    assert reader.blocks == ["Ana Lee saw Oslo"] and reader.names == ["PER ✓", "ORG ✗", "LOC missed"]
    assert reader.labels == [
        "PER, right", "Ana Lee, PER, right", "ORG, wrong", "saw, ORG, wrong", "LOC, missed", "Oslo, LOC, missed",
    ]  # fmt: skip
    assert Reader(marked_html("Oslo", [Mark(0, 4, "LOC")])).names == ["LOC"]
    assert Reader(marked_html("Oslo", [Mark(0, 4, "")])).names == []
    assert Reader(marked_html("Oslo", [])).blocks == ["Oslo"]


def test_marks_that_overlap_lose_nothing() -> None:
    text = "the answer stands here"
    reader = Reader(marked_html(text, [Mark(4, 10, "a"), Mark(8, 17, "b"), Mark(5, 7, "c"), Mark(4, 17, "d")]))
    assert reader.blocks == [text] and sorted(reader.names) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_and_names_stay_text(text: str) -> None:
    middle = len(text) // 2
    reader = Reader(marked_html(text, [Mark(0, middle, text, "wrong"), Mark(middle, len(text), text, "missed")]))
    assert reader.blocks == [seen_by_a_reader(text)] and len(reader.names) == 2


@given(
    text=st.text(st.sampled_from("ab <&>\"'\n電"), max_size=20),
    places=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=6),
)
@settings(max_examples=300, deadline=None)
def test_any_marks_give_the_text_back_and_every_name(text: str, places: list[tuple[int, int]]) -> None:
    spans = [sorted((min(a, len(text)), min(b, len(text)))) for a, b in places]
    marks = [Mark(start, stop, f"name{number}") for number, (start, stop) in enumerate(spans)]
    reader = Reader(marked_html(text, marks))
    assert reader.blocks == [text] and sorted(reader.names) == [mark.name for mark in marks]


def test_the_key_holds_the_tones_in_use() -> None:
    assert key_html([Mark(0, 1, "a"), Mark(2, 3, "b")]) == ""
    key = key_html([Mark(0, 1, "", "missed"), Mark(1, 2, "", "right"), Mark(2, 3, "", "right")])
    assert "✓" in key and "missed" in key and "✗" not in key


def test_types_have_colours_of_their_own_the_same_in_every_text_and_their_names_beside_them() -> None:
    kinds = ("LOC", "ORG", "PER")
    both = marked_html(
        "Ana saw Oslo", [Mark(0, 3, "PER", "predicted", "PER"), Mark(8, 12, "LOC", "predicted", "LOC")], kinds
    )
    place, person = see_through(type_colour("LOC", kinds), 0.25), see_through(type_colour("PER", kinds), 0.25)
    assert place != person and place in both and person in both
    assert Reader(both).names == ["PER", "LOC"]
    alone = marked_html("Oslo", [Mark(0, 4, "LOC", "predicted", "LOC")], kinds)
    assert place in alone and person not in alone
    key = key_html([Mark(0, 3, "PER", "predicted", "PER"), Mark(8, 12, "LOC", "predicted", "LOC")], kinds)
    assert key.index(">LOC<") < key.index(">PER<") and "ORG" not in key and place in key


def test_a_type_keeps_its_colour_whether_right_wrong_or_missed() -> None:
    kinds, colour = ("LOC", "PER"), type_colour("PER", ("LOC", "PER"))
    for tone, line in (("right", "border-bottom:2px solid"), ("wrong", "border-bottom:2px dotted"),
                       ("missed", "border:2px dashed")):  # fmt: skip
        html = marked_html("Ana", [Mark(0, 3, "PER", tone, "PER")], kinds)  # type: ignore[arg-type]
        assert f"{line} {colour}" in html and ("background" in html) == (tone != "missed")


def test_neighbouring_types_differ_in_lightness_and_many_types_begin_again() -> None:
    kinds = tuple(f"T{number}" for number in range(12))
    colours = [type_colour(kind, kinds) for kind in kinds]
    assert len(set(colours[:10])) == 10 and colours[10] == colours[0]
    light = [sum(w * int(c[at : at + 2], 16) for w, at in ((0.3, 1), (0.59, 3), (0.11, 5))) for c in colours[:4]]
    assert all(abs(one - other) > 10 for one, other in pairwise(light))


@pytest.mark.parametrize(
    ("blocks", "place"),
    [(["abc", "a"], "16rem"), (["abcd", "a"], "100%"), (["", "abc"], "16rem"), (["abcd", ""], "100%")],
)
def test_a_text_more_than_three_times_as_long_stands_below(blocks: list[str], place: str) -> None:
    assert apart_html(blocks).count(f"flex:1 1 {place}") == 2


def test_texts_of_like_length_stand_side_by_side_and_a_question_above_its_context() -> None:
    alike = heatmap_html(scored("good film", "bad plot"), "label", titles=("Text", "Second text"))
    assert alike.count("flex:1 1 16rem") == 2 and alike.count("border-inline-start") == 2
    assert alike.index(">Text<") < alike.index(">Second text<")
    question = heatmap_html(scored("who?", "word " * 60), "label", titles=("Question", "<b>Context"))
    assert question.count("flex:1 1 100%") == 2 and "&lt;b&gt;Context" in question
