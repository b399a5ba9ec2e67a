"""What was measured as a table for people, 80 columns wide."""

from __future__ import annotations

from typing import Any

from runner.figure.fold import fold

Values = dict[str, Any]


def lines(found: Values) -> list[str]:
    """Return a table for people, 80 columns wide."""
    machine, model = found["machine"], found["model"]
    text = [
        f"{machine['cpu']}, {machine['processors']} processors, {machine['threads']} CPU threads, "
        f"{machine['memory_bytes'] / 1e9:.1f} GB",
        f"measured on {machine['device']} · torch {machine['torch']} · Python {machine['python']}",
        *(f"{about['name']}, {(about['memory_bytes'] or 0) / 1e9:.1f} GB" for about in machine["devices"]),
    ]
    text += ["", "matrix products"]
    text += [
        row(kind, cell, "flops_per_second", "FLOP/s", f"n = {cell.get('n')}") for kind, cell in found["matmul"].items()
    ]
    text += ["", "memory"]
    text += [row(way, cell, "bytes_per_second", "B/s") for way, cell in found["memory"].items()]
    text += ["", "copies from the machine to the GPU"]
    copies = found["host_to_device"]
    if "skipped" in copies:
        text.append(row("", copies))
    else:
        for way, cell in copies.items():
            text.append(row(way, cell, "bytes_per_second", "B/s", f"{cell['hidden']:.0%} hidden behind products"))
    text += ["", "all-reduce"]
    for backend, cell in found["all_reduce"].items():
        if "skipped" in cell:
            text.append(row(backend, cell))
        for size in ("small", "large") if "skipped" not in cell else ():
            one = cell[size]
            note = f"{short(one['tensor_bytes'])}B in {one['seconds'] * 1e3:.2f} ms, {cell['processes']} processes"
            text.append(row(backend, one, "bytes_per_second", "B/s", note))
    return [line for told in [*text, "", *model_lines(model)] for line in told.split("\n")]


def model_lines(model: Values) -> list[str]:
    """Return the lines about the model."""
    head = f"{model['model']} on {model['dataset']}, batches of {model['batch_size']}, {model['precision']}, "
    head += "one process" if model["processes"] == 1 else f"{model['processes']} processes"
    if "skipped" in model:
        return [head, row("", model)]
    share = "no rate to compare with" if model["flops_per_second"] else "no matrix products"
    share = share if model["mfu"] is None else f"{model['mfu']:.1%} of the products above (MFU)"
    unit, step = model["unit"], f"{model['seconds_per_step'] * 1e3:.4g} ms: forward, backward, update"
    speed = f"{model['samples_per_second']:,.0f} {unit}/s"
    text = [
        head,
        f"  {'speed':<12}{speed:>20}  {spread(model):<7}{step}",
        row("work", model, "flops_per_second", "FLOP/s", share),
        row(f"of a {unit.removesuffix('s')}", {"flops": model["flops_per_sample"]}, "flops", "FLOP"),
    ]
    size = model["peak_memory_bytes"]
    text.append(f"  {'memory':<12}{'unknown' if size is None else f'{short(size)}B':>20}  {model['peak_memory_of']}")
    return text


def row(name: str, cell: Values, key: str = "", unit: str = "", note: str = "", width: int = 80) -> str:
    """Return one line of the table: a name, a number with its unit, how far repetitions lie apart, and a note."""
    if "skipped" in cell:
        head = f"  {name:<12}" if name else "  "
        return "\n".join(fold(f"not measured: {cell['skipped']}", head, " " * len(head), width))
    return f"  {name:<12}{short(cell[key]) + unit:>20}  {spread(cell):<7}{note}".rstrip()


def spread(cell: Values) -> str:
    """Return how far repetitions lie apart, to both sides."""
    return f"± {cell['spread'] / 2:.0%}" if "spread" in cell else ""


def short(number: float) -> str:
    """Return a number in few characters, ready for its unit: "12.3 G"."""
    for size, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            scaled = number / size
            return f"{scaled:,.{2 if scaled < 10 else 1 if scaled < 100 else 0}f} {prefix}"
    return f"{number:.0f} "
