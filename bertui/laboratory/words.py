"""One word through the layers: how its vectors part by meaning on the way up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.cells.words import Word, words_of
from bertui.encoding.batching import collate, reading_batches
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.errors import DataError
from bertui.modeling.twin import twin
from bertui.prediction.outputs import Progress
from bertui.prediction.standard import similarities, standardised
from bertui.tasks.results import Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

MOST = 300
"""Occurrences that are looked at, drawn at random where there are more."""
_TOKENS = 2048  # in a batch, all layers of which are held at once


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A word where it stands: ``text[start:stop]``.

    Attributes:
        row: Place of the row among those given.
        text: The whole text.
        before, after: The words beside it, punctuation passed over; "" at the ends of a text.
        label: The row's, to colour by; "" where none was given.
    """

    row: int
    text: str
    start: int
    stop: int
    before: str
    after: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class OneWord:
    """All occurrences of a word that the model read, or some where there are many.

    Attributes:
        word: As it was asked for.
        found: How often it stands in the texts.
        occurrences: Those looked at, in the order of the rows.
        vectors: The mean of each occurrence's token vectors, ``float32 [layers + 1, occurrences, hidden]``.
    """

    word: str
    found: int
    occurrences: tuple[Occurrence, ...]
    vectors: np.ndarray

    def alike(self, layer: int) -> np.ndarray:
        """Return standardised cosines of all occurrences at a layer, ``float64 [occurrences, occurrences]``."""
        return similarities(standardised(self.vectors[layer]))

    def nearest(self, layer: int, occurrence: int, count: int = 5) -> tuple[tuple[int, float], ...]:
        """Return the occurrences most like one at a layer, with their cosines; of equals the earlier one first."""
        cosines = self.alike(layer)[occurrence]
        order = [int(at) for at in np.argsort(-cosines, kind="stable") if at != occurrence][:count]
        return tuple((at, float(cosines[at])) for at in order)

    def to_json(self) -> dict[str, Any]:
        """Return the occurrences, and by layer their similarities."""
        return {
            "word": self.word, "found": self.found, "occurrences": [asdict(one) for one in self.occurrences],
            "alike": [self.alike(layer).tolist() for layer in range(len(self.vectors))],
        }  # fmt: skip


def one_word(
    model: TextModel, encoder: TextEncoder, task: Task, word: str, inputs: Sequence[Input],
    labels: Sequence[str] | None = None, progress: Progress | None = None, *, most: int = MOST, seed: int = 0,
) -> OneWord:  # fmt: skip
    """Follow a whole word, whatever its case, through the layers.

    Args:
        labels: One for each row, to colour by.
        progress: Called with the share done; what it raises ends the work.

    Raises:
        DataError: It stands in none of the texts, or only where the model does not read.
    """
    everywhere = list(_found(word, inputs, labels))
    if not everywhere:
        raise DataError(
            f"The word '{word}' stands in none of the {len(inputs):,} texts.",
            expected="One whole word, in any case, such as one that you see in the table.",
            remedy="Choose another word, or take more rows.",
        )
    drawn = np.random.default_rng(seed).choice(len(everywhere), min(most, len(everywhere)), replace=False)
    chosen = [everywhere[at] for at in np.sort(drawn).tolist()]
    rows = sorted({one.row for one in chosen})
    encoded = task.encode(encoder, [inputs[row] for row in rows], spans=True)
    places = [_tokens(one, task, inputs[one.row], encoded, rows.index(one.row)) for one in chosen]
    read = [(one, place) for one, place in zip(chosen, places, strict=True) if place is not None]
    if not read:
        raise DataError(
            f"The model reads no text as far as the word '{word}'.",
            expected="A word in the part of a text that is read.",
            remedy="Choose another word, or train with a larger encoding.max_length.",
        )
    vectors = _vectors(model, encoded, int(encoder.tokenizer.pad_token_id), [place for _, place in read], progress)
    return OneWord(word, len(everywhere), tuple(one for one, _ in read), vectors)


def _found(word: str, inputs: Sequence[Input], labels: Sequence[str] | None) -> Iterator[Occurrence]:
    wanted = word.strip().casefold()
    for row, texts in enumerate(inputs):
        for text in dict.fromkeys(texts):
            if not wanted or wanted not in text.casefold():
                continue
            words = [one for one in words_of(text) if any(map(str.isalnum, one.text)) or one.text.casefold() == wanted]
            for at, one in enumerate(words):
                if one.text.casefold() == wanted:
                    yield _occurrence(row, text, words, at, labels[row] if labels is not None else "")


def _occurrence(row: int, text: str, words: Sequence[Word], at: int, label: str) -> Occurrence:
    before = words[at - 1].text if at else ""
    after = words[at + 1].text if at + 1 < len(words) else ""
    return Occurrence(row, text, words[at].start, words[at].stop, before, after, label)


def _tokens(one: Occurrence, task: Task, inputs: Input, encoded: Encoded, row: int) -> tuple[int, np.ndarray] | None:
    """Return the sequence in which an occurrence is read first, and the places of its tokens there."""
    for number, sequence in enumerate(range(encoded.rows[row], encoded.rows[row + 1])):
        origins = encoded.origins[encoded.starts[sequence] : encoded.starts[sequence + 1]]
        for text, whole in enumerate(task.texts_of(inputs, number)):
            if whole == one.text:
                inside = (origins[:, 0] == text) & (origins[:, 1] < one.stop) & (origins[:, 2] > one.start)
                if inside.any():
                    return sequence, np.flatnonzero(inside)
    return None


def _vectors(
    model: TextModel, encoded: Encoded, padding: int, places: Sequence[tuple[int, np.ndarray]],
    progress: Progress | None,
) -> np.ndarray:  # fmt: skip
    import torch

    copied, apart = twin(model), encoded.apart()
    device = str(next(copied.parameters()).device)
    needed = np.unique([sequence for sequence, _ in places])
    found: list[np.ndarray] = [np.zeros(0)] * len(places)
    done = 0
    for batch in reading_batches(encoded.lengths[needed], _TOKENS):
        sequences = needed[batch].tolist()
        with torch.inference_mode():
            states = copied.every_layer(collate(apart, sequences, padding, device))
        for at, (sequence, tokens) in enumerate(places):
            if sequence in sequences:
                row = sequences.index(sequence)
                found[at] = np.stack([layer[row, tokens].float().mean(0).cpu().numpy() for layer in states])
        done += len(batch)
        if progress is not None:
            progress(done / len(needed))
    return np.stack(found, axis=1)
