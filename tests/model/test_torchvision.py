import pytest
import torch
from torch import nn
from torchvision import models

from runner.model.torchvision import RESNETS, SMALLEST, torchvision


def made(seed, function, *args, **keys):
    torch.manual_seed(seed)
    return function(*args, **keys).eval()


def test_is_the_librarys_own_model():
    model = made(0, torchvision, (3, 64, 64), 7, name="resnet18")
    reference = made(0, models.resnet18, weights=None, num_classes=7)
    inputs = torch.randn(2, 3, 64, 64)
    assert torch.equal(model(inputs), reference(inputs))


def test_one_channel_uses_the_first_plane_of_the_first_convolution():
    model = made(0, torchvision, (1, 40, 40), 7, name="mobilenet_v3_small")
    reference = made(0, models.mobilenet_v3_small, weights=None, num_classes=7)
    grey = torch.randn(2, 1, 40, 40)
    red = torch.cat([grey, torch.zeros(2, 2, 40, 40)], 1)
    torch.testing.assert_close(model(grey), reference(red))


def test_more_channels_repeat_the_planes():
    model = made(0, torchvision, (5, 40, 40), 7, name="squeezenet1_1")
    reference = made(0, models.squeezenet1_1, weights=None, num_classes=7)
    inputs = torch.randn(2, 5, 40, 40)
    folded = inputs[:, :3] + torch.cat([inputs[:, 3:], torch.zeros(2, 1, 40, 40)], 1)
    torch.testing.assert_close(model(inputs), reference(folded))


def test_the_small_stem_keeps_the_size_and_the_rest_is_the_librarys():
    model = made(0, torchvision, (3, 16, 16), 7, name="resnet18", small_stem=True)
    reference = made(0, models.resnet18, weights=None, num_classes=7)
    reference.conv1, reference.maxpool = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.Identity()
    reference.load_state_dict(model.state_dict())
    inputs = torch.randn(2, 3, 16, 16)
    assert torch.equal(model(inputs), reference(inputs))
    assert model.maxpool(model.conv1(inputs)).shape == (2, 64, 16, 16)
    assert model.conv1.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.06)


def test_vision_transformers_are_built_for_the_size():
    with torch.device("meta"):
        model = torchvision((1, 32, 32), 7, name="vit_b_16").eval()
        assert model.encoder.pos_embedding.shape[1] == (32 // 16) ** 2 + 1
        assert model(torch.zeros(2, 1, 32, 32)).shape == (2, 7)


@pytest.mark.parametrize(
    ("shape", "keys", "reason"),
    [
        ((3, 32, 32), {"name": "resnet81"}, "did you mean resnet18"),
        ((3, 32, 32), {"name": "fasterrcnn_resnet50_fpn"}, "no classification model"),
        ((64,), {"name": "resnet18"}, "needs images"),
        ((3, 28, 28), {"name": "vgg11"}, "vgg11 needs images of at least 32x32 pixels, got 28x28"),
        ((3, 30, 30), {"name": "vit_b_16"}, "a multiple of 16 pixels, got 30x30"),
        ((3, 32, 64), {"name": "vit_b_16"}, "square"),
        ((3, 32, 32), {"name": "vgg11", "small_stem": True}, "small_stem=true is for resnet"),
        ((3, 32, 32), {"name": "maxvit_t"}, "not divisible"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_way_out(shape, keys, reason):
    with pytest.raises(ValueError, match=reason):
        torchvision(shape, 10, **keys)


@pytest.mark.parametrize("begin", SMALLEST)
def test_the_smallest_images_are_those_of_the_library(begin):
    names = {"convnext": "convnext_tiny", "densenet": "densenet121", "swin": "swin_t", "vgg": "vgg11"}
    name, pixels = names.get(begin, begin), SMALLEST[begin]
    with torch.device("meta"):
        model = torchvision((3, pixels, pixels), 4, name=name)
        assert model.eval()(torch.zeros(2, 3, pixels, pixels)).shape == (2, 4)
        with pytest.raises(RuntimeError, match=r"too small|Kernel size"):
            model(torch.zeros(2, 3, pixels - 1, pixels))
    with pytest.raises(ValueError, match=f"at least {pixels}x{pixels}"):
        torchvision((3, pixels - 1, pixels), 4, name=name)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "mnasnet0_5", "efficientnet_b0", "shufflenet_v2_x0_5"])
def test_other_models_train_on_tiny_images(name):
    model = torchvision((1, 8, 8), 4, name=name)
    outputs = model(torch.randn(2, 1, 8, 8))
    outputs.sum().backward()
    assert outputs.shape == (2, 4)
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_every_residual_network_has_the_stem_that_is_replaced():
    names = [name for name in models.list_models(module=models) if name.startswith(RESNETS)]
    assert len(names) >= 10
    with torch.device("meta"):
        for name in names:
            model = torchvision((3, 8, 8), 2, name=name, small_stem=True)
            assert model.conv1.kernel_size == (3, 3)
            assert isinstance(model.maxpool, nn.Identity)
