import shutil

import numpy
import pytest
import torch
from PIL import Image

from runner.dataset import image_folder as module
from runner.dataset.batch import Batches
from runner.dataset.data import statistics
from runner.dataset.image_folder import fits, image_folder

CPU = torch.device("cpu")


def paint(path, seed):
    generator = numpy.random.default_rng(seed)
    height, width = generator.integers(10, 30, 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(generator.integers(0, 256, (height, width, 3), dtype=numpy.uint8)).save(path)


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """20 cats and 40 dogs of different sizes."""
    root = tmp_path_factory.mktemp("data") / "pets"
    for number in range(60):
        name = "cat" if number < 20 else "dog"
        paint(root / name / f"{number:02d}.png", number)
    return root


def parts(splits):
    return splits.train, splits.valid, splits.test


def test_facts_are_known_before_anything_is_decoded(pets):
    data = image_folder(str(pets), size=12, colour="grey")
    assert (data.name, data.shape, data.classes) == ("pets", (1, 12, 12), ("cat", "dog"))
    assert image_folder(str(pets)).shape == (3, 64, 64)
    with pytest.raises(ValueError, match=r"did you mean .*pets\?"):
        image_folder(str(pets.parent / "pet"))


def test_every_picture_is_in_one_part_and_classes_keep_their_share(pets):
    splits = image_folder(str(pets), size=8, test=0.2, valid=0.25).load()
    assert [torch.bincount(part.targets).tolist() for part in parts(splits)] == [[12, 24], [4, 8], [4, 8]]
    seen = torch.cat([part.inputs for part in parts(splits)])
    everything = image_folder(str(pets), size=8, test=0.0, valid=0.0).load().train.inputs
    assert sorted(map(tuple, seen.flatten(1).tolist())) == sorted(map(tuple, everything.flatten(1).tolist()))


def test_memory_changes_nothing(pets):
    keys = {"size": 8, "augment": None, "workers": 0}
    (there, here) = (image_folder(str(pets), in_memory=memory, **keys).load() for memory in (True, False))
    assert isinstance(there.train.inputs, torch.Tensor)
    assert not isinstance(here.train.inputs, torch.Tensor)
    assert there.fingerprint == here.fingerprint
    assert torch.equal(there.mean, here.mean)
    assert torch.equal(there.std, here.std)
    first, second = (
        list(Batches(splits.train, 16, mean=splits.mean, std=splits.std, device=CPU, shuffle=True)(epoch=2))
        for splits in (there, here)
    )
    for (images, labels), (again, same) in zip(first, second, strict=True):
        assert torch.equal(images, again)
        assert torch.equal(labels, same)


def test_loader_workers_decode(pets):
    data = image_folder(str(pets), size=8, in_memory=False, workers=2)
    splits = data.load()
    batches = Batches(splits.valid, 4, mean=splits.mean, std=splits.std, device=CPU, workers=data.workers)
    assert sum(len(labels) for _, labels in batches()) == len(splits.valid)


@pytest.mark.parametrize(("available", "memory"), [(4 * 60 * 192 + 4, True), (4 * 60 * 192, False)])
def test_a_quarter_of_what_is_free_decides(pets, monkeypatch, available, memory):
    import psutil

    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": available}))
    assert fits(60 * 192) == memory
    splits = image_folder(str(pets), size=8).load()  # 60 pictures of 3 * 8 * 8 bytes
    assert isinstance(splits.train.inputs, torch.Tensor) == memory


def test_statistics_are_of_the_training_part(pets):
    splits = image_folder(str(pets), size=8).load()
    mean, std = statistics(splits.train.inputs)
    assert torch.equal(splits.mean, mean)
    assert torch.equal(splits.std, std)


@pytest.mark.parametrize("memory", [True, False])
def test_statistics_of_many_pictures_are_those_of_a_sample(pets, monkeypatch, memory):
    exact = image_folder(str(pets), size=8).load().mean
    monkeypatch.setattr(module, "SAMPLE", 20)
    some = image_folder(str(pets), size=8, in_memory=memory).load().mean
    assert not torch.equal(some, exact)
    torch.testing.assert_close(some, exact, atol=6, rtol=0)


def test_ready_made_parts_are_used_and_the_rest_is_held_out(tmp_path):
    for number in range(20):
        paint(tmp_path / "train" / "ab"[number % 2] / f"{number}.png", number)
    for number in range(6):
        paint(tmp_path / "test" / "ab"[number % 2] / f"{number}.png", 100 + number)
    splits = image_folder(str(tmp_path), size=8, valid=0.2).load()
    assert [len(part) for part in parts(splits)] == [16, 4, 6]
    assert splits.test.targets.tolist() == [0, 0, 0, 1, 1, 1]
    shutil.copytree(tmp_path / "test", tmp_path / "val")
    splits = image_folder(str(tmp_path), size=8, valid=0.2).load()
    assert [len(part) for part in parts(splits)] == [20, 6, 6]
    assert torch.equal(splits.valid.inputs, splits.test.inputs)


def test_fingerprints_see_bytes_names_size_colour_and_split_but_not_the_place(pets, tmp_path):
    def of(folder=pets, **keys):
        return image_folder(str(folder), **({"size": 8} | keys)).load().fingerprint

    copy = shutil.copytree(pets, tmp_path / "copy")
    assert of() == of(copy)
    (copy / "cat" / "00.png").rename(copy / "cat" / "100.png")
    renamed = of(copy)
    paint(copy / "cat" / "01.png", 1000)
    prints = {of(), of(size=9), of(colour="grey"), of(split_seed=1), of(valid=0.3), renamed, of(copy)}
    assert len(prints) == 7


def test_the_split_is_the_same_every_time_and_another_for_another_seed(pets):
    first, again, other = (image_folder(str(pets), size=8, split_seed=seed).load() for seed in (0, 0, 1))
    assert torch.equal(first.train.inputs, again.train.inputs)
    assert not torch.equal(first.train.inputs, other.train.inputs)


@pytest.mark.parametrize("memory", [True, False])
def test_broken_files_are_found_before_training(pets, tmp_path, memory):
    copy = shutil.copytree(pets, tmp_path / "copy")
    for name in ("cat/00.png", "dog/30.png"):
        (copy / name).write_bytes(b"broken")
    with pytest.raises(ValueError, match=r"2 of 60 files in .*copy cannot be decoded: .*(cat/00|dog/30).png"):
        image_folder(str(copy), size=8, in_memory=memory).load()


def test_sampling_is_passed_on(pets):
    assert image_folder(str(pets), sampling="balanced").sampling == "balanced"
