"""Models from a hub-shaped server on loopback, asked for in processes of their own as a person's would be."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bertui.data.table import Table
from bertui.modeling.sources import ModelChoice, locate
from tests.hub import Files, Hub, Repo, commit_of, digest, files_of, serving
from tests.tiny import tiny_bert

WATCH = """
import json, sys
hosts = set()
sys.addaudithook(lambda event, args: hosts.add(str(args[1])) if event == "socket.connect" else None)
"""
ASK = f"""{WATCH}
from bertui.errors import UserError
from bertui.modeling.sources import ModelChoice, locate
answers = []
for name, revision in json.loads(sys.argv[1]):
    told = []
    try:
        source = locate(ModelChoice(name=name, revision=revision), lambda *size: told.append(size))
        answers.append({{"folder": str(source.folder), "revision": source.revision, "told": told}})
    except UserError as error:
        answers.append({{"error": str(error), "told": told}})
print(json.dumps({{"answers": answers, "hosts": sorted(hosts)}}))
"""


def environment(endpoint: str, home: Path, **more: str) -> dict[str, str]:
    """The environment of a person who has set nothing but where the hub is and where its files go."""
    set_by_others = re.compile(r"(HF|HUGGING|TRANSFORMERS)_.*|.*_proxy|DISABLE_TELEMETRY|DO_NOT_TRACK", re.IGNORECASE)
    kept = {name: value for name, value in os.environ.items() if not set_by_others.fullmatch(name)}
    return kept | {"HF_ENDPOINT": endpoint, "HF_HOME": str(home)} | more


def carry_out(script: str, *words: str, env: dict[str, str]) -> Any:
    """Run a script in a process of its own and return the JSON it prints; it must not break down."""
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, env=env, timeout=240)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and "Fetching" not in done.stderr
    return json.loads(done.stdout)


def ask(*models: tuple[str, str | None], env: dict[str, str]) -> Any:
    return carry_out(ASK, json.dumps(models), env=env)


@dataclass
class Models:
    """The files of the models that the hub of these tests holds."""

    tiny: Files
    other: Files
    pickled: Files
    marker: Path  # exists as soon as code from the hub has run


@pytest.fixture(scope="module")
def models(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Models:
    place = tmp_path_factory.mktemp("models")
    marker = place / "code-has-run"
    (place / "modeling_acme.py").write_text(f"open({str(marker)!r}, 'w').close()")
    (place / "pytorch_model.bin").write_bytes(b"a pickle")
    (place / "README.md").write_text("# Tiny")
    codes = {"AutoConfig": "modeling_acme.AcmeConfig", "AutoModel": "acme/code--modeling_acme.AcmeModel"}
    config = json.loads((tiny / "config.json").read_text()) | {"auto_map": codes}
    (place / "config.json").write_text(json.dumps(config))
    tokens = {"auto_map": {"AutoTokenizer": [None, "modeling_acme.AcmeTokenizer"]}}
    result = json.loads((tiny / "tokenizer_config.json").read_text()) | tokens
    (place / "tokenizer_config.json").write_text(json.dumps(result))
    extra = files_of(place)
    pickled = {name: path for name, path in (files_of(tiny) | extra).items() if name != "model.safetensors"}
    return Models(files_of(tiny) | extra, files_of(tiny_bert(place / "other", seed=1)), pickled, marker)


@pytest.fixture
def hub(models: Models, tmp_path: Path) -> Iterator[Hub]:
    with serving() as hub:
        hub.repos["acme/tiny"] = Repo({"main": models.tiny, "v1": models.other})
        hub.moved["tiny"] = "acme/tiny"
        hub.repos["acme/pickled"] = Repo({"main": models.pickled})
        yield hub


def asked_files(hub: Hub) -> set[str]:
    return {path.split("/resolve/")[1].split("/", 1)[1] for path in hub.paths() if "/resolve/" in path}


def size(file: Path) -> int:
    return file.stat().st_size


@pytest.fixture
def closed() -> str:
    """The address of a hub that is out of reach."""
    with serving() as hub:
        return hub.url


def test_download_tells_every_byte_and_serves_again_without_the_hub(hub: Hub, closed: str, tmp_path: Path) -> None:
    embedded = locate(ModelChoice()).folder
    hub.repos["acme/mini"] = Repo({"main": files_of(embedded)})
    home, request = tmp_path / "home", ("acme/mini", None)
    first, second = ask(request, request, env=environment(hub.url, home))["answers"]

    folder, commit = Path(first["folder"]), commit_of(files_of(embedded))
    assert folder == home / "hub" / "models--acme--mini" / "snapshots" / commit and first["revision"] == commit
    needed = {"config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"}
    assert asked_files(hub) == set(files_of(folder)) == needed | {"vocab.txt"}
    assert all(digest(folder / name) == digest(embedded / name) for name in files_of(folder))

    done, totals = zip(*first["told"], strict=True)
    in_all = 612 + 112 + 466_247 + 350 + 231_508 + 90_868_376
    assert set(totals) == {in_all} and done[0] == 0 and done[-1] == in_all
    assert list(done[:-1]) == sorted(set(done)) and len(done) > 9  # each number once; all is said again at the end
    assert second == first | {"told": []}
    assert len([path for path in hub.paths() if "/resolve/" in path]) == 2 * 6  # one HEAD, one GET each, once

    before = len(hub.requests)
    offline = ask(request, ("acme/mini", commit), ("acme/tiny", None), ("my model", None),
                  env=environment(hub.url, home, HF_HUB_OFFLINE="1"))  # fmt: skip
    assert offline["answers"][:2] == [second, second]
    assert offline["answers"][2]["error"] == (
        "The model 'acme/tiny' is not on this machine, and offline mode (HF_HUB_OFFLINE) is on. Unset HF_HUB_OFFLINE "
        "to download it, or use the built-in model, or a model folder on this machine."
    )
    assert "There is no public model 'my model'" in offline["answers"][3]["error"]
    assert offline["hosts"] == [] and len(hub.requests) == before

    down = ask(request, ("acme/mini", commit), ("acme/tiny", None), env=environment(closed, home))["answers"]
    assert down[:2] == [second, second]
    assert down[2]["error"] == (
        "The model 'acme/tiny' is not whole on this machine, and the hub cannot be reached (ConnectError). Check the "
        "network and try again, or use the built-in model, or a model folder on this machine."
    )


def test_revision_is_kept_as_a_commit_and_a_commit_needs_no_second_request(
    hub: Hub, models: Models, tmp_path: Path
) -> None:
    env, commit = environment(hub.url, tmp_path), commit_of(models.other)
    tagged, pinned, newest, renamed = ask(
        ("acme/tiny", "v1"), ("acme/tiny", commit), ("acme/tiny", None), ("tiny", None), env=env
    )["answers"]
    assert re.fullmatch("[0-9a-f]{40}", commit) and tagged["revision"] == pinned["revision"] == commit
    assert "/api/models/acme/tiny/revision/v1" in hub.paths()
    assert newest["revision"] == renamed["revision"] == commit_of(models.tiny) != commit
    weights = "model.safetensors"
    assert digest(Path(tagged["folder"], weights)) == digest(models.other[weights]) != digest(models.tiny[weights])

    before = len(hub.requests)
    again = ask(("acme/tiny", commit), env=env)
    assert again["answers"][0]["revision"] == commit and again["hosts"] == [] and len(hub.requests) == before


PICKLED = "has its weights only as a pickle, which can run code when opened. Weights as safetensors"
NO_MODEL = "There is no public model '{}' on the hub. A name as in the address of its page, such as bert-base-uncased"
REFUSALS: dict[str, tuple[str, str | None, str]] = {
    "no such model": ("acme/gone", None, NO_MODEL.format("acme/gone")),
    "no such model without owner": ("gone", None, NO_MODEL.format("gone")),
    "no such revision": ("acme/tiny", "v9", "The model 'acme/tiny' has no revision 'v9'. A commit, tag or branch"),
    "no such commit": ("acme/tiny", "0" * 40, f"has no revision '{'0' * 40}'"),
    "path as revision": ("acme/tiny", "../../../etc", "has no revision '../../../etc'"),
    "gated files": ("acme/gated", None, "'acme/gated' is gated: its owner wants you to accept terms first. Accept"),
    "gated page": ("acme/hidden", "v1", "'acme/hidden' at revision 'v1' is gated"),
    "hub out of order": ("acme/broken", None, "and the hub answers 503. Check the network and try again"),
    "pickle only": ("acme/pickled", None, f"The model 'acme/pickled' {PICKLED}"),
    "pickle only at a revision": ("acme/pickled", "main", f"The model 'acme/pickled' {PICKLED}"),
    "pickle only, no discussions": ("acme/quiet", None, f"The model 'acme/quiet' {PICKLED}"),
    "no tokenizer": ("acme/wordless", None, "'acme/wordless' lacks a tokenizer (tokenizer.json, vocab.txt or similar)"),
    "nothing in it": ("acme/empty", None, "lacks config.json (which kind of model it is) and a tokenizer"),
    "address": ("https://hf.co/acme/tiny/tree/main", None, "is an address. The model's name alone. Type acme/tiny"),
    "address of one part": ("huggingface.co/tiny/blob/main/config.json", None, "Type tiny instead."),
    "dots": ("acme/..", None, NO_MODEL.format("acme/..")),
    "path upwards": ("acme/../tiny", None, "There is no folder 'acme/../tiny'. A folder with config.json"),
    "spaces": ("my model", None, NO_MODEL.format("my model")),
    "too long a name": ("a" * 400, None, "There is no public model 'aaa"),
    "no such user": ("~nobody-of-that-name/x", None, "There is no folder '~nobody-of-that-name/x'"),
}  # fmt: skip


@pytest.fixture(scope="module")
def refused(models: Models, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Hub]:
    """The answer to each of the cases, all asked for in one process, and the hub that was asked."""
    with serving() as hub:
        hub.repos["acme/tiny"] = Repo({"main": models.tiny})
        hub.repos["acme/pickled"] = Repo(
            {"main": models.pickled, "refs/pr/1": models.tiny, "refs/pr/2": models.tiny, "refs/pr/4": models.pickled},
            pulls={1: ("a-stranger", "open"), 2: ("SFconvertbot", "closed"), 4: ("SFconvertbot", "open")},
        )
        hub.repos["acme/gated"] = Repo({"main": models.other}, refusals={"file": (401, "GatedRepo")})
        hub.repos["acme/hidden"] = Repo({"main": models.other}, refusals={"revision": (403, "GatedRepo")})
        hub.repos["acme/broken"] = Repo({"main": models.other}, refusals={"info": (503, "")})
        hub.repos["acme/quiet"] = Repo({"main": models.pickled}, refusals={"discussions": (403, "")})
        wordless = {name: models.tiny[name] for name in ("config.json", "model.safetensors")}
        hub.repos["acme/wordless"] = Repo({"main": wordless})
        hub.repos["acme/empty"] = Repo({"main": {"README.md": models.tiny["README.md"]}})
        env = environment(hub.url, tmp_path_factory.mktemp("home"))
        answers = ask(*((name, revision) for name, revision, _ in REFUSALS.values()), env=env)
        assert answers["hosts"] == [str(("127.0.0.1", int(hub.url.rsplit(":")[-1])))]
        return dict(zip(REFUSALS, answers["answers"], strict=True)), hub


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_says_what_was_found_and_what_to_do(refused: tuple[dict[str, Any], Hub], case: str) -> None:
    answer = refused[0][case]
    assert REFUSALS[case][2] in answer["error"]
    assert len(answer["told"]) <= 1  # a download that is refused at its first file has begun, no other


def test_hub_is_asked_for_model_files_alone_with_no_token(refused: tuple[dict[str, Any], Hub]) -> None:
    hub = refused[1]
    assert asked_files(hub) <= {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
                                "vocab.txt", "special_tokens_map.json"}  # fmt: skip
    assert all(re.match(r"/api/models/(acme/)?\w+|/acme/gated/resolve/", path) for path in hub.paths())
    assert not any({"authorization", "cookie"} & request.headers.keys() for request in hub.requests)
    assert {request.method for request in hub.requests} <= {"GET", "HEAD"}
    assert not any(word in path for path in hub.paths() for word in ("my model", "acme/..", "aaa", "nobody"))


SIZE = f"""{WATCH}
from bertui.modeling.size import size_at_hand
from bertui.modeling.sources import ModelChoice
size = size_at_hand(ModelChoice(name=sys.argv[1]))
print(json.dumps({{"size": size and size.to_json(), "hosts": sorted(hosts)}}))
"""


def test_conversion_by_the_hub_itself_is_taken_also_without_the_hub(
    hub: Hub, models: Models, closed: str, tmp_path: Path
) -> None:
    pulls = {1: ("a-stranger", "open"), 2: ("SFconvertbot", "closed"), 3: ("SFconvertbot", "open")}
    revisions = {"main": models.pickled, "refs/pr/1": models.tiny, "refs/pr/2": models.tiny, "refs/pr/3": models.other}
    hub.repos["acme/pickled"] = Repo(revisions, pulls)
    for url in (hub.url, closed):
        (answer,) = ask(("acme/pickled", None), env=environment(url, tmp_path))["answers"]
        assert answer["revision"] == commit_of(models.other)
    assert "model.safetensors" in asked_files(hub) and "pytorch_model.bin" not in asked_files(hub)
    size = {"kind": "bert", "hidden": 32, "layers": 2}
    assert carry_out(SIZE, "acme/pickled", env=environment(closed, tmp_path)) == {"size": size, "hosts": []}
    assert carry_out(SIZE, "acme/tiny", env=environment(hub.url, tmp_path)) == {"size": None, "hosts": []}


def test_broken_connection_is_taken_up_where_it_broke_and_a_second_try_works(
    hub: Hub, models: Models, tmp_path: Path
) -> None:
    embedded = files_of(locate(ModelChoice()).folder)
    hub.repos |= {"acme/closed": Repo({"main": embedded}), "acme/reset": Repo({"main": models.tiny})}
    hub.faults = {"acme/closed/model.safetensors": ["closed"], "acme/reset/model.safetensors": ["reset"]}
    closed, reset, again = ask(
        ("acme/closed", None), ("acme/reset", None), ("acme/reset", None), env=environment(hub.url, tmp_path)
    )["answers"]
    # What had come when it broke, in the pieces of 10 MB that the library writes.
    assert f"bytes={4 * 10 * 2**20}-" in [request.headers.get("range") for request in hub.requests]
    assert "'acme/reset' is not whole on this machine, and the hub cannot be reached (ReadError)" in reset["error"]
    for answer, files in ((closed, embedded), (again, models.tiny)):
        got = files_of(Path(answer["folder"]))
        assert "model.safetensors" in got and all(digest(got[name]) == digest(files[name]) for name in got)
        done = [done for done, _ in answer["told"]]
        assert done == sorted(done) and done[-1] == answer["told"][0][1] == sum(map(size, got.values()))
    begun, _ = again["told"][0]
    small = [size(path) for name, path in got.items() if name != "model.safetensors"]
    # Files come side by side: any of the small ones may have been there when the large one broke.
    assert begun in {sum(some) for count in range(len(small) + 1) for some in combinations(small, count)}


def test_folder_that_cannot_be_written_is_named(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    (answer,) = ask(("acme/tiny", None), env=environment(hub.url, tmp_path / "home"))["answers"]
    assert f"cannot be stored in '{tmp_path / 'home' / 'hub'}'" in answer["error"]
    assert "Set HF_HOME to such a folder." in answer["error"]


LOOK = """
import json
from bertui.errors import ModelError
from bertui.modeling.sources import ModelChoice, locate
folder = locate(ModelChoice(name="acme/pickled"), weights=False).folder
def give_up(done, total):
    if done:
        raise ModelError("It was given up.", remedy="")
