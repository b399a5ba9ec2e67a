import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from torch import nn

from runner.hardware.graphs import LIMIT, Graphs, Held, check, refuse, refuse_compiled
from runner.model.recurrent import Recurrent

REPO = Path(__file__).parent.parent.parent
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


class Recorder:
    """Stands where graphs are recorded, and computes as usual."""

    def __init__(self):
        self.recorded, self.replayed = [], []

    def __call__(self, model, inputs):
        self.recorded.append(len(inputs))

        def replay(inputs):
            self.replayed.append(len(inputs))
            return model(inputs)

        return replay


def calls(sizes):
    model, recorder = nn.Linear(3, 2), Recorder()
    graphs = Graphs(model, recorder)
    for size in sizes:
        inputs = torch.randn(size, 3)
        assert torch.equal(graphs(inputs), model(inputs))
    return recorder


def test_a_shape_is_recorded_when_it_comes_again_and_replayed_from_then_on():
    recorder = calls([8, 8, 8, 5, 8])
    assert recorder.recorded == [8]
    assert recorder.replayed == [8, 8, 8]


def test_a_short_batch_at_the_start_of_a_resumed_run_costs_nothing():
    recorder = calls([5, 8, 8, 8])
    assert (recorder.recorded, recorder.replayed) == ([8], [8, 8])


def test_there_is_an_end_to_recording():
    sizes = list(range(1, LIMIT + 3))
    recorder = calls([*sizes, *sizes, *sizes])
    assert recorder.recorded == sizes[:LIMIT]
    assert recorder.replayed == sizes[:LIMIT] * 2


def test_other_types_are_other_shapes():
    recorder = Recorder()
    graphs = Graphs(nn.Flatten(), recorder)
    for dtype in (torch.float32, torch.uint8, torch.float32, torch.uint8):
        assert graphs(torch.zeros(2, 3, dtype=dtype)).dtype == dtype
    assert recorder.recorded == [2, 2]


def test_a_look_at_the_layers_is_never_replayed():
    model, recorder, seen = nn.Linear(3, 2), Recorder(), []
    graphs = Graphs(model, recorder)
    for _ in range(3):
        graphs(torch.zeros(4, 3))
    model.register_forward_hook(lambda *_: seen.append(True))
    with torch.no_grad():
        graphs(torch.zeros(4, 3))
    assert seen == [True]
    assert recorder.replayed == [4, 4]


def test_recording_changes_the_roof_and_not_the_model():
    model = nn.Linear(3, 2)
    held = Held(model)
    assert [id(parameter) for parameter in held.parameters()] == [id(parameter) for parameter in model.parameters()]
    held.forward = None  # what recording replaces
    assert torch.equal(deepcopy(model)(torch.ones(1, 3)), model(torch.ones(1, 3)))


def test_models_that_cannot_be_replayed_are_refused():
    with pytest.raises(ValueError, match=r"the model \(Recurrent\) carries a state from batch to batch"):
        Graphs(Recurrent((5,), 4, vocabulary=4, next_token=True))
    with pytest.raises(ValueError, match=r"1 \(BatchNorm1d\) averages with a weight"):
        check(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2, momentum=None)))
    hooked = nn.Sequential(nn.Linear(2, 2))
    hooked[0].register_forward_hook(lambda *_: None)
    with pytest.raises(ValueError, match=r"0 \(Linear\) has a hook"):
        check(hooked)
    check(nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout()))
    check(Recurrent((5, 3), 4))  # a classifier: it begins each text anew


