"""Fetching a model from the Hugging Face hub, or from what an earlier download left on this machine.

Only configuration, tokenizer and safetensors files are asked for; pickled weights and code never are.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.errors import ModelError
from bertui.modeling.model_files import check_files, file_patterns, has_weights

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

_CONVERTER = "SFconvertbot"  # the hub's own, which offers safetensors in a pull request
_CONVERTED = "bertui-converted"  # the name under which such a revision is found again without the hub
_SECONDS = 10
_FULL_DISK = 28


def fetch(name: str, revision: str | None, progress: Progress | None, *, weights: bool) -> Path:
    """Return the folder of a hub model, named by its commit; what is not on this machine yet is downloaded.

    Args:
        progress: Called while there is something to download, from what is here already up to all.

    Raises:
        ModelError: No such model or revision, gated, files missing, pickle only; the hub is out of reach, or
            not to be asked, and the model is not here.
    """
    import httpx2  # what huggingface_hub speaks with
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HFValidationError, RevisionNotFoundError

    with _explained(name, revision):
        fixed = revision is not None and re.fullmatch(r"[0-9a-f]{40}", revision)
        if (fixed or constants.HF_HUB_OFFLINE) and (here := _kept(name, revision, weights)):
            return here
        api = HfApi()
        try:
            info = api.model_info(name, revision=revision, files_metadata=True, timeout=_SECONDS)
        except (HFValidationError, RevisionNotFoundError):
            raise
        except (httpx2.HTTPError, OSError, ValueError):
            if here := _kept(name, revision, weights):
                return here
            raise
        chosen = revision
        if weights and revision is None and not has_weights(_names(info)):
            chosen, info = _converted(api, name) or (revision, info)
        if info.siblings:  # a mirror may not list them
            check_files(_names(info), name, weights=weights)
        folder = _download(name, chosen, info, progress, weights)
        if chosen != revision:
            _remember(folder)
        return folder


def _names(info: ModelInfo) -> list[str]:
    return [sibling.rfilename for sibling in info.siblings or []]


def _converted(api: HfApi, name: str) -> tuple[str, ModelInfo] | None:
    """Return the open pull request in which the hub's converter offers safetensors."""
    from huggingface_hub.errors import HfHubHTTPError

    try:
        pulls = list(api.get_repo_discussions(name, author=_CONVERTER, discussion_type="pull_request"))
    except HfHubHTTPError:  # an owner may close the discussions
        return None
    for pull in pulls:
        if pull.author == _CONVERTER and pull.status == "open":
            revision = f"refs/pr/{pull.num}"
            info = api.model_info(name, revision=revision, files_metadata=True, timeout=_SECONDS)
            if has_weights(_names(info)):
                return revision, info
    return None


def _remember(folder: Path) -> None:
    """Give a converted snapshot a name in the cache, for the day when the hub cannot be asked."""
    with suppress(OSError):
        (folder.parents[1] / "refs" / _CONVERTED).write_text(folder.name)


def _kept(name: str, revision: str | None, weights: bool) -> Path | None:
    """Return the whole snapshot that an earlier download left, without asking the hub."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    for one in (revision,) if revision or not weights else (None, _CONVERTED):
        with suppress(LocalEntryNotFoundError):
            folder = Path(
                snapshot_download(name, revision=one, allow_patterns=file_patterns(weights), local_files_only=True)
            )
            if not weights or has_weights(path.name for path in folder.iterdir()):
                return folder
    return None


def kept_config(name: str, revision: str | None) -> Path | None:
    """Return the snapshot in which an earlier download left a model's config.json, without asking the hub."""
    from huggingface_hub import try_to_load_from_cache

    for one in (revision,) if revision else (None, _CONVERTED):
        with suppress(ValueError, OSError):  # no name that a model of the hub could have; a cache closed to us
            if isinstance(file := try_to_load_from_cache(name, "config.json", revision=one), str):
                return Path(file).parent
    return None


