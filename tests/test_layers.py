"""Laws 1 and 7 of the architecture: who imports whom, and what is imported only when it is needed."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "runner"
FILES = sorted(PACKAGE.rglob("*.py"))
PARTS = {"dataset", "model", "task", "optimizer", "schedule", "hardware", "callback"}
LIGHT = {
    "child", "cli", "company", "compose", "configuration", "launch", "check", "verb", "folder", "types", "home",
    "completion", "explain", "gate", "history", "notes", "page", "recorded", "report", "schema",
    "stream", "told", "trust", "verbs", "vocabulary",
}  # fmt: skip
FINDING = {"completion", "explain", "schema", "vocabulary"}
"""What answers before anything is composed, or without composing at all."""
HEAVY = {"torch", "torchvision", "mlflow", "optuna", "sklearn", "pandas"}
LAZY = {"mlflow", "optuna", "sklearn", "scipy", "pandas", "imblearn", "matplotlib", "PIL", "torchvision"}
READERS = {
    "api",
    "result",
    "cli", "compose", "configuration", "launch", "check", "make", "build", "train", "verb", "sweep", "secret",
    "inference", "matrix", "batchsize", "supervise", "worker", "explain", "reproduce",
    "chosen", "recipe",
}  # fmt: skip
"""Who may read the configuration; ``explain`` tells where keys come from; ``secret`` masks all of it without knowing
any key; ``inference`` builds the parts of a run that is over, ``matrix`` those of pairs that are tried, ``batchsize``
those of a run in another process; ``supervise`` and ``worker`` hand the configuration on; ``reproduce`` gives that of a
record to a new training; ``chosen`` tells of which choices it was composed, ``recipe`` writes it down as one."""
ABOVE = {
    "api",
    "result",
    "export",
    "cli",
    "compose",
    "configuration",
    "launch",
    "make",
    "build",
    "train",
    "check",
    "verb",
    "history",
    "page",
    "report",
    "inference",
    "inspect",
    "machine",
    "matrix",
    *FINDING,
    "gate",
    "reproduce",
}
"""What parts never import: it builds them, or uses what was built."""

USED = {"gate", "history", "inference", "inspect", "machine", "matrix", "page", "report"}
"""What verbs are made of."""


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imports(path, nested):
    """Yield the modules that a file imports: at module level, or anywhere but under TYPE_CHECKING."""

    def visit(node):
        if is_type_checking(node) or (not nested and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            yield from visit(child)

    return set(visit(ast.parse(path.read_text(encoding="utf-8"))))


def home(path):
    """The part of the package that a file belongs to: ``model`` for runner/model/cnn.py, ``cli`` for runner/cli.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def ids(path):
    return str(path.relative_to(PACKAGE))


def heavy(names, banned):
    return sorted(name for name in names if name.partition(".")[0] in banned)


@pytest.mark.parametrize("path", [path for path in FILES if home(path) in PARTS], ids=ids)
def test_parts_never_import_each_other(path):
    used = {name.split(".")[1] for name in imports(path, nested=True) if name.startswith("runner.")}
    assert used & PARTS <= {home(path)}
    assert not used & ABOVE, "imports go down only"


@pytest.mark.parametrize("path", [path for path in FILES if home(path) == "verb"], ids=ids)
def test_verbs_share_no_code_with_one_another(path):
    shared = {name for name in imports(path, nested=True) if name.startswith("runner.verb.")}
    assert all(name.split(".")[2].startswith("_") for name in shared), "what two verbs need lies below them"


@pytest.mark.parametrize("path", [path for path in FILES if home(path) in {*USED, *FINDING}], ids=ids)
def test_what_verbs_use_knows_no_verb(path):
    used = {name.split(".")[1] for name in imports(path, nested=True) if name.startswith("runner.")}
    assert not used & {"cli", "launch", "train", "verb"}


@pytest.mark.parametrize("path", [p for p in FILES if home(p) in {"completion", "schema", "vocabulary"}], ids=ids)
def test_what_answers_while_one_types_never_composes(path):
    used = imports(path, nested=True)
    assert not {name for name in used if name.partition(".")[0] in ("hydra", "omegaconf")}


def test_the_loop_imports_no_part():
    used = {name.split(".")[1] for name in imports(PACKAGE / "loop.py", nested=True) if name.startswith("runner.")}
    assert not used & (PARTS | {"train", "cli", "verb", "check"})


@pytest.mark.parametrize("path", [path for path in FILES if home(path) in LIGHT], ids=ids)
def test_help_and_checks_import_nothing_heavy(path):
    assert heavy(imports(path, nested=False), HEAVY) == []


MADE_OF_OPTUNA = PACKAGE / "sweep" / "sampler" / "surrogate" / "sampler.py"
"""A class of Optuna's: who imports this file is about to use it."""


@pytest.mark.parametrize("path", [path for path in FILES if path != MADE_OF_OPTUNA], ids=ids)
def test_optional_libraries_are_imported_where_they_are_used(path):
    assert heavy(imports(path, nested=False), LAZY) == []


@pytest.mark.parametrize("path", [path for path in FILES if home(path) not in READERS], ids=ids)
def test_the_configuration_stops_at_the_door(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    assert not names & {"cfg", "DictConfig"}


def test_the_rules_can_be_broken(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("if True:\n    import torch.nn\ndef f():\n    import mlflow\nfrom runner.model import cnn\n")
    assert imports(file, nested=False) == {"torch.nn", "runner.model.cnn"}
    assert imports(file, nested=True) == {"torch.nn", "runner.model.cnn", "mlflow"}
    assert heavy(imports(file, nested=True), HEAVY) == ["mlflow", "torch.nn"]
