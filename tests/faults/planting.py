"""Planting a mistake in a copy of the package, and running tests there."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def copied(place):
    """Return the place with the package and its tests in it."""
    for name in ("runner", "conf", "recipes", "tests", "benchmarks"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def source(place, name, right):
    """Return a file of the package that says something right once: else the mistake is to be planted elsewhere."""
    text = (place / "runner" / name).read_text()
    assert text.count(right) == 1, f"{name} has changed: plant it elsewhere"
    return text


@contextmanager
def planting(place, name, right, wrong):
    """Let a file of the package have something wrong instead of something right that it says once."""
    path, before = place / "runner" / name, source(place, name, right)
    path.write_text(before.replace(right, wrong))
    try:
        yield
    finally:
        path.write_text(before)


def passes(place, *tests, variables=os.environ):
    """Tell whether tests pass there, and what was said."""
    words = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-showlocals", "--tb=short"]
    path = os.pathsep.join(filter(None, [str(place), variables.get("PYTHONPATH")]))
    environment = {**variables, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *words, *tests], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0, done.stdout
