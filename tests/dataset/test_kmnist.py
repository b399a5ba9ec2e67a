import pytest

from runner.dataset import kmnist as module
from runner.dataset.kmnist import HOME, kmnist
from tests.dataset import family


@pytest.mark.parametrize("in_memory", [True, False])
def test_reads_torchvisions_layout(tmp_path, in_memory):
    family.check_reads_torchvisions_layout(kmnist, HOME, tmp_path, in_memory=in_memory)


def test_downloads_what_is_nowhere(monkeypatch, serve, tmp_path):
    family.check_downloads(monkeypatch, serve, tmp_path, module, "kmnist")


def test_says_where_it_looked(tmp_path):
    family.check_says_where_it_looked(kmnist, HOME, tmp_path)


def test_folders_names_and_checksums_are_torchvisions():
    from torchvision.datasets import KMNIST

    family.check_torchvision_agrees(HOME, KMNIST, digests=True)


def test_classes_are_torchvisions():
    from torchvision.datasets import KMNIST

    assert [name.partition(" ")[0] for name in KMNIST.classes] == list(kmnist().classes)


def test_less_of_it(tmp_path):
    family.check_less_of_it(kmnist, HOME, tmp_path)
