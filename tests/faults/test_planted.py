"""The fault tests can fail: each of these mistakes, planted in a copy of the package, is found by the test named."""

import pytest

from tests.faults.planting import ROOT, copied, passes, planting, source

KILLS, POWER, SPACE, PLACES, SHELF = (
    *(f"tests/faults/test_{name}.py::" for name in ("kills", "power", "space", "places")),
    "tests/test_shelf.py::",
)
STRUCK = KILLS + "test_struck_at_random_it_ends_with_the_same_bits"
TRAINING = POWER + "test_a_training_whose_power_failed_goes_on_to_the_same_bits_and_the_same_rows"
PLANTED = {
    "random numbers are not restored": ("state.py", '    restore_random(state["random"])\n', "", STRUCK),
    "files are not synced": (
        "durable.py", "            os.fsync(file.fileno())\n", "",
        POWER + "test_there_is_always_a_checkpoint_and_once_written_it_is_there_for_good",
    ),
    "files are written in place": (
        "durable.py", "        os.replace(temporary, path)\n", "        path.write_bytes(temporary.read_bytes())\n",
        POWER + "test_a_file_that_is_written_whole_is_old_or_new",
    ),
    "folders are not synced": (
        "durable.py", "        keep_names(path.parent)\n", "",
        POWER + "test_the_first_checkpoint_of_a_run_counts_from_the_moment_it_is_written",
    ),
    "a checkpoint does not wait for its rows": ("callback/record.py", "        self.lines.keep()\n", "", TRAINING),
    "rows that are done again stay": (
        "disk.py", "os.ftruncate(self.descriptor, self.size)\n        self.placed", "self.placed",
        "tests/test_disk.py::test_what_is_done_again_takes_the_place_of_what_was",
    ),
    "a full disk ends the training": (
        "shelf.py", "                return False\n", "                raise\n",
        SPACE + "test_a_disk_that_is_full_for_a_while_costs_a_warning",
    ),
    "a training ends without its last checkpoint": (
        "callback/checkpoint.py", "        first(shelf.insist)\n", "",
        SPACE + "test_waited_for_in_vain_the_run_fails_and_goes_on_from_the_last_good_checkpoint",
    ),
    "rows that could not be written are forgotten": (
        "callback/record.py", 'self.lines.go_on_at(state["offset"], state.get("unwritten", "").encode())',
        'self.lines.go_on_at(state["offset"])',
        SPACE + "test_rows_that_could_not_be_written_are_in_the_checkpoint",
    ),
    "a damaged checkpoint takes the good one's place": (
        "shelf.py", "and not self.damaged else None", "else None",
        SHELF + "test_a_damaged_checkpoint_is_named_and_the_one_before_it_used",
    ),
    "a damaged checkpoint becomes a known one": (
        "statefile.py", "if digest in manifest.get(path.name, [digest]) else []", "",
        SHELF + "test_a_damaged_file_does_not_become_a_known_one",
    ),
    "a stopped run is not saved": (
        "callback/checkpoint.py", "if interrupted and self.saved != (run.epoch, run.batch):\n", "if False:\n",
        PLACES + "test_a_terminal_that_is_closed_stops_the_run_which_goes_on_later",
    ),
    "nobody holds the run": (
        "folder.py", "                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n", "",
        "tests/test_folder.py::test_one_process_at_a_time_and_death_lets_go",
    ),
    "loader workers hold the run": (
        "folder.py", "        keep_from_children(file)", "        pass",
        PLACES + "test_a_lock_ends_with_its_owner_though_its_loader_workers_have_yet_to_notice",
    ),
    "nobody holds the lease": (
        "sweep/lease.py", "        return flock.is_taken(_file(place, owner))\n", "        return False\n",
        "tests/sweep/test_lease.py",
    ),
    "processes do not agree when to stop": (
        "build.py", "        interrupt.agree = group.highest\n", "",
        "tests/test_supervise.py::test_a_signal_to_one_process_stops_all_at_the_same_step",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("copy"))


@pytest.mark.parametrize("mistake", PLANTED)
def test_it_can_be_planted(mistake):
    name, right, _, _ = PLANTED[mistake]
    assert source(ROOT, name, right)


@pytest.mark.siege
def test_without_a_mistake_they_pass(copy):
    passed, said = passes(copy, *dict.fromkeys(test for *_, test in PLANTED.values()))
    assert passed, said


@pytest.mark.siege
@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_found(copy, mistake):
    *planted, test = PLANTED[mistake]
    with planting(copy, *planted):
        passed, said = passes(copy, test)
    assert not passed, f"{test} does not notice that {mistake}"
    assert f"FAILED {test}" in said
