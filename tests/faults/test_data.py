"""Faults of data: what makes a run impossible is told before it trains, what comes up later names the sample."""

import json

import pytest
import torch
from PIL import Image

from runner.dataset.reading import Unreadable
from runner.dataset.validate import validated
from runner.loop import fit
from runner.statefile import load
from runner.train import Refused
from tests.faults.data import rows, wrong
from tests.support import built, config, trained

OWN = ["dataset=rows", "~dataset.images", "dataset._target_=tests.faults.data.wrong"]
ROWS = ["dataset=rows", "~dataset.images", "dataset._target_=tests.faults.data.rows"]

REFUSED = {
    "empty": "dataset own has no training samples: is it empty, or is all of it held out?",
    "one class": "dataset own: all 40 training samples are of class odd: there is nothing to tell apart",
    "label": "train part: sample 7 has the target 2: 2 classes have the labels 0 to 1",
    "negative label": "train part: sample 7 has the target -1, one of 2 like it",
    "label in valid": "valid part: sample 3 has the target 9",
    "labels of numbers": "labels are whole numbers (int64), got float32",
    "count": "40 inputs and 30 targets, one for each is needed",
    "shape": "an input is [5], and the dataset says [4]",
    "nan": "train part: the inputs of sample 5 hold NaN or infinity: correct or drop it",
    "infinite target": "train part: sample 11 has the target inf: a target is a finite number",
}


@pytest.mark.parametrize("what", REFUSED)
def test_data_that_cannot_be_are_named_with_part_and_sample(what):
    with pytest.raises(ValueError) as caught:
        validated(wrong(what))
    assert REFUSED[what] in str(caught.value)


def test_data_that_are_right_are_left_alone():
    assert len(validated(wrong()).train) == 40


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("label", "sample 7 has the target 2"),
        ("no file", "No such file or directory: '/nowhere/at/all'"),
        ("nothing held out", "no sample is held out for validation: see dataset.valid"),
    ],
)
def test_a_run_that_they_make_impossible_is_refused_before_it_trains(tmp_path, capfd, what, told):
    with pytest.raises(Refused) as caught:
        trained(tmp_path / "run", *OWN, f"++dataset.what={what}")
    assert told in str(caught.value)
    err = capfd.readouterr().err
    assert err.startswith("error: nothing was trained: ")
    assert told in err
    assert "Traceback" not in err
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["status"] == "failed"
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_a_bug_in_a_users_dataset_is_no_mistake_of_the_configuration(tmp_path):
    with pytest.raises(KeyError):
        trained(tmp_path / "run", *OWN, "++dataset.what=bug")
    assert "Traceback" in (tmp_path / "run" / "log.txt").read_text()


def test_a_batch_larger_than_the_data_is_all_of_them_and_says_so(tmp_path):
    run = built(tmp_path / "run", *OWN, "batch_size=64")
    assert "batch_size=64: every batch is all 40 training samples" in run.facts["notes"]
    fit(run)
    assert run.step == 3


FEW = ["model=mlp", "model.widths=[8]"]
NORMALISED = ["model=linear", "~model.bias", "model._target_=tests.faults.parts.Normalised"]


def test_a_last_batch_of_one_is_left_out_of_an_epoch(tmp_path):
    run = built(tmp_path / "run", *OWN, *NORMALISED, "batch_size=13", "epochs=1")
    fit(run)  # 40 = 3 x 13 + 1
    assert (run.step, run.status) == (3, "finished")


@pytest.mark.parametrize("accumulate", [2, 6])
def test_no_micro_batch_is_of_one_where_batch_normalisation_needs_two(tmp_path, accumulate):
    words = [*NORMALISED, "batch_size=37", f"hardware.accumulate={accumulate}", "epochs=1"]
    run = built(tmp_path / "run", *OWN, *words)
    fit(run)  # a rest of 3
    assert (run.step, run.status) == (2, "finished")


def test_a_batch_of_one_with_batch_normalisation_is_told_with_the_way_out(tmp_path):
    with pytest.raises(RuntimeError, match="no variance over the single sample of a batch: use a larger batch_size"):
        trained(tmp_path / "run", *OWN, *NORMALISED, "batch_size=1")


READ = {
    "corrupt": "sample 23 cannot be read: OSError: picture-23.png is truncated",
    "size": "the inputs of a dataset have one size",
    "list": "sample 23 is a list: a dataset hands out tensors",
}


@pytest.mark.parametrize("what", READ)
def test_a_sample_that_cannot_be_read_is_named(tmp_path, what):
    run = built(tmp_path / "run", *ROWS, f"++dataset.what={what}", "++dataset.workers=0")
    with pytest.raises(Unreadable) as caught:
        fit(run)
    assert READ[what] in str(caught.value)


def test_a_sample_that_a_worker_cannot_read_is_named_and_the_last_checkpoint_stays(tmp_path, capfd):
    folder = tmp_path / "run"
    trained(folder, *ROWS, "epochs=1")
    before = (folder / "checkpoints" / "last.pt").read_bytes()
    with pytest.raises(Unreadable):
        trained(folder, *ROWS, "++dataset.what=corrupt", "epochs=2")
    assert READ["corrupt"] in capfd.readouterr().err
    assert "tests/faults/data.py" in (folder / "log.txt").read_text()  # the worker's traceback
    assert (folder / "checkpoints" / "last.pt").read_bytes() == before
    assert trained(folder, *ROWS, "epochs=2")["status"] == "finished"


