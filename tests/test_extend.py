"""Bringing one's own model and data, exactly as the README says, without touching the package."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent
QUIET = ["callback=[record,checkpoint]", "debug=smoke"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The README's files in a folder of the user's."""
    folder = tmp_path_factory.mktemp("user")
    for code in re.findall(r"```python\n(.*?)```", (REPO / "README.md").read_text(), re.DOTALL):
        name = re.match(r"# (\w+\.py)\n", code)
        if name:
            (folder / name[1]).write_text(code)
    (folder / "conf" / "model").mkdir(parents=True)
    (folder / "conf" / "model" / "mynet.yaml").write_text("# a net of mine\n_target_: mynet.MyNet\nwidth: 64\n")
    assert {path.name for path in folder.glob("*.py")} == {"mynet.py", "mydata.py"}
    return folder


def runner(folder, *words):
    environment = {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "runner", *words],
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        timeout=120,
    )


def test_by_target_alone(place):
    done = runner(place, "model._target_=mynet.MyNet", "model.width=16", "dataset._target_=mydata.stripes", *QUIET)
    assert done.returncode == 0, done.stderr
    environment = json.loads((place / "outputs" / "latest" / "environment.json").read_text())
    assert environment["data"]["name"] == "stripes"
    assert environment["parameters"] == 64 * 16 + 16 + 16 * 2 + 2


def test_by_name_with_a_conf_of_ones_own(place):
    done = runner(place, "--config-dir", "conf", "model=mynet", *QUIET)
    assert done.returncode == 0, done.stderr
    environment = json.loads((place / "outputs" / "latest" / "environment.json").read_text())
    assert environment["parameters"] == 64 * 64 + 64 + 64 * 10 + 10
    assert runner(place, "resume", "latest").returncode == 0


def test_a_typo_in_ones_own_model_is_found_like_any_other(place):
    done = runner(place, "--config-dir", "conf", "model=mynet", "model.widht=3")
    assert done.returncode == 2
    assert "did you mean model.width?" in done.stderr
    done = runner(place, "model._target_=mynet.MyNett")
    assert done.returncode == 2
    assert "MyNet" in done.stderr


def test_a_sweep_over_ones_own_model_is_checked_at_every_point(place):
    done = runner(place, "--config-dir", "conf", "-m", "model=mynet,cnn", "model.width=16,64", *QUIET)
    assert done.returncode == 2
    assert "model.width" in done.stderr


def test_it_is_listed(place):
    done = runner(place, "ls", "model=mynet", "--config-dir", "conf")
    assert done.returncode == 0, done.stderr
    assert "Of the hidden layer" in done.stdout
