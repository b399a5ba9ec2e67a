import itertools
import logging
import warnings

import pytest

from runner.log import logged


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
    assert capsys.readouterr().err.startswith("warning: loud\nerror: failed: cause\n")


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
