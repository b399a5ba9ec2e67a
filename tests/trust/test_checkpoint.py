"""Files of tensors are read as data; what strangers put into them is in tests/faults/test_hostile.py."""

import collections
import os

import pytest
import torch

from runner.statefile import save
from runner.trust.checkpoint import MANIFEST, read


def test_a_file_of_torch_is_read_and_a_digest_only_if_it_is_asked_for(tmp_path):
    torch.save({"w": torch.ones(3)}, tmp_path / "a.pt")
    assert torch.equal(read(tmp_path / "a.pt", digest=False)["w"], torch.ones(3))
    with pytest.raises(ValueError, match=rf"a\.pt is not in {MANIFEST} beside it"):
        read(tmp_path / "a.pt", digest=True)
    save(tmp_path / "b.pt", {"w": torch.ones(3)})
    assert torch.equal(read(tmp_path / "b.pt", digest=True)["w"], torch.ones(3))


def test_one_of_an_older_torch_is_read_too(tmp_path):
    torch.save({"w": torch.ones(3)}, tmp_path / "a.pt", _use_new_zipfile_serialization=False)
    assert torch.equal(read(tmp_path / "a.pt", digest=False)["w"], torch.ones(3))


def test_where_a_digest_is_known_it_counts(tmp_path):
    save(tmp_path / "a.pt", {"w": torch.ones(300)})
    content = bytearray((tmp_path / "a.pt").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.pt is damaged"):
        read(tmp_path / "a.pt", digest=False)


def test_a_file_that_does_not_fit_twice_is_not_begun(tmp_path, monkeypatch):
    torch.save({"w": torch.ones(3)}, tmp_path / "a.pt")
    free = collections.namedtuple("Memory", "available")(1000)
    monkeypatch.setattr("psutil.virtual_memory", lambda: free)
    with pytest.raises(ValueError, match=r"a\.pt has [\d,]+ bytes, which are needed twice: 1,000 are free"):
        read(tmp_path / "a.pt", digest=False)


def test_a_pipe_and_nothing_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.pt")
    with pytest.raises(ValueError, match=r"pipe\.pt is no plain file"):
        read(tmp_path / "pipe.pt", digest=False)
    with pytest.raises(ValueError, match=r"there is no checkpoint .*none\.pt"):
        read(tmp_path / "none.pt", digest=False)
