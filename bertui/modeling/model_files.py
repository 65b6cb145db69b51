"""Which files make up a model, and what to say when one is missing."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from bertui.errors import ModelError

FACTS = "bertui.json"
"""What bertui writes beside the weights: task, encoding, features ..."""

_SAFETENSORS = ("model.safetensors", "model-*.safetensors")
_TOKENIZER_SIGNS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
_SMALL = (
    "config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt",
    "bpe.codes", *_TOKENIZER_SIGNS,
)  # fmt: skip
_PICKLES = ("pytorch_model*.bin", "*.pt", "*.pth", "*.ckpt", "tf_model.h5", "flax_model.msgpack")


def file_patterns(weights: bool) -> list[str]:
    """Return the patterns of the files that are read: never code, never pickles."""
    return [*_SMALL, *((*_SAFETENSORS, "model.safetensors.index.json") if weights else ())]


def has_weights(files: Iterable[str]) -> bool:
    """Whether there are weights as safetensors."""
    return _any(files, _SAFETENSORS)


def check_files(files: Iterable[str], name: str, *, weights: bool) -> None:
    """Refuse a model by the names of its files.

    Raises:
        ModelError: No configuration, no tokenizer, no weights, or weights only as a pickle.
    """
    files = list(files)
    missing = [] if "config.json" in files else ["config.json (which kind of model it is)"]
    if not _any(files, _TOKENIZER_SIGNS):
        missing.append("a tokenizer (tokenizer.json, vocab.txt or similar)")
    if weights and not has_weights(files):
        if _any(files, _PICKLES):
            raise ModelError(
                f"The model '{name}' has its weights only as a pickle, which can run code when opened.",
                expected="Weights as safetensors (model.safetensors).",
                remedy="Choose a revision or a model that has them, or convert it with save_pretrained in a safe "
                "place.",
            )
        missing.append("weights (model.safetensors)")
    if missing:
        raise ModelError(
            f"The model '{name}' lacks {' and '.join(missing)}.",
            expected="A BERT-family model with config.json, a tokenizer and model.safetensors.",
            remedy="Choose another model, or save this one again with save_pretrained.",
        )


def _any(files: Iterable[str], patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(file, pattern) for file in files for pattern in patterns)
