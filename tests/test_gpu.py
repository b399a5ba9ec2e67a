"""On a GPU a training is what it is on a CPU: the same losses up to rounding, with every part of the vocabulary.

These need a CUDA device; where there is none, tests/emulator has them run on an emulated one.
"""

import pytest
import torch
from torch.utils._pytree import tree_leaves

from runner.home import CONF
from runner.recorded import rows
from runner.statefile import save
from tests.support import trained

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")]

GPU, CPU = ["hardware=gpu", "hardware.precision=fp32", "hardware.channels_last=false"], ["hardware=cpu"]
STEADY = ["optimizer=sgd", "optimizer.lr=0.01"]
"""Rounding stays small: an optimizer that divides by the size of a gradient makes much of the sign of a tiny one."""
IMAGES = ["dataset=noise", "dataset.samples=96", "dataset.shape=[3,16,16]"]
FEW = ["debug=limit", "debug.train=3", "debug.valid=1", "debug.test=1"]
ROWS, WORDS = ["dataset=rows", *FEW], ["dataset=text", "dataset.bptt=8", *FEW]
MODELS = {
    "cnn": [*IMAGES, "model.dropout=0"],
    "linear": IMAGES,
    "mlp": IMAGES,
    "resnet_small": IMAGES,
    "resnet18": IMAGES,
    "resnet20": IMAGES,
    "wideresnet": [*IMAGES, "model.widths=[8,8,8]", "model.dropout=0"],
    "torchvision": [*IMAGES, "model.name=shufflenet_v2_x0_5"],
    "rnn": [*ROWS, "model.width=16"],
    "gru": [*ROWS, "model.width=16"],
    "lstm": [*ROWS, "model.width=16", "model.bidirectional=true"],
    "transformer": [*ROWS, "model.width=16", "model.dropout=0"],
    "embedding_dot_bias": ["dataset=ratings", *FEW],
}
LIKE_ANOTHER = {"resnet34", "resnet50", "resnet56"}
DATA = {
    "breast_cancer": ["dataset=breast_cancer"],
    "diabetes": ["dataset=diabetes"],
    "wine": ["dataset=wine"],
    "digits": ["dataset=digits", *FEW],
    "text, gru": [*WORDS, "model=gru", "model.width=16"],
    "text, transformer": [*WORDS, "model=transformer", "model.width=16", "model.dropout=0"],
    "read row by row": ["dataset=noise", "dataset.samples=96", "dataset.in_memory=false"],
    "read by workers": ["dataset=noise", "dataset.samples=96", "dataset.in_memory=false", "dataset.workers=1"],
    "balanced": ["dataset=noise", "dataset.samples=96", "dataset.sampling=balanced"],
    "one too many": ["dataset=noise", "dataset.samples=101"],
}
AUGMENT = {
    "crop": "2", "flip": "0.5", "rotate": "10", "scale": "0.1", "translate": "0.1", "policy": "rand", "erase": "0.5",
    "brightness": "0.2", "contrast": "0.2", "saturation": "0.2", "sizes": "[[0,12],[1,16]]", "mixup": "0.2",
    "cutmix": "1.0",
}  # fmt: skip
KEYS = {
    "accumulate": ["hardware.accumulate=3"],
    "clip": ["hardware.clip_norm=0.1", "hardware.clip_value=0.01"],
    "no guard": ["hardware.guard=0"],
    "every step guarded": ["hardware.guard=1"],
    "skip": ["hardware.nonfinite=skip"],
    "rewind": ["hardware.nonfinite=rewind"],
    "split": ["hardware.on_oom=split"],
    "channels last": ["hardware.channels_last=true", "model=cnn", "model.dropout=0"],
    "graphs": ["hardware.graphs=true"],
    "smoothing": ["task.label_smoothing=0.1"],
    "class weights": ["task.class_weight=balanced"],
    "ema": ["callback=[record,checkpoint,ema]"],
    "snapshot": ["callback=[record,checkpoint,snapshot]"],
    "monitor": ["callback=[record,checkpoint,monitor]", "callback.monitor.every_steps=1"],
    "tta": ["callback=[record,checkpoint,tta]", "model=cnn", "model.dropout=0"],
    "plateau": ["schedule=plateau"],
}


# of many layers, whose batch statistics make much of rounding where a batch is small
DEAR = {"resnet18", "resnet20", "torchvision", "wideresnet"}
# what goes much the same way as another one
ALIKE = {
    "no guard",
    "every step guarded",
    "rewind",
    "smoothing",
    "class weights",
    "snapshot",
    "plateau",
    "wine",
    "digits",
}


def param(value, *, dear):
    return pytest.param(value, marks=[pytest.mark.slow] if dear else [])


def numbers(folder):
    """Return every loss of the record, by row and name: rates of a few samples jump where rounding moves one."""
    for number, row in enumerate(rows(folder)):
        for name, value in row.items():
            if name.startswith(("train/", "valid/", "test/")) and "loss" in name:
                yield f"{number} {name}", value


def agree(tmp_path, *words, tolerance=5e-3):
    steady = [] if any(word.startswith("optimizer=") for word in words) else STEADY
    for device, chosen in (("gpu", GPU), ("cpu", CPU)):
        assert trained(tmp_path / device, "epochs=2", *chosen, *steady, *words)["status"] == "finished"
    here, there = dict(numbers(tmp_path / "gpu")), dict(numbers(tmp_path / "cpu"))
    assert here.keys() == there.keys()
    assert len(here) > 3
    assert here == pytest.approx(there, rel=tolerance)


