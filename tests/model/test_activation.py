from typing import get_args

import pytest
import torch

from runner.model.activation import Activation, activation


@pytest.mark.parametrize("name", get_args(Activation))
def test_is_torchs_function_of_that_name(name):
    inputs = torch.linspace(-3, 3, 50)
    function = getattr(torch, name, None) or getattr(torch.nn.functional, name)
    torch.testing.assert_close(activation(name)(inputs), function(inputs))
