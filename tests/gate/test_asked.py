from runner.gate.asked import Asked
from tests.gate import made


def test_all_that_is_wrong_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made.run(tmp_path / "outputs" / "a", test__accuracy=0.9)
    asked = Asked()
    runs, expressions = asked.words(["a", "test/acuracy>=1", "b=1", "nope", "c", "seconds"])
    baseline, tolerances = asked.baseline("gone.json", ["x"], [])
    asked.wanted(runs[0], expressions, baseline, tolerances, ["secs"], enough=False)
    asked.folder("junit", tmp_path / "no" / "x.xml")
    told = "\n".join(asked.problems)
    for part in (
        "'b=1' is no expectation", "no run or sweep 'nope'", "no run or sweep 'c'", "seconds is no run: an expectation "
        "has to be quoted", "gone.json", "--tolerance x", "did you mean test/accuracy?", "did you mean seconds?",
        "there is no folder",
    ):  # fmt: skip
        assert part in told
    assert len(asked.problems) == 9


def test_without_expectations_a_run_is_held_to_its_own(tmp_path):
    run = made.run(tmp_path / "a", test__accuracy=0.9, expect={"test/accuracy": ">= 0.95"})
    asked = Asked()
    ((found,), _), none = asked.words([str(run)]), asked.baseline(None, [], [])
    (bound,) = asked.wanted(found, [], *none, [], enough=False)
    assert (bound.bound, bound.source) == (0.95, "its own expect")
    bare = made.run(tmp_path / "b", test__accuracy=0.9)
    ((found,), _) = asked.words([str(bare)])
    assert asked.wanted(found, [], *none, [], enough=True) == []
    assert asked.problems == []
    assert asked.wanted(found, [], *none, [], enough=False) == []
    assert "nothing is asked of" in asked.problems[0]