def _download(name: str, revision: str | None, info: ModelInfo, progress: Progress | None, weights: bool) -> Path:
    from huggingface_hub import snapshot_download, try_to_load_from_cache

    patterns, done, total = file_patterns(weights), 0, 0
    for file in info.siblings or []:
        if any(fnmatchcase(file.rfilename, pattern) for pattern in patterns):
            total += file.size or 0
            if isinstance(try_to_load_from_cache(name, file.rfilename, revision=info.sha), str):
                done += file.size or 0
    watched = progress if progress is not None and done < total else _say_nothing
    watched(done, total)
    bar = _reporting_bar(watched, done, total)
    folder = Path(snapshot_download(name, revision=revision, allow_patterns=patterns, tqdm_class=bar))
    watched(total, total)
    return folder


def _say_nothing(done: int, total: int) -> None:
    """The progress of which nobody wants to know."""


def _reporting_bar(progress: Progress, before: int, total: int) -> type:
    """Return a tqdm class that draws nothing and reports the bytes of all files together.

    The library opens a bar for the bytes that came over the network and one for the bytes written, beside one
    that counts files. The two count the same bytes, so the one that is ahead is reported; a file that is begun again
    takes nothing back.
    """
    from tqdm.auto import tqdm

    lock = threading.Lock()
    reported = before

    class ReportingBar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.in_bytes = kwargs.get("unit") == "B"
            super().__init__(*args, **{**kwargs, "disable": False, "file": _Nowhere()})

        def update(self, n: float | None = 1) -> bool | None:
            nonlocal reported
            with lock:
                drawn = super().update(n)
                done = min(before + int(self.n), total)
                if self.in_bytes and done > reported:
                    reported = done
                    progress(done, total)
            return drawn

    return ReportingBar


class _Nowhere:
    """A stream that forgets what is written to it."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return None


# --- what went wrong, in words ------------------------------------------------------------------------


@contextmanager
def _explained(name: str, revision: str | None) -> Iterator[None]:
    """Turn the errors of the hub's library, of the network and of the disk into messages for people."""
    import httpx2

    try:
        yield
    except (httpx2.HTTPError, OSError, ValueError) as error:
        raise _explanation(name, revision, error) from error


def _explanation(name: str, revision: str | None, error: BaseException) -> ModelError:
    from huggingface_hub import constants
    from huggingface_hub import errors as hub

    where = f"'{name}'" + (f" at revision '{revision}'" if revision else "")
    other_way = "use the built-in model, or a model folder on this machine."
    if isinstance(error, hub.GatedRepoError):
        return ModelError(
            f"The model {where} is gated: its owner wants you to accept terms first.",
            remedy="Accept them on the model's page on huggingface.co, then run 'hf auth login' on this machine.",
        )
    if isinstance(error, hub.RevisionNotFoundError):
        return ModelError(
            f"The model '{name}' has no revision '{revision}'.",
            expected="A commit, tag or branch from the model's page.",
            remedy="Check the spelling, or leave the revision empty.",
        )
    if isinstance(error, (hub.RepositoryNotFoundError, hub.HFValidationError)):
        return ModelError(
            f"There is no public model {where} on the hub.",
            expected="A name as in the address of its page, such as bert-base-uncased or FacebookAI/roberta-base.",
            remedy="Check the spelling; for a private model run 'hf auth login' first.",
        )
    if isinstance(error, OSError) and error.errno == _FULL_DISK:
        return ModelError("The disk is full, so the model was not downloaded whole.", remedy="Free some space.")
    if constants.HF_HUB_OFFLINE:
        return ModelError(
            f"The model {where} is not on this machine, and offline mode (HF_HUB_OFFLINE) is on.",
            remedy=f"Unset HF_HUB_OFFLINE to download it, or {other_way}",
        )
    if isinstance(error, OSError) and error.errno and not isinstance(error, ConnectionError):
        return ModelError(
            f"The model {where} cannot be stored in '{constants.HF_HUB_CACHE}' ({error.strerror}).",
            expected="A folder that can be written.",
            remedy="Set HF_HOME to such a folder.",
        )
    return ModelError(
        f"The model {where} is not whole on this machine, and the hub {_answer(error)}.",
        remedy=f"Check the network and try again, or {other_way}",
    )


def _answer(error: BaseException) -> str:
    """Say how the hub failed, from the error that began it."""
    from huggingface_hub.errors import HfHubHTTPError

    for one in (error, error.__cause__):
        if isinstance(one, HfHubHTTPError):
            return f"answers {one.response.status_code}"
    return f"cannot be reached ({type(error.__cause__ or error).__name__})"
