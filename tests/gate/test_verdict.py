import json
from xml.etree import ElementTree

from runner.gate.expression import read_expression
from runner.gate.measured import measured
from runner.gate.verdict import checks_of, junit_of, lines, markdown
from tests.gate import made


def checks(tmp_path, *texts, **words):
    run = measured(made.run(tmp_path / "a", **{"test__accuracy": 0.9, **words}))
    return checks_of(run, [read_expression(text) for text in texts])


def test_a_run_has_to_be_complete(tmp_path):
    found = checks(tmp_path, "test/accuracy>=0.5", status="pruned")
    assert [(one.name, one.holds) for one in found] == [("status", False), ("test/accuracy", True)]


def test_what_was_not_measured_and_what_is_no_number_is_missed(tmp_path):
    status, absent, nan = checks(tmp_path, "test/f1>=0", "test/loss<=9", test__loss=float("nan"))
    assert (status.holds, absent.holds, nan.holds) == (True, False, False)
    assert (absent.got, nan.got) == ("not measured", "nan")
    assert json.loads(json.dumps(nan.plain(), allow_nan=False))["value"] == "nan"


def test_the_three_reports_say_the_same(tmp_path):
    found = checks(tmp_path, "test/accuracy>=0.95", "seconds<60")
    text = "\n".join(lines(found))
    assert "MISSED  test/accuracy (best weights)       0.9  >= 0.95" in text
    assert text.endswith("1 of 3 missed")
    table = markdown(found, ["note: a note"])
    assert "| a | test/accuracy (best weights) | 0.9 | >= 0.95 |  | **missed** |" in table
    assert "1 of 3 missed" in table
    assert "note: a note" in table
    suite = ElementTree.fromstring(junit_of(found)).find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    (failure,) = suite.iter("failure")
    assert failure.get("message") == "wanted >= 0.95, got 0.9"


def test_a_near_miss_has_the_digits_that_tell_it(tmp_path):
    _, found = checks(tmp_path, "test/accuracy>=0.9", test__accuracy=0.8999999999)
    assert not found.holds
    assert found.got == "0.9"  # beyond nine digits there is nothing to see
    _, found = checks(tmp_path / "b", "test/accuracy>=0.9", test__accuracy=0.89999999)
    assert found.got == "0.89999999"
