"""The README's commands: their words, and what they are shown to answer. tests/test_readme_runs.py runs them all."""

import importlib
import re
from itertools import takewhile

import pytest

from runner.check.examine import examine
from runner.cli import dispatch
from runner.command import read_command
from runner.compose import hydra_for
from runner.verbs import is_verb, verbs
from tests import readme

REFUSED = "# refused"
PLACEHOLDERS = {"...", "RUN", "VERB"}
"""What a reader replaces by words of his own."""
ELSEWHERE = "sweep.storage="
"""A server that is asked by the check."""


def ours():
    """Yield the words after ``runner`` of every command, and what the page says after it."""
    seen = [(said.words, said.comment) for said in readme.commands()]
    seen += [(tuple(words), "") for words in readme.jobs()]
    for words, comment in dict(seen).items():
        if words[0] == "runner":
            rest = takewhile(lambda word: not word.startswith("$("), words[1:])
            rest = tuple(word for word in rest if word not in PLACEHOLDERS and not word.startswith(ELSEWHERE))
            yield pytest.param(rest, comment, id=" ".join(words)[:70])


COMMANDS = list(ours())
MADE = {one.values[0][-1] for one in COMMANDS if one.values[0][:1] == ("cp",)}
TRAININGS = [one for one in COMMANDS if not (one.values[0] and is_verb(one.values[0][0]))]
VERBS = [one for one in COMMANDS if one not in TRAININGS]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user")
    readme.furnish(folder)
    return folder


def test_there_are_commands():
    assert len(TRAININGS) >= 25
    assert len(VERBS) >= 40
    assert len(readme.sessions()) >= 2


@pytest.mark.parametrize(("words", "comment"), TRAININGS)
def test_a_training_or_a_search_passes_the_check(words, comment, place, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(str(place))
    if any(word.endswith("best.yaml") or word in (*MADE, "model=mine", "--help") for word in words):
        return  # what the command before makes: see the long test
    command = read_command(list(words))
    with hydra_for(command) as loader:
        problems = examine(command, loader, deep=False).problems
    assert bool(problems) == (REFUSED in comment), [str(problem) for problem in problems]


@pytest.mark.parametrize(("words", "comment"), VERBS)
def test_a_verb_knows_its_words(words, comment, capsys):
    name, *rest = words
    if name == "help":
        return
    assert name in verbs()
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"runner.verb.{verbs()[name].stem}").main([*rest[:1], "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for flag in (word.partition("=")[0] for word in rest if word.startswith("-") and word != "-m"):
        assert flag in told


@pytest.mark.parametrize(("command", "printed"), readme.sessions())
def test_what_is_shown_of_an_answer_is_the_answer(command, printed, monkeypatch, capsys):
    monkeypatch.chdir(readme.ROOT)
    program, *words = command.split()
    assert program == "runner"
    dispatch(words)
    said = capsys.readouterr()
    assert said.out + said.err == printed


RESULTS = (readme.ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
PEERS = ("runner", "bare", "ignite, lean", "fabric", "accelerate", "lightning, lean", "fastai, lean")
"""The columns of the page's table beside others, as the results call them."""
ALONE = ("runner, all defaults", "bare", "ignite", "fabric", "accelerate", "lightning, lean", "fastai")
FIGURES = {
    "MLP: Python and C calls": ("Counts per step, mlp", "both, over bare", PEERS),
    "MLP: tensor operations": ("Counts per step, mlp", "over bare", PEERS),
    "MLP: CPU time": ("Time per step, mlp", "× bare, CPU", PEERS),
    "CNN: CPU time": ("Time per step, cnn", "× bare, CPU", PEERS),
    "LSTM: CPU time": ("Time per step, lstm", "× bare, CPU", PEERS),
    "start to the end": ("Start-up to the end of", "× import torch, CPU", ALONE),
}


def table(text):
    """Return the rows of the first table in a text, by their first cells; each is a mapping from heading to cell."""
    lines = takewhile(lambda line: line.startswith("|"), text[text.index("\n| ") + 1 :].splitlines())
    heading, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(heading[1:], row[1:], strict=True)) for row in rows}


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_beside_others_are_those_of_the_results(figure):
    heading, column, peers = FIGURES[figure]
    measured = table(RESULTS[RESULTS.index(f"\n## {heading}") :])
    (told,) = [row for name, row in table(readme.sections()["Beside others, measured"]).items() if figure in name]
    for peer, said in zip(peers, told.values(), strict=True):
        if (peer, said) not in {("bare", "0"), ("bare", "1")}:  # itself
            assert float(said) == float(measured[peer][column].split()[0])


@pytest.mark.parametrize(
    "figure", ["113 ms", "157 to 165", "19 ms", "19.5 s", "35.5 s", "590,648", "11,595", "1.94", "1.98"]
)
def test_other_figures_are_in_the_results(figure):
    assert figure in readme.sections()["Beside others, measured"]
    assert all(re.search(rf"\| {number}[ |]", RESULTS) for number in re.findall(r"[\d.,]*\d", figure))


@pytest.mark.parametrize("section", ["What is supported", "What we promise"])
def test_every_row_names_tests_that_there_are(section):
    for row, cells in table(readme.sections()[section]).items():
        names = re.findall(r"`([^`]+)`", list(cells.values())[-1])
        assert names, row
        for name in names:
            (found,) = [readme.ROOT / name] if "/" in name else (readme.ROOT / "tests" / "faults").glob(name)
            files = found.rglob("test_*.py") if found.is_dir() else [found]
            assert any("\ndef test_" in file.read_text(encoding="utf-8") for file in files), name
