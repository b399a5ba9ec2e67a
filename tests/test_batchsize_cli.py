"""``batch_size=auto`` as a user would type it."""

import json
import sys

import pytest
import yaml

TINY = ["dataset=noise", "dataset.samples=200", "model=mlp", "model.widths=[8]", "hardware=cpu", "epochs=1"]
QUIET = ["callback=[record,checkpoint]"]


def test_it_passes_the_check_and_a_typo_does_not(cli, tmp_path):
    done = cli("check", *TINY, "batch_size=auto")
    assert (done.returncode, done.stderr) == (0, "")
    done = cli("check", *TINY, "batch_size=atuo")
    assert done.returncode == 2
    assert "batch_size must be a whole number >= 1 or auto, got 'atuo': did you mean auto?" in done.stderr
    assert not (tmp_path / "outputs").exists()


@pytest.mark.slow
def test_a_run_records_the_number_and_goes_on_with_it(cli, tmp_path):
    done = cli(*TINY, *QUIET, "batch_size=auto")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "outputs" / "latest"
    assert yaml.safe_load((folder / "config.yaml").read_text())["batch_size"] == 120
    assert "batch_size=auto" in yaml.safe_load((folder / "overrides.yaml").read_text())
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["batch_size"] == 120
    found = environment["batch_size_search"]
    assert (found["asked"], found["found"], found["bound"]) == ("auto", 120, "data")
    assert found["tries"][0]["size"] == 2
    done = cli("resume", "latest", "epochs=2")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load((folder / "config.yaml").read_text())["batch_size"] == 120
    assert json.loads((folder / "summary.json").read_text())["steps"] == 2


@pytest.mark.siege
def test_each_trial_of_a_search_finds_its_own(cli, tmp_path):
    done = cli("-m", *TINY, *QUIET, "batch_size=auto,16", "dataset.samples=100,200")
    assert done.returncode == 0, done.stderr
    configs = [yaml.safe_load(path.read_text()) for path in tmp_path.glob("outputs/*/trials/*/config.yaml")]
    found = {(cfg["dataset"]["samples"], cfg["batch_size"]) for cfg in configs}
    assert found == {(100, 59), (200, 120), (100, 16), (200, 16)}


SCARCE = '''
import math, resource
import psutil
from torch import nn

class Scarce(nn.Module):
    """Finds that there are 40 MiB left, when it is to be trained with 1 MiB a sample."""
    def __init__(self, in_shape, classes):
        super().__init__()
        self.wide, self.out = nn.Linear(math.prod(in_shape), 2**17), nn.Linear(2**17, classes)

    def forward(self, inputs):
        if self.training:
            taken = psutil.Process().memory_info().vms
            resource.setrlimit(resource.RLIMIT_AS, (taken + 40 * 2**20, resource.RLIM_INFINITY))
        return self.out(self.wide(inputs.flatten(1)).tanh())
'''


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is kept by Linux")
def test_a_run_that_runs_out_of_memory_says_what_fills_it_and_what_helps(cli, tmp_path):
    (tmp_path / "scarce.py").write_text(SCARCE)
    tiny = [word for word in TINY if not word.startswith("model.")]
    done = cli(*tiny, *QUIET, "model._target_=scarce.Scarce", "batch_size=100")
    assert done.returncode == 1
    assert "out of memory on cpu: 50.0 MiB asked for, " in done.stderr
    assert "batch: 100 x 1 x 8 x 8 float32" in done.stderr
    assert "what helps: batch_size=50, or batch_size=auto; hardware.accumulate=2, " in done.stderr
    assert "Traceback" not in done.stderr
    folder = tmp_path / "outputs" / "latest"
    log = (folder / "log.txt").read_text()
    assert "OutOfMemory: out of memory on cpu" in log
    assert "you tried to allocate 52428800 bytes" in log, "what raised it is there too"
    assert json.loads((folder / "summary.json").read_text())["status"] == "failed"
