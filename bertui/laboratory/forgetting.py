"""What fine-tuning cost: how well the encoder still fills blanks, with the head that it was pre-trained with."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.errors import DataError, ModelError
from bertui.evaluation.intervals import Interval, bootstrap_interval
from bertui.laboratory.sample import Steps
from bertui.modeling.backbone import token_limit
from bertui.modeling.language_model import HAS_ONE, language_model
from bertui.prediction.outputs import Progress

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from bertui.modeling.model import TextModel

SHARE = 0.15
"""Of a sentence's tokens that are masked: what BERT was pre-trained with (Devlin et al. 2018)."""
BLANK = "___"
_BATCH, _RESAMPLES = 16, 1000


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Masked-word loss on the same masked tokens before and after fine-tuning.

    Attributes:
        sentences, tokens: How many were read, and how many tokens of them were masked.
        before, after: Mean negative log-likelihood of a masked token, in nats.
        worse: How much higher the loss is after, with its interval over sentences.
    """

    sentences: int
    tokens: int
    before: float
    after: float
    worse: Interval

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"worse": self.worse.to_json()}


@dataclass(frozen=True, slots=True)
class Filled:
    """The likeliest tokens for a blank, each with its probability, the likeliest first."""

    before: tuple[tuple[str, float], ...]
    after: tuple[tuple[str, float], ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LanguageModels:
    """The pre-trained language model, and the same head on the fine-tuned encoder.

    Where the head's last layer is tied to the word embeddings, it is tied to the fine-tuned ones.
    """

    before: Any
    after: Any
    tokenizer: PreTrainedTokenizerBase

    def forgetting(self, sentences: Sequence[str], progress: Progress | None = None, *, seed: int = 0) -> Forgetting:
        """Compare the losses on sentences of which the same tokens are masked for both.

        Args:
            progress: Called with the share done; what it raises ends the work.

        Raises:
            DataError: No sentence has a token that could be masked.
        """
        random = np.random.default_rng(seed)
        masked = [one for text in sentences if (one := self._masked(text, random)) is not None]
        if not masked:
            raise DataError("No sentence has a word to mask.", expected="Sentences.", remedy="Give some text.")
        steps = Steps(progress, 2)
        losses = np.stack([self._losses(model, masked, steps.next()) for model in (self.before, self.after)])
        counts = np.array([len(places) for _, places, _ in masked], dtype=np.float64)
        means = losses.sum(1) / counts.sum()
        drawn = np.random.default_rng(seed).integers(0, len(masked), (_RESAMPLES, len(masked)))
        gaps = (losses[1] - losses[0])[drawn].sum(1) / counts[drawn].sum(1)
        worse = float(means[1] - means[0])
        interval = bootstrap_interval(worse, gaps, collapsed=Interval(worse, worse, worse))
        return Forgetting(len(masked), int(counts.sum()), float(means[0]), float(means[1]), interval)

    def fill(self, text: str, count: int = 5) -> Filled:
        """Return what each model puts into a blank.

        Args:
            text: With one blank, written ``___`` or as the model's own mask token.

        Raises:
            DataError: It has no blank or several, or is too long to be read.
        """
        import torch

        parts = text.replace(str(self.tokenizer.mask_token), BLANK).split(BLANK)
        if len(parts) != 2:
            raise DataError(
                f"The text has {len(parts) - 1} blanks.", expected=f"One, written {BLANK}.",
                remedy="Write it where one word is to be guessed.",
            )  # fmt: skip
        ids, place = self._with_mask(*parts)

        def likeliest(model: Any) -> tuple[tuple[str, float], ...]:
            with torch.no_grad():
                shares = model(input_ids=torch.from_numpy(ids)[None]).logits[0, place].double().softmax(-1)
            top = shares.topk(count)
            words = [str(self.tokenizer.decode([token])).strip() for token in top.indices.tolist()]
            return tuple(zip(words, top.values.tolist(), strict=True))

        return Filled(likeliest(self.before), likeliest(self.after))

    def _with_mask(self, left: str, right: str) -> tuple[np.ndarray, int]:
        """Return ids with the mask between two halves, and its place: not every tokenizer reads its mask in a text."""
        first, last = TextEncoder(self.tokenizer, EncodingChoice(), self._limit).frames[1]
        halves = [self.tokenizer(half, add_special_tokens=False)["input_ids"] for half in (left.rstrip(), right)]
        ids = [*first, *halves[0], self.tokenizer.mask_token_id, *halves[1], *last]
        if len(ids) > self._limit:
            raise DataError(
                f"The text has {len(ids):,} tokens.", expected=f"At most {self._limit}.", remedy="Shorten it."
            )
        return np.array(ids, dtype=np.int64), len(first) + len(halves[0])

    @property
    def _limit(self) -> int:
        return token_limit(self.before.config, self.tokenizer)

    def _ids(self, text: str) -> np.ndarray:
        return np.array(self.tokenizer(text, truncation=True, max_length=self._limit)["input_ids"], dtype=np.int64)

    def _masked(self, text: str, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """Return a sentence's ids with some masked, their places, and what stood there."""
        ids = self._ids(text)
        words = np.flatnonzero(~np.isin(ids, self.tokenizer.all_special_ids))
        if not len(words):
            return None
        places = random.choice(words, max(1, round(SHARE * len(words))), replace=False)
        hidden = ids.copy()
        hidden[places] = self.tokenizer.mask_token_id
        return hidden, places, ids[places]

    def _losses(self, model: Any, masked: Sequence[tuple[np.ndarray, ...]], progress: Progress) -> np.ndarray:
        """Return the sum of the losses of each sentence's masked tokens, ``float64 [sentences]``."""
        import torch

        from bertui.encoding.batching import padded

        sums = []
        for start in range(0, len(masked), _BATCH):
            some = masked[start : start + _BATCH]
            ids = torch.from_numpy(padded([hidden for hidden, _, _ in some], int(self.tokenizer.pad_token_id)))
            present = torch.from_numpy(padded([np.ones(len(hidden)) for hidden, _, _ in some], 0))
            with torch.no_grad():
                logits = model(input_ids=ids, attention_mask=present).logits
            for row, (_, places, truth) in zip(logits, some, strict=True):
                likelihoods = row[torch.from_numpy(places)].double().log_softmax(-1)
                sums.append(-float(likelihoods[range(len(truth)), truth.tolist()].sum()))
            progress(min(1.0, (start + _BATCH) / len(masked)))
        return np.array(sums)


def language_models(folder: Path, after: TextModel, tokenizer: PreTrainedTokenizerBase) -> LanguageModels:
    """Read a pre-trained checkpoint with its language-model head, from files at hand and safetensors alone.

    Args:
        folder: Of the pre-trained model.
        after: The fine-tuned network.

    Raises:
        ModelError: The checkpoint has no such head, the tokenizer no mask, or the fine-tuned encoder does not fit it.
    """
    if tokenizer.mask_token_id is None:
        raise ModelError("The model's tokenizer has no mask token.", expected=HAS_ONE, remedy="Train a run with one.")
    before = language_model(folder)
    changed = copy.deepcopy(before)
    weights = {name: value for name, value in after.encoder.state_dict().items() if not name.startswith("pooler")}
    wanted = {name: value.shape for name, value in changed.base_model.state_dict().items()}
    if {name: value.shape for name, value in weights.items()} != wanted:
        raise ModelError(
            "The fine-tuned encoder is not built like the pre-trained one: the head reads its top layer.",
            expected="A run that uses the top layer, beside its own pre-trained model.",
            remedy="Train with features.layers=last to see this view.",
        )
    changed.base_model.load_state_dict(weights)
    return LanguageModels(before, changed, tokenizer)
