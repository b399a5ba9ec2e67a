"""Draw the README's pictures anew: ``python .readme/pictures.py``, with Chromium on the path. Takes a few minutes.

A real search and real trainings are done in a temporary folder; the search's report and the trainings in MLflow are
looked at without a window, by the browser's own protocol of DevTools.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

HERE = Path(__file__).resolve().parent
BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), "")
SEARCH = (
    "-m", "sweep=bayes", "sweep.name=first", "sweep.trials=30", "epochs=9", "model=mlp,cnn",
    "optimizer.lr=tag(log,interval(1e-4,1e-1))", "model.dropout=interval(0,0.5)", "~callback.mlflow",
)  # fmt: skip
TRAININGS = (("model=linear",), ("model=mlp",), ("model=cnn",), ("model=cnn", "optimizer=muon"))
CHARTS = "valid/(accuracy|loss|f1)"
CLOSE = "document.querySelector('[data-component-id=\"mlflow.assistant.chat_panel.close\"]').click()"
SEEK = "document.querySelector('[placeholder=\"Search metric charts\"]').focus()"


def main() -> None:
    """Search and train, and look at what came out."""
    if not BROWSER:
        sys.exit("no Chromium here")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "OMP_NUM_THREADS": "1"}
        runner = [sys.executable, "-P", "-m", "runner"]
        for words in (SEARCH, *(("epochs=15", *words) for words in TRAININGS)):
            subprocess.run([*runner, *words], cwd=folder, env=environment, check=True)
        report = (folder / "outputs/first/report.html").as_uri()
        with subprocess.Popen([*runner, "ui", "--json"], cwd=folder, env=environment, stdout=subprocess.PIPE) as ui:
            assert ui.stdout is not None
            try:
                url = json.loads(ui.stdout.readline())["url"].rstrip("/")
                asyncio.run(
                    shoot(report, f"{url}/#/experiments/1/runs?compareRunsMode=CHART&workflowType=machine_learning")
                )
            finally:
                ui.send_signal(signal.SIGINT)


async def shoot(report: str, mlflow: str) -> None:
    """Keep what the two pages look like."""
    async with Page.of_a_browser() as page:
        await page.open(report, width=1280, height=1150)
        await page.keep(HERE / "report.png")
        await page.open(mlflow, width=1440, height=860)
        for step in (CLOSE, SEEK):
            await page.call("Runtime.evaluate", expression=step)
        await page.call("Input.insertText", text=CHARTS)
        await asyncio.sleep(15)  # until the charts are drawn
        await page.keep(HERE / "mlflow.png")


class Page:
    """A page of a browser, spoken to in the protocol of DevTools."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket, self.count = socket, 0

    @classmethod
    @contextlib.asynccontextmanager
    async def of_a_browser(cls) -> AsyncIterator[Page]:
        """Start a browser; it ends with the context."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            words = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
            words += [
                "--disable-dev-shm-usage",
                f"--user-data-dir={profile}",
                "--remote-debugging-port=0",
                "about:blank",
            ]
            browser = subprocess.Popen([BROWSER, *words], stderr=subprocess.DEVNULL)
            try:
                while not (told := Path(profile, "DevToolsActivePort")).exists() or not told.read_text().count("\n"):
                    await asyncio.sleep(0.1)
                address = f"http://127.0.0.1:{told.read_text().split()[0]}/json/new?about:blank"
                async with aiohttp.ClientSession() as session:
                    async with session.put(address) as answer:
                        target = (await answer.json())["webSocketDebuggerUrl"]
                    async with session.ws_connect(target, max_msg_size=0) as socket:
                        yield cls(socket)
            finally:
                browser.terminate()
                browser.wait()

    async def call(self, method: str, **parameters: Any) -> Any:
        """Ask the browser for something; return its answer."""
        self.count += 1
        await self.socket.send_json({"id": self.count, "method": method, "params": parameters})
        while (said := await self.socket.receive_json()).get("id") != self.count:
            pass  # an event
        return said["result"]

    async def open(self, url: str, width: int, height: int) -> None:
        """Go to an address, and wait until it is drawn."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.call("Emulation.setDeviceMetricsOverride", **size)
        await self.call("Page.navigate", url=url)
        await asyncio.sleep(15)

    async def keep(self, path: Path) -> None:
        """Write a picture of the page."""
        path.write_bytes(base64.b64decode((await self.call("Page.captureScreenshot"))["data"]))


if __name__ == "__main__":
    main()
