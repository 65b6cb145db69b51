"""Ways of scoring the tokens of a text; what each needs of the network is in its own file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from bertui.choice import Shorthand, Strategy, choice, strategies_of
from bertui.errors import RecipeError

if TYPE_CHECKING:
    from bertui.explanation.question import Question

_TOLERANCE = 0.02  # largest convergence delta, in probability, that is let pass without more steps
_MOST_STEPS = 256


@dataclass(frozen=True, slots=True)
class TokenScores:
    """What a method says of the tokens.

    Attributes:
        scores: Of each token, special tokens included, ``float64 [sequences, seq]``; 0 for padding.
        baseline_output: What the explained number is for the baseline; None for methods that have none.
        delta: What the scores together are off the move from it; None for methods that have none.
        logit: The explained logit, where the scores are parts of it and not of the answer.
        leaning: The part of that logit which goes to no token.
    """

    scores: np.ndarray
    baseline_output: float | None = None
    delta: float | None = None
    logit: float | None = None
    leaning: float | None = None


class Method(Strategy):
    """One way of answering a question."""

    kind: str
    """Its id, as the command line and files name it."""

    name: ClassVar[str]
    """In a sentence, such as "integrated gradients"."""
    source: ClassVar[str]
    """The paper it is from."""
    signed: ClassVar[bool]
    """Whether a score says which way a token moved the target."""
    adds_up: ClassVar[bool]
    """Whether the scores, with what goes to no word, sum to the explained number or to its move from a baseline."""

    @abstractmethod
    def scores(self, question: Question) -> TokenScores:
        """Score each token; gradients may be taken; the question's twin is left as it was."""

    def scores_of(self, questions: Sequence[Question]) -> list[TokenScores]:
        """Score the tokens of several questions on one twin; at once, where the method can."""
        return [self.scores(one) for one in questions]


class FrozenPass(Method):
    """Each token's share of the logit in a network held as it is at the text: one forward and one backward pass.

    Shares of tokens, special tokens among them, and what goes to no token (position and type embeddings, biases) sum to
    the logit, to rounding.
    """

    title: ClassVar[str] = "Frozen pass"
    help: ClassVar[str] = (
        "Holds the network as it is at this text, where its answer is a plain sum over the words. The quickest; "
        "scores are parts of the logit."
    )
    name: ClassVar[str] = "frozen pass"
    source: ClassVar[str] = "Modarressi et al. 2023 (DecompX), without the step that shares biases out"
    signed: ClassVar[bool] = True
    adds_up: ClassVar[bool] = True
    kind: Literal["frozen"] = "frozen"

    def scores(self, question: Question) -> TokenScores:
        from bertui.explanation.shares import shares

        parts = shares(question)
        return TokenScores(parts.tokens, logit=parts.logit, leaning=parts.leaning)

    def scores_of(self, questions: Sequence[Question]) -> list[TokenScores]:
        from bertui.explanation.shares import shares_of_rows

        found = shares_of_rows(questions)
        return [TokenScores(tokens, logit=logit, leaning=logit - float(tokens.sum())) for tokens, logit in found]


class IntegratedGradients(Method):
    """Gradients of the embeddings, added up along the straight way from the text blanked out to the text.

    The path runs from a baseline (padding or mask tokens in place of the texts' tokens; special tokens and positions
    kept) to the texts; steps are densest where the answer moves. When the convergence delta is above 0.02 the steps are
    doubled, to 256 at most. Computed by captum's IntegratedGradients.
    """

    title: ClassVar[str] = "Integrated gradients"
    help: ClassVar[str] = (
        "Adds up to what the text did to the probability, word by word, from the answer when all words are blanked out."
    )
    name: ClassVar[str] = "integrated gradients"
    source: ClassVar[str] = "Sundararajan et al. 2017, equation 1"
    signed: ClassVar[bool] = True
    adds_up: ClassVar[bool] = True
    kind: Literal["integrated-gradients"] = "integrated-gradients"
    steps: int = choice(32, title="Steps", help="Gradients taken along the way, to begin with.", ge=4, le=256, step=4)
    baseline: Literal["pad", "mask"] = choice(
        "pad", title="Baseline", help="What stands for every word where the way begins: padding, or the mask token.",
    )  # fmt: skip

    def scores(self, question: Question) -> TokenScores:
        from bertui.explanation.path import LinearPath

        blank = question.padding if self.baseline == "pad" else question.mask
        path, steps = LinearPath(question, blank), self.steps
        tolerance = tolerated(path.move, question.unit)
        scores = path.attribute(steps)
        while abs(path.delta(scores)) > tolerance and steps < _MOST_STEPS:
            steps = min(2 * steps, _MOST_STEPS)
            scores = path.attribute(steps)
        return TokenScores(scores, path.baseline_output, path.delta(scores))


