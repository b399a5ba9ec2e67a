from collections import Counter

import pytest
import torch

from runner.dataset.language.vocabulary import UNKNOWN
from runner.dataset.text_folder import samples, text_folder
from runner.dataset.typos import Typos


@pytest.fixture
def folder(tmp_path):
    for name, word in (("down", "low"), ("up", "high")):
        (tmp_path / name / "deep").mkdir(parents=True)
        for i in range(10):
            inner = tmp_path / name / ("deep" if i % 2 else "") / f"{i}.txt"
            inner.write_text(f"{word} {'!' * i}\n", encoding="utf-8")
    (tmp_path / "up" / "notes.md").write_text("not text", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    return tmp_path


def spelled(data, part):
    return ["".join(data.tokens[i] for i in row) for row in part.inputs.tolist()]


def test_every_file_is_a_sample_of_its_folders_class(folder):
    data = text_folder(str(folder), length=20)
    splits = data.load()
    parts = (splits.train, splits.valid, splits.test)
    found = sorted(
        (data.classes[y], x) for p in parts for x, y in zip(spelled(data, p), p.targets.tolist(), strict=True)
    )
    expected = [(n, f"{w} {'!' * i}".strip()) for n, w in (("down", "low"), ("up", "high")) for i in range(10)]
    assert found == sorted(expected)
    assert [torch.bincount(part.targets).tolist() for part in parts] == [[7, 7], [1, 1], [2, 2]]
    assert data.facts() == {
        "in_shape": (20,), "classes": 2, "vocabulary": len(data.tokens), "next_token": False, "sizes": (),
    }  # fmt: skip


def test_padding_is_zero_and_long_texts_are_cut(folder):
    data = text_folder(str(folder), length=6)
    splits = data.load()
    assert data.tokens[:2] == ("", UNKNOWN)
    assert data.preparation.startswith("the first 6 characters (Unicode code points) of a file: each is the number of")
    assert data.preparation.endswith("from 0 (others: 1); behind them 0 up to the length")
    for part in (splits.train, splits.test):
        for row, string in zip(part.inputs.tolist(), spelled(data, part), strict=True):
            assert len(row) == 6
            assert row[len(string) :] == [0] * (6 - len(string))
            assert 0 not in row[: len(string)]
            assert f"{string}!".startswith(("low !"[: len(string)], "high !"[: len(string)]))


def test_the_vocabulary_is_that_of_the_training_part(folder):
    seen = text_folder(str(folder)).load()
    (folder / "up" / "x.txt").write_text("ÿ", encoding="utf-8")  # in which part it is, the seed decides
    for seed in range(20):
        data = text_folder(str(folder), split_seed=seed)
        train = {c for row in spelled(data, data.load().train) for c in row}
        assert set(data.tokens) - {"", UNKNOWN} == train - {UNKNOWN}
    assert seen.fingerprint != data.load().fingerprint


def test_units(tmp_path):
    content = "one\ntwo\n\n three \n  \nfour\r\n\r\nfive"
    (tmp_path / "x.txt").write_bytes(content.encode())
    stamps = ((str(tmp_path / "x.txt"), 0, 0),)
    assert samples(stamps, "line") == ("one", "two", "three", "four", "five")
    assert samples(stamps, "paragraph") == ("one\ntwo", "three", "four", "five")
    assert samples(stamps, "file") == (content,)


def test_lower_and_rare(folder):
    (folder / "up" / "x.txt").write_text("HIGH", encoding="utf-8")
    assert not {"H", "I", "G"} & set(text_folder(str(folder), lower=True).tokens)
    whole = text_folder(str(folder))
    counts = Counter("".join(spelled(whole, whole.load().train)))
    common = {character for character, count in counts.items() if count >= 14}
    assert set(text_folder(str(folder), min_frequency=14).tokens) - {"", UNKNOWN} == common != set(counts)


def test_typos_are_in_training_batches_alone(folder):
    typos = Typos(swap=0.3)
    data = text_folder(str(folder), length=20, typos=typos)
    splits = data.load()
    assert torch.equal(splits.train.inputs, text_folder(str(folder), length=20).load().train.inputs)
    uniform = torch.rand(len(splits.train), data.augment.draws, generator=torch.Generator().manual_seed(0))
    inputs, targets = data.augment(splits.train.inputs, splits.train.targets, uniform, 0)
    assert torch.equal(inputs, typos.rows(splits.train.inputs, data.tokens, uniform))
    assert torch.equal(targets, splits.train.targets)
    assert not torch.equal(inputs, splits.train.inputs)
    assert torch.equal(inputs.sort().values, splits.train.inputs.sort().values)  # letters only changed places


def test_mistakes_are_named(folder):
    with pytest.raises(ValueError, match="no such folder"):
        text_folder(str(folder / "none"))
    with pytest.raises(ValueError, match=r"at least two classes.*found none"):
        text_folder(str(folder / "up" / "deep"))
    with pytest.raises(ValueError, match="found only deep"):
        text_folder(str(folder / "up"))
    (folder / "up" / "bad.txt").write_bytes(b"ab\xff")
    with pytest.raises(ValueError, match=r"bad\.txt is not UTF-8 text: byte 2"):
        text_folder(str(folder))


def test_a_class_of_empty_texts_is_named(folder):
    (folder / "void").mkdir()
    (folder / "void" / "x.txt").write_text(" \n", encoding="utf-8")
    with pytest.raises(ValueError, match="texts of class void are empty"):
        text_folder(str(folder))


@pytest.mark.parametrize("unit", ["file", "line"])
def test_other_texts_are_read_as_the_dataset_reads_its_own(folder, unit):
    data = text_folder(str(folder), unit=unit, length=5, lower=True, valid=0, test=0)
    (folder / "empty").rmdir()
    names, found = data.encode([str(folder)])
    first = {"file": f"{folder}/down/0.txt"} | ({"line": 1} if unit == "line" else {})
    assert first in names
    stored = {tuple(row) for row in data.load().train.inputs.tolist()}
    assert len(found) == 20
    assert {tuple(row) for row in found.tolist()} == stored
    (folder / "void.txt").write_text(" \n")
    with pytest.raises(ValueError, match=r"no text in .*void\.txt"):
        data.encode([str(folder / "up" / "0.txt"), str(folder / "void.txt")])
