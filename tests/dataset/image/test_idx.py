import gzip
import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from runner.dataset.image.idx import pair, parse, read, read_family
from runner.dataset.locate import Home
from tests.dataset.family import write


def pack(tensor, kind=8):
    header = bytes([0, 0, kind, tensor.dim()]) + struct.pack(f">{tensor.dim()}I", *tensor.shape)
    return header + tensor.numpy().tobytes()


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_reads_what_was_packed(tmp_path, suffix):
    tensor = torch.randint(0, 256, (3, 4, 5), dtype=torch.uint8)
    path = tmp_path / f"images{suffix}"
    path.write_bytes(gzip.compress(pack(tensor)) if suffix else pack(tensor))
    assert torch.equal(read(path), tensor)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "two zero bytes"),
        (b"PNG\r", "two zero bytes"),
        (bytes([0, 0, 13, 1, 0, 0, 0, 1, 0]), "type 0x0d"),
        (bytes([0, 0, 8, 2, 0, 0]), "header ends early"),
        (bytes([0, 0, 8, 0]), "header ends early"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 9, 1]), "promises 9 elements, 1 are there"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12, "promises"),
    ],
)
def test_refuses_by_name(tmp_path, content, reason):
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(ValueError, match=reason) as caught:
        read(tmp_path / "bad")
    assert "bad is no IDX file" in str(caught.value)


def test_refuses_a_damaged_archive(tmp_path):
    packed = gzip.compress(pack(torch.randint(0, 256, (1000,), dtype=torch.uint8)))
    for content in (packed[:-5], packed[:10] + b"\xff" * 4 + packed[14:]):  # cut off, and what zlib refuses
        (tmp_path / "bad.gz").write_bytes(content)
        with pytest.raises(ValueError, match=r"bad\.gz is no IDX file: it is a damaged archive"):
            read(tmp_path / "bad.gz")


def test_refuses_an_archive_that_holds_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr("runner.dataset.image.idx.LIMIT", 1_000_000)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(20_000_000)))
    with pytest.raises(ValueError, match=r"bomb\.gz is no IDX file: it unpacks to more than 1,001,024 bytes"):
        read(tmp_path / "bomb.gz")


@given(st.binary(max_size=64))
def test_any_bytes_parse_or_are_refused(content):
    try:
        assert parse(content).dtype == torch.uint8
    except ValueError as error:
        assert str(error)  # noqa: PT017  # the only error there may be


def test_images_and_labels_are_paired():
    images, labels = pair(torch.zeros(3, 4, 5, dtype=torch.uint8), torch.tensor([0, 2, 1], dtype=torch.uint8), 3)
    assert images.shape == (3, 1, 4, 5)
    assert labels.dtype == torch.int64


@pytest.mark.parametrize(("shape", "labels"), [((3, 4, 5), [0, 1]), ((3, 4, 5), [0, 1, 3]), ((2, 4), [0, 1])])
def test_what_does_not_belong_together_is_refused(shape, labels):
    with pytest.raises(ValueError, match=f"{shape[0]} images and {len(labels)} labels"):
        pair(torch.zeros(shape, dtype=torch.uint8), torch.tensor(labels, dtype=torch.uint8), 3)


def test_a_family_is_read_from_its_four_files(tmp_path):
    home = Home("Things", "THINGS/raw", "https://never.asked", {})
    write(tmp_path, home.inner)
    train, test, source = read_family(home, str(tmp_path), False, 10)
    assert [tensor.shape for tensor in (*train, *test)] == [(40, 1, 28, 28), (40,), (20, 1, 28, 28), (20,)]
    assert source == str(tmp_path / "THINGS" / "raw")
    (tmp_path / "THINGS" / "raw" / "t10k-labels-idx1-ubyte.gz").write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r"t10k-labels-idx1-ubyte\.gz is no IDX file"):
        read_family(home, str(tmp_path), False, 10)
