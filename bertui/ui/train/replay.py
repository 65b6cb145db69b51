"""The replay of a run that is over: a player above the same view as while it trained. Nothing is trained or written."""

from __future__ import annotations

import time

import streamlit as st

from bertui.data.phrases import duration
from bertui.runs.event_words import step_words
from bertui.runs.feed import Feed, feed_of
from bertui.runs.replay import Replay, recording_of
from bertui.runs.run import Run
from bertui.ui import shell
from bertui.ui.states import STATES
from bertui.ui.train.live import curves, show_progress

_EVERY = 1.0  # seconds; nothing trains, so the browser may draw more often than beside a run
_MARKS = 200  # places of the slider
_LONG = 300.0  # seconds; what takes longer is told in minutes
_WIDTH = 100  # pixels, so that nothing moves when the button changes
_HELD = "replay"
_AS_IT_WAS = "as it was"
_LASTS = {"30 s": 30.0, "1 min": 60.0, "2 min": 120.0, _AS_IT_WAS: None}


def offer_replay(run: Run) -> None:
    """Draw the button that begins, where the log holds a step at all."""
    if len(feed_of(run).history.steps) and st.button(
        "Replay", icon=":material/replay:", help="Watch how it learned, at a speed of your choice; nothing is trained."
    ):
        with shell.showing_errors():
            replay = Replay(recording_of(run), _LASTS["1 min"])
            replay.play(time.monotonic())
            st.session_state[_HELD], st.session_state[_key("at", run)] = replay, 0.0
            st.rerun()


def replay_of(run: Run) -> Replay | None:
    """Return the replay that this person watches of the run; who leaves the page has ended it."""
    held: Replay | None = st.session_state.get(_HELD)
    # Streamlit forgets the slider once a page was drawn without it: another page, view or run.
    if held is not None and _key("at", run) not in st.session_state:
        del st.session_state[_HELD]
        return None
    return held


def show_replay(run: Run, replay: Replay, drawn_as: str) -> None:
    """Draw the player and what stood there; again each second while it plays."""
    plays = replay.plays

    @st.fragment(run_every=_EVERY if plays else None, key="replay")
    def tick() -> None:
        with shell.showing_errors():  # the folder may go away under it
            if run.state != drawn_as or st.session_state.get(_HELD) is not replay:  # the run was resumed; it was closed
                st.rerun()
            feed = replay.look(time.monotonic())
            if replay.plays != plays:
                st.rerun()
            _player(run, replay, feed)
            show_progress(feed)
            curves(run, feed, replayed=True)

    tick()


def _player(run: Run, replay: Replay, feed: Feed) -> None:
    with st.container(border=True, key="replay_player"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _play_button(replay)
            st.button("From the start", icon=":material/skip_previous:", on_click=_to_start, args=(replay,))
            _pace(run, replay)
            st.button("Close", icon=":material/close:", help="Back to the run as it ended.", on_click=_close)
        _slider(run, replay)
        st.caption(shell.plain(_words(run, replay, feed)))


def _play_button(replay: Replay) -> None:
    if replay.plays:
        st.button("Pause", type="primary", icon=":material/pause:", key="replay_pause", width=_WIDTH,
                  on_click=lambda: replay.pause(time.monotonic()))  # fmt: skip
    else:
        st.button("Play", type="primary", icon=":material/play_arrow:", key="replay_play", width=_WIDTH,
                  on_click=lambda: replay.play(time.monotonic()))  # fmt: skip


def _to_start(replay: Replay) -> None:
    replay.go_to(0.0, time.monotonic())
    replay.play(time.monotonic())


def _close() -> None:
    st.session_state.pop(_HELD, None)


def _pace(run: Run, replay: Replay) -> None:
    key = _key("pace", run)
    whole = f"{_AS_IT_WAS} ({duration(replay.recording.length)})"
    if st.session_state.get(key) is None:  # told to the browser once: each time, it could undo a click
        st.session_state[key] = next(words for words, lasts in _LASTS.items() if lasts == replay.lasts)
    st.segmented_control(
        "The whole run in", list(_LASTS), required=True, key=key, on_change=_take_pace, args=(key, replay),
        format_func=lambda words: whole if words == _AS_IT_WAS else words,
        wrap=True, help="A pause of more than a minute, as of a computer asleep, counts as one minute.",
    )  # fmt: skip


def _take_pace(key: str, replay: Replay) -> None:
    if (words := st.session_state[key]) is not None:
        replay.last(_LASTS[words], time.monotonic())


def _slider(run: Run, replay: Replay) -> None:
    key, length = _key("at", run), max(replay.recording.length, 1.0)
    unit, word = (60.0, "min") if length > _LONG else (1.0, "s")
    st.session_state[key] = replay.place / unit
    st.slider(
        "Time since the start", 0.0, length / unit, step=length / unit / _MARKS, format=f"%.1f {word}", key=key,
        on_change=_go_to, args=(key, replay, unit),
    )  # fmt: skip


def _go_to(key: str, replay: Replay, unit: float) -> None:
    replay.go_to(st.session_state[key] * unit, time.monotonic())


def _words(run: Run, replay: Replay, feed: Feed) -> str:
    if replay.ended:
        return f"The end of the run ({STATES[run.state][0].lower()})."
    step = step_words(int(feed.history.newest), feed.plan.steps) if feed.plan is not None else "before the first step"
    return f"A replay, nothing is trained: {duration(replay.place)} after the start, {step}."


def _key(what: str, run: Run) -> str:
    return f"replay_{what} {run.id}"
