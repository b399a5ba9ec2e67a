from pathlib import Path

import pytest

from runner.stream import ascii_of
from runner.sweep.results import read_results
from runner.sweep.table import duration, final_text, names, number, saved, short
from tests.sweep import made


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.98765, "0.9877"), (0.0, "0.0000"), (1e-5, "1e-05"), (286079.0, "286079"), (-12.5, "-12.5000")],
)
def test_values_in_few_characters(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        ("0.012345678", "0.01235"),
        ("16", "16"),
        ("1e-3", "1e-3"),
        ("cnn", "cnn"),
        ("[64,32]", "[64,32]"),
        ("0.1", "0.1"),
    ],
)
def test_parameters_in_few_characters(text, shorter):
    assert short(text) == shorter


def test_names_are_as_short_as_they_stay_different():
    assert names(["optimizer.lr", "schedule.lr", "model.width", "model", "a.b.width"]) == {
        "optimizer.lr": "optimizer.lr",
        "schedule.lr": "schedule.lr",
        "model.width": "model.width",
        "model": "model",
        "a.b.width": "b.width",
    }
    assert names(["optimizer.lr", "model"]) == {"optimizer.lr": "lr", "model": "model"}


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (0.04, "0.0 s"), (99.0, "99.0 s"), (600, "10 min"), (7200, "2.0 h")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.fixture
def study(tmp_path):
    return made.study(tmp_path / "digits-lr", identity=made.identity({"optimizer.lr": "", "model": ""}))


def test_the_end_of_a_search(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for index in range(12):
        made.add(study, value=0.9 + index / 100, texts={"optimizer.lr": f"{0.5 / (index + 1)}", "model": "cnn"})
    made.add(study, "PRUNED", value=0.4, epochs=3)
    made.add(study, "FAIL", reason="RuntimeError: it\nbroke")
    made.add(study, "PRUNED", infeasible=True, reason="out of memory")
    study.enqueue_trial({})
    folder = Path("digits-lr")
    (folder / "best.yaml").touch()
    (folder / "report.html").touch()
    lines = final_text(read_results(study), folder, {"optimizer.lr": 0.9, "model": 0.1}).splitlines()
    assert lines[0] == "digits-lr · valid/accuracy (max) · bayes"
    assert lines[2].split() == ["trial", "value", "epochs", "time", "lr", "model"]
    assert [line.split()[0] for line in lines[3:13]] == [f"#{number}" for number in range(11, 1, -1)]
    assert lines[3].split() == ["#11", "1.0100", "10", "1.5", "s", "0.04167", "cnn"]
    assert lines[13] == "            and 2 more"
    rest = [line.split(maxsplit=1) for line in lines[15:]]
    assert rest[0] == ["trials", "16: 12 complete · 1 pruned · 1 infeasible · 1 failed · 1 waiting"]
    assert rest[1] == ["pruning", "3 of 10 epochs trained in the trials that were pruned"]
    assert rest[2] == ["noise", "one run each: it is not known whether #11 is better than #10 or was"]
    assert ["matters", "optimizer.lr 90% · model 10%"] in rest
    assert ["failed", f"#13 RuntimeError: it broke ({folder}/trials/13/log.txt)"] in rest
    assert ["infeasible", f"#14 out of memory ({folder}/trials/14/log.txt)"] in rest
    assert lines[-3].split(maxsplit=1) == ["next", f"runner {folder}/best.yaml"]
    assert [line.strip() for line in lines[-2:]] == ["runner report digits-lr", "runner resume digits-lr"]


def test_a_search_that_is_over_can_be_extended_unless_it_is_a_grid(tmp_path):
    for sampler, last in (("x.bayes", "runner resume s sweep.trials=4"), ("x.grid", "runner report s")):
        study = made.study(tmp_path / sampler, name="s", identity=made.identity({}, sampler))
        made.add(study, value=1.0)
        made.add(study, value=2.0)
        assert final_text(read_results(study), "s").splitlines()[-1].removeprefix("      next").strip() == last


@pytest.mark.parametrize("keys", [2, 9])
def test_eighty_columns_hold_many_long_keys(tmp_path, keys):
    study = made.study(tmp_path / "s")
    for index in range(12):
        texts = {f"dataset.augment.policy{key}": f"{0.123456789 * (key + index)}" for key in range(keys)}
        made.add(study, value=0.5 + index, texts=texts, per_seed=[[0.4 + index], [0.6 + index]])
    made.add(study, "FAIL", reason="word " * 60)
    text = final_text(read_results(study), "s", {f"dataset.augment.policy{key}": 1 / keys for key in range(keys)})
    assert max(map(len, text.splitlines())) <= 80
    assert "policy0=" in text if keys == 9 else "policy0" in text.splitlines()[2]
    assert "± sd" in text


def test_a_command_is_not_broken(study):
    made.add(study, value=1.0)
    folder = "outputs/" + "a-long-name" * 10
    assert f"{folder}/" in final_text(read_results(study), folder)
    lines = [line.strip() for line in final_text(read_results(study), folder, width=20).splitlines()]
    assert lines[-2:] == ["next  runner report digits-lr", "runner resume digits-lr sweep.trials=2"]


def test_several_objectives_show_the_front(tmp_path):
    study = made.study(tmp_path / "s", objectives=["test/accuracy", "params"], directions=["maximize", "minimize"])
    for values in ([0.9, 100.0], [0.8, 50.0], [0.7, 60.0]):
        made.add(study, value=values)
    text = final_text(read_results(study), "s")
    assert text.splitlines()[0] == "s · test/accuracy (max), params (min)"
    assert [line.split()[:3] for line in text.splitlines()[2:5]] == [
        ["trial", "test/accuracy", "params"], ["#0", "0.9000", "100"], ["#1", "0.8000", "50"]
    ]  # fmt: skip
    assert "a front of 2" in text


def test_confirmed_trials_show_their_mean(tmp_path):
    study, again = made.study(tmp_path / "s"), made.study(tmp_path / "s", suffix="/confirm")
    made.add(study, value=0.99)
    made.add(study, value=0.95)
    for seed in (1, 2):
        made.add(again, value=0.90 + 0.01 * seed, of=1, seed=seed)
    lines = final_text(read_results(study, again), "s").splitlines()
    assert lines[2].split() == ["trial", "value", "confirmed", "±", "sd", "n", "epochs", "time"]
    assert lines[3].split()[:5] == ["#1", "0.9500", "0.9150", "0.0071", "2"]
    assert lines[4].split()[:5] == ["#0", "0.9900", "-", "-", "-"]


def test_nothing_finished(study):
    made.add(study, "FAIL", reason="no")
    text = final_text(read_results(study), "x")
    assert "0 complete · 1 failed" in text
    assert "noise" not in text


def test_what_pruning_left_out_counts_seeds_and_searched_epochs(tmp_path):
    study = made.study(tmp_path / "s", identity=made.identity({}, seeds=2))
    made.add(study, "PRUNED", value=0.1, epochs=4)
    made.add(study, "PRUNED", value=0.1, epochs=1, texts={"epochs": "30"})
    assert saved(read_results(study)).startswith("5 of 80 epochs")


def test_ascii(study):
    made.add(study, value=1.0, texts={"model": "größe"}, per_seed=[[1.0], [1.0]])
    text = ascii_of(final_text(read_results(study), "s"))
    assert text.isascii()
    assert "digits-lr | valid/accuracy (max) | bayes" in text
    assert "+- sd" in text
