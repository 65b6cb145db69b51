"""One part of one answer of a run: its map, how far to trust it, what would flip it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.data.cells.words import words_of
from bertui.errors import ModelError
from bertui.modeling.sources import folder_at_hand
from bertui.prediction.outputs import Progress
from bertui.prediction.predictor import Predictor
from bertui.runs.run import Run
from bertui.tasks.results import Focus, Input, Prediction

if TYPE_CHECKING:
    from bertui.explanation.attribution import Attribution
    from bertui.explanation.deletion import Replacement
    from bertui.explanation.flips import Flip
    from bertui.explanation.methods import Method
    from bertui.explanation.question import Question
    from bertui.explanation.replacements import Replacements
    from bertui.explanation.trust import Trust

_OFTEN = 2  # times that a word of the training rows occurs before it may stand for another
_MOST = 5000


@dataclass(frozen=True)
class Asking:
    """A part of an answer to a row, as a person asks about it.

    Attributes:
        target: Number of the explained target; ``against`` that of another, where their difference is explained.
    """

    predictor: Predictor
    inputs: Input
    focus: Focus
    target: int
    against: int | None = None

    def attribution(self, method: Method) -> Attribution:
        """Return what a method says of its words."""
        from bertui.explanation.attribution import attribution_of

        with self._question() as question:
            return attribution_of(question, method)

    def trust(
        self, attribution: Attribution, progress: Progress | None = None, *, search: bool = True,
        replacement: Replacement = "delete",
    ) -> Trust:  # fmt: skip
        """Return how far a map can be trusted; arguments as of ``trust`` and ``Deletion``."""
        from bertui.explanation.deletion import Deletion
        from bertui.explanation.trust import trust

        with self._question() as question:
            deletion = Deletion(question, replacement)
            return trust(deletion, attribution, self.focus.full_colour, progress, search=search)

    def flips(self, answer: Prediction, trained: Run | None, progress: Progress | None = None) -> tuple[Flip, ...]:
        """Return texts with another answer; none where the task has no such thing.

        Args:
            trained: Whose pre-trained model, or training rows, give the words that may stand for others; without it
                words are deleted only.
        """
        from bertui.explanation.candidates import moves
        from bertui.explanation.flips import flips

        if self.predictor.task.no_flip:
            return ()
        others = None if trained is None else replacements(trained, self.predictor.tokenizer)
        with self._question() as question:
            changes = moves(question, self.inputs, others)
        return tuple(flips(self.predictor, answer, changes, progress))

    @contextmanager
    def _question(self) -> Iterator[Question]:
        from bertui.explanation.question import asking

        one = self.predictor
        about = one.model, one.encoder, self.inputs, one.task, self.focus, self.target, self.against
        with one.twins.lent() as network, asking(*about, on=network) as question:
            yield question


def attributions(
    predictor: Predictor, asked: Sequence[tuple[Input, Focus, int]], method: Method
) -> list[Attribution]:  # fmt: skip
    """Return what a method says of the words of some rows: of each what it reads, the focus and the target."""
    from bertui.explanation.attribution import attributions_of
    from bertui.explanation.question import Question, with_gradients

    model, encoder, task = predictor.model, predictor.encoder, predictor.task
    with predictor.twins.lent() as network, with_gradients(network):
        questions = [
            Question(model, encoder, inputs, task, focus, target, on=network) for inputs, focus, target in asked
        ]
        return attributions_of(questions, method)


def replacements(run: Run, tokenizer: Any) -> Replacements:
    """Return what finds words that may stand for others: the pre-trained model, if it is here with its head, else words
    of the training rows.
    """
    from bertui.explanation.replacements import Guesses, NearWords

    folder = folder_at_hand(run.recipe.model)
    model = None if folder is None else _guessing(folder)
    return NearWords(tokenizer, words_of_rows(run)) if model is None else Guesses(model, tokenizer)


@lru_cache(maxsize=1)  # as large as the run's own model
def _guessing(folder: Path) -> Any:
    """Return the language model in a folder, None where it has none."""
    from bertui.modeling.language_model import language_model

    try:
        return language_model(folder)
    except ModelError:
        return None


def words_of_rows(run: Run) -> tuple[str, ...]:
    """Return the words that occur at least twice in a run's training rows, in small letters, most frequent first."""
    table, split = run.data()
    counted = Counter(
        word.text.casefold()
        for text in table.texts.loc[split.train]
        for word in words_of(text)
        if any(map(str.isalpha, word.text))
    )
    return tuple(word for word, times in counted.most_common(_MOST) if times >= _OFTEN)
