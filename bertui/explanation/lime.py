"""LIME by word: a ridge regression on answers to the row with random words deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.explanation.deletion import Deletion

_WIDTH = 0.25  # of the kernel over cosine distance, as in the authors' code for texts
_AT_ONCE = 256


def lime(deletion: Deletion, samples: int, seed: int) -> np.ndarray:
    """Return each word's coefficient, ``float64 [words]``; 0 for words that are not read.

    As in the authors' code for texts: a sample lacks from one to all of the words, its weight falls with its cosine
    distance from the whole row, and the regression is a ridge with a penalty of 1.

    Args:
        samples: Rows that are read.
        seed: Of what is deleted.

    Source: Ribeiro et al. 2016, by captum's LimeBase.
    """
    import torch
    from captum._utils.models.linear_model import SkLearnRidge
    from captum.attr import LimeBase
    from captum.attr._core.lime import get_exp_kernel_similarity_function

    seen, random = np.array(deletion.seen), np.random.default_rng(seed)
    whole = torch.ones(1, len(seen))

    def answers(kept: Tensor) -> Tensor:
        return torch.from_numpy(deletion.answers([seen[one == 0].tolist() for one in kept.numpy()]))

    def without(kept: Tensor, **_: Any) -> Tensor:
        gone = random.permutation(len(seen))[: random.integers(1, len(seen) + 1)]
        sample = kept.clone()
        sample[0, gone] = 0
        return sample

    def as_it_is(sample: Tensor, *_: Any, **__: Any) -> Tensor:
        return sample

    explainer = LimeBase(
        answers, SkLearnRidge(alpha=1.0), get_exp_kernel_similarity_function("cosine", _WIDTH), without, True,
        as_it_is, None,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):  # the loader of captum draws a seed that it does not use
        found = explainer.attribute(whole, n_samples=samples, perturbations_per_eval=_AT_ONCE)
    scores = np.zeros(deletion.words)
    scores[seen] = found.double().numpy()[0]
    return scores
