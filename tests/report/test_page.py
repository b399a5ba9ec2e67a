"""The report of runs: one page that opens anywhere. What a browser says of it is told where Chromium is installed."""

import re

import pytest

from runner.history.past import Past
from runner.inference.judged import Judged, judge
from runner.notes import add
from runner.report.page import page, write_page
from tests.history import made
from tests.page.browser import browse, needs_browser, read
from tests.support import trained

EVIL = "</script><script>document.title='stolen'</script><img src=http://example.invalid/x.png onerror=alert(1)>"


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A run, and one with hostile texts in everything that a user can write."""
    monkeypatch.chdir(made.place(tmp_path))
    evil = made.run(
        tmp_path / "outputs" / "evil", f"model={EVIL}", value=0.5, model={"_target_": EVIL, EVIL: EVIL},
        summary={"reason": EVIL, "bottleneck": EVIL},
        environment={"device": EVIL, "git": {"commit": EVIL, "patch": f'password = "hunter2" {EVIL}'}},
    )  # fmt: skip
    add(evil, EVIL, ["good"])
    return [Past(tmp_path / "outputs" / made.FIRST), Past(evil)]


def test_of_one(runs, tmp_path):
    text = page(runs[:1], {made.FIRST: "no data"}, tmp_path)
    read(text)
    assert re.findall("<h2>(.*?)</h2>", text) == ["Metrics", "Curves", "Time", "Predictions", "Configuration"]
    assert f"<h1>{made.FIRST}</h1>" in text
    assert "<strong>valid/accuracy 0.95 at epoch 3</strong> <code>model=mlp</code>" in text
    assert "<p>None: no data.</p>" in text
    assert f'href="outputs/{made.FIRST}/log.txt"' in text
    assert page(runs[:1], {made.FIRST: "no data"}, tmp_path) == text, "the same run, the same page"


def test_of_two_and_nothing_of_a_user_is_markup(runs, tmp_path):
    verdict = Judged("test", 10, 20, (EVIL, "b"), confusion=[[4, 1], [5, 0]])
    text = page(runs, {"evil": verdict}, tmp_path)
    reader = read(text)
    assert re.findall("<h2>(.*?)</h2>", text)[:4] == ["Runs", "Curves", "Differences", "Time"]
    assert "Between the two" in text
    assert reader.counts["script"] == 1
    assert "img" not in reader.counts
    assert EVIL in "".join(reader.texts)
    assert "hunter2" not in text
    assert "10 samples of the test part (the first of 20)" in text
    assert set(reader.addresses) <= {"data:,", f"outputs/{made.FIRST}/log.txt", "outputs/evil/log.txt"}


def test_a_run_that_has_only_begun(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "outputs" / "x"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("epochs: 4\n")
    assert "<strong>no value</strong>" in page([Past(folder)], {}, tmp_path)


@needs_browser
@pytest.mark.slow
def test_in_a_browser_it_asks_for_nothing_and_complains_of_nothing(runs, tmp_path):
    folder = tmp_path / "outputs" / "trained"
    trained(folder, "dataset=digits", "model=linear", "epochs=2", "batch_size=256")
    path = write_page(tmp_path / "report.html", [*runs, Past(folder)], {"trained": judge(folder, worst=4)})
    shown, console, asked = browse(path, tmp_path)
    assert (console, asked) == ([], [])
    assert "<title>3 runs</title>" in shown, "no script of a user's has run"
    assert shown.count("<img ") == 4
