"""Draw the README's pictures anew: ``python .readme/pictures.py``, with Chromium on the path. Takes a few minutes.

A real search is done in a temporary folder, and its report and its page in MLflow are looked at without a window.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), "")
SEARCH = (
    "-m", "sweep=bayes", "sweep.name=first", "sweep.trials=30", "epochs=9", "model=mlp,cnn",
    "optimizer.lr=tag(log,interval(1e-4,1e-1))", "model.dropout=interval(0,0.5)",
)  # fmt: skip


def main() -> None:
    """Search, and look at what came out."""
    if not BROWSER:
        sys.exit("no Chromium here")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "OMP_NUM_THREADS": "1"}
        runner = [sys.executable, "-P", "-m", "runner"]
        subprocess.run([*runner, *SEARCH], cwd=folder, env=environment, check=True)
        shoot((folder / "outputs/first/report.html").as_uri(), HERE / "report.png", folder, height=1150)
        with subprocess.Popen([*runner, "ui", "--json"], cwd=folder, env=environment, stdout=subprocess.PIPE) as ui:
            assert ui.stdout is not None
            try:
                url = json.loads(ui.stdout.readline())["url"].rstrip("/")
                shoot(f"{url}/#/experiments/1/runs", HERE / "mlflow.png", folder, height=820)
            finally:
                ui.send_signal(signal.SIGINT)


def shoot(url: str, path: Path, folder: Path, height: int) -> None:
    """Keep what a page looks like."""
    words = [
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage",
        f"--user-data-dir={folder / 'browser'}", f"--window-size=1280,{height}", "--virtual-time-budget=20000",
        f"--screenshot={path}", url,
    ]  # fmt: skip
    subprocess.run([BROWSER, *words], check=True, timeout=180, capture_output=True)


if __name__ == "__main__":
    main()
