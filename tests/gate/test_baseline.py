import pytest

from runner.gate.baseline import Tolerance, against, read_baseline, read_tolerance, write_baseline
from runner.gate.measured import Measured, measured
from tests.gate import made


def test_tolerances():
    assert read_tolerance("0.5%") == (None, Tolerance(0.005, True, "0.5%"))
    assert read_tolerance("test/loss=.02") == ("test/loss", Tolerance(0.02, False, ".02"))
    assert read_tolerance("0.5%")[1].slack(-2.0) == pytest.approx(0.01)
    assert read_tolerance("0.5")[1].slack(-2.0) == 0.5
    for text in ("-1%", "x", "", "1 %%", "test/loss=", "=1"):
        with pytest.raises(ValueError, match="write a share"):
            read_tolerance(text)


def test_each_metric_is_bounded_in_its_direction(tmp_path):
    run = measured(made.run(tmp_path / "a", test__accuracy=0.9, test__loss=0.5, valid__loss=0.4, train__loss=0.1))
    bounds = {one.name: one for one in against(run, run, {None: Tolerance(0.1, True, "10%")})}
    assert set(bounds) == {"test/accuracy", "test/loss"}
    assert (bounds["test/accuracy"].comparison, bounds["test/accuracy"].bound) == (">=", pytest.approx(0.81))
    assert (bounds["test/loss"].comparison, bounds["test/loss"].bound) == ("<=", pytest.approx(0.55))
    assert bounds["test/loss"].source == "baseline 0.5 + 10%"
    assert all(bound.holds(run.numbers[name]) for name, bound in bounds.items())


def test_what_a_complete_run_measures_no_more_is_not_compared_unless_it_is_asked_for(tmp_path):
    before = measured(made.run(tmp_path / "before", test__accuracy=0.9, test__top5=1.0))
    run = measured(made.run(tmp_path / "run", test__accuracy=0.9))
    assert [one.name for one in against(run, before, {})] == ["test/accuracy"]
    assert [one.name for one in against(run, before, {}, ["test/top5"])] == ["test/top5"]
    failed = measured(made.run(tmp_path / "failed", status="failed"))
    assert [one.name for one in against(failed, before, {})] == ["test/accuracy", "test/top5"]


def test_without_a_tolerance_the_same_holds_and_the_least_bit_worse_does_not(tmp_path):
    run = measured(made.run(tmp_path / "a", test__accuracy=0.9))
    (bound,) = against(run, run, {})
    assert bound.holds(0.9)
    assert not bound.holds(0.9 - 1e-12)


def test_a_metric_with_a_tolerance_of_its_own_is_compared_too(tmp_path):
    run = measured(made.run(tmp_path / "a", test__accuracy=0.9, test__loss=0.5))
    tolerances = {None: Tolerance(), "seconds": Tolerance(0.2, True, "20%")}
    assert [one.name for one in against(run, run, tolerances)] == ["test/loss", "test/accuracy", "seconds"]
    assert [one.name for one in against(run, run, tolerances, ["test/loss"])] == ["test/loss", "seconds"]


@pytest.mark.parametrize(
    ("names", "message"), [(["epochs"], "neither more nor less is better"), (["test/f1"], "has no number for test/f1")]
)
def test_what_cannot_be_compared(tmp_path, names, message):
    run = measured(made.run(tmp_path / "a", test__accuracy=0.9))
    with pytest.raises(ValueError, match=message):
        against(run, run, {}, names)
    with pytest.raises(ValueError, match="no test metric in common"):
        against(run, Measured("other", "finished", {}), {})


def test_a_tolerance_under_which_anything_holds_is_refused(tmp_path):
    run = measured(made.run(tmp_path / "a", test__accuracy=0.9, test__loss=0.5))
    with pytest.raises(ValueError, match=r"--tolerance 5: test/accuracy 0\.9 could not fall .* of a share say 5%"):
        against(run, run, {None: read_tolerance("5")[1]})
    assert against(run, run, {"test/loss": read_tolerance("5")[1]}, ["test/loss"])[0].bound == 5.5


def test_what_is_written_is_read_as_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = measured(made.run(tmp_path / "outputs" / "a", test__accuracy=0.9, test__loss=float("nan")))
    write_baseline(tmp_path / "b.json", run)
    found = read_baseline(str(tmp_path / "b.json"))
    assert found.numbers == {name: value for name, value in run.numbers.items() if name != "test/loss"}
    assert (found.name, found.data, found.commit) == ("a", "d1", "c" * 40)
    assert read_baseline("a").numbers["test/accuracy"] == 0.9
    for text in ("[]", "{}", '{"metrics": {"a": "b"}}', "nonsense"):
        (tmp_path / "b.json").write_text(text)
        with pytest.raises(ValueError, match="not written by --write-baseline"):
            read_baseline("b.json")
    with pytest.raises(ValueError, match="No such file"):
        read_baseline("nothing.json")
