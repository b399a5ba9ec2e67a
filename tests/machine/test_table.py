"""The table for people: every number with its unit, nothing wider than 80 columns."""

from runner.machine.table import lines, row, short

FOUND = {
    "machine": {
        "cpu": "A CPU", "processors": 8, "threads": 4, "memory_bytes": 32e9, "device": "cuda", "torch": "2.15",
        "python": "3.12.1", "devices": [{"name": "A GPU", "memory_bytes": 80e9}],
    },
    "matmul": {
        "fp32": {"flops_per_second": 51.2e12, "n": 8192, "spread": 0.02},
        "tf32": {"skipped": "a reason that is longer than anybody would want to read in a table of this width, at all"},
    },
    "memory": {"copy": {"bytes_per_second": 2.9e12, "array_bytes": 2**27, "spread": 0.0}},
    "host_to_device": {"pinned": {"bytes_per_second": 55e9, "copy_bytes": 2**26, "hidden": 0.97, "spread": 0.1}},
    "all_reduce": {
        "gloo": {
            "processes": 2,
            "small": {"tensor_bytes": 4096, "seconds": 1e-4, "bytes_per_second": 40.96e6},
            "large": {"tensor_bytes": 2**24, "seconds": 0.01, "bytes_per_second": 1.68e9},
        },
        "nccl": {"skipped": "needs two GPUs"},
    },
    "model": {
        "dataset": "digits", "model": "CNN", "batch_size": 64, "precision": "fp32", "processes": 1, "unit": "samples",
        "samples_per_second": 12345.6, "seconds_per_step": 0.0051, "spread": 0.04, "flops_per_sample": 8.9e6,
        "flops_per_second": 1.1e11, "peak_memory_bytes": None, "peak_memory_of": "not known", "mfu": 0.375,
    },
}  # fmt: skip


def test_each_number_is_there_with_its_unit():
    text = lines(FOUND)
    assert max(map(len, text)) <= 80
    whole = " ".join(" ".join(text).split())
    for words in (
        "A CPU, 8 processors, 4 CPU threads, 32.0 GB", "A GPU, 80.0 GB", "fp32 51.2 TFLOP/s ± 1% n = 8192",
        "tf32 not measured: a reason", "copy 2.90 TB/s ± 0%", "pinned 55.0 GB/s ± 5% 97% hidden behind products",
        "gloo 41.0 MB/s 4.10 kB in 0.10 ms, 2 processes", "gloo 1.68 GB/s 16.8 MB in 10.00 ms",
        "nccl not measured: needs two GPUs", "CNN on digits, batches of 64, fp32, one process",
        "speed 12,346 samples/s ± 2% 5.1 ms: forward, backward, update",
        "work 110 GFLOP/s ± 2% 37.5% of the products above (MFU)", "of a sample 8.90 MFLOP", "memory unknown not known",
    ):  # fmt: skip
        assert words in whole


def test_what_was_not_measured_has_no_numbers():
    model = {**FOUND["model"], "mfu": None}
    text = " ".join(lines({**FOUND, "model": model, "host_to_device": {"skipped": "no GPU"}}))
    assert "no rate to compare with" in text
    assert "no matrix products" in " ".join(lines({**FOUND, "model": {**model, "flops_per_second": 0.0}}))
    assert "not measured: no GPU" in text
    gone = {name: FOUND["model"][name] for name in ("dataset", "model", "batch_size", "precision", "processes")}
    text = "\n".join(lines({**FOUND, "model": {**gone, "skipped": "out of memory"}}))
    assert text.endswith("CNN on digits, batches of 64, fp32, one process\n  not measured: out of memory")


def test_short_numbers():
    assert [short(x) for x in (0, 999, 1000, 12_340, 123_400, 9.87e12)] == [
        "0 ", "999 ", "1.00 k", "12.3 k", "123 k", "9.87 T",
    ]  # fmt: skip
    assert row("x", {"value": 1500.0}, "value", "B").split() == ["x", "1.50", "kB"]
