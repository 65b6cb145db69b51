"""Numbers as they stand in sentences."""

from __future__ import annotations

import pytest

from bertui.data.phrases import percent


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0.0 %"), (1e-12, "under 0.1 %"), (0.00049, "under 0.1 %"), (0.00051, "0.1 %"), (0.9237, "92.4 %"),
     (0.99949, "99.9 %"), (0.9996, "over 99.9 %"), (1 - 1e-12, "over 99.9 %"), (1.0, "100.0 %"), (1 / 3, "33.3 %")],
)  # fmt: skip
def test_only_nothing_is_0_percent_and_only_all_is_100(share: float, words: str) -> None:
    assert percent(share) == words
