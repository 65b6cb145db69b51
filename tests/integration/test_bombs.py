"""Small files that become gigabytes: refused in words, before much memory is taken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from bertui.data.reading.reading import read_table
from bertui.errors import DataError
from tests.bombs import BOMBS, HEADER, MAIN, SHARED, parquet, repeated, sheet, workbook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the most memory is read from /proc")
MOST = 1.5e9  # bytes of the whole process
_READ = """
import json, sys, time
from pathlib import Path
from bertui.data.reading.reading import read_table
from bertui.errors import UserError

def most():
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024

for path in map(Path, sys.argv[1:]):
    Path("/proc/self/clear_refs").write_text("5")  # what was the most before is forgotten
    began = time.monotonic()
    try:
        told = f"read: {len(read_table(path.read_bytes(), path.name)[0])} rows"
    except UserError as error:
        told = str(error)
    print(json.dumps([path.name, told, most(), path.stat().st_size, time.monotonic() - began]), flush=True)
"""


def readings(paths: list[Path]) -> dict[str, Any]:
    """Read the files one after another in one process; return what was told of each and the most memory."""
    done = subprocess.run([sys.executable, "-c", _READ, *map(str, paths)], capture_output=True, text=True, timeout=280)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (paths[len(lines)].name, done.stderr[-2000:])
    return {name: rest for name, *rest in lines}


@pytest.mark.parametrize("kinds", [(".parquet",), (".xlsx",), (".gz",), (".csv", ".json", ".jsonl")])
def test_a_bomb_is_refused_in_words_and_takes_little_memory(kinds: tuple[str, ...], tmp_path: Path) -> None:
    chosen = [name for name in BOMBS if Path(name).suffix in kinds]
    for name in chosen:
        (tmp_path / name).write_bytes(BOMBS[name][0]())
    results = readings([tmp_path / name for name in chosen])
    for name, (told, most, size, seconds) in results.items():
        print(f"{name}: {size:,} bytes, {most / 1e6:,.0f} MB, {seconds:.1f} s: {told}")
        assert BOMBS[name][1] in told, (name, told)
        assert most < MOST, (name, most)
        assert size < 5_000_000, name
    assert len(results) == len(chosen) >= 4


def test_what_lies_just_below_the_limit_is_read_within_the_same_memory(tmp_path: Path) -> None:
    cells = pa.table({"text": repeated("x" * 20_000, 20_000), "label": repeated("a", 20_000)})
    strings = f"<sst {MAIN}><si><t>{'x' * 30_000}</t></si></sst>"
    files = {"a.parquet": parquet(cells), "a.xlsx": workbook(sheet=sheet(HEADER + SHARED * 6_499), strings=strings)}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    results = readings([tmp_path / name for name in files])
    print(results)
    assert results["a.parquet"][0] == "read: 20000 rows" and results["a.xlsx"][0] == "read: 6499 rows"
    assert all(most < MOST for _, most, *_ in results.values())


def test_what_a_sheet_claims_of_its_size_is_not_believed() -> None:
    rows = "".join(f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>' for text in ("text", "good", "bad"))
    frame, _ = read_table(workbook(sheet=sheet(rows, before='<dimension ref="A1:XFD1048576"/>')), "x.xlsx")
    assert frame["text"].tolist() == ["good", "bad"]


@pytest.mark.parametrize("deep", [10, 300, 900, 990, 1_000, 3_000, 30_000])
def test_lists_within_lists_are_read_or_refused_in_words(deep: int) -> None:
    data = f'{{"text": {"[" * deep}{"]" * deep}, "label": "a"}}\n'.encode() * 2
    try:
        frame, _ = read_table(data, "x.jsonl")
    except DataError as error:
        assert deep > 100 and ("not valid JSON" in str(error) or "nested too deeply" in str(error))
    else:
        assert len(frame) == 2 and deep < 3_000


def test_no_memory_left_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("bertui.data.reading.reading.read_delimited", none_left)
    with pytest.raises(DataError, match=r"'x\.csv' needs more memory than there is.*sample"):
        read_table(b"text,label\na,b\n", "x.csv")


def test_the_command_line_refuses_bombs_when_it_trains_and_when_it_is_to_read_a_recipe(tmp_path: Path) -> None:
    (tmp_path / "one text.parquet").write_bytes(BOMBS["one text.parquet"][0]())
    (tmp_path / "good.csv").write_bytes(b"text,label\n" + b"a,b\nc,d\n" * 50)
    (tmp_path / "deep.json").write_text('{"training":' * 50_000)
    (tmp_path / "half.json").write_text('{"training": {"epochs": "\\ud800"}}')
    (tmp_path / "large.json").write_bytes(b" " * 2_000_000)
    tries = {
        "one text.parquet": "hold more than 384 MiB of text",
        "good.csv --recipe deep.json": "not valid JSON",
        "good.csv --recipe half.json": "'training.epochs' is",
        "good.csv --recipe large.json": "larger than 1 MiB",
    }
    for words, told in tries.items():
        command = [sys.executable, "-c", "from bertui.cli import main; main()", "train"]
        file, *rest = words.split(" --recipe ")
        more = [word for recipe in rest for word in ("--recipe", recipe)]
        done = subprocess.run([*command, file, *more], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr, (words, done.stderr)
