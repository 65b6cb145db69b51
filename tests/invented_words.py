"""Invented cells for tables in tests: sentences of several languages, names, dates, links, numbers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

Cells = list[str | None]
Maker = Callable[[random.Random, int], Cells]

_PARTS = {
    "en": (
        "My sister|The driver|Our neighbour|A young nurse|The old printer|Nobody here|The whole team|That tiny shop",
        "fixed|forgot|carried|painted|ordered|returned|described|dropped|remembered|lost",
        "the wooden chair|a broken lamp|her blue suitcase|two heavy boxes|the garden gate|some warm bread|his letter",
        "before the storm|with great care|last winter|because it rained|near the harbour|without asking|all day long",
    ),
    "de": (
        "Meine Schwester|Der Fahrer|Unsere Nachbarin|Ein Kollege|Die alte Maschine|Niemand hier|Das ganze Team",
        "brachte|vergaß|bestellte|malte|verlor|beschrieb|reparierte|fand",
        "den hölzernen Stuhl|eine kaputte Lampe|ihren Koffer|zwei schwere Kisten|das Gartentor|etwas frisches Brot",
        "vor dem Sturm|mit großer Sorgfalt|im letzten Winter|weil es regnete|am Hafen|ohne zu fragen|den ganzen Tag",
    ),
    "fr": (
        "Ma sœur|Le chauffeur|Notre voisine|Une collègue|La vieille machine|Personne ici|Toute l'équipe",
        "a réparé|a oublié|a commandé|a peint|a perdu|a décrit|a trouvé",
        "la chaise en bois|une lampe cassée|sa valise bleue|deux caisses lourdes|le portail du jardin|du pain chaud",
        "avant l'orage|avec grand soin|l'hiver dernier|parce qu'il pleuvait|près du port|sans nous demander",
    ),
    "es": (
        "Mi hermana|El conductor|Nuestra vecina|Una enfermera|La máquina vieja|Nadie aquí|Todo el equipo",
        "arregló|olvidó|pidió|pintó|perdió|describió|encontró",
        "la silla de madera|una lámpara rota|su maleta azul|dos cajas pesadas|la puerta del jardín|un poco de pan",
        "antes de la tormenta|con mucho cuidado|el invierno pasado|porque llovía|cerca del puerto|sin preguntarnos",
    ),
    "pt": (
        "Minha irmã|O motorista|Nossa vizinha|Uma enfermeira|A máquina velha|Ninguém aqui|Toda a equipe",
        "consertou|esqueceu|pediu|pintou|perdeu|descreveu|encontrou",
        "a cadeira de madeira|uma lâmpada quebrada|sua mala azul|duas caixas pesadas|o portão do jardim",
        "antes da tempestade|com muito cuidado|no inverno passado|porque chovia|perto do porto|sem nos perguntar",
    ),
    "it": (
        "Mia sorella|L'autista|La nostra vicina|Un'infermiera|La vecchia macchina|Nessuno qui|Tutta la squadra",
        "ha riparato|ha dimenticato|ha ordinato|ha dipinto|ha perso|ha descritto|ha trovato",
        "la sedia di legno|una lampada rotta|la sua valigia blu|due scatole pesanti|il cancello del giardino",
        "prima della tempesta|con molta cura|lo scorso inverno|perché pioveva|vicino al porto|senza chiederci nulla",
    ),
    "nl": (
        "Mijn zus|De chauffeur|Onze buurvrouw|Een collega|De oude machine|Niemand hier|Het hele team",
        "repareerde|vergat|bestelde|verfde|verloor|beschreef|vond",
        "de houten stoel|een kapotte lamp|haar blauwe koffer|twee zware dozen|het tuinhek|wat vers brood",
        "voor de storm|met veel zorg|afgelopen winter|omdat het regende|bij de haven|zonder ons te vragen",
    ),
    "ru": (
        "Моя сестра|Водитель|Наша соседка|Старый мастер|Никто из нас|Вся команда",
        "починил|забыл|заказал|нашёл|потерял|описал",
        "деревянный стул|сломанную лампу|синий чемодан|тяжёлые ящики|свежий хлеб",
        "перед грозой|очень бережно|прошлой зимой|из-за дождя|возле порта|без спроса",
    ),
}  # fmt: skip
_BANK = {language: [part.split("|") for part in parts] for language, parts in _PARTS.items()}
_FIRST = [
    "Ada",
    "Ben",
    "Cleo",
    "Dora",
    "Emil",
    "Fay",
    "Gus",
    "Hedy",
    "Ivo",
    "Jo",
    "Kit",
    "Lea",
    "Max",
    "Nia",
    "Otto",
    "Pia",
    "Rolf",
    "Sia",
    "Tom",
    "Una",
]
_LAST = [
    "Ash",
    "Birch",
    "Cole",
    "Dale",
    "Elm",
    "Frost",
    "Grove",
    "Hill",
    "Kerr",
    "Lane",
    "Moss",
    "North",
    "Oaks",
    "Pike",
    "Quill",
    "Reed",
    "Stone",
    "Vale",
]


def sentence(rng: random.Random, language: str = "en") -> str:
    return " ".join(rng.choice(part) for part in _BANK[language]) + rng.choice("..!")


def texts(least: int = 1, most: int = 3, language: str = "en", filled: float = 1.0) -> Maker:
    """Sentences, ``least`` to ``most`` in a cell."""

    def one(rng: random.Random) -> str:
        return " ".join(sentence(rng, language) for _ in range(rng.randint(least, most)))

    return lambda rng, n: [one(rng) if rng.random() < filled else None for _ in range(n)]


def titles(language: str = "en", filled: float = 1.0) -> Maker:
    """A few words of a sentence each."""

    def one(rng: random.Random) -> str:
        return " ".join(rng.choice(part) for part in _BANK[language][:3])

    return lambda rng, n: [one(rng) if rng.random() < filled else None for _ in range(n)]


def questions(rng: random.Random, n: int) -> Cells:
    return ["Why " + sentence(rng).rstrip(".!").replace("My", "my").lower() + f" {rng.randint(1, 99)} times?"
            for _ in range(n)]  # fmt: skip


def of(*values: str, filled: float = 1.0) -> Maker:
    """One of a few values a row, the first ones more often."""
    weights = [1 / (2 + at) for at in range(len(values))]

    def make(rng: random.Random, n: int) -> Cells:
        drawn = rng.choices(values, weights, k=n)
        return [value if rng.random() < filled else None for value in drawn]

    return make


def several(values: Sequence[str], written: Callable[[list[str]], str], most: int = 3, least: int = 1) -> Maker:
    """A few of the values in a cell, as ``written``."""
    return lambda rng, n: [written(rng.sample(values, rng.randint(least, most))) for _ in range(n)]


def whole(low: int, high: int, filled: float = 1.0) -> Maker:
    return lambda rng, n: [str(rng.randint(low, high)) if rng.random() < filled else None for _ in range(n)]


def decimal(low: float, high: float, digits: int = 3, filled: float = 1.0, mark: str = ".") -> Maker:
    def one(rng: random.Random) -> str:
        return f"{rng.uniform(low, high):.{digits}f}".replace(".", mark)

    return lambda rng, n: [one(rng) if rng.random() < filled else None for _ in range(n)]


def counted(start: int = 0) -> Maker:
    return lambda rng, n: [str(start + at) for at in range(n)]


def keys(pattern: str = "T-{:05d}") -> Maker:
    return lambda rng, n: [pattern.format(7000 + 13 * at) for at in range(n)]


def hashes(length: int = 12, filled: float = 1.0) -> Maker:
    def one(rng: random.Random) -> str:
        return f"{rng.getrandbits(4 * length):0{length}x}"

    return lambda rng, n: [one(rng) if rng.random() < filled else None for _ in range(n)]


def people(filled: float = 1.0) -> Maker:
    return lambda rng, n: [
        f"{rng.choice(_FIRST)} {rng.choice(_LAST)}" if rng.random() < filled else None for _ in range(n)
    ]


def users(rng: random.Random, n: int) -> Cells:
    return [f"{rng.choice(_FIRST).lower()}_{rng.choice(_LAST).lower()}{rng.randint(1, 99)}" for _ in range(n)]


def emails(rng: random.Random, n: int) -> Cells:
    return [f"{user}@example.org" for user in users(rng, n)]


def links(path: str = "item", filled: float = 1.0) -> Maker:
    return lambda rng, n: [
        f"https://www.example.org/{path}/{rng.randint(1000, 99999)}" if rng.random() < filled else None
        for _ in range(n)
    ]


def dates(form: str = "%Y-%m-%d", filled: float = 1.0) -> Maker:
    def one(rng: random.Random) -> str:
        return (datetime(2019, 1, 1) + timedelta(minutes=rng.randint(0, 2_500_000))).strftime(form)

    return lambda rng, n: [one(rng) if rng.random() < filled else None for _ in range(n)]


def made(write: Callable[[random.Random], str | None], filled: float = 1.0) -> Maker:
    """Cells that are each written by themselves."""
    return lambda rng, n: [write(rng) if rng.random() < filled else None for _ in range(n)]


def blank(rng: random.Random, n: int) -> Cells:
    return [None] * n
