"""The colours of bertui: where each is declared, once, for charts and for texts."""

from __future__ import annotations

# Okabe and Ito (2008), Color Universal Design. Their black is grey here and their yellow darker, so that each
# of the colours shows on a light and on a dark page; two more fill the ten slots that Streamlit asks for.
BLUE, VERMILION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
SKY, GREY, YELLOW, VIOLET, BROWN = "#56B4E9", "#808080", "#C4A900", "#7E6BC4", "#A0673B"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY, YELLOW, VIOLET, BROWN)
# Neighbours in this order differ in lightness too, so that types side by side are told apart without hue.
TYPES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, VIOLET, YELLOW, BROWN, GREY)


def see_through(colour: str, opacity: float) -> str:
    """Return a colour such as "#0072B2" as CSS that lets the page, light or dark, show through."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:.3f})"


def type_colour(kind: str, kinds: tuple[str, ...]) -> str:
    """Return the colour of a type: its place among all types decides, so that it is the same in every text."""
    return TYPES[kinds.index(kind) % len(TYPES)] if kind in kinds else SKY
