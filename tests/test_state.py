import json
import random

import numpy
import pytest
import torch

from runner.state import MANIFEST, load, random_state, restore_random, save


def test_random_generators_go_on_where_they_were(tmp_path):
    save(tmp_path / "a.pt", {"random": random_state()})
    drawn = (torch.rand(3).tolist(), random.random(), numpy.random.rand(3).tolist(), numpy.random.randn())
    restore_random(load(tmp_path / "a.pt")["random"])
    assert drawn == (torch.rand(3).tolist(), random.random(), numpy.random.rand(3).tolist(), numpy.random.randn())


def test_a_flipped_bit_is_noticed(tmp_path):
    path = tmp_path / "a.pt"
    save(path, {"model": torch.arange(1000.0)})
    assert torch.equal(load(path)["model"], torch.arange(1000.0))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    torch.load(path, weights_only=True)  # torch itself does not notice
    with pytest.raises(ValueError, match=r"a\.pt is damaged"):
        load(path)


def test_killed_between_manifest_and_file_the_old_file_still_counts(tmp_path):
    path = tmp_path / "a.pt"
    save(path, {"n": 1})
    old = path.read_bytes()
    save(path, {"n": 2})
    path.write_bytes(old)  # as if the kill had come before the rename
    assert load(path) == {"n": 1}
    save(path, {"n": 3})
    assert load(path) == {"n": 3}
    assert len(json.loads((tmp_path / MANIFEST).read_text())["a.pt"]) == 2


def test_killed_there_twice_the_old_file_still_counts(tmp_path, monkeypatch):
    path = tmp_path / "a.pt"
    save(path, {"n": 1})

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("runner.state.write_whole", killed)
    for number in (2, 3):
        with pytest.raises(KeyboardInterrupt):
            save(path, {"n": number})
    assert load(path) == {"n": 1}


def test_code_is_never_loaded(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "canary"), "w"))

    torch.save({"model": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(Exception, match=r"weights_only|Unsupported"):
        load(tmp_path / "evil.pt")
    assert not (tmp_path / "canary").exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"no checkpoint .*none\.pt"):
        load(tmp_path / "none.pt")
