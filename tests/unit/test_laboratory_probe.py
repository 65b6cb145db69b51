"""Collecting, probe, lens and targets: against scikit-learn, closed forms and the model's own answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bertui.encoding.batching import collate
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.errors import DataError, ModelError
from bertui.evaluation.intervals import wilson
from bertui.laboratory.collected import LayerVectors, layer_vectors
from bertui.laboratory.lens import Reader, lens, ridge_map
from bertui.laboratory.probe import few_rows, probe, told
from bertui.laboratory.targets import by_length, by_order, by_value, swapped
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.readout import TOKENS
from bertui.modeling.sources import ModelChoice
from bertui.modeling.twin import twin
from bertui.prediction.outputs import outputs_of
from bertui.tasks.labels.single_label import SingleLabel

TEXTS = ["the film was good", "the plot was bad and the acting was terrible", "a good film", "bad", "the the plot"]


def drawn(rows: int, seed: int = 0, hidden: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, hidden)).astype(np.float32)


def vectors_of(layers: list[np.ndarray], own: bool = False) -> LayerVectors:
    stacked = np.stack(layers)
    return LayerVectors(stacked, stacked + 1, stacked if own else None)


def built(tiny: Path, features: dict[str, Any], reading: str = "cut", **more: Any) -> tuple[TextModel, TextEncoder]:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    model = TextModel(backbone.encoder, FeatureChoice(**features), 3, seed=5, **more).eval()
    return model, TextEncoder(backbone.tokenizer, EncodingChoice(max_length=8, reading=reading), 128)


# --- collecting ---


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("features", [{"pooling": "cls"}, {"pooling": "mean"}, {"pooling": "max"}])
def test_every_layer_is_pooled_as_transformers_gives_it(tiny: Path, features: dict[str, Any], packed: bool) -> None:
    model, encoder = built(tiny, features)
    model.packed = packed
    encoded = encoder.encode([(text,) for text in TEXTS])
    found = layer_vectors(model, encoded, 0)
    for row in range(len(TEXTS)):
        batch = collate(encoded, [row], 0, "cpu")
        with torch.no_grad():
            given = twin(model).encoder(batch.input_ids, batch.attention_mask, output_hidden_states=True)
            states = torch.stack(list(given.hidden_states))[:, 0]
        np.testing.assert_allclose(found.cls[:, row], states[:, 0], atol=1e-5)
        np.testing.assert_allclose(found.mean[:, row], states.mean(1), atol=1e-5)
        own = {"cls": states[:, 0], "mean": states.mean(1), "max": states.amax(1)}[features["pooling"]]
        assert found.own is not None
        np.testing.assert_allclose(found.own[:, row], own, atol=1e-5)
    assert found.cls.shape == (found.layers + 1, len(TEXTS), 32) and np.ptp(found.cls[0], axis=0).max() < 1e-5


def test_a_row_of_several_windows_has_the_mean_of_them(tiny: Path) -> None:
    model, encoder = built(tiny, {"pooling": "mean", "join": "mean"}, "windows:2")
    encoded = encoder.encode([(text,) for text in TEXTS])
    assert encoded.sequences > len(encoded)
    found, apart = layer_vectors(model, encoded, 0), layer_vectors(model, encoded.apart(), 0)
    windows = slice(int(encoded.rows[1]), int(encoded.rows[2]))
    np.testing.assert_allclose(found.mean[:, 1], apart.mean[:, windows].mean(1), atol=1e-6)
    assert found.own is not None and found.own.shape[1] == encoded.sequences


def test_progress_is_told_and_may_end_the_work(tiny: Path) -> None:
    model, encoder = built(tiny, {"pooling": "cls"})
    told: list[float] = []
    layer_vectors(model, encoder.encode([(text,) for text in TEXTS]), 0, told.append)
    assert told[-1] == 1.0

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        layer_vectors(model, encoder.encode([("a film",)]), 0, stop)
    assert not model.training


# --- probe ---


def test_a_probe_is_scikit_learns_on_standardised_dimensions() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, held_out = drawn(80) * [1, 5, 1, 1, 100, 1] + 3, drawn(40, 1) * [1, 5, 1, 1, 100, 1] + 3
    answers = np.where(train[:, 1] + drawn(80, 2)[:, 0] > 3, "a", "b")
    asked = np.where(held_out[:, 1] > 3, "a", "b")
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=0.01)).fit(train, answers)
    right = told(train, answers, held_out, asked)
    assert right is not None and np.array_equal(right, fitted.predict(held_out) == asked) and 30 < right.sum() < 40


def test_before_and_after_are_compared_row_by_row() -> None:
    """By McNemar's exact test: on 20 rows of a layer that only "after" tells, chance has 2 ** -k for k rows apart."""
    labels, vectors = np.tile(["a", "b"], 30), drawn(60)
    telling = vectors + np.where(labels == "a", 9.0, -9.0)[:, None]
    networks = {"before": vectors_of([vectors]), "after": vectors_of([telling])}
    held_out = {name: vectors_of([one.mean[0, :20]]) for name, one in networks.items()}
    found = probe(networks, held_out, by_value("x", labels, labels[:20]), "mean")
    right = found.right["before"][0]
    assert right is not None and found.scores["after"][0] == wilson(20, 20)
    compared = found.compared(0)
    assert compared is not None and compared.test == "exact McNemar test"
    wrong = int((~right).sum())
    assert compared.p_value == pytest.approx(min(1.0, 2 * 0.5**wrong)) and wrong > 0
    assert compared.difference.value == pytest.approx(wrong / 20)
    assert found.compared(0, "after", "untrained") is None


