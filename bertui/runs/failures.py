"""Why a run failed, in words for the person whose run it is."""

from __future__ import annotations

import errno

from safetensors import SafetensorError

from bertui.atomic import is_full, system_error
from bertui.errors import DiskError, RunError, UserError
from bertui.training.alarms import is_out_of_memory


def explained(error: Exception) -> UserError | None:
    """Return what a person can mend; None for a mistake of bertui's own."""
    if isinstance(error, UserError) and not isinstance(error, DiskError):
        return error
    system = system_error(error)
    if _no_memory(error, system):
        return RunError(
            "Memory ran out.",
            remedy="Close other programs, then resume this run; or start again with shorter texts, a smaller batch "
            "or a smaller model.",
        )
    if system is not None:
        return _of_disk(system)
    if isinstance(error, SafetensorError):
        return _unusable(str(error))
    return error if isinstance(error, DiskError) else None


def _no_memory(error: Exception, system: OSError | None) -> bool:
    if system is not None:
        return system.errno == errno.ENOMEM
    return isinstance(error, (MemoryError, RuntimeError)) and is_out_of_memory(error)


def _of_disk(error: OSError) -> RunError:
    if is_full(error):
        return RunError("The disk is full.", remedy="Free some space or delete old runs, then resume this one.")
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return RunError("Too many files are open.", remedy="Close other programs, then resume this run.")
    why = error.strerror or str(error)
    return _unusable(f"{error.filename}: {why}" if error.filename else why)


def _unusable(why: str) -> RunError:
    return RunError(
        f"A file of the run could not be read or written ({why}).", remedy="Check the folder, then resume this run."
    )
