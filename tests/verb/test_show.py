"""``runner show`` of a configuration: samples as training gets them, and the rate over the epochs."""

import json

import pytest

from runner.configuration import composed
from runner.verb.show import is_of_a_configuration, main


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_both_parts_and_no_run(cli, here):
    done = cli("show", "dataset=digits", "schedule=cosine", "epochs=4", "optimizer.lr=0.5", PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert "digits · 1,222 train / 216 valid / 359 test samples · 1x8x8 · 10 classes" in done.stdout
    assert "schedule  cosine: learning rate from" in done.stdout
    assert "█" in done.stdout
    assert sorted(path.name for path in here.rglob("*.*")) == ["cosine.png", "digits.png"]
    assert png(here / "outputs" / "show" / "digits.png")
    assert png(here / "outputs" / "show" / "cosine.png")


def test_mistakes_are_found_before_anything_is_drawn(here, capsys):
    assert main(["dataset=digit", "epochs=0", "schedule.warmpu=1"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "did you mean digits?" in said.err
    assert "epochs must be >= 1" in said.err
    assert "did you mean schedule.warmup?" in said.err
    assert list(here.iterdir()) == []


def test_the_rates_are_those_of_the_schedule(capsys):
    assert main(["schedule=constant", "schedule.warmup=0.5", "epochs=4", "optimizer.lr=0.2", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert list(shown) == ["schedule"]
    rates = shown["schedule"]["rates"]
    assert len(rates) == 40, "ten an epoch"
    assert rates[10] == pytest.approx(0.2 * 201 / 401)
    assert rates[20:] == [0.2] * 20
    assert shown["schedule"]["depends_on_objective"] is False


def test_one_that_watches_the_objective_says_so(capsys):
    assert main(["schedule=plateau", "epochs=2", "--out", "deep/a.png"]) == 0
    text = capsys.readouterr().out
    assert "stairs depend on the objective" in text
    assert text.endswith("picture  deep/a.png\n")


def test_a_recipe_without_overrides_shows_both(here, capsys):
    (here / "mine.yaml").write_text(
        "defaults: [config, override dataset: noise, override schedule: linear, _self_]\nepochs: 2\n"
    )
    assert main(["mine.yaml", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["dataset"]["name"], shown["schedule"]["name"]) == ("noise", "linear")
    assert shown["dataset"]["augmented"] is False
    assert main(["mine.yaml", "--out", "a.png"]) == 2
    assert "one picture" in capsys.readouterr().err


def test_blended_samples_and_debug_do_not_disturb(capsys):
    words = ["dataset=digits", "dataset.augment.mixup=0.4", "debug=smoke", "batch_size=50"]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"]["augmented"] is True


def test_operations_are_those_that_training_deals_out(monkeypatch):
    import torch

    from runner.build import make_batches
    from runner.make import make

    sheets = []
    monkeypatch.setattr("runner.figure.sheet.draw_sheet", lambda path, lines, **_: sheets.append(lines))
    monkeypatch.setattr("runner.verb._samples.EPOCHS", 2)
    words = ["dataset=digits", "dataset.augment.policy=trivial", "batch_size=100"]
    assert main(words) == 0
    cfg, _ = composed(words)
    data = make(cfg.dataset)
    splits = data.load()
    batches = make_batches(cfg, data, splits, torch.device("cpu"))["train"]
    shown = [cells[1:] for _, cells in sheets[0]]
    stored = [cells[0].image for _, cells in sheets[0]]
    for epoch in range(2):
        given = torch.cat([inputs for inputs, _ in batches(epoch)]) * splits.std + splits.mean
        order = batches.order(epoch)
        for image, row in zip(stored, shown, strict=True):
            places = [p for p, i in enumerate(order.tolist()) if torch.equal(splits.train.inputs[i], image)]
            assert any(torch.allclose(given[p], row[epoch].image.float(), atol=1e-3) for p in places)


def test_text_is_written_out_as_it_is_and_as_it_is_read(here, capsys):
    (here / "a.txt").write_text("the quick brown fox jumps over the lazy dog\n" * 100)
    words = ["dataset=text", "dataset.path=a.txt", "dataset.bptt=40"]
    assert main(words) == 0
    assert "\n    the quick brown fox jumps over the lazy \n    dog¶the" in capsys.readouterr().out
    typos = ["+dataset.typos._target_=runner.dataset.typos.Typos", "dataset.typos.swap=0.2"]
    assert main([*words, *typos]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "    the quick brown fox jumps over the lazy "
    assert sorted(lines[2]) == sorted(lines[1])
    assert lines[2] != lines[1]
    assert set(lines[3]) == {" ", "^"}
    assert not (here / "outputs").exists()


def test_tables_are_written_out(capsys):
    assert main(["dataset=wine", "model=mlp"]) == 0
    first = capsys.readouterr().out.splitlines()[1]
    assert first.endswith("-> class_0")
    assert main(["dataset=ratings"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 9


def test_the_model_has_a_verb_of_its_own(capsys):
    assert main(["model=mlp"]) == 0
    assert capsys.readouterr().out == "of the model, see: runner summary model=mlp\n"


@pytest.mark.parametrize("words", [["-m", "dataset=digits,noise"], ["dataset=digits", "--cfg", "job"]])
def test_one_configuration_at_a_time(words, capsys):
    assert main(words) == 2
    assert "looks at one" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--nope"]])
def test_runs_are_asked_for_as_before(words):
    with pytest.raises(SystemExit, match="2"):
        main(words)


def test_what_is_of_a_configuration(here):
    (here / "a=b").mkdir()
    words = ["latest", "outputs/x", "a=b", "--out=x.png", "lr=1", "+a=b", "~callback", "recipes/x.yaml"]
    assert [word for word in words if is_of_a_configuration(word)] == ["lr=1", "+a=b", "recipes/x.yaml"]