try:
    locate(ModelChoice(name="acme/tiny"), give_up)
except ModelError as error:
    print(json.dumps({"folder": str(folder), "error": str(error)}))
"""


def test_look_at_texts_needs_no_weights_and_whoever_watches_can_end_a_download(hub: Hub, tmp_path: Path) -> None:
    answers = carry_out(LOOK, env=environment(hub.url, tmp_path))
    assert set(files_of(Path(answers["folder"]))) == {
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
    }
    assert answers["error"] == "It was given up."
    assert not list(tmp_path.rglob("*.incomplete"))


TRAIN = f"""{WATCH}
import bertui
from bertui.modeling.backbone import ModelChoice, load_backbone
load_backbone(ModelChoice())
without_hub = sorted(hosts)
choices = {{"model.name": "acme/tiny", "training.epochs": 1, "encoding.max_length": 16, "training.precision": "32-bit"}}
rates = [bertui.Recipe().changed(choices).resolved().optimizer.learning_rate]
run = bertui.train(sys.argv[1], text="text", label="label", set=choices, workspace=sys.argv[2])
rates.append(bertui.Recipe().changed(choices).resolved().optimizer.learning_rate)
try:
    load_backbone(ModelChoice(name="acme/strange"))
except bertui.UserError as error:
    refusal = str(error)
