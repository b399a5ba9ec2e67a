"""The model that CONTRIBUTING.md adds in five minutes, added to a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = re.compile(r"^   ```(python|yaml)\n(.*?)^   ```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    for name in ("runner", "conf"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (
        "pyproject.toml",
        "tests/__init__.py",
        "tests/conftest.py",
        "tests/test_mirror.py",
        "tests/test_layers.py",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for language, code in CODE.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        text = textwrap.dedent(code)
        name = re.match(r"# (\S+\.py)\n", text)
        path = folder / (name[1] if name else "conf/model/hourglass.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.partition("\n")[2] if language == "python" else text)
    return folder


def python(folder, *words):
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_it_trains_and_keeps_the_laws(copy):
    done = python(copy, "-m", "runner", "model=hourglass", "debug=smoke", "callback=record", "model.waist=3")
    assert done.returncode == 0, done.stderr
    done = python(copy, "-m", "pytest", "-p", "no:cacheprovider", "tests", "-k", "hourglass")
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 5


def test_a_wrong_value_is_found_by_its_signature(copy):
    done = python(copy, "-m", "runner", "model=hourglass", "model.waist=0")
    assert done.returncode == 2
    assert "model.waist must be >= 1, got 0" in done.stderr
