"""Fine-tuning beside other programs, side by side with the Trainer; and the app's sample while a browser watches.

    python benchmarks/busy.py TRAIN.csv TEST.csv [--loads quiet programs browser] [--sides bertui tuned]
        [--spins own 1000 10000 300000] [--steps 40] [--repeats 2]
    python benchmarks/busy.py --sample [--programs 1] [--repeats 2]

The first trains on ``--rows`` rows, each side in a process of its own, all loads, sides and spins in turn.
``programs`` is so many programs that compute without pause (``--programs``, 2); ``browser`` is a Chromium that opens
one page of a bertui server after the other. ``--spins`` are values of GOMP_SPINCOUNT for bertui, "own" being what it
sets itself. The Trainer needs accelerate.

The second clicks on "Train on the sample" and says after how many seconds its results are there.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from training import embedded_model  # noqa: E402

from bertui.ui.shell import PAGES  # noqa: E402
from tests.browser.conftest import CHROMIUM, FLAGS, Server  # noqa: E402


@contextmanager
def programs(count: int) -> Iterator[None]:
    """Let so many programs compute without pause."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for program in started:
            program.kill()
            program.wait()


@contextmanager
def browser() -> Iterator[None]:
    """Let a browser open the pages of a server of its own, one after the other."""
    done = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        reader = threading.Thread(target=_read_pages, args=(server.address, done))
        reader.start()
        try:
            yield
        finally:
            done.set()
            reader.join()
            server.end()


def _read_pages(address: str, done: threading.Event) -> None:
    from playwright.sync_api import sync_playwright

    names = [key for entries in PAGES.values() for key, _, _ in entries]
    with sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS).new_page()
        while not done.is_set():
            for name in names:
                page.goto(f"{address}/{'' if name == 'start' else name}")
                page.get_by_role("heading", level=1).first.wait_for()


def rate(side: str, spin: str, seed: int, given: argparse.Namespace) -> float:
    """Return examples a second of one side in a process of its own."""
    own = ("GOMP_SPINCOUNT", "KMP_BLOCKTIME")  # what bertui has set when this process imported it
    environment = {name: value for name, value in os.environ.items() if name not in own}
    if spin != "own":
        environment["GOMP_SPINCOUNT"] = spin
    command = [sys.executable, str(ROOT / "benchmarks" / "training.py"), given.train, given.test, "--alone", side]
    command += ["--seed", str(seed), "--model", given.model, "--steps", str(given.steps), "--rows", str(given.rows)]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment).stdout
    return float(json.loads(out.strip().splitlines()[-1])["rate"])


def beside(given: argparse.Namespace) -> None:
    """Train each side under each load, in turn, and print the rates."""
    given.model = embedded_model()
    loads: dict[str, Any] = {"quiet": nullcontext, "programs": lambda: programs(given.programs), "browser": browser}
    variants = [(side, spin) for side in given.sides for spin in (given.spins if side == "bertui" else ["own"])]
    for load in given.loads:
        found: dict[tuple[str, str], list[float]] = {variant: [] for variant in variants}
        made: AbstractContextManager[None] = loads[load]()
        with made:
            for seed in range(given.repeats):
                for variant in variants:
                    found[variant].append(rate(*variant, seed, given))
        for (side, spin), rates in found.items():
            first = found[variants[0]]
            ratio = statistics.median(one / other for one, other in zip(rates, first, strict=True))
            print(f"{load}: {side}, spin {spin}: {statistics.median(rates):.0f} examples/s "
                  f"({min(rates):.0f} to {max(rates):.0f}), {ratio:.2f} of the first", flush=True)  # fmt: skip


def sample(given: argparse.Namespace) -> None:
    """Time the sample from the click to its results, in a fresh app each time."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as driver, programs(given.programs):
        for _ in range(given.repeats):
            with tempfile.TemporaryDirectory() as folder:
                server = Server(Path(folder))
                page = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS).new_page()
                page.goto(server.address)
                button = page.get_by_role("button", name="Train on the sample")
                button.wait_for()
                began = time.monotonic()
                button.click()
                page.get_by_role("button", name="See results").wait_for(timeout=1_200_000)
                found.append(time.monotonic() - began)
                page.context.browser.close()
                server.end()
    print(f"the sample beside {given.programs} programs and a browser: {[round(one, 1) for one in found]} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", nargs="?")
    parser.add_argument("test", nargs="?")
    parser.add_argument("--loads", nargs="*", default=["quiet", "programs", "browser"])
    parser.add_argument("--sides", nargs="*", default=["bertui", "tuned"])
    parser.add_argument("--spins", nargs="*", default=["own"])
    parser.add_argument("--programs", type=int, default=2)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--sample", action="store_true")
    given = parser.parse_args()
    sample(given) if given.sample else beside(given)


if __name__ == "__main__":
    main()
