import pytest

from runner.dataset import mnist as module
from runner.dataset.mnist import HOME, mnist
from tests.dataset import family


@pytest.mark.parametrize("in_memory", [True, False])
def test_reads_torchvisions_layout(tmp_path, in_memory):
    family.check_reads_torchvisions_layout(mnist, HOME, tmp_path, in_memory=in_memory)


def test_downloads_what_is_nowhere(monkeypatch, serve, tmp_path):
    family.check_downloads(monkeypatch, serve, tmp_path, module, "mnist")


def test_says_where_it_looked(tmp_path):
    family.check_says_where_it_looked(mnist, HOME, tmp_path)


def test_folders_names_and_checksums_are_torchvisions():
    from torchvision.datasets import MNIST

    family.check_torchvision_agrees(HOME, MNIST, digests=True)


def test_classes_are_torchvisions():
    from torchvision.datasets import MNIST

    assert [name.partition(" ")[0] for name in MNIST.classes] == list(mnist().classes)


def test_less_of_it(tmp_path):
    family.check_less_of_it(mnist, HOME, tmp_path)
