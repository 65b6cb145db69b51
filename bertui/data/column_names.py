"""What the name of a column says, in the languages that most tables are written in."""

from __future__ import annotations

import re
import unicodedata


def name_words(name: str) -> frozenset[str]:
    """Return the words of a column's name in lower case without accents: "airlineSentiment_2" has two and "2"."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = unicodedata.normalize("NFKD", apart.lower().replace("ß", "ss"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return frozenset(re.findall(r"[^\W\d_]+|\d+", unicodedata.normalize("NFC", letters)))


def _words(text: str) -> frozenset[str]:
    return name_words(text)


TEXT = _words(
    "text texts sentence sentences review reviews message messages content contents body comment comments tweet tweets "
    "post posts description document utterance utt email mail sms abstract excerpt passage paragraph essay article "
    "feedback narrative transcript transcription note notes story plot lyrics speech segment prompt complaint statement "
    "inhalt kommentar kommentare beschreibung bewertungstext nachricht satz beitrag freitext "
    "texte commentaire avis contenu phrase texto comentario comentarios resena mensaje contenido opinion frase "
    "comentario mensagem conteudo resenha testo commento recensione contenuto messaggio descrizione "
    "tekst opmerking omschrijving bericht zin inhoud beschrijving beskrivelse kommentti tresc opis "
    "текст отзыв комментарий сообщение содержание описание 文本 内容 评论 文章 句子 レビュー 本文 리뷰 نص"
)
BRIEF_TEXT = _words(
    "title headline subject summary header heading question query answer reply response phrase name "
    "titel betreff ueberschrift frage antwort titre sujet question reponse titulo asunto pregunta respuesta assunto "
    "pergunta resposta titolo oggetto domanda risposta onderwerp vraag antwoord заголовок тема 标题 题目"
)
LABEL = _words(
    "label labels class classes category categories target targets sentiment sentiments topic topics intent gold "
    "polarity rating ratings stars star emotion stance outcome verdict grade y is toxicity theme themes genre genres "
    "score scores code codes judgment judgement classification annotation annotations variety specialty quality tone "
    "etikett klasse kategorie thema stimmung bewertung note urteil sentimentlabel einordnung zufriedenheit "
    "etiquette classe categorie theme polarite etiqueta clase categoria tema sentimiento valoracion calificacion "
    "polaridad sentimento avaliacao rotulo etichetta classe argomento valutazione motivo esito klasse categorie oordeel "
    "sentyment kategoria метка класс категория тональность оценка рубрика 标签 类别 分类 情感 ラベル 분류 تصنيف"
)
CLASS = _words(
    "type kind group section priority status department queue reason issue product state tag tags flair party language "
    "level domain scenario subreddit satisfied satisfaction feel recommend "
    "art typ gruppe abteilung prioritat grund rubrik type priorite service tipo grupo prioridad departamento prioridade "
    "tipologia reparto soort afdeling prioriteit тип приоритет раздел"
)
SCORE = _words(
    "score scores rating ratings similarity target grade points relevance relatedness value strength intensity toxicity "
    "punkte wertung note ahnlichkeit bewertung nota puntuacion punteggio voto waarde cijfer оценка балл"
)
ID = _words(
    "id ids uuid guid ticket key index idx row number nr no num lfdnr nummer rownames pid uid record unnamed phraseid "
    "identifiant numero identificador klachtnr zaaknummer номер 编号 序号"
)
GROUP = _words(
    "group user users author authors patient patients thread session customer speaker conversation annotator reviewer "
    "username userid worker rater subject student patientid benutzer autor kunde auteur cliente usuario"
)
# Nobody predicts these: what a column of them holds is no answer to a text, though it may come back.
SIDE = _words(
    "date time timestamp created updated modified year month day days hour minutes duration lead lat latitude lng lon "
    "longitude url uri link href image img photo email mail phone fax version seed page lastpage zip postcode postal ip "
    "address width height weight error err std stderr confidence conf probability count counts length number total num "
    "user users author authors annotator annotators rater worker reviewer name names username profile handle person "
    "assignee reporter assigned editor operator handled agent fold part partition split subset set row seite "
    "datum zeit uhrzeit jahr monat tag alter gewicht dauer stadt ort plz geschlecht gender sex age birth location city "
    "country region province timezone language lang locale startlanguage startdate enddate source platform device "
    "browser channel license copyright sexo edad sexe eta sesso leeftijd geslacht fecha hora heure ora data nom nombre "
    "nome naam operatore consent price cost retail discounted salary license sort order revision parent batch "
    "дата время автор 日期 时间 作者 id ids uid uuid guid idx index key pid modified submitted timely"
)
