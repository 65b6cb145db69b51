"""What a person chooses about reading texts."""

from __future__ import annotations

from bertui.choice import Section, choice
from bertui.encoding.long_texts import Cut, Reading
from bertui.encoding.truncation import HeadTail, Truncation


class EncodingChoice(Section):
    """How a text becomes tokens."""

    max_length: int = choice(
        256,
        title="Maximum sequence length",
        help="The longest text the model reads, in tokens (word pieces), special tokens counted; longer texts are "
        "truncated. Twice the length costs "
        "more than twice the time, but only for the texts that are that long.",
        source="Sun et al. 2019: 512; cutting IMDb to 256 costs 0.6 to 1.6 points",
        basic=True,
        unit="tokens",
        step=8,
        ge=8,
        le=8192,
    )
    truncation: Truncation = choice(
        HeadTail(),
        title="Truncation",
        help="What is kept of a text that is too long. It depends on where your texts say what matters; the Data page "
        "shows three of yours.",
        source="Sun et al. 2019, table 2",
        basic=True,
    )
    reading: Reading = choice(
        Cut(),
        title="Reading of longer texts",
        help="How a text is read that is longer than the model reads at once. Windows read all of it and take as many "
        "times longer; how they become one answer is chosen under Layers and pooling. Truncation then acts on the "
        "first text of a pair alone.",
        source="Sun et al. 2019, section 5.3.1, hierarchical methods",
    )
