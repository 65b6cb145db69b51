"""The most memory that training takes, and where it goes. Linux only: it reads /proc.

    python benchmarks/memory.py TRAIN.csv [--length 128] [--batch 32] [--steps 40]

Measured in this process: with the libraries loaded, with the model, and the most while steps are taken. Beside it what
the choices ask for: 16 bytes a parameter (weight, gradient, two moments), and what the longest batch keeps for the
backward pass, in its parts and at once.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from bertui.data.splitting import make_split
from bertui.data.table import Table
from bertui.experiment.estimate import kept_for_backward, last, longest_batch, memory_parts
from bertui.experiment.preparation import build, load
from bertui.modeling.libraries import load_libraries
from bertui.recipe import Recipe
from bertui.tasks.guessing import choose_roles
from bertui.training.events import StepTaken
from bertui.training.loop import fit


def megabytes(key: str) -> float:
    """Return a line of /proc/self/status: VmRSS is what is held, VmHWM the most that was."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(key))


def forget_the_most() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=40)
    given = parser.parse_args()
    frame = pd.read_csv(given.train, dtype="str")
    table = Table(frame, choose_roles(frame, {}, "single-label"))
    settings = {"encoding.max_length": given.length, "training.batch_size": given.batch,
                "training.max_steps": given.steps}  # fmt: skip
    recipe = Recipe().changed(settings).resolved()
    load_libraries()
    libraries = megabytes("VmRSS")
    backbone = last(load(recipe))
    training = last(build(table, make_split(table, recipe.split), recipe, backbone))
    model = megabytes("VmRSS") - libraries
    forget_the_most()
    for event in fit(training):
        if isinstance(event, StepTaken) and event.step == given.steps:
            break
    most = megabytes("VmHWM") - libraries
    parts = {name: size / 1e6 for name, size in memory_parts(training).items()}
    parameters = sum(tensor.numel() for tensor in training.model.state_dict().values())
    whole = kept_for_backward(training, longest_batch(training)) / 1e6
    bound = 1.2 * 16 * parameters / 1e6 + whole
    print(f"libraries and table {libraries:.0f} MB; on top of them: model {model:.0f} MB, the most {most:.0f} MB")
    print(", ".join(f"{name} {size:.0f} MB" for name, size in parts.items()) + f"; in all {sum(parts.values()):.0f} MB")
    print(f"1.2 x 16 bytes x {parameters / 1e6:.1f} M parameters and the {whole:.0f} MB that the batch would keep in "
          f"one part: {bound:.0f} MB; the most is {most / bound:.2f} of it")  # fmt: skip


if __name__ == "__main__":
    main()
