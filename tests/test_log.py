import logging
import warnings

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
