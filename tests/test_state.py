import json

import pytest
import torch

from runner.state import load, save
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

    monkeypatch.setattr("runner.state.write_whole", killed)
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


def test_rows_of_a_carried_state_go_with_the_rows_of_the_batch():
    from runner.hardware.part import part_of
    from runner.model.recurrent import Recurrent
    from runner.state import _rows, carriers

    model = Recurrent((8,), 1, vocabulary=5, next_token=True, width=3)
    assert [module for _, module in carriers(model)] == [model]
    whole = torch.randn(1, 2, 7, 3)  # of seven texts
    two = [whole[:, :, part_of(7, rank, 2, 1).rows] for rank in range(2)]
    assert torch.equal(_rows(model, two, slice(0, 7)), whole)
    for rank in range(3):
        rows = part_of(7, rank, 3, 1).rows
        assert torch.equal(_rows(model, two, rows), whole[:, :, rows])
        assert torch.equal(_rows(model, [whole], rows), whole[:, :, rows])
    assert not _rows(model, [torch.empty(0)] * 2, slice(0, 7)).numel()


def test_an_optimizers_state_has_the_shape_of_its_parameters():
    from runner.state import check_shapes

    layer = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(layer.parameters())
    optimizer.state[layer.weight] = {"step": torch.tensor(1.0), "exp_avg": torch.zeros(2, 3)}
    check_shapes(optimizer)
    optimizer.state[layer.weight]["exp_avg"] = torch.zeros(4, 4)  # torch takes it from a file
    with pytest.raises(RuntimeError, match=r"exp_avg of shape \[4, 4\] for a parameter of \[2, 3\]"):
        check_shapes(optimizer)
