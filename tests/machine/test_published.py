"""Which published datasets are here: found where they would be read from, whole or not at all."""

import pytest
import yaml

from runner.dataset import cifar, mnist, svhn
from runner.home import CONF
from runner.machine.published import folder_of, holds, published


@pytest.fixture(autouse=True)
def cached(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNNER_DATA", str(tmp_path))
    return tmp_path


def test_every_choice_that_can_be_downloaded_is_known():
    targets = {}
    for path in (CONF / "dataset").glob("*.yaml"):
        node = yaml.safe_load(path.read_text())
        if "download" in node:
            targets[path.stem] = published(node["_target_"]).title
    assert targets["cifar10"], targets["cifar100"] == ("CIFAR-10", "CIFAR-100")
    assert len(set(targets.values())) == len(targets) >= 6
    assert published("runner.dataset.digits.digits") is None
    assert published("runner.dataset.noise.noise") is None


def test_all_files_packed_or_not(cached):
    raw = cached / "MNIST" / "raw"
    raw.mkdir(parents=True)
    names = list(mnist.HOME.digests)
    for name in names[:-1]:
        (raw / name).touch()
    assert folder_of(mnist.HOME) is None, "one of four is missing"
    (raw / names[-1].removesuffix(".gz")).touch()
    assert folder_of(mnist.HOME) == raw
    assert folder_of(svhn.HOME) is None


def test_an_archive_or_its_folder(cached):
    assert folder_of(cifar.HOME_10) is None
    (cached / "cifar-100-python").mkdir()
    assert folder_of(cifar.HOME_100) == cached
    assert folder_of(cifar.HOME_10) is None, "the other one's folder begins with almost the same words"
    (cached / "cifar-10-batches-py").mkdir()
    assert folder_of(cifar.HOME_10) == cached
    assert not holds(cached, "cifar-20-python.tar.gz")


def test_a_system_package_comes_first(cached, tmp_path):
    from dataclasses import replace

    package = tmp_path / "package"
    package.mkdir()
    for name in mnist.HOME.digests:
        (package / name).touch()
    assert folder_of(replace(mnist.HOME, package=package)) == package
