"""How long OpenMP's threads spin is set before torch is loaded, wherever the process begins; a person's own wins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OMP_WAIT_POLICY")
BEGINNINGS = {
    "library": "import bertui",
    "command line": "from bertui.cli import main",
    # What Streamlit does with app.py, up to the first page.
    "app": f"import runpy, contextlib\nwith contextlib.suppress(Exception): runpy.run_path({str(ROOT / 'app.py')!r})",
}
SHOW = f"\nimport os, sys; print([os.environ.get(name) for name in {NAMES}], 'torch' in sys.modules)"


def settings(beginning: str, **given: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in NAMES} | given
    command = [sys.executable, "-c", BEGINNINGS[beginning] + SHOW]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize("beginning", list(BEGINNINGS))
def test_threads_wait_a_short_while(beginning: str) -> None:
    assert settings(beginning) == "['10000', '1', None] False"


def test_what_a_person_has_set_stays() -> None:
    assert settings("library", GOMP_SPINCOUNT="7", KMP_BLOCKTIME="infinite") == "['7', 'infinite', None] False"
    assert settings("library", OMP_WAIT_POLICY="ACTIVE") == "[None, None, 'ACTIVE'] False"


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP says what it has taken")
def test_the_installed_torch_obeys() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    code = "import bertui, torch; print(torch.__config__.parallel_info())"
    shown = environment | {"OMP_DISPLAY_ENV": "VERBOSE"}
    done = subprocess.run([sys.executable, "-c", code], env=shown, capture_output=True, text=True, timeout=120)
    assert "GOMP_SPINCOUNT = '10000'" in done.stderr
