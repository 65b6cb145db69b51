"""One row explained: the answer, what each word did to it, how far to trust that, what would flip it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.data.roles import ROLES, Roles
from bertui.errors import DataError
from bertui.prediction.outputs import Progress
from bertui.runs.answers import trained_roles
from bertui.runs.asking import Asking
from bertui.runs.familiarity import familiar_words
from bertui.runs.verbs import Trained, load, run_of
from bertui.tasks.results import Focus, Prediction

if TYPE_CHECKING:
    from bertui.explanation.attribution import Attribution
    from bertui.explanation.flips import Flip
    from bertui.explanation.trust import Trust


@dataclass(frozen=True)
class Explained:
    """One answer, and how much each word moved it.

    Attributes:
        target: Name of what the scores are for, such as a label.
        focus: Title of the part of the answer that is explained.
        doubt: Why the answer is hardly to be trusted: the text is of words that were not trained on. Else empty.
        trust: How far the map can be trusted; None where it was not asked for.
        flips: Texts with another answer, those with the fewest changes first; None where they were not asked for.
        no_flip: Why none are looked for.
    """

    answer: Prediction
    attribution: Attribution
    target: str
    focus: str
    doubt: str = ""
    trust: Trust | None = None
    flips: tuple[Flip, ...] | None = None
    no_flip: str = ""

    @property
    def probabilities(self) -> dict[str, float]:
        """The probability of each label, where the task has such."""
        marked = "probability of "
        columns = self.answer.columns()
        return {name.removeprefix(marked): value for name, value in columns.items() if name.startswith(marked)}

    def to_json(self) -> dict[str, Any]:
        """Return plain values: the attribution, target, focus, answer and, where there are such, probabilities."""
        each = {"probabilities": self.probabilities} if self.probabilities else {}
        named = {"target": self.target, "focus": self.focus, "answer": self.answer.answer}
        more: dict[str, Any] = {} if self.trust is None else {"trust": self.trust.to_json()}
        if self.flips is not None:
            more["flips"] = [one.to_json() for one in self.flips]
        return {**self.attribution.to_json(), **named, **each, **more}


def explain(run: Trained, *texts: str, **options: Any) -> dict[str, Any]:
    """Return words, scores, spans, target, answer and convergence delta for one row.

    Args:
        texts: What the task reads, in its order: one text, or two of a pair, or question and context ...
        options: As ``explained`` takes them.
    """
    return explained(run, *texts, **options).to_json()


def explained(
    run: Trained, *texts: str, target: str | None = None, against: str | None = None, focus: str | None = None,
    workspace: str | Path | None = None, text: str | None = None, method: str | None = None, trust: bool = False,
    flip: bool = False, progress: Progress | None = None,
) -> Explained:  # fmt: skip
    """Answer for one row and attribute the answer to its words.

    Args:
        texts: What the task reads, in its order: one text, or two of a pair, or question and context ...
        target: What the scores are for, such as a label; what the model answers when left out.
        against: Another target, to explain the difference of the two.
        focus: Which part of the answer, such as a token of a sentence; the usual one when left out.
        method: How the words are scored, such as "integrated-gradients:64"; the frozen pass when left out.
        trust: Whether to take the strongest words away and see what that does.
        flip: Whether to look for the fewest changes that give another answer.
        progress: Called with the share of that search that is done.
    """
    from bertui.explanation.methods import read_method

    predictor = load(run, workspace)
    inputs = predictor.task.read(texts if text is None else (text, *texts))
    _check_number(len(inputs), trained_roles(run, workspace))
    answer: Prediction = predictor.answer(inputs)
    chosen = _focus(predictor.task.focuses(answer), focus)
    number = chosen.default if target is None else _target(chosen, target)
    other = None if against is None else _target(chosen, against)
    asked = Asking(predictor, inputs, chosen, number, other)
    attribution = asked.attribution(read_method(method))
    trained = run_of(run, workspace)
    doubt = "" if trained is None else familiar_words(trained).doubt(" ".join(inputs))
    return Explained(
        answer, attribution, chosen.targets[number], chosen.title, doubt,
        asked.trust(attribution) if trust else None,
        asked.flips(answer, trained, progress) if flip else None, predictor.task.no_flip if flip else "",
    )  # fmt: skip


def inputs_in_order(run: Trained, given: dict[str, tuple[str, ...]], workspace: str | Path | None) -> tuple[str, ...]:
    """Return texts by role in the order in which the run's task reads them.

    Raises:
        DataError: One is missing, or the task does not read such a text.
    """
    task, like = load(run, workspace).task, trained_roles(run, workspace)
    needed = [role for role in task.needs if ROLES[role].use == "input"]
    expected = list(like.playing("input")) if like else [role for role in ROLES if role in {*needed, *given}]
    allowed = expected if like else [*needed, *task.may]
    missing = [role for role in expected if role not in given]
    unknown = [role for role in given if role not in allowed]
    if missing or unknown:
        named = missing[0] if missing else unknown[0]
        title = ROLES[named].title.lower()
        gone = f"The {title} {'are' if title.endswith('s') else 'is'} missing."
        problem = gone if missing else f"This run reads no {title}."
        raise DataError(
            problem, expected=f"This run reads: {', '.join(ROLES[role].options[0] for role in expected)}.",
            remedy=f"{'Give' if missing else 'Leave out'} {ROLES[named].options[0]}.",
        )  # fmt: skip
    return tuple(text for role in ROLES if role in given for text in given[role])


def _check_number(texts: int, like: Roles | None) -> None:
    """Refuse more or fewer texts than the run was trained on."""
    if like is None:
        return
    columns = like.playing("input")
    if any(ROLES[role].several == "apart" for role in columns):
        return  # the task itself says how many it needs
    number = len(columns)
    if texts != number:
        raise DataError(
            f"{texts} {'text is' if texts == 1 else 'texts are'} given.",
            expected=f"{number}: {', '.join(ROLES[role].title.lower() for role in columns)}.",
            remedy="Give each of them, in this order.",
        )


def _focus(focuses: Sequence[Focus], name: str | None) -> Focus:
    if name is None:
        return focuses[0]
    for one in focuses:
        if name in (one.key, one.title):
            return one
    raise DataError(
        f"The answer has no part '{name[:60]}'.",
        expected=f"Parts: {', '.join(one.title for one in focuses[:20])}.",
        remedy="Choose one of these.",
    )


def _target(focus: Focus, name: str) -> int:
    if name not in focus.targets:
        raise DataError(
            f"The run has no label '{name[:60]}'.", expected=f"Labels: {', '.join(focus.targets[:20])}.",
            remedy="Choose one of these.",
        )  # fmt: skip
    return focus.targets.index(name)
