"""What the model would answer to one text if each of its layers were the top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bertui.encoding.encode import TextEncoder
from bertui.encoding.unread import check_readable
from bertui.laboratory.collected import layer_vectors
from bertui.laboratory.lens import Reader
from bertui.tasks.results import Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel


def answers_by_layer(
    reader: Reader, model: TextModel, encoder: TextEncoder, task: Task, inputs: Input, *, mapped: bool
) -> tuple[Any, ...]:
    """Return the answer to a row read at each layer from 0, the embeddings; that of the top is the model's own.

    Args:
        mapped: Whether a layer's vectors go through its ridge map first; see ``Lens``.

    Raises:
        DataError: A text holds nothing that the model can read.
    """
    check_readable(encoder, inputs)
    encoded = task.encode(encoder, [inputs])
    vectors = layer_vectors(model, encoded, int(encoder.tokenizer.pad_token_id))
    outputs = (reader.outputs(vectors, encoded, layer, mapped=mapped) for layer in range(vectors.layers + 1))
    return tuple(task.answer([inputs], encoded, given)[0] for given in outputs)
