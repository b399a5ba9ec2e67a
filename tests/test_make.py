"""From a node of the configuration to an object: what is refused even where nobody has checked before."""

import sys

import pytest
from omegaconf import OmegaConf

from runner.make import make

SOURCE = """
import os
run = getattr(os, "sys" + "tem")
load = getattr(__import__("pickle"), "loads")
def plain(**keys):
    return keys
"""


@pytest.fixture
def _disguised(tmp_path, monkeypatch):
    (tmp_path / "disguised.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("disguised", None)


@pytest.mark.usefixtures("_disguised")
@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"_target_": "disguised.run", "command": "touch canary"}, "_target_=disguised.run: .*starts programs"),
        ({"_target_": "disguised.plain", "a": {"_target_": "disguised.load"}}, "a._target_=disguised.load: .*pickles"),
        ({"_target_": "disguised.plain", "a": [{"_target_": "torch.load"}]}, r"a\[0\]._target_=torch.load: .*pickles"),
        ({"_target_": "torch.load", "_partial_": True}, "pickles"),
    ],
)
def test_what_a_name_turns_out_to_be_counts(node, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_INSTANTIATE_ALLOWLIST_OVERRIDE", "disguised.run:os.system:torch.load")
    with pytest.raises(ValueError, match=said):
        make(OmegaConf.create(node))
    assert not (tmp_path / "canary").exists()


@pytest.mark.usefixtures("_disguised")
def test_what_is_harmless_is_made():
    assert make(OmegaConf.create({"_target_": "disguised.plain", "a": 1})) == {"a": 1}
    inner = {"_target_": "builtins.dict", "b": 2}
    assert make(OmegaConf.create({"_target_": "disguised.plain", "a": inner})) == {"a": {"b": 2}}
