import pytest


@pytest.mark.parametrize("size", [12, 7, 3, 2])
def test_cut_into_pieces_it_trains_like_one_process(pair, size):
    for found in pair:
        assert found[f"fsdp {size}"] == {"losses": True, "state": True}


@pytest.mark.parametrize("size", [12, 2])
def test_the_whole_state_is_cut_into_the_same_pieces_again(pair, size):
    for found in pair:
        assert found[f"loaded {size}"]
