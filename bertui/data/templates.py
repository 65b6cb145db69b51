"""Small correct example files, one or two for each task, to download and fill in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from bertui.data.reading.formats.conll import to_conll

_TICKETS = (
    ("The parcel arrived two days late and the box was torn.", "complaint"),
    ("Could you tell me when the blue coat will be back in stock?", "question"),
    ("Many thanks, the new filter works like a charm!", "praise"),
    ("I was charged twice for the same order.", "complaint"),
    ("Do you also deliver to Norway?", "question"),
    ("Your driver was so kind, please pass on my thanks.", "praise"),
    ("The app closes each time I open my basket.", "complaint"),
    ("Which size fits someone of 1.80 m?", "question"),
)
_PAIRS = (
    ("A man is playing a guitar.", "Someone is making music.", "entailment"),
    ("A man is playing a guitar.", "The man is asleep.", "contradiction"),
    ("Two dogs run along the beach.", "The dogs are chasing a ball.", "neutral"),
    ("Two dogs run along the beach.", "Animals are moving by the sea.", "entailment"),
    ("The shop was closed all week.", "Customers went in on Tuesday.", "contradiction"),
    ("A child reads under a tree.", "The book is about pirates.", "neutral"),
    ("She poured the tea into two cups.", "There was tea in the cups.", "entailment"),
)
_SCORED = (
    ("A plane is taking off.", "An aeroplane is taking off.", "5.0"),
    ("A woman is slicing an onion.", "A woman is cutting a vegetable.", "4.0"),
    ("The boy kicks the ball.", "A girl throws the ball.", "2.2"),
    ("Rain is expected in the north.", "The north will be mostly dry.", "1.4"),
    ("The train leaves at nine.", "Departure of the train is at 9 o'clock.", "4.8"),
    ("A cat sleeps on the sofa.", "The shares rose by two per cent.", "0.0"),
    ("He repaired his old bicycle.", "He bought a new bicycle.", "1.8"),
)
_TOPICS = ("battery", "price", "screen", "sound")
_REVIEWS = (
    ("Lasts two days, and the display is a joy to look at.", ("battery", "screen")),
    ("Far too expensive for what it does.", ("price",)),
    ("The speakers rattle, and it has to be charged at noon.", ("battery", "sound")),
    ("Bright, sharp and cheaper than the last one.", ("price", "screen")),
    ("Music has never been so clear on a phone.", ("sound",)),
    ("Scratched after a week, and nobody pays me back.", ("price", "screen")),
    ("It came on time and just as described.", ()),
    ("Fair price, fine sound.", ("price", "sound")),
)
_SENTENCES = (
    ("Anna Berg moved to Oslo in May .", "B-PER I-PER O O B-LOC O O O"),
    ("The Red Cross sent tents to Nepal .", "O B-ORG I-ORG O O O B-LOC O"),
    ("Nothing happened on Sunday .", "O O O O O"),
    ("Siemens opens an office in New York .", "B-ORG O O O O B-LOC I-LOC O"),
    ("Last year , Maria Silva won in Madrid .", "O O O B-PER I-PER O O B-LOC O"),
    ("Peter met the mayor of Cape Town .", "B-PER O O O O B-LOC I-LOC O"),
    ("Volvo and Toyota raised their prices .", "B-ORG O B-ORG O O O O"),
)
_BRIDGE = (
    "The old bridge of the town was built in 1844 by the engineer Zoë Lindqvist. It is 175 metres long, and for some "
    "years its arch was the widest of the country."
)
_LIBRARY = (
    "The town library opens at ten in the morning, except on Mondays. Readers may borrow up to twelve books for four "
    "weeks; a lost card costs five francs."
)
_QUESTIONS = (
    (_BRIDGE, "When was the bridge built?", "1844"),
    (_BRIDGE, "Who built the bridge?", "Zoë Lindqvist"),
    (_BRIDGE, "How long is the bridge?", "175 metres"),
    (_LIBRARY, "When does the library open?", "ten in the morning"),
    (_LIBRARY, "On which day is the library closed in the morning?", "Mondays"),
    (_LIBRARY, "How many books may one borrow?", "up to twelve"),
    (_LIBRARY, "What does a lost card cost?", "five francs"),
)
_CHOICES = (
    ("The kettle began to whistle, so she", "took it off the stove.", "planted a tree.", "missed the bus.",
     "painted it green.", "1"),
    ("He opened his umbrella because", "the soup was hot.", "it had begun to rain.", "the shop was shut.",
     "his shoes were new.", "2"),
    ("The goalkeeper dived to the left and", "read the paper.", "ordered a coffee.", "caught the ball.",
     "closed the window.", "3"),
    ("Before the concert the violinist", "sold her car.", "boiled an egg.", "swam a mile.",
     "tuned her instrument.", "4"),
    ("The lights went out, and he looked for", "a candle.", "his sunglasses.", "a spoon.", "the timetable.", "1"),
    ("To reach the top shelf she fetched", "a bucket.", "the cat.", "a ladder.", "some flour.", "3"),
    ("The letter came back since", "the stamp was blue.", "the address was wrong.", "it was Tuesday.",
     "the ink was dry.", "2"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """A file to download: its name, one sentence on its shape, and its bytes (UTF-8)."""

    file_name: str
    words: str
    content: bytes


def _csv(header: str, rows: Sequence[Sequence[object]]) -> bytes:
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\n").writerows([header.split(","), *rows])
    return sink.getvalue().encode()


def _squad() -> bytes:
    """Return the questions as SQuAD 1.1: one article, its contexts as paragraphs."""
    paragraphs: list[dict[str, object]] = []
    for context in dict.fromkeys(context for context, _, _ in _QUESTIONS):
        pairs = [(question, answer) for where, question, answer in _QUESTIONS if where == context]
        questions = [
            {
                "id": f"{len(paragraphs) + 1}-{number}",
                "question": question,
                "answers": [{"text": answer, "answer_start": context.index(answer)}],
            }
            for number, (question, answer) in enumerate(pairs, 1)
        ]
        paragraphs.append({"context": context, "qas": questions})
    whole = {"version": "1.1", "data": [{"title": "A town", "paragraphs": paragraphs}]}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


TEMPLATES: dict[str, tuple[Template, ...]] = {
    "single-label": (
        Template("one-label.csv", "One text and its label in each row.", _csv("text,label", _TICKETS)),
        Template("pairs.csv", "Two texts and the label of the pair in each row.", _csv("text_a,text_b,label", _PAIRS)),
    ),
    "score": (
        Template(
            "scores.csv",
            "Two texts and a number in each row; for the score of a single text, leave text_b out.",
            _csv("text_a,text_b,score", _SCORED),
        ),
    ),
    "several-labels": (
        Template(
            "labels-in-a-cell.csv",
            "One text and all its labels in each row, with | between them; [] where none applies.",
            _csv("text,labels", [(text, "|".join(labels) or "[]") for text, labels in _REVIEWS]),
        ),
        Template(
            "column-for-each-label.csv",
            "One text in each row and one column for each label: 1 where it applies, else 0.",
            _csv(
                ",".join(("text", *_TOPICS)),
                [(text, *(int(topic in labels) for topic in _TOPICS)) for text, labels in _REVIEWS],
            ),
        ),
    ),
    "tagging": (
        Template(
            "tags.csv",
            "One sentence in each row: its tokens and as many tags, with single blanks between them.",
            _csv("tokens,tags", _SENTENCES),
        ),
        Template(
            "tags.conll",
            "One token and its tag in each line, and a blank line between sentences.",
            to_conll([tokens.split() for tokens, _ in _SENTENCES], [tags.split() for _, tags in _SENTENCES]),
        ),
    ),
    "question-answering": (
        Template(
            "questions.csv",
            "A question in each row, the context that answers it, the answer as it stands there, and how many "
            "characters stand before it.",
            _csv(
                "context,question,answer,answer_start",
                [(context, question, answer, context.index(answer)) for context, question, answer in _QUESTIONS],
            ),
        ),
        Template("questions.json", "Articles, paragraphs and questions as in SQuAD 1.1 or 2.0.", _squad()),
    ),
    "multiple-choice": (
        Template(
            "choices.csv",
            "The start of a text and four ways to go on in each row; the label is the number of the right one, 1 to 4.",
            _csv("text,choice_1,choice_2,choice_3,choice_4,label", _CHOICES),
        ),
    ),
}
