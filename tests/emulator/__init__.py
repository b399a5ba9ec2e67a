"""A GPU for machines without one: torch's own CUDA build, on a runtime (gpu.c) and kernels (kernels.py) of ours.

It is slow, and shows nothing about speed. It shows what goes wrong on a GPU and not on a CPU: tensors of two devices,
memory that is read before it is copied, a step that waits, a graph that cannot be recorded.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def missing() -> str | None:
    """Return why there is no emulation on this machine; None if there is."""
    if not shutil.which("cc"):
        return "needs a C compiler"
    return None if headers() else "needs the headers of CUDA 13, which come with torch for CUDA"


@cache
def headers() -> Path | None:
    """Return the folder of the CUDA runtime's headers."""
    try:
        found = [file for file in files("nvidia-cuda-runtime") or () if file.name == "cuda_runtime_api.h"]
    except PackageNotFoundError:
        return None
    return Path(str(found[0].locate())).parent if found else None


@cache
def library() -> Path:
    """Compile the runtime, once a process; return its file, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="emulated-gpu-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = folder / "libcuda.so.1"  # torch asks for the driver under this name
    include = [f"-I{HERE / 'shim'}", f"-I{headers()}"]
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-w", *include, str(HERE / "gpu.c"), "-o", str(made)], check=True, timeout=60
    )
    return made


def variables(gpus: int = 1) -> dict[str, str]:
    """Return the environment of a process that has so many GPUs."""
    made = library()
    kept = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    return {
        **kept,
        "EMULATED_GPUS": str(gpus),
        "LD_PRELOAD": str(made),
        "LD_LIBRARY_PATH": str(made.parent),
        "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)]),
        "OMP_NUM_THREADS": "1",
    }
