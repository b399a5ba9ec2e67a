import io
import pickle
import tarfile

import numpy
import pytest
import torch

from runner.dataset.image.cifar_files import LIMIT, batch, read


def images(count, seed=0):
    return numpy.random.default_rng(seed).integers(0, 256, (count, 3072), dtype=numpy.uint8)


def content(count=4, key=b"labels", labels=None, **more):
    labels = [i % 10 for i in range(count)] if labels is None else labels
    return pickle.dumps(
        {b"batch_label": b"b", key: labels, b"data": images(count), b"filenames": [b"x.png"] * count} | more, 2
    )


def archive(path, files, links=()):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return path


@pytest.mark.parametrize("key", [b"labels", b"fine_labels"])
def test_a_batch_is_images_by_channel_and_labels(key):
    pixels, labels = batch(content(key=key), 10)
    assert pixels.dtype == torch.uint8
    assert labels.tolist() == [0, 1, 2, 3]
    assert torch.equal(pixels, torch.from_numpy(images(4)).view(4, 3, 32, 32))  # red rows first, then green, then blue


def test_fine_labels_come_before_coarse_ones():
    more = {b"coarse_labels": [0, 0, 0, 0], b"fine_labels": [7, 8, 9, 6]}
    table = pickle.dumps({b"data": images(4)} | more, 2)
    assert batch(table, 10)[1].tolist() == [7, 8, 9, 6]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({b"data": images(2), b"labels": [0, 10]}, "2 images and 2 labels from 0 to 9 do not belong together"),
        ({b"data": images(2), b"labels": [0, -1]}, "do not belong together"),
        ({b"data": images(2), b"labels": [0, True]}, "do not belong together"),
        ({b"data": images(2), b"labels": [0]}, "2 images and 1 labels"),
        ({b"data": images(2)[:, :5], b"labels": [0, 1]}, "no images of 3x32x32"),
        ({b"data": images(2).tobytes(), b"labels": [0, 1]}, "no images of 3x32x32"),
        ({b"data": images(2), b"labels": b"01"}, "no images of 3x32x32 bytes with a list of labels"),
        ({b"data": images(2).astype(float), b"labels": [0, 1]}, "an array of .*, not of bytes"),
        ([1, 2], "no images of 3x32x32"),
    ],
)
def test_what_is_no_batch_is_refused(table, reason):
    with pytest.raises(ValueError, match=reason):
        batch(pickle.dumps(table, 2), 10)


@pytest.mark.parametrize("packed", [True, False])
def test_folder_and_archive_hold_the_same(tmp_path, packed):
    files = {"one": content(4), "two": content(2), "last": content(3)}
    if packed:
        path = archive(tmp_path / "a.tar.gz", {f"inner/{name}": text for name, text in files.items()})
    else:
        path = tmp_path
        for name, text in files.items():
            (path / name).write_bytes(text)
    (pixels, labels), (test, _) = read(path, "inner", ["one", "two"], "last", 10)
    assert torch.equal(pixels, torch.from_numpy(numpy.concatenate([images(4), images(2)])).view(6, 3, 32, 32))
    assert labels.tolist() == [0, 1, 2, 3, 0, 1]
    assert torch.equal(test, torch.from_numpy(images(3)).view(3, 3, 32, 32))


def test_members_by_other_names_are_not_looked_at_and_nothing_is_written(tmp_path):
    files = {"inner/one": content(), "inner/last": content(), "../outside": b"x", "inner/../one": b"x", "one": b"x"}
    path = archive(tmp_path / "a.tar.gz", files)
    read(path, "inner", ["one"], "last", 10)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_no_file(tmp_path):
    (tmp_path / "secret").write_bytes(content())
    path = archive(tmp_path / "a.tar.gz", {"inner/last": content()}, [("inner/one", str(tmp_path / "secret"))])
    with pytest.raises(ValueError, match=r"a.tar.gz is not complete: there is no file one in it"):
        read(path, "inner", ["one"], "last", 10)


def test_a_hostile_batch_is_refused_by_name(tmp_path):
    hostile = b"cposix\nsystem\n(S'touch ran'\ntR."
    path = archive(tmp_path / "a.tar.gz", {"inner/one": hostile, "inner/last": content()})
    with pytest.raises(ValueError, match=r"a.tar.gz: one: it asks for posix.system, which is not data"):
        read(path, "inner", ["one"], "last", 10)


@pytest.mark.parametrize("damage", [lambda text: text[: len(text) // 2], lambda _: b"no archive", lambda _: b""])
def test_a_damaged_archive_is_named(tmp_path, damage):
    path = archive(tmp_path / "a.tar.gz", {"inner/one": content(), "inner/last": content()})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"a.tar.gz is a damaged archive"):
        read(path, "inner", ["one"], "last", 10)


def test_a_member_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    assert LIMIT > 50_000 * 3072
    monkeypatch.setattr("runner.dataset.image.cifar_files.LIMIT", 100)
    path = archive(tmp_path / "a.tar.gz", {"inner/one": content(), "inner/last": content()})
    with pytest.raises(ValueError, match="no file one"):
        read(path, "inner", ["one"], "last", 10)
