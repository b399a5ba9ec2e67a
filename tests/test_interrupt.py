import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runner.interrupt import SIGNALS, Interrupt, Interrupted, Leaving

REPO = Path(__file__).parent.parent


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_only_sets_a_flag_until_it_is_asked_for(number):
    before = signal.getsignal(number)
    with Interrupt() as interrupt:
        interrupt.check()
        os.kill(os.getpid(), number)
        with pytest.raises(Interrupted, match=number.name) as caught:
            interrupt.check()
        assert caught.value.signum == number
    assert signal.getsignal(number) is before


def test_a_second_signal_ends_the_process_at_once():
    code = "import os, signal, time\nfrom runner.interrupt import Interrupt\n"
    code += "with Interrupt():\n for _ in range(2): os.kill(os.getpid(), signal.SIGINT)\n time.sleep(30)"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(REPO)}, timeout=20)
    assert done.returncode == 130


def test_outside_the_main_thread_it_leaves_signals_alone():
    found = []

    def work():
        with Interrupt() as interrupt:
            found.append(interrupt.previous)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [{}]


def test_a_terminal_that_is_to_be_outlived_is():
    """``nohup`` has SIGHUP ignored: a run that stopped at it would stop when its user logs out."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        for entered in (Interrupt(), Leaving()):
            with entered:
                os.kill(os.getpid(), signal.SIGHUP)
                assert not entered.signum
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_where_nothing_has_to_be_finished_a_signal_leaves_at_once(number):
    before = [signal.getsignal(each) for each in SIGNALS]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises((Interrupted, KeyboardInterrupt)), Leaving() as leaving:
        os.kill(os.getpid(), number)
    assert leaving.signum == number
    assert [signal.getsignal(each) for each in SIGNALS] == before
    assert leaving.code(1) == leaving.code(2) == 128 + number, "an error that a library made of it"
    assert leaving.code(0) == 0
    assert Leaving().code(1) == 1


def test_what_a_signal_raised_and_a_library_swallowed_reaches_the_training():
    with Leaving():
        with contextlib.suppress(Interrupted):
            os.kill(os.getpid(), signal.SIGTERM)
        with Interrupt() as interrupt, pytest.raises(Interrupted) as stop:
            interrupt.check()
    assert stop.value.signum == signal.SIGTERM
