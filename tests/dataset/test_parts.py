import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.dataset.parts import stored, three_way

SHARES = st.floats(0, 0.9)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 3), max_size=100), SHARES, SHARES, st.integers(0, 2**31), st.booleans())
def test_every_position_is_in_one_part(labels, valid, test, seed, numbers):
    targets = torch.tensor(labels, dtype=torch.float32 if numbers else torch.int64)
    parts = three_way(targets, valid, test, seed)
    assert sorted(torch.cat(parts).tolist()) == list(range(len(labels)))
    for label in set(labels) if not numbers else ():
        assert (targets[parts[2]] == label).sum().item() == round(test * labels.count(label))
    if numbers:
        assert len(parts[2]) == round(test * len(labels))


def test_fingerprint_sees_each_part_and_what_else_is_given():
    def made(**changed):
        part = (torch.zeros(2, 3), torch.zeros(2))
        return stored(**{"train": part, "valid": part, "test": part, "source": "here", **changed}).fingerprint

    other = (torch.ones(2, 3), torch.zeros(2))
    found = {made(), *(made(**{part: other}) for part in ("train", "valid", "test")), made(identity=[torch.ones(1)])}
    assert len(found) == 5
    assert made() == made(source="elsewhere")
