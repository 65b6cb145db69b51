"""How a choice is declared: once, as a pydantic field with the words a person reads about it.

From one declaration come validation, JSON, the form control, the ``--set`` path of the command line,
the table in the docs and the model card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """A group of choices that one room of the house obeys; frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Strategy(Section):
    """One way of doing a thing: a ``kind`` literal, its own options as fields, the method that does it.

    A bare string stands for a strategy with its defaults (``"head+tail"``), and ``"kind:value"`` sets the first
    option (``"last:4"``), ``"kind:value:value"`` the first two, so that strategies can be typed on a command line.
    """

    title: ClassVar[str]
    help: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _options_in_order(cls, given: Any) -> Any:
        if isinstance(given, dict) and _SHORT in given:
            options, values = [name for name in cls.model_fields if name != "kind"], given[_SHORT].split(":")
            if len(values) > len(options):
                takes = "no option" if not options else "one option" if len(options) == 1 else f"{len(options)} options"
                raise ValueError(f"'{given['kind']}' takes {takes}")
            return {"kind": given["kind"], **dict(zip(options, values, strict=False))}
        return given


_SHORT = "(options in order)"


def _from_shorthand(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    kind, colon, value = given.partition(":")
    return {"kind": kind, _SHORT: value} if colon else {"kind": kind}


Shorthand = BeforeValidator(_from_shorthand)
"""Annotation that lets a union of strategies accept ``"kind"``, ``"kind:value"`` and so on."""


def choice(
    default: Any,
    *,
    title: str,
    help: str,
    source: str = "",
    basic: bool = False,
    unit: str = "",
    step: float | None = None,
    **bounds: Any,
) -> Any:
    """Declare one choice: its default, its words for people, and its bounds (``ge``, ``le``, ``gt``, ``lt``).

    Args:
        help: One sentence: what it does and when it helps.
        source: Who measured it, as a short citation.
        basic: In view on the form; otherwise behind the section's expander.
        unit: Shown after the number, such as "tokens".
        step: Step of the form's number control.
    """
    words: dict[str, Any] = {"source": source, "basic": basic, "unit": unit, "step": step}
    return Field(default, title=title, description=help, json_schema_extra=words, **bounds)


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared choice with the dotted path that ``--set`` and the form know it by."""

    path: str
    name: str
    field: FieldInfo

    @property
    def title(self) -> str:
        return self.field.title or self.name

    @property
    def help(self) -> str:
        return self.field.description or ""

    @property
    def basic(self) -> bool:
        return bool(self.word("basic"))

    def word(self, key: str) -> Any:
        """Return an extra word given to ``choice``: source, basic, unit, step."""
        extra = self.field.json_schema_extra
        return extra.get(key) if isinstance(extra, dict) else None

    def bound(self, key: str) -> Any:
        """Return the bound ``ge``, ``gt``, ``le`` or ``lt``, or None where there is none."""
        bounds = (getattr(item, key, None) for item in self.field.metadata)
        return next((value for value in bounds if value is not None), None)

    @property
    def strategies(self) -> tuple[type[Strategy], ...]:
        """The strategies to choose from; empty when the choice is a plain value."""
        return strategies_of(self.field.annotation)


def strategies_of(annotation: Any) -> tuple[type[Strategy], ...]:
    """Return the strategy classes inside a (possibly annotated) union."""
    if isinstance(annotation, type):
        return (annotation,) if issubclass(annotation, Strategy) else ()
    return tuple(cls for member in get_args(annotation) for cls in strategies_of(member))


def declared(section: type[Section], prefix: str = "") -> Iterator[Declared]:
    """Walk every choice of a section, nested sections included, in the order they are declared."""
    for name, field in section.model_fields.items():
        path = f"{prefix}{name}"
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, Section) and not issubclass(nested, Strategy):
            yield from declared(nested, f"{path}.")
        elif name != "kind":
            yield Declared(path, name, field)
