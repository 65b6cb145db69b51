"""Heatmaps and shaded texts: hostile text stays text, signs do not hang on colour."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.data.cells.words import Word, words_of
from bertui.explanation.attribution import Attribution
from bertui.explanation.html import heatmap_html, legend_html, shaded_html

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert('x')</script> & <b>bold</b> &lt;i&gt; &amp;amp;",
    '"\' onmouseover="alert(1)" x=\'',
    "</span></div><style>*{display:none}</style>",
    "<!-- comment --> <![CDATA[x]]> <?php ?> `${1}`",
    "שלום <b>עולם</b> \u202eabc\u202c",
    "a\x00<\x00script>\x1b b",
    "two\nlines  and\ttabs\n\n電影👩‍🚀!",
]
ALLOWED = {"div": {"dir", "role", "aria-label", "style"}, "span": {"style", "title", "role", "aria-label"}}


class Reader(HTMLParser):
    """Collects tags, attributes, and the text within ``dir="auto"``."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.running = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED and {name for name, _ in attrs} <= ALLOWED[tag]
        self.open.append((tag, dict(attrs)))
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any(attributes.get("dir") == "auto" for _, attributes in self.open):
            self.running += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def spans(self) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.seen if tag == "span"]


def shown(text: str) -> str:
    """What a reader meets: control characters as their pictures."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", lambda match: chr(0x2400 + ord(match[0])), text).replace("\x7f", "␡")


def scored(text: str, scores: list[float] | None = None, seen: list[bool] | None = None) -> Attribution:
    words = words_of(text)
    given_scores = scores or [(-1) ** number * (number + 1) / 10 for number in range(len(words))]
    return Attribution(text, words, tuple(given_scores), tuple(seen or [True] * len(words)), 0, 0.0, 0.9, 0.1, 0.0)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("seen", [True, False])
def test_hostile_text_stays_text(text: str, seen: bool) -> None:
    attribution = scored(text, seen=[seen] * len(words_of(text)))
    assert Reader(heatmap_html(attribution, text, text)).running == shown(text)
    assert Reader(shaded_html(text, [(1, len(text) // 2)])).running == shown(text)
    Reader(legend_html(attribution, text, text))
    Reader(legend_html(attribution, text))


@settings(max_examples=80, deadline=None)
@given(st.text("<>&\"'/=a é\n\t電😀\x00\u200d", max_size=30), st.tuples(st.integers(0, 30), st.integers(0, 30)))
def test_any_text_comes_back_whole(text: str, span: tuple[int, int]) -> None:
    assert Reader(heatmap_html(scored(text), "<b>")).running == shown(text)
    kept = [(min(span), min(max(span), len(text)))]
    assert Reader(shaded_html(text, kept)).running == shown(text)


@pytest.mark.parametrize("first", HOSTILE)
def test_the_texts_of_a_pair_stand_in_blocks_of_their_own(first: str) -> None:
    text, second = f"{first}\na <b> c", "a <b> c"
    words = [*words_of(first), *(Word(one.text, one.start + len(first) + 1, one.stop + len(first) + 1)
                                 for one in words_of(second))]  # fmt: skip
    scores, seen = (0.5,) * len(words), (True,) * (len(words) - 1) + (False,)
    attribution = Attribution(text, tuple(words), scores, seen, 0, 0.0, 0.9, 0.1, 0.0, breaks=(len(first) + 1,))
    read = Reader(heatmap_html(attribution, "<i>"))
    assert read.running == shown(first) + shown(second)  # the line between the two is no text
    assert sum(attributes.get("dir") == "auto" for _, attributes in read.seen) == 2
    assert [span["title"] for span in read.spans()][-1] == "not read by the model"


def test_half_a_pair_can_be_sent() -> None:
    html = heatmap_html(scored("\ud7ff \ud800 \ud83d \udfff \ue000"), "x").encode("utf-8").decode("utf-8")
    assert Reader(html).running == "\ud7ff � � � \ue000"  # and their neighbours stay


def test_sign_value_and_label_are_told_without_colour() -> None:
    html = heatmap_html(scored("good bad the", [0.21, -0.1, 0.0]), "negative", "positive")
    good, bad, the = Reader(html).spans()
    assert good["title"] == "+0.21 towards “negative”" and good["aria-label"] == "good, +0.21 towards “negative”"
    assert bad["title"] == "−0.10 towards “positive”" and bad["aria-label"] == "bad, −0.10 towards “positive”"
    assert "underline solid" in str(good["style"]) and "230,159,0,0.550" in str(good["style"])
    assert "underline dotted" in str(bad["style"]) and "0,114,178,0.262" in str(bad["style"])
    assert "style" not in the and the["title"] == "+0.00 towards “negative”"
    assert "against “negative”" in heatmap_html(scored("bad", [-0.1]), "negative")


def test_a_text_that_moved_nothing_is_not_coloured() -> None:
    """The strongest of tiny scores is not drawn as if it were strong; full colour begins at 5 points."""
    html = heatmap_html(scored("good bad", [0.002, -0.0004]), "staff")
    assert [("style" in span) for span in Reader(html).spans()] == [False, False]
    assert "No word counts for much: the largest score is 0.2 points." in html
    pale = heatmap_html(scored("good bad", [0.01, -0.05]), "staff")
    assert "230,159,0,0.110" in pale and "0,114,178,0.550" in pale and "counts for much" not in pale
    assert "0,114,178,0.550" in heatmap_html(scored("bad", [-0.4]), "staff")  # above the floor the largest is full


def test_the_floor_of_a_number_is_in_its_own_unit() -> None:
    stars = replace(scored("good bad", [0.3, -0.1]), unit="stars", full_colour=3.0)
    assert "230,159,0,0.055" in heatmap_html(stars, "the score")
    assert "largest score is 0.05 stars" in heatmap_html(replace(stars, scores=(0.05, 0.0)), "the score")


def test_the_legend_says_what_full_colour_is() -> None:
    assert "full colour is 5.0 points" in legend_html(scored("a", [0.01]), "a")


def test_summary_names_the_strongest_words() -> None:
    (_, outer), (_, running), *_ = Reader(heatmap_html(scored("good bad", [0.2, -0.3]), "negative")).seen
    assert not outer
    assert running["aria-label"] == "Words scored for “negative”. Strongest: bad −0.30, good +0.20."
    assert "No word counts." in heatmap_html(scored("good", [0.0]), "x")


def test_cut_words_are_marked_and_counted() -> None:
    html = heatmap_html(scored("a b c d", [0.1, 0.0, 0.0, 0.2], [True, False, False, True]), "x")
    cut = [span for span in Reader(html).spans() if span["title"] == "not read by the model"]
    assert len(cut) == 1 and "dashed" in str(cut[0]["style"])
    assert "2 words of 4" in html and "b c</span>" in html
    assert "were not read" not in heatmap_html(scored("a b"), "x")


def test_shading_follows_the_kept_spans() -> None:
    text = "one two three four"
    pieces = [span["title"] for span in Reader(shaded_html(text, [(0, 3), (4, 7), (14, 18)])).spans()]
    assert pieces == ["read by the model", "truncated: the model does not read this", "read by the model"]
    assert ">one two</span>" in shaded_html(text, [(4, 7), (0, 3)])
    assert "truncated" not in shaded_html(" one \n", [(0, 0), (1, 4)])


def test_long_texts_are_quick() -> None:
    text = "word " * 20_000
    spans = [(5 * number, 5 * number + 4) for number in range(20_000)]
    assert len(shaded_html(text, spans[:9000] + spans[11_000:])) < 2 * len(text)
    assert heatmap_html(scored(text, [0.1] * 20_000, [True] * 500 + [False] * 19_500), "x").count("<span") == 501


def _luminance(colour: list[float]) -> float:
    linear = [(c / 12.92) if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("score", [0.5, -0.5])
@pytest.mark.parametrize(("text", "page"), [((49, 51, 63), (255, 255, 255)), ((250, 250, 250), (14, 17, 23))])
def test_strongest_words_are_readable_on_light_and_dark(
    score: float, text: tuple[int, int, int], page: tuple[int, int, int]
) -> None:
    """Contrast of at least 4.5 to 1 (WCAG 2 AA) between the text and the see-through colour on the page."""
    style = str(Reader(heatmap_html(scored("word", [score]), "x")).spans()[0]["style"])
    *colour, alpha = (float(part) for part in re.findall(r"rgba\(([^)]*)\)", style)[0].split(","))
    mixed = [alpha * ink + (1 - alpha) * paper for ink, paper in zip(colour, page, strict=True)]
    lighter, darker = sorted((_luminance(list(text)), _luminance(mixed)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_what_has_no_sign_is_for_nothing_and_against_nothing() -> None:
    flow = replace(scored("good bad", [0.3, 0.1]), signed=False)
    assert "0.30 of the attention" in heatmap_html(flow, "a") and "towards" not in heatmap_html(flow, "a")
    assert "more attention comes" in legend_html(flow, "a") and "against" not in legend_html(flow, "a")
    assert "no explanation" in flow.sentence("a")
