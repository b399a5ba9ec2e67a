import json
import re

import pytest

from runner.folder import lock
from runner.verb import doctor, eval, runs, show
from tests.support import trained


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A working directory with two runs."""
    folder = tmp_path_factory.mktemp("place")
    trained(folder / "outputs" / "20260101-000000-aaaaaa")
    trained(folder / "outputs" / "20260101-000001-bbbbbb", "seed=1", "epochs=2")
    return folder


@pytest.fixture(autouse=True)
def _there(place, monkeypatch):
    monkeypatch.chdir(place)


def test_runs_are_listed_with_what_was_typed(capsys):
    assert runs.main([]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["run", "status", "value", "epochs"]
    assert first.startswith("20260101-000000-aaaaaa  finished")
    assert second.endswith("valid/accuracy seed=1 epochs=2")
    assert runs.main(["--json"]) == 0
    assert [row["epochs"] for row in json.loads(capsys.readouterr().out)] == [3, 2]


def test_a_live_run_is_running_and_a_dead_one_interrupted(place, capsys):
    dead = place / "outputs" / "20260101-000002-cccccc"
    dead.mkdir()
    (dead / "config.yaml").write_text("epochs: 1\n")
    try:
        for context, status in ((lock(dead), "running"), (None, "interrupted")):
            if context:
                with context:
                    runs.main(["--json"])
            else:
                runs.main(["--json"])
            assert json.loads(capsys.readouterr().out)[-1]["status"] == status
    finally:
        (dead / "config.yaml").unlink()


def test_no_runs_yet(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert runs.main([]) == 0
    assert "no runs in outputs/ yet" in capsys.readouterr().out


def test_show_one_and_two_side_by_side_with_what_differs(capsys):
    assert show.main(["20260101-000000"]) == 0
    text = capsys.readouterr().out
    assert "test/accuracy" in text
    assert "configuration" not in text
    assert show.main(["20260101-000000", "20260101-000001"]) == 0
    differing = capsys.readouterr().out.partition("\nconfiguration\n")[2]
    assert [line.split() for line in differing.splitlines()] == [["epochs", "3", "2"], ["seed", "0", "1"]]
    assert show.main(["latest", "--json"]) == 0
    [shown] = json.loads(capsys.readouterr().out)
    assert shown["config"]["seed"] == 1


def test_show_names_what_is_not_there(capsys):
    assert show.main(["nope"]) == 2
    assert "no run 'nope'" in capsys.readouterr().err


@pytest.mark.parametrize("weights", ["best", "last"])
def test_eval_measures_what_the_run_measured(place, capsys, weights):
    assert eval.main(["latest", "--json", "--part", "valid", "--weights", weights]) == 0
    measured = json.loads(capsys.readouterr().out)["metrics"]
    rows = [json.loads(line) for line in (place / "outputs" / "latest" / "metrics.jsonl").read_text().splitlines()]
    epochs = [row for row in rows if "valid/accuracy" in row]
    expected = max(epochs, key=lambda row: row["valid/accuracy"]) if weights == "best" else epochs[-1]
    assert measured["valid/accuracy"] == expected["valid/accuracy"]
    assert measured["valid/loss"] == pytest.approx(expected["valid/loss"], rel=1e-6)


def test_eval_as_text_and_of_nothing(capsys):
    assert eval.main(["latest"]) == 0
    assert "test/accuracy" in capsys.readouterr().out
    assert eval.main(["nope"]) == 2


def test_eval_of_a_damaged_checkpoint_says_so(place, tmp_path, capsys):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(place / "outputs" / "20260101-000000-aaaaaa", copy)
    (copy / "checkpoints" / "best.pt").write_bytes(b"not a checkpoint")
    assert eval.main([str(copy)]) == 2
    assert "best.pt is damaged" in capsys.readouterr().err


def test_doctor_names_runs_that_were_killed_or_are_behind(place, capsys):
    dead = place / "outputs" / "20260101-000003-dddddd"
    dead.mkdir()
    (dead / "config.yaml").write_text("epochs: 1\n")
    (dead / "tracking.json").write_text('{"complete": false}')
    try:
        doctor.main(["--quick"])
        said = " ".join(capsys.readouterr().out.split())  # lines are folded
        line = said[said.index("-- runs") :]
        assert "killed, resumable: 20260101-000003-dddddd" in line
        assert "(runner sync): 20260101-000003-dddddd" in line
    finally:
        (dead / "config.yaml").unlink()


@pytest.fixture
def made_place(tmp_path, monkeypatch):
    """Another working directory, with runs that were made by hand."""
    from tests.history import made

    monkeypatch.chdir(made.place(tmp_path))
    return made


def test_filters_order_and_columns(made_place, capsys):
    words = ["test/accuracy>0.8", "--sort", "-value", "--columns", "value,optimizer.lr,model"]
    assert runs.main(words) == 0
    assert capsys.readouterr().out.splitlines() == [
        "run                     value  optimizer.lr  model",
        "mine/trials/0            0.97         0.003  mlp",
        f"{made_place.FIRST}   0.95         0.003  mlp",
        f"{made_place.SECOND}   0.85          0.01  cnn",
    ]
    assert runs.main([*words, "--json", "--top", "1"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"run": "mine/trials/0", "value": 0.97, "optimizer.lr": 0.003, "model": "mlp"}
    ]
    assert runs.main(["--last", "2", "sweep=null", "-q"]) == 0
    assert capsys.readouterr().out.split() == [made_place.SECOND, made_place.THIRD]
    assert runs.main(["--since", "2026-11-27", "sweep=null", "-q"]) == 0
    assert capsys.readouterr().out.split() == [made_place.THIRD]


def test_tables_for_others(made_place, capsys):
    assert runs.main(["--csv", "--columns", "value", "--sort", "run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "run,value", f"{made_place.FIRST},0.95", f"{made_place.SECOND},0.85", f"{made_place.THIRD},",
        "mine/trials/0,0.97",
    ]  # fmt: skip
    assert runs.main(["--md", "status=failed"]) == 0
    head, _, row = capsys.readouterr().out.splitlines()
    assert head.startswith("| run | status | objective | value |")
    assert row.startswith(f"| {made_place.THIRD} | failed | valid/accuracy | - |")
    assert runs.main(["--names"]) == 0
    assert "\noptimizer.lr " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["modle=mlp"], "no run has modle: did you mean model?"),
        (["--columns", "optimizer.lrr"], "did you mean optimizer.lr?"),
        (["--sort", "-valeu"], "did you mean value?"),
        (["--since", "yesterday"], "--since yesterday: give a length of time"),
        (["--last", "0"], "--last must be >= 1, got 0"),
        (["a b>1"], "is no condition"),
    ],
)
def test_mistakes_in_a_question(made_place, capsys, words, said):
    assert runs.main(words) == 2
    assert said in capsys.readouterr().err


def test_nothing_matches(made_place, capsys):
    assert runs.main(["value>1"]) == 0
    assert capsys.readouterr().out == "none of 4 runs matches\n"


def test_on_a_terminal_lines_fold_and_identifiers_stay_whole(made_place, capsys, monkeypatch):
    monkeypatch.setattr("runner.verb.runs.terminal_width", lambda: 60)
    monkeypatch.setattr("runner.verb.show.terminal_width", lambda: 60)
    assert runs.main([]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines()[:-1])) <= 60
    assert made_place.SECOND in text
    assert show.main([made_place.FIRST, made_place.SECOND]) == 0
    lines = capsys.readouterr().out.partition("\nconfiguration")[0].splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[0].split() == ["run", made_place.FIRST]
    assert ["run", made_place.SECOND] in [line.split() for line in lines], "columns that do not fit stand below"


def test_an_ascii_terminal(made_place, monkeypatch):
    import io

    from runner.notes import add
    from runner.stream import LASTING

    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors=LASTING)
    monkeypatch.setattr("sys.stdout", stream)
    add(show.find(made_place.FIRST), "größer", ["good"])
    for main, words in ((runs.main, []), (show.main, [made_place.FIRST]), (runs.main, ["--md"])):
        assert main(words) == 0
    stream.flush()
    said = stream.buffer.getvalue().decode("ascii")
    assert r"gr\xf6\xdfer" in said
    assert "?" not in said


def test_show_of_one_run_tells_its_course_and_what_people_said(made_place, capsys):
    from runner.notes import add

    add(show.find(made_place.FIRST), "warm-up was short", ["good"])
    assert show.main([made_place.FIRST]) == 0
    text = capsys.readouterr().out
    for line in (
        r"^tags +good$", r"^model +mlp$", r"^  valid/accuracy  ▁▄█  0\.316667 \.\. 0\.95$",
        r"^time       forward 67% · data 33%$", r"^changed    model=mlp$",
        r"^note       [-\d]+ [:\d]+ warm-up was short$",
    ):  # fmt: skip
        assert re.search(line, text, re.MULTILINE), line
