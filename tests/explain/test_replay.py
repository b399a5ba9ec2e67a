"""Merging with a memory, step by step."""

from runner.explain.replay import GONE, Replay


def events(replay, *key):
    return [(event.value, event.place) for event in replay.history[key]]


def test_a_mapping_is_merged_and_all_else_replaces():
    replay = Replay()
    replay.put((), {"a": {"b": 1, "c": 2}, "d": [1]}, "first")
    replay.put((), {"a": {"b": 3}, "d": [4, 5]}, "second")
    assert replay.leaves == {("a", "b"): 3, ("a", "c"): 2, ("d",): [4, 5]}
    assert events(replay, "a", "b") == [(1, "first"), (3, "second")]
    assert events(replay, "a", "c") == [(2, "first")]


def test_a_value_in_the_place_of_a_mapping_takes_what_was_inside():
    replay = Replay()
    replay.put((), {"a": {"b": 1}}, "first")
    replay.put(("a",), None, "second")
    assert replay.leaves == {("a",): None}
    assert events(replay, "a", "b") == [(1, "first"), (GONE, "second")]
    replay.put(("a", "c"), 2, "third")
    assert replay.leaves == {("a", "c"): 2}
    assert events(replay, "a") == [(None, "second"), ({}, "third")]


def test_an_empty_mapping_is_only_filled():
    replay = Replay()
    replay.put((), {"a": {}}, "first")
    replay.put((), {"a": {}}, "again")
    replay.put(("a", "b"), 1, "second")
    assert replay.leaves == {("a", "b"): 1}
    assert events(replay, "a") == [({}, "first")]
    replay.put(("a",), {}, "third")
    assert replay.leaves == {("a", "b"): 1}


def test_a_missing_value_replaces_nothing():
    replay = Replay()
    replay.put((), {"a": 1}, "first")
    replay.put((), {"a": "???", "b": "???"}, "second")
    assert replay.leaves == {("a",): 1, ("b",): "???"}


def test_deletions_and_elements():
    replay = Replay()
    replay.put((), {"a": {"b": 1}, "l": [1, [2], {"x": 3}]}, "first")
    replay.put(("l", "1", "0"), 5, "second")
    replay.put(("l", "2", "x"), 6, "third")
    replay.delete(("a", "b"), "~a.b")
    assert replay.leaves == {("l",): [1, [5], {"x": 6}], ("a",): {}}
    assert events(replay, "a", "b")[-1] == (GONE, "~a.b")
