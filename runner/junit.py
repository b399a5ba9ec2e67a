"""Results as JUnit XML, which every CI server reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree


@dataclass(frozen=True)
class Case:
    """One result.

    Attributes:
        group, name: What was tried.
        state: How it went.
        seconds: How long it took.
        message: Why it was skipped, or failed; in one line.
        text: Everything that there is to say, such as a traceback.
    """

    group: str
    name: str
    state: Literal["passed", "skipped", "failed"]
    seconds: float = 0.0
    message: str = ""
    text: str = ""


def junit(suite: str, cases: Sequence[Case]) -> str:
    """Return a document with one suite.

    Args:
        suite: Its name, which the names of groups are put under.
        cases: What was tried.
    """
    totals = {
        "name": suite,
        "tests": str(len(cases)),
        "failures": str(sum(case.state == "failed" for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.state == "skipped" for case in cases)),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }
    root = ElementTree.Element("testsuites")
    parent = ElementTree.SubElement(root, "testsuite", totals)
    for case in cases:
        names = {"classname": f"{suite}.{case.group}", "name": case.name, "time": f"{case.seconds:.3f}"}
        node = ElementTree.SubElement(parent, "testcase", names)
        if case.state != "passed":
            tag = "skipped" if case.state == "skipped" else "failure"
            ElementTree.SubElement(node, tag, {"message": legal(case.message)}).text = legal(case.text)
        elif case.text:
            ElementTree.SubElement(node, "system-out").text = legal(case.text)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def legal(text: str) -> str:
    """Return text without the characters that XML 1.0 has no way to write, such as terminal colours' escape."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
