"""Signatures read from source text: the same as inspect's, and nothing is imported."""

import inspect
import sys
import textwrap
from typing import Any, Literal

import pytest

from runner.check.module import Unknown, load
from runner.check.parameter import REQUIRED
from runner.check.signature import read_signature
from runner.types import Count, Positive


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    load.cache_clear()
    read_signature.cache_clear()

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    yield write
    load.cache_clear()
    read_signature.cache_clear()


def kinds(target):
    return {name: p.annotation for name, p in read_signature(target).parameters.items()}


def test_a_function_with_everything(write):
    write(
        "mod_a.py",
        '''
        raise SystemError("this module must not be imported")
        from typing import Literal, Optional
        from runner.types import Count, Positive as Rate
        from torch import Tensor
        Mode = Literal["a", "b"]
        def build(x, /, lr: Rate, depth: "Count" = 2, *rest, mode: Mode = "a", t: Tensor | None = None,
                  scale=1 / 3, **more) -> None:
            """Build.

            Args:
                lr: Rate of
                    learning.
                depth, mode: Two at once.

            Returns:
                nothing: at all
            """
        ''',
    )
    found = read_signature("mod_a.build")
    assert list(found.parameters) == ["lr", "depth", "mode", "t", "scale"]
    assert found.open
    assert kinds("mod_a.build")["depth"] == Count
    assert kinds("mod_a.build")["mode"] == Literal["a", "b"]
    assert found.parameters["lr"].default is REQUIRED
    assert (found.parameters["depth"].default, found.parameters["scale"].default) == (2, "1 / 3")
    assert found.parameters["lr"].doc == "Rate of learning."
    assert found.parameters["mode"].doc == "Two at once."
    assert "mod_a" not in sys.modules


def test_an_aliased_type_is_not_guessed(write):
    write("mod_b.py", "from runner.types import Positive\ndef f(a: Positive, b: Strange, c: list[Strange]): ...\n")
    assert kinds("mod_b.f") == {"a": Positive, "b": Any, "c": list[Any]}


def test_a_class_inherits_its_init_across_files(write):
    write("pack/__init__.py", "from .deep.base import *\nfrom .deep import base as aliased\n")
    write("pack/deep/__init__.py", "")
    write("pack/deep/base.py", "class Base:\n    def __init__(self, width: int, depth: int = 1): ...\n")
    write(
        "pack/mine.py", "from pack import Base as Parent\nclass Net(Parent):\n    def forward(self): ...\nAlias = Net\n"
    )
    for target in ("pack.Base", "pack.mine.Net", "pack.mine.Alias", "pack.aliased.Base", "pack.deep.base.Base"):
        assert list(read_signature(target).parameters) == ["width", "depth"], target


def test_a_function_hides_the_module_of_its_name(write):
    write("twin/__init__.py", "from twin.net import net\nfrom twin import other\n")
    write("twin/net.py", "def net(width: int): ...\n")
    write("twin/other.py", "def build(depth: int): ...\n")
    assert list(read_signature("twin.net").parameters) == ["width"]
    assert list(read_signature("twin.other.build").parameters) == ["depth"]


def test_dataclass_fields_inherit(write):
    write(
        "mod_d.py",
        """
        from dataclasses import dataclass, field
        from typing import ClassVar
        @dataclass
        class A:
            a: int
            kind: ClassVar[str] = "x"
        @dataclass(frozen=True)
        class B(A):
            b: list[int] = field(default_factory=list)
            hidden: int = field(init=False, default=0)
        """,
    )
    assert list(read_signature("mod_d.B").parameters) == ["a", "b"]


def test_class_and_static_methods(write):
    write(
        "mod_e.py",
        """
        class A:
            @classmethod
            def make(cls, x: int): ...
            @staticmethod
            def plain(x: int): ...
        """,
    )
    assert list(read_signature("mod_e.A.make").parameters) == ["x"]
    assert list(read_signature("mod_e.A.plain").parameters) == ["x"]


def test_what_only_an_import_can_tell(write):
    write(
        "mod_f.py", "import functools\nf = functools.partial(print)\nfor g in [1]: pass\ndef __getattr__(name): ...\n"
    )
    assert read_signature("mod_f.f") is None
    assert read_signature("mod_f.anything") is None
    assert read_signature("math.sqrt") is None


def test_imports_in_a_circle_end(write):
    write("ring_a.py", "from ring_b import thing\n")
    write("ring_b.py", "from ring_a import thing\n")
    assert read_signature("ring_a.thing") is None


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("runner.model.cnn.CN", "did you mean CNN?"),
        ("runner.model.cnnn.CNN", "did you mean cnn?"),
        ("runner.modle.cnn.CNN", "did you mean model?"),
        ("runer.model.cnn.CNN", "did you mean runner?"),
        ("runner.model", "is a module"),
        ("CNN", "not of the form package.module.name"),
        ("a..b", "not of the form package.module.name"),
        ("torch.optim.RMSpro", "did you mean RMSprop?"),
    ],
)
def test_unknown_targets_name_the_nearest(target, message):
    with pytest.raises(Unknown, match=message.replace("?", r"\?")):
        read_signature(target)


def test_broken_python_is_told(write):
    write("mod_g.py", "def f(:\n")
    with pytest.raises(Unknown, match=r"mod_g\.py:1 is not valid Python"):
        read_signature("mod_g.f")


@pytest.mark.parametrize(
    "target",
    [
        "torch.optim.SGD",
        "torch.optim.RMSprop",
        "torch.nn.Linear",
        "torch.nn.TransformerEncoderLayer",
        "torch.optim.lr_scheduler.OneCycleLR",
    ],
)
def test_torch_is_read_as_inspect_sees_it(target):
    from hydra.utils import get_object

    real = inspect.signature(get_object(target)).parameters.values()
    named = [p.name for p in real if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    assert list(read_signature(target).parameters) == named
