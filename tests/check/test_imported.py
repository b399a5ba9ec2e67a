import pytest

from runner.check.imported import imported


def test_it_is_what_hydra_finds():
    from hydra.utils import get_object

    for target in ("torch.nn.Linear", "runner.model.cnn.CNN", "torch.optim.SGD.step"):
        assert imported(target) is get_object(target)


def test_the_cause_is_raised_and_nothing_printed(capfd, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "fails_when_imported.py").write_text("\n\nimport there_is_no_such_thing\n")
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'there_is_no_such_thing'$") as caught:
        imported("fails_when_imported.Net")
    assert caught.traceback[-1].path.name == "fails_when_imported.py"
    with pytest.raises(ImportError, match="Lineer"):
        imported("torch.nn.Lineer")
    assert capfd.readouterr() == ("", "")
