"""Charts on a page: built once for the same results, anew for others."""

from streamlit.testing.v1 import AppTest

from bertui.ui import charts


def _page() -> None:
    import streamlit as st

    from bertui.plots.bars import probabilities_figure
    from bertui.ui.charts import draw_of

    held = st.session_state.setdefault("held", (["no", "yes"], [0.25, 0.75]))
    draw_of(probabilities_figure, *held, key="bars")


def test_the_same_results_are_drawn_from_one_figure() -> None:
    charts._built.cache_clear()
    app = AppTest.from_function(_page).run()
    app.run()
    assert not app.exception and charts._built.cache_info()[:2] == (1, 1)
    app.session_state["held"] = (["no", "yes"], [0.5, 0.5])
    app.run()
    assert charts._built.cache_info().misses == 2


def test_words_take_the_themes_colour_and_a_figure_is_written_out_once() -> None:
    from bertui.plots.bars import probabilities_figure

    chart = charts._inked(probabilities_figure(["no", "yes"], [0.25, 0.75]), "dark", opaque=True)
    written = chart.figure.to_dict()
    assert written is chart.figure.to_dict()
    layout = written["layout"]
    words = [layout["font"], layout["legend"]["font"], layout["xaxis"]["tickfont"], layout["xaxis"]["title"]["font"]]
    assert [one["color"] for one in words] == [charts._INK["dark"]] * 4 and layout["paper_bgcolor"] == "#12181A"


def test_equal_lists_are_not_the_same_but_plain_values_are() -> None:
    one, other = [1, 2], [1, 2]
    assert charts._Same(one, 384, "a") == charts._Same(one, 384, "a")
    assert hash(charts._Same(one, 384)) == hash(charts._Same(one, 384))
    assert charts._Same(one, 384) != charts._Same(other, 384)
    assert charts._Same(one, 384) != charts._Same(one, 385)
