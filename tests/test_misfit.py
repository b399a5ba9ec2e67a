import pytest
import torch
from torch import nn

from runner.misfit import of_model, of_optimizer
from runner.optimizer.lion import lion


def model(width=3):
    return nn.Sequential(nn.Linear(2, width), nn.Linear(width, 1))


def test_what_is_of_the_same_model_fits():
    assert not of_model(model(), model().state_dict())


def test_the_first_difference_of_a_model_is_named():
    assert of_model(model(4), model(3).state_dict()) == "0.weight has shape [3, 2] in it, and [4, 2] in the model"
    assert of_model(model(), nn.Sequential(nn.Linear(2, 3)).state_dict()) == "1.weight of the model is not in it"
    assert of_model(nn.Sequential(nn.Linear(2, 3)), model().state_dict()) == "it has 1.weight, which the model has not"


def test_what_a_language_model_carries_along_may_be_of_any_size():
    from runner.model.recurrent import Recurrent

    fresh, used = (Recurrent((4,), 1, vocabulary=5, next_token=True, width=3) for _ in range(2))
    used(torch.zeros(2, 4, dtype=torch.int64))
    assert not of_model(fresh, used.state_dict())
    assert not of_model(used, fresh.state_dict())


OPTIMIZERS = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, 0.1, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, 0.1),
    "AdamW": lambda parameters: torch.optim.AdamW(parameters, 0.1),
    "RMSprop": lambda parameters: torch.optim.RMSprop(parameters, 0.1),
    "Lion": lambda parameters: lion(parameters, 0.1),
}


@pytest.mark.parametrize("one", OPTIMIZERS)
@pytest.mark.parametrize("other", OPTIMIZERS)
def test_the_state_of_another_optimizer_is_told_by_its_name(one, other):
    here, there = (OPTIMIZERS[name](model().parameters()) for name in (one, other))
    said = of_optimizer(here, there.state_dict(), other)
    assert said == ("" if one == other else f"its optimizer is {other}, this one is {one}")


def test_without_a_name_it_is_told_by_its_settings_unless_it_is_another_version_of_the_same():
    here = OPTIMIZERS["SGD"](model().parameters())
    state = OPTIMIZERS["AdamW"](model().parameters()).state_dict()
    assert of_optimizer(here, state, None) == "its optimizer has betas, which SGD has not"
    older = here.state_dict()
    del older["param_groups"][0]["fused"]
    assert not of_optimizer(here, older, None)
    newer = here.state_dict()
    newer["param_groups"][0]["later"] = True
    assert not of_optimizer(here, newer, None)


def test_groups_and_parameters_are_counted():
    parameters = list(model().parameters())
    here = OPTIMIZERS["SGD"](parameters)
    assert of_optimizer(here, OPTIMIZERS["SGD"](parameters[:3]).state_dict(), "SGD") == (
        "group 0 of its optimizer has 3 parameters, SGD has 4"
    )
    two = OPTIMIZERS["SGD"]([{"params": parameters[:2]}, {"params": parameters[2:]}])
    assert of_optimizer(here, two.state_dict(), "SGD") == "its optimizer has 2 groups of parameters, SGD has 1"
