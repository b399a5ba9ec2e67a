"""What is wrong is looked at in tests/faults/test_data.py; here is what must not be taken for it."""

import pytest

from runner.dataset.validate import validated
from runner.make import make
from tests.support import config


@pytest.mark.parametrize("name", ["digits", "rows", "noise", "text", "ratings", "wine", "diabetes", "breast_cancer"])
def test_what_is_right_is_let_through(name):
    data = make(config(f"dataset={name}").dataset)
    assert len(validated(data).train) > 0
