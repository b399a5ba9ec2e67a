import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runner.interrupt import Interrupt, Interrupted

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
