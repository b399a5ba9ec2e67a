import pytest
import torch
import yaml
from torch import nn
from torch.nn import functional as F

from runner.home import CONF
from runner.model.resnet import Block, ResNet


def chosen(name):
    keys = yaml.safe_load((CONF / "model" / f"{name}.yaml").read_text())
    assert keys.pop("_target_") == "runner.model.resnet.ResNet"
    return keys


def layers(model, wide):
    """Count layers as the papers do: the first counts the classifier, the second the 1x1 convolutions instead."""
    kernels = [one.kernel_size for one in model.modules() if isinstance(one, nn.Conv2d)]
    return len(kernels) if wide else kernels.count((3, 3)) + 1


def norm(inputs, name, weights):
    return F.batch_norm(inputs, None, None, weights[f"{name}.weight"], weights[f"{name}.bias"], training=True)


@pytest.mark.parametrize(("channels", "width", "stride"), [(4, 4, 1), (4, 6, 1), (4, 4, 2), (4, 8, 2)])
def test_a_block_equals_the_layers_written_out(channels, width, stride):
    block = Block(channels, width, stride)
    for parameter in block.parameters():
        nn.init.normal_(parameter)
    weights = dict(block.named_parameters())
    inputs = torch.randn(3, channels, 6, 6)
    active = F.relu(norm(inputs, "before.0", weights))
    hidden = F.conv2d(active, weights["body.0.weight"], stride=stride, padding=1)
    hidden = F.conv2d(F.relu(norm(hidden, "body.1", weights)), weights["body.3.weight"], padding=1)
    if "shortcut.weight" in weights:
        expected = hidden + F.conv2d(active, weights["shortcut.weight"], stride=stride)
    else:
        expected = hidden + inputs
    torch.testing.assert_close(block(inputs), expected)
    assert ("shortcut.weight" in weights) == (stride != 1 or channels != width)


def expected_parameters(widths, depth, stem, classes):
    total, channels = 9 * 3 * stem, stem
    for width in widths:
        for _ in range(depth):
            total += 2 * channels + 9 * channels * width + 2 * width + 9 * width * width
            total += channels * width if channels != width else 0
            channels = width
    return total + 2 * channels + channels * classes + classes


@pytest.mark.parametrize(
    ("name", "count", "millions"), [("resnet20", 20, 0.27), ("resnet56", 56, 0.85), ("wideresnet", 16, 2.7)]
)
def test_depth_and_size_are_those_of_the_papers(name, count, millions):
    keys = chosen(name)
    model = ResNet((3, 32, 32), 10, **keys)
    total = sum(parameter.numel() for parameter in model.parameters())
    assert layers(model, wide=keys["widen"] > 1) == count
    assert total == expected_parameters([w * keys["widen"] for w in keys["widths"]], keys["depth"], keys["stem"], 10)
    assert total / 1e6 == pytest.approx(millions, rel=0.03)


def test_the_wide_network_of_28_layers_has_the_size_of_the_paper():
    with torch.device("meta"):
        model = ResNet((3, 32, 32), 10, **chosen("wideresnet") | {"depth": 4, "widen": 10})
    assert layers(model, wide=True) == 28
    assert sum(parameter.numel() for parameter in model.parameters()) / 1e6 == pytest.approx(36.5, rel=0.01)


def test_every_stage_but_the_first_halves_the_image():
    seen = []
    model = ResNet((1, 28, 28), 10, **chosen("resnet_small"))
    for one in model.layers:
        one.register_forward_hook(lambda module, inputs, outputs: seen.append(tuple(outputs.shape[1:])))
    assert model(torch.randn(2, 1, 28, 28)).shape == (2, 10)
    assert seen[:5] == [(32, 28, 28), (32, 14, 14), (32, 14, 14), (64, 7, 7), (128, 4, 4)]


def test_convolutions_are_drawn_with_the_variance_of_their_fan_out():
    torch.manual_seed(0)
    model = ResNet((3, 8, 8), 10, widths=[64, 64], depth=1, stem=64)
    for one in model.modules():
        if isinstance(one, nn.Conv2d):
            fan_out = one.weight[0, 0].numel() * one.out_channels
            assert one.weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.06)


def test_dropout_is_between_the_convolutions_of_every_block():
    model = ResNet((1, 8, 8), 3, widths=[4, 8], depth=2, dropout=0.5)
    inputs = torch.randn(4, 1, 8, 8)
    assert sum(isinstance(one, nn.Dropout) for one in model.modules()) == 4
    assert all(isinstance(block.body[3], nn.Dropout) for block in model.modules() if isinstance(block, Block))
    assert not torch.equal(model(inputs), model(inputs))
    assert torch.equal(model.eval()(inputs), model(inputs))


def test_the_memory_layout_changes_no_result():
    model, inputs = ResNet((3, 8, 8), 3, widths=[4, 8], depth=1), torch.randn(4, 3, 8, 8)
    expected = model(inputs)
    outputs = model.to(memory_format=torch.channels_last)(inputs.to(memory_format=torch.channels_last))
    torch.testing.assert_close(outputs, expected)


@pytest.mark.parametrize(
    ("shape", "keys", "reason"),
    [
        ((64,), {"widths": [8]}, "needs images"),
        ((1, 8, 8), {"widths": []}, "at least one stage"),
        ((1, 8, 8), {"widths": [4] * 5}, "fewer model.widths$"),
        ((1, 8, 8), {"widths": [4] * 4, "pool_stem": True}, "model.pool_stem=false"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_way_out(shape, keys, reason):
    with pytest.raises(ValueError, match=reason):
        ResNet(shape, 10, **keys)
