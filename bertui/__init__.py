"""bertui: fine-tune BERT-family models on your own table of texts, and see why they decide as they do.

    import bertui
    run = bertui.train("reviews.csv", text="review", label="sentiment", set={"training.epochs": 3})
    model = bertui.load(run)
    model.predict("A fine lens, but the strap broke.")

Names are handed on lazily, so that ``import bertui`` needs no torch.
"""

import os
from importlib import import_module
from typing import Any

# huggingface_hub tells the hub who started it, with a request of its own, unless this is set when it is loaded.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

# OpenMP's threads spin while they wait for one another, each on a core that another program may need to let them go on:
# GNU's (PyTorch on Linux) about 14 ms, Intel's and LLVM's (Windows, macOS) 200 ms. Both look here when torch is loaded.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # turns, less than a millisecond; how it was chosen: docs/speed.md
    os.environ.setdefault("KMP_BLOCKTIME", "1")  # milliseconds

__version__ = "0.1.0"

_HOMES = {
    "Recipe": "bertui.recipe",
    "read_recipe": "bertui.recipe",
    "preset": "bertui.recipe",
    "UserError": "bertui.errors",
    "Workspace": "bertui.runs.workspace",
    "Predictor": "bertui.prediction.predictor",
    "train": "bertui.runs.verbs",
    "predict": "bertui.runs.answers",
    "resume": "bertui.runs.verbs",
    "stop": "bertui.runs.verbs",
    "evaluate": "bertui.runs.evaluation",
    "explain": "bertui.runs.explained_row",
    "explain_file": "bertui.runs.explained_file",
    "layers": "bertui.runs.layer_report",
    "suspicious": "bertui.runs.suspicious",
    "load": "bertui.runs.verbs",
    "export": "bertui.runs.verbs",
}
__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bertui' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
