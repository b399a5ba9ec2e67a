import pytest

from runner.sweep.results import read_results
from runner.sweep.row import KINDS, Row, inside
from tests.sweep import made


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (Row(0, "COMPLETE", (1.0,)), "complete"),
        (Row(0, "PRUNED"), "pruned"),
        (Row(0, "PRUNED", infeasible=True), "infeasible"),
        (Row(0, "FAIL"), "failed"),
        (Row(0, "RUNNING"), "running"),
        (Row(0, "WAITING", infeasible=True), "waiting"),
    ],
)
def test_what_became_of_it(row, kind):
    assert row.kind == kind
    assert kind in KINDS
    assert row.is_over == (kind in KINDS[:4])
    assert row.counts == (kind == "complete")


def test_a_trial_that_is_trained_again_has_the_name_of_the_first():
    assert Row(4, "WAITING").name == "4"
    assert Row(4, "COMPLETE", run="trials/4").name == "4"
    assert Row(0, "COMPLETE", run="trials/4-seed7").name == "4-seed7"


def test_the_spread_over_seeds():
    row = Row(0, "COMPLETE", (2.0, 5.0), per_seed=((1.0, 4.0), (3.0, 6.0), (2.0,)))
    assert row.spread() == (pytest.approx(1.0), 3)
    assert row.spread(1) == (pytest.approx(2**0.5), 2)
    assert Row(0, "COMPLETE", (2.0,)).spread() == (None, 1)
    assert Row(0, "FAIL").spread() == (None, 0)


def test_everything_that_a_worker_has_noted_is_read(tmp_path):
    study = made.study(tmp_path / "s")
    made.add(
        study, value=0.5, texts={"a": "x=y", "+b": "1"}, curve={1: 0.1, 2: 0.5}, reason="why", host="there",
        seconds=3.25, epochs=7, per_seed=[[0.4], [0.6]], owner="me",
    )  # fmt: skip
    row = read_results(study).rows[0]
    assert (row.number, row.state, row.values, row.run) == (0, "COMPLETE", (0.5,), "trials/0")
    assert (dict(row.texts), dict(row.curve)) == ({"a": "x=y", "b": "1"}, {1: 0.1, 2: 0.5})
    assert (row.reason, row.host, row.seconds, row.epochs, row.owner) == ("why", "there", 3.25, 7, "me")
    assert row.per_seed == ((0.4,), (0.6,))
    assert (row.ended - row.begun).total_seconds() == 1.5


def test_a_key_that_was_added_is_said_with_its_plus(tmp_path):
    study = made.study(tmp_path / "s")
    made.add(study, value=1.0, overrides=["+model.width=8", "seed=1"])
    row = read_results(study).rows[0]
    assert row.overrides == ("+model.width=8", "seed=1")
    assert row.texts == {"model.width": "8", "seed": "1"}


@pytest.mark.parametrize("run", ["../x", "/etc", "trials/../../x", "..", ".", "", None])
def test_a_trials_folder_is_below_its_searchs(run):
    assert inside(run) == ""
    assert inside("trials/3-seed1") == "trials/3-seed1"
