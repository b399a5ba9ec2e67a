import pytest
import torch
from torch import nn

from runner.figure.cam import grad_cam, last_maps, score_of
from runner.model.cnn import CNN
from runner.model.mlp import MLP
from runner.model.resnet import ResNet


def model(**keys):
    torch.manual_seed(0)
    made = CNN((1, 8, 8), 3, **{"widths": [4, 6], **keys})
    for module in made.modules():  # statistics as after a training
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
    return made.eval()


IMAGE = torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("pool", ["max", "avg", "stride"])
@pytest.mark.parametrize("target", [0, 2])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_it_is_the_closed_form_of_cam_where_only_a_mean_and_a_linear_layer_follow(pool, target, batch_norm):
    """Zhou et al. 2016, equation 2: the map of a class is the sum of the features, weighted by the classifier."""
    cnn = model(pool=pool, batch_norm=batch_norm)
    layer = last_maps(cnn, IMAGE)
    index = int(layer.removeprefix("layers."))
    features = cnn.layers[: index + 1](IMAGE)[0]  # after the activation, before the pool
    weights = cnn.layers[-1].weight[target]
    cam = (weights.view(-1, 1, 1) * features).sum(0)
    heat, outputs = grad_cam(cnn, IMAGE, layer, score_of(target))
    torch.testing.assert_close(heat, cam.relu().detach() / features[0].numel())
    assert isinstance(cnn.layers[index], nn.ReLU)
    assert torch.equal(outputs, cnn(IMAGE).detach())


def test_it_is_the_definition_for_any_layer():
    """Selvaraju et al., equations 1 and 2, with the gradient of torch's own graph."""
    cnn = model(widths=[4], depth=2)
    features = cnn.layers[:3](IMAGE).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(cnn.layers[3:](features)[0, 1], features)
    expected = (gradient.mean((2, 3), keepdim=True) * features).sum(1)[0].relu().detach()
    heat, _ = grad_cam(cnn, IMAGE, "layers.2", score_of(1))
    torch.testing.assert_close(heat, expected)


def test_nothing_is_left_behind_and_frozen_weights_do_not_matter():
    cnn = model()
    before, _ = grad_cam(cnn, IMAGE, "layers.12", score_of(0))
    cnn.requires_grad_(False)
    after, _ = grad_cam(cnn, IMAGE, "layers.12", score_of(0))
    assert torch.equal(before, after)
    assert all(parameter.grad is None for parameter in cnn.parameters())
    assert not any(module._forward_hooks for module in cnn.modules())


def test_an_operation_in_place_after_the_layer_does_not_change_it():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2)
    )
    pure = nn.Sequential(net[0], nn.ReLU(), *net[2:])
    assert torch.equal(*(grad_cam(one, IMAGE, "0", score_of(1))[0] for one in (net, pure)))


def test_the_last_maps_are_those_before_they_shrink():
    assert last_maps(model(), IMAGE) == "layers.12"
    assert last_maps(model(widths=[4], batch_norm=False, depth=1), IMAGE) == "layers.1"
    resnet = ResNet((1, 8, 8), 3, widths=[4, 8], depth=1).eval()
    assert isinstance(resnet.get_submodule(last_maps(resnet, IMAGE)), nn.ReLU)


def test_one_score_stands_for_two_classes():
    outputs = torch.tensor([[1.5]])
    assert [score_of(target)(outputs).item() for target in (0, 1, None)] == [-1.5, 1.5, 1.5]
    assert score_of(1)(torch.tensor([[1.0, 2.0]])).item() == 2


def test_what_cannot_be_explained():
    mlp = MLP((1, 8, 8), 3, widths=[4]).eval()
    with pytest.raises(ValueError, match="MLP has no convolution over images"):
        last_maps(mlp, IMAGE)
    with pytest.raises(ValueError, match="no feature maps"):
        grad_cam(model(), IMAGE, "layers", score_of(0))
    lonely = model()
    lonely.spare = nn.Conv2d(1, 1, 1)
    with pytest.raises(ValueError, match="layer spare is not used"):
        grad_cam(lonely, IMAGE, "spare", score_of(0))