@pytest.mark.parametrize("model", [param(name, dear=name in DEAR) for name in MODELS])
def test_every_model(model, tmp_path):
    agree(tmp_path, f"model={model}", *MODELS[model], tolerance=0.1 if model in DEAR else 5e-3)


def test_no_model_is_forgotten():
    assert {path.stem for path in (CONF / "model").glob("*.yaml")} == MODELS.keys() | LIKE_ANOTHER


@pytest.mark.parametrize("name", [param(name, dear=name in ALIKE) for name in DATA])
def test_every_kind_of_data(name, tmp_path):
    agree(tmp_path, *DATA[name])


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", sorted(path.stem for path in (CONF / "optimizer").glob("*.yaml")))
def test_every_optimizer(optimizer, tmp_path):
    agree(tmp_path, f"optimizer={optimizer}", tolerance=0.02)


@pytest.mark.parametrize("keys", [param([key], dear=True) for key in AUGMENT] + [list(AUGMENT)])
def test_every_augmentation(keys, tmp_path):
    augment = [f"++dataset.augment.{key}={AUGMENT[key]}" for key in keys]
    agree(tmp_path, *IMAGES, "model=cnn", "model.dropout=0", *augment, tolerance=0.05)


@pytest.mark.parametrize("name", [param(name, dear=name in ALIKE) for name in KEYS])
def test_every_way_to_train(name, tmp_path):
    agree(tmp_path, *KEYS[name])


@pytest.mark.parametrize("precision", ["tf32", "bf16", "fp16"])
def test_every_precision(precision, tmp_path):
    words = [*IMAGES, *STEADY, "model=cnn", "model.dropout=0"]
    for folder, chosen in (("gpu", [*GPU[:1], f"hardware.precision={precision}"]), ("cpu", CPU)):
        trained(tmp_path / folder, "epochs=2", *chosen, *words)
    here, there = dict(numbers(tmp_path / "gpu")), dict(numbers(tmp_path / "cpu"))
    assert here == pytest.approx(there, rel=0.1)


@pytest.mark.slow
def test_a_killed_run_goes_on_with_the_same_bits(cli):
    done = cli("verify", "resume", "hardware=gpu", "model=mlp", "epochs=2", timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


TWO = ["hardware.processes=2", "hardware.precision=fp32", "callback=[record,checkpoint]", "epochs=2", "batch_size=16"]


@pytest.mark.gpus
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
@pytest.mark.parametrize("hardware", ["ddp", "fsdp"])
@pytest.mark.parametrize("model", ["mlp", "lstm"])
def test_two_devices_train_as_one(hardware, model, cli, tmp_path):
    data = ROWS if model == "lstm" else ["dataset=noise", "dataset.samples=101"]
    words = [f"model={model}", *data, *TWO]
    done = cli(*words, f"hardware={hardware}", "hydra.run.dir=two", timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    words[words.index("hardware.processes=2")] = "hardware.processes=1"
    assert cli(*words, "hardware=cpu", "hydra.run.dir=one", timeout=240).returncode == 0
    here, there = dict(numbers(tmp_path / "two")), dict(numbers(tmp_path / "one"))
    assert here == pytest.approx(there, rel=5e-3)
    assert cli("resume", "two", "epochs=3", "hardware.processes=1", timeout=240).returncode == 0


@pytest.mark.gpus
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
def test_two_devices_are_proved_to_be_as_one(cli):
    done = cli("verify", "ddp", "hardware.device=cuda", "dataset=noise", "model=mlp", timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_shares_memory_on_a_gpu_shares_it_in_a_file(tmp_path):
    weight = torch.arange(6.0, device="cuda").view(3, 2)
    save(tmp_path / "a.pt", {"weight": weight, "tied": weight, "turned": weight.t(), "row": weight[1]})
    found = torch.load(tmp_path / "a.pt", weights_only=True)
    assert found["turned"].tolist() == [[0, 2, 4], [1, 3, 5]]
    assert found["row"].tolist() == [2, 3]
    found["weight"][1] = 7
    assert (found["tied"][1].tolist(), found["row"].tolist()) == ([7, 7], [7, 7])


def test_a_checkpoint_is_read_where_there_is_no_gpu(tmp_path):
    words = ["epochs=1", "callback=[record,checkpoint,ema]", "dataset=noise", "dataset.samples=96"]
    trained(tmp_path / "run", *GPU, *words)
    for name in ("best", "last"):
        state = torch.load(tmp_path / "run" / "checkpoints" / f"{name}.pt", weights_only=True)
        assert {value.device.type for value in tree_leaves(state) if isinstance(value, torch.Tensor)} == {"cpu"}


@pytest.mark.slow
def test_what_was_trained_is_used(cli, tmp_path):
    words = ["dataset=noise", "dataset.samples=96", "model=cnn", "batch_size=16", "epochs=1", "callback.mlflow=null"]
    done = cli(*words, "hardware=gpu", "hydra.run.dir=run", timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    for verb in (
        ["eval", "run"],
        ["predict", "run", "test"],
        ["export", "run", "--format", "pt2"],
        ["resume", "run", "epochs=2", "hardware=cpu"],
        ["resume", "run", "epochs=3", "hardware=gpu"],
        ["bench", *words, "hardware=gpu", "--seconds", "0.2"],
    ):
        done = cli(*verb, timeout=240)
        assert done.returncode == 0, f"{verb}: {done.stdout}{done.stderr}"
