"""The Sentence page: probabilities, words, what if, history; and nothing a person types becomes HTML."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from streamlit.testing.v1 import AppTest

from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.ui.answer.loaded import neighbours
from bertui.ui.answer.method import method_titles
from tests.app.finished import HOSTILE
from tests.app.test_layers import settled

Open = Callable[..., AppTest]


@pytest.fixture
def asked(run: Run, open_page: Open) -> Callable[[str], AppTest]:
    def ask(text: str) -> AppTest:
        at = open_page("sentence", run=run.id)
        return at.text_area(key="sentence_text").set_value(text).run()

    return ask


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.found |= {name for name, _ in attrs if name.startswith("on")}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_no_model_says_what_is_missing(open_page: Open) -> None:
    at = open_page("sentence")
    assert not at.exception
    assert "no trained model yet" in at.info[0].value


def blocks(at: AppTest):  # type: ignore[no-untyped-def]
    """The page's own HTML, the frame's style sheet and script apart."""
    return [block for block in at.get("html") if not block.proto.body.startswith(("<style>", "<script>"))]


def test_hostile_text_and_labels_never_become_html(asked: Callable[[str], AppTest]) -> None:
    at = asked(HOSTILE)
    assert not at.exception and not at.error
    heatmap = Tags(blocks(at)[0].proto.body)
    assert HOSTILE in heatmap.text
    for block in blocks(at):
        assert Tags(block.proto.body).found <= {"div", "span"}
    for block in [*at.markdown, *at.header, *at.caption]:
        assert not getattr(block, "allow_html", False)
        assert "<" not in block.value.replace("\\<", "")


def test_words_can_be_shown_for_another_class(asked: Callable[[str], AppTest]) -> None:
    at = asked("a great film")
    before = blocks(at)[0].proto.body
    at.selectbox(key="target_sentence").set_value(0).run()
    first = blocks(at)[0].proto.body
    at.selectbox(key="target_sentence").set_value(1).run()
    second = blocks(at)[0].proto.body
    assert not at.exception
    assert first != second and before in (first, second)


def shown(at: AppTest) -> str:
    return " ".join(block.proto.body for block in blocks(at))


def test_sum_and_trust_are_said_in_words(asked: Callable[[str], AppTest]) -> None:
    at = asked("a great film")
    assert "The logit of" in shown(at) and "whatever the words" in shown(at)
    settled(at)
    assert any("strongest words the answer" in one.value and "random ones" in one.value for one in at.markdown)
    at.selectbox(key="method_sentence").set_value("integrated-gradients:32:mask").run()
    assert not at.exception and "Together the text moved" in shown(at) and "The scores add up" in shown(at)


def test_every_method_can_be_chosen_and_says_where_it_is_from(asked: Callable[[str], AppTest]) -> None:
    at = asked("a great film")
    at.session_state["trust_sentence_details"] = True
    methods = list(method_titles())
    assert [one.split(":")[0] for one in methods[:2]] == ["frozen", "integrated-gradients"]
    for method in methods:
        at.selectbox(key="method_sentence").set_value(method).run()
        assert not at.exception and not at.error, method
        settled(at)
        assert any("Source: " in one.value for one in at.caption)


def test_a_list_of_words_stands_beside_every_map(run: Run, asked: Callable[[str], AppTest]) -> None:
    at = asked("a great film")
    page = Tags(blocks(at)[0].proto.body)
    assert "The words that count most, in logits" in page.text and page.text.count("film") == 2
    at.selectbox(key=f"sentence_beside_{run.id}").set_value("occlusion:delete").run()
    assert not at.exception and shown(at).count("The words that count most") == 3
    assert shown(at).count("in points of probability") == 1


def test_what_would_flip_it_is_searched_on_demand_and_kept(asked: Callable[[str], AppTest]) -> None:
    at = asked("a great film")
    assert not any("for “" in one.value for one in at.markdown)
    at.button(key="sentence_flip_start").click()
    settled(at)
    assert not at.exception
    found = [one.value for one in at.markdown if "“great”" in one.value or "“film”" in one.value or "“a”" in one.value]
    assert found or any("No other answer" in one.value for one in at.info)
    if found:
        at.button(key="sentence_flip_0").click().run()
        assert at.text_area(key="sentence_other").value not in ("", "a great film")


def test_a_cut_text_is_told(asked: Callable[[str], AppTest]) -> None:
    assert not asked("a great film").warning
    assert "were truncated" in asked("film " * 100).warning[0].value


def test_what_if_shows_the_difference(asked: Callable[[str], AppTest]) -> None:
    at = asked("a great film")
    at.button(key="sentence_copy").click().run()
    assert at.text_area(key="sentence_other").value == "a great film"
    at.text_area(key="sentence_other").set_value("a terrible film").run()
    assert not at.exception and not at.error
    assert any("points" in one.value and "now" in one.value for one in at.markdown)
    words = next(table.value for table in at.dataframe if "what if" in table.value.columns)
    changed = words[words["changed"]]
    assert changed["first text"].tolist() == ["great"] and changed["what if"].tolist() == ["terrible"]
    assert changed["difference"].iloc[0] == pytest.approx(
        changed["score after"].iloc[0] - changed["score before"].iloc[0]
    )


def test_history_keeps_each_text_once(asked: Callable[[str], AppTest]) -> None:
    at = asked("a great film")
    at.text_area(key="sentence_text").set_value("a bad film").run()
    at.text_area(key="sentence_text").set_value("a great film").run()
    history = at.dataframe[-1].value
    assert history["text"].tolist() == ["a great film", "a bad film"]


def test_blank_text_asks_nothing(asked: Callable[[str], AppTest]) -> None:
    at = asked("   ")
    assert not at.exception and not at.get("plotly_chart")


def test_the_nearest_training_row_of_a_training_row_is_itself(run: Run) -> None:
    table, split = run.data()
    row = int(split.train[0])
    rows, unlike = neighbours(run, table.texts.loc[row], count=3)
    assert not unlike
    assert rows["text"].iloc[0] == table.texts.loc[row] and rows["label"].iloc[0] == table.labels.loc[row]
    assert rows["likeness"].iloc[0] == pytest.approx(1, abs=1e-3)
    assert rows["likeness"].is_monotonic_decreasing and len(rows) == 3


def test_a_map_can_be_taken_away_and_what_a_picture_cannot_show_is_said(asked: Callable[[str], AppTest]) -> None:
    at = asked("a great film")
    assert not [
        one for one in at.get("download_button") if one.key == "take_png_sentence"
    ]  # nothing before it is opened
    at.session_state["take_sentence"] = True
    at.run()
    offered = {one.key: one for one in at.get("download_button")}
    assert not any(offered[f"take_{kind}_sentence"].disabled for kind in ("html", "png", "csv"))
    at.text_area(key="sentence_text").set_value("a great 電影").run()
    offered = {one.key: one for one in at.get("download_button")}
    assert offered["take_png_sentence"].disabled and not offered["take_html_sentence"].disabled
    assert any("電 影" in one.value for one in at.caption)


def test_begins_with_rows_of_the_table_to_click_and_what_can_be_answered(run: Run, open_page: Open) -> None:
    at = open_page("sentence", run=run.id)
    assert not at.exception
    table, split = run.data()
    texts = set(table.texts.loc[split.test])
    assert any("2 possible answers" in one.value for one in at.markdown)
    at.button(key="sentence_example_0").click().run()
    assert at.text_area(key="sentence_text").value in texts and at.header[0].value
    assert not [one for one in at.button if one.key and one.key.startswith("sentence_example")]


def test_another_language_is_told_before_the_answer(asked: Callable[[str], AppTest]) -> None:
    assert "another language" in asked("Wo bleibt denn eigentlich mein Paket?").warning[0].value
    assert not asked("the plot was slow, great film").warning


def test_two_runs_stand_side_by_side(run: Run, open_page: Open) -> None:
    other = Run(run.folder.with_name(f"{run.id[:-4]}abcd"))
    shutil.copytree(run.folder, other.folder)
    other.change(name="the other")
    at = open_page("sentence", run=run.id)
    at.text_area(key="sentence_text").set_value("a great film").run()
    assert not [one for one in at.markdown if one.value.startswith("**the other")]
    at.selectbox(key=f"sentence_beside_{run.id}").set_value(other.id).run()
    assert not at.exception and [one for one in at.markdown if one.value.startswith("**the other")]


def test_runs_of_other_seeds_are_asked_when_wanted(run: Run, asked: Callable[[str], AppTest]) -> None:
    at = asked("a great film of the year")
    assert not any("another seed" in one.value for one in at.header)
    recipe = run.recipe.changed({"training.seed": 7})
    other = Workspace(run.folder.parents[1]).create_run(*run.data(), recipe, name="*seven*")
    for _ in execute(other):
        pass
    at.run()
    assert any("another seed" in one.value for one in at.header)
    at.button(key="sentence_seeds_start").click()
    settled(at)
    assert not at.error
    said = [one.value for one in at.markdown if "differ in their seed alone" in one.value]
    assert len(said) == 1 and "rank correlation" in said[0] and "over 6 words" in said[0]
    (answers,) = [one.value for one in at.markdown if "with other seeds" in one.value]
    assert "<" not in answers.replace("\\<", "")


def test_the_details_say_what_comes_out_with_mask_tokens(asked: Callable[[str], AppTest]) -> None:
    at = settled(asked("a great film of the year"))
    assert not any("mask tokens in their places" in one.value for one in at.caption)
    at.session_state["trust_sentence_details"] = True
    at.run()
    at = settled(at)
    (line,) = [one.value for one in at.caption if "mask tokens in their places instead" in one.value]
    assert "five strongest words" in line
    assert any("deleted whole" in one.value for one in at.caption)
