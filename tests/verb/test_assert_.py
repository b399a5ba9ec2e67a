import json

import pytest

from runner.verb import assert_
from tests.gate import made


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for index, accuracy in enumerate((0.90, 0.94)):
        made.run(tmp_path / "outputs" / f"r{index}", test__accuracy=accuracy, test__loss=0.5)
    return tmp_path


def told(capsys, *words):
    code = assert_.main(list(words))
    output = capsys.readouterr()
    return code, output.out, output.err


def test_what_holds_is_0_what_is_missed_3_and_wrong_words_2(runs, capsys):
    assert told(capsys, "r0", "test/accuracy>=0.9", "seconds<60")[0] == 0
    assert told(capsys, "test/accuracy>=0.91", "r0")[0] == 3
    code, out, err = told(capsys, "r0", "test/accuracyy>=0.9", "nonsense=", "--junit", "none/x.xml")
    assert (code, out) == (2, "")
    assert err.count("error: ") == 3
    assert "did you mean test/accuracy?" in err


def test_a_run_that_failed_misses_every_gate(runs, capsys):
    made.run(runs / "outputs" / "bad", status="failed")
    code, out, _ = told(capsys, "bad", "test/accuracy>=0")
    assert code == 3
    assert "not measured" in out


def test_a_baseline_is_reached_within_its_tolerance(runs, capsys):
    assert told(capsys, "r1", "--baseline", "r0")[0] == 0
    assert told(capsys, "r0", "--baseline", "r1")[0] == 3
    assert told(capsys, "r0", "--baseline", "r1", "--tolerance", "5%")[0] == 0
    assert told(capsys, "r0", "--baseline", "r1", "--tolerance", "5%", "--tolerance", "test/accuracy=1%")[0] == 3
    assert told(capsys, "r0", "--baseline", "r1", "--metric", "test/loss")[0] == 0
    assert told(capsys, "r0", "--tolerance", "5%", "seconds<60")[0] == 2


def test_a_baseline_is_written_only_by_what_holds(runs, capsys):
    assert told(capsys, "r0", "test/accuracy>=0.95", "--write-baseline", "b.json")[0] == 3
    assert not (runs / "b.json").exists()
    assert told(capsys, "r1", "test/accuracy>=0.93", "--write-baseline", "b.json")[0] == 0
    assert told(capsys, "r0", "--baseline", "b.json")[0] == 3
    assert told(capsys, "r0", "r1", "seconds<60", "--write-baseline", "c.json")[0] == 2


def test_other_data_are_noted(runs, capsys):
    made.run(runs / "outputs" / "moved", data="d2", test__accuracy=0.99, test__loss=0.1)
    code, out, _ = told(capsys, "moved", "--baseline", "r0")
    assert code == 0
    assert "note: moved was measured on other data than the baseline r0" in out


def test_several_runs_each_or_as_their_mean(runs, capsys):
    assert told(capsys, "r0", "r1", "test/accuracy>=0.91")[0] == 3
    code, out, _ = told(capsys, "r0", "r1", "test/accuracy>=0.91", "--mean", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["holds"]
    assert [check["run"] for check in found["checks"]] == ["mean of 2 runs"] * 2
    assert found["checks"][1]["value"] == pytest.approx(0.92)


def test_reports_for_servers(runs, capsys):
    (runs / "summary.md").write_text("before\n")
    words = ["r0", "test/accuracy>=0.91", "--junit", "gate.xml", "--markdown", "summary.md"]
    assert told(capsys, *words)[0] == 3
    assert 'failures="1"' in (runs / "gate.xml").read_text()
    assert (runs / "summary.md").read_text().startswith("before\n### runner assert: 1 of 2 missed\n")


def test_from_the_command_line(cli, runs):
    done = cli("assert", "r0", "test/accuracy>=0.91")
    assert (done.returncode, done.stderr) == (3, "")
    assert "1 of 2 missed" in done.stdout
