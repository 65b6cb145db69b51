"""All tasks: the task of a kind, a saved task read back, and whether a table can be learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bertui.data.roles import ROLES, Roles
from bertui.errors import DataError
from bertui.tasks.answers.question_answering import QuestionAnswering
from bertui.tasks.choices.multiple_choice import MultipleChoice
from bertui.tasks.labels.several_labels import SeveralLabels
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.score.score import Score
from bertui.tasks.tagging.tagging import Tagging
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.data.checking.findings import Finding, Report, TokenFacts
    from bertui.data.splitting import Split, SplitChoice
    from bertui.data.table import Table

_CLASSES: tuple[type[Task], ...] = (SingleLabel, Score, SeveralLabels, Tagging, QuestionAnswering, MultipleChoice)
TASKS: dict[str, type[Task]] = {cls.model_fields["kind"].default: cls for cls in _CLASSES}


def task_class(kind: str) -> type[Task]:
    """Return the task of a kind.

    Raises:
        DataError: There is no such task.
    """
    if kind not in TASKS:
        raise DataError(
            f"There is no task '{kind[:60]}'.", expected=f"Tasks: {', '.join(TASKS)}.", remedy="Choose one of these."
        )
    return TASKS[kind]


def read_task(saved: dict[str, Any]) -> Task:
    """Return a task as it was saved with a model."""
    return task_class(saved["kind"]).model_validate(saved)


def check(
    table: Table, *, tokens: TokenFacts | None = None, split: Split | None = None, how: SplitChoice | None = None
) -> Report:
    """Look a table over, with what its task finds wrong with the answers."""
    from bertui.data.checking.report import check as look_over

    findings = [] if missing_roles(table.roles) else task_class(table.roles.task).check(table)
    return look_over(table, tokens=tokens, split=split, answers=findings, how=how)


def missing_roles(roles: Roles) -> list[str]:
    """Return the roles that the task needs and no column plays."""
    return [role for role in task_class(roles.task).needs if not roles.of(role)]


def require(table: Table) -> None:
    """Refuse a table that its task cannot learn from as a whole; what is merely odd is for the report.

    Raises:
        DataError: A role without a column, a column with two roles, or answers of the wrong kind.
    """
    names = f"Columns: {', '.join(map(str, table.frame.columns))}."
    # Rows may be kept together by what is read of them, such as the context of several questions.
    played = table.roles.changed(group=None).named()
    twice = next((column for column in played.values() if list(played.values()).count(column) > 1), None)
    if twice is not None:
        titles = [_titled(role) for role, column in played.items() if column == twice]
        raise DataError(
            f"Column '{twice}' is both the {' and the '.join(titles[:2])}.",
            expected=f"A column for each. {names}",
            remedy="Choose another column for one of them.",
        )
    if missing := missing_roles(table.roles):
        title = ROLES[missing[0]].title.lower()
        raise DataError(
            f"No {title} column is chosen.",
            expected=f"{ROLES[missing[0]].help} {names}",
            remedy=f"Choose the {title} column, or add one to the file.",
        )
    wrong = [finding for finding in _answer_findings(table) if finding.severity == "error"]
    if wrong:
        role = table.roles.playing("answer")[0]
        column = ", ".join(f"'{name}'" for name in table.roles.of(role))
        raise DataError(f"{ROLES[role].title} column {column}: {wrong[0].title}", remedy=wrong[0].detail)


def _titled(numbered: str) -> str:
    """Name a column's part for people: "second text" of text_b, "text 2" of the second of several."""
    role, _, number = numbered.partition(" ")
    return " ".join(filter(None, (ROLES[role].title.lower(), number)))


def _answer_findings(table: Table) -> list[Finding]:
    from bertui.data.checking.labels import check_label

    label = table.roles.label
    return [*(check_label(table.frame[label]) if label else []), *task_class(table.roles.task).check(table)]
