"""Tables that ship with the app, and public ones that a person may fetch from the Hugging Face hub."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import pandas as pd

from bertui.data.roles import Roles
from bertui.errors import DataError


@dataclass(frozen=True, slots=True)
class Sample:
    """A shipped table: its file, roles, and one sentence on what it shows."""

    key: str
    title: str
    words: str
    roles: Roles

    def read(self) -> bytes:
        """Return the file's bytes, as if a person had uploaded it."""
        return (resources.files("bertui.data") / "samples" / f"{self.key}.csv").read_bytes()


SAMPLES = (
    Sample(
        "reviews", "Product reviews", "Two classes: is the buyer pleased? Plain, ironic and mixed opinions.",
        Roles(text=("review",), label="sentiment", id="review_id"),
    ),
    Sample(
        "requests", "Customer requests", "Six classes: what does the customer of a shop want?",
        Roles(text=("message",), label="topic", id="ticket"),
    ),
    Sample(
        "stays", "Travel accounts", "Long texts, over 512 tokens, with the verdict near the end: what does a cut lose?",
        Roles(text=("account",), label="verdict"),
    ),
    Sample(
        "duplicates", "Questions asked twice", "Pairs: do two questions from help forums ask the same?",
        Roles(("question_a",), "verdict", text_b="question_b"),
    ),
    Sample(
        "closeness", "How close two sentences are", "A score from 0 to 5 for each pair.",
        Roles(("sentence_a",), text_b="sentence_b", score="closeness", task="score"),
    ),
    Sample(
        "letters", "Letters to a service", "Several themes for each message: delay, price, staff, safety ...",
        Roles(("letter",), labels="themes", task="several-labels"),
    ),
    Sample(
        "orders", "Orders and enquiries", "Products, places, persons, dates and order numbers, marked word by word.",
        Roles(tokens="tokens", tags="tags", task="tagging"),
    ),
    Sample(
        "museum", "A museum's guide", "Questions whose answer stands in a paragraph. Paragraphs stay in one part.",
        Roles(question="question", context="context", answer="answer", answer_start="answer_start", group="context",
              task="question-answering"),
    ),
    Sample(
        "endings", "What happens next", "Everyday situations with four endings, one of which makes sense.",
        Roles(("situation",), "right", choice=("ending_1", "ending_2", "ending_3", "ending_4"),
              task="multiple-choice"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A data set on the hub: its repository, files by part, and columns."""

    key: str
    title: str
    repository: str
    texts: tuple[str, ...]
    label: str
    configuration: str | None = None


# The sets of Sun et al. 2019, table 1, as far as the hub has them.
PUBLIC_SETS = (
    PublicSet("imdb", "IMDb film reviews", "stanfordnlp/imdb", ("text",), "label", "plain_text"),
    PublicSet("yelp-polarity", "Yelp reviews, two classes", "fancyzhx/yelp_polarity", ("text",), "label"),
    PublicSet("yelp-full", "Yelp reviews, five stars", "Yelp/yelp_review_full", ("text",), "label"),
    PublicSet("trec", "TREC questions", "SetFit/TREC-QC", ("text",), "label_coarse_original"),
    PublicSet(
        "yahoo", "Yahoo! Answers topics", "community-datasets/yahoo_answers_topics",
        ("question_title", "question_content", "best_answer"), "topic",
    ),
    PublicSet("ag-news", "AG's News topics", "fancyzhx/ag_news", ("text",), "label"),
    PublicSet("dbpedia", "DBPedia topics", "fancyzhx/dbpedia_14", ("title", "content"), "label"),
)  # fmt: skip


def sample(key: str) -> Sample:
    """Return a shipped sample by its key."""
    for entry in SAMPLES:
        if entry.key == key:
            return entry
    raise DataError(
        f"There is no sample '{key}'.", expected=f"Samples: {', '.join(entry.key for entry in SAMPLES)}.",
        remedy="Choose one of these.",
    )  # fmt: skip


def fetch_public(chosen: PublicSet, rows: int = 20_000) -> pd.DataFrame:
    """Download a public set; train and test rows (at most ``rows`` each) with a ``split`` column.

    Raises:
        DataError: No network, or the hub no longer has the set.
    """
    from datasets import ClassLabel, load_dataset

    try:
        parts = load_dataset(chosen.repository, chosen.configuration)
    except Exception as error:  # the hub's client raises many kinds; all mean the same to the person
        raise DataError(
            f"'{chosen.title}' could not be fetched from the hub ({type(error).__name__}).",
            expected="A network connection to huggingface.co.",
            remedy="Check the network, or use a sample that ships with bertui.",
        ) from error
    frames = []
    for name in ("train", "test"):
        part = parts[name].shuffle(seed=13)
        part = part.select(range(min(rows, len(part))))
        frame = part.to_pandas()[[*chosen.texts, chosen.label]]
        feature = part.features[chosen.label]
        if isinstance(feature, ClassLabel):
            frame[chosen.label] = [feature.int2str(int(number)) for number in frame[chosen.label]]
        frames.append(frame.assign(split=name))
    return pd.concat(frames, ignore_index=True).astype("str")
