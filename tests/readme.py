"""What the README tells its readers to type, in the order of the page. Nothing here knows what the page says."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = ("runner", "make", "python", "torchrun", "eval", "chmod")
"""What a command begins with. ``pip`` is not among them: what it installs is there."""
CODE = re.compile(r"^```(\w*)\n(?P<fenced>.*?)^```$|`(?P<inline>[^`]+)`", re.DOTALL | re.MULTILINE)
LIST = re.compile(r"(?:,|,? and)\s+")
"""What stands between the commands of a list, where only the first names the program: `runner ls`, `ls model`."""


@dataclass(frozen=True)
class Said:
    """One command.

    Attributes:
        section: The heading above it.
        line: What a shell gets, with what the page says after it.
        whole: It is a line or a script of a block: not a command that a sentence only mentions.
    """

    section: str
    line: str
    whole: bool

    @property
    def comment(self) -> str:
        """What the page says after the command, from its ``#`` on."""
        return "#" + self.line.partition("  #")[2]

    @property
    def words(self) -> tuple[str, ...]:
        """The command, without comments and ``exec``."""
        return tuple(word for word in shlex.split(self.line, comments=True) if word != "exec")


def sections():
    """Return the text below each heading, by the heading."""
    _, *parts = re.split(r"^## (.*)\n", README, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def fenced(language, section=None):
    """Return the texts of the blocks in a language."""
    texts = sections().values() if section is None else [sections()[section]]
    found = [match for text in texts for match in CODE.finditer(text) if match["fenced"] is not None]
    return [match["fenced"] for match in found if match[1] == language]


def sessions():
    """Return the commands that are shown with what they print, and that."""
    found = [block.partition("\n") for block in fenced("") if block.startswith("$ ")]
    return [(first.removeprefix("$ "), printed) for first, _, printed in found]


def jobs():
    """Return the commands of Kubernetes' containers."""
    jobs = [job for job in map(yaml.safe_load, fenced("yaml")) if job.get("kind") == "Job"]
    return [c["command"] for job in jobs for c in job["spec"]["template"]["spec"]["containers"]]


def commands():
    """Return what is to be typed: of blocks, sentences and tables."""
    found = []
    for section, text in sections().items():
        end, program = 0, ""
        for match in CODE.finditer(text):
            if match["fenced"] is not None:
                found += [Said(section, line, True) for line in block(match[1], match["fenced"])]
                continue
            code = " ".join(match["inline"].split())
            first, *rest = code.split(" ")
            if first in PROGRAMS and rest:
                program = first
                found.append(Said(section, code, False))
            elif program and LIST.fullmatch(text[end : match.start()]):
                found.append(Said(section, f"{program} {code}", False))
            else:
                program = ""
            end = match.end()
    return found


def furnish(folder):
    """Lay out a user's folder, with all that the page speaks of."""
    from PIL import Image

    for code in fenced("python"):
        if name := re.match(r"# (\w+\.py)\n", code):
            (folder / name[1]).write_text(code)
    recipe = next(text for text in fenced("yaml") if "defaults:" in text)
    (folder / "recipes").mkdir()
    for path in ("my.yaml", "recipes/x.yaml"):
        (folder / path).write_text(recipe)
    for kind in ("cats", "dogs"):
        (folder / "pictures" / kind).mkdir(parents=True)
        (folder / "mails" / kind).mkdir(parents=True)
        for number in range(20):
            picture = Image.new("RGB", (40 + number, 36), (9 * number, 100, 50 * (kind == "cats")))
            picture.save(folder / "pictures" / kind / f"{number}.png")
            (folder / "mails" / kind / f"{number}.txt").write_text(f"{kind} like number {number}, and so on\n" * 9)
    picture.save(folder / "picture.png")
    (folder / "notes").mkdir()
    (folder / "notes" / "a.md").write_text("It was a dark and stormy night; The rain fell in torrents.\n" * 200)
    rows = [f"{number % 7},{number % 3},{100 + number}" for number in range(200)]
    (folder / "houses.csv").write_text("\n".join(["rooms,floors,price", *rows]))
    ratings = [f"{number % 20},{number % 13},{number % 5 + 1}" for number in range(400)]
    (folder / "ratings.csv").write_text("\n".join(["user,item,rating", *ratings]))
    (folder / "conf" / "model").mkdir(parents=True)
    (folder / "conf" / "model" / "mynet.yaml").write_text("# a net of mine\n_target_: mynet.MyNet\nwidth: 64\n")


def block(language, text):
    """Return the commands of a block: its lines, or all of it, if it is a script."""
    if language != "bash":
        return []
    if text.startswith("#!"):
        return [text]
    return [line for line in text.replace("\\\n", "").splitlines() if line.strip()]
