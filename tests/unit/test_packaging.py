"""What a person gets before any of our code runs: versions, the wheel, the look, the two commands."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from PIL import Image

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
DECLARED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]


def pins() -> dict[str, Version]:
    lines = (line.split("#")[0].strip() for line in (ROOT / "constraints.txt").read_text().splitlines())
    matches = [re.fullmatch(r"([\w.-]+)==([\w.+]+)", line) for line in lines if line]
    assert all(matches), "every line of constraints.txt reads name==version"
    return {canonicalize_name(match[1]): Version(match[2]) for match in matches if match}


def needed(declared: list[str]) -> set[str]:
    """Names of all installed packages that the declared ones lead to, themselves included."""
    seen: set[str] = set()
    queue = [(Requirement(text), "") for text in declared]
    while queue:
        requirement, extra = queue.pop()
        applies = requirement.marker is None or requirement.marker.evaluate({**default_environment(), "extra": extra})
        name = canonicalize_name(requirement.name)
        if not applies or f"{name}[{extra}]" in seen:
            continue
        seen.add(name)
        for wish in ["", *requirement.extras]:
            seen.add(f"{name}[{wish}]")
            queue += [(Requirement(text), wish) for text in metadata.requires(name) or []]
    return {name for name in seen if "[" not in name}


@pytest.mark.parametrize("text", DECLARED + PROJECT["optional-dependencies"]["embedded"])
def test_pinned_version_lies_in_declared_range(text: str) -> None:
    requirement = Requirement(text)
    assert pins()[canonicalize_name(requirement.name)] in requirement.specifier


def test_constraints_pin_everything_that_make_installs() -> None:
    of_a_gpu_build = {name for name in needed(DECLARED) if re.match(r"(nvidia|cuda)-|triton$", name)}  # torch pins them
    assert needed(DECLARED) - pins().keys() - of_a_gpu_build == set()


def test_torch_is_pinned_for_any_build() -> None:
    assert str(pins()["torch"]) == "2.13.0"


def test_wheel_carries_the_app_and_what_streamlit_looks_for_beside_it(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    beside = [ROOT / "app.py", ROOT / ".streamlit" / "config.toml", *(ROOT / "pages").glob("*.py")]
    beside += [path for path in (ROOT / "static").rglob("*") if path.is_file()]
    assert {f"bertui/_app/{path.relative_to(ROOT)}" for path in beside} <= names
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "bertui").rglob("*.py")} <= names
    assert "bertui/laboratory/general_sentences.txt" in names
    assert not any(name.startswith(("tests/", "pages/", "workspace/")) for name in names)


def test_streamlit_knows_every_option() -> None:
    show = [sys.executable, "-m", "streamlit", "config", "show"]
    done = subprocess.run(show, cwd=ROOT, check=True, capture_output=True, text=True)
    assert "not a valid config option" not in done.stdout + done.stderr
    assert 'primaryColor = "#0B6E69"' in done.stdout


def test_nothing_in_the_configuration_leaves_the_machine() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert "://" not in (ROOT / ".streamlit" / "config.toml").read_text()
    for face in CONFIG["theme"]["fontFaces"]:
        assert (ROOT / face["url"].removeprefix("app/")).read_bytes()[:4] == b"wOF2"


def test_icon_is_a_small_picture() -> None:
    with Image.open(ROOT / "static" / "icon.png") as icon:
        assert (icon.format, icon.size) == ("PNG", (64, 64))


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB``. Source: WCAG 2.2, definition of relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    """``colour`` at opacity ``share`` over ``ground``."""
    pairs = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02X}" for over, under in pairs)


def test_contrast_against_known_values() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_and_accent_can_be_read(name: str) -> None:
    theme = CONFIG["theme"][name]
    # Streamlit writes captions at 60 % and chosen pills in the accent over a tenth of it.
    for ground in (theme["backgroundColor"], theme["sidebar"]["backgroundColor"]):
        for key in ("textColor", "primaryColor", "linkColor", "codeTextColor"):
            assert contrast(theme[key], ground) >= 4.5, (key, ground)
        assert contrast(mixed(theme["textColor"], ground, 0.6), ground) >= 4.5
        assert contrast(theme["primaryColor"], mixed(theme["primaryColor"], ground, 0.1)) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("kind", ["Categorical", "Sequential", "Diverging"])
def test_charts_have_ten_different_colours(name: str, kind: str) -> None:
    colours = CONFIG["theme"][name][f"chart{kind}Colors"]
    assert len(set(colours)) == 10  # any other number, and Streamlit's own colours come back
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in colours)


STAND_IN = """#!{python}
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
pathlib.Path("said").write_text("\\n".join([str(os.getpid()), *sys.argv[1:], ""]))
time.sleep(30)
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The Makefile beside an environment that counts as installed, with a stand-in for the app."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    app = tmp_path / ".venv" / "bin" / "bertui"
    app.parent.mkdir(parents=True)
    app.write_text(STAND_IN.format(python=sys.executable))
    app.chmod(0o755)
    (tmp_path / ".venv" / ".installed").touch()
    return tmp_path


def environment(**variables: str) -> dict[str, str]:
    """This process's environment with what an outer make set taken away."""
    ours = ("MAKE", "MFLAGS", "PORT", "WORKSPACE", "PYTHON")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)} | variables


def start(folder: Path, **variables: str) -> tuple[subprocess.Popen[bytes], list[str]]:
    """Run `make app`; return it and what the stand-in wrote: its process id, then its arguments."""
    make = subprocess.Popen(["make", "-s", "app"], cwd=folder, env=environment(**variables))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if (folder / "said").exists() and (text := (folder / "said").read_text()).endswith("\n"):
            return make, text.splitlines()
        time.sleep(0.02)
    make.kill()
    raise AssertionError("make app did not start the app")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_make_app_passes_its_variables_on_and_ends_with_the_app(installed: Path, signum: int) -> None:
    make, (pid, *arguments) = start(installed, PORT="8612", WORKSPACE="my runs")
    assert arguments == ["app", "--port", "8612", "--workspace", "my runs"]
    os.kill(int(pid), signum)
    assert make.wait(10) == 0


def test_stopping_make_stops_the_app(installed: Path) -> None:
    make, (pid, *arguments) = start(installed)
    assert arguments == ["app"]
    make.terminate()
    make.wait(10)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_make_says_what_is_wrong_with_an_old_python(installed: Path) -> None:
    (installed / ".venv" / ".installed").unlink()
    command = ["make", "install", "PYTHON=false"]
    done = subprocess.run(command, cwd=installed, env=environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert "bertui needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert "make app PYTHON=" in done.stderr


def test_the_first_page_waits_for_no_heavy_library() -> None:
    """Each would be a third of a second and more of the first paint, or seconds."""
    code = (
        "import sys, streamlit; before = set(sys.modules)\n"
        "from bertui.ui import shell\n"
        "from bertui.ui.start import recent, ways\n"
        "heavy = {'torch', 'transformers', 'captum', 'datasets', 'pandas', 'pyarrow', 'sklearn', 'openpyxl'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
