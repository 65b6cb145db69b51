"""A pre-trained checkpoint with the head that guesses masked words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bertui.errors import ModelError, first_line
from bertui.modeling.backbone import load_config
from bertui.modeling.libraries import load_libraries

HAS_ONE = "A checkpoint with its language-model head, such as distilbert-base-uncased or bert-base-uncased."


def language_model(folder: Path) -> Any:
    """Read a checkpoint with its language-model head, from files at hand and safetensors alone, in evaluation mode.

    Raises:
        ModelError: It has no such head.
    """
    load_libraries()
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForMaskedLM

    config = load_config(folder)
    try:
        model, report = AutoModelForMaskedLM.from_pretrained(
            folder, config=config, local_files_only=True, trust_remote_code=False, use_safetensors=True,
            dtype=torch.float32, output_loading_info=True,
        )  # fmt: skip
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"The pre-trained model has no language-model head that can be read ({first_line(error)}).",
            expected=HAS_ONE, remedy="Train a run with one to see this view.",
        ) from error  # fmt: skip
    if absent := sorted(report["missing_keys"]):
        raise ModelError(
            f"The checkpoint of the pre-trained model has no language-model head: it lacks {absent[0]}.",
            expected=HAS_ONE, remedy="Train a run with one to see this view.",
        )  # fmt: skip
    return model.eval()
