"""What carries runs out for somebody who does not wait for them: the app knows this and no more of it."""

from __future__ import annotations

from typing import Protocol

from bertui.runs.run import Run


class Executor(Protocol):
    """A queue of runs that are carried out elsewhere: in a thread, in another process, on another machine.

    What a run does meanwhile its folder says, whoever carries it out; it is ended by ``Run.ask``.
    """

    def submit(self, run: Run) -> None:
        """Put a run at the end of the queue.

        Raises:
            RunError: Another process has it, it has ended, or its folder cannot be written.
        """

    def waiting(self) -> list[str]:
        """Return the ids of the runs that wait here, next first."""

    def close(self) -> None:
        """Let go of what is carried out here, which can be resumed, and of what waits, which is taken up again."""
