from __future__ import annotations

import pandas as pd
import pytest

from bertui.data.columns import is_number
from bertui.data.roles import Roles
from bertui.tasks.guessing import guess_roles

PLACES = ["the station", "a quiet garden", "my kitchen", "the harbour", "an old library", "our school"]
DOINGS = ["waited", "sang a song", "read all day", "lost the keys", "met a friend"]
TEXTS = [f"We {doing} in {place}, again {n}." for n, (doing, place) in enumerate(
    (doing, place) for doing in DOINGS * 4 for place in PLACES
)]  # fmt: skip
OTHERS = [text.replace("We", "They").replace("again", "once more") for text in reversed(TEXTS)]
N = len(TEXTS)  # 120


def cells(values: list[str | None]) -> pd.Series:
    return pd.Series(values, dtype="str")


def frame(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: cells(values) for name, values in columns.items()})


def cycle(*values: str) -> list[str | None]:
    return [values[n % len(values)] for n in range(N)]


IDS: list[str | None] = [f"T-{n:05d}" for n in range(N)]
DATES: list[str | None] = [f"2024-{n % 12 + 1:02d}-{n % 28 + 1:02d}" for n in range(N)]


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        ({"text": TEXTS, "label": cycle("a", "b")}, Roles(("text",), "label")),
        ({"y": cycle("a", "b"), "x": TEXTS}, Roles(("x",), "y")),
        ({"id": IDS, "review": TEXTS, "stars": cycle(*"12345")}, Roles(("review",), "stars", id="id")),
        ({"Ticket": IDS, "Message Body": TEXTS, "Topic": cycle("bill", "card")},
         Roles(("Message Body",), "Topic", id="Ticket")),
        ({"text": TEXTS, "label": cycle("a", "b"), "split": cycle("train", "dev", "test")},
         Roles(("text",), "label", split="split")),
        ({"text": TEXTS, "phase": cycle("Train", "VALID"), "mood": cycle("a", "b")},
         Roles(("text",), "mood", split="phase")),
        ({"user_id": cycle("u1", "u2", "u3"), "text": TEXTS, "label": cycle("a", "b")},
         Roles(("text",), "label", group="user_id")),
        ({"user": IDS, "text": TEXTS, "label": cycle("a", "b")}, Roles(("text",), "label")),
        ({"text": TEXTS, "date": DATES, "sentiment": cycle("a", "b"), "language": cycle("en")},
         Roles(("text",), "sentiment")),
        ({"text": TEXTS}, Roles(("text",))),
        ({"text": TEXTS, "answer": [text[::-1] for text in TEXTS]}, Roles(("text",))),
        ({"text": TEXTS, "country": cycle("x")}, Roles(("text",))),
        ({"text": TEXTS, "label": [None] * N}, Roles(("text",), "label")),
        ({"text": TEXTS, "label": IDS}, Roles(("text",), "label")),
        ({"text": TEXTS, "fold": cycle(*"01234"), "label": cycle("a", "b")}, Roles(("text",), "label")),
        ({"tags": cycle("O O B-ORG O", "O O"), "tokens": TEXTS}, Roles(("tokens",), "tags")),
        ({"评论": ["这个宾馆比较陈旧了", "房间很一般总体不错"] * 60, "class": cycle("0", "1")},
         Roles(("评论",), "class")),
        ({"word": cycle("good", "bad", "fine"), "label": cycle("a", "b")}, Roles(("word",), "label")),
        ({"a b.c": TEXTS, "url": [f"https://example.org/{n}/a-long-address-without-end" for n in range(N)]},
         Roles(("a b.c",))),
        ({"text": ["good shoes", "bad hat"], "label": ["x", "y"]}, Roles(("text",), "label")),
        ({"text": [], "label": []}, Roles(("text",), "label")),
        ({"topic": [f"{text} {text}" for text in TEXTS], "x": TEXTS}, Roles(("x",))),
        ({"number": IDS}, Roles(("number",))),
        ({"column 1": TEXTS, "column 2": OTHERS, "column 3": cycle("a", "b")},  # no header: a pair side by side
         Roles("column 1", "column 3", text_b="column 2")),
        ({"column 2": TEXTS, "column 3": OTHERS, "column 4": cycle("a", "b")}, Roles("column 3", "column 4")),
        ({"column 1": TEXTS, "column 2": cycle("a", "b"), "column 3": OTHERS}, Roles("column 3", "column 2")),
    ],
)  # fmt: skip
def test_guesses(columns: dict[str, list[str | None]], roles: Roles) -> None:
    assert guess_roles(frame(**columns)) == roles


def test_a_million_rows_are_sampled_from_end_to_end() -> None:
    # Sorted by label: the head alone would show one class only.
    big = pd.DataFrame({"x": cells(TEXTS * 2000), "y": cells(["a"] * 239_000 + ["b"] * 1000)})
    assert guess_roles(big) == Roles(("x",), "y")


def test_numbers() -> None:
    texts = cells(["12", " -3.5 ", "1,000", "80 %", "1e5", "v2", "", "3 men", ".", None])
    assert is_number(texts).tolist() == [True] * 5 + [False] * 5
