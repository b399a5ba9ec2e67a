"""From a search's folder to its study, and from the study to the files."""

import json

import pytest
from omegaconf import OmegaConf

from runner.sweep.place import Place
from runner.sweep.record import description, place_of, plain, read_folder, studies, write_each, write_results
from runner.trust import ledger
from tests.sweep import made
from tests.test_recipe import config


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "outputs" / "s"
    path.mkdir(parents=True)
    describe(path)
    return path


def describe(path, storage=None):
    identity = {"storage": storage, "space": {}, "seeds": 1}
    text = json.dumps({"name": "s", "words": ["-m", "seed=0,1"], "identity": identity})
    (path / "sweep.yaml").write_text(text)
    ledger.note(path.name, text)


def test_the_study_is_a_journal_unless_the_folder_says_otherwise(folder, tmp_path, monkeypatch):
    assert place_of(folder) == Place.at(folder)
    describe(folder, "sqlite:///here.db")
    assert place_of(folder).storage == f"sqlite:///{tmp_path}/here.db"
    monkeypatch.setenv("WHERE", f"sqlite:///{tmp_path}/there.db")
    describe(folder, "${oc.env:WHERE}")
    assert place_of(folder).storage.endswith("there.db")


def test_a_storage_that_cannot_be_reached_is_told_of(folder):
    describe(folder, "postgresql://me:***@127.0.0.1:9/x")
    with pytest.raises(ValueError, match=r"sweep\.storage=postgresql://me@127\.0\.0\.1:9/x: .*PGPASSWORD"):
        place_of(folder)
    describe(folder, "oracle://x")
    with pytest.raises(ValueError, match="unknown kind oracle"):
        place_of(folder)


@pytest.mark.siege
def test_with_a_password_from_the_environment(folder, postgresql, monkeypatch):
    from urllib.parse import unquote, urlsplit

    from runner.sweep.study import create_study

    url = postgresql.fresh()
    study = create_study(Place.at(folder, url), ["maximize"], {"name": "s", "objectives": ["valid/accuracy"]})
    made.add(study, value=0.5)
    from runner.secret import mask_url

    describe(folder, mask_url(url))
    monkeypatch.setenv("PGPASSWORD", unquote(urlsplit(url).password))
    results = read_folder(folder)
    assert [row.values for row in results.rows] == [(0.5,)]


@pytest.mark.parametrize("text", ["[", "- 1\n"])
def test_a_folder_that_says_nothing(folder, text):
    (folder / "sweep.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"sweep\.yaml"):
        description(folder)


def test_no_study(folder):
    with pytest.raises(ValueError, match="no study s"):
        read_folder(folder)


def test_the_stage_that_confirms_is_found(folder):
    made.study(folder)
    assert studies(Place.at(folder))[1] is None
    made.study(folder, suffix="/confirm")
    assert studies(Place.at(folder))[1].study_name == "s/confirm"


def test_all_files_are_written_and_a_recipe_of_another_winner_does_not_stay(folder):
    study = made.study(folder)
    made.add(study, value=0.5)
    run = folder / "trials" / "0"
    run.mkdir(parents=True)
    OmegaConf.save(OmegaConf.create(config("model=mlp")), run / "config.yaml")
    results, importance, wrong = write_results(place_of(folder))
    assert sorted(path.name for path in folder.glob("*.*")) == [
        ".lease", "best.yaml", "results.csv", "study.journal", "sweep.yaml"
    ]  # fmt: skip
    assert "override /model: mlp" in (folder / "best.yaml").read_text()
    assert (results.best().number, importance, wrong) == (0, {}, [])
    made.add(study, value=0.9, overrides=["++model.widths=[3]"])  # on another machine: its folder is not here
    write_results(place_of(folder))
    assert not (folder / "best.yaml").exists()
    asked = []

    def compose(overrides):
        asked.append(overrides)
        return OmegaConf.create(config("model=mlp", *overrides, "objective=[valid/accuracy,params]"))

    write_results(place_of(folder), compose=compose)
    loaded = OmegaConf.load(folder / "best.yaml")
    assert asked == [["++model.widths=[3]"]]
    assert (loaded.model.widths, loaded.objective) == ([3], "valid/accuracy"), "what a trial of several trains for"
    before = (folder / "best.yaml").read_text()
    write_results(place_of(folder))
    assert (folder / "best.yaml").read_text() == before, "it is the winner's, though that one's folder is not here"


def test_a_file_that_cannot_be_written_costs_no_other_one():
    done = []
    wrong = write_each({"a": lambda: 1 / 0, "b": lambda: done.append("b")})
    assert (wrong, done) == (["a was not written: ZeroDivisionError: division by zero"], ["b"])


def test_plain_values_are_json(folder):
    study, again = made.study(folder), made.study(folder, suffix="/confirm")
    made.add(study, value=0.5, texts={"a": "1"}, per_seed=[[0.4], [0.6]])
    made.add(study, value=float("inf"))
    for seed in (1, 2):
        made.add(again, value=0.7, of=0, seed=seed)
    found = json.loads(json.dumps(plain(read_folder(folder), {"a": 1.0}), allow_nan=False))
    assert found["best"]["number"] == 0
    assert found["best"]["again"] == {"1": 0.7, "2": 0.7}
    assert found["best"]["mean"] == 0.7
    assert found["trials"]["complete"] == 2
    assert found["rows"][1]["values"] == ["inf"]
    assert found["front"] is None
    assert found["verdict"]["text"] == "#0 is the only trial that was finished"
