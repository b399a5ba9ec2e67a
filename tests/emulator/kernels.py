"""The kernels of a GPU that is not there: what torch would launch is computed by the CPU, over the same memory.

Everything else is torch's own, for gpu.c stands where the CUDA runtime would: streams, events, pinned memory,
allocators, autocast, graphs. What a GPU would refuse is refused: tensors of two devices, and, where it is watched
(``torch.cuda.set_sync_debug_mode``), whatever makes the host wait. Random numbers follow the device's own generators,
but are not those that a GPU would draw.
"""

import ctypes
from contextlib import contextmanager

import cells
import torch
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves, tree_map

LIBRARY = ctypes.CDLL(None)
LIBRARY.gpu_before_kernel.argtypes = LIBRARY.gpu_recording.argtypes = [ctypes.c_void_p]
LIBRARY.gpu_note.argtypes = [ctypes.c_void_p, ctypes.c_long]

NO_KERNELS = {
    "empty", "empty_strided", "empty_like", "new_empty", "new_empty_strided", "_local_scalar_dense", "_pin_memory",
    "is_pinned", "set_", "resize_", "record_stream", "detach", "detach_", "lift_fresh", "_reshape_alias",
    "_unsafe_view", "transpose_", "t_", "squeeze_", "unsqueeze_", "as_strided_",
}  # fmt: skip
"""Operations that take memory, read one number, or look at memory another way: torch does them itself."""
WAITING = {
    "nonzero", "masked_select", "_unique2", "unique_dim", "unique_consecutive", "repeat_interleave", "equal",
    "bincount",
}  # fmt: skip
"""Operations whose result is as large as the values say."""
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index", "_unsafe_index_put"}
"""Operations that take indices from the host too."""
EXCHANGES = {"c10d", "_c10d_functional"}
"""Operations of several processes: gloo's, which copies to the host and back."""
SHAPES_ONLY = ("FakeTensor", "FunctionalTensor")

replays = []


@ctypes.CFUNCTYPE(None, ctypes.c_long)
def replay(number: int) -> None:
    """Compute a kernel of a graph again."""
    with _disable_current_modes():
        replays[number]()


LIBRARY.gpu_replays(replay)


def near(value):
    """Return a tensor of the CPU over the memory of a tensor of the device."""
    if not isinstance(value, torch.Tensor) or value.device.type != "cuda":
        return value
    storage = value.untyped_storage()
    size, shape, steps = storage.nbytes(), value.shape, value.stride()
    with _disable_current_modes():
        if size == 0:
            return torch.empty_strided(shape, steps, dtype=value.dtype)
        memory = torch.frombuffer((ctypes.c_char * size).from_address(storage.data_ptr()), dtype=torch.uint8)
        seen = torch.empty(0, dtype=value.dtype).set_(memory.untyped_storage(), value.storage_offset(), shape, steps)
        return torch._neg_view(seen) if value.is_neg() else seen


def far(value, device):
    """Return a tensor of the device with the values of one of the CPU."""
    made = torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device=device)
    near(made).copy_(value)
    return made


def dense(value) -> bool:
    """Tell whether a tensor's elements follow one another in memory, in whatever order."""
    size = 1
    for length, step in sorted(zip(value.shape, value.stride(), strict=True), key=lambda both: both[1]):
        if length != 1 and step != size:
            return False
        size *= length
    return True


@contextmanager
def drawing(device, operation):
    """Let what is drawn at random follow the device's generator, and leave the CPU's as it was."""
    if torch.Tag.nondeterministic_seeded not in operation.tags:
        yield
        return
    before, generator = torch.get_rng_state(), torch.cuda.default_generators[device.index]
    torch.default_generator.manual_seed(seed_of(generator))
    generator.set_offset(generator.get_offset() + 4)
    try:
        yield
    finally:
        torch.set_rng_state(before)


def seed_of(generator) -> int:
    return (generator.initial_seed() * 1000003 + generator.get_offset()) % 2**63


def computed(operation, args, kwargs):
    function = getattr(cells, operation._schema.name.partition("::")[2], operation)
    with _disable_current_modes(), torch.autocast("cpu", enabled=False), torch.no_grad():
        return function(*args, **kwargs)


class Kernels(TorchDispatchMode):
    """While it is entered, kernels on tensors of "cuda" are computed."""

    supports_higher_order_operators = True

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        tensors = [value for value in tree_leaves((args, kwargs)) if isinstance(value, torch.Tensor)]
        here = [value.device for value in tensors if value.device.type == "cuda"]
        wanted = torch.device(kwargs["device"]) if kwargs.get("device") is not None else None
        name = func._schema.name.partition("::")[2]
        if any(type(value).__name__ in SHAPES_ONLY for value in tensors):
            return func(*args, **kwargs)
        if any(type(value).__torch_dispatch__ is not torch._C._disabled_torch_dispatch_impl for value in tensors):
            return NotImplemented  # made of other tensors, whose turn comes
        if not here and (wanted is None or wanted.type != "cuda"):
            return func(*args, **kwargs)
        if torch.is_inference_mode_enabled() and func._can_decompose():  # elsewhere autograd has taken it apart
            with self:
                return func.decompose(*args, **kwargs)
        if func.is_view or name in NO_KERNELS or func.namespace in EXCHANGES:
            return func(*args, **kwargs)
        if name == "copy_":
            return copy(*args, **kwargs)
        if name == "_to_copy":
            return moved(*args, **kwargs)
        device = wanted if wanted is not None and wanted.type == "cuda" else here[0]
        if device.index is None:
            device = torch.device("cuda", torch.cuda.current_device())
        refuse(name, tensors, device, args)
        return launch(func, args, kwargs, device)


