from pathlib import Path

from runner.beside import Beside
from runner.resident import Resident
from runner.sweep.judge import Judge
from runner.sweep.place import Place


def test_other_processes_are_told_all_but_the_data():
    judge = Judge(Place("/there.journal", "s", Path("/s")), 3, {"_target_": "runner.sweep.pruner.none.none"}, 9)
    beside = Beside(judge, Resident(), ("mlflow", "progress"))
    assert Beside.of(beside.plain()) == Beside(judge, None, ("mlflow", "progress"))
    assert Beside.of(Beside().plain()) == Beside()


def test_the_words_are_plain(tmp_path):
    import yaml

    words = Beside(without=("progress",)).plain()
    assert yaml.safe_load(yaml.safe_dump(words)) == words
