import hashlib
from dataclasses import replace

import pytest

from runner.dataset.locate import Home

HOME = Home("Things", "THINGS/raw", "https://never.asked", {"a.gz": f"md5:{hashlib.md5(b'packed').hexdigest()}"})


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("RUNNER_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


def put(path, content=b""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("inside", ["a", "a.gz", "THINGS/raw/a", "THINGS/raw/a.gz"])
def test_looks_in_the_named_folder_and_in_torchvisions_below_it(tmp_path, inside):
    path = put(tmp_path / "mine" / inside)
    assert HOME.find(str(tmp_path / "mine"), False, "a", "a.gz") == path


def test_the_better_name_and_the_system_package_come_first(tmp_path, cache):
    cached = put(cache / "THINGS" / "raw" / "a")
    assert HOME.find(None, False, "a", "a.gz") == cached
    put(tmp_path / "package" / "a.gz")
    better = put(tmp_path / "package" / "a")
    assert replace(HOME, package=tmp_path / "package").find(None, False, "a", "a.gz") == better


def test_downloads_into_the_cache_what_is_nowhere(serve, cache):
    home = replace(HOME, url=serve({"a.gz": b"packed"}))
    path = home.find(None, True, "a", "a.gz")
    assert path == cache / "THINGS" / "raw" / "a.gz"
    assert path.read_bytes() == b"packed"
    assert HOME.find(None, True, "a", "a.gz") == path  # and then never asks again


def test_a_named_folder_is_never_downloaded_into(tmp_path):
    with pytest.raises(ValueError, match=f"Things is not in {tmp_path}: a or a.gz is missing .see dataset.folder"):
        HOME.find(str(tmp_path), True, "a", "a.gz")


def test_says_everywhere_it_looked(tmp_path, cache):
    with pytest.raises(ValueError, match=f"not in {tmp_path / 'package'} and {cache}"):
        replace(HOME, package=tmp_path / "package").find(None, False, "a", "a.gz")


def test_a_tilde_is_the_users_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    path = put(tmp_path / "mine" / "a")
    assert HOME.find("~/mine", False, "a") == path
