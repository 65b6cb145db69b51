"""The live view of a run: phase, four numbers, curves, alarms. Redrawn every two seconds while the run lives."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import psutil
import streamlit as st

from bertui.data.phrases import duration
from bertui.errors import UserError
from bertui.plots.live import gradient_figure, loss_figure, metric_figure, rates_figure
from bertui.plots.movement import Shown, movement_figure
from bertui.plots.style import decimate, smooth
from bertui.runs.event_words import computed_by, remedy_words
from bertui.runs.feed import Feed, feed_of, speeds
from bertui.runs.run import LIVE, Run
from bertui.tasks.results import Measure
from bertui.training.choices import best_measure
from bertui.training.events import AlarmRaised
from bertui.training.history import History
from bertui.ui import shell
from bertui.ui.accessible import metric_with_line
from bertui.ui.charts import draw
from bertui.ui.run_actions import start_again
from bertui.ui.train.pins import show_pins

_EVERY = 2.0  # seconds; at 1 the browser draws on a third of a core, which training could use
_CARD = 190  # pixels; fixed, so that nothing jumps when the first sparkline arrives


def follow(run: Run, drawn_as: str) -> None:
    """Draw the run again every two seconds until its state is no longer ``drawn_as``; then all of the page anew."""

    @st.fragment(run_every=_EVERY, key="live")
    def tick() -> None:
        with shell.showing_errors():  # the folder may go away under the run
            _draw(run, drawn_as)

    tick()


def _draw(run: Run, drawn_as: str) -> None:
    state = run.state
    if state != drawn_as:
        st.rerun()
    feed = feed_of(run)
    if state == "queued":
        _queue(run)
        return
    show_progress(feed, "Finishing the step; the best model is kept. " if state == "stopping" else "")
    curves(run, feed)


def show_progress(feed: Feed, before: str = "") -> None:
    """Draw how far a run is, with its phase and the time left in words, which stand after those ``before``."""
    done, words = feed.progress()
    left = feed.seconds_left()
    more = f", about {duration(left)} left" if left and feed.phase and feed.phase.name == "train" else ""
    st.progress(min(1.0, done), text=shell.plain(f"{before}{words}{more}"))


def curves(run: Run, feed: Feed, *, replayed: bool = False) -> None:
    """Draw alarms, numbers and charts of a run, live or over.

    Args:
        replayed: Show them as they stood at the end of ``feed``, while the run went on; nothing can be started there.
    """
    lives = run.state in LIVE
    for alarm in feed.open_alarms(best_measure(run.task, run.recipe.training.best)):
        _alarm(run, alarm, offered=not replayed)
    _metrics(run, feed, goes_on=lives or replayed)
    steps = feed.plan.steps if feed.plan is not None and (lives or replayed) else None
    history, key = feed.history, f"curve {run.id}"
    if lives:
        st.caption(shell.plain(_machine(run, feed)))
    st.header("Loss", anchor=False)
    draw(loss_figure(history, key, steps=steps), "chart_loss")
    tabs = st.tabs(["Validation scores", "Learning rate by layer", "Movement by layer", "Gradient norm",
                    "Pinned sentences", "Log"], key="live_tabs", on_change="rerun")  # fmt: skip
    with tabs[0]:
        if tabs[0].open:
            draw(metric_figure(history, key, measures=run.task.measures, steps=steps), "chart_metric")
    with tabs[1]:
        if tabs[1].open:
            draw(rates_figure(history, key, steps=steps), "chart_rates")
    with tabs[2]:
        if tabs[2].open:
            _movement(history, key, steps)
    with tabs[3]:
        if tabs[3].open:
            clip = run.recipe.optimizer.clip or None
            draw(gradient_figure(history, key, clip=clip, steps=steps), "chart_gradient")
    with tabs[4]:
        if tabs[4].open:
            show_pins(feed, f"replay {key}" if replayed else key)
    with tabs[5]:
        if tabs[5].open:
            lines = "\n".join(reversed(feed.lines)) or "Nothing yet."
            st.code(lines, language=None, height=320, wrap_lines=True)


def _movement(history: History, key: str, steps: int | None) -> None:
    if not len(history.movements.steps):
        st.caption("No step is measured yet. Runs of earlier versions measured none.")
        return
    titles = {one.title: one for one in Shown}
    title = st.segmented_control("Shown", list(titles), default=Shown.UPDATES.title, required=True, key="movement",
                                 label_visibility="collapsed")  # fmt: skip
    draw(movement_figure(history, key, titles[title], steps=steps), "chart_movement")
    st.caption(
        "Each column is one measured step, each row a layer; a bright layer moves more. A layer that does not learn "
        "is empty. Look for layers that stop moving early, and for a head that moves alone."
    )


def _queue(run: Run) -> None:
    waiting = shell.executor().waiting()
    if run.id in waiting:
        place = waiting.index(run.id)
        ahead = "It is next." if place == 0 else f"{place} other{' is' if place == 1 else 's are'} before it."
        st.info(f"Waiting for the run that is training now. {ahead}", icon=":material/hourglass_empty:")
    else:
        st.info("Waiting to start.", icon=":material/hourglass_empty:")


def _alarm(run: Run, alarm: AlarmRaised, *, offered: bool) -> None:
    with st.container(border=True):
        st.warning(shell.plain(alarm.message), icon=":material/warning:")
        if alarm.remedy and offered:
            words = shell.plain(f"Start again with {remedy_words(alarm.remedy)}")
            if st.button(words, key=f"remedy {alarm.alarm} {alarm.step}", icon=":material/restart_alt:"):
                start_again(run, alarm.remedy)


def _metrics(run: Run, feed: Feed, *, goes_on: bool) -> None:
    history, best = feed.history, best_measure(run.task, run.recipe.training.best)
    columns = st.columns(4)
    with columns[0]:
        loss = _spark(history.loss, smoothed=True)
        now = f"{loss[-1]:.3f}" if loss else f"{history.loss[-1]:.3f}" if len(history.loss) else "–"
        metric_with_line("Training loss", now, loss, "{:.3f}".format, height=_CARD,
                         help="Mean over the last steps. Lower is better.")  # fmt: skip
    with columns[1]:
        _validation(feed, best)
    with columns[2]:
        speed, course = feed.examples_per_second(), _spark(speeds(history)[-200:], smoothed=True)
        now = f"{speed:,.0f}" if speed else "–"
        metric_with_line("Examples per second", now, course, "{:,.0f}".format, height=_CARD)
    with columns[3]:
        _time(run, feed, goes_on=goes_on)


def _validation(feed: Feed, measure: Measure) -> None:
    checks = feed.history.evaluations
    values, kept = checks.metrics.get(measure.name), checks.kept
    written = measure.shown
    shown = written(float(values[-1])) if values is not None and len(values) else "–"
    best = f"best {written(float(values[kept]))}" if values is not None and kept is not None else None
    course = _spark(values) if values is not None else None
    metric_with_line(f"Validation {measure.title}", shown, course, written, delta=best, delta_color="off",
                     delta_arrow="off", height=_CARD,
                     help="On rows the model does not learn from; the best model is kept.")  # fmt: skip


def _time(run: Run, feed: Feed, *, goes_on: bool) -> None:
    history = feed.history
    if goes_on:
        left = feed.seconds_left()
        step = int(history.steps[-1]) if len(history.steps) else 0
        done = f"step {step:,} of {feed.plan.steps:,}" if feed.plan is not None else None
        st.metric(
            "Time left", duration(left), delta=done, delta_color="off", delta_arrow="off", border=True,
            height=_CARD, help="For the steps; the evaluation at the end comes on top.",
        )  # fmt: skip
        return
    try:
        report = run.report()
    except (UserError, ValueError, OSError):
        report = None
    took = report["seconds"] if report else float(history.seconds.sum())
    st.metric("Time taken", duration(took), border=True, height=_CARD)


def _machine(run: Run, feed: Feed) -> str:
    """Say what the training process takes: tokens a second, memory, device."""
    words = [f"{feed.tokens_per_second():,.0f} tokens per second"] if len(feed.history.steps) else []
    words += _memory(run)
    if feed.plan is not None:
        words.append(computed_by(feed.plan))
    return " · ".join(words)


def _spark(values: np.ndarray, *, smoothed: bool = False, most: int = 60) -> list[float] | None:
    """Return at most ``most`` values for a sparkline; None where there is no line to draw yet."""
    if len(values) < 2:
        return None
    shown = smooth(values) if smoothed else values
    return [float(value) for value in decimate(np.arange(len(shown)), shown, most)[1]]


def _memory(run: Run) -> list[str]:
    """Say how much memory the training process takes; nothing where it is on another machine."""
    owner = run.owner
    if owner is None or not owner.on_this_host:
        return []
    with suppress(psutil.Error):
        used = psutil.Process(owner.pid).memory_info().rss
        return [f"{used / 1e9:.1f} GB of memory in use, {psutil.virtual_memory().available / 1e9:.1f} GB free"]
    return []
