"""``runner check``: everything that a training would refuse, without training."""

import json


def test_the_default_configuration_is_right(cli, tmp_path):
    done = cli("check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok     the default configuration\n", "")
    assert list(tmp_path.iterdir()) == []


def test_everything_that_is_shipped_is_right(cli, tmp_path):
    done = cli("check", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = [line.split()[0] for line in done.stdout.splitlines()]
    assert set(kinds) <= {"ok", "skip"}
    assert len(kinds) > 20
    skipped = [line for line in done.stdout.splitlines() if line.startswith("skip")]
    assert all("hardware=" in line or line.endswith("(it has no default)") for line in skipped)
    assert list(tmp_path.iterdir()) == []


def test_several_recipes_at_once(cli, tmp_path):
    (tmp_path / "good.yaml").write_text("defaults: [config, _self_]\n")
    (tmp_path / "bad.yaml").write_text("defaults: [config, _self_]\nepochs: 0\n")
    done = cli("check", "good.yaml", "bad.yaml", "missing.yaml", "seed=1")
    assert done.returncode == 2
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["ok", "good.yaml"], ["wrong", "bad.yaml"], ["wrong", "missing.yaml"],
    ]  # fmt: skip
    assert "--> bad.yaml:2" in done.stderr
    assert "no recipe missing.yaml" in done.stderr


def test_json(cli):
    done = cli("check", "--json", "modle=cnn")
    assert done.returncode == 2
    (row,) = json.loads(done.stdout)
    assert (row["name"], row["ok"]) == ("modle=cnn", False)
    assert row["problems"] == [
        {"message": "unknown key modle: did you mean model?", "place": "modle=cnn", "key": "modle", "code": ""}
    ]
    assert json.loads(cli("check", "--json").stdout) == [
        {"name": "the default configuration", "ok": True, "problems": []}
    ]


def test_a_search_is_checked_too(cli):
    done = cli("check", "-m", "seed=0,-1")
    assert done.returncode == 2
    assert "--> seed=0,-1" in done.stderr
