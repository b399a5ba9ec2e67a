"""Mistakes that show on a GPU alone: each of these, planted in a copy of the package, is found on the emulated one."""

import pytest

from tests.emulator import missing, variables
from tests.faults.planting import ROOT, copied, passes, planting, source

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
FEED, GRAPHS, STEPS = "tests/hardware/test_feed.py", "tests/hardware/test_graphs.py", "tests/test_no_synchronisation.py"
PLANTED = {
    "a batch is used before it has come": (
        "hardware/feed.py", "        torch.cuda.current_stream(self.device).wait_event(arrived)\n", "",
        FEED + "::test_every_batch_arrives_whole_without_waiting",
    ),
    "a number is read before it has come": (
        "callback/later.py", "        self.event.synchronize()\n", "",
        "tests/callback/test_later.py::test_on_a_gpu_asking_does_not_wait_and_gives_the_value_of_that_moment",
    ),
    "a step waits for the device": (
        "hardware/update.py", "        self.step()\n        for parameter in self.parameters:\n",
        "        self.step()\n        self.parameters[0].sum().item()\n        for parameter in self.parameters:\n",
        STEPS + "::test_no_step_waits_for_the_gpu",
    ),
    "recording a graph moves the statistics": (
        "hardware/graphs.py", "            buffer.copy_(value)\n", "            pass\n",
        GRAPHS + "::test_replays_train_as_usual",
    ),
    "a loss of before spoils a graph": (
        "hardware/graphs.py", "        with half, fresh_leaves():\n", "        with half:\n",
        GRAPHS + "::test_replays_train_as_usual",
    ),
    "targets stay on the host": (
        "dataset/batch.py", "self.targets = split.targets.to(device)", "self.targets = split.targets",
        "tests/test_gpu.py::test_every_kind_of_data",
    ),
    "a checkpoint lies on the device": (
        "statefile.py", 'torch.save(on_host({"format": FORMAT, **state}, {}), buffer)',
        'torch.save({"format": FORMAT, **state}, buffer)',
        "tests/test_gpu.py::test_a_checkpoint_is_read_where_there_is_no_gpu",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", PLANTED)
def test_it_can_be_planted(mistake):
    name, right, _, _ = PLANTED[mistake]
    assert source(ROOT, name, right)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("copy"))


@pytest.mark.siege
@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_found(copy, mistake):
    *planted, test = PLANTED[mistake]
    marked = ["-m", "gpu and not slow and not silicon"]
    with planting(copy, *planted):
        passed, said = passes(copy, *marked, test, variables=variables())
    assert not passed, f"{test} does not notice that {mistake}"
    assert f"FAILED {test}" in said
