import json
import sys

import pytest

from runner.folder import lock
from runner.reproduce.answer import find_answer
from tests.reproduce import made
from tests.support import config, trained


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made.table(tmp_path)
    return tmp_path / "outputs"


def test_a_run_that_is_done_answers_and_another_configuration_does_not(outputs):
    trained(outputs / "a", *made.CSV)
    found, sentence = find_answer(config(*made.CSV))
    assert found.complete
    assert found.folder == outputs / "a"
    assert sentence == "a has done it already"
    assert found.lines()[0].startswith("finished in ")
    assert find_answer(config(*made.CSV, "seed=1")) == (None, "no run has this configuration")


def test_one_byte_of_data_makes_another_question(outputs):
    trained(outputs / "a", *made.CSV)
    path = outputs.parent / "data.csv"
    path.write_text(path.read_text().replace(".1", ".2", 1))
    found, sentence = find_answer(config(*made.CSV))
    assert found is None
    assert "but data fingerprint: " in sentence
    path.unlink()
    assert find_answer(config(*made.CSV))[1].startswith("the data cannot be loaded")


def test_so_does_the_users_code_but_not_a_file_that_nobody_imports(outputs, monkeypatch):
    monkeypatch.syspath_prepend(outputs.parent)
    source = outputs.parent / "asked_model.py"
    source.write_text("from runner.model.mlp import MLP\n\n\nclass Mine(MLP):\n    pass\n")
    words = [*made.CSV, "model._target_=asked_model.Mine"]
    trained(outputs / "a", *words)
    (outputs.parent / "other.py").write_text("anything\n")
    assert find_answer(config(*words))[0] is not None
    source.write_text(source.read_text() + "\n")
    found, sentence = find_answer(config(*words))
    assert found is None
    assert "code asked_model.py: " in sentence
    del sys.modules["asked_model"]


def test_packages_and_our_own_code_count(outputs):
    trained(outputs / "a", *made.CSV)
    path = outputs / "a" / "environment.json"
    then = json.loads(path.read_text())
    for change, word in (
        ({"packages": {**then["packages"], "torch": "0.1"}}, "package torch"),
        ({"code": {**then["code"], "runner": "0" * 64}}, "code of runner"),
        ({"code": None, "data": {}}, "record of code and data"),
    ):
        path.write_text(json.dumps({**then, **change}))
        assert word in find_answer(config(*made.CSV))[1]


def test_an_interrupted_one_goes_on_unless_another_is_complete(outputs):
    words = [*made.CSV, "epochs=3"]
    made.interrupted(outputs / "b", *words, updates=5)
    found, sentence = find_answer(config(*words))
    assert (found.complete, found.folder) == (False, outputs / "b")
    assert sentence == "b has begun it and goes on"
    (outputs / "b" / "summary.json").unlink()  # kill -9
    assert find_answer(config(*words))[0].folder == outputs / "b"
    (outputs / "first" / "trials").mkdir(parents=True)
    (outputs / "b").rename(outputs / "first" / "trials" / "0")
    assert find_answer(config(*words))[0] is None  # that is for its search to do
    (outputs / "first" / "trials" / "0").rename(outputs / "b")
    with lock(outputs / "b"):
        assert find_answer(config(*words))[0] is None
    trained(outputs / "a", *words)
    assert find_answer(config(*words))[0].folder == outputs / "a"


def test_a_run_that_was_made_longer_is_not_what_its_words_say(outputs):
    trained(outputs / "a", *made.CSV)
    trained(outputs / "a", *made.CSV, "epochs=2")
    found, sentence = find_answer(config(*made.CSV, "epochs=2"))
    assert found is None
    assert "resumed with changes" in sentence


def test_a_folder_of_the_users_choice_is_looked_at_too(outputs, tmp_path):
    trained(tmp_path / "mine", *made.CSV)
    assert find_answer(config(*made.CSV))[0] is None
    assert find_answer(config(*made.CSV), tmp_path / "mine")[0].folder == tmp_path / "mine"


def test_what_the_record_cannot_know_is_trained(outputs, monkeypatch):
    monkeypatch.setenv("WIDTH", "8")
    assert "batch_size=auto" in find_answer(config(*made.CSV, "batch_size=auto"))[1]
    cfg = config(*made.CSV)
    cfg.model.activation = "${oc.env:ACTIVATION,relu}"
    assert "model.activation comes from the environment" in find_answer(cfg)[1]


def test_a_broken_record_is_no_answer(outputs):
    trained(outputs / "a", *made.CSV)
    (outputs / "a" / "summary.json").unlink()
    (outputs / "a" / "config.yaml").write_text("a: [")
    assert find_answer(config(*made.CSV))[0] is None
