"""What is asked of an explanation: which target of an answer, of which row, of which model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.cells.words import words_of
from bertui.encoding.batching import Batch, collate, reading_batches
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.encoding.unread import check_readable
from bertui.errors import DataError
from bertui.explanation.asked import asked
from bertui.explanation.words import word_places
from bertui.modeling.families import family_of, module_at
from bertui.modeling.readout import ROWS
from bertui.modeling.twin import twin
from bertui.tasks.results import Focus, Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.model import TextModel

TOKENS_AT_ONCE = 1024  # tokens in one forward and backward pass: bounds the memory of long texts


class Question:
    """One target of an answer as a function of a row's token ids; positions, segments and the mask stay as they are.

    The network is a twin: hooks and modes touch nothing that others use.

    Args:
        on: A twin of the model that nobody else uses meanwhile; else one is made.

    Attributes:
        model: The twin.
        encoded: The sequences in which the target is decided, as one row with spans.
        texts: The texts of these sequences.
        ids: ``int64 [sequences, seq]``, padded.
        of_text: Which of them are tokens of the texts, and no special tokens or padding, ``bool [sequences, seq]``.
        packed: Whether the model leaves padding out; the twin does not, so that hooks see what passes.
        padding: Id of the padding token.
        mask: Id of the mask token; that of the padding where the tokenizer has none.
        asked: The explained target, or the difference of two.

    Raises:
        DataError: A text holds nothing that the model can read.
        ModelError: There is no such target.
    """

    def __init__(
        self, model: TextModel, encoder: TextEncoder, inputs: Input, task: Task, focus: Focus,
        target: int | None = None, against: int | None = None, *, on: Any = None,
    ) -> None:  # fmt: skip
        _check_texts(encoder, inputs)
        row = task.encode(encoder, [inputs], spans=True)
        decided = task.decided_in(inputs, row, focus)
        self.encoded, self.texts = row.only(decided.sequences), task.shown(inputs, focus)
        self.packed = model.packed
        self.model, self.padding = twin(model) if on is None else on, int(encoder.tokenizer.pad_token_id)
        mask = encoder.tokenizer.mask_token_id
        self.mask = self.padding if mask is None else int(mask)
        self.device = next(model.parameters()).device
        self._row = collate(self.encoded, [0], self.padding, str(self.device))
        self.ids = self._row.input_ids
        self._positions = self._given_positions()
        self.of_text = self._of_text()
        highest = self._highest(task, focus, decided.token) if target is None else target
        self.asked = asked(task, focus, decided.token, highest, against)

    @cached_property
    def given(self) -> Tensor:
        """What the network gives for the row itself, ``[1, ...]``; a method that reads it anyway may put it here."""
        import torch

        with torch.no_grad():
            return self.outputs(self.ids[None])

    @property
    def value(self) -> float:
        """The explained number."""
        return float(self.asked.answer(self.given)[0])

    @property
    def output(self) -> float:
        """The target's probability, or its number in the focus's unit; without a difference, the value."""
        return float(self.asked.answers(self.given)[0, self.target])

    @property
    def target(self) -> int:
        return self.asked.target

    @property
    def unit(self) -> str:
        return self.asked.focus.unit

    @property
    def at_once(self) -> int:
        """How many copies of the row are read at once."""
        return max(1, TOKENS_AT_ONCE // self.ids.numel())

    def answer(self, ids: Tensor) -> Tensor:
        """Return what is explained, ``[copies]``, for token ids ``[copies, sequences, seq]``."""
        return self.asked.answer(self.outputs(ids))

    def outputs(self, ids: Tensor) -> Tensor:
        """Return what the network gives for token ids ``[copies, sequences, seq]``, as its readout says."""
        import torch

        copies, sequences, seq = ids.shape

        def each(values: Tensor | None) -> Tensor | None:
            return None if values is None else values.repeat(copies, 1)

        rows = torch.arange(0, copies * sequences + 1, sequences, device=ids.device)
        mask, types = self._row.attention_mask.repeat(copies, 1), each(self._row.token_type_ids)
        outputs = self.model(Batch(ids.reshape(-1, seq), mask, rows, types, each(self._positions)))
        return self._by_copy(outputs, sequences)

    def _by_copy(self, outputs: Tensor, sequences: int) -> Tensor:
        """Return outputs with an axis for copies of the row before that of sequences, where these are answered for."""
        return outputs if self.model.readout == ROWS else outputs.unflatten(0, (-1, sequences))

    def answers(self, ids: Tensor) -> np.ndarray:
        """Return the same as ``float64``, read in parts that bound the memory."""
        import torch

        with torch.no_grad():
            outputs = torch.cat([self.answer(some) for some in ids.split(self.at_once)])
        found: np.ndarray = outputs.double().cpu().numpy()
        return found

    def answers_to(self, rows: Encoded) -> np.ndarray:
        """Return what is explained, ``float64 [rows]``, for rows in place of this one, of as many sequences each."""
        import torch

        found = np.zeros(len(rows))
        sequences, lengths = len(self.ids), np.add.reduceat(rows.lengths, rows.rows[:-1])
        for some in reading_batches(lengths, TOKENS_AT_ONCE):
            batch = collate(rows, some, self.padding, str(self.device))
            with torch.no_grad():
                found[some] = self.asked.answer(self._by_copy(self.model(batch), sequences)).double().cpu().numpy()
        return found

    def blanked(self, blank: int) -> Tensor:
        """Return the ids with one token in place of all tokens of the texts."""
        return self.ids.masked_fill(self.of_text, blank)

    @cached_property
    def places(self) -> list[list[int]]:
        """Where, among the tokens end to end, those of each word of all texts stand; none where it is not read."""
        return [
            places
            for number, text in enumerate(self.texts)
            for places in word_places(words_of(text), self.encoded, number)
        ]

    @property
    def in_sequences(self) -> np.ndarray:
        """Which places are tokens and no padding, ``bool [sequences, seq]``."""
        mask: np.ndarray = self._row.attention_mask.bool().cpu().numpy()
        return mask

    def of_tokens(self, values: np.ndarray) -> np.ndarray:
        """Return values ``[sequences, seq]`` of the tokens end to end, ``[tokens]``."""
        return values[self.in_sequences]

    def _highest(self, task: Task, focus: Focus, token: int | None) -> int:
        return int(task.explained(self.given, focus, token)[0].argmax())

    def _given_positions(self) -> Tensor | None:
        """Return the positions of the tokens where the family counts them from the padding."""
        family = family_of(self.model.encoder.config)
        if not family.first_position:
            return None
        return _position_ids(module_at(self.model.encoder, family.embeddings), self.ids)

    def _of_text(self) -> Tensor:
        import torch

        real = torch.from_numpy(self.encoded.origins[:, 0] >= 0).to(self.device)
        return torch.zeros_like(self.ids, dtype=torch.bool).masked_scatter(self._row.attention_mask.bool(), real)


@contextmanager
def with_gradients(model: TextModel) -> Iterator[None]:
    """Take gradients, in 32-bit, within the block, whatever is set around it."""
    import torch

    device = next(model.parameters()).device
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(device.type, enabled=False):
        yield


@contextmanager
def asking(model: TextModel, *about: Any, **more: Any) -> Iterator[Question]:
    """Ask a question within the block.

    Args:
        about, more: As of ``Question``.
    """
    with with_gradients(model):
        yield Question(model, *about, **more)


def _check_texts(encoder: TextEncoder, inputs: Input) -> None:
    for text in inputs:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise DataError(
                f"Character {error.start + 1} of the text is broken: it is half of a pair.",
                expected="Text as UTF-8.",
                remedy="Type the text again, or remove that character.",
            ) from error
    check_readable(encoder, inputs)


def _position_ids(embeddings: Any, ids: Tensor) -> Tensor | None:
    """Return the text's positions for RoBERTa's kin, who derive them from which tokens are padding.

    Left to itself, the baseline would have all its tokens in one place.
    """
    padding = getattr(embeddings, "padding_idx", None)
    if padding is None:
        return None
    present = ids.ne(padding).long()
    return present.cumsum(1) * present + padding
