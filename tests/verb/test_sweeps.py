"""``runner sweeps``, ``report``, ``show`` and ``resume`` of a sweep's folder."""

import json

import pytest

from runner.folder import lock
from runner.trust import ledger
from runner.verb import report, resume, runs, show, sweeps
from tests.sweep import made


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with two sweeps and a run."""
    monkeypatch.chdir(tmp_path)
    for name in ("first", "second"):
        folder = tmp_path / "outputs" / name
        study = made.study(folder, identity=made.identity({"seed": "0,1"}, "runner.sweep.sampler.grid.Grid"))
        for seed in ("0", "1"):
            made.add(study, value=0.5 + int(seed), texts={"seed": seed})
        made.add(study, "FAIL", reason="ValueError: no")
        words = ["-m", "mine.yaml", "seed=0,1", "sweep.trials=3", f"sweep.name={name}"]
        text = json.dumps({"name": name, "words": words, "identity": {}})
        (folder / "sweep.yaml").write_text(text)
        ledger.note(name, text)
    run = tmp_path / "outputs" / "20260101-000000-aaaaaa"
    run.mkdir()
    (run / "config.yaml").write_text("epochs: 1\n")
    return tmp_path


def test_sweeps_are_listed(place, capsys):
    assert sweeps.main([]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["sweep", "best"]
    assert first == "first     1.5000  2 complete, 1 failed · grid · valid/accuracy"
    assert second.startswith("second    1.5000  ")
    with lock(place / "outputs" / "second"):
        assert sweeps.main(["--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["live"], row["best"]["number"]) for row in rows] == [
        ("first", False, 1), ("second", True, 1)
    ]  # fmt: skip
    assert rows[0]["trials"]["failed"] == 1
    assert rows[0]["objectives"] == ["valid/accuracy"]


def test_one_that_cannot_be_read_does_not_hide_the_others(place, capsys):
    (place / "outputs" / "first" / "study.journal").unlink()
    assert sweeps.main([]) == 0
    first, second = capsys.readouterr().out.splitlines()[1:]
    assert first.startswith("first          -  no study first: ")
    assert "2 complete" in second


def test_the_trials_of_a_sweep_are_one_line_among_runs(place, capsys):
    for number in ("0", "1", "1-seed2"):
        trial = place / "outputs" / "first" / "trials" / number
        trial.mkdir(parents=True)
        (trial / "config.yaml").write_text("epochs: 1\n")
    assert runs.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("20260101-000000-aaaaaa  interrupted")
    assert lines[2:] == ["sweep first: 3 runs, see runner show first, or runner runs --all"]
    assert runs.main(["--all"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert names == [
        "20260101-000000-aaaaaa", "first/trials/0", "first/trials/1", "first/trials/1-seed2"
    ]  # fmt: skip
    assert runs.main(["status=interrupted"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == names  # those that are asked for
    assert runs.main(["--json"]) == 0
    assert [row["run"] for row in json.loads(capsys.readouterr().out)] == names


def test_no_sweeps_yet(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert sweeps.main([]) == 0
    assert "no sweeps in outputs/ yet" in capsys.readouterr().out


def test_a_report_is_written_and_its_path_printed(place, capsys):
    assert report.main(["first", "seco"]) == 0
    assert capsys.readouterr().out.splitlines() == ["outputs/first/report.html", "outputs/second/report.html"]
    assert "<h2>History</h2>" in (place / "outputs" / "first" / "report.html").read_text()
    assert (place / "outputs" / "first" / "results.csv").read_text().startswith("number,state,value,")
    assert report.main(["first", "--out", "deep/page.html", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [str(place / "deep" / "page.html")]
    assert 'href="../outputs/first/trials/0/log.txt"' in (place / "deep" / "page.html").read_text()


def test_a_file_that_cannot_be_written_is_told_of_and_costs_no_report(place, capsys):
    trial = place / "outputs" / "first" / "trials" / "1"
    trial.mkdir(parents=True)
    (trial / "config.yaml").write_text("model: ${nothing}\n")
    assert report.main(["first"]) == 0
    said = capsys.readouterr()
    assert said.out == "outputs/first/report.html\n"
    assert said.err.startswith("warning: best.yaml was not written: ")
    assert said.err.count("\n") == 1
    assert "<h2>History</h2>" in (place / "outputs" / "first" / "report.html").read_text()


def test_of_a_live_sweep_only_the_report_is_written(place, capsys):
    with lock(place / "outputs" / "first"):
        assert report.main(["first"]) == 0
    assert (place / "outputs" / "first" / "report.html").exists()
    assert not (place / "outputs" / "first" / "results.csv").exists()


@pytest.mark.parametrize("words", [["nope"], ["first", "outputs"]])
def test_a_report_of_something_else(place, capsys, words):
    assert report.main(words) == 2
    assert "no run or sweep" in capsys.readouterr().err


@pytest.mark.parametrize("other", ["second", "20260101"])
def test_one_file_for_one_report(place, other):
    with pytest.raises(SystemExit, match="2"):
        report.main(["first", other, "--out", "x.html"])


def test_the_latest_is_the_run_or_the_sweep_that_began_last_and_never_a_trial(place):
    import os

    out = place / "outputs"
    assert report.named("latest") == out / "second"
    (out / "latest").symlink_to("20260101-000000-aaaaaa")
    os.utime(out / "20260101-000000-aaaaaa" / "config.yaml", (4e9, 4e9))
    assert report.named("latest") == out / "20260101-000000-aaaaaa"
    trial = out / "first" / "trials" / "0"
    trial.mkdir(parents=True)
    (trial / "config.yaml").write_text("epochs: 1\n")
    (out / "latest").unlink()
    (out / "latest").symlink_to("first/trials/0")
    assert report.named("latest") == out / "first"


def test_show_prints_the_table(place, capsys):
    assert show.main(["first"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "first · valid/accuracy (max) · grid"
    assert lines[3].split()[:2] == ["#1", "1.5000"]
    assert any(line.strip() == "files  outputs/first/" for line in lines)
    assert show.main([str(place / "outputs" / "first"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["best"]["number"] == 1
    (place / "outputs" / "first" / "study.journal").unlink()
    assert show.main(["first"]) == 2
    assert "no study first" in capsys.readouterr().err


def test_show_of_a_run_is_as_before(place, capsys):
    assert show.main(["20260101"]) == 0
    assert capsys.readouterr().out.startswith("run ")
    assert show.main(["first", "20260101"]) == 2
    assert "first is a sweep" in capsys.readouterr().err


@pytest.fixture
def launched(monkeypatch):
    """The words that would be launched."""
    given = []
    monkeypatch.setattr("runner.launch.launch", lambda words: given.append(words) or 3)
    return given


def test_resume_gives_the_words_again(place, launched):
    assert resume.main(["first"]) == 3
    assert resume.main(["outputs/second", "sweep.trials=100"]) == 3
    assert launched == [
        ["-m", "mine.yaml", "seed=0,1", "sweep.trials=3", "sweep.name=first"],
        ["-m", "mine.yaml", "seed=0,1", "sweep.name=second", "sweep.trials=100"],
    ]


def test_resume_needs_the_words_the_place_and_the_secrets(place, launched, monkeypatch, capsys):
    folder = place / "outputs" / "first"
    (folder / "sweep.yaml").write_text(json.dumps({"words": ["-m", "sweep.storage=postgresql://me:***@db/x"]}))
    assert resume.main(["first"]) == 2
    assert "sweep.storage=postgresql://me:***@db/x: a secret" in capsys.readouterr().err
    assert resume.main(["first", "sweep.storage=postgresql://me:you@db/x"]) == 3
    (folder / "sweep.yaml").write_text("name: first\n")
    assert resume.main(["first"]) == 2
    assert "does not say how it was started" in capsys.readouterr().err
    monkeypatch.chdir("/")
    assert resume.main([str(place / "outputs" / "second")]) == 2
    assert f"go to {place}" in capsys.readouterr().err
    assert len(launched) == 1


def test_resume_of_nothing_and_of_a_run_say_what_they_said(place, launched, capsys):
    assert resume.main(["nope"]) == 2
    assert "no run or sweep 'nope'" in capsys.readouterr().err
    assert resume.main(["20260101"]) == 2
    assert launched == []


@pytest.mark.parametrize("verb", ["sweeps", "report"])
def test_help_answers_without_heavy_imports(cli, verb):
    code = (
        "import sys\nfrom runner.cli import dispatch\ntry: dispatch([sys.argv[1], '--help'])\nexcept SystemExit: pass\n"
        "assert not {'torch', 'optuna', 'mlflow', 'sklearn', 'matplotlib', 'scipy'} & set(sys.modules)\n"
    )
    import os
    import subprocess
    import sys
    from pathlib import Path

    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code, verb], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert f"usage: runner {verb}" in done.stdout
