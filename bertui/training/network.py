"""What a step runs: the whole network, or its head alone on features that are computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.batching import micro_batches
from bertui.modeling.model import TextModel
from bertui.prediction.outputs import outputs_of, read_all
from bertui.tasks.examples import Examples

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class WholeNetwork:
    """Encoder and head together."""

    model: TextModel
    padding: int
    device: str
    precision: str

    def micro_batches(self, examples: Examples, rows: np.ndarray) -> list[np.ndarray]:
        """Return what of a batch is read at once; on a processor a step keeps what one micro-batch needs."""
        return micro_batches(rows, examples.tokens(rows), _TOKENS) if self.device == "cpu" else [rows]

    def batch(self, examples: Examples, rows: np.ndarray) -> tuple[dict[str, Tensor], Tensor]:
        """Return what ``answer`` takes for some examples, and their targets."""
        return examples.batch(rows, self.padding, self.device)

    def answer(self, **inputs: Tensor) -> Tensor:
        """Return the network's outputs for a batch."""
        outputs: Tensor = self.model(**inputs)
        return outputs

    def outputs(self, examples: Examples) -> np.ndarray:
        """Return the outputs for all examples, in evaluation mode."""
        return outputs_of(self.model, examples.encoded, self.padding, self.precision)


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
    """For each set of examples (by the id of its encoded rows), the condensed features of each sequence."""

    def micro_batches(self, examples: Examples, rows: np.ndarray) -> list[np.ndarray]:
        """Return the batch as it is: features are small."""
        return [rows]

    def batch(self, examples: Examples, rows: np.ndarray) -> tuple[dict[str, Tensor], Tensor]:
        inputs, targets = examples.batch(rows, self.padding, self.device)
        features = self.features[id(examples.encoded)]
        chosen = [features[sequence] for sequence in examples.sequences(rows)]
        mask = inputs["attention_mask"]
        return {"condensed": _stacked(chosen, mask, self._by_token), "mask": mask}, targets

    def answer(self, condensed: Tensor, mask: Tensor) -> Tensor:
        outputs: Tensor = self.model.head(self.model.read(condensed, mask)).float()
        return outputs

    def outputs(self, examples: Examples) -> np.ndarray:
        import torch

        answers: list[np.ndarray] = []
        was_training = self.model.training
        self.model.eval()
        with torch.inference_mode():
            for first in range(0, len(examples), _AT_ONCE):
                rows = np.arange(first, min(first + _AT_ONCE, len(examples)))
                inputs, _ = self.batch(examples, rows)
                outputs = self.answer(**inputs).cpu().numpy()
                if self.model.readout == "token":
                    lengths = examples.encoded.lengths[examples.sequences(rows)]
                    answers += [one[:length] for one, length in zip(outputs, lengths, strict=True)]
                else:
                    answers.append(outputs)
        self.model.train(was_training)
        return (
            np.concatenate(answers) if answers else np.zeros((0, self.model.head.dense.out_features), dtype=np.float32)
        )

    @property
    def _by_token(self) -> bool:
        return self.model.readout == "token" or self.model.reader is not None


Network = WholeNetwork | HeadOnFeatures
_AT_ONCE = 256
_TOKENS = 2048  # of a micro-batch: each casts the weights anew, which takes 1 to 4 % of a step of two


def network_of(
    model: TextModel, train: Examples, validation: Examples, padding: int, device: str, precision: str
) -> Network:
    """Return what a step runs; where no weight of the encoder learns, its features are computed here, once."""
    if any(weight.requires_grad for weight in model.encoder.parameters()):
        return WholeNetwork(model, padding, device, precision)
    by_token = model.readout == "token" or model.reader is not None

    def condensed(attention_mask: Tensor, **inputs: Tensor) -> Tensor:
        layers = model.condensed(model.hidden_states(attention_mask, **inputs), attention_mask)
        return layers.movedim(0, -2)  # [batch, (seq,) layers, hidden]: sequences first

    features: dict[int, list[np.ndarray]] = {}
    for examples in (train, validation):
        layers = read_all(model, condensed, examples.encoded, padding, precision, by_token=by_token)
        features[id(examples.encoded)] = [one.astype(np.float16) for one in layers] if by_token else layers
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
