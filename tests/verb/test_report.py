"""``runner report`` of runs; that of sweeps is in test_sweeps.py."""

import json
import os
import re
import shlex

import pytest

from runner.verb import best, diff, note, report, rm, runs, show
from tests.history import made
from tests.support import trained


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))
    return tmp_path


def test_of_one_run_and_of_several(place, capsys):
    assert report.main([made.FIRST]) == 0
    said = capsys.readouterr()
    assert said.out == f"outputs/{made.FIRST}/report.html\n"
    assert said.err == f"note: {made.FIRST}: no predictions: it has no checkpoints/best.pt\n"
    assert report.main([made.FIRST, made.SECOND, "--no-predictions", "--json"]) == 0
    said = capsys.readouterr()
    assert (json.loads(said.out), said.err) == ([str(place / "outputs" / "report.html")], "")
    assert "<h2>Differences</h2>" in (place / "outputs" / "report.html").read_text()
    assert report.main([made.FIRST, "--out", "deep/x.html", "--no-predictions"]) == 0
    assert f'href="../outputs/{made.FIRST}/log.txt"' in (place / "deep" / "x.html").read_text()


def test_predictions_of_a_trained_run_and_only_if_they_are_quick(place, capsys):
    folder = place / "outputs" / "trained"
    trained(folder, "dataset=digits", "model=linear", "epochs=1", "batch_size=256")
    assert report.main(["trained"]) == 0
    assert capsys.readouterr().err == ""
    text = (folder / "report.html").read_text()
    assert re.findall("<h2>(.*?)</h2>", text) == [
        "Metrics", "Time", "Confusion", "Worst samples", "Configuration"
    ]  # fmt: skip
    assert text.count('<img src="data:image/png;base64,') == 24
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps({**summary, "samples_per_second": 0.1}))
    assert report.main(["trained"]) == 0
    assert "they would take about 3590 s: --predictions" in capsys.readouterr().err
    assert report.main(["trained", "--predictions"]) == 0
    assert "Worst samples" in (folder / "report.html").read_text()
    (folder / "checkpoints" / "best.pt").write_bytes(b"damaged")
    assert report.main(["trained", "--predictions"]) == 0
    assert "no predictions: " in capsys.readouterr().err


@pytest.mark.parametrize("verb", [runs, show, diff, best, note, report, rm], ids=lambda verb: verb.__name__)
def test_the_example_of_each_verb_works(place, verb, capsys):
    os.utime(place / "outputs" / made.THIRD / "config.yaml", (4e9, 4e9))
    for example in verb.EXAMPLE.split(", or: "):
        if "=cosine" not in example:  # that one draws pictures: test_show.py
            words = shlex.split(example)
            more = {rm: ["--yes"], report: ["--no-predictions"]}.get(verb, [])
            code = verb.main([*words[2:], *more])
            assert code == (1 if verb is diff else 0), capsys.readouterr().err
            assert capsys.readouterr().out
