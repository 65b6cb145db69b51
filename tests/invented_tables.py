"""Tables shaped as people bring them, with invented cells: what a person would choose is said beside each.

``TUNED`` were looked at while the guessing was written, ``UNSEEN`` were not.
"""

from __future__ import annotations

import io
import json
import random
import zlib
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tests.invented_words import (
    Cells,
    Maker,
    counted,
    dates,
    decimal,
    emails,
    hashes,
    keys,
    links,
    made,
    of,
    people,
    questions,
    sentence,
    several,
    texts,
    titles,
    users,
    whole,
)  # fmt: skip

Reading = dict[str, Any]


def one(text: str, label: str, text_b: str = "", task: str = "single-label") -> Reading:
    """A reading with one answer; choices are divided by |, columns of one choice by +."""
    answer = {"single-label": "label", "score": "score", "several-labels": "labels", "multiple-choice": "label"}[task]
    reading: Reading = {"task": task, "text": _choices(text), answer: _choices(label)}
    return reading | ({"text_b": _choices(text_b)} if text_b else {})


def _choices(written: str) -> list[list[str]]:
    return [choice.split("+") for choice in written.split("|")]


@dataclass(frozen=True)
class Invented:
    """A table's file name, its columns, and what a person would choose."""

    file: str
    columns: dict[str, Maker]
    right: list[Reading]
    acceptable: list[Reading] = field(default_factory=list)
    marks: dict[str, list[str]] = field(default_factory=dict)
    header: bool = True
    delimiter: str = ","
    encoding: str = "utf-8"
    rows: int = 150
    above: str = ""  # lines above the header
    below: tuple[dict[str, str], ...] = ()  # more header rows

    def frame(self) -> pd.DataFrame:
        rng = random.Random(zlib.crc32(self.file.encode()))
        return pd.DataFrame({name: make(rng, self.rows) for name, make in self.columns.items()}, dtype="str")

    def data(self) -> bytes:
        frame = self.frame()
        for row in reversed(self.below):
            frame = pd.concat([pd.DataFrame([row], dtype="str"), frame], ignore_index=True)[frame.columns]
        if self.file.endswith(".parquet"):
            buffer = io.BytesIO()
            frame.to_parquet(buffer)
            return buffer.getvalue()
        if self.file.endswith(".xlsx"):
            buffer = io.BytesIO()
            frame.to_excel(buffer, index=False, header=self.header)
            return buffer.getvalue()
        if self.file.endswith((".jsonl", ".json")):
            rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
            return "\n".join(json.dumps({k: _value(v) for k, v in row.items()}, ensure_ascii=False) for row in rows
                             ).encode()  # fmt: skip
        text = frame.to_csv(index=False, header=self.header, sep=self.delimiter)
        return (self.above + text).encode(self.encoding)

    def expected(self) -> dict[str, Any]:
        return {"known as": self.file, "rows": self.rows, "header": self.header, "right": self.right,
                "acceptable": self.acceptable, "marks": self.marks}  # fmt: skip


def _value(cell: str | None) -> Any:
    return json.loads(cell) if cell is not None and cell[:1] in "[{" else cell


YES_NO = of("0", "1")
LIST = json.dumps
TOPICS = ["travel", "food", "money", "family", "health", "school", "sport"]


def _python(values: list[str]) -> str:
    return repr(values)


def _annotated(rng: random.Random, n: int) -> Cells:
    return [sentence(rng).replace(" ", " [place : ", 1) + "]" for _ in range(n)]


def _letters(rng: random.Random, n: int) -> Cells:
    return [rng.choice("ABCD") for _ in range(n)]


