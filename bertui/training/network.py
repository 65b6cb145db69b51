"""What a step runs: the whole network, or its head alone on features that are computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.batching import Batch, collate, micro_batches
from bertui.encoding.encoded import Encoded
from bertui.modeling.model import TextModel
from bertui.modeling.readout import TOKENS
from bertui.prediction.outputs import evaluating, outputs_of, read_all
from bertui.training.objective import Objective

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class WholeNetwork:
    """Encoder and head together."""

    model: TextModel
    padding: int
    device: str
    precision: str

    def micro_batches(self, rows: np.ndarray, tokens: np.ndarray) -> list[np.ndarray]:
        """Return what of a batch is read at once; on a processor a step keeps what one micro-batch needs.

        Args:
            tokens: Those of each row, ``[batch]``.
        """
        return micro_batches(rows, tokens, _TOKENS) if self.device == "cpu" else [rows]

    def answer(self, batch: Batch) -> Tensor:
        """Return the network's outputs for a batch."""
        outputs: Tensor = self.model(batch)
        return outputs

    def outputs(self, encoded: Encoded) -> np.ndarray:
        """Return the outputs for all rows, in evaluation mode."""
        return outputs_of(self.model, encoded, self.padding, self.precision)


@dataclass(frozen=True, slots=True)
class HeadOnFeatures:
    """The head on cached features of a frozen encoder: one forward pass over the data, whatever the epochs.

    The features are those of evaluation mode: an encoder that does not learn needs no dropout.

    Source: Devlin et al. 2018, section 5.3.
    """

    model: TextModel
    padding: int
    device: str
    precision: str
    features: dict[int, list[np.ndarray]]
    """For each set of rows (by the id of what is encoded), the condensed features of each sequence."""

    def micro_batches(self, rows: np.ndarray, tokens: np.ndarray) -> list[np.ndarray]:
        """Return the batch as it is: features are small."""
        return [rows]

    def answer(self, batch: Batch) -> Tensor:
        if batch.origin is None:
            raise ValueError("Features are kept of rows that stay as they are.")
        encoded, sequences = batch.origin
        features = self.features[id(encoded)]
        condensed = _stacked([features[one] for one in sequences], batch.attention_mask, self.model.keeps_tokens)
        return self.model.answer(self.model.read(condensed, batch.attention_mask), batch.rows)

    def outputs(self, encoded: Encoded) -> np.ndarray:
        answers: list[np.ndarray] = []
        with evaluating(self.model):
            for first in range(0, len(encoded), _AT_ONCE):
                batch = collate(encoded, range(first, min(first + _AT_ONCE, len(encoded))), self.padding, self.device)
                outputs = self.answer(batch).cpu().numpy()
                if self.model.readout == TOKENS:
                    lengths = batch.attention_mask.sum(1).tolist()
                    answers += [one[:length] for one, length in zip(outputs, lengths, strict=True)]
                else:
                    answers.append(outputs)
        return (
            np.concatenate(answers) if answers else np.zeros((0, self.model.head.dense.out_features), dtype=np.float32)
        )


Network = WholeNetwork | HeadOnFeatures
_AT_ONCE = 256
_TOKENS = 2048  # of a micro-batch: each casts the weights anew, which takes 1 to 4 % of a step of two


def network_of(model: TextModel, objective: Objective, padding: int, device: str, precision: str) -> Network:
    """Return what a step runs; where no weight of the encoder learns, its features are computed here, once."""
    learns = any(weight.requires_grad for weight in model.encoder.parameters())
    if learns or not objective.fixed:
        return WholeNetwork(model, padding, device, precision)
    by_token = model.keeps_tokens

    def condensed(batch: Batch) -> Tensor:
        layers = model.condensed(model.hidden_states(batch), batch.attention_mask)
        return layers.movedim(0, -2)  # [sequences, (seq,) layers, hidden]: sequences first

    features: dict[int, list[np.ndarray]] = {}
    for encoded in objective.fixed:
        layers = read_all(model, condensed, encoded, padding, precision, by_token=by_token)
        features[id(encoded)] = [one.astype(np.float16) for one in layers] if by_token else layers
    return HeadOnFeatures(model, padding, device, precision, features)


def _stacked(rows: list[np.ndarray], mask: Tensor, by_token: bool) -> Any:
    """Return features as the head reads them, ``[layers, batch, (seq,) hidden]``, padded with 0."""
    import torch

    if not by_token:
        return torch.from_numpy(np.stack(rows)).movedim(1, 0).to(mask.device)
    stacked = np.zeros((len(rows), mask.shape[1], *rows[0].shape[1:]), dtype=np.float32)
    for number, row in enumerate(rows):
        stacked[number, : len(row)] = row
    return torch.from_numpy(stacked).movedim(2, 0).to(mask.device)
