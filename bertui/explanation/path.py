"""The straight way from a text whose words are blanked out to the text itself, and the gradients along it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.errors import ModelError
from bertui.modeling.families import family_of, module_at

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.explanation.question import Question

_STEPS_PER_PIECE = 4
_LOOKS = 16  # places of the path at which the answer is read before it is divided


class EmbeddedAnswer:
    """What a question explains, ``[copies]``, of embeddings ``[copies, sequences, seq, hidden]``.

    Args:
        blank: Id of the token that stands for all tokens of the text in the baseline.

    Attributes:
        baseline, text: The embeddings of the text blanked out and of the text, ``[1, sequences, seq, hidden]``.

    Raises:
        ModelError: The encoder has no embeddings module.
    """

    def __init__(self, question: Question, blank: int) -> None:
        import torch

        self._question = question
        self._vectors: Tensor | None = None
        with torch.no_grad():
            self._answer(torch.stack([question.blanked(blank), question.ids]))
        self.baseline, self.text = self._given.view(2, *question.ids.shape, -1).split(1)

    def __call__(self, vectors: Tensor) -> Tensor:
        self._vectors = vectors.flatten(0, 1)
        return self._answer(self._question.ids.expand(len(vectors), -1, -1))

    def _answer(self, ids: Tensor) -> Tensor:
        hook = _embeddings(self._question.model).register_forward_hook(self._put_in_place)
        try:
            return self._question.answer(ids)
        finally:
            hook.remove()

    def _put_in_place(self, layer: Any, inputs: Any, output: Tensor) -> Tensor:
        """Note the embeddings that the ids give, or put others in their place."""
        if self._vectors is None:
            self._given = output
            return output
        return self._vectors


class LinearPath:
    """The straight way from the baseline (0) to a question's row (1) in the space of embeddings.

    A trained model's answer often jumps within a few percent of the way. So the answer is read along the way
    first, and the way is divided where it moves; each piece then has a Gauss-Legendre quadrature of its own. The
    integral is the same. Measured with 32 steps on 50 TREC questions: convergence delta 0.0002 in the median and
    0.004 at worst; 32 steps over the whole way leave 0.09 in the median, and 128 still leave 0.04 at worst.
    """

    def __init__(self, question: Question, blank: int) -> None:
        self._answer, self._at_once, self._value = EmbeddedAnswer(question, blank), question.at_once, question.value
        self._places = np.linspace(0, 1, _LOOKS + 1)
        self._outputs = self._look(self._places)

    @property
    def baseline_output(self) -> float:
        return float(self._outputs[0])

    @property
    def move(self) -> float:
        """What the explained number moves by along the way."""
        return self._value - self.baseline_output

    def delta(self, scores: np.ndarray) -> float:
        """Return what scores together are off the move."""
        return float(scores.sum() - self.move)

    def attribute(self, steps: int) -> np.ndarray:
        """Return the score of every token, special tokens included, ``float64 [sequences, seq]``."""
        from captum.attr import IntegratedGradients

        method, scores = IntegratedGradients(self._answer), np.zeros(tuple(self._answer.text.shape[1:3]))
        ends = self._points(self.divided(max(1, steps // _STEPS_PER_PIECE)))
        for first in range(0, len(ends) - 1, self._at_once):
            pieces = ends[first : first + self._at_once + 1]
            scores += (
                method.attribute(
                    pieces[1:],
                    baselines=pieces[:-1],
                    n_steps=_STEPS_PER_PIECE,
                    method="gausslegendre",
                    internal_batch_size=self._at_once,
                )
                .detach().double().sum((0, -1)).cpu().numpy()
            )  # fmt: skip
        return scores

    def divided(self, pieces: int) -> np.ndarray:
        """Return the ends of ``pieces`` pieces of the way: half by length, half by how far the answer moves."""
        moves = np.abs(np.diff(self._outputs))
        even = np.full(len(moves), 1 / len(moves))
        shares = (even + moves / moves.sum()) / 2 if moves.sum() > 0 else even
        travelled = np.concatenate([[0], shares.cumsum()])
        return np.interp(np.linspace(0, travelled[-1], pieces + 1), travelled, self._places)

    def _look(self, places: np.ndarray) -> np.ndarray:
        """Return what is explained at places of the way, ``float64 [places]``."""
        import torch

        with torch.no_grad():
            outputs_of = [self._answer(points) for points in self._points(places).split(self._at_once)]
        outputs: np.ndarray = torch.cat(outputs_of).double().cpu().numpy()
        return outputs

    def _points(self, places: np.ndarray) -> Tensor:
        """Return the embeddings at places of the way, ``[places, sequences, seq, hidden]``."""
        import torch

        start, end = self._answer.baseline, self._answer.text
        along = torch.as_tensor(places, dtype=start.dtype, device=start.device)[:, None, None, None]
        return torch.lerp(start, end, along)


def input_times_gradient(question: Question) -> np.ndarray:
    """Return each token's embedding times the gradient there, summed, ``float64 [sequences, seq]``."""
    from captum.attr import InputXGradient

    answer = EmbeddedAnswer(question, question.padding)
    attributed = InputXGradient(answer).attribute(answer.text.clone().requires_grad_())
    scores: np.ndarray = attributed.detach().double().sum((0, -1)).cpu().numpy()
    return scores


def _embeddings(model: Any) -> Any:
    """Return the module that turns token ids into the vectors that the first layer reads."""
    import torch

    module = module_at(model.encoder, family_of(model.encoder.config).embeddings)
    if not isinstance(module, torch.nn.Module):
        raise ModelError(
            f"Words cannot be scored for a model of the kind '{model.encoder.config.model_type}': it has no "
            "embeddings module.",
            expected="BERT, RoBERTa, DistilBERT, ELECTRA, DeBERTa, ModernBERT or the like.",
            remedy="Train with such a model to see what each word does.",
        )
    return module
