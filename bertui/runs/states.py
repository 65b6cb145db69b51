"""The states of a run, and which may follow which."""

from __future__ import annotations

from typing import Literal

State = Literal["queued", "running", "stopping", "finished", "stopped", "failed", "interrupted", "cancelled"]
LIVE: tuple[State, ...] = ("queued", "running", "stopping")
HAS_MODEL: tuple[State, ...] = ("finished", "stopped")
MOVES: dict[State, tuple[State, ...]] = {
    "queued": ("running", "failed", "interrupted", "cancelled"),
    "running": ("stopping", "finished", "stopped", "failed", "interrupted", "cancelled"),
    "stopping": ("finished", "stopped", "failed", "interrupted", "cancelled"),
    "failed": ("queued", "running"),
    "interrupted": ("queued", "running"),
    "finished": (),
    "stopped": (),
    "cancelled": (),
}
"""State -> the states that may follow it."""
