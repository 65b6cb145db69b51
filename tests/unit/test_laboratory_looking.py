"""One word, points in a plane, attention: held against values by hand and against transformers itself."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch

from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.errors import DataError, ModelError, UserError
from bertui.laboratory.attention import attention_of, hide_token
from bertui.laboratory.scatter import aligned, scatter
from bertui.laboratory.tokens import sentence_around, token_kinds, tokens_of
from bertui.laboratory.words import one_word
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.tokenizer import load_tokenizer
from bertui.prediction.standard import standardised
from bertui.tasks.labels.single_label import SingleLabel
from tests.tiny import VOCABULARY
from tests.unit.test_laboratory_drift import KINDS
from tests.unit.test_modeling_families import OWN, SIZES

TASK = SingleLabel(classes=("a", "b"))
TEXT = ("the film was not good but the plot was slow",)


def model_of(kind: str) -> TextModel:
    from transformers import CONFIG_MAPPING, AutoModel

    more = {"cls_token_id": 2, "sep_token_id": 3} if kind == "modernbert" else {}
    sizes = {**SIZES, "vocab_size": len(VOCABULARY), "pad_token_id": 0, **more}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = AutoModel.from_config(CONFIG_MAPPING[kind](**{**sizes, **OWN.get(kind, {})}))
        for weight in encoder.parameters():
            torch.nn.init.normal_(weight, std=0.3)
    return TextModel(encoder, FeatureChoice(pooling="cls"), 2).eval()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
    from tests.tiny import tiny_bert

    return TextEncoder(load_tokenizer(tiny_bert(tmp_path_factory.mktemp("tiny"))), EncodingChoice(max_length=24), 128)


# --- one word ---


def test_each_occurrence_is_the_mean_of_its_tokens_at_every_layer(reader: TextEncoder) -> None:
    texts = [("A filming, not a film.",), ("good plot",), ("this Filming is very bad",)]
    told: list[float] = []
    found = one_word(model_of("bert"), reader, TASK, "filming", texts, ["x", "y", "z"], told.append)
    assert [(one.row, one.label, one.before, one.after) for one in found.occurrences] == [
        (0, "x", "A", "not"), (2, "z", "this", "is"),
    ]  # fmt: skip
    assert [one.text[one.start : one.stop] for one in found.occurrences] == ["filming", "Filming"]
    assert found.vectors.shape == (4, 2, 16) and found.found == 2 and told[-1] == 1
    ids = reader.tokenizer(texts[2][0], return_tensors="pt")
    assert reader.tokenizer.convert_ids_to_tokens(ids["input_ids"][0])[2:4] == ["film", "##ing"]
    with torch.no_grad():
        states = model_of("bert").encoder(**ids, output_hidden_states=True).hidden_states
    expected = np.stack([layer[0, 2:4].mean(0).numpy() for layer in states])
    assert found.vectors[:, 1] == pytest.approx(expected, abs=1e-5)


def test_nearest_occurrences_are_those_of_highest_standardised_cosine(reader: TextEncoder) -> None:
    texts = [("the film was good",), ("a bad film",), ("film film",), ("very slow film, terrible",)]
    found = one_word(model_of("bert"), reader, TASK, "FILM", texts)
    assert [one.row for one in found.occurrences] == [0, 1, 2, 2, 3]
    z = standardised(found.vectors[2])
    cosines = [z[0] @ z[at] / (np.linalg.norm(z[0]) * np.linalg.norm(z[at])) for at in range(1, 5)]
    nearest = found.nearest(2, 0, 2)
    assert [cosine for _, cosine in nearest] == pytest.approx(sorted(cosines, reverse=True)[:2])
    assert nearest[0][0] == 1 + int(np.argmax(cosines))
    saved = found.to_json()
    assert len(saved["alike"]) == 4 and saved["alike"][3][1][1] == pytest.approx(1)


def test_many_occurrences_are_drawn_and_none_gets_one_message(reader: TextEncoder) -> None:
    texts = [(f"the film {number} was good",) for number in range(20)]
    first, again = (one_word(model_of("bert"), reader, TASK, "film", texts, most=5, seed=3) for _ in range(2))
    assert first.found == 20 and len(first.occurrences) == 5 and first.vectors.shape[1] == 5
    assert first.occurrences == again.occurrences
    for word in ("zebra", "fil", ""):
        with pytest.raises(DataError, match="stands in none of the 20 texts"):
            one_word(model_of("bert"), reader, TASK, word, texts)
    with pytest.raises(DataError, match="reads no text as far as"):
        one_word(model_of("bert"), reader, TASK, "zebra", [("good " * 60 + "zebra" + " good" * 60,)])


def test_tokens_of_a_question_and_its_answer_are_told_apart(reader: TextEncoder) -> None:
    row = reader.encode([("was it good", "the film was great, not bad")], spans=True)
    start = "the film was great, not bad".index("great")
    kinds = token_kinds(row, [("answer", 1, start, start + 5)], [("question", 0)])
    tokens = reader.tokenizer.convert_ids_to_tokens(row.ids.tolist())
    assert {kind for token, kind in zip(tokens, kinds, strict=True) if token in ("[CLS]", "[SEP]")} == {"special"}
    assert [token for token, kind in zip(tokens, kinds, strict=True) if kind == "answer"] == ["great"]
    assert kinds[1] == "question" and kinds[-2] == "other"


def test_tokens_have_their_own_vectors_and_are_taken_where_the_answer_is_read(reader: TextEncoder) -> None:
    model, task, question = model_of("bert"), SingleLabel(classes=("a", "b")), "was it good"
    context = "the film was great."
    found = tokens_of(model, reader, task, (question, context), [("answer", 1, 13, 18)], [("question", 0)])
    ids = reader.tokenizer(question, context, return_tensors="pt")
    with torch.no_grad():
        states = model.encoder(**ids, output_hidden_states=True).hidden_states
    assert found.vectors == pytest.approx(np.stack([layer[0].numpy() for layer in states]), abs=1e-5)
    assert dict(zip(found.tokens, found.kinds, strict=True))["great"] == "answer"


def test_a_long_context_is_shown_in_the_window_of_the_answer(reader: TextEncoder) -> None:
    windows = EncodingChoice.model_validate({"max_length": 16, "reading": {"kind": "windows", "stride": 0}})
    long = TextEncoder(reader.tokenizer, windows, 128)
    context = "the film was good and " * 8 + "the plot was terrible"
    start = context.index("terrible")
    found = tokens_of(model_of("bert"), long, TASK, (context,), [("answer", 0, start, start + 8)])
    assert found.tokens == ("[CLS]", "was", "terrible", "[SEP]") and found.vectors.shape == (4, 4, 16)
    assert found.kinds == ("special", "other", "answer", "special")


def test_a_sentence_is_found_around_a_part_of_it() -> None:
    text = "Built in 1844! It is 175 metres long (so they say). Nobody knows\nmore"
    start = text.index("175")
    assert text[slice(*sentence_around(text, start, start + 3))] == "It is 175 metres long (so they say). "
    assert sentence_around(text, 0, 5) == (0, 15) and sentence_around(text, 66, 69) == (65, 69)
    assert sentence_around("one of 3.5 kg", 7, 10) == (0, 13)


# --- a plane ---


def test_the_plane_of_flat_data_shows_all_of_it_and_keeps_distances() -> None:
    random = np.random.default_rng(0)
    flat = random.normal(size=(40, 2))
    vectors = standardised(np.hstack([flat, flat @ [[1.0], [2.0]], np.full((40, 1), 3.0)]))
    found = scatter(vectors[None])
    assert found.shares == pytest.approx((1.0,))
    assert (found.points[0] ** 2).sum(1).mean() == pytest.approx(1) and found.points[0].mean(0) == pytest.approx([0, 0])
    size = ((vectors**2).sum(1).mean()) ** 0.5
    apart = np.linalg.norm(vectors[0] - vectors[7]) / size
    assert np.linalg.norm(found.points[0, 0] - found.points[0, 7]) == pytest.approx(apart)


def test_a_dimension_far_larger_than_the_others_does_not_decide() -> None:
    random = np.random.default_rng(1)
    vectors = np.hstack([np.repeat([[-1.0], [1.0]], 50, 0) + 0.1 * random.normal(size=(100, 8)), np.zeros((100, 1))])
    vectors[:, 8] = 1000 * random.normal(size=100)
    found = scatter(vectors[None]).points[0]
    assert abs(found[:50, 0].mean() - found[50:, 0].mean()) > 1


def test_layers_that_differ_by_a_turn_or_a_mirror_give_the_same_points() -> None:
    random = np.random.default_rng(2)
    points = random.normal(size=(30, 2)) * [3, 1]
    turn = np.array([[0.6, -0.8], [0.8, 0.6]]) @ np.diag([1, -1])
    assert aligned(points @ turn, points) == pytest.approx(points)
    layers = np.stack([random.normal(size=(30, 6)) @ np.diag([4, 3, 1, 1, 1, 1])] * 2)
    layers[1] = -layers[1]
    found = scatter(layers).points
    assert found[1] == pytest.approx(found[0]) and np.array_equal(found, scatter(layers).points)
    assert scatter(np.ones((2, 3, 4))).shares == (None, None)
    assert scatter(random.normal(size=(1, 2, 1))).points.shape == (1, 2, 2)


def test_umap_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(UserError, match=r"umap-learn, which is not installed.*bertui\[umap\]"):
        scatter(np.zeros((1, 5, 3)), "umap")


def test_umap_keeps_groups_apart_and_is_seeded() -> None:
    pytest.importorskip("umap")
    random = np.random.default_rng(0)
    layer = np.repeat([[-5.0], [5.0]], 30, 0) + random.normal(size=(60, 6))
    one, two = (scatter(np.stack([layer, layer]), "umap", seed=4).points for _ in range(2))
    assert np.array_equal(one, two)
    assert np.linalg.norm(one[0, :30].mean(0) - one[0, 30:].mean(0)) > 1


# --- attention ---


@pytest.mark.parametrize("kind", KINDS)
def test_attention_of_every_family_sums_to_one_and_leaves_the_model_alone(kind: str, reader: TextEncoder) -> None:
    model = model_of(kind)
    usual, packed = model.encoder.config._attn_implementation, model.packed
    found = attention_of(model, reader, TASK, TEXT)
    assert found.weights.shape == (3, 2, 12, 12) and found.tokens[:3] == ("[CLS]", "the", "film")
    assert found.weights.sum(-1) == pytest.approx(np.ones((3, 2, 12)), abs=1e-4)
    assert found.weights.std() > 0.001  # and is not the same everywhere
    assert model.encoder.config._attn_implementation == usual and model.packed == packed


def test_attention_is_the_softmax_of_queries_and_keys_by_hand(reader: TextEncoder) -> None:
    model = model_of("bert")
    found = attention_of(model, reader, TASK, TEXT)
    ids = reader.tokenizer(TEXT[0], return_tensors="pt")["input_ids"]
    with torch.no_grad():
        states = model.encoder.embeddings(ids)[0]
        read = model.encoder.encoder.layer[0].attention.self
        query, key = read.query(states)[:, 8:], read.key(states)[:, 8:]  # the second head
        expected = (query @ key.T / 8**0.5).softmax(-1)
    assert found.weights[0, 1] == pytest.approx(expected.numpy(), abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hidden_token_is_attended_to_by_nobody(kind: str, reader: TextEncoder) -> None:
    model = model_of(kind)
    found = hide_token(model, reader, TASK, TEXT, 4)
    others = np.delete(found.change, 4, axis=1)
    assert found.change.shape == (4, 12) and np.isnan(found.change[:, 4]).all()
    assert others[0] == pytest.approx(np.zeros(11), abs=1e-9)  # the embeddings attend to nothing
    assert others[1:].max() > 1e-3 and others.min() > -1e-9
    # What cannot be seen cannot matter: with another word in its place the others change no further.
    other = ("the film was very good but the plot was slow",)
    if kind != "deberta-v2":  # whose first layer's convolution sees past attention
        assert _seen_by_others(model, reader, TEXT) == pytest.approx(_seen_by_others(model, reader, other), abs=1e-4)


def _seen_by_others(model: TextModel, reader: TextEncoder, text: tuple[str, ...]) -> Any:
    from dataclasses import replace

    from bertui.encoding.batching import collate
    from bertui.modeling.twin import twin

    batch = collate(TASK.encode(reader, [text]), [0], 0, "cpu")
    mask = batch.attention_mask.clone()
    mask[0, 4] = 0
    with torch.no_grad():
        top = twin(model).every_layer(replace(batch, attention_mask=mask))[-1][0].numpy()
    return np.delete(top, 4, axis=0)


def test_what_cannot_be_read_or_hidden_gets_one_message(reader: TextEncoder) -> None:
    model = model_of("bert")
    with pytest.raises(DataError, match="The text is empty"):
        attention_of(model, reader, TASK, ("",))
    with pytest.raises(DataError, match="no token number 12"):
        hide_token(model, reader, TASK, TEXT, 12)
    with pytest.raises(DataError, match="no sequence number 1"):
        attention_of(model, reader, TASK, TEXT, 1)
    with pytest.raises(ModelError, match=r"longformer.*tokens by tokens"):
        attention_of(model_of("longformer"), reader, TASK, TEXT)
