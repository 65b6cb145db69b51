"""What a person can mend. Every other exception is a bug and keeps its traceback."""


class UserError(Exception):
    """A problem the person can solve: what was found, what was expected, what to do.

    ``str(error)`` is the whole message, fit for a page or a terminal. It is plain text that may hold
    the user's own words, so whoever shows it on a page escapes it.

    Example:
        >>> str(UserError("Column 'lable' is not in the file.", expected="Columns: text, label.",
        ...               remedy="Choose one of these."))
        "Column 'lable' is not in the file. Columns: text, label. Choose one of these."
    """

    def __init__(self, found: str, *, expected: str = "", remedy: str) -> None:
        self.found, self.expected, self.remedy = map(_whole, (found, expected, remedy))
        super().__init__(" ".join(sentence for sentence in (self.found, self.expected, self.remedy) if sentence))


def _whole(text: str) -> str:
    """Mend half surrogates, which JSON and file names may hold and no page and no terminal can show."""
    return text.encode("utf-8", "replace").decode()


class DataError(UserError):
    """The uploaded file, its columns, or its rows."""


class RecipeError(UserError):
    """A choice that is unknown, out of range, or contradicts another."""


class ModelError(UserError):
    """A pre-trained or saved model that cannot be had or cannot be used."""


class RunError(UserError):
    """A run or a workspace folder: unknown, in the wrong state, unwritable."""


class DiskError(RunError):
    """The disk is full, read-only, or not to be written by this person; what was on it is whole."""


def first_line(error: BaseException) -> str:
    """Return what a library's error says, in one short line that fits into a message of ours."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
