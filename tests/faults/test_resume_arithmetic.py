"""The arithmetic of resuming: interrupted or killed at any moment, under any settings, a run ends with the same bits.

All in one process, without a disk: a moment costs some hundredths of a second, so that all of them can be tried.
"""

from __future__ import annotations

import random
import shutil

import numpy
import pytest
import torch
from hypothesis import HealthCheck, Phase, event, given, note, settings
from hypothesis import strategies as st

from runner.statefile import load
from tests.faults.interruptions import difference, go, left, place, plain, whole
from tests.support import config

TEXT = "the quick brown fox jumps over the lazy dog " * 8


@pytest.fixture(autouse=True, scope="module")
def corpus(tmp_path_factory):
    """A text to learn, in the working directory."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "corpus.txt").write_text(TEXT)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield


PICTURES = ["dataset=noise", "dataset.samples=40", "batch_size=7", "epochs=2", "callback.record.every_steps=1"]
WORDS = [
    "dataset=text", "dataset.path=corpus.txt", "dataset.bptt=8", "dataset.jitter=2", "dataset.typos.swap=0.1",
    "task=language_modeling", "model.width=6", "model.dropout=0.3", "batch_size=4", "epochs=2",
]  # fmt: skip
CASES = {
    "dropout, average of the weights and accumulation": [
        *PICTURES, "model=mlp", "model.widths=[8]", "model.dropout=0.3", "hardware.accumulate=3",
        "hardware.clip_norm=1.0", "callback=[record,ema,checkpoint]",
    ],
    "mixed samples, balanced draws, snapshots and views in half precision": [
        *PICTURES, "model=mlp", "model.widths=[8]", "++dataset.augment.mixup=0.4", "++dataset.augment.cutmix=1.0",
        "dataset.sampling=balanced", "schedule=restarts", "schedule.cycle_length=1", "hardware.precision=fp16",
        "callback=[record,tta,snapshot,checkpoint]",
    ],
    "growing pictures, batch normalisation, a plateau, stopped early": [
        *PICTURES, "model=cnn", "model.widths=[4]", "++dataset.augment.sizes=[[0,6],[1,8]]", "schedule=plateau",
        "schedule.patience=0", "schedule.threshold=1.0", "hardware.precision=bf16", "epochs=4",
        "callback=[record,ema,tta,early_stopping,checkpoint]", "callback.early_stopping.patience=2",
        "callback.early_stopping.min_delta=0.9", "callback.checkpoint.every_epochs=3",
    ],
    "frozen layers, row by row": [
        *PICTURES, "model=mlp", "model.widths=[8]", "+optimizer.freeze=[layers.1.*]", "optimizer=rmsprop",
        "dataset.in_memory=false",
    ],
    "a language model that carries its state": [
        *WORDS, "model=lstm", "model.layers=2", "callback=[record,ema,checkpoint]",
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_interrupted_at_every_moment_one_after_the_other(case):
    """After each batch, of training and of every evaluation: each time it saves what the whole run had there."""
    cfg = config(*CASES[case])
    with place() as folder:
        expected = whole(cfg, folder / "whole")
        behind = 0
        for moment, state in enumerate(expected.states, start=1):
            assert go(cfg, folder / "struck", at=moment - behind) == (moment - behind, False)
            saved = plain(load(folder / "struck" / "checkpoints" / "last.pt"))
            behind = expected.behind(moment)
            carried = "" if behind == moment else "_extra_state"  # an evaluation begins and ends without any
            found = difference(state, saved, but=carried)
            assert not found, f"{case}: saved something else at moment {moment}: {found}"
        assert go(cfg, folder / "struck") == (len(expected.states) - behind, True)
        assert not difference(expected.left, left(folder / "struck")), f"{case}: other bits in the end"


@pytest.mark.parametrize("case", CASES)
def test_killed_at_any_moment_it_goes_on_from_its_last_checkpoint(case):
    """What was done since then, rows and files included, is done again and not twice."""
    cfg = config(*CASES[case], "callback.checkpoint.every_steps=3")
    with place() as folder:
        expected = whole(cfg, folder / "whole")
        for moment in range(1, len(expected.states) + 1, 3):
            assert go(cfg, folder / f"{moment}", at=moment, kill=True) == (moment, False)
            assert go(cfg, folder / f"{moment}")[1]
            found = difference(expected.left, left(folder / f"{moment}"))
            assert not found, f"{case}: other bits after a kill at moment {moment}: {found}"


PLAIN = [*PICTURES, "model=mlp", "model.widths=[8]", "model.dropout=0.2", "callback=[record,ema,checkpoint]"]


def test_trained_longer_without_a_schedule_it_is_as_if_the_longer_run_had_been_asked_for():
    """Finished, or interrupted and then asked for more; the measurement of the test set in between is gone."""
    short, long = (config(*PLAIN, "schedule=constant", f"epochs={epochs}") for epochs in (2, 4))
    with place() as folder:
        expected = whole(long, folder / "whole")
        for moment in (0, 3, 5):
            struck = folder / f"{moment}"
            go(short, struck, at=moment)
            assert go(long, struck)[1]
            found = difference(expected.left, left(struck))
            assert not found, f"interrupted at {moment}: {found}"


@pytest.mark.parametrize("schedule", ["onecycle", "plateau"])
def test_trained_longer_and_interrupted_in_what_was_added(schedule):
    """Twice in a row, and at the same place again."""
    short, long = (config(*PLAIN, f"schedule={schedule}", f"epochs={epochs}") for epochs in (1, 3))
    with place() as folder:
        go(short, folder / "short")
        for name in ("whole", "struck"):
            shutil.copytree(folder / "short", folder / name)
        assert go(long, folder / "whole")[1]
        assert not go(long, folder / "struck", at=2)[1]
        assert not go(long, folder / "struck", at=4, kill=True)[1]
        assert not go(long, folder / "struck", at=4)[1]
        assert go(long, folder / "struck")[1]
        assert not difference(left(folder / "whole"), left(folder / "struck"))


def test_rows_are_read_by_other_numbers_of_workers():
    """By none, by two and by one: which of them reads a row decides nothing."""
    words = [*PLAIN, "dataset.in_memory=false"]
    with place() as folder:
        expected = whole(config(*words), folder / "whole")
        go(config(*words, "dataset.workers=2"), folder / "struck", at=3)
        go(config(*words, "dataset.workers=1"), folder / "struck", at=4)
        assert go(config(*words), folder / "struck")[1]
        assert not difference(expected.left, left(folder / "struck"))


class Restless(torch.nn.Module):
    """Draws from every generator whenever it is called, in evaluations too.

    Args:
        in_shape: Of an image.
        classes: Number of outputs.
    """

    def __init__(self, in_shape, classes):
        super().__init__()
        self.layer = torch.nn.Linear(in_shape[1] * in_shape[2], classes)

    def forward(self, inputs):
        kept = torch.rand(inputs.flatten(1).shape) < 0.5 + 0.1 * random.random()
        return self.layer(inputs.flatten(1) * kept) + 0.1 * numpy.random.randn()


def test_a_model_that_draws_in_evaluations_too_is_interrupted_in_each():
    """A second evaluation draws what the first one drew, and training after it what it would have."""
    cfg = config(*PICTURES)
    cfg.model = {"_target_": "tests.faults.test_resume_arithmetic.Restless"}
    with place() as folder:
        expected = whole(cfg, folder / "whole")
        moments = [i for i, epochs in enumerate(expected.evaluations, start=1) if epochs is not None]
        assert len(moments) == 4  # one in each of two epochs, two of the test
        for moment in moments:
            for kill in (False, True):
                struck = folder / f"{moment}{kill}"
                assert go(cfg, struck, at=moment, kill=kill) == (moment, False)
                assert go(cfg, struck)[1]
                assert not difference(expected.left, left(struck))


OPTIMIZERS = ("sgd", "adam", "adamw", "nadam", "rmsprop", "adagrad", "lion", "muon")
SCHEDULES = (
    "constant", "step", "multistep", "exponential", "linear", "polynomial", "inverse_sqrt", "cosine", "restarts",
    "onecycle", "plateau",
)  # fmt: skip
MODELS = {
    "mlp": ("model=mlp", "model.widths=[8]", "model.dropout=0.3"),
    "frozen": ("model=mlp", "model.widths=[8,8]", "+optimizer.freeze=[layers.1.*]"),
    "cnn": ("model=cnn", "model.widths=[4]"),
    "resnet": ("model=resnet_small",),
}
CHANGES = ("mixup=0.4", "cutmix=1.0", "policy=rand", "policy=trivial", "erase=0.5", "rotate=10", "crop=1", "flip=0.5")


@st.composite
def experiments(draw, models=tuple(MODELS)):
    """The overrides of a small experiment."""

    def one(*choices):
        return draw(st.sampled_from(choices))

    schedule = one(*SCHEDULES)
    words = [f"optimizer={one(*OPTIMIZERS)}", f"schedule={schedule}", f"epochs={one(2, 3)}"]
    words += ["schedule.patience=0", "schedule.threshold=1.0"] if schedule == "plateau" else []
    words += ["schedule.cycle_length=1"] if schedule == "restarts" else []
    words += [f"hardware.clip_norm={one('null', '1.0')}"]
    callbacks = [name for name in ("ema", "early_stopping", "snapshot") if draw(st.booleans())]
    if draw(st.integers(0, 3)) == 0:
        cell = one("rnn", "gru", "lstm", "transformer")
        words += [*WORDS[:-1], f"model={cell}", "model.layers=2"]
        words += ["model.heads=2"] if cell == "transformer" else [f"model.stateful={one('true', 'false')}"]
        words += [f"hardware.precision={one('fp32', 'bf16')}"]  # torch has no LSTM in fp16 on a CPU
    else:
        model = one(*models)
        words += ["dataset=noise", f"dataset.samples={one(40, 56, 64)}", f"batch_size={one(8, 11, 16)}", *MODELS[model]]
        words += [f"dataset.sampling={one('null', 'balanced')}", f"dataset.in_memory={one('true', 'false')}"]
        words += [f"++dataset.augment.{change}" for change in draw(st.sets(st.sampled_from(CHANGES), max_size=3))]
        words += [f"hardware.precision={one('fp32', 'bf16', 'fp16')}"]
        if model in ("cnn", "resnet"):  # which take pictures of any size
            words += ["++dataset.augment.sizes=[[0,6],[1,8]]"] if draw(st.booleans()) else []
        else:
            words += [f"hardware.accumulate={one(1, 2, 3)}"]
        callbacks += ["tta"] if draw(st.booleans()) else []
    words += [f"callback=[{','.join(['record', *callbacks, 'checkpoint'])}]"]
    words += ["callback.early_stopping.patience=1"] if "early_stopping" in callbacks else []
    words += [f"callback.record.every_steps={one(1, 2, 50)}", f"callback.checkpoint.every_steps={one('null', 1, 2, 3)}"]
    return [*words, f"callback.checkpoint.every_epochs={one(1, 2)}", f"callback.checkpoint.keep={one(1, 2)}"]


def always_the_same_bits(words, strikes):
    """Strike a run a few times, at moments of what is left of it, and compare all that it leaves."""
    note(" ".join(words))
    cfg = config(*words)
    with place() as folder:
        expected = whole(cfg, folder / "whole")
        for share, kill in strikes:
            done = go(cfg, folder / "struck", at=1 + int(share * len(expected.states)), kill=kill)[1]
            event("came to its end before" if done else "killed" if kill else "interrupted")
        if not done:
            assert go(cfg, folder / "struck")[1]
        found = difference(expected.left, left(folder / "struck"))
        assert not found, f"{found}\n{' '.join(words)}\n{strikes}"


STRIKES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.booleans()), min_size=1, max_size=4)
UNHURRIED = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@given(experiments(models=("mlp", "frozen", "cnn")), STRIKES)
@settings(max_examples=8, derandomize=True, phases=[Phase.generate], **UNHURRIED)
def test_struck_at_some_moments_under_any_settings(words, strikes):
    always_the_same_bits(words, strikes)


@pytest.mark.siege
@pytest.mark.timeout(1800)
@given(experiments(), STRIKES)
@settings(max_examples=120, **UNHURRIED)
def test_struck_at_some_moments_under_any_settings_many_times(words, strikes):
    always_the_same_bits(words, strikes)
