"""Twins: the same weights, modules of their own, one borrower at a time."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from bertui.modeling.twin import Twins, twin


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = torch.nn.Linear(2, 2)
        self.packed = True


def model() -> Any:
    return Model().train()


def test_a_twin_shares_the_weights_and_nothing_else() -> None:
    one = model()
    two = twin(one)
    assert two.dense is not one.dense and two.dense.weight.data_ptr() == one.dense.weight.data_ptr()
    assert one.training and one.packed and not two.training and not two.packed
    assert one.dense.weight.requires_grad and not two.dense.weight.requires_grad


def test_a_twin_that_was_given_back_is_lent_again_with_the_weights_of_now() -> None:
    one = model()
    twins = Twins(one)
    with twins.lent() as first:
        pass
    with torch.no_grad():
        one.dense.weight.fill_(3.0)
    with twins.lent() as again:
        assert again is first and float(again.dense.weight[0, 0]) == 3.0


def test_two_borrowers_at_a_time_have_two() -> None:
    twins = Twins(model())
    with twins.lent() as first, twins.lent() as second:
        assert first is not second
    with twins.lent() as third:
        assert third in (first, second)


def test_after_an_error_a_twin_is_not_lent_again() -> None:
    twins = Twins(model())
    with pytest.raises(RuntimeError), twins.lent() as broken:
        raise RuntimeError
    with twins.lent() as fresh:
        assert fresh is not broken
