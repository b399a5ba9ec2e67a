import pytest

from runner.sweep.noise import compare, judge, paired
from runner.sweep.results import read_results
from tests.sweep import made


def test_the_paired_test_is_student_s():
    first, second = [0.91, 0.93, 0.92, 0.95], [0.90, 0.90, 0.92, 0.91]
    from scipy.stats import ttest_rel

    assert paired(first, second) == pytest.approx(ttest_rel(first, second).pvalue, rel=1e-12)
    assert paired(second, first) == pytest.approx(paired(first, second))


def test_pairing_sees_what_the_spread_between_seeds_would_hide():
    seeds = [0.5, 0.6, 0.7, 0.8, 0.9]  # a lucky seed is lucky for both
    better = [value + 0.01 + 0.0005 * index for index, value in enumerate(seeds)]
    assert paired(better, seeds) < 0.001


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [([1.0], [2.0], None), ([], [], None), ([1.0, 2.0], [1.0, 2.0], 1.0), ([1.1, 2.1], [1.0, 2.0], 0.0)],
)
def test_without_spread_there_is_no_division_by_zero(first, second, p):
    assert paired(first, second) == p


def test_sentences():
    apart = compare("#3", "#1", {0: 0.9, 1: 0.92, 2: 0.91}, {0: 0.8, 1: 0.81, 2: 0.82})
    assert apart.sentence == "#3 is better than #1 (paired t test over 3 seeds, p = 0.0033)"
    assert (apart.distinct, apart.n) == (True, 3)
    alike = compare("#3", "#1", {0: 0.9, 1: 0.8}, {0: 0.8, 1: 0.89, 7: 0.1})
    assert alike.sentence.startswith("#3 cannot be told apart from #1 (paired t test over 2 seeds, p = 0.9")
    assert alike.distinct is False
    once = compare("#3", "#1", {0: 0.9}, {0: 0.8})
    assert once.sentence == (
        "one run each: it is not known whether #3 is better than #1 or was luckier; "
        "sweep.confirm='{top: 3, seeds: 5}' would tell"
    )
    assert once.distinct is None
    assert "#3 and #1 came out equal" in compare("#3", "#1", {0: 0.9}, {0: 0.9}).sentence
    assert compare("#3", "#1", {5: 0.9}, {6: 0.8}, confirmed=True).sentence == (
        "#3 and #1 have too few seeds in common to know whether one is better; more sweep.confirm.seeds would tell"
    )


def test_the_best_of_a_study_and_its_runner_up(tmp_path):
    study = made.study(tmp_path / "s")
    assert judge(read_results(study)).sentence == ""
    made.add(study, value=0.9)
    assert judge(read_results(study)).sentence == "#0 is the only trial that was finished"
    made.add(study, value=0.95, per_seed=[[0.94], [0.95], [0.96]])
    made.add(study, value=0.85, per_seed=[[0.84], [0.855], [0.855]])
    made.add(study, "FAIL")
    verdict = judge(read_results(study))
    assert (verdict.n, verdict.p) == (1, None), "#0 has one seed: nothing is known of it"
    made.add(study, value=0.99, per_seed=[[0.98], [0.99], [1.0]])
    assert judge(read_results(study)).sentence.startswith("#4 is better than #1 (paired t test over 3 seeds, p ")


def test_of_confirmed_trials_the_seed_that_chose_them_does_not_count(tmp_path):
    study, again = made.study(tmp_path / "s"), made.study(tmp_path / "s", suffix="/confirm")
    made.add(study, value=0.99)  # lucky
    made.add(study, value=0.95)
    for seed in (1, 2, 3):
        made.add(again, value=0.90 + 0.001 * seed, of=0, seed=seed)
        made.add(again, value=0.94 + 0.001 * seed**2, of=1, seed=seed)
    results = read_results(study, again)
    assert results.samples(results.rows[0]) == {1: 0.901, 2: 0.902, 3: 0.903}
    assert judge(results).sentence.startswith("#1 is better than #0 (paired t test over 3 seeds, p ")


def test_several_objectives_have_no_best(tmp_path):
    study = made.study(tmp_path / "s", objectives=["a", "b"], directions=["maximize", "minimize"])
    made.add(study, value=[0.9, 5.0])
    made.add(study, value=[0.8, 4.0])
    assert judge(read_results(study)).sentence == "several objectives: there is no single best, but a front of 2"
