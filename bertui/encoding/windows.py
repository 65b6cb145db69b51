"""Texts that are longer than the model reads, in overlapping windows; each token is answered for by one of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens ``start`` to before ``stop`` are read together; those from ``first`` to before ``last`` are answered for.

    Of a token in two windows, the one in which it has more neighbours on both sides answers.
    """

    start: int
    stop: int
    first: int
    last: int


def windows(length: int, budget: int, overlap: int) -> list[Window]:
    """Divide ``length`` tokens into windows of at most ``budget``, each sharing ``overlap`` with the next.

    Args:
        overlap: At most half of the budget is taken, so that a text cannot need more than twice its own length.
    """
    step = max(1, budget - min(overlap, budget // 2))
    starts = [0]
    while starts[-1] + budget < length:
        starts.append(starts[-1] + step)
    stops = [min(start + budget, length) for start in starts]
    middles = [(start + stop) // 2 for start, stop in zip(starts[1:], stops, strict=False)]
    return [
        Window(start, stop, first, last)
        for start, stop, first, last in zip(starts, stops, [0, *middles], [*middles, length], strict=True)
    ]
