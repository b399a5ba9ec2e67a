import os

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.trust.document import REPEATED, check_yaml, read_object, read_text, read_yaml

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(PLAIN)
def test_whatever_is_written_without_tricks_passes(value):
    check_yaml(yaml.safe_dump(value, allow_unicode=True))


def test_aliases_may_save_writing(tmp_path):
    (tmp_path / "a.yaml").write_text("a: &a {b: [1, 2]}\nc: *a\nd: {<<: *a, e: 3}\n")
    assert read_yaml(tmp_path / "a.yaml")[0] == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}, "d": {"b": [1, 2], "e": 3}}


@pytest.mark.parametrize("length", [1, 10])
def test_how_much_aliases_add_is_bounded(length):
    head = f"a: &a [{','.join('x' * length)}]\n"
    times = REPEATED // (length + 1)
    check_yaml(head + f"b: [{','.join(['*a'] * times)}]")
    with pytest.raises(ValueError, match="aliases repeat more than 10,000 values"):
        check_yaml(head + f"b: [{','.join(['*a'] * (times + 1))}]")


def test_files_are_bounded(tmp_path):
    path = tmp_path / "a"
    path.write_text("abc")
    assert read_text(path, 3) == "abc"
    with pytest.raises(ValueError, match="a has more than 2 bytes"):
        read_text(path, 2)
    path.write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"a is not UTF-8 text: byte 0 is 0xff"):
        read_text(path)
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "b")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="is no plain file"):
        read_text(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("text", "said"), [("a: [", "a.yaml:2 is broken YAML"), ("a: !!python/name:os.system x", "a.yaml:1")]
)
def test_what_is_wrong_has_its_line(tmp_path, text, said):
    (tmp_path / "a.yaml").write_text(f"{text}\n")
    with pytest.raises(ValueError, match=said):
        read_yaml(tmp_path / "a.yaml")


@pytest.mark.parametrize("text", ["[]", "3", "{", "[" * 100_000, ""])
def test_only_an_object_is_one(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"a\.json"):
        read_object(tmp_path / "a.json")
