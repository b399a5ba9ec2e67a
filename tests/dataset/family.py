"""Small files in the format of MNIST and its relatives, and what each of these datasets has to do with them."""

import gzip
import hashlib
import struct
from dataclasses import replace

import pytest
import torch

from runner.dataset.image.idx import FILES


def idx(tensor):
    """Return a uint8 tensor as an IDX document."""
    return bytes([0, 0, 8, tensor.dim()]) + struct.pack(f">{tensor.dim()}I", *tensor.shape) + tensor.numpy().tobytes()


def documents():
    """Return the four files, unpacked, of 40 training and 20 test images."""
    generator = torch.Generator().manual_seed(0)
    contents = []
    for count in (40, 20):
        contents.append(idx(torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=generator)))
        contents.append(idx((torch.arange(count) % 10).byte()))
    return dict(zip(FILES, contents, strict=True))


def write(folder, inner):
    """Write the files in torchvision's layout, images unpacked, labels packed."""
    raw = folder / inner
    raw.mkdir(parents=True)
    for name, content in documents().items():
        if "labels" in name:
            (raw / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (raw / name).write_bytes(content)
    return folder


def check_reads_torchvisions_layout(dataset, home, folder, **keys):
    """Images, labels, names and shape are what the files hold, in all three parts."""
    data = dataset(folder=str(write(folder, home.inner)), valid=0.25, **keys)
    splits = data.load()
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (30, 10, 20)
    assert data.shape == splits.train.inputs[0].shape == (1, 28, 28)
    assert len(data.classes) == 10
    stored = documents()["t10k-images-idx3-ubyte"][16:]
    assert torch.stack([splits.test.inputs[i] for i in range(20)]).numpy().tobytes() == stored
    assert splits.test.targets.tolist() == [i % 10 for i in range(20)]
    assert splits.source == str(folder / home.inner)


def check_downloads(monkeypatch, serve, folder, module, name):
    """What is nowhere is fetched, once, in the published form, and its checksum is looked at."""
    monkeypatch.setenv("RUNNER_DATA", str(folder))
    packed = {f"{one}.gz": gzip.compress(content) for one, content in documents().items()}
    whole = {file: gzip.decompress(content) if module.HOME.unpacked else content for file, content in packed.items()}
    kind = "sha256" if module.HOME.unpacked else "md5"
    digests = {file: f"{kind}:{hashlib.new(kind, content).hexdigest()}" for file, content in whole.items()}
    home = replace(module.HOME, url=serve(packed), digests=digests, package=None)
    monkeypatch.setattr(module, "HOME", home)
    dataset = getattr(module, name)
    first = dataset().load()
    assert {path.name for path in (folder / home.inner).iterdir()} == set(packed)
    monkeypatch.setattr(module, "HOME", replace(home, url="https://never.asked"))
    assert dataset().load().fingerprint == first.fingerprint
    (folder / home.inner / "t10k-labels-idx1-ubyte.gz").unlink()
    monkeypatch.setattr(module, "HOME", replace(home, digests=digests | {"t10k-labels-idx1-ubyte.gz": f"{kind}:0"}))
    with pytest.raises(ValueError, match=f"has {kind} .*, expected 0"):
        dataset().load()


def check_says_where_it_looked(dataset, home, folder):
    """A folder without the files is named, and so is the first file that is missing."""
    with pytest.raises(ValueError, match=f"{home.title} is not in {folder}: train-images-idx3-ubyte or .*folder"):
        dataset(folder=str(folder)).load()


def check_torchvision_agrees(home, theirs, digests):
    """torchvision keeps the files in the same folder and knows the same names and checksums."""
    assert home.inner == f"{theirs.__name__}/raw"
    assert set(home.digests) == {name for name, _ in theirs.resources}
    if digests:
        assert home.digests == {name: f"md5:{md5}" for name, md5 in theirs.resources}


def check_less_of_it(dataset, home, folder):
    """``keep``, ``fraction`` and ``sampling`` arrive where they belong."""
    data = dataset(folder=str(write(folder, home.inner)), valid=0.0, keep=[9, 3], fraction=0.5, sampling="balanced")
    splits = data.load()
    assert len(data.classes) == 2
    assert torch.bincount(splits.train.targets).tolist() == [2, 2]
    assert splits.test.targets.tolist() == [1, 0, 1, 0]
    assert data.sampling == "balanced"
    with pytest.raises(ValueError, match="no class 12"):
        dataset(keep=[12, 1])
