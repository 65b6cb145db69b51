"""Tags and answers of an exported model are the same in transformers' own classes, family by family."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.modeling.backbone import load_backbone
from bertui.modeling.export import Plain, export_model
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.saving import SavedModel, load_model, save_model
from bertui.modeling.sources import ModelChoice
from bertui.prediction.outputs import outputs_of
from bertui.tasks.answers.question_answering import QuestionAnswering
from bertui.tasks.tagging.tagging import Tagging
from bertui.tasks.task import Task
from tests.integration.test_families import FAMILIES, family_folder

TASKS = {"AutoModelForTokenClassification": Tagging(tags=("O", "B-X", "I-X")),
         "AutoModelForQuestionAnswering": QuestionAnswering()}  # fmt: skip
OTHER_HEADS = ("ModernBert", "EuroBert")  # a layer of its own before the classifier; none for answers in a text


def saved_model(folder: Path, base: Path, task: Task) -> SavedModel:
    backbone = load_backbone(ModelChoice(name=str(base)))
    model = TextModel(backbone.encoder, FeatureChoice(), task.outputs, readout=task.readout)
    facts = {"task": task.model_dump(), "encoding": EncodingChoice().model_dump(), "token_limit": 128}
    save_model(model, backbone.tokenizer, facts, folder)
    return load_model(folder)


@pytest.mark.parametrize("made", TASKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_token_outputs_are_those_of_plain_transformers(family: str, made: str, tiny: Path, tmp_path: Path) -> None:
    import transformers

    task = TASKS[made]
    saved = saved_model(tmp_path / "saved", family_folder(tmp_path / "base", tiny, family), task)
    plain: Plain | None = task.plain()
    if family in OTHER_HEADS:
        assert not export_model(saved, tmp_path / "out", plain)
        return
    assert export_model(saved, tmp_path / "out", plain)
    row = ("the film was good", "a great plot") if made.endswith("Answering") else ("the film was good",)
    encoder = TextEncoder(saved.tokenizer, EncodingChoice(), 128)
    encoded = task.encode(encoder, [row])
    ours = outputs_of(saved.model, encoded, saved.tokenizer.pad_token_id)
    network = getattr(transformers, made).from_pretrained(tmp_path / "out").eval()
    given = {"input_ids": torch.tensor(encoded.ids[None].astype(np.int64))}
    if encoded.types is not None and getattr(network.config, "type_vocab_size", 0) > 1:
        given["token_type_ids"] = torch.tensor(encoded.types[None].astype(np.int64))
    with torch.no_grad():
        outputs = network(**given)
    theirs = outputs.logits[0] if made.endswith("TokenClassification") else torch.stack(
        [outputs.start_logits[0], outputs.end_logits[0]], dim=1
    )  # fmt: skip
    assert np.allclose(ours, theirs.numpy(), atol=1e-5)
