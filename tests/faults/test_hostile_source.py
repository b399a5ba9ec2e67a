"""What the package never does with files and texts of others, looked for in its own source."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "runner").rglob("*.py"))
LOADERS = {"SafeLoader", "CSafeLoader", "getattr(yaml, 'CSafeLoader', yaml.SafeLoader)", "loader", "Loader"}
UNPICKLE = {
    "runner/dataset/image/unpickle.py": "reads data with a class that names nothing",
    "runner/sweep/sampler/remembered.py": "reads a distribution with a class that names its parts",
    "runner/sweep/worker.py": "reads its order from the process that started it",
    "runner/sweep/crew.py": "writes that order",
}
"""Files that may import ``pickle``, and why."""


@functools.cache
def nodes(path):
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def calls(path):
    """Yield every call in a file, as it is written: its function and its keywords."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {item.arg: ast.unparse(item.value) for item in node.keywords}, node.lineno


def wrong(path):
    """Return what a file may not do."""
    found = []
    for name, keywords, line in calls(path):
        last = name.rpartition(".")[2]
        if name == "torch.load" and keywords.get("weights_only") != "True":
            found.append(f"{line}: torch.load without weights_only=True")
        if name in ("eval", "exec", "compile", "__import__", "os.system", "os.popen"):
            found.append(f"{line}: {name}")
        if "shell" in keywords and keywords["shell"] != "False":
            found.append(f"{line}: {name} with a shell")
        if name in ("yaml.load", "yaml.load_all", "yaml.parse") and keywords.get("Loader") not in LOADERS:
            found.append(f"{line}: {name} without a safe loader")
        if last in ("extractall", "unpack_archive") or (last == "extract" and "archive" in name):
            found.append(f"{line}: {name} unpacks")
        if last in ("load_state_dict_from_url", "read_pickle", "load_model") or re.match(r"torch\.(hub|package)", name):
            found.append(f"{line}: {name}")
        if name in ("numpy.load", "np.load") and keywords.get("allow_pickle", "False") != "False":
            found.append(f"{line}: {name} with pickles")
        if name in ("urllib.request.urlopen", "urllib.request.urlretrieve") and path.name not in ("reach.py",):
            found.append(f"{line}: {name} follows redirections to anywhere")
    return found


def imported(path):
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_makes_code_of_data(path):
    assert wrong(path) == []
    banned = {"joblib", "dill", "cloudpickle", "marshal", "shelve", "pty"} | (
        set() if str(path.relative_to(ROOT)) in UNPICKLE else {"pickle"}
    )
    assert banned & set(imported(path)) == set()


def test_no_resolver_evaluates_or_reads():
    """One resolver is registered, and it makes a run's id."""
    found = [
        (path.name, node.args[0].value)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("register_new_resolver")
    ]
    assert found == [("compose.py", "runner.id")]


def test_the_gate_can_close(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text(
        "torch.load(x)\ntorch.load(x, weights_only=False)\neval(x)\nsubprocess.run(x, shell=True)\n"
        "yaml.load(x, Loader=yaml.Loader)\nyaml.load(x)\narchive.extractall()\ntorch.hub.load(x)\n"
        "np.load(x, allow_pickle=True)\nurllib.request.urlopen(x)\nmodel.eval()\nre.compile(x)\n"
    )
    assert [int(text.partition(":")[0]) for text in wrong(path)] == list(range(1, 11))


SECURITY = ROOT / "SECURITY.md"


def test_every_promise_names_a_test_that_is_there():
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", SECURITY.read_text(encoding="utf-8"))
    assert len(named) >= 20
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{path}::{name}"


def test_every_row_of_promises_has_a_test():
    lines = SECURITY.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith(("| ---", "| promise"))]
    assert len(rows) > 12
    assert [row for row in rows if "::test_" not in row] == []