def test_a_hook_that_came_later_is_refused_too():
    model = nn.Linear(3, 2)
    graphs = Graphs(model, Recorder())
    graphs(torch.zeros(4, 3))
    model.register_forward_hook(lambda *_: None)
    with pytest.raises(ValueError, match="has a hook"):
        graphs(torch.zeros(4, 3))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"accumulate": 4}, r"hardware\.accumulate=4: a recorded backward"),
        ({"compile": True}, r"hardware\.compile=true"),
        ({"compile": "reduce-overhead"}, r"hardware\.compile=reduce-overhead"),
        ({"processes": 2}, r"hardware\.processes=2"),
        ({"shard": True}, r"hardware\.shard=true"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(keys, words):
    plain = {"accumulate": 1, "compile": False, "processes": 1, "shard": False}
    refuse(**plain)
    with pytest.raises(ValueError, match=words):
        refuse(**{**plain, **keys})


def test_compiled_graphs_and_accumulation_are_refused_on_a_gpu():
    with pytest.raises(ValueError, match=r"hardware\.compile=max-autotune does not go with hardware\.accumulate=2"):
        refuse_compiled("max-autotune", 2, torch.device("cuda"))
    refuse_compiled("max-autotune", 2, torch.device("cpu"))
    refuse_compiled("reduce-overhead", 1, torch.device("cuda"))
    for plain in (True, False, "default"):
        refuse_compiled(plain, 2, torch.device("cuda"))


def trained(call, model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, fused=True)
    losses = []
    for inputs, targets in batches:
        loss = nn.functional.cross_entropy(call(inputs), targets)
        loss.backward()
        losses.append(loss.detach().clone())
        optimizer.step()
        optimizer.zero_grad()
    return torch.stack(losses)


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("precision", [None, torch.bfloat16])
def test_replays_train_as_usual(precision):
    """The same losses, weights and buffers, through a short batch in the middle and with a copy taken on the way."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5)]
    model = nn.Sequential(*layers).cuda()
    twin = deepcopy(model)
    sizes = [16, 16, 16, 7, 16, 16]
    batches = [
        (torch.randn(size, 3, 8, 8, device="cuda"), torch.randint(0, 5, (size,), device="cuda")) for size in sizes
    ]
    identities = [id(parameter) for parameter in model.parameters()]
    graphs = Graphs(model)

    def call(inputs):
        with torch.autocast("cuda", precision or torch.float16, enabled=precision is not None):
            return graphs(inputs).float()

    def plain(inputs):
        with torch.autocast("cuda", precision or torch.float16, enabled=precision is not None):
            return twin(inputs).float()

    tolerance = {"rtol": 2e-2, "atol": 2e-2} if precision else {"rtol": 1e-3, "atol": 1e-4}
    torch.testing.assert_close(trained(call, model, batches), trained(plain, twin, batches), **tolerance)
    for (name, value), (_, expected) in zip(model.state_dict().items(), twin.state_dict().items(), strict=True):
        torch.testing.assert_close(value, expected, msg=name, **tolerance)
    assert identities == [id(parameter) for parameter in model.parameters()]
    copy = deepcopy(model)
    with torch.no_grad():
        copy[4].weight.zero_()
        copy[4].bias.zero_()
        assert copy(batches[0][0]).abs().max().item() == 0  # a copy computes with its own weights


@pytest.mark.gpu
@needs_cuda
def test_dropout_differs_from_replay_to_replay():
    graphs = Graphs(nn.Sequential(nn.Linear(4, 4), nn.Dropout()).cuda())
    inputs = torch.ones(64, 4, device="cuda")
    state = torch.cuda.get_rng_state()
    graphs(inputs)
    after = torch.cuda.get_rng_state()
    outputs = [graphs(inputs).clone() for _ in range(3)]
    assert not torch.equal(outputs[0], outputs[1])
    assert not torch.equal(outputs[1], outputs[2])
    assert not torch.equal(state, after)


@pytest.mark.gpu
@needs_cuda
def test_a_replay_does_not_wait():
    model = nn.Linear(4, 4).cuda()
    graphs = Graphs(model)
    inputs = torch.ones(8, 4, device="cuda")
    for _ in range(2):
        graphs(inputs).sum().backward()
        model.zero_grad()
    torch.cuda.set_sync_debug_mode("error")
    try:
        graphs(inputs).sum().backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")


ASKS = """
import torch
from torch import nn
from runner.hardware.graphs import Graphs


class Asks(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))

    def forward(self, inputs):
        return inputs * self.weight if inputs.sum().item() > 0 else inputs


graphs = Graphs(Asks().cuda())
inputs = torch.ones(8, 2, device="cuda")
graphs(inputs)
try:
    graphs(inputs)
except ValueError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.gpu
@needs_cuda
def test_what_cannot_be_recorded_says_why():
    """In a process of its own: a recording that fails may leave the device in a bad state."""
    done = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, cwd=REPO, timeout=120)
    assert "hardware.graphs=true: the model cannot be recorded" in done.stdout, done.stderr
