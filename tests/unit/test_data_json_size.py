"""How much memory JSON would take, by hand: brackets 200 bytes, commas 50, the characters as wide as the widest."""

from __future__ import annotations

import pytest

from bertui.data.reading.formats.json_size import check_json
from bertui.errors import DataError


@pytest.mark.parametrize(
    ("text", "whole", "held"),
    [
        ('[{"a":1},{"a":2}]', True, 3 * 200 + 50 + 17),
        ("[[0,0,0],[0,0,0]]", True, 3 * 200 + 5 * 50 + 17),
        ('"é,{"', True, 200 + 50 + 2 * 6),  # signs within a text count too; six bytes, two for each
        ('["👍"]', True, 200 + 4 * 8),
        ('{"a":1}\n{"a":2}\n', False, 2 * 200),  # a line at a time: the text itself is not held twice
    ],
)
def test_values_are_counted_before_they_are_made(text: str, whole: bool, held: int) -> None:
    clean = text.encode()
    check_json(clean, whole=whole, most=held)
    with pytest.raises(DataError, match="values that take more than"):
        check_json(clean, whole=whole, most=held - 1)
