from runner.check.reason import cause, key_in, problem_of, reason_of


class InstantiationException(Exception):
    """Named as Hydra's."""


def wrapped(error):
    try:
        raise InstantiationException("Error in call") from error
    except InstantiationException as outer:
        return outer


def test_the_users_own_words_and_where():
    assert reason_of(ValueError("too few\nmore")) == "too few"
    assert reason_of(ValueError("too few"), "model") == "model: too few"
    assert reason_of(ValueError("model.widths is empty"), "model") == "model.widths is empty"
    assert reason_of(ValueError("model=x is none"), "model") == "model=x is none"


def test_other_errors_say_what_they_are():
    assert reason_of(KeyError("x")) == "KeyError: 'x'"
    assert reason_of(ValueError()) == "ValueError"


def test_what_hydra_wrapped():
    inner = ValueError("inner")
    assert cause(wrapped(wrapped(inner))) is inner
    assert reason_of(wrapped(inner)) == "inner"


def test_the_first_key_of_the_group_that_a_message_names():
    assert key_in("hardware=auto: hardware.device=cuda is not here", "hardware") == "hardware.device"
    assert key_in("dataset.augment.sizes: no images of 4x4", "dataset") == "dataset.augment.sizes"
    assert key_in("nothing fits", "dataset") == "dataset"


def test_the_key_whose_value_is_named_comes_before_one_that_is_only_mentioned():
    node = {"folder": "NOTHERE", "size": 8, "more": {"kind": "png"}, "on_error": "skip", "_target_": "images.folder"}
    assert key_in("there is no NOTHERE: dataset.on_error says what then", "dataset", node) == "dataset.folder"
    assert key_in("8 images, none is png", "dataset", node) == "dataset.more.kind"
    assert key_in("skipped: images.folder with 8", "dataset", node) == "dataset"


def test_an_error_of_the_users_own_code_is_at_what_chose_it_unless_it_names_a_value():
    try:
        raise ValueError("no NOTHERE")
    except ValueError as error:
        named, other = (problem_of(error, "dataset", {"folder": name}) for name in ("NOTHERE", "pictures"))
    assert (named.key, other.key) == ("dataset.folder", "dataset._target_")
    assert named.code == other.code != ""
    assert problem_of(ValueError("no NOTHERE"), "dataset", {}, "dataset=mine").message == "dataset=mine: no NOTHERE"
