"""Which device computes, and in which number format.

Two calls of torch rather than a library around them: accelerate keeps one precision per process, and one app
trains many runs, each with its own.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal

from bertui.errors import RecipeError

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "bf16", "32-bit"]


def pick_device(device: Device) -> str:
    """Return "cuda", "mps" or "cpu"; auto takes the first that is there.

    Raises:
        RecipeError: The chosen device is not there.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return next(name for name, available in there.items() if available)
    if not there[device]:
        raise RecipeError(
            f"The device '{device}' is asked for, but this machine has none.",
            expected=f"Here: {', '.join(name for name, available in there.items() if available)}.",
            remedy="Choose 'auto'.",
        )
    return device


def pick_precision(precision: Precision, device: str) -> str:
    """Return "bf16" where it is chosen, or where auto finds that the device computes in it faster."""
    return precision if precision != "auto" else ("bf16" if has_fast_bf16(device) else "32-bit")


def has_fast_bf16(device: str) -> bool:
    """Whether the device multiplies bf16 in hardware; in emulation it is slower than 32-bit."""
    import torch

    if device == "cuda":
        return torch.cuda.get_device_capability() >= (8, 0)
    if device == "cpu":
        # Private names: where a version of torch lacks them, 32-bit is the safe answer.
        tests = (getattr(torch.cpu, name, None) for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported"))
        return any(test() for test in tests if test is not None)
    return False


def autocast(device: str, precision: str) -> AbstractContextManager[object]:
    """Return the context in which matrix products run in ``precision``; sums and norms stay in 32-bit."""
    import torch

    return torch.autocast(device, dtype=torch.bfloat16, enabled=precision == "bf16")
