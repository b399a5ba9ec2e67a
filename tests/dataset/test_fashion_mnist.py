import gzip
import hashlib

import pytest

from runner.dataset import fashion_mnist as module
from runner.dataset.data import fingerprint
from runner.dataset.fashion_mnist import HOME, fashion_mnist
from tests.dataset import family


@pytest.mark.parametrize("in_memory", [True, False])
def test_reads_torchvisions_layout(tmp_path, in_memory):
    family.check_reads_torchvisions_layout(fashion_mnist, HOME, tmp_path, in_memory=in_memory)


def test_downloads_what_is_nowhere(monkeypatch, serve, tmp_path):
    family.check_downloads(monkeypatch, serve, tmp_path, module, "fashion_mnist")


def test_says_where_it_looked(tmp_path):
    family.check_says_where_it_looked(fashion_mnist, HOME, tmp_path)


def test_folders_names_and_classes_are_torchvisions():
    from torchvision.datasets import FashionMNIST

    family.check_torchvision_agrees(HOME, FashionMNIST, digests=False)  # ours are of what the archives hold
    assert list(fashion_mnist().classes) == FashionMNIST.classes


def test_less_of_it(tmp_path):
    family.check_less_of_it(fashion_mnist, HOME, tmp_path)


@pytest.mark.skipif(not HOME.package.is_dir(), reason="needs the Debian package dataset-fashion-mnist")
def test_debians_files_are_the_published_ones_and_samples_those_of_the_first_release():
    for name, expected in HOME.digests.items():
        content = gzip.decompress((HOME.package / name).read_bytes())
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == expected
    splits = fashion_mnist().load()
    parts = (splits.train, splits.valid, splits.test)
    assert [len(part) for part in parts] == [54_000, 6_000, 10_000]
    assert splits.mean.item() == pytest.approx(72.94, abs=0.2)  # 0.286 of 255, the published mean
    assert splits.fingerprint == "5cb1add9a90c647312cc7347f38a2065bccf1d6da3f0f80af4815315755f8443"
    assert (
        fingerprint([tensor for part in parts for tensor in (part.inputs, part.targets)])
        == "8fd127a9818327daf8cd13040960ad30456c058e03023c899d3f9e14a4975218"
    )
