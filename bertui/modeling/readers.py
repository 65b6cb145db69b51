"""Networks that read the tokens' vectors once more, between the encoder and the last linear layer."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn


class Reader(nn.Module):
    """Reads the tokens' vectors before the last layer: ``[batch, seq, dim] -> [batch, seq, width]``."""

    width: int

    @abstractmethod
    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Read vectors under ``mask [batch, seq]``."""


class RecurrentReader(Reader):
    """A bidirectional LSTM over the tokens; what it gives for padding is 0."""

    def __init__(self, dim: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.width = 2 * hidden
        with torch.random.fork_rng(devices=[]):  # the process's generator is not ours
            self.lstm = nn.LSTM(dim, hidden, layers, batch_first=True, bidirectional=True)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        lengths, given = mask.sum(1).cpu(), vectors.to(next(self.lstm.parameters()).dtype)
        packed = nn.utils.rnn.pack_padded_sequence(given, lengths, batch_first=True, enforce_sorted=False)
        with torch.autocast(vectors.device.type, enabled=False):
            read, _ = self.lstm(packed)
        unpacked, _ = nn.utils.rnn.pad_packed_sequence(read, batch_first=True, total_length=vectors.shape[1])
        return unpacked
