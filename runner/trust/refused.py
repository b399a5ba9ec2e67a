"""Targets that no configuration may name, whoever wrote it: they turn data into code. Names only, nothing is imported.

Hydra has such a list of its own, which an environment variable can open and which lacks what a deep-learning
installation brings along (``torch.load``, ``joblib.load``, ``pip.main``). Neither can be complete: what bounds files
from elsewhere is the list of what they may name, in ``runner.trust.foreign``; this one is for lines that were copied.
"""

from __future__ import annotations

from collections.abc import Iterator

PICKLES = "it loads pickles, and a pickle is a program"
PROGRAMS = "it starts programs"
TEXT = "it makes code of text"
FILES = "it writes, moves or removes files"

_NAMES = {
    PICKLES: """
        pickle. _pickle. cPickle. marshal. shelve. dill. cloudpickle. joblib. skops. mlflow.
        torch.load torch.serialization. torch.jit.load torch.jit._serialization. torch.package. torch.hub.
        torch.export.load torch.export.pt2_archive. torch._export. torch._inductor. torch.utils.model_zoo.
        torch.distributed.checkpoint. torch.distributed.rpc.
        torch.storage._load_from_bytes torch.utils.serialization. torch.fx.graph_module.
        numpy.load numpy.lib.npyio. numpy.lib._npyio_impl. numpy.lib.format.
        pandas.read_pickle pandas.io.pickle. pandas.compat.pickle_compat. pandas.read_hdf pandas.io.pytables.
    """,
    PROGRAMS: """
        os. posix. nt. subprocess. _posixsubprocess. pty. multiprocessing. _multiprocessing. concurrent. asyncio.
        pip. ensurepip. venv. setuptools. distutils. numpy.distutils. numpy.f2py. webbrowser. antigravity
        torch.multiprocessing. torch.distributed.run. torch.distributed.launch. torch.distributed.launcher.
        torch.distributed.elastic. torch.utils.cpp_extension. torch.utils.bottleneck. torch.utils.benchmark.
        torch.utils.data.datapipes. cProfile. profile. trace. doctest. unittest. pytest. IPython. pexpect. sh. invoke.
        runner.cli. runner.launch. runner.child. runner.supervise. runner.worker. runner.verb. runner.environment.
        runner.inspect.trials. runner.machine. runner.sweep.worker. runner.sweep.crew. runner.sweep.slots.
        runner.tracking.
    """,
    TEXT: """
        builtins. code. codeop. runpy. timeit. importlib. imp. zipimport. pkgutil. pdb. bdb. pydoc. inspect. gc. sys.
        ctypes. _ctypes. cffi. numpy.ctypeslib. types.FunctionType types.CodeType types.MethodType
        typing.get_type_hints typing.ForwardRef typing._eval_type yaml. jinja2. logging.config. operator. _operator.
        pandas.eval pandas.core.computation. pandas.DataFrame.eval pandas.DataFrame.query
        pandas.core.frame.DataFrame.eval pandas.core.frame.DataFrame.query
        numexpr. sympy. string.Formatter. dataclasses.make_dataclass collections.namedtuple
        torch.ops. torch.classes. torch._ops. torch._classes. torch.library. torch.jit.CompilationUnit
        torch.fx.experimental. torch._dynamo.
        hydra.main hydra.compose hydra.utils.instantiate hydra.utils.call hydra._internal. hydra.core.
        omegaconf.OmegaConf.register_new_resolver omegaconf.OmegaConf.register_resolver
        omegaconf.omegaconf.OmegaConf.register_new_resolver omegaconf.omegaconf.OmegaConf.register_resolver
    """,
    FILES: """
        shutil. tempfile. zipfile. tarfile. io. _io. codecs.open pathlib.Path. pathlib._local. pathlib._abc.
        pathlib.PosixPath. urllib. sqlite3. runner.folder. runner.durable. runner.state. runner.statefile. runner.trust.
        torch.save numpy.save numpy.savez numpy.savetxt numpy.memmap
    """,
}
"""Exact names; with a dot at the end, everything that begins so."""

_COMPUTING = """
    abs bool bytes complex dict float frozenset int len list max min range round set slice str sum tuple
"""
_PATHS = "os.path.join os.path.expanduser os.path.abspath os.path.basename os.path.dirname"
HARMLESS = frozenset(f"builtins.{name}" for name in _COMPUTING.split()) | frozenset(_PATHS.split())
"""What begins like that and only computes."""

REFUSED = {name: why for why, names in _NAMES.items() for name in names.split()}

LOOKING_UP = frozenset(f"hydra.utils.get_{what}" for what in ("class", "method", "object", "static_method"))
"""Targets that return what a name of the configuration stands for; Hydra documents them for classes as values."""


def refusal(*names: str) -> str | None:
    """Return why a target is refused, or None.

    Args:
        names: All that is known to mean it: as it was written, and where it is defined.
    """
    for name in names:
        if name not in HARMLESS and (
            why := next((REFUSED[part] for part in _beginnings(name) if part in REFUSED), None)
        ):
            return f"it is refused wherever it is named, because {why}"
    return None


def _beginnings(name: str) -> Iterator[str]:
    """Yield a dotted name, and everything that it begins with, up to a dot."""
    yield name
    parts = name.split(".")
    yield from (".".join(parts[:count]) + "." for count in range(1, len(parts)))


def identity(found: object) -> str:
    """Return where an imported object says that it is defined: whatever name it was found by."""
    return f"{getattr(found, '__module__', None)}.{getattr(found, '__qualname__', None)}"
