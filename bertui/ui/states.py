"""What people call the states of a run, with their colours and icons; the same on every page."""

from __future__ import annotations

STATES = {
    "queued": ("Waiting", "gray", ":material/hourglass_empty:"),
    "running": ("Training", "blue", ":material/play_arrow:"),
    "stopping": ("Stopping", "orange", ":material/stop:"),
    "finished": ("Finished", "green", ":material/check:"),
    "stopped": ("Stopped, best kept", "green", ":material/check:"),
    "failed": ("Failed", "red", ":material/error:"),
    "interrupted": ("Interrupted", "orange", ":material/power_off:"),
    "cancelled": ("Cancelled", "gray", ":material/close:"),
}
