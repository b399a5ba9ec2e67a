import json

import pytest
import torch

from runner.statefile import load, on_host, save
from runner.trust.checkpoint import MANIFEST


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
    assert load(path)["n"] == 1
    save(path, {"n": 3})
    assert load(path)["n"] == 3
    assert len(json.loads((tmp_path / MANIFEST).read_text())["a.pt"]) == 2


def test_killed_there_twice_the_old_file_still_counts(tmp_path, monkeypatch):
    path = tmp_path / "a.pt"
    save(path, {"n": 1})

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("runner.statefile.write_whole", killed)
    for number in (2, 3):
        with pytest.raises(KeyboardInterrupt):
            save(path, {"n": number})
    assert load(path)["n"] == 1


def test_code_is_never_loaded(tmp_path, monkeypatch):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "canary"), "w"))

    save(tmp_path / "evil.pt", {"model": Evil()})
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")  # which turns torch's own default round
    with pytest.raises(ValueError, match=r"evil\.pt cannot be read as weights: .* \(it asks for _?io\.open"):
        load(tmp_path / "evil.pt")
    assert not (tmp_path / "canary").exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"no checkpoint .*none\.pt"):
        load(tmp_path / "none.pt")


def test_what_is_on_the_cpu_already_is_not_copied():
    weight = torch.ones(3, 2)
    state = {"tied": [weight, weight.t()], "count": 3, "shape": (1, weight)}
    found = on_host(state, {})
    assert found["tied"][0] is weight
    assert found["shape"][1] is weight
    assert found["count"] == 3
