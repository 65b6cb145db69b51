"""A trained run, made in seconds, whose texts and labels try to be HTML, Markdown and formulas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bertui.data.roles import Roles
from bertui.data.splitting import make_split
from bertui.recipe import Recipe
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from tests.tiny import tiny_bert

HOSTILE = "good <img src=x onerror=alert(1)> <script>alert(2)</script> $x^2$ **film**"
GOOD, BAD = "<b>good</b>", "=bad"


def finished_run(folder: Path) -> Run:
    """Train a tiny model on sixty short texts; its workspace is ``folder / "workspace"``."""
    texts = [f"{'great' if n % 2 else 'terrible'} film number {n}, the plot was very slow" for n in range(59)]
    labels = [GOOD if n % 2 == 0 else BAD for n in range(60)]
    frame = pd.DataFrame({"text": [HOSTILE, *texts], "label": labels})
    workspace = Workspace(folder / "workspace")
    stored = workspace.add_frame(frame.astype("str"), "films.csv", roles=Roles(("text",), "label"))
    recipe = Recipe().changed(
        {"model.name": str(tiny_bert(folder / "tiny")), "training.epochs": 1, "encoding.max_length": 32}
    )
    table = stored.table()
    run = workspace.create_run(table, make_split(table, stored.split_choice), recipe, name="films *run*")
    for _ in execute(run):
        pass
    return run
