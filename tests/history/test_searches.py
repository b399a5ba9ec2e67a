import json

import pytest

from runner.history.searches import between
from tests.sweep import made


def search(folder, space, values, sampler="runner.sweep.sampler.grid.Grid"):
    study = made.study(folder, identity=made.identity(space, sampler))
    for value in values:
        made.add(study, value=value, texts={"seed": str(value)})
    (folder / "sweep.yaml").write_text(json.dumps({"name": folder.name, "identity": {}}))
    return folder


def test_spaces_samplers_and_what_was_found(tmp_path):
    first = search(tmp_path / "a", {"seed": "0,1", "optimizer.lr": "1,2"}, [0.5, 0.75])
    other = search(tmp_path / "b", {"seed": "0,1,2"}, [0.5], "runner.sweep.sampler.random.random")
    found = between(first, other)
    assert found["space"] == {"seed": ("0,1", "0,1,2"), "optimizer.lr": ("1,2", None)}
    assert found["search"] == {
        "sampler._target_": ("runner.sweep.sampler.grid.Grid", "runner.sweep.sampler.random.random")
    }  # fmt: skip
    assert found["found"]["best"] == (0.75, 0.5)
    assert found["found"]["trials complete"] == (2, 1)
    assert not any(between(first, first).values())
    (other / "study.journal").unlink()
    with pytest.raises(ValueError, match="no study b"):
        between(first, other)
