"""What helps to find one's way answers at once: nothing heavy is imported, most of it not even Hydra."""

import resource
import subprocess
import sys

import pytest

from tests.conftest import ROOT

WITHOUT_HYDRA = (
    ["--help"], ["ls"], ["ls", "model=cnn"], ["cat", "recipes/digits_cnn.yaml"], ["schema", "recipe"],
    ["cp", "recipes/ladder/4_deeper.yaml", "my.yaml"],
    ["completion", "bash", "--line", "runner recipes/rows_lstm.yaml m"],
    ["completion", "zsh", "--line", "runner model."], ["runs"], ["best"], ["sweeps"],
)  # fmt: skip
WITH_HYDRA = (["explain", "model", "model=mlp", "optimizer.lr"], ["explain", "modle"])

REFUSED = {
    "dataset=image_folder dataset.folder=picture": "dataset.folder=picture: there is no folder picture",
    "check dataset=csv dataset.path=x.csv dataset.target=price": "dataset.path=x.csv: there is no file x.csv",
    "-m dataset=text dataset.path=a.txt,b.txt": "dataset.path=a.txt: no such file or folder, and no pattern with "
    "matches",
    "predict mine cat.png": "cannot be read: cat.png (no such file)",
    "explain-image mine cat.png": "no image cat.png; a sample of the test set is test:NUMBER",
    "export mine --out no/such": "--out no/such: there is no folder no",
}
"""Paths that are not there; mine is a run."""

DRIVER = f"""
import contextlib, io, sys
from runner.cli import dispatch
from runner.verbs import verbs

def loaded(*commands):
    for words in commands:
        with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as told:
            dispatch(words)
        assert told.getvalue() or words[-1] == "modle", words
    heavy = {{"torch", "torchvision", "mlflow", "optuna", "sklearn", "pandas", "numpy", "hydra", "omegaconf"}}
    print("LOADED", *sorted(heavy & set(sys.modules)))

loaded(*{WITHOUT_HYDRA!r})
loaded(*{WITH_HYDRA!r}, *([name, "--help"] for name in verbs()))
for words, wrong in {REFUSED!r}.items():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as told:
        assert dispatch(words.split()) == 2, words
    assert told.getvalue().startswith(f"error: {{wrong}}\\n"), told.getvalue()
loaded(["ls"])
"""


def test_nothing_heavy_is_imported(tmp_path):
    (tmp_path / "outputs" / "mine").mkdir(parents=True)
    (tmp_path / "outputs" / "mine" / "config.yaml").write_text("epochs: 1\n")
    done = subprocess.run(
        [sys.executable, "-c", DRIVER], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "LOADED\nLOADED hydra omegaconf\nLOADED hydra omegaconf\n"


@pytest.mark.siege
def test_an_answer_takes_less_than_four_imports_of_hydra(tmp_path, capsys):
    def seconds(command):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = {"PYTHONPATH": str(ROOT)}
        subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    hydra = min(seconds([sys.executable, "-c", "import hydra"]) for _ in range(5))
    for words in (*WITHOUT_HYDRA, *WITH_HYDRA):
        took = min(
            seconds([sys.executable, "-m", "runner", *words, *(["--force"] if words[0] == "cp" else [])])
            for _ in range(3)
        )
        with capsys.disabled():
            print(f"\nrunner {' '.join(words)}: {took:.2f} CPU s, {took / hydra:.1f} imports of hydra", end="")
        assert took < 6 * hydra  # less than 4 on an idle machine