TUNED = (
    Invented("zendesk_export.csv", {
        "Id": counted(40100), "Requester": people(), "Requester email": emails, "Assignee": people(0.8),
        "Status": of("closed", "solved", "open"), "Priority": of("normal", "high", "low"),
        "Group": of("Billing", "Shipping", "Technical"), "Subject": titles(), "Description": texts(),
        "Created at": dates("%Y-%m-%d %H:%M:%S UTC"), "Updated at": dates("%Y-%m-%d %H:%M:%S UTC"),
        "First reply time (hrs)": decimal(0, 40, 1, 0.9), "Satisfaction Score": of("Good", "Bad", filled=0.1),
        "Satisfaction Comment": texts(1, 1, filled=0.06), "Tags": made(lambda r: "web_form vip" if r.random() < .5
        else "phone", 0.4)},
        [one("Description|Subject+Description", "Group|Priority")],
        [one("Description|Subject+Description|Subject", "Status|Assignee|Tags")],
        {"id": ["Id"], "group": ["Requester", "Requester email", "Group"]}),
    Invented("azure_boards.csv", {
        "ID": counted(900), "Work Item Type": of("Bug", "Task", "User Story"), "Title": titles(),
        "Assigned To": made(lambda r: "Ada Ash <ada@example.org>", 0.7), "State": of("New", "Active", "Closed"),
        "Iteration Path": of("Shop\\Sprint 1", "Shop\\Sprint 2"), "Description": texts(1, 4),
        "Story Points": of("1", "2", "3", "5", "8", filled=0.3), "Created Date": dates("%m/%d/%Y %I:%M:%S %p")},
        [one("Description|Title+Description|Title", "Work Item Type|State")],
        [one("Description|Title+Description|Title", "Iteration Path")], {"id": ["ID"]}),
    Invented("reddit_comments.csv", {
        "id": hashes(7), "author": users, "body": texts(), "subreddit": of("cooking", "travel", "books", "chess"),
        "score": whole(-20, 900), "controversiality": of("0", "1"), "created_utc": whole(1500000000, 1700000000),
        "parent_id": made(lambda r: f"t1_{r.getrandbits(28):07x}"),
        "permalink": made(lambda r: f"/r/chess/comments/{r.getrandbits(28):07x}/")},
        [one("body", "subreddit"), one("body", "score", task="score")], [one("body", "controversiality")],
        {"id": ["id"], "group": ["author", "parent_id"]}),
    Invented("measuring_scores.csv", {
        "comment_id": counted(20000), "annotator_id": whole(1, 300), "platform": of("0", "1", "2"),
        "sentiment": of("0.0", "1.0", "2.0", "3.0", "4.0"), "respect": of("0.0", "1.0", "2.0", "3.0", "4.0"),
        "infitms": decimal(0.5, 2, 2), "outfitms": decimal(0.5, 2, 2), "annotator_severity": decimal(-1, 1, 2),
        "std_err": decimal(0.2, 0.5, 2), "hypothesis": decimal(-3, 3, 6), "hate_speech_score": decimal(-6, 6, 2),
        "text": texts(), "annotator_age": whole(18, 70)},
        [one("text", "hate_speech_score", task="score"), one("text", "sentiment|respect")],
        [one("text", "sentiment|respect|hypothesis", task="score")],
        {"id": ["comment_id"], "group": ["annotator_id"]}),
    Invented("tube_spam.csv", {
        "COMMENT_ID": hashes(26), "AUTHOR": people(), "DATE": dates("%Y-%m-%dT%H:%M:%S", 0.8), "CONTENT": texts(),
        "CLASS": YES_NO}, [one("CONTENT", "CLASS")], marks={"id": ["COMMENT_ID"], "group": ["AUTHOR"]}),
    Invented("app_reviews.csv", {
        "package_name": of("com.tick.app", "org.map.walk"), "review": texts(), "date": dates("%B %d %Y"),
        "star": of("5", "1", "4", "3", "2"),
        "app_version": made(lambda r: f"{r.randint(1, 9)}.{r.randint(0, 9)}.1", .7),
        "developer_reply": texts(1, 1, filled=0.15), "device": of("Pixel 6", "Galaxy S21", filled=0.5)},
        [one("review", "star"), one("review", "star", task="score")], [one("review", "package_name")]),
    Invented("essays.tsv", {
        "essay_id": counted(1), "essay_set": of("1", "2", "3"), "essay": texts(6, 12),
        "rater1_domain1": whole(1, 6), "rater2_domain1": whole(1, 6), "rater3_domain1": whole(1, 6, 0.05),
        "domain1_score": whole(2, 12), "rater1_trait1": whole(0, 5, 0.1), "rater2_trait1": whole(0, 5, 0.1)},
        [one("essay", "domain1_score", task="score"), one("essay", "domain1_score")],
        [one("essay", "essay_set|rater1_domain1|rater2_domain1"),
         one("essay", "rater1_domain1|rater2_domain1", task="score")], {"id": ["essay_id"], "group": ["essay_set"]},
        delimiter="\t"),
    Invented("assistant_utterances.jsonl", {
        "id": counted(), "locale": of("en-US"), "partition": of("train", "dev", "test"),
        "scenario": of("alarm", "music", "lists", "email"), "intent": of("alarm_set", "play_music", "lists_add",
        "email_query", "alarm_query"), "utt": titles(), "annot_utt": _annotated, "worker_id": whole(1, 40)},
        [one("utt", "intent|scenario")], marks={"id": ["id"], "split": ["partition"], "group": ["worker_id"]}),
    Invented("clinic_intents.json", {
        "text": titles(), "intent": of("book_flight", "balance", "oos", "greeting"), "domain": of("travel", "bank")},
        [one("text", "intent|domain")]),
    Invented("inference.jsonl", {
        "annotator_labels": several(["neutral", "entailment", "contradiction"], LIST, 1),
        "captionID": made(lambda r: f"{r.getrandbits(30)}.jpg#{r.randint(0, 4)}"),
        "gold_label": of("neutral", "entailment", "contradiction"),
        "pairID": made(lambda r: f"{r.getrandbits(30)}.jpg#1r1n"), "sentence1": texts(1, 1),
        "sentence1_binary_parse": made(lambda r: f"( ( {sentence(r)} ) )"),
        "sentence1_parse": made(lambda r: f"(ROOT (NP {sentence(r)}))"), "sentence2": titles(),
        "sentence2_binary_parse": made(lambda r: f"( ( {sentence(r)} ) )"),
        "sentence2_parse": made(lambda r: f"(ROOT (NP {sentence(r)}))")},
        [one("sentence1", "gold_label", "sentence2")], [one("sentence1", "annotator_labels", "sentence2")],
        {"id": ["pairID", "captionID"], "group": ["captionID"]}),
    Invented("relatedness.txt", {
        "pair_ID": counted(1), "sentence_A": texts(1, 1), "sentence_B": texts(1, 1),
        "relatedness_score": decimal(1, 5, 1), "entailment_judgment": of("NEUTRAL", "ENTAILMENT", "CONTRADICTION")},
        [one("sentence_A", "entailment_judgment", "sentence_B"),
         one("sentence_A", "relatedness_score", "sentence_B", "score")], marks={"id": ["pair_ID"]}, delimiter="\t"),
    Invented("similar_bare.csv", {
        "a": of("news", "captions"), "b": of("headlines", "images"), "c": of("2012", "2014", "2015"),
        "d": whole(1, 900), "e": decimal(0, 5, 3), "f": texts(1, 1), "g": texts(1, 1)},
        [one("#5", "#4", "#6", "score")], header=False, delimiter="\t"),
    Invented("languages_pairs.tsv", {
        "language": of("en", "de", "fr"), "gold_label": of("neutral", "entailment", "contradiction"),
        "sentence1": texts(1, 1), "sentence2": titles(), "promptID": counted(30), "pairID": counted(77),
        "genre": of("travel", "fiction"), "label1": of("neutral", "entailment"), "match": of("TRUE", "FALSE")},
        [one("sentence1", "gold_label|label1", "sentence2")],
        [one("sentence1", "genre|language|match", "sentence2")], {"id": ["promptID", "pairID"]}, delimiter="\t"),
    Invented("job_postings.csv", {
        "job_id": counted(1), "title": titles(), "location": made(lambda r: f"US, NY, {r.choice(['York', 'Troy'])}"),
        "department": of("Sales", "IT", "Design", filled=0.35), "salary_range": made(lambda r: "20000-28000", 0.15),
        "company_profile": texts(2, 4, filled=0.8), "description": texts(3, 6), "requirements": texts(2, 4, filled=.85),
        "benefits": texts(1, 3, filled=0.6), "telecommuting": YES_NO, "has_company_logo": YES_NO,
        "has_questions": YES_NO, "employment_type": of("Full-time", "Contract", filled=0.8),
        "required_experience": of("Entry level", "Associate", filled=0.6), "industry": of("Oil", "Telecom", filled=0.7),
        "fraudulent": YES_NO},
        [one("description|title+description", "fraudulent|employment_type")],
        [one("description|title+description", "telecommuting|has_company_logo|has_questions|industry|"
             "required_experience|department")], {"id": ["job_id"]}),
    Invented("recipes.csv", {
        "name": titles(), "id": whole(1000, 90000), "minutes": whole(5, 200), "contributor_id": whole(100, 900),
        "submitted": dates(), "tags": several(["easy", "vegan", "oven", "dinner", "snack", "quick"], _python, 4),
        "nutrition": made(lambda r: str([round(r.uniform(0, 90), 1) for _ in range(7)])), "n_steps": whole(2, 15),
        "steps": made(lambda r: repr([sentence(r), sentence(r)])), "description": texts(1, 2, filled=0.98),
        "ingredients": several(["salt", "flour", "butter", "sugar", "milk", "rice", "eggs"], _python, 5),
        "n_ingredients": whole(3, 12)},
        [one("description|name+description", "tags", task="several-labels")],
        [one("description|name|steps|name+description", "ingredients|tags", task="several-labels")],
        {"id": ["id"], "group": ["contributor_id"]}),
    Invented("shop_catalogue.csv", {
        "uniq_id": hashes(32), "crawl_timestamp": dates("%Y-%m-%d %H:%M:%S +0000"), "product_url": links(),
        "product_name": titles(), "category": of("Clothing", "Jewellery", "Footwear", "Tools"), "pid": hashes(16),
        "retail_price": whole(99, 4999), "discounted_price": whole(50, 3000),
        "image": made(lambda r: '["http://img.example.org/1.jpeg"]'), "description": texts(2, 5),
        "product_rating": of("No rating available", "4", "3.5"), "brand": of("Aco", "Bell", "Cast", filled=0.7)},
        [one("description|product_name+description|product_name", "category")],
        [one("description|product_name+description", "brand|product_rating")], {"id": ["uniq_id", "pid"]}),
    Invented("court_citations.csv", {
        "case_id": keys("Case{}"), "case_outcome": of("cited", "referred to", "applied", "followed"),
        "case_title": made(lambda r: f"Ash Pty Ltd v Birch [{r.randint(1990, 2008)}] FCA {r.randint(1, 999)}"),
        "case_text": texts(3, 8)}, [one("case_text|case_title+case_text", "case_outcome")], marks={"id": ["case_id"]}),
    Invented("medical_abstracts.csv", {"condition_label": of("1", "2", "3", "4", "5"), "medical_abstract": texts(4, 8)},
        [one("medical_abstract", "condition_label")]),
    Invented("nachrichten.csv", {"a": of("Web", "Sport", "Kultur", "Inland"), "b": texts(2, 5, "de")},
        [one("#1", "#0")], header=False, delimiter=";"),
    Invented("critiques_films.csv", {
        "": counted(), "film-url": links("film"), "review": texts(2, 4, "fr"), "polarity": YES_NO},
        [one("review", "polarity")], marks={"id": ["column 1"]}),
    Invented("encuesta.csv", {
        "Marca temporal": dates("%d/%m/%Y %H:%M:%S"), "Edad": whole(18, 80), "Sexo": of("Mujer", "Hombre"),
        "Comentario": texts(1, 2, "es"), "Valoración": of("5", "4", "3", "2", "1")},
        [one("Comentario", "Valoración"), one("Comentario", "Valoración", task="score")],
        [one("Comentario", "Sexo"), one("Comentario", "Edad", task="score")], delimiter=";"),
    Invented("avaliacoes.csv", {
        "submission_date": dates("%Y-%m-%d %H:%M:%S"), "reviewer_id": hashes(20),
        "product_id": whole(10 ** 6, 10 ** 6 + 60),
        "product_name": titles("pt"), "product_brand": of("acme", "zeta", filled=0.3),
        "site_category_lv1": of("Móveis", "Celulares", "Bebês"), "site_category_lv2": of("Mesa", "Sofá", "Berço"),
        "review_title": titles("pt", 0.95), "overall_rating": of("5", "4", "1", "3", "2"),
        "recommend_to_a_friend": of("Yes", "No"), "review_text": texts(1, 3, "pt"),
        "reviewer_birth_year": whole(1950, 2004, 0.9), "reviewer_gender": of("F", "M", filled=0.95),
        "reviewer_state": of("SP", "RJ", "MG")},
        [one("review_text|review_title+review_text", "overall_rating|recommend_to_a_friend"),
         one("review_text|review_title+review_text", "overall_rating", task="score")],
        [one("review_text|review_title+review_text", "site_category_lv1|site_category_lv2")],
        {"group": ["reviewer_id", "product_id"]}),
    Invented("crowd_emotions.csv", {
        "tweet_id": whole(10 ** 9, 2 * 10 ** 9), "sentiment": of("sadness", "worry", "love", "neutral"),
        "author": users, "content": texts(1, 2)}, [one("content", "sentiment")],
        marks={"id": ["tweet_id"], "group": ["author"]}),
    Invented("fake_stories.csv", {
        "": counted(), "title": titles(), "author": people(0.9), "text": texts(3, 8, filled=0.99),
        "label": of("FAKE", "REAL")}, [one("text|title+text", "label")],
        marks={"id": ["column 1"], "group": ["author"]}),
    Invented("monkey_survey.csv", {
        "Respondent ID": whole(10 ** 9, 2 * 10 ** 9), "Collector ID": of("4410", "4411"),
        "Start Date": dates("%m/%d/%Y %H:%M"), "End Date": dates("%m/%d/%Y %H:%M"),
        "How satisfied are you with our staff?": of("Very satisfied", "Neutral", "Unhappy"),
        "What would you change?": texts(1, 2, filled=0.8)},
        [one("What would you change?", "How satisfied are you with our staff?")],
        marks={"id": ["Respondent ID"], "group": ["Respondent ID"]},
        below=({"How satisfied are you with our staff?": "Response", "What would you change?": "Open-Ended Response"},),
    ),
    Invented("emotions_raters.csv", {
        "text": texts(1, 1), "id": hashes(7), "author": users, "subreddit": of("nrl", "cars", "tea"),
        "link_id": made(lambda r: f"t3_{r.getrandbits(24):06x}"), "created_utc": whole(1546300000, 1548300000),
        "rater_id": whole(1, 82), "example_very_unclear": of("FALSE", "TRUE"), "joy": YES_NO, "anger": YES_NO,
        "fear": YES_NO, "love": YES_NO, "neutral": YES_NO},
        [one("text", "joy+anger+fear+love+neutral", task="several-labels")],
        [one("text", "subreddit")], {"id": ["id"], "group": ["author", "rater_id", "link_id"]}),
    Invented("themes.parquet", {
        "text": texts(), "labels": several(TOPICS, LIST), "id": hashes(8)},
        [one("text", "labels", task="several-labels")], marks={"id": ["id"]}),
    Invented("quiz_letters.csv", {
        "question": questions, "option_a": titles(), "option_b": titles(), "option_c": titles(), "option_d": titles(),
        "answer": _letters}, [{"task": "multiple-choice", "text": [["question"]], "label": [["answer"]],
        "choice": [["option_a", "option_b", "option_c", "option_d"]]}]),
    Invented("yes_no_passages.jsonl", {
        "question": questions, "title": titles(), "answer": of("true", "false"), "passage": texts(3, 6)},
        [one("question", "answer", "passage"), one("passage", "answer", "question"), one("passage|question", "answer"),
         one("question+passage", "answer")]),
    Invented("which_language.csv", {
        "Text": made(lambda r: sentence(r, r.choice(["en", "de", "fr", "es"]))),
        "language": of("English", "German", "French", "Spanish")}, [one("Text", "language")]),
    Invented("shop_polarity_bare.csv", {"a": of("1", "2"), "b": titles(), "c": texts(2, 4)},
        [one("#2|#1+#2", "#0")], header=False),
    Invented("messages_bare.txt", {"a": of("ham", "ham ", "spam"), "b": texts(1, 2)},
        [one("#1", "#0")], header=False, delimiter="\t"),
    Invented("tickets_multi.csv", {
        "subject": titles(), "body": texts(2, 4), "answer": texts(2, 4), "type": of("Incident", "Request", "Problem"),
        "queue": of("Technical Support", "Billing", "Returns"), "priority": of("high", "medium", "low"),
        "language": of("en", "de"), "version": of("51", "400"), "tag_1": of("Bug", "Billing", "Sales"),
        "tag_2": of("Crash", "Invoice", filled=0.9), "tag_3": of("Disk", "Refund", filled=0.7),
        "tag_4": of("Urgent", filled=0.2)},
        [one("body|subject+body", "type|queue|priority")], [one("body|subject+body|answer", "tag_1|tag_2|language")]),
    Invented("klachten.xlsx", {
        "Klachtnr": counted(1), "Datum": dates("%d-%m-%Y"), "Afdeling": of("Verkoop", "Levering", "Service"),
        "Omschrijving": texts(1, 3, "nl"), "Categorie": of("Te laat", "Kapot", "Onvriendelijk")},
        [one("Omschrijving", "Categorie|Afdeling")], marks={"id": ["Klachtnr"]}),
)  # fmt: skip

