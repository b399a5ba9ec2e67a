import pytest

from runner.history.condition import agrees, matching, read_condition
from runner.history.past import every_run
from runner.notes import add
from tests.history import made


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))
    add(tmp_path / "outputs" / made.FIRST, "the warm-up was short", ["good", "old"])
    return every_run()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["test/accuracy>0.9"], {"FIRST", "trial"}),
        (["test/accuracy > 0.9", "sweep=null"], {"FIRST"}),
        (["model=mlp"], {"FIRST", "THIRD", "trial"}),
        (["model=cnn"], {"SECOND"}),
        (["model._target_=*CNN"], {"SECOND"}),
        (["optimizer.lr<=0.003"], {"FIRST", "THIRD", "trial"}),
        (["optimizer.lr==1e-2"], {"SECOND"}),
        (["status!=finished"], {"THIRD"}),
        (["value=null"], {"THIRD"}),
        (["value!=null", "sweep=null"], {"FIRST", "SECOND"}),
        (["tag=good"], {"FIRST"}),
        (["tag!=good", "sweep=null"], {"SECOND", "THIRD"}),
        (["note~WARM"], {"FIRST"}),
        (["reason~patience"], {"THIRD"}),
        (["model.widths=[32, 64]"], {"SECOND"}),
        (["model.widths=64"], {"SECOND"}),
        (["begun>=2026-11-26 12:00", "begun<2026-11-27", "sweep=null"], {"SECOND"}),
        (["20261126"], {"FIRST", "SECOND"}),
        (["mine"], {"trial"}),
        (["git.dirty=true", "seed=1"], {"trial"}),
    ],
)
def test_which_runs(runs, words, expected):
    names = {made.FIRST: "FIRST", made.SECOND: "SECOND", made.THIRD: "THIRD", "mine/trials/0": "trial"}
    found = matching([read_condition(word) for word in words], runs)
    assert {names[run.get("run")] for run in found} == expected


def test_a_name_that_no_run_has_is_a_mistake_not_an_empty_list(runs):
    with pytest.raises(ValueError, match=r"no run has test/acuracy: did you mean test/accuracy\?"):
        matching([read_condition("test/acuracy>0.9")], runs)
    assert matching([read_condition("batch_size=7")], runs) == []
    assert matching([read_condition("anything=7")], []) == [], "of no runs nothing is known"


@pytest.mark.parametrize("word", ["", ">0.9", "a b>1", "=1"])
def test_what_compares_nothing(word):
    with pytest.raises(ValueError, match="is no condition"):
        read_condition(word)


def test_numbers_are_not_compared_with_texts():
    assert not agrees("cnn", ">", "3")
    assert not agrees(3, "<", "cnn")
    assert not agrees(float("nan"), ">", "0")
    assert not agrees(True, ">", "0")
