import importlib
import json
import sys

from runner import sources


def test_our_own_code_has_one_digest_and_only_the_users_files_are_listed():
    assert len(sources.own()) == 64
    assert sources.own() == sources.own()
    listed = sources.imported()
    assert any(path.endswith("test_sources.py") for path in listed)
    for foreign in (json.__file__, sources.__file__, importlib.import_module("omegaconf").__file__):
        assert not any(foreign.endswith(path) for path in listed)


def test_a_file_is_what_it_was_when_it_was_imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "mine_once.py").write_text("a = 1\n")
    importlib.import_module("mine_once")
    before = sources.imported()["mine_once.py"]
    assert before == sources.digest_of("mine_once.py")
    (tmp_path / "mine_once.py").write_text("a = 2\n")
    assert sources.imported()["mine_once.py"] == before != sources.digest_of("mine_once.py")
    del sys.modules["mine_once"]
    assert "mine_once.py" not in sources.imported()


def test_files_that_a_configuration_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("w.pt", "x.csv", "log"):
        (tmp_path / name).write_text(name)
    config = {
        "model": {"weights": "w.pt", "name": "cnn", "list": [{"path": str(tmp_path / "x.csv")}], "odd": "\0"},
        "dataset": {"path": "x.csv"},
        "callback": {"file": "log"},
        "epochs": 3,
    }
    assert sources.named_files(config) == {
        "w.pt": sources.digest_of("w.pt"), str(tmp_path / "x.csv"): sources.digest_of("x.csv")
    }  # fmt: skip
    assert sources.digest_of("nothing") is None
