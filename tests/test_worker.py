import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(code, **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_process_whose_parent_has_gone_does_not_begin():
    done = run("from runner.child import die_with_parent; die_with_parent()", RUNNER_PARENT="1")
    assert done.returncode == 1
    assert "has gone" in done.stderr


def test_a_process_that_hangs_after_a_signal_is_ended():
    done = run(
        """
        import os, time
        from runner.interrupt import Mortal
        with Mortal(0.3):
            os.kill(os.getpid(), 15)
            time.sleep(30)
        """
    )
    assert done.returncode == -14
