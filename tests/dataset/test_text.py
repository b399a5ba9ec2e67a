from collections import Counter
from pydoc_data.topics import topics

import pytest
import torch

from runner.dataset.language.vocabulary import UNKNOWN
from runner.dataset.text import cuts, text
from runner.dataset.typos import Typos


def spelled(tokens, ids):
    return "".join(tokens[i] for i in ids.tolist())


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("Abcab" * 16 + "xAbc" * 5, encoding="utf-8")  # 100 characters
    return str(file)


def test_the_parts_are_the_text_in_its_order_and_unseen_characters_are_unknown(path):
    data = text(path, valid=0.1, test=0.2)
    splits = data.load()
    assert data.tokens == data.classes == (UNKNOWN, "A", "a", "b", "c")
    assert spelled(data.tokens, splits.train.inputs) == ("Abcab" * 16)[:72]
    assert spelled(data.tokens, splits.valid.inputs) == ("Abcab" * 16)[72:]
    assert spelled(data.tokens, splits.test.inputs) == f"{UNKNOWN}Abc" * 5
    assert splits.mean is splits.std is None
    assert data.facts() == {"in_shape": (64,), "classes": 5, "vocabulary": 5, "next_token": True, "sizes": ()}
    assert data.task == "language_modeling"


def test_lower_and_rare(path):
    assert "capitals made small, is the number of its token, from 0 (others: 0)" in text(path, lower=True).preparation
    assert text(path, lower=True).tokens == (UNKNOWN, "a", "b", "c", "x")  # 81 characters, the last is x
    counts = Counter(("Abcab" * 16 + "xAbc" * 5)[:81])
    assert text(path, min_frequency=17).tokens == (UNKNOWN, *sorted(c for c in counts if counts[c] >= 17))


def test_bytes_are_themselves(tmp_path):
    (tmp_path / "x.bin").write_bytes(bytes(range(256)) * 2)
    data = text(str(tmp_path / "x.bin"), level="byte", valid=0.0, test=0.5)
    splits = data.load()
    assert data.preparation.startswith("each byte of the text is the number of its token, from 0; ")
    assert data.tokens == tuple(map(chr, range(256)))
    assert splits.train.inputs.tolist() == splits.test.inputs.tolist() == list(range(256))
    assert len(splits.valid) == 0
    assert text(str(tmp_path / "x.bin"), level="byte", lower=True).load().train.inputs[65].item() == 97


def test_the_default_is_pythons_manual():
    data = text()
    splits = data.load()
    whole = "\n".join(topics[name] for name in sorted(topics))
    read = torch.cat([splits.train.inputs, splits.valid.inputs, splits.test.inputs])
    assert len(read) == len(whole)
    assert spelled(data.tokens, splits.train.inputs) == whole[: len(splits.train)]
    assert len(splits.test) == round(0.1 * len(whole))


def test_batches_are_streams_with_the_keys(path):
    data = text(path, bptt=5, jitter=2)
    splits = data.load()
    batches = data.batches(splits.train, 2, device=torch.device("cpu"), shuffle=True)
    assert (batches.bptt, batches.jitter, batches.tokens) == (5, 2, data.tokens)
    inputs, targets = next(batches())
    assert torch.equal(inputs[:, 1:], targets[:, :-1])


def test_typos_change_training_batches_alone(path):
    data = text(path, typos=Typos(swap=0.2), valid=0.2)
    splits = data.load()
    device = torch.device("cpu")
    train, plain = (d.batches(splits.train, 2, device=device, shuffle=True) for d in (data, text(path, valid=0.2)))
    inputs, targets = next(train(epoch=1))
    assert torch.equal(inputs[:, 1:], targets[:, :-1])
    assert not torch.equal(inputs, next(plain())[0])
    assert not torch.equal(inputs, next(train(epoch=2))[0])
    held = data.batches(splits.valid, 2, device=device)
    assert torch.equal(next(held())[0], next(text(path, valid=0.2).batches(splits.valid, 2, device=device)())[0])


def test_fingerprint_sees_the_text_its_meaning_and_the_cuts(path, tmp_path):
    (tmp_path / "other.txt").write_text("Dbcdb" * 16 + "xDbc" * 5, encoding="utf-8")  # the same numbers
    found = [text(path), text(str(tmp_path / "other.txt")), text(path, test=0.2), text(path)]
    prints = [data.load().fingerprint for data in found]
    assert prints[0] == prints[3]
    assert len(set(prints)) == 3


@pytest.mark.parametrize("length", [0, 1, 7, 100])
@pytest.mark.parametrize(("valid", "test"), [(0, 0), (0.1, 0.1), (0.9, 0.9)])
def test_cuts_hold_everything(length, valid, test):
    sizes = cuts(length, valid, test)
    assert sum(sizes) == length
    assert sizes[2] == round(test * length)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"level": "byte", "min_frequency": 2}, "level=byte keeps all 256"),
        ({"jitter": 40}, r"dataset\.jitter=40"),
        ({"test": 0.99, "valid": 0.5}, "100 characters leave 1 to train on, need at least 2"),
        ({"path": "no/such.txt"}, "no such file"),
    ],
)
def test_mistakes_are_named(path, keys, reason):
    with pytest.raises(ValueError, match=reason):
        text(**{"path": path, **keys})


def test_a_frequency_that_no_character_has_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("abc" * 20)
    with pytest.raises(ValueError, match="min_frequency=1000: no character occurs that often"):
        text(str(tmp_path / "a.txt"), min_frequency=1000)