def test_a_layer_that_says_nothing_has_no_accuracy_and_one_that_says_all_has_all() -> None:
    labels = np.tile(["a", "b"], 30)
    telling = np.where(labels == "a", 1.0, -1.0)[:, None] * np.ones((1, 6)) + drawn(60) / 10
    train = {"after": vectors_of([np.ones((60, 6)), drawn(60), telling])}
    target = by_value("the label", labels.tolist(), labels.tolist())
    held_out = {"after": vectors_of([np.ones((60, 6)), drawn(60, 1), telling[::-1][:, :] * -1])}
    found = probe(train, held_out, target, "cls", controlled=("after",))
    constant, noise, all_ = found.scores["after"]
    assert constant is None and noise is not None and all_ is not None
    assert all_.value == 1.0 and noise.low < 0.5 < noise.high
    assert found.majority.value == 0.5 and found.rows == (60, 60)
    control = found.control["after"][1]
    assert control is not None and control.low < 0.5 < control.high
    assert found.to_json()["scores"]["after"][0] is None


def test_the_same_seed_shuffles_alike() -> None:
    labels = np.tile(["a", "b"], 30).tolist()
    one = {"x": vectors_of([drawn(60)])}
    target = by_value("l", labels, labels)
    runs = [probe(one, one, target, "mean", controlled=("x",), seed=seed).to_json() for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_the_majority_is_that_of_the_training_rows() -> None:
    target = by_value("l", ["a", "a", "b"], ["b", "b", "b", "a"])
    train, held_out = {"x": vectors_of([drawn(3)])}, {"x": vectors_of([drawn(4)])}
    assert probe(train, held_out, target, "cls", controlled=()).majority.value == 0.25


@pytest.mark.parametrize(
    ("train", "held_out", "why"), [(["a"] * 4, ["a"], "same answer"), (["a", "b"], [], "validation")]
)
def test_what_cannot_be_probed_is_refused(train: list[str], held_out: list[str], why: str) -> None:
    vectors = {"x": vectors_of([drawn(len(train))])}
    with pytest.raises(DataError, match=why):
        probe(vectors, {"x": vectors_of([drawn(len(held_out))])}, by_value("l", train, held_out), "cls")


def test_few_rows_are_an_eighth_to_all_of_them() -> None:
    labels = np.tile(["a", "b"], 40)
    telling = np.where(labels == "a", 1.0, -1.0)[:, None] + drawn(80) / 10
    found = few_rows(telling, telling, by_value("l", labels.tolist(), labels.tolist()))
    assert [rows for rows, _ in found] == [10, 20, 40, 80]
    assert all(one is not None and one.value > 0.95 for _, one in found)


# --- targets ---


def test_lengths_are_in_four_bins_of_the_training_rows() -> None:
    target = by_length([1, 2, 3, 4, 5, 6, 7, 8], [1, 8, 100])
    assert np.unique(target.train, return_counts=True)[1].tolist() == [2, 2, 2, 2]
    assert target.held_out.tolist() == ["0", "3", "3"]
    assert len(np.unique(by_length([5, 5, 5, 5], [5]).train)) == 1


def test_two_neighbouring_words_are_swapped_and_nothing_else() -> None:
    (row,) = swapped([("first text", "a  film, indeed")])
    assert row is not None and row[0] == "first text"
    assert row[1] in ("film  a, indeed", "a  indeed, film")
    assert swapped([("word",), ("the the",)]) == [None, None]
    assert swapped([("a b c d e f g",)], seed=1) == swapped([("a b c d e f g",)], seed=1)
    assert by_order(2, 1).train.tolist() == ["in order"] * 2 + ["two words swapped"] * 2


# --- lens ---


@pytest.mark.parametrize(
    "features",
    [
        {"pooling": "cls"}, {"pooling": "mean", "join": "max"}, {"pooling": "pooler"},
        {"pooling": "max", "layers": {"kind": "one", "index": 1}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("reading", ["cut", "windows:2"])
def test_the_top_gives_the_models_own_outputs(tiny: Path, features: dict[str, Any], reading: str) -> None:
    model, encoder = built(tiny, features, reading)
    encoded = encoder.encode([(text,) for text in TEXTS])
    vectors = layer_vectors(model, encoded, 0)
    reader = Reader(model, vectors)
    own = outputs_of(model, encoded, 0)
    for mapped in (False, True):
        np.testing.assert_allclose(reader.outputs(vectors, encoded, vectors.layers, mapped=mapped), own, atol=1e-5)
    assert not np.allclose(reader.outputs(vectors, encoded, 0, mapped=False), own, atol=1e-5)


def test_a_lens_counts_the_rows_that_have_the_answer_already(tiny: Path) -> None:
    model, encoder = built(tiny, {"pooling": "mean"})
    inputs = [(text,) for text in TEXTS]
    encoded = encoder.encode(inputs)
    vectors, task = layer_vectors(model, encoded, 0), SingleLabel(classes=("a", "b", "c"))
    answers = [one.answer for one in task.answer(inputs, encoded, outputs_of(model, encoded, 0))]
    found = lens(Reader(model, vectors), task, vectors, encoded, inputs, answers)
    assert found.raw[-1] == found.mapped[-1] == 1.0 and len(found.raw) == vectors.layers + 1
    first = task.answer(inputs, encoded, Reader(model, vectors).outputs(vectors, encoded, 0, mapped=False))
    assert found.raw[0] == np.mean([one.answer == answer for one, answer in zip(first, answers, strict=True)])


def test_a_head_that_reads_tokens_has_no_lens(tiny: Path) -> None:
    for features, more in (({}, {"readout": TOKENS}), ({"head": "bilstm:8:1"}, {})):
        model, encoder = built(tiny, features, **more)
        vectors = layer_vectors(model, encoder.encode([("a film",), ("bad",)]), 0)
        assert vectors.own is None
        with pytest.raises(ModelError, match="reads every token"):
            Reader(model, vectors)


def test_a_layer_stands_in_every_place_that_the_head_reads(tiny: Path) -> None:
    model, encoder = built(tiny, {"pooling": "mean", "layers": "last:2", "combine": "concat"})
    encoded = encoder.encode([(text,) for text in TEXTS])
    vectors = layer_vectors(model, encoded, 0)
    given = Reader(model, vectors).outputs(vectors, encoded, 1, mapped=False)
    layer = torch.from_numpy(np.concatenate([vectors.mean[1]] * 2, -1))
    with torch.no_grad():
        np.testing.assert_allclose(given, model.head(layer), atol=1e-5)


def test_a_ridge_map_recovers_a_linear_map() -> None:
    source, matrix = drawn(500).astype(np.float64), drawn(6, 3).astype(np.float64)
    found, offset = ridge_map(source, source @ matrix + 2)
    np.testing.assert_allclose(found, matrix, rtol=0.03, atol=1e-3)
    np.testing.assert_allclose(offset, np.full(6, 2), atol=0.02)
    small, _ = ridge_map(source * 1e-3, source @ matrix)
    np.testing.assert_allclose(small, found * 1e3, rtol=1e-6)
