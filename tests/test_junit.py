"""The test report, read by another parser."""

from xml.dom import minidom

from runner.junit import Case, junit


def test_every_case_is_counted_and_told():
    cases = [
        Case("digits", "mlp", "passed", 1.25),
        Case("digits", "gru", "skipped", 0.5, 'needs <tokens> & "more"'),
        Case("text", "gru", "failed", 2.0, "ValueError: no", "Traceback\n  \x1b[31mline\x00 é"),
        Case("mnist", "mlp", "passed", text="made"),
    ]
    document = minidom.parseString(junit("matrix", cases).encode())
    [suite] = document.getElementsByTagName("testsuite")
    assert {name: suite.getAttribute(name) for name in ("name", "tests", "failures", "skipped", "time")} == {
        "name": "matrix", "tests": "4", "failures": "1", "skipped": "1", "time": "3.750",
    }  # fmt: skip
    nodes = document.getElementsByTagName("testcase")
    assert [(n.getAttribute("classname"), n.getAttribute("name")) for n in nodes] == [
        ("matrix.digits", "mlp"), ("matrix.digits", "gru"), ("matrix.text", "gru"), ("matrix.mnist", "mlp"),
    ]  # fmt: skip
    inside = [[child for child in node.childNodes if child.nodeType == child.ELEMENT_NODE] for node in nodes]
    assert [[child.tagName for child in children] for children in inside] == [
        [],
        ["skipped"],
        ["failure"],
        ["system-out"],
    ]
    assert inside[1][0].getAttribute("message") == 'needs <tokens> & "more"'
    assert inside[2][0].firstChild.data == "Traceback\n  \ufffd[31mline\ufffd é"
