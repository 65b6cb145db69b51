"""Word embeddings of which only the rows that training meets are learned.

A table of texts has a part of the vocabulary. The gradient of all other rows is zero, so AdamW does nothing to them
but decay, and that is one factor for all of them. Learning the seen rows alone is the same arithmetic on a fraction of
the memory to go through in each step (Loshchilov and Hutter 2019, algorithm 2, with a gradient of zero).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bertui.modeling.hooks import is_changed

_MOST = 0.6  # of the vocabulary; with more there is nothing to gain


class SeenEmbedding(nn.Module):
    """An ``nn.Embedding`` that learns some rows; saved and loaded as the whole one.

    Attributes:
        weight: The seen rows, ``[seen, hidden]``.
        decay: What weight decay has left of all others, as a factor.
    """

    def __init__(self, whole: nn.Embedding, seen: np.ndarray) -> None:
        super().__init__()
        rows = whole.weight.detach()
        places = torch.full((len(rows),), -1, device=rows.device)
        places[seen] = torch.arange(len(seen), device=rows.device)
        self.seen: Tensor
        self.places: Tensor
        self.rest: Tensor
        for name, value in (("seen", torch.from_numpy(seen).to(rows.device)), ("places", places), ("rest", rows)):
            self.register_buffer(name, value, persistent=False)
        self.weight = nn.Parameter(rows[self.seen])
        self.padding_idx = None if whole.padding_idx is None else int(places[whole.padding_idx])
        self.decay = 1.0

    def forward(self, ids: Tensor) -> Tensor:
        """Return rows for token ids; in training mode all of them must be seen ones."""
        places = self.places[ids]
        unseen = None if self.training else places < 0
        if unseen is None or not unseen.any():
            return functional.embedding(places, self.weight, self.padding_idx)
        return torch.where(unseen[..., None], self.rest[ids] * self.decay, self.weight[places.clamp(min=0)])

    def decay_unseen(self, groups: list[dict[str, Any]]) -> None:
        """Do to the unseen rows what an AdamW step with these parameter groups has done to the seen ones but learn."""
        group = next(one for one in groups if any(weight is self.weight for weight in one["params"]))
        self.decay *= 1 - group["lr"] * group["weight_decay"]

    def whole(self) -> Tensor:
        """Return all rows as they are now, ``[vocabulary, hidden]``."""
        return (self.rest * self.decay).index_copy_(0, self.seen, self.weight.detach())

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        destination[prefix + "weight"] = self.whole()

    def _load_from_state_dict(self, state: dict[str, Tensor], prefix: str, *more: Any) -> None:
        """Take the seen rows; the others are those that the model began with, times ``decay``."""
        self.weight.data.copy_(state[prefix + "weight"][self.seen])


def learn_seen(encoder: Any, ids: np.ndarray, padding: int) -> SeenEmbedding | None:
    """Let an encoder learn the embeddings of the token ids it will meet alone; None where that gains nothing."""
    whole = encoder.get_input_embeddings()
    if type(whole) is not nn.Embedding or is_changed(whole) or not whole.weight.requires_grad:
        return None
    kept = [padding] if whole.padding_idx is None else [padding, whole.padding_idx]
    seen = np.union1d(ids, kept).astype(np.int64)
    if len(seen) > _MOST * whole.num_embeddings:
        return None
    smaller = SeenEmbedding(whole, seen)
    encoder.set_input_embeddings(smaller)
    return smaller
