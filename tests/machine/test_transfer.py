"""Copies to a GPU; without one, only what follows from their times."""

import pytest
import torch

from runner.machine.timing import Timing
from runner.machine.transfer import hidden, host_to_device


@pytest.mark.parametrize(
    ("copying", "computing", "both", "share"),
    [
        (2.0, 3.0, 5.0, 0.0),  # they took turns
        (2.0, 3.0, 3.0, 1.0),  # the copy cost nothing
        (2.0, 3.0, 4.0, 0.5),
        (3.0, 2.0, 4.0, 0.5),
        (2.0, 3.0, 6.0, 0.0),  # noise is no negative share
        (2.0, 3.0, 2.9, 1.0),
    ],
)
def test_the_hidden_share_is_of_the_shorter_one(copying, computing, both, share):
    assert hidden(Timing(copying, 0.0), Timing(computing, 0.0), Timing(both, 0.0)) == pytest.approx(share)


@pytest.mark.silicon
@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_pinned_copies_are_faster_and_hide_behind_products():
    device = torch.device("cuda")
    pinned, pageable = (host_to_device(device, pin, seconds=0.6) for pin in (True, False))
    assert pinned.copy_bytes == pageable.copy_bytes == 2**26
    assert pinned.bytes_per_second > pageable.bytes_per_second
    assert pinned.hidden > 0.5