class Occlusion(Method):
    """What is explained loses when one word is taken away: the row is read once more for each word."""

    title: ClassVar[str] = "Occlusion"
    help: ClassVar[str] = (
        "Takes one word away at a time and reads the text again. Where two words say the same, neither seems to count."
    )
    name: ClassVar[str] = "occlusion"
    source: ClassVar[str] = "Zeiler and Fergus 2014; by word as in Li et al. 2016 (representation erasure)"
    signed: ClassVar[bool] = True
    adds_up: ClassVar[bool] = False
    kind: Literal["occlusion"] = "occlusion"
    replacement: Literal["delete", "mask"] = choice(
        "delete", title="Replacement", help="Whether a word is deleted, or mask tokens stand for it."
    )

    def scores(self, question: Question) -> TokenScores:
        from bertui.explanation.deletion import Deletion

        deletion = Deletion(question, self.replacement)
        answers = deletion.answers([(), *((word,) for word in deletion.seen)])
        values = np.zeros(deletion.words)
        values[list(deletion.seen)] = answers[0] - answers[1:]
        return TokenScores(deletion.spread(values))


class Lime(Method):
    """A linear model of the answer around the text, fitted on texts that lack random words."""

    title: ClassVar[str] = "LIME"
    help: ClassVar[str] = "Fits a linear model on the answers to texts that lack random words; slow, and it varies."
    name: ClassVar[str] = "LIME"
    source: ClassVar[str] = "Ribeiro et al. 2016"
    signed: ClassVar[bool] = True
    adds_up: ClassVar[bool] = False
    kind: Literal["lime"] = "lime"
    samples: int = choice(
        500, title="Samples", help="Texts that are read; more make it steadier.", ge=50, le=5000, step=50
    )
    seed: int = choice(0, title="Seed", help="Of the words that are left out.", ge=0, le=2**31 - 1)

    def scores(self, question: Question) -> TokenScores:
        from bertui.explanation.deletion import Deletion
        from bertui.explanation.lime import lime

        deletion = Deletion(question)
        return TokenScores(deletion.spread(lime(deletion, self.samples, self.seed)))


class Rollout(Method):
    """Attention multiplied through the layers; for teaching."""

    title: ClassVar[str] = "Attention rollout (no explanation)"
    help: ClassVar[str] = (
        "Multiplies attention through the layers. It shows where information may flow, not what the answer goes by, "
        "and is the same for every label: to be looked at beside a real explanation."
    )
    name: ClassVar[str] = "attention rollout"
    source: ClassVar[str] = "Abnar and Zuidema 2020; why it explains nothing: Jain and Wallace 2019"
    signed: ClassVar[bool] = False
    adds_up: ClassVar[bool] = False
    kind: Literal["rollout"] = "rollout"

    def scores(self, question: Question) -> TokenScores:
        from bertui.explanation.rollout import rollout

        return TokenScores(rollout(question))


class InputTimesGradient(Method):
    """The gradient at the text itself, times the embeddings: one backward pass, by captum's InputXGradient."""

    title: ClassVar[str] = "Input x gradient"
    help: ClassVar[str] = "Looks at the text alone, not at the way to it: quick, and misled where the answer is sure."
    name: ClassVar[str] = "input x gradient"
    source: ClassVar[str] = "Shrikumar et al. 2016 (Not just a black box)"
    signed: ClassVar[bool] = True
    adds_up: ClassVar[bool] = False
    kind: Literal["input-x-gradient"] = "input-x-gradient"

    def scores(self, question: Question) -> TokenScores:
        from bertui.explanation.path import input_times_gradient

        return TokenScores(input_times_gradient(question))


def tolerated(move: float, unit: str) -> float:
    """Return the convergence delta that is let pass: 2 points of probability, or a fiftieth of a number's move."""
    return max(_TOLERANCE * abs(move), 1e-6) if unit else _TOLERANCE


MethodKind = Annotated[
    FrozenPass | IntegratedGradients | Occlusion | Lime | InputTimesGradient | Rollout,
    Field(discriminator="kind"), Shorthand
]  # fmt: skip


def read_method(given: str | None) -> Method:
    """Return the method that a word names, such as "integrated-gradients:64"; the frozen pass for None.

    Raises:
        RecipeError: There is no such method, or its option is out of range.
    """
    if given is None:
        return FrozenPass()
    try:
        method: Method = TypeAdapter(MethodKind).validate_python(given)
        return method
    except ValidationError as error:
        kinds = ", ".join(cls.model_fields["kind"].default for cls in strategies_of(MethodKind))
        raise RecipeError(
            f"'{given[:60]}' is no way of scoring words.", expected=f"One of: {kinds}; after a colon, its option.",
            remedy="Choose one of these.",
        ) from error  # fmt: skip