print(json.dumps({{"run": str(run.folder), "without_hub": without_hub, "hosts": sorted(hosts), "refusal": refusal,
                  "rates": rates}}))
"""


@pytest.mark.timeout(300)
def test_run_on_a_hub_model_tells_its_download_keeps_its_commit_and_runs_no_code(
    hub: Hub, models: Models, table: Table, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    codes = {"AutoConfig": "modeling_acme.AcmeConfig", "AutoModel": "modeling_acme.AcmeModel"}
    config.write_text(json.dumps({"model_type": "strange", "auto_map": codes}))
    hub.repos["acme/strange"] = Repo({"main": models.tiny | {"config.json": config}})
    rows: pd.DataFrame = table.frame.head(40)
    rows.to_csv(tmp_path / "films.csv", index=False)
    env = environment(hub.url, tmp_path / "home")
    answers = carry_out(TRAIN, str(tmp_path / "films.csv"), str(tmp_path / "space"), env=env)

    run = Path(answers["run"])
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    loads = [event for event in events if event["event"] == "phase" and event["name"] == "load"]
    assert loads[0]["detail"] == "acme/tiny" and loads[0]["done"] == 0
    downloads = [event["done"] for event in loads if "download" in event["detail"]]
    assert downloads[0] == 0 and downloads[-1] == 1 and downloads == sorted(set(downloads))
    facts = json.loads((run / "model" / "bertui.json").read_text())
    assert facts["base_model"] == "acme/tiny" and facts["base_revision"] == commit_of(models.tiny)
    recipe = json.loads((run / "recipe.json").read_text())
    assert recipe["model"]["revision"] == commit_of(models.tiny)
    # What suits it is known when it is here, and then written down.
    assert answers["rates"] == [None, 1e-4] and recipe["optimizer"]["learning_rate"] == 1e-4
    assert facts["base_size"] == {"kind": "bert", "hidden": 32, "layers": 2}

    assert answers["without_hub"] == [] and len(answers["hosts"]) == 1  # the embedded model asks nobody
    assert "config.json cannot be used" in answers["refusal"] and "Choose another model." in answers["refusal"]
    assert not models.marker.exists() and not any(file.endswith((".py", ".bin", ".md")) for file in asked_files(hub))
    assert not any("acme/code" in path for path in hub.paths())