SIEGE = pytest.mark.siege  # torch waits for 5 s for a worker that does not end
GONE = {
    "killed": r"a loader worker \(pid \d+\) was killed \(Killed\), perhaps for lack of memory; dataset\.workers=0",
    "left": r"a loader worker \(pid \d+\) has ended without a word",
    "hangs": r"a loader worker has not answered for 1 s \(hardware\.timeout\): its data hang; dataset\.workers=0",
    "stopped": r"a loader worker has not answered for 1 s",
}


@pytest.mark.parametrize("what", ["killed", "left", *(pytest.param(w, marks=SIEGE) for w in ("hangs", "stopped"))])
def test_a_loader_worker_that_is_gone_is_told_and_none_is_left_behind(tmp_path, what):
    import multiprocessing

    with pytest.raises(RuntimeError, match=GONE[what]):
        trained(tmp_path / "run", *ROWS, f"++dataset.what={what}", "hardware.timeout=1")
    assert "Traceback" in (tmp_path / "run" / "log.txt").read_text()
    assert multiprocessing.active_children() == []


@pytest.fixture
def pictures(tmp_path):
    """Two classes of 12 pictures; two of them are none."""
    for name, colour in (("light", 200), ("dark", 50)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for index in range(12):
            noise = torch.randint(0, 40, (16, 16, 3), dtype=torch.uint8).numpy() + colour
            Image.fromarray(noise.astype("uint8")).save(tmp_path / "pictures" / name / f"{index:02}.png")
    (tmp_path / "pictures" / "dark" / "03.png").write_bytes(b"no picture")
    whole = (tmp_path / "pictures" / "light" / "05.png").read_bytes()
    (tmp_path / "pictures" / "light" / "05.png").write_bytes(whole[: len(whole) // 2])
    return tmp_path / "pictures"


def of(pictures, *more):
    return ["dataset=image_folder", f"dataset.folder={pictures}", "dataset.size=8", "batch_size=8", *more]


def test_corrupt_pictures_are_named_before_the_training(tmp_path, pictures):
    words = of(pictures, "dataset.in_memory=true")
    with pytest.raises(Refused, match=r"2 of 24 files in .* cannot be decoded: .*png \(.*dataset\.on_error=skip"):
        trained(tmp_path / "run", *words)


def test_a_corrupt_picture_that_only_shows_in_training_is_named_with_its_number(tmp_path, pictures):
    from runner.dataset.image.picture import Pictures
    from runner.dataset.reading import Failure, InBatches

    found = InBatches(Pictures(pictures, ["dark/01.png", "light/05.png"], (3, 8, 8)), int).__getitems__(
        [(0, 0), (1, 1)]
    )
    assert isinstance(found, Failure)
    assert found.message.startswith(f"sample 1 cannot be read: {pictures}/light/05.png cannot be decoded: ")
    assert "dataset.on_error=skip" in found.message


@pytest.mark.parametrize("in_memory", ["true", "false"])
def test_corrupt_pictures_are_left_out_and_counted_if_asked_for(tmp_path, pictures, in_memory):
    words = of(pictures, f"dataset.in_memory={in_memory}", "dataset.on_error=skip", "dataset.workers=1", "epochs=1")
    summary = trained(tmp_path / in_memory, *words)
    assert summary["status"] == "finished"
    assert summary["faults"]["skipped_samples"] == 2
    assert [name.partition(" ")[0] for name in sorted(summary["faults"]["skipped"])] == ["dark/03.png", "light/05.png"]
    data = json.loads((tmp_path / in_memory / "environment.json").read_text())["data"]
    assert data["train"] + data["valid"] + data["test"] == 22
    assert data["source"].endswith("; 2 files cannot be decoded, left out")


@pytest.mark.siege
def test_the_rest_is_the_same_with_and_without_memory(tmp_path, pictures):
    from runner.make import make

    both = [
        make(config(*of(pictures, f"dataset.in_memory={m}", "dataset.on_error=skip")).dataset) for m in (True, False)
    ]
    first, second = (validated(data) for data in both)
    assert first.fingerprint == second.fingerprint
    assert torch.equal(first.train.inputs, torch.stack([second.train.inputs[i] for i in range(len(second.train))]))
    assert torch.equal(first.train.targets, second.train.targets)


def test_a_metric_that_is_not_measured_is_told_before_the_training(tmp_path):
    with pytest.raises(Refused, match=r"objective=valid/f2 is no metric of this task: there is .*accuracy"):
        trained(tmp_path / "run", "objective=valid/f2")
    words = ["callback=[record,checkpoint,early_stopping]", "callback.early_stopping.monitor=valid/f2"]
    with pytest.raises(Refused, match=r"callback\.early_stopping\.monitor=valid/f2 is no metric of this task"):
        trained(tmp_path / "run", *words)


def test_a_metric_that_is_promised_and_not_measured_is_told(tmp_path):
    run = built(tmp_path / "run")
    run.task.directions = {**run.task.directions, "promised": "max"}
    run.objective = "valid/promised"
    with pytest.raises(ValueError, match=r"objective=valid/promised was not measured: there is train/loss, valid/"):
        fit(run)


@pytest.mark.siege
def test_rows_that_are_right_train(tmp_path):
    assert rows().load().train.inputs[0].shape == (4,)
    trained(tmp_path / "run", *ROWS, "epochs=1")
    assert load(tmp_path / "run" / "checkpoints" / "last.pt")["epoch"] == 1
