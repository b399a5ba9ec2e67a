import json

import pytest

from runner.durable import read_json
from runner.shelf import LAST, PREVIOUS, Shelf
from runner.trust.checkpoint import MANIFEST
from tests.support import outcome, same, trained


def truncate(content):
    return content[: len(content) // 2]


def zero_tail(content):
    return content[:-500] + bytes(500)


def flip(content):
    return content[:700] + bytes([content[700] ^ 1]) + content[701:]


def empty(content):
    return b""


DAMAGE = [truncate, zero_tail, flip, empty]


@pytest.fixture
def shelf(tmp_path):
    shelf = Shelf(tmp_path)
    for number in range(3):
        shelf.put(LAST, {"epoch": number, "step": 10 * number, "ballast": list(range(1000))})
    return shelf


def damage(path, how):
    path.write_bytes(how(path.read_bytes()))


def test_the_last_and_the_one_before_it_are_there(shelf):
    assert shelf.newest()["epoch"] == 2
    (shelf.folder / LAST).unlink()
    assert shelf.newest()["epoch"] == 1, "as after a kill between two renames"
    assert shelf.begun()
    assert sorted(path.name for path in shelf.folder.iterdir()) == [MANIFEST, PREVIOUS]


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(shelf, how, caplog):
    damage(shelf.folder / LAST, how)
    fresh = Shelf(shelf.run)
    assert fresh.newest()["epoch"] == 1
    (record,) = caplog.records
    assert f"{shelf.folder / LAST} is damaged" in record.getMessage()
    assert record.getMessage().endswith("going on from previous.pt, which is of epoch 1, step 10")
    fresh.put(LAST, {"epoch": 3, "step": 30})
    (shelf.folder / LAST).unlink()
    assert Shelf(shelf.run).newest()["epoch"] == 1, "the damaged one has not taken the good one's place"


def test_without_a_manifest_nobody_knows_what_was_written(shelf):
    (shelf.folder / MANIFEST).unlink()
    with pytest.raises(ValueError, match=r"no checkpoint can be used.*last\.pt is not in manifest\.json"):
        Shelf(shelf.run).newest()


def test_where_all_are_damaged_the_run_is_refused_by_name_and_nothing_is_touched(shelf):
    for name in (LAST, PREVIOUS):
        damage(shelf.folder / name, flip)
    before = {path: path.read_bytes() for path in shelf.folder.iterdir()}
    with pytest.raises(ValueError, match=r"no checkpoint can be used.*last\.pt is damaged.*previous\.pt is damaged"):
        Shelf(shelf.run).newest()
    assert {path: path.read_bytes() for path in shelf.folder.iterdir()} == before


def test_a_damaged_file_does_not_become_a_known_one(shelf, monkeypatch):
    """Written over by a save that is killed before the rename: it is as damaged as it was."""
    damage(shelf.folder / LAST, flip)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("runner.statefile.write_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            shelf.put(LAST, {"epoch": 3})
    assert Shelf(shelf.run).newest()["epoch"] == 1
    assert len(read_json(shelf.folder / MANIFEST)[LAST]) == 1


def test_without_a_spare_one_there_is_one_file(tmp_path):
    shelf = Shelf(tmp_path, spare=False)
    for number in range(3):
        shelf.put(LAST, {"epoch": number})
    assert sorted(path.name for path in shelf.folder.iterdir()) == [LAST, MANIFEST]


def test_what_is_owed_is_the_newest_of_each_name_in_order(shelf, monkeypatch):
    written, full = [], True

    def write(path, content):
        if full:
            raise OSError(28, "No space left on device")
        written.append(path.name)

    monkeypatch.setattr(shelf, "write", write)
    for name in ("best.pt", LAST, "epoch-3.pt", LAST):
        shelf.put(name, {})
    shelf.drop("epoch-3.pt")
    with pytest.raises(OSError, match="No space left"):
        shelf.insist()
    assert not shelf.due()
    full = False
    assert shelf.settle()
    assert written == ["best.pt", LAST]
    shelf.insist()


@pytest.mark.parametrize("how", DAMAGE)
def test_a_training_goes_on_from_the_one_before_to_the_same_bits(tmp_path, how, capsys):
    words = ["model.dropout=0.3", "callback.checkpoint.every_steps=3"]
    folder = tmp_path / "run"
    trained(folder, *words)
    expected = outcome(folder)
    (folder / "summary.json").unlink()
    damage(folder / "checkpoints" / LAST, how)
    trained(folder, *words)
    assert "is damaged" in capsys.readouterr().err
    assert same(expected, outcome(folder))
    assert json.loads((folder / "summary.json").read_text())["status"] == "finished"