def refuse(name, tensors, device, args):
    """Refuse tensors of two devices, and waiting where it is watched."""
    if name in INDEXING and args[0].device.type == "cpu":
        raise RuntimeError(
            f"indices should be either on cpu or on the same device as the indexed tensor (cpu), not {device}"
        )
    others = [value for value in tensors if value.dim() and value.device != device]
    if others and (name not in INDEXING or any(value.device.type != "cpu" for value in others)):
        raise RuntimeError(
            f"Expected all tensors to be on the same device, but {name} got {device} and {others[0].device}"
        )
    masks = name in INDEXING and any(
        isinstance(value, torch.Tensor) and value.dtype in (torch.bool, torch.uint8) for value in tree_leaves(args[1])
    )
    if name in WAITING or masks or others:
        if torch.cuda.get_sync_debug_mode() == 2:
            raise RuntimeError(f"called a synchronizing CUDA operation: {name}")
        torch.cuda.current_stream(device).synchronize()


def launch(func, args, kwargs, device):
    """Compute a kernel now, or, while a graph is recorded, whenever the graph is launched."""
    stream = torch.cuda.current_stream(device).cuda_stream
    known, kept = {}, []

    def down(value):
        if isinstance(value, torch.Generator) and value.device.type == "cuda":
            return torch.Generator().manual_seed(seed_of(value))
        seen = near(value)
        if seen is not value:
            known[id(seen)] = value
            kept.append(seen)
        return seen

    def up(value):
        if not isinstance(value, torch.Tensor):
            return value
        return known[id(value)] if id(value) in known else far(value, device)

    args, kwargs = tree_map(down, (args, kwargs))
    if "device" in kwargs:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    if LIBRARY.gpu_recording(stream):
        return record(func, args, kwargs, up, kept, stream)
    LIBRARY.gpu_before_kernel(stream)
    with drawing(device, func):
        return tree_map(up, computed(func, args, kwargs))


def record(func, args, kwargs, up, kept, stream):
    """Note a kernel: its results have their places from now on, and their values at each launch."""
    before = [value.clone() for value in kept]
    result = computed(func, args, kwargs)
    outputs = tree_map(up, result)
    for value, old in zip(kept, before, strict=True):  # nothing is computed yet
        value.copy_(old)
    places = [near(value) for value in tree_leaves(outputs) if isinstance(value, torch.Tensor)]

    def again():
        values = [value for value in tree_leaves(computed(func, args, kwargs)) if isinstance(value, torch.Tensor)]
        for place, value in zip(places, values, strict=True):
            place.copy_(value)

    replays.append(again)
    LIBRARY.gpu_note(stream, len(replays) - 1)
    return outputs


def copy(to, source, non_blocking=False):
    """Copy as ``Tensor.copy_``: torch itself where bytes are only moved, a kernel where they are changed."""
    copied = torch.ops.aten.copy_.default
    if to.device.type == source.device.type == "cuda" or not to.numel():
        return launch(copied, (to, source.to(to.device)), {}, to.device)
    alike = to.dtype == source.dtype and to.shape == source.shape and to.stride() == source.stride()
    if alike and dense(to):
        return copied(to, source, non_blocking)
    if to.device.type == "cuda":
        staged = torch.empty(to.shape, dtype=to.dtype).copy_(source)
        whole = torch.empty(to.shape, dtype=to.dtype, device=to.device)
        copied(whole, staged, non_blocking)
        return launch(copied, (to, whole), {}, to.device)
    LIBRARY.gpu_before_kernel(torch.cuda.current_stream(source.device).cuda_stream)
    whole = far(near(source).to(to.dtype).expand(to.shape).contiguous(), source.device)
    staged = torch.empty(to.shape, dtype=to.dtype)
    copied(staged, whole, False)
    return to.copy_(staged)


def moved(source, *, dtype=None, layout=None, device=None, pin_memory=None, non_blocking=False, memory_format=None):
    """Return a copy as ``Tensor.to`` makes it; what comes from a device without waiting comes to pinned memory."""
    device = source.device if device is None else torch.device(device)
    pinned = non_blocking and source.device.type == "cuda" and device.type == "cpu"
    layout = memory_format or torch.preserve_format
    shape = torch.empty_like(source, device="meta", dtype=dtype or source.dtype, memory_format=layout)
    made = torch.empty_strided(shape.shape, shape.stride(), dtype=shape.dtype, device=device, pin_memory=pinned)
    return copy(made, source, non_blocking)


def enter() -> TorchDispatchMode:
    """Compute kernels from now on; whatever only cuDNN or fused attention has goes the way that needs neither."""
    torch.backends.cudnn.enabled = False
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)
    torch.backends.cuda.enable_cudnn_sdp(False)
    torch.distributed.is_nccl_available = lambda: False  # it has kernels of its own
    mode = Kernels()
    mode.__enter__()
    return mode
