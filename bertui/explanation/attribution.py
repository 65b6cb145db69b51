"""How much each word of a text moved the model's answer: integrated gradients.

What is attributed is the label's *probability*, not its logit: the scores then add up to a change that people can
read ("from 12 % to 98 %"), and they say what moved this label against all others, which a logit alone does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bertui.encoding.encode import Encoding, TextEncoder
from bertui.errors import DataError
from bertui.explanation.path import Path, twin
from bertui.explanation.words import Word, word_scores, words_of

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

_TOLERANCE = 0.02  # largest convergence delta, in probability, that is let pass without more steps
_MOST_STEPS = 256


@dataclass(frozen=True, slots=True)
class Attribution:
    """The words of a text and how much each raised or lowered the probability of one label.

    The words' scores and ``other`` sum to ``output - baseline_output + convergence_delta``.

    Attributes:
        text: The text as given.
        words: Its words.
        scores: Signed score of each word: its part, in probability, of the move of the target.
        seen: False where the model did not read the word, because it was cut away or its tokenizer drops it.
        target: Number of the explained class.
        other: Score of what is no word: special tokens, which are hidden, and tokens of white space.
        output: The target's probability, 0 to 1.
        baseline_output: The same for the baseline: padding tokens in place of the text's tokens.
        convergence_delta: What all scores together are off ``output - baseline_output``.
        method: Name of the method.
    """

    text: str
    words: tuple[Word, ...]
    scores: tuple[float, ...]
    seen: tuple[bool, ...]
    target: int
    other: float
    output: float
    baseline_output: float
    convergence_delta: float
    method: str = "integrated gradients"

    def __post_init__(self) -> None:
        if not len(self.words) == len(self.scores) == len(self.seen):
            raise ValueError(f"{len(self.words)} words, {len(self.scores)} scores, {len(self.seen)} seen.")

    @property
    def total(self) -> float:
        """What the words together added to the target's probability."""
        return sum(self.scores)

    def sentence(self, label: str) -> str:
        """Say in plain words what the scores sum to, and how far they can be trusted."""
        parts = [
            f"Together the text moved “{label}” from {_percent(self.baseline_output)} (the model's answer when "
            f"every word is blanked out) to {_percent(self.output)}.",
            f"Its words account for {_points(self.total)} of that, hidden special marks for {_points(self.other)}.",
        ]
        off = max(0.001, abs(self.convergence_delta))
        if off <= _TOLERANCE:
            parts.append(f"The scores add up to this move to within {100 * off:.1f} points.")
        else:
            parts.append(
                f"The scores miss this move by {100 * off:.1f} points: read them as a rough picture, "
                "not as exact numbers."
            )
        return " ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Return the attribution as plain JSON values; ``spans`` are the words' (start, stop) in the text."""
        return {
            "text": self.text,
            "words": [word.text for word in self.words],
            "spans": [[word.start, word.stop] for word in self.words],
            "scores": list(self.scores),
            "seen": list(self.seen),
            "target": self.target,
            "other": self.other,
            "output": self.output,
            "baseline_output": self.baseline_output,
            "convergence_delta": self.convergence_delta,
            "method": self.method,
        }


def integrated_gradients(
    model: TextModel, encoder: TextEncoder, text: str, target: int | None = None, *, steps: int = 32,
    temperature: float = 1.0,
) -> Attribution:  # fmt: skip
    """Attribute one class's probability to the words of a text by integrated gradients on the embeddings.

    The path runs from a baseline (padding tokens in place of the text's tokens; special tokens and positions
    kept) to the text; steps are densest where the answer moves. When the convergence delta is above 0.02 the
    steps are doubled, to 256 at most. The model is left as it was; other threads may use it meanwhile.

    Args:
        model: The network; dropout is off for the attribution, whatever its mode.
        encoder: Turns the text into the ids that this model reads.
        text: Any text that is not blank.
        target: Number of the class to explain; None for the predicted one.
        steps: Gradients taken along the path, to begin with.
        temperature: What the run divides its logits by, so that the explained probability is the one it answers.

    Raises:
        DataError: The text holds nothing that the model can read.
        ModelError: The encoder has no embeddings module, or there is no such class.

    Source: Sundararajan et al. 2017, equation 1, by captum's IntegratedGradients.
    """
    import torch

    encoding = _encode(encoder, text)
    own = twin(model)
    device = next(model.parameters()).device
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(device.type, enabled=False):
        path = Path(own, encoding, int(encoder.tokenizer.pad_token_id), device, temperature)
        target = path.check(target)
        scores = path.attribute(target, steps)
        while abs(path.delta(scores, target)) > _TOLERANCE and steps < _MOST_STEPS:
            steps = min(2 * steps, _MOST_STEPS)
            scores = path.attribute(target, steps)
    words = words_of(text)
    merged, seen = word_scores(words, encoding, scores[encoding.first : encoding.first + len(encoding.kept)])
    return Attribution(
        text=text,
        words=words,
        scores=tuple(merged.tolist()),
        seen=tuple(seen.tolist()),
        target=target,
        other=float(scores.sum() - merged.sum()),
        output=path.output(target),
        baseline_output=path.baseline_output(target),
        convergence_delta=path.delta(scores, target),
    )


def _encode(encoder: TextEncoder, text: str) -> Encoding:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DataError(
            f"Character {error.start + 1} of the text is broken: it is half of a pair.",
            expected="Text as UTF-8.",
            remedy="Type the text again, or remove that character.",
        ) from error
    encoding = encoder.encode(text)
    if not encoding.kept:
        raise DataError(
            "The text is empty." if not text.strip() else "The text holds nothing that the model can read.",
            expected="At least one word.",
            remedy="Type a sentence.",
        )
    return encoding


def _percent(probability: float) -> str:
    if 0 < probability < 0.001 or 0.999 < probability < 1:
        return "under 0.1 %" if probability < 0.5 else "over 99.9 %"
    return f"{100 * probability:.1f} %"


def _points(difference: float) -> str:
    rounded = round(100 * difference, 1) + 0.0  # no minus before a zero
    return f"{rounded:+.1f} points".replace("-", "−")
