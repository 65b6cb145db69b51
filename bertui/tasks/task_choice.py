"""The choices that single tasks have of their own."""

from __future__ import annotations

from bertui.choice import Section, choice


class TaskChoice(Section):
    """What only some tasks know; a task that does not is not shown it."""

    stride: int = choice(
        128,
        title="Stride",
        help="Overlap of windows: a text that is longer than the model reads is read in windows; so many tokens are "
        "read twice, so that "
        "each has words on both sides.",
        source="Devlin et al. 2018, code for SQuAD: 128", unit="tokens", step=8, ge=0, le=4096,
    )  # fmt: skip
    longest_answer: int = choice(
        30,
        title="Maximum answer length",
        help="Longer parts of the context are never given as an answer.",
        source="Devlin et al. 2018, code for SQuAD: 30", unit="tokens", step=1, ge=1, le=512,
    )  # fmt: skip
    cost_of_missing: float = choice(
        1.0,
        title="Cost of a false negative",
        help="How many false positives (labels given wrongly) are as bad as one label that is missed. The threshold of "
        "each label is set on the validation rows so that this cost is least.",
        source="Elkan 2001: the threshold that a cost asks for",
        basic=True, step=0.5, gt=0, le=1000,
    )  # fmt: skip