UNSEEN = (
    Invented("film_plots.csv", {
        "Release Year": whole(1950, 2017), "Title": titles(), "Origin/Ethnicity": of("American", "Tamil", "British"),
        "Director": people(), "Cast": made(lambda r: "Ada Ash, Ben Cole, Fay Elm"[: r.choice([7, 17, 25])], 0.9),
        "Genre": of("drama", "comedy", "western", "unknown"), "Wiki Page": links("wiki"), "Plot": texts(5, 9)},
        [one("Plot|Title+Plot", "Genre")], [one("Plot|Title+Plot", "Origin/Ethnicity"),
         one("Plot|Title+Plot", "Release Year", task="score")], {"group": ["Director"]}),
    Invented("song_words.csv", {
        "artist": people(), "song": titles(), "link": made(lambda r: f"/a/ash/{r.randint(1, 9999)}.html"),
        "text": texts(4, 8), "year": whole(1960, 2020), "genre": of("rock", "folk", "pop")},
        [one("text", "genre")], [one("text", "year", task="score"), one("text", "artist")],
        {"group": ["artist"]}),
    Invented("tonalnost.csv", {"текст": texts(1, 2, "ru"), "тональность": of("положительная", "отрицательная")},
        [one("текст", "тональность")], delimiter=";", encoding="cp1251"),
    Invented("arxiv_meta.json", {
        "id": made(lambda r: f"{r.randint(1001, 2212)}.{r.randint(10000, 99999)}"), "submitter": people(0.9),
        "authors": made(lambda r: "A. Ash, B. Cole and C. Dale"), "title": titles(),
        "comments": made(lambda r: f"{r.randint(4, 30)} pages, {r.randint(1, 9)} figures", 0.7),
        "journal-ref": made(lambda r: f"Phys.Lett.B{r.randint(1, 900)}", 0.3),
        "doi": made(lambda r: f"10.1103/PhysRevD.{r.randint(10, 99)}.{r.randint(1000, 9999)}", 0.5),
        "abstract": texts(4, 7), "category": of("hep-ph", "math.CO", "cs.LG", "quant-ph"), "update_date": dates()},
        [one("abstract|title+abstract|title", "category")], marks={"id": ["id"], "group": ["submitter"]}),
    Invented("parliament.csv", {
        "date": dates(), "agenda": titles(), "speechnumber": whole(1, 900), "speaker": people(), "party": of("Red",
        "Green", "Blue"), "chair": of("FALSE", "TRUE"), "terms": whole(20, 900), "text": texts(3, 8),
        "parliament": of("Upper", "Lower")}, [one("text", "party|chair")], [one("text", "parliament|speaker|agenda")],
        {"group": ["speaker"], "id": ["speechnumber"]}),
    Invented("trust_scrape.csv", {
        "Reviewer": people(), "Profile link": links("users"), "Country": of("GB", "US", "DE"),
        "Review count": made(lambda r: f"{r.randint(1, 30)} reviews"), "Review date": dates("%Y-%m-%dT%H:%M:%S.000Z"),
        "Rating": made(lambda r: f"Rated {r.randint(1, 5)} out of 5 stars"), "Review title": titles(),
        "Review text": texts(1, 4), "Date of experience": dates("%B %d, %Y")},
        [one("Review text|Review title+Review text", "Rating")],
        [one("Review text|Review title+Review text", "Country")], {"group": ["Reviewer"]}),
    Invented("answers_bare.csv", {"a": of("1", "2", "3", "4", "5"), "b": questions, "c": texts(1, 2, filled=0.6),
        "d": texts(2, 5, filled=0.97)}, [one("#3|#1+#3|#1|#1+#2+#3|#1+#2", "#0"), one("#1", "#0", "#3")],
        header=False),
    Invented("split_index.csv", {
        "Unnamed: 0": counted(), "text": texts(1, 2), "label": of("0", "1", "2"), "label_name": of("bad", "ok", "good"),
        "split": of("train", "valid", "test")}, [one("text", "label|label_name")],
        marks={"id": ["Unnamed: 0"], "split": ["split"]}),
    Invented("ward_notes.csv", {
        "patient_id": whole(100, 160), "admission_date": dates("%d.%m.%Y"), "age": whole(20, 90),
        "note": texts(2, 5, "de"), "icd_code": of("J18.9", "I50.0", "E11.9", "N39.0"), "length_of_stay": whole(1, 30)},
        [one("note", "icd_code"), one("note", "length_of_stay", task="score")], [one("note", "age", task="score")],
        {"group": ["patient_id"]}),
    Invented("reclami.csv", {
        "Data": dates("%d/%m/%Y"), "Ora": made(lambda r: f"{r.randint(8, 18):02d}:{r.randint(0, 59):02d}"),
        "Operatore": people(), "Testo del reclamo": texts(1, 3, "it"), "Esito": of("Accolto", "Respinto"),
        "Motivo": of("Ritardo", "Guasto", "Costo"), "Note": texts(1, 1, "it", 0.1)},
        [one("Testo del reclamo", "Motivo|Esito")], marks={"group": ["Operatore"]}, delimiter=";",
        above="Reclami ricevuti, primo semestre;;;;;;\n;;;;;;\n"),
    Invented("tagged_questions.csv", {
        "Id": counted(80), "OwnerUserId": whole(1, 9000, 0.95), "CreationDate": dates("%Y-%m-%dT%H:%M:%SZ"),
        "ClosedDate": dates("%Y-%m-%dT%H:%M:%SZ", 0.1), "Score": whole(-3, 80), "Title": questions,
        "Body": made(lambda r: f"<p>{sentence(r)} {sentence(r)}</p>\n<pre><code>x = {r.randint(1, 99)}</code></pre>"),
        "Tags": several(["python", "pandas", "csv", "regex", "django"], "|".join)},
        [one("Body|Title+Body|Title", "Tags", task="several-labels"), one("Body|Title+Body|Title", "Score",
         task="score")], marks={"id": ["Id"], "group": ["OwnerUserId"]}),
    Invented("news_pairs.csv", {
        "id": counted(), "tid1": counted(50), "tid2": counted(70), "title1_en": titles(), "title2_en": titles(),
        "label": of("unrelated", "agreed", "disagreed")}, [one("title1_en", "label", "title2_en")],
        marks={"id": ["id", "tid1", "tid2"], "group": ["tid1"]}),
)  # fmt: skip
