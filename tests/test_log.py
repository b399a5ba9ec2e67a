import itertools
import logging
import re
import warnings

import pytest

from runner.log import described, logged


def test_the_file_holds_all_and_the_terminal_warnings_in_one_line(tmp_path, capsys):
    log = logging.getLogger("runner.test")
    with logged(tmp_path):
        log.info("quiet")
        log.warning("loud")
        warnings.warn("from a library", stacklevel=1)
        try:
            raise ValueError("cause")
        except ValueError:
            log.exception("failed")
    log.warning("too late")
    text = (tmp_path / "log.txt").read_text()
    for part in ("quiet", "loud", "from a library", "Traceback", "ValueError: cause"):
        assert part in text
    assert "too late" not in text
    first, second, place = capsys.readouterr().err.splitlines()[:3]
    assert (first, second) == ("warning: loud", "error: failed: ValueError: cause")
    assert re.fullmatch(r"  --> \S*test_log\.py:\d+ in test_\w+", place)


@pytest.mark.parametrize("capturing", [False, True])
def test_logging_is_afterwards_as_it_was_however_runs_overlap(tmp_path, capturing):
    loggers = [logging.getLogger(name) for name in ("runner", "py.warnings")]

    def state():
        return [(one.level, one.propagate, one.handlers[:]) for one in loggers], warnings.showwarning

    original = warnings.showwarning
    logging.captureWarnings(capturing)
    try:
        before = state()
        for first, second in itertools.permutations(range(2)):
            runs = [logged(tmp_path / "a"), logged(tmp_path / "b")]
            for run in runs:
                run.__enter__()
            runs[first].__exit__(None, None, None)
            assert warnings.showwarning is not original
            runs[second].__exit__(None, None, None)
            assert state() == before
    finally:
        logging.captureWarnings(False)
    assert warnings.showwarning is original


class Poor(RuntimeError):
    """As one of this package."""


Poor.__module__ = "runner.hardware.exhausted"


def raised(error, code="raise error"):
    """Raise an error in code without a file, as others' code is here, and return it."""
    try:
        exec(code, {"error": error})
    except type(error) as caught:
        caught.__traceback__ = caught.__traceback__.tb_next  # without this file
        return caught


def test_the_kind_is_told_unless_the_words_are_ours():
    assert described(raised(KeyError("boom"))) == "KeyError: 'boom'"
    assert described(raised(RuntimeError("boom"))) == "RuntimeError: boom"
    assert described(raised(AssertionError())) == "AssertionError"
    assert described(raised(ValueError("dataset.valid=0 holds nothing out"))) == "dataset.valid=0 holds nothing out"
    assert described(raised(Poor("too little memory"))) == "too little memory"
    assert described(RuntimeError("made to be told")) == "made to be told"
