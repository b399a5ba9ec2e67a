"""A mistake in the user's own code is told with its line, and with the word of the command that chose that code."""

from pathlib import Path

import pytest

from tests.faults import own

OWN = "tests.faults.own"
BASE = ["callback=[record]"]


def place(name):
    """Return where in tests/faults/own.py the marked line of a class or function is, as messages say it."""
    lines = Path(own.__file__).read_text().splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith((f"class {name}(", f"def {name}(")))
    number = next(i for i in range(begin, len(lines)) if "# in " in lines[i])
    return f"{own.__file__}:{number + 1} in {lines[number].partition('# in ')[2]}"


def target(group, name, *words):
    return [f"{group}._target_={OWN}.{name}", *words, *BASE]


FIT = f"{OWN}.{{}} does not fit dataset=digits: "
MISTAKES = {
    "forward": (
        target("model", "BadForward", "model.width=8"), FIT.format("BadForward") + "mm: mat1 and mat2", "BadForward",
    ),
    "init": (target("model", "BadInit", "model.width=8"), FIT.format("BadInit") + "TypeError: ", "BadInit"),
    "attribute": (
        target("model", "NoAttribute", "model.width=8"), FIT.format("NoAttribute") + "AttributeError: ", "NoAttribute",
    ),
    "dataset": (target("dataset", "dataset"), f"{OWN}.dataset: AttributeError: ", "dataset"),
    "task": (target("task", "Task"), f"{OWN}.Task does not fit dataset=digits: shape '[7]' is invalid", "Task"),
    "optimizer": (target("optimizer", "optimizer", "optimizer.lr=1"), "optimizer: TypeError: ", "optimizer"),
    "schedule": (target("schedule", "schedule"), "schedule: NameError: name 'nothing'", "schedule"),
    "callback": (
        [f"+callback.mine._target_={OWN}.Watch", "+callback.mine.every=2", *BASE],
        "callback.mine: ZeroDivisionError: ", "Watch",
    ),
}  # fmt: skip


OFTEN = ("forward", "dataset", "schedule", "callback")
"""Those that are found in different places; the others are of the same."""


@pytest.mark.parametrize(
    "what", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.siege) for name in MISTAKES]
)
def test_the_line_and_the_word_are_told(here, what):
    words, message, name = MISTAKES[what]
    done = here("check", *words)
    first, line, word, *rest = done.stderr.splitlines()
    assert first.startswith(f"error: {message}")
    assert line == f"  --> {place(name)}"
    assert word == f"  --> {words[0]}"
    assert (done.returncode, rest) == (2, ["1 error. Nothing was started."])


def test_with_a_conf_of_ones_own_the_word_is_the_choice(here, tmp_path):
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "mine.yaml").write_text(f"_target_: {OWN}.BadForward\nwidth: 8\n")
    done = here("check", "--config-dir", "conf", "model=mine", "model.width=4", *BASE)
    assert done.stderr.startswith("error: model=mine does not fit dataset=digits: mm: ")
    assert done.stderr.splitlines()[1:3] == [f"  --> {place('BadForward')}", "  --> model=mine"]


def test_a_wrong_number_of_outputs_is_compared_with_what_the_task_needs(here):
    done = here("check", *target("model", "Net", "+model.more=-2"))
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {OWN}.Net returns [2, 8] for digits, whose 10 classes need [2, 10]\n  --> ")
    assert f"\n  --> model._target_={OWN}.Net\n" in done.stderr


def test_a_fact_that_nobody_states(here):
    done = here("check", *target("model", "NoSuchFact", "model.width=8"))
    first, line, word, _ = done.stderr.splitlines()
    assert first == (
        f"error: {OWN}.NoSuchFact asks for clases, which nobody states: did you mean classes? "
        "There is in_shape, classes, vocabulary, next_token, sizes"
    )
    assert line.startswith(f"  --> {own.__file__}:")
    assert word == f"  --> model._target_={OWN}.NoSuchFact"


IMPORTS = {
    "a package that is not there": ("import os\n\nimport notinstalledpkg\n", ":3: No module named 'notinstalledpkg'"),
    "a mistake at its top": ("import os\nplace = os.nowhere\n", ":2: AttributeError: module 'os' has no attribute"),
}


@pytest.mark.parametrize(
    "what", [name if "package" in name else pytest.param(name, marks=pytest.mark.siege) for name in IMPORTS]
)
def test_a_module_that_cannot_be_imported_is_told_once_with_the_line(here, tmp_path, what):
    text, message = IMPORTS[what]
    name = f"unimportable{list(IMPORTS).index(what)}"
    (tmp_path / f"{name}.py").write_text(f"{text}\n\ndef net(in_shape, classes: int):\n    pass\n")
    done = here("check", f"model._target_={name}.net", *BASE)
    first, word, _ = done.stderr.splitlines()
    assert first.startswith(f"error: {name}.py{message}")
    assert word == f"  --> model._target_={name}.net"


def test_the_word_is_the_one_with_the_value_at_fault(here):
    done = here("check", "dataset=image_folder", "dataset.folder=NOTHERE", "dataset.on_error=skip")
    assert done.stderr.splitlines()[1] == "  --> dataset.folder=NOTHERE"
