"""One cell -> the number it holds, read with a decimal point and with a decimal comma."""

from __future__ import annotations

import re
import unicodedata
from math import isfinite, nan
from typing import Literal, NamedTuple

Decimal = Literal[".", ","]
"""The mark before the decimals of a number; the other one, a blank or an apostrophe divides its thousands."""
DECIMALS: dict[str, Decimal] = {"point": ".", "comma": ","}


class NumberCell(NamedTuple):
    """What a cell says with either mark before the decimals; NaN where it cannot be read so.

    Attributes:
        point: The number where a point divides decimals; ``comma``: where a comma does.
        unit: "%" or the mark of a currency; "" without one.
        fraction: Whether it is written as a fraction, such as 4/5.
    """

    point: float = nan
    comma: float = nan
    unit: str = ""
    fraction: bool = False


_CURRENCY = (
    r"(?:[A-Z]{1,2}\$|[$¢-¥֏؋৲৳৻૱௹฿៛₠-⃀]|kr\.?|zł|Kč|Fr\.|Rs\.?|"
    r"AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|RUB|SEK|TRY|USD|ZAR)"
)
_CELL = re.compile(
    rf"([-+]?)\s*({_CURRENCY})?\s*([-+]?)\s*(\d[\d.,' ]*(?:[eE][-+]?\d+)?|[.,]\d+(?:[eE][-+]?\d+)?|"
    rf"(?:\d{{1,3}}\s+)?\d{{1,3}}\s*/\s*\d{{1,3}})\s*({_CURRENCY}|%)?"
)
_IN_BRACKETS = re.compile(r"\((.*)\)")  # how accountants write what is less than nothing
_FRACTION = re.compile(r"(?:(\d+)\s+)?(\d+)\s*/\s*(\d+)")
# Quote marks that divide thousands, dashes that are a minus, and Arabic's percent sign and fraction bar.
_SIGNS = str.maketrans({"’": "'", "ʼ": "'", "`": "'", "´": "'", "−": "-", "‒": "-", "–": "-", "٪": "%", "⁄": "/"})
_ARABIC_POINT, _ARABIC_THOUSANDS = "٫", "٬"


def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    marks = (re.escape(thousands), " ", "'")
    grouped = "|".join(rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+" for mark in marks)
    indian = rf"[1-9]\d?(?:{re.escape(thousands)}\d{{2}})+{re.escape(thousands)}\d{{3}}"
    decimals = rf"(?:{re.escape(decimal)}\d+)?"
    return re.compile(
        rf"(?:{grouped}|{indian}){decimals}|\d+{decimals}(?:[eE][-+]?\d+)?|{re.escape(decimal)}\d+(?:[eE][-+]?\d+)?"
    )


_POINT, _COMMA = _pattern(".", ","), _pattern(",", ".")


def read_number(text: str) -> NumberCell:
    """Read one cell: digits of any script, thousands with , . ' or a blank, a sign, a currency or percent sign.

    A percent sign is left out ("80 %" is 80), brackets say less than nothing, "4/5" is 0.8.
    """
    text = _plain(text)
    if _ARABIC_POINT in text or _ARABIC_THOUSANDS in text:  # they say of themselves what they divide
        text = text.replace(_ARABIC_THOUSANDS, "").replace(_ARABIC_POINT, ".")
        read = read_number(text)
        return read._replace(comma=read.point)
    brackets = _IN_BRACKETS.fullmatch(text)
    cell = _CELL.fullmatch(brackets[1].strip() if brackets else text)
    if cell is None or (cell[1] and cell[3]):
        return NumberCell()
    sign = -1.0 if "-" in (cell[1], cell[3]) else 1.0
    if brackets:
        sign = -1.0 if sign > 0 else nan
    unit, body = cell[2] or cell[5] or "", cell[4].strip()
    if fraction := _FRACTION.fullmatch(body):
        value = sign * _fraction(*fraction.groups())
        return NumberCell(value, value, unit, True)
    body = body.rstrip(".,")  # of a sentence
    return NumberCell(sign * _value(body, _POINT, ","), sign * _value(body, _COMMA, "."), unit)


def _plain(text: str) -> str:
    """Write digits, blanks, signs and fractions of any script in ASCII."""
    if text.isascii():
        return text.strip()
    apart = "".join(f" {one}" if unicodedata.decomposition(one).startswith("<fraction>") else one for one in text)
    marked = unicodedata.normalize("NFKC", apart.translate(_SIGNS)).translate(_SIGNS)
    return "".join(str(unicodedata.digit(one)) if one.isdecimal() else one for one in marked).strip()


def _value(body: str, pattern: re.Pattern[str], thousands: str) -> float:
    if not pattern.fullmatch(body):
        return nan
    for mark in (thousands, " ", "'"):
        body = body.replace(mark, "")
    value = float(body.replace(",", "."))
    return value if isfinite(value) else nan


def _fraction(whole: str | None, above: str, below: str) -> float:
    return int(whole or 0) + int(above) / int(below) if int(below) else nan
