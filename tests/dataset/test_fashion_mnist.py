import gzip
import hashlib
import struct

import pytest
import torch

from runner.dataset import fashion_mnist as module
from runner.dataset.fashion_mnist import DEBIAN, SHA256, fashion_mnist, locate


def idx(tensor):
    return bytes([0, 0, 8, tensor.dim()]) + struct.pack(f">{tensor.dim()}I", *tensor.shape) + tensor.numpy().tobytes()


@pytest.fixture
def folder(tmp_path):
    """Small files in torchvision's layout, one of them packed."""
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    generator = torch.Generator().manual_seed(0)
    for part, count in (("train", 40), ("t10k", 20)):
        images = torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=generator)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        (raw / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx((torch.arange(count) % 10).byte())))
    return tmp_path


@pytest.mark.parametrize("in_memory", [True, False])
def test_reads_torchvisions_layout(folder, in_memory):
    splits = fashion_mnist(folder=str(folder), valid=0.25, in_memory=in_memory).load()
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (30, 10, 20)
    assert splits.train.inputs[0].shape == (1, 28, 28)
    assert splits.test.targets.tolist() == [i % 10 for i in range(20)]


def test_says_where_it_looked(tmp_path):
    with pytest.raises(ValueError, match=f"not in {tmp_path}.*train-images"):
        fashion_mnist(folder=str(tmp_path)).load()


def test_images_without_their_labels_are_refused(folder):
    path = folder / "FashionMNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(idx(torch.zeros(19, dtype=torch.uint8))))
    with pytest.raises(ValueError, match="20 images and 19 labels"):
        fashion_mnist(folder=str(folder)).load()


def test_downloads_what_is_missing_into_the_last_place(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(module, "fetch", lambda *arguments: asked.append(arguments) or arguments[1])
    name = "t10k-labels-idx1-ubyte"
    path = locate(name, [tmp_path / "a", tmp_path / "b"], download=True)
    assert path == tmp_path / "b" / "FashionMNIST" / "raw" / f"{name}.gz"
    assert asked == [(f"{module.URL}/{name}.gz", path, SHA256[name])]


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="needs the Debian package dataset-fashion-mnist")
def test_debians_files_are_the_published_ones():
    for name, expected in SHA256.items():
        assert hashlib.sha256(gzip.decompress((DEBIAN / f"{name}.gz").read_bytes())).hexdigest() == expected
    splits = fashion_mnist().load()
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (54_000, 6_000, 10_000)
    assert splits.mean.item() == pytest.approx(72.94, abs=0.2)  # 0.286 of 255, the published mean
