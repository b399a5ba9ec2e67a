from runner import launch
from runner.compose import run_id


def test_the_processes_of_a_launcher_work_in_one_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_id.cache_clear()  # another test of this process may have drawn one, elsewhere
    handed = []
    monkeypatch.setattr(launch, "hand_over", lambda command, overrides: handed.append(overrides) or 0)
    for words in ([], ["hydra.sweep.dir=outputs/mine"]):
        assert launch.launch(["-m", "hydra/launcher=basic", "model=mlp,linear", *words]) == 0
    (folder,) = (tmp_path / "outputs").iterdir()  # its name was drawn here, once, and not in each process anew
    drawn, given = (next(word for word in words if word.startswith("hydra.sweep.dir=")) for words in handed)
    assert drawn == f"hydra.sweep.dir='outputs/{folder.name}'"
    assert given == "hydra.sweep.dir='outputs/mine'"


def test_needed_answers_from_the_record_with_the_verdict_that_it_had(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["dataset=noise", "dataset.samples=96", "model=linear", "callback=[record,checkpoint]", "epochs=1"]
    asked = [*words, "needed=true", "hydra.run.dir=outputs/a", 'expect={test/accuracy: ">= 1.1"}']
    assert launch.launch(asked) == 3
    assert "no run has this configuration" in capsys.readouterr().out
    before = (tmp_path / "outputs" / "a" / "summary.json").read_text()
    assert "needed" not in (tmp_path / "outputs" / "a" / "overrides.yaml").read_text()
    assert launch.launch([word for word in asked if "run.dir" not in word]) == 3
    told = capsys.readouterr()
    assert "a has done it already" in told.out
    assert "expected test/accuracy >= 1.1" in told.err
    assert (tmp_path / "outputs" / "a" / "summary.json").read_text() == before
    assert (tmp_path / "outputs" / "latest").resolve() == tmp_path / "outputs" / "a"


def test_needed_goes_on_with_what_was_interrupted(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["dataset=noise", "dataset.samples=96", "model=linear", "callback=[record,checkpoint]", "epochs=2"]
    assert launch.launch([*words, "hydra.run.dir=outputs/a"]) == 0
    (tmp_path / "outputs" / "a" / "summary.json").unlink()  # killed at the very end
    assert launch.launch([*words, "needed=true"]) == 0
    assert "a has begun it and goes on" in capsys.readouterr().out
    assert (tmp_path / "outputs" / "a" / "summary.json").is_file()
    assert {path.parent.resolve().name for path in (tmp_path / "outputs").glob("*/config.yaml")} == {"a"}


def test_wrong_words_are_told_as_ever_and_a_search_needs_no_such_word(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert launch.launch(["modle=mlp", "needed=true"]) == 2
    assert "did you mean model?" in capsys.readouterr().err
    assert launch.launch(["-m", "seed=0,1", "needed=true"]) == 2
    assert "does nothing twice by itself" in capsys.readouterr().err
    assert launch.launch(["needed=maybe"]) == 2
    assert list(tmp_path.iterdir()) == []
