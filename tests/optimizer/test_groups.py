import pytest
import torch
from torch import nn

from runner.optimizer.groups import groups


def make():
    return nn.ModuleDict(
        {
            "stem": nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)),
            "layers": nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4)),
            "head": nn.Linear(4, 2),
        }
    )


def names(model, group):
    known = {id(parameter): name for name, parameter in model.named_parameters()}
    return [known[id(parameter)] for parameter in group["params"]]


def test_norms_and_biases_are_not_decayed():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    decayed, plain = groups(model)
    assert {id(p) for p in decayed["params"]} == {id(model[0].weight), id(model[3].weight)}
    assert plain["weight_decay"] == 0
    assert len(plain["params"]) == 4
    assert set(decayed) == {"params"}
    assert set(plain) == {"params", "weight_decay"}
    optimizer = torch.optim.AdamW([decayed, plain], lr=0.1, weight_decay=0.5)
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.5, 0]


def test_frozen_parameters_are_left_out():
    model = nn.Linear(3, 2)
    model.bias.requires_grad_(False)
    [group] = groups(model)
    assert [id(p) for p in group["params"]] == [id(model.weight)]


def test_freeze_stops_gradients_and_leaves_the_rest():
    model = make()
    decayed, plain = groups(model, freeze=["stem.*", "layers.0.*"])
    assert names(model, decayed) == ["layers.1.weight", "head.weight"]
    assert names(model, plain) == ["layers.1.bias", "head.bias"]
    frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    assert frozen == [
        "stem.0.weight",
        "stem.0.bias",
        "stem.1.weight",
        "stem.1.bias",
        "layers.0.weight",
        "layers.0.bias",
    ]


def test_each_multiple_has_its_groups_and_the_first_pattern_counts():
    model = make()
    made = groups(model, rates={"head.*": 2, "*.bias": 0.5, "h*": 9.0, "layers.*": 0.1})
    read = {(group["multiple"], "weight_decay" in group): names(model, group) for group in made}
    assert read == {
        (1.0, False): ["stem.0.weight"],
        (1.0, True): ["stem.1.weight"],
        (0.5, True): ["stem.0.bias", "stem.1.bias", "layers.0.bias", "layers.1.bias"],
        (0.1, False): ["layers.0.weight", "layers.1.weight"],
        (2.0, False): ["head.weight"],
        (2.0, True): ["head.bias"],
    }
    optimizer = torch.optim.SGD(made, lr=0.1)
    assert [group["multiple"] for group in optimizer.param_groups] == [group["multiple"] for group in made]


def test_rates_and_freeze_together():
    model = make()
    made = groups(model, freeze=["stem.*", "layers.*"], rates={"stem.*": 0.1, "*": 0.5})
    assert [(group["multiple"], names(model, group)) for group in made] == [
        (0.5, ["head.weight"]),
        (0.5, ["head.bias"]),
    ]


def test_a_tied_parameter_goes_by_either_name():
    model = nn.ModuleDict(
        {"embedding": nn.Embedding(5, 4), "out": nn.Linear(4, 5, bias=False), "more": nn.Linear(5, 5)}
    )
    model["out"].weight = model["embedding"].weight
    assert names(model, groups(model, rates={"out.*": 0.1})[0]) == ["embedding.weight"]
    assert [names(model, group) for group in groups(model, freeze=["out.*"])] == [["more.weight"], ["more.bias"]]


@pytest.mark.parametrize("key", ["freeze", "rates"])
@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("layer.*", "did you mean layers.*"),
        ("head.wieght", "did you mean head.weight"),
        ("zzz", "there is stem.0.weight, stem.0.bias"),
    ],
)
def test_a_pattern_that_matches_nothing_is_refused_with_a_hint(key, pattern, hint):
    given = {"freeze": [pattern]} if key == "freeze" else {"rates": {pattern: 0.1}}
    with pytest.raises(ValueError) as error:
        groups(make(), **given)
    assert str(error.value).startswith(f"optimizer.{key}: {pattern!r} matches no parameter: {hint}")


def test_nothing_left_to_train_is_refused():
    with pytest.raises(ValueError, match=r"optimizer\.freeze: \['\*'\] leaves no parameter to train"):
        groups(make(), freeze=["*"])


def test_statistics_of_a_frozen_norm_still_move_as_the_docstring_says():
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 2))
    groups(model, freeze=["0.*"])
    model(torch.randn(8, 2) + 5)
    assert model[0].running_mean.abs().min() > 0
