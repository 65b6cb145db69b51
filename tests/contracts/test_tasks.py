"""What holds for every task, on each of its example files; a new one is held to it unasked."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from bertui.data.reading.reading import read_table
from bertui.data.roles import ROLES
from bertui.data.table import Table
from bertui.data.templates import TEMPLATES, Template
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded, concatenated
from bertui.errors import DataError
from bertui.explanation.attribution import attribute, attribution_of, attributions_of
from bertui.explanation.methods import FrozenPass, IntegratedGradients, tolerated
from bertui.explanation.question import Question
from bertui.modeling.backbone import Backbone, load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.readout import ROWS
from bertui.modeling.saving import save_model
from bertui.modeling.sources import ModelChoice
from bertui.prediction.predictor import Predictor
from bertui.recipe import Recipe, choices, with_task_defaults
from bertui.tasks.examples import Examples
from bertui.tasks.guessing import guess_roles
from bertui.tasks.registry import TASKS, check, missing_roles, read_task, require
from bertui.tasks.results import BaselineScores
from bertui.tasks.task import Task
from bertui.tasks.verdicts import with_comparisons
from bertui.tasks.views import read_views
from bertui.training.choices import best_choices, best_measure
from bertui.training.network import WholeNetwork
from tests.batches import batch_of
from tests.conftest import baselines_of

CASES = [(kind, template) for kind in TASKS for template in TEMPLATES[kind]]
LENGTH = 64  # tokens: short enough for the long examples to be cut or read in windows
COPIES = 4
NOTHING = ("", " \n", "\u200b", "\ufffd\u2800", "\u0301")  # the tokenizer of BERT drops a lonely accent
every_task = pytest.mark.parametrize("cls", TASKS.values(), ids=TASKS.keys())
every_template = pytest.mark.parametrize(("kind", "template"), CASES, ids=lambda one: getattr(one, "file_name", one))


def frame_of(template: Template) -> pd.DataFrame:
    return read_table(template.content, template.file_name)[0]


@dataclass
class Bench:
    """A task on its example rows, several times over, with a small random model whose answers differ."""

    task: Task
    table: Table
    backbone: Backbone

    @property
    def rows(self) -> np.ndarray:
        return self.table.frame.index.to_numpy()

    @cached_property
    def encoder(self) -> TextEncoder:
        return TextEncoder(self.backbone.tokenizer, EncodingChoice(max_length=LENGTH), self.backbone.max_length)

    @cached_property
    def inputs(self) -> list[tuple[str, ...]]:
        return self.table.inputs(self.rows)

    @cached_property
    def gold(self) -> list[Any]:
        return self.task.gold(self.table, self.rows)

    @cached_property
    def encoded(self) -> Encoded:
        return self.task.encode(self.encoder, self.inputs)

    @cached_property
    def examples(self) -> Examples:
        return self.task.examples(self.encoded, self.inputs, self.gold)

    @cached_property
    def model(self) -> TextModel:
        model = TextModel(
            self.backbone.encoder,
            FeatureChoice(pooling="mean"),
            self.task.outputs,
            readout=self.task.readout,
            dropout=0.0,
            seed=7,
        )
        with torch.no_grad():
            model.head.dense.weight.mul_(40)
            outputs = WholeNetwork(model, self.padding, "cpu", "32-bit").outputs(self.encoded)
            model.head.dense.bias.sub_(torch.from_numpy(outputs.reshape(-1, self.task.outputs).mean(0)))
        return model.eval()

    @cached_property
    def network(self) -> WholeNetwork:
        return WholeNetwork(self.model, self.padding, "cpu", "32-bit")

    @property
    def padding(self) -> int:
        return int(self.backbone.tokenizer.pad_token_id)

    @cached_property
    def outputs(self) -> np.ndarray:
        return self.network.outputs(self.encoded)

    @cached_property
    def answers(self) -> list[Any]:
        return self.task.answer(self.inputs, self.encoded, self.outputs)

    def loss(self, rows: np.ndarray, weights: torch.Tensor | None = None) -> tuple[torch.Tensor, int]:
        """Return the sum of the losses of some examples, and by what it is to be divided."""
        batch, targets = self.examples.batch(rows, self.padding, "cpu")
        outputs = self.network.answer(batch)
        return self.task.loss(outputs, targets, weights=weights, smoothing=0.0), self.task.counted(targets)


@pytest.fixture
def bench(kind: str, template: Template, tiny: Path) -> Bench:
    frame = pd.concat([frame_of(template)] * COPIES, ignore_index=True)
    table = Table(frame, guess_roles(frame, kind), template.file_name)
    task = TASKS[kind].learn(table, table.frame.index.to_numpy())
    return Bench(task, table, load_backbone(ModelChoice(name=str(tiny))))


@every_task
def test_a_task_says_what_it_is(cls: type[Task]) -> None:
    kind = cls.model_fields["kind"].default
    assert TASKS[kind] is cls and TEMPLATES[kind]
    assert cls.title[0].isupper() and not cls.title.endswith(".")
    assert cls.help.endswith(".") and len(cls.help) > 15
    assert len({one.title for one in TASKS.values()}) == len(TASKS)
    assert cls.needs and set(cls.needs) | set(cls.may) <= set(ROLES) and not set(cls.needs) & set(cls.may)
    assert {ROLES[role].use for role in cls.needs} == {"input", "answer"}


@every_task
def test_measures_have_names_of_their_own_and_words(cls: type[Task]) -> None:
    names = [measure.name for measure in cls.measures]
    assert names and len(set(names)) == len(names) and "loss" not in names
    assert cls.chosen_by in names and best_measure(cls, "auto").name == cls.chosen_by
    assert [best_measure(cls, name).name for name in (*names, "loss")] == [*names, "loss"]
    for measure in cls.measures:
        assert measure.title[0].isupper() and measure.help.endswith(".") and measure.phrase


@every_task
def test_a_recipe_can_be_suited_to_the_task(cls: type[Task]) -> None:
    recipe = with_task_defaults(Recipe(), cls.model_fields["kind"].default)
    tree = recipe.model_dump(mode="json")
    assert read_path(recipe, "training.best") == "auto"
    for path in cls.recipe_defaults:
        assert path in {entry.path for entry in choices()} and read_path(recipe, path) is not None
    known = {entry.path for entry in choices()} | set(tree)
    assert set(cls.without) <= known


@every_template
def test_its_example_file_is_known_for_what_it_is(kind: str, template: Template) -> None:
    frame = frame_of(template)
    roles = guess_roles(frame)
    assert roles.task == kind
    assert roles == guess_roles(frame, kind)
    assert missing_roles(roles) == []
    table = Table(pd.concat([frame] * COPIES, ignore_index=True), roles)
    require(table)
    assert table.usable.all()
    assert not [finding.title for finding in check(table).findings if finding.severity == "error"]


@every_template
def test_what_is_learned_of_a_table_survives_json(bench: Bench) -> None:
    for task in (bench.task, bench.task.fitted(bench.outputs, bench.examples)):
        again = read_task(json.loads(json.dumps(task.model_dump(mode="json"))))
        assert again == task and type(again) is type(task)
    assert len(bench.gold) == len(bench.rows) == len(bench.examples) <= bench.encoded.sequences  # an example is a row


@every_template
def test_the_loss_moves_every_weight_that_is_read(bench: Bench) -> None:
    loss, count = bench.loss(np.arange(8))
    assert loss.ndim == 0 and math.isfinite(loss.item()) and loss.item() > 0 and count > 0
    loss.backward()
    words = bench.model.encoder.embeddings.word_embeddings.weight
    for weight in (bench.model.head.dense.weight, bench.model.head.dense.bias, words):
        assert weight.grad is not None and weight.grad.isfinite().all()
    assert words.grad.abs().sum() > 0 and bench.model.head.dense.weight.grad.abs().sum() > 0


@every_template
def test_the_losses_of_parts_of_a_batch_add_up(bench: Bench) -> None:
    numbers = bench.task.class_weights(bench.examples.targets)
    weights = None if numbers is None else torch.tensor(numbers, dtype=torch.float32)
    assert numbers is None or np.shape(numbers) == (bench.task.outputs,)
    with torch.no_grad():
        for weighed in (None, weights):
            whole, count = bench.loss(np.arange(8), weighed)
            parts = [bench.loss(np.arange(start, stop), weighed) for start, stop in ((0, 3), (3, 8))]
            assert sum(float(loss) for loss, _ in parts) == pytest.approx(float(whole), rel=1e-4)
            assert sum(part for _, part in parts) == count


@every_template
def test_training_lowers_the_loss_that_is_told(bench: Bench) -> None:
    before = bench.task.metrics(bench.network.outputs(bench.encoded), bench.examples)["loss"]
    optimizer = torch.optim.AdamW(bench.model.parameters(), lr=3e-3)
    for _ in range(15):
        optimizer.zero_grad()
        loss, count = bench.loss(np.arange(len(bench.examples)))
        (loss / count).backward()
        optimizer.step()
    after = bench.task.metrics(bench.network.outputs(bench.encoded), bench.examples)["loss"]
    assert after < 0.8 * before


@every_template
def test_a_check_tells_the_loss_and_the_measure_that_chooses(bench: Bench) -> None:
    metrics = bench.task.metrics(bench.outputs, bench.examples)
    assert {"loss", bench.task.chosen_by} <= set(metrics)
    assert set(metrics) <= {"loss", *(measure.name for measure in bench.task.measures)}
    assert set(metrics) == set(best_choices(bench.task)) - {"auto"}, "any of them can be asked to choose"
    assert all(isinstance(value, float) and math.isfinite(value) for value in metrics.values())


@every_template
def test_a_check_and_the_report_measure_the_same(bench: Bench) -> None:
    """What chooses the best model is what the report then says of its answers."""
    metrics = bench.task.metrics(bench.outputs, bench.examples)
    judged = bench.task.judge(bench.gold, bench.answers, bench.rows).metrics
    for name in set(metrics) - {"loss"}:
        assert metrics[name] == pytest.approx(judged[name].value, abs=1e-6), name


@every_template
def test_every_row_gets_an_answer(bench: Bench) -> None:
    assert len(bench.answers) == len(bench.rows)
    assert [answer.inputs for answer in bench.answers] == bench.inputs
    names = [list(answer.columns()) for answer in bench.answers]
    assert "prediction" in names[0] and all(one == names[0] for one in names)
    assert len({answer.answer for answer in bench.answers}) > 1  # else the model proves little
    for answer in bench.answers:
        assert isinstance(answer.answer, str) and answer.truncated >= 0
        assert answer.probability is None or 0 <= answer.probability <= 1
    assert any(answer.views(gold) for answer, gold in zip(bench.answers, bench.gold, strict=True))
    files = bench.task.files(bench.answers, [str(row) for row in bench.rows])
    assert tuple(files) == bench.task.shapes
    assert all(suffix.startswith(".") and isinstance(content, bytes) for suffix, content in files.items())


@every_template
def test_equal_rows_get_equal_answers_in_any_order(bench: Bench) -> None:
    """The rows stand in the table several times over."""
    period = len(bench.rows) // COPIES
    assert bench.answers[:period] == bench.answers[period : 2 * period]
    halves = [bench.task.encode(bench.encoder, part) for part in (bench.inputs[:3], bench.inputs[3:])]
    both = concatenated(halves)
    for name in ("ids", "starts", "rows", "full", "types", "owners", "spans", "answered", "truncated"):
        np.testing.assert_array_equal(getattr(both, name), getattr(bench.encoded, name))


def assert_contributes(task: Task, contributions: np.ndarray, metrics: dict[str, Any]) -> None:
    measure = task.measure(task.compared_by)
    sign = -1 if measure.falling else 1
    assert contributions.mean() == pytest.approx(sign * metrics[measure.name].value)


@every_template
def test_judging_covers_measures_and_rows(bench: Bench) -> None:
    judged = bench.task.judge(bench.gold, bench.answers, bench.rows)
    assert list(judged.metrics) == [measure.name for measure in bench.task.measures]
    for value in judged.metrics.values():
        assert value.low <= value.value <= value.high
    assert_contributes(bench.task, judged.contributions, judged.metrics)
    assert judged.n > 0 and judged.credit.shape == (len(bench.rows),) and np.isfinite(judged.credit).all()
    assert len(judged.expected) == len(bench.rows) and all(isinstance(cell, str) for cell in judged.expected)
    views = read_views(json.loads(json.dumps([view.to_json() for view in judged.views])))
    assert views == list(judged.views)


@every_template
def test_simple_methods_are_judged_by_the_same_measures(bench: Bench) -> None:
    baselines = baselines_of(bench.task, bench.table, bench.rows[:-6], bench.rows[-6:])
    assert baselines and len({one.name for one in baselines}) == len(baselines)
    for one in baselines:
        assert {measure.name for measure in bench.task.measures} <= set(one.metrics) and 0 <= one.seconds < 60
        assert len(one.answers) == 6 and all(isinstance(cell, str) for cell in one.answers)
        assert_contributes(bench.task, one.contributions, one.metrics)


@every_template
def test_the_model_is_compared_with_every_simple_method(bench: Bench) -> None:
    judged = bench.task.judge(bench.gold[-6:], bench.answers[-6:], bench.rows[-6:])
    simple = baselines_of(bench.task, bench.table, bench.rows[:-6], bench.rows[-6:])
    for one in with_comparisons(type(bench.task), judged, simple):
        assert one.comparison is not None and one.comparison.n == 6
        assert BaselineScores.from_json(json.loads(json.dumps(one.to_json()))) == replace(one, answers=())


@every_template
def test_every_focus_of_an_answer_has_numbers_to_explain(bench: Bench) -> None:
    """What is explained is one of the sequences that the answer comes from, and the texts shown are its own."""
    inputs, answer = bench.inputs[0], bench.answers[0]
    focuses, row = bench.task.focuses(answer), bench.task.encode(bench.encoder, [inputs], spans=True)
    read = [bench.encoded.sequence(number).tolist() for number in bench.encoded.sequences_of([0])]
    assert all(len(ids) <= LENGTH for ids in read)
    assert focuses and len({focus.key for focus in focuses}) == len(focuses)
    for focus in focuses:
        assert focus.title and focus.targets and 0 <= focus.default < len(focus.targets)
        decided = bench.task.decided_in(inputs, row, focus)
        (sequence,) = decided.sequences  # what these tasks explain is decided in one
        encoded = row.only(decided.sequences)
        assert encoded.ids.tolist() in read and encoded.ids.tolist() == row.sequence(sequence).tolist()
        shown = bench.task.shown(inputs, focus)
        assert shown == bench.task.texts_of(inputs, sequence)
        assert encoded.origins[:, 0].max() == len(shown) - 1
        for number, text in enumerate(shown):
            tokens = bench.encoder.tokenise([text], offsets=True)
            pieces, offsets = tokens["input_ids"][0], [list(span) for span in tokens["offset_mapping"][0]]
            places = np.flatnonzero(encoded.origins[:, 0] == number)
            assert (np.diff(places) == 1).all()
            kept = [offsets.index(span) for span in encoded.origins[places, 1:].tolist()]
            assert kept == sorted(set(kept)) and [pieces[at] for at in kept] == encoded.ids[places].tolist()
        assert len(np.flatnonzero(encoded.origins[:, 0] < 0)) == bench.encoder.around(len(shown))
        ids = torch.tensor([encoded.ids.tolist()] * 2)
        types = None if encoded.types is None else torch.tensor([encoded.types.tolist()] * 2)
        with torch.no_grad():
            outputs = bench.model(batch_of(ids, types=types))
            outputs = outputs if bench.task.readout == ROWS else outputs[:, None]  # [copies, sequences, ...]
            numbers = bench.task.explained(outputs, focus, decided.token)
        assert numbers.shape == (2, len(focus.targets)) and numbers.isfinite().all()
        asked = Question(bench.model, bench.encoder, inputs, bench.task, focus)
        np.testing.assert_allclose(
            asked.answers(torch.stack([asked.ids] * 2)), numbers[:, asked.target].numpy(), atol=1e-5
        )
        assert focus.unit or bool(((numbers >= 0) & (numbers <= 1)).all())


@every_template
def test_the_scores_of_words_add_up_to_what_is_explained(bench: Bench) -> None:
    inputs, answer = bench.inputs[0], bench.answers[0]
    focus = bench.task.focuses(answer)[0]
    attribution = attribute(bench.model, bench.encoder, inputs, bench.task, focus, focus.default, IntegratedGradients())
    move = attribution.output - attribution.baseline_output
    assert sum(attribution.scores) + attribution.other == pytest.approx(move + attribution.convergence_delta, abs=1e-6)
    assert abs(attribution.convergence_delta) <= tolerated(move, focus.unit)
    assert abs(move) > 1e-4 and any(attribution.scores)  # else nothing is proved
    assert attribution.text == "\n".join(bench.task.shown(inputs, focus)) and attribution.unit == focus.unit
    assert attribution.sentence(focus.targets[focus.default]).endswith(".")


@every_template
def test_each_part_of_an_answer_has_a_logit_that_is_taken_apart(bench: Bench) -> None:
    inputs, answer = bench.inputs[0], bench.answers[0]
    for focus in bench.task.focuses(answer)[:3]:
        for target in range(len(focus.targets)):
            parts = attribute(bench.model, bench.encoder, inputs, bench.task, focus, target, FrozenPass())
            assert parts.leaning is not None and parts.baseline_output is None and parts.convergence_delta is None
            assert sum(parts.scores) + parts.other + parts.leaning == pytest.approx(parts.number, abs=1e-4)
            assert focus.names[target] in parts.explained and parts.sentence("x").endswith("whatever the words.")
            assert parts.unit == focus.unit and (abs(parts.output - parts.number) < 1e-4) == (parts.unit != "")


@every_template
def test_rows_that_are_explained_together_are_explained_as_each_alone(bench: Bench) -> None:
    """Whatever their lengths, and however many sequences each has."""
    longer = [inputs if number % 2 or bench.task.kind == "tagging" else (*inputs[:-1], f"{inputs[-1]} and more of it")
              for number, inputs in enumerate(bench.inputs[:5])]  # fmt: skip
    asked = [
        (inputs, focus)
        for inputs, answer in zip(longer, bench.answers[:5], strict=True)
        for focus in bench.task.focuses(answer)[:2]
    ]
    with torch.enable_grad():
        rows = [Question(bench.model, bench.encoder, inputs, bench.task, focus, 0) for inputs, focus in asked]
        one_by_one = [attribution_of(row, FrozenPass()) for row in rows]
        values = [row.value for row in rows]
        for row in rows:
            del row.given
            row.model = rows[0].model
        together = attributions_of(rows, FrozenPass())
    assert len({row.ids.shape for row in rows}) > 1
    for alone, beside, value, row in zip(one_by_one, together, values, rows, strict=True):
        assert beside.scores == pytest.approx(alone.scores, abs=1e-4) and beside.seen == alone.seen
        assert (beside.number, beside.leaning) == pytest.approx((alone.number, alone.leaning), abs=1e-4)
        assert beside.output == pytest.approx(alone.output, abs=1e-5) and row.value == pytest.approx(value, abs=1e-5)
    assert max(max(map(abs, alone.scores)) for alone in one_by_one) > 1e-3


@every_template
def test_what_raises_a_logit_raises_what_is_explained(bench: Bench) -> None:
    for inputs, answer in zip(bench.inputs[:4], bench.answers[:4], strict=True):
        for focus in bench.task.focuses(answer)[:3]:
            row = Question(bench.model, bench.encoder, inputs, bench.task, focus, 0)
            with torch.no_grad():
                outputs = row.outputs(row.ids[None])
            uphill = torch.autograd.functional.jacobian(lambda one, row=row: row.asked.logit(one), outputs)[0]
            more = outputs + 1e-2 * uphill
            assert row.asked.logit(more) > row.asked.logit(outputs)
            assert row.asked.answer(more) > row.asked.answer(outputs)


@every_template
def test_a_saved_model_answers_as_before(bench: Bench, tmp_path: Path) -> None:
    fitted = bench.task.fitted(bench.outputs, bench.examples)
    expected = fitted.answer(bench.inputs, bench.encoded, bench.outputs)
    facts = {
        "task": fitted.model_dump(mode="json"),
        "encoding": bench.encoder.choice.model_dump(mode="json"),
        "token_limit": bench.backbone.max_length,
    }
    save_model(bench.model, bench.backbone.tokenizer, facts, tmp_path / "model")
    loaded = Predictor(tmp_path / "model")
    assert loaded.task == fitted and loaded.classes == fitted.names()
    assert list(loaded.predict_all(bench.inputs, precision="32-bit")) == expected
    # A model with other weights must not pass.
    with torch.no_grad():
        loaded.model.head.dense.weight.mul_(-1)
    assert list(loaded.predict_all(bench.inputs, precision="32-bit")) != expected


@every_template
def test_a_row_with_nothing_to_read_has_no_answer(bench: Bench, tmp_path: Path) -> None:
    """Whichever of its texts it is, and whatever kind of nothing: prediction and explanation agree."""
    facts = {"task": bench.task.model_dump(), "encoding": bench.encoder.choice.model_dump(), "token_limit": LENGTH}
    save_model(bench.model, bench.backbone.tokenizer, facts, tmp_path / "model")
    predictor = Predictor(tmp_path / "model")
    whole = bench.inputs[0]
    rows = [whole]
    for place in range(len(whole)):
        rows += [tuple(nothing if at == place else text for at, text in enumerate(whole)) for nothing in NOTHING]
    answers = list(predictor.predict_all([*rows, whole], precision="32-bit"))
    assert answers[1:-1] == [None] * len(NOTHING) * len(whole)
    assert answers[0].answer == answers[-1].answer == bench.answers[0].answer
    focus = bench.task.focuses(bench.answers[0])[0]
    for row in rows[1:]:
        with pytest.raises(DataError, match=r"empty|nothing the model can read"):
            predictor.answer(row)
        with pytest.raises(DataError, match=r"empty|nothing the model can read"):
            attribute(predictor.model, predictor.encoder, row, bench.task, focus)
    assert list(predictor.predict_all(rows[1:2])) == [None]


@every_template
def test_an_answer_that_nobody_knows_is_told(bench: Bench) -> None:
    """A row of another file may have an answer that the training rows never had; it is an error in words or fine."""
    from bertui.errors import DataError

    roles = bench.table.roles
    role = next(role for role in bench.task.needs if ROLES[role].use == "answer")
    frame = bench.table.frame.copy()
    frame[roles.one(role)] = "§ never seen §"
    strange = replace(bench.table, frame=frame)
    with pytest.raises(DataError) as error:
        bench.task.gold(strange, bench.rows)
    assert error.value.remedy


def read_path(recipe: Recipe, path: str) -> Any:
    value: Any = recipe
    for name in path.split("."):
        value = getattr(value, name)
    return value
