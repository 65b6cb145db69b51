"""What a column can be: the roles that tasks ask for, and which column of a table plays which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bertui.data.cells.cell_readers import as_tags, as_text, as_words
from bertui.data.cells.number_cells import Decimal

if TYPE_CHECKING:
    import pandas as pd

SEPARATOR = " "
Named = Sequence[str] | str | None
"""A column, several, or none."""


@dataclass(frozen=True, slots=True)
class Role:
    """One thing that a column can be.

    Attributes:
        name: As in files and on the command line.
        use: "input" is what the model reads, "answer" what it is to say, "metadata" what neither of them needs.
        several: Columns of one role are put end to end ("joined") or each is its own ("apart"); "no": one column.
        options: Flags of the command line; none for metadata, which the app alone asks for.
        blank: An empty cell means something.
        classes: The cells are names of classes that exclude one another.
        read: How a column of it is read, where its cells may hold lists; None takes the cells as they stand.
    """

    name: str
    title: str
    help: str
    use: Literal["input", "answer", "metadata"]
    several: Literal["no", "joined", "apart"] = "no"
    options: tuple[str, ...] = ()
    blank: bool = False
    classes: bool = False
    read: Callable[[pd.Series], pd.Series] | None = None


# In the order in which a model reads them.
_ROLES = (
    Role("text", "Text", "What the model reads. Several columns, such as title and body, are put end to end.", "input",
         several="joined", options=("--text", "--text-a"), read=as_text),
    Role("text_b", "Second text", "The other text of a pair, such as a second question or a hypothesis.", "input",
         options=("--text-b",), read=as_text),
    Role("tokens", "Tokens", "The words of a sentence, with single blanks between them or as a list.", "input",
         options=("--tokens",), read=as_words),
    Role("question", "Question", "What is asked.", "input", options=("--question",), read=as_text),
    Role("context", "Context", "The text in which the answer stands, word for word.", "input",
         options=("--context",), read=as_text),
    Role("choice", "Choices", "One column for each choice, in their order.", "input", several="apart",
         options=("--choice",)),
    Role("label", "Label", "What the model learns to tell: one class for each row.", "answer",
         options=("--label",), classes=True),
    Role("labels", "Labels", "Either one column with several labels in a cell (a|b, or a list), or one yes/no column "
         "for each.", "answer", several="apart", options=("--labels",), blank=True),
    Role("score", "Score", "A number that the model learns to give.", "answer", options=("--score",)),
    Role("tags", "Tags", "One tag for each token, with single blanks between them or as a list.", "answer",
         options=("--tags",), read=as_tags),
    Role("answer", "Answer", "The part of the context that answers the question; empty where there is none.", "answer",
         options=("--answer",), blank=True),
    Role("answer_start", "Start of the answer", "Characters of the context before the answer. Left out, the first "
         "place where the answer stands is taken.", "answer", options=("--answer-start",), blank=True),
    Role("answers", "All right answers", "Where several are right: a JSON list of them, for scoring.", "answer",
         options=("--answers",), blank=True),
    Role("id", "Row id", "Your own number for each row, shown beside predictions.", "metadata"),
    Role("group", "Group", "Rows of one group (an author, a patient) stay in one part, so nothing leaks.", "metadata"),
    Role("split", "Given split", "A column that says train, validation (or dev) and test.", "metadata"),
)  # fmt: skip
ROLES: dict[str, Role] = {role.name: role for role in _ROLES}
METADATA = tuple(role.name for role in _ROLES if role.use == "metadata")


@dataclass(frozen=True, init=False)
class Roles:
    """Which columns play which role, for which task.

    Args:
        text: Text columns, and ``label`` the label column: the roles most tables have.
        task: Kind of the task.
        separator: Stands between joined columns.
        columns: Any other role with its column or columns; None and nothing leave the role empty.
    """

    task: str
    columns: Mapping[str, tuple[str, ...]]
    separator: str
    decimal: Decimal | None

    def __init__(
        self, text: Named = (), label: Named = None, *, task: str = "single-label",
        separator: str = SEPARATOR, **columns: Named,
    ) -> None:  # fmt: skip
        given = {"text": text, "label": label, **columns}
        unknown = [name for name in given if name not in ROLES]
        if unknown:
            raise ValueError(f"There is no role '{unknown[0]}'.")
        named = {name: _names(given.get(name)) for name in ROLES}
        object.__setattr__(self, "columns", {name: names for name, names in named.items() if names})
        object.__setattr__(self, "task", task)
        object.__setattr__(self, "separator", separator)
        object.__setattr__(self, "decimal", None)

    def __hash__(self) -> int:
        return hash((self.task, tuple(self.columns.items()), self.separator, self.decimal))

    def of(self, role: str) -> tuple[str, ...]:
        """Return the columns of a role; none where nobody plays it."""
        return self.columns.get(role, ())

    def one(self, role: str) -> str | None:
        """Return the first column of a role, or None."""
        return next(iter(self.of(role)), None)

    def playing(self, use: str) -> tuple[str, ...]:
        """Return the names of the roles of one use ("input", "answer", "metadata") that have a column."""
        return tuple(name for name in self.columns if ROLES[name].use == use)

    def needed(self) -> str:
        """Name what a row must hold, such as "text and label"."""
        names = [ROLES[role].title.lower() for use in ("input", "answer") for role in self.playing(use)]
        return " and ".join(", ".join(names).rsplit(", ", 1))

    @property
    def text(self) -> tuple[str, ...]:
        return self.of("text")

    @property
    def label(self) -> str | None:
        return self.one("label")

    @property
    def id(self) -> str | None:
        return self.one("id")

    @property
    def group(self) -> str | None:
        return self.one("group")

    @property
    def split(self) -> str | None:
        return self.one("split")

    def changed(self, **columns: Named) -> Roles:
        """Return the roles with some of them played by other columns."""
        return self._copy(self.task, dict(self.columns) | columns, self.decimal)

    def for_task(self, task: str) -> Roles:
        """Return the same columns for another task."""
        return self._copy(task, dict(self.columns), self.decimal)

    def with_decimal(self, decimal: Decimal | None) -> Roles:
        """Return the same columns, the numbers of a score read with this mark; with None the cells decide."""
        return self._copy(self.task, dict(self.columns), decimal)

    def _copy(self, task: str, columns: Mapping[str, Any], decimal: Decimal | None) -> Roles:
        copy = Roles(task=task, separator=self.separator, **columns)
        object.__setattr__(copy, "decimal", decimal)
        return copy

    def to_json(self) -> dict[str, Any]:
        columns = {name: list(names) for name, names in self.columns.items()}
        return {"task": self.task, "columns": columns, "separator": self.separator, "decimal": self.decimal}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Roles:
        if "columns" not in saved:  # as version 0.1 wrote them, for one label alone
            return cls(**saved)
        plain = cls(task=saved["task"], separator=saved["separator"], **saved["columns"])
        return plain.with_decimal(saved.get("decimal"))

    def named(self) -> dict[str, str]:
        """Return role -> column for every column in use; of several, as "text", "text 2" ..."""
        return {
            (role if n == 0 else f"{role} {n + 1}"): column
            for role, columns in self.columns.items()
            for n, column in enumerate(columns)
        }


def _names(given: Named) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)
