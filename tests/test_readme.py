"""The README's commands: their words are checked here, and the long tests do what they say."""

import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from runner.check.examine import examine
from runner.cli import is_verb, verbs
from runner.compose import hydra_for, read_command

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
REFUSED = "# refused"
ABSENT = ("cifar10", "fashion_mnist", "hardware=gpu", "hardware=ddp", "20261126", "ui")
"""What needs data, devices or runs that a test cannot count on; and what serves until it is stopped."""
MISSED = ("assert",)
"""What holds against a run of a single batch that it has not learned."""


def commands():
    """Yield the words after ``runner`` of every command in the README, and the rest of its line."""
    for block in re.findall(r"^```bash\n(.*?)^```", README, re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", "").splitlines():
            if line.startswith(("runner ", "runner#")) or line.strip() == "runner":
                words, comment = shlex.split(line, comments=True), line.partition("  #")[2]
                yield pytest.param(tuple(words[1:]), f"#{comment}", id=" ".join(words)[:70])


COMMANDS = list(commands())
TRAININGS = [one for one in COMMANDS if not (one.values[0] and is_verb(one.values[0][0]))]
VERBS = [one for one in COMMANDS if one not in TRAININGS]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A user's folder, with what the README speaks of."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("user")
    for code in re.findall(r"```python\n(# \w+\.py\n.*?)```", README, re.DOTALL):
        (folder / re.match(r"# (\w+\.py)", code)[1]).write_text(code)
    for kind in ("cats", "dogs"):
        (folder / "pictures" / kind).mkdir(parents=True)
        (folder / "mails" / kind).mkdir(parents=True)
        for number in range(20):
            Image.new("RGB", (40 + number, 36), (9 * number, 100, 50 * (kind == "cats"))).save(
                folder / "pictures" / kind / f"{number}.png"
            )
            (folder / "mails" / kind / f"{number}.txt").write_text(f"{kind} like number {number}, and so on\n" * 9)
    (folder / "notes").mkdir()
    (folder / "notes" / "a.md").write_text("It was a dark and stormy night; the rain fell in torrents.\n" * 200)
    rows = [f"{number % 7},{number % 3},{100 + number}" for number in range(200)]
    (folder / "houses.csv").write_text("\n".join(["rooms,floors,price", *rows]))
    ratings = [f"{number % 20},{number % 13},{number % 5 + 1}" for number in range(400)]
    (folder / "ratings.csv").write_text("\n".join(["user,item,rating", *ratings]))
    (folder / "conf" / "model").mkdir(parents=True)
    (folder / "conf" / "model" / "mynet.yaml").write_text("# a net of mine\n_target_: mynet.MyNet\nwidth: 64\n")
    return folder


def test_there_are_commands():
    assert len(TRAININGS) >= 20
    assert len(VERBS) >= 10


@pytest.mark.parametrize(("words", "comment"), TRAININGS)
def test_a_training_or_a_search_passes_the_check(words, comment, place, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(str(place))
    if any(word.endswith("best.yaml") for word in words):
        return  # the recipe is made by the search before it: see the long test
    command = read_command(list(words))
    with hydra_for(command) as loader:
        problems = examine(command, loader, deep=False).problems
    assert bool(problems) == (REFUSED in comment), [str(problem) for problem in problems]


@pytest.mark.parametrize(("words", "comment"), VERBS)
def test_a_verb_knows_its_words(words, comment, capsys):
    name, *rest = words
    assert name in verbs()
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"runner.verb.{verbs()[name].stem}").main([*rest[:1], "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for flag in (word.partition("=")[0] for word in rest if word.startswith("-") and word != "-m"):
        assert flag in told


@pytest.mark.siege
@pytest.mark.timeout(1800)
def test_they_do_what_they_say_one_after_the_other(place):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    wrong = []
    for words, comment in (one.values for one in COMMANDS):
        if any(name in word for word in words for name in ABSENT[:-1]) or words[:1] == ABSENT[-1:]:
            continue
        trains = not (words and is_verb(words[0])) and "--cfg" not in words
        short = ["debug=smoke"] if trains else []
        command = [sys.executable, "-m", "runner", *words, *short]
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=600)
        if done.returncode not in ((2,) if REFUSED in comment else (0, 3) if words[:1] == MISSED else (0,)):
            wrong.append(f"{shlex.join(words)}: {done.returncode}\n{done.stderr[-600:]}")
    assert not wrong, "\n".join(wrong)
