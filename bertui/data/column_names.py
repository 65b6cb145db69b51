"""What the name of a column says of its use, in the languages that most tables are written in.

The words are those that any table may use for a text, a class, a score, an identifier or something beside these; none
is the name of one data set's column.
"""

from __future__ import annotations

import re
import unicodedata


def name_parts(name: str) -> list[str]:
    """Return the words and numbers of a column's name in their order, in lower case and without accents."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = unicodedata.normalize("NFKD", apart.lower().replace("ß", "ss"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return re.findall(r"[^\W\d_]+|\d+", unicodedata.normalize("NFC", letters))


def name_words(name: str) -> frozenset[str]:
    """Return the words of a column's name: those of "airlineSentiment_2" are airline, sentiment and 2."""
    return frozenset(name_parts(name))


TEXT = name_words("""
    text texts sentence sentences review reviews message messages content contents body comment comments tweet tweets
    post posts description document utterance utt email mail sms abstract excerpt passage paragraph essay article
    feedback narrative transcript transcription note notes story plot lyrics speech segment prompt complaint statement
    inhalt kommentar kommentare beschreibung bewertungstext nachricht satz beitrag freitext
    texte commentaire avis contenu phrase texto comentario comentarios resena mensaje contenido opinion frase
    mensagem conteudo resenha testo commento recensione contenuto messaggio descrizione
    tekst opmerking omschrijving bericht zin inhoud beschrijving beskrivelse kommentti tresc opis
    текст отзыв комментарий сообщение содержание описание 文本 内容 评论 文章 句子 レビュー 本文 리뷰 نص
""")
BRIEF_TEXT = name_words("""
    title headline subject summary header heading question query answer reply response phrase
    titel betreff uberschrift frage antwort titre sujet reponse titulo asunto pregunta respuesta assunto
    pergunta resposta titolo oggetto domanda risposta onderwerp vraag antwoord заголовок тема 标题 题目
""")
LABEL = name_words("""
    label labels class classes category categories target targets sentiment sentiments topic topics intent intents gold
    polarity rating ratings stars star emotion emotions stance outcome verdict grade y is toxicity theme themes genre
    genres score scores code codes judgment judgement classification annotation annotations tag tags keywords quality
    subcategory specialty variety diagnosis decision
    etikett klasse kategorie thema stimmung bewertung note urteil einordnung zufriedenheit
    etiquette categorie theme polarite etiqueta clase categoria tema sentimiento valoracion calificacion
    polaridad polaridade sentimento avaliacao rotulo etichetta classe argomento valutazione motivo esito oordeel
    sentyment kategoria метка класс категория тональность оценка рубрика 标签 类别 分类 情感 ラベル 분류 تصنيف
""")
CLASS = name_words("""
    type kind group section priority status department queue reason issue product state flair party language level
    domain scenario satisfied satisfaction feel recommend recommended severity urgency
    art typ gruppe abteilung prioritat grund rubrik priorite service tipo grupo prioridad departamento prioridade
    tipologia reparto soort afdeling prioriteit тип приоритет раздел
""")
SCORE = name_words("""
    score scores rating ratings similarity grade points relevance relatedness value strength intensity toxicity
    punkte wertung ahnlichkeit bewertung note nota puntuacion punteggio voto waarde cijfer оценка балл
""")
ID = name_words("""
    id ids uuid guid ticket key index idx row number nr no num lfdnr nummer pid uid record unnamed
    identifiant numero identificador klachtnr zaaknummer номер 编号 序号
""")
GROUP = name_words("""
    group user users author patient thread session customer speaker conversation annotator reviewer username userid
    worker rater patientid benutzer autor kunde auteur cliente usuario
""")
PEOPLE = GROUP | name_words("""
    authors annotators raters name names profile handle person assignee reporter assigned editor operator agent
    requester owner submitter director artist operatore nom nombre nome naam автор 作者
""")
# Nobody predicts these: what a column of them holds is no answer to a text, though it may come back.
SIDE = (
    (PEOPLE - {"group", "subject"})
    | ID
    | name_words("""
    date time timestamp created updated modified submitted year month day days hour minutes duration lead lat latitude
    lng lon longitude url uri link href image img photo email mail phone fax version seed page lastpage zip postcode
    postal ip address width height weight error err std stderr confidence conf probability count counts length total
    size fold part partition split subset set row location city country ville
    pays ciudad pais citta paese cidade stad land miasto kraj region province timezone lang locale
    startlanguage platform device browser channel source license licence copyright sex gender age birth consent price
    cost retail discounted salary order revision parent batch collector
    datum zeit uhrzeit jahr monat tag alter gewicht dauer stadt ort plz geschlecht seite zeile
    fecha hora heure ora data sexo edad sexe eta sesso leeftijd geslacht дата время 日期 时间
""")
)
_OVERALL = name_words("average avg mean total additional sum median previous")  # of many rows rather than this one
_OF_CLASS = name_words("name names text index id idx str string number")  # a class's: label_name, class index
_QUESTION = 5  # words; so long a name is a question of a survey


def answer_weight(name: str) -> float:
    """Return how much the name of a column speaks for its being the answer: 1 for a label, 0.5 for one unknown.

    The last word counts most, as in English and German ("sentiment_confidence" is a confidence).
    """
    words = [word for word in name_parts(name) if not word.isdecimal()]
    while len(words) > 1 and words[-1] in _OF_CLASS and words[-2] in LABEL:
        words.pop()
    if not words:
        return 0.5
    weights = [_weight(word) for word in words]
    if len(words) >= _QUESTION:
        return max(0.5, *(0.9 * weight for weight in weights))
    if weights[-1] != 0.5:
        return weights[-1] * (0.4 if set(words[:-1]) & _OVERALL else 1.0)
    telling = [weight for weight in weights if weight != 0.5]
    return 0.5 if not telling else 0.8 * max(telling) if max(telling) > 0.5 else 0.25


def is_score(name: str) -> bool:
    """Whether the last word of a column's name says that it holds scores."""
    words = [word for word in name_parts(name) if not word.isdecimal()]
    return bool(words) and (words[-1] in SCORE or (len(words) >= _QUESTION and bool(SCORE & set(words))))


def _weight(word: str) -> float:
    return 1.0 if word in LABEL or word in SCORE else 0.8 if word in CLASS else 0.12 if word in SIDE else 0.5
