"""The straight way from a text whose words are blanked out to the text itself, and the gradients along it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.encoded import Encoding
from bertui.errors import ModelError
from bertui.modeling.families import family_of, module_at

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.model import TextModel

_STEPS_PER_PIECE = 4
_LOOKS = 16  # places of the path at which the answer is read before it is divided
TOKENS_AT_ONCE = 1024  # tokens in one forward and backward pass: bounds the memory of long texts


class LinearPath:
    """The straight way from the baseline (0) to one example (1) in the space of embeddings, for one model.

    Args:
        explained: Turns the network's outputs into what is explained, ``[batch, targets]``.

    A trained model's answer often jumps within a few percent of the way. So the answer is read along the way
    first, and the way is divided where it moves; each piece then has a Gauss-Legendre quadrature of its own. The
    integral is the same. Measured with 32 steps on 50 TREC questions: convergence delta 0.0002 in the median and
    0.004 at worst; 32 steps over the whole way leave 0.09 in the median, and 128 still leave 0.04 at worst.
    """

    def __init__(
        self, model: Any, encoding: Encoding, padding: int, device: Any, explained: Callable[[Tensor], Tensor]
    ) -> None:
        import torch

        layer = _embeddings(model)
        self._answer = ExplainedOutputs(model, encoding, device, explained)
        self._ids = self._answer.ids
        baseline = self._ids.clone()
        for segment in encoding.segments:
            baseline[:, segment.places] = padding
        self._vectors: Tensor | None = None
        layer.register_forward_hook(self._put_in_place)
        with torch.no_grad():
            self._answer(torch.cat([baseline, self._ids]))
        self._start, self._end = self._given.split(1)
        self._at_once = max(1, TOKENS_AT_ONCE // self._ids.shape[1])
        self._places = np.linspace(0, 1, _LOOKS + 1)
        self._outputs = self._look(self._places)

    def check(self, target: int | None) -> int:
        """Return the target to explain, the highest one if none is given."""
        classes = self._outputs.shape[1]
        if target is None:
            return int(self._outputs[-1].argmax())
        if not 0 <= target < classes:
            raise ModelError(
                f"The model has no label number {target}.",
                expected=f"A number from 0 to {classes - 1}.",
                remedy="Choose one of the model's labels.",
            )
        return target

    def output(self, target: int) -> float:
        return float(self._outputs[-1, target])

    def baseline_output(self, target: int) -> float:
        return float(self._outputs[0, target])

    def delta(self, scores: np.ndarray, target: int) -> float:
        return float(scores.sum() - (self.output(target) - self.baseline_output(target)))

    def attribute(self, target: int, steps: int) -> np.ndarray:
        """Return the score of every token, special tokens included, ``float64 [seq]``."""
        from captum.attr import IntegratedGradients

        method, scores = IntegratedGradients(self._at), np.zeros(self._start.shape[1])
        ends = self._points(self.divided(max(1, steps // _STEPS_PER_PIECE)))
        for first in range(0, len(ends) - 1, self._at_once):
            pieces = ends[first : first + self._at_once + 1]
            scores += (
                method.attribute(
                    pieces[1:],
                    baselines=pieces[:-1],
                    target=target,
                    n_steps=_STEPS_PER_PIECE,
                    method="gausslegendre",
                    internal_batch_size=self._at_once,
                )
                .detach().double().sum((0, 2)).cpu().numpy()
            )  # fmt: skip
        return scores

    def divided(self, pieces: int) -> np.ndarray:
        """Return the ends of ``pieces`` pieces of the way: half by length, half by how far the answer moves."""
        moves = np.abs(np.diff(self._outputs, axis=0)).sum(1)
        even = np.full(len(moves), 1 / len(moves))
        shares = (even + moves / moves.sum()) / 2 if moves.sum() > 0 else even
        travelled = np.concatenate([[0], shares.cumsum()])
        return np.interp(np.linspace(0, travelled[-1], pieces + 1), travelled, self._places)

    def _look(self, places: np.ndarray) -> np.ndarray:
        """Return what is explained at places of the way, ``float64 [places, targets]``."""
        import torch

        with torch.no_grad():
            outputs_of = [self._at(points) for points in self._points(places).split(self._at_once)]
        outputs: np.ndarray = torch.cat(outputs_of).double().cpu().numpy()
        return outputs

    def _points(self, places: np.ndarray) -> Tensor:
        """Return the embeddings at places of the way, ``[places, seq, hidden]``."""
        import torch

        along = torch.as_tensor(places, dtype=self._start.dtype, device=self._start.device)[:, None, None]
        return torch.lerp(self._start, self._end, along)

    def _at(self, vectors: Tensor) -> Tensor:
        """Return what is explained for embeddings: ``[batch, seq, hidden] -> [batch, targets]``."""
        self._vectors = vectors
        return self._answer(self._ids.expand(len(vectors), -1))

    def _put_in_place(self, layer: Any, inputs: Any, output: Tensor) -> Tensor:
        """Note the embeddings that the ids give, or put those of a point of the path in their place."""
        if self._vectors is None:
            self._given = output
            return output
        return self._vectors


class ExplainedOutputs:
    """What is explained, as a function of the token ids of one example; positions and segments stay as they are.

    Attributes:
        ids: Those of the example itself, ``[1, seq]``.
    """

    def __init__(self, model: Any, encoding: Encoding, device: Any, explained: Callable[[Tensor], Tensor]) -> None:
        import torch

        self._model, self._explained = model, explained
        self.ids = torch.tensor([encoding.ids], device=device)
        types = None if encoding.types is None else torch.tensor([encoding.types], device=device)
        counted_on = family_of(model.encoder.config).first_position > 0
        positions = _position_ids(_embeddings(model), self.ids) if counted_on else None
        given = {"position_ids": positions, "token_type_ids": types}
        self._given = {name: value for name, value in given.items() if value is not None}

    def __call__(self, ids: Tensor) -> Tensor:
        """Return ``[batch, targets]`` for ids ``[batch, seq]``."""
        more = {name: value.expand(len(ids), -1) for name, value in self._given.items()}
        return self._explained(self._model(attention_mask=ids.new_ones(ids.shape), input_ids=ids, **more))


def twin(model: TextModel) -> Any:
    """Return a model with the same weights in memory but modules of its own, in evaluation mode.

    Hooks, modes and gradients then touch nothing that another thread may be using.
    """
    import torch

    shared: dict[int, Any] = {id(buffer): buffer for buffer in model.buffers()}
    for weight in model.parameters():
        shared[id(weight)] = torch.nn.Parameter(weight.detach(), requires_grad=False)
    copied = copy.deepcopy(model, shared).eval()
    copied.packed = False  # transformers' own modules: hooks see what passes through them
    return copied


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


def _position_ids(embeddings: Any, ids: Tensor) -> Tensor | None:
    """Return the text's positions for RoBERTa's kin, who derive them from which tokens are padding.

    Left to itself, the baseline would have all its tokens in one place.
    """
    padding = getattr(embeddings, "padding_idx", None)
    if padding is None:
        return None
    present = ids.ne(padding).long()
    return present.cumsum(1) * present + padding
