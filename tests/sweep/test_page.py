"""The report: one page that opens anywhere. What a browser says of it is told where Chromium is installed."""

import json
import re

import pytest

from runner.sweep.importance import importances
from runner.sweep.page import page, write_page
from runner.sweep.results import Results, read_results
from runner.sweep.row import Row
from tests.page.browser import browse, needs_browser, read
from tests.sweep import made

EVIL = "</script><script>document.title='stolen'</script><img src=http://example.invalid/x.png onerror=alert(1)>"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A search with everything in it: a condition, pruned and failed trials, hostile texts, one that runs."""
    space = {"optimizer.lr": "tag(log, interval(1e-4, 1))", "model": "cnn,mlp", "model.width": EVIL}
    study = made.study(
        tmp_path_factory.mktemp("place") / "s", name=f"s {EVIL}", identity=made.identity(space), created=EVIL
    )
    made.searched(study)
    made.add(study, "FAIL", reason=EVIL, texts={"model": EVIL, "optimizer.lr": "1"}, owner=EVIL)
    made.add(study, value=-1e9, texts={"model": EVIL, "optimizer.lr": "1"})
    study.ask()
    return read_results(study), importances(study)


def test_all_parts_are_there_and_nothing_points_outside(results):
    text = page(*results)
    reader = read(text)
    heads = re.findall("<h2>(.*?)</h2>", text)
    assert heads == [
        "History", "Importance", "Parallel coordinates", "Slices", "Curves", "Workers", "Trials", "Configuration"
    ]  # fmt: skip
    assert reader.counts["svg"] == 1 + 1 + 1 + 3 + 1 + 1
    assert text.count('role="img" aria-label="') == reader.counts["svg"]
    assert set(reader.addresses) <= {"data:,", *(f"./trials/{number}/log.txt" for number in range(30))}
    assert reader.counts["tr"] == 1 + len(results[0].rows)
    assert page(*results) == text, "the same results, the same page"


def test_what_users_wrote_is_text(results):
    text = page(*results)
    reader = read(text)
    assert reader.counts["script"] == 1
    assert "img" not in reader.counts
    assert EVIL in "".join(reader.texts)
    assert "example.invalid" not in re.sub(r"http://example\.invalid/x\.png onerror=alert\(1\)&gt;", "", text)


def test_every_finished_trial_is_drawn_and_the_best_is_marked(results):
    found, importance = results
    text = page(found, importance)
    history = re.search(r"<h2>History</h2>.*?</svg>", text, re.S)[0]
    with_value = [row for row in found.rows if row.values]
    assert history.count("<circle") == len(with_value)
    assert history.count('class="pruned"') == sum(row.kind == "pruned" for row in with_value) > 0
    parallel = re.search(r"<h2>Parallel.*?</svg>", text, re.S)[0]
    assert parallel.count('class="way') == sum(row.counts for row in found.rows)
    assert f"<title>#{found.best().number} complete" in re.search(r'class="way first".*?</polyline>', parallel)[0]
    curves = re.search(r"<h2>Curves</h2>.*?</svg>", text, re.S)[0]
    assert curves.count("curve pruned") == sum(row.kind == "pruned" for row in found.rows)
    workers = re.search(r"<h2>Workers</h2>.*?</svg>", text, re.S)[0]
    assert workers.count("<rect") == len(found.rows)
    assert re.search(r'<tr class="first"><td data-v="(\d+)"', text)[1] == str(found.best().number)


def test_a_log_axis_has_powers_of_ten_and_a_wild_value_does_not_flatten_the_rest(results):
    text = page(*results)
    slices = re.search(r"<h2>Slices</h2>.*?<figcaption", text, re.S)[0]
    assert all(f">{mark}</text>" in slices for mark in ("0.001", "0.01", "0.1"))
    assert "-1e+09</text>" not in slices


def test_two_objectives_have_a_front(tmp_path):
    study = made.study(tmp_path / "s", objectives=["test/accuracy", "params"], directions=["maximize", "minimize"])
    for values in ([0.9, 100.0], [0.8, 50.0], [0.7, 60.0]):
        made.add(study, value=values, texts={"a": str(values[1])})
    text = page(read_results(study), {})
    read(text)
    pareto = re.search(r"<h2>Pareto front</h2>.*?</svg>", text, re.S)[0]
    assert (pareto.count('class="first"'), pareto.count("<circle")) == (2, 3)
    assert "History of params" in text
    assert "Best by the first objective: #0, test/accuracy 0.9000, params 100" in text
    three = made.study(tmp_path / "t", objectives=["a", "b", "c"], directions=["maximize"] * 3)
    made.add(three, value=[1.0, 2.0, 3.0], texts={"x": "1"})
    assert "Pareto" not in page(read_results(three), {})


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_anything_is_no_reason_to_fail(tmp_path, count):
    study = made.study(tmp_path / "s")
    for _ in range(count):
        made.add(study, value=0.5, texts={"a": "1"}, curve={1: 0.5})
    text = page(read_results(study), {})
    read(text)
    assert ("<svg" in text) == (count > 0)
    made.add(study, "FAIL")
    read(page(read_results(study), {}))


def test_seeds_and_what_was_confirmed_are_in_the_table(tmp_path):
    study, again = made.study(tmp_path / "s"), made.study(tmp_path / "s", suffix="/confirm")
    made.add(study, value=0.9, per_seed=[[0.8], [1.0]])
    for seed, value in ((1, 0.7), (2, 0.8)):
        made.add(again, value=value, of=0, seed=seed)
    text = page(read_results(study, again), {})
    assert re.findall(r'<button type="button">(.*?)</button>', text)[:8] == [
        "trial", "state", "valid/accuracy", "sd", "n", "confirmed", "sd", "n"
    ]  # fmt: skip
    assert "Best: #0, valid/accuracy 0.7500 ± 0.0707 (mean and standard deviation over 2 seeds)" in text


def test_a_thousand_trials_stay_a_page():
    rows = [
        Row(index, "COMPLETE", (index % 97 / 97,), {"a": str(index), "b": "x"}, curve={1: 0.1, 2: 0.2})
        for index in range(1000)
    ]
    text = page(Results("s", ("valid/accuracy",), ("maximize",), tuple(rows)), {})
    assert text.count('class="way') == 500
    assert 'class="way first"' in text
    assert len(text) < 2e6
    assert "#96 " in re.search(r'class="way first".*?</polyline>', text)[0], "the best is drawn"


def test_links_lead_to_the_trials_wherever_the_page_is(results, tmp_path):
    folder = tmp_path / "outputs" / "s"
    path = write_page(tmp_path / "elsewhere" / "r.html", *results, folder)
    assert 'href="../outputs/s/trials/0/log.txt"' in path.read_text(encoding="utf-8")
    assert 'href="./trials/0/log.txt"' in write_page(folder / "report.html", *results, folder).read_text("utf-8")


@needs_browser
@pytest.mark.slow
def test_in_a_browser_it_asks_for_nothing_and_complains_of_nothing(results, tmp_path):
    path = write_page(tmp_path / "report.html", *results, tmp_path)
    shown, console, asked = browse(path, tmp_path)
    assert (console, asked) == ([], [])
    assert "<title>s &lt;/script&gt;" in shown, "no script of a user's has run"
    broken = path.read_text("utf-8").replace(
        "<main>", "<main><img src='http://example.invalid/x.png'><script>1</script>"
    )
    path.write_text(broken, encoding="utf-8")
    _, console, asked = browse(path, tmp_path)
    assert len(console) == 2, "the page's own policy keeps out what would have slipped through, and says so"
    assert asked == []
    path.write_text(re.sub("<meta http-equiv[^>]*>", "", broken), encoding="utf-8")
    assert browse(path, tmp_path)[2] == ["http://example.invalid/x.png"], "the test sees requests"


CLICKS = """
const order = () => [...document.querySelectorAll("tbody tr")].map((row) => row.cells[0].dataset.v);
const head = (name) => [...document.querySelectorAll("th button")].find((one) => one.textContent === name);
const seen = {before: order()};
for (const name of ["trial", "optimizer.lr", "state"]) {
  head(name).click(); seen[name] = order();
  head(name).click(); seen[name + " down"] = order();
}
seen.sorted = [...document.querySelectorAll("th")].map((one) => one.getAttribute("aria-sort")).filter(Boolean);
document.title = JSON.stringify(seen);
"""


@needs_browser
@pytest.mark.slow
def test_the_table_sorts(results, tmp_path):
    found, importance = results
    path = write_page(tmp_path / "report.html", found, importance, tmp_path)
    text = re.sub("<meta http-equiv[^>]*>", "", path.read_text("utf-8"))
    path.write_text(text.replace("</body>", f"<script>{CLICKS}</script></body>"), encoding="utf-8")
    shown, console, _ = browse(path, tmp_path)
    assert console == []
    from html import unescape

    seen = json.loads(unescape(re.search("<title>(.*?)</title>", shown)[1]))
    numbers = [str(row.number) for row in found.rows]
    assert seen["before"][0] == str(found.best().number)
    assert seen["trial"] == numbers
    assert seen["trial down"] == numbers[::-1]
    rated = sorted((row for row in found.rows if row.texts), key=lambda row: float(row.texts["optimizer.lr"]))
    ups = [float(found.rows[int(number)].texts["optimizer.lr"]) for number in seen["optimizer.lr"][: len(rated)]]
    assert ups == [float(row.texts["optimizer.lr"]) for row in rated], "as numbers, and those without one at the end"
    assert seen["optimizer.lr"][-1] == seen["optimizer.lr down"][-1] == numbers[-1]
    assert [found.rows[int(number)].kind for number in seen["state"]] == sorted(row.kind for row in found.rows)
    assert seen["sorted"] == ["descending"]
