import copy

import torch
from torch import nn

from runner.callback.tta import TTA, Views
from tests.support import built, trained


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, 3)).eval()


def test_the_mean_over_the_image_and_its_mirror():
    model, images = network(), torch.randn(4, 1, 8, 8)
    torch.testing.assert_close(Views(model, True, 0)(images), (model(images) + model(images.flip(-1))) / 2)


def test_shifted_views_by_hand():
    model, images = network(), torch.randn(2, 1, 8, 8)
    up = torch.cat([images[..., :1, :], images[..., :-1, :]], dim=-2)  # the edge is repeated
    down = torch.cat([images[..., 1:, :], images[..., -1:, :]], dim=-2)
    first = torch.cat([up[..., :1], up[..., :-1]], dim=-1)
    second = torch.cat([down[..., 1:], down[..., -1:]], dim=-1)
    expected = (model(images) + model(first) + model(second)) / 3
    torch.testing.assert_close(Views(model, False, 1)(images), expected)


def test_the_weights_keep_their_names():
    model = network()
    views = Views(model, True, 2)
    assert views.state_dict().keys() == model.state_dict().keys()
    other = copy.deepcopy(model)
    nn.init.zeros_(other[0].weight)
    views.load_state_dict(other.state_dict())
    assert model[0].weight.abs().sum() == 0


def test_it_wraps_what_ema_evaluates_whatever_the_order(tmp_path):
    run = built(tmp_path / "run", "callback=[record,tta,ema,checkpoint]")
    for callback in run.callbacks.values():
        callback.start(run)
    assert isinstance(run.evaluated, Views)
    assert run.evaluated.model is run.callbacks["ema"].average
    run.callbacks["record"].close(run)


def test_a_run_with_it_saves_plain_weights(tmp_path):
    trained(tmp_path / "run", "callback=[record,tta,checkpoint]", "epochs=1")
    best = torch.load(tmp_path / "run" / "checkpoints" / "best.pt", weights_only=True)["model"]
    assert all(name.startswith("layers.") for name in best)


def test_off_is_the_model_itself():
    model, images = network(), torch.randn(2, 1, 8, 8)
    assert torch.equal(Views(model, TTA(flip=False).flip, 0)(images), model(images))
