"""Secrets on their way through a run: to the terminal, to other processes, and into a run that goes on."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from runner import redact
from runner.check.examine import problems_of
from runner.check.problem import Problem
from runner.recorded import in_yaml, note_end
from runner.redact import remember
from runner.secret import MASK, masked, unmasked
from runner.train import config_hash
from runner.verb import _apart
from runner.verb.resume import apply
from tests.support import config, trained

SECRET = "s3cret-typed"
KEY = f"+callback.record.api_key={SECRET}"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_known", set())


def test_a_mistake_with_a_secret_is_told_without_it() -> None:
    problem = Problem(f"dataset.api_key must be a number, got {SECRET}", f"dataset.api_key={SECRET}")
    assert str(problem) == "error: dataset.api_key must be a number, got ***\n  --> dataset.api_key=***"
    problem = Problem("no such host", "sweep.storage=postgresql://me:pw@host/db")
    assert str(problem) == "error: no such host\n  --> sweep.storage=postgresql://me:***@host/db"
    assert str(Problem("epochs must be >= 1, got 0", "epochs=0")) == "error: epochs must be >= 1, got 0\n  --> epochs=0"


def test_what_a_part_says_while_it_is_checked_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_PLACE", SECRET)
    cfg = config("dataset=noise")
    OmegaConf.update(
        cfg, "dataset", {"_target_": f"{__name__}.refusing", "where": "${oc.env:SECRET_PLACE}"}, merge=False
    )
    [problem] = problems_of(cfg)
    assert "nothing at ***" in str(problem)


def refusing(where: str) -> None:
    """Refuse to be data.

    Args:
        where: It is.
    """
    raise ValueError(f"nothing at {where}")


def test_a_run_that_fails_says_why_without_its_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_PLACE", SECRET)
    word = f"+callback.failing={{_target_: {__name__}.Failing, where: '${{oc.env:SECRET_PLACE}}'}}"
    with pytest.raises(RuntimeError, match=SECRET):
        trained(tmp_path / "outputs" / "r", word)
    for path in (tmp_path / "outputs" / "r").rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path
    log = (tmp_path / "outputs" / "r" / "log.txt").read_text()
    assert "RuntimeError: nothing at ***" in log
    note_end(tmp_path / "outputs" / "r", "failed", f"nothing at {SECRET}")
    assert json.loads((tmp_path / "outputs" / "r" / "summary.json").read_text())["reason"] == "nothing at ***"


class Failing:
    """Fails at once."""

    main_only = rank = 0

    def __init__(self, where: str) -> None:
        self.where = where

    def watches_steps(self) -> bool:
        return False

    def start(self, run: object) -> None:
        raise RuntimeError(f"nothing at {self.where}")

    def close(self, run: object) -> None:
        pass


def test_a_file_for_another_process_is_private_and_gone_when_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_PLACE", SECRET)
    cfg = config("+expect.where=${oc.env:SECRET_PLACE}", "+expect.api_key=another-s3cret")
    seen = []

    def run(command: list[str], **more: object) -> object:
        frozen = Path(command[-2])
        seen.append((frozen.stat().st_mode & 0o777, frozen.read_text()))
        code = _apart.main(*command[-2:])
        assert not frozen.exists()
        return type("Done", (), {"returncode": code})

    monkeypatch.setattr(_apart.subprocess, "run", run)
    assert _apart.train_apart(cfg, tmp_path / "outputs" / "r") == 0
    [(mode, text)] = seen
    assert mode == 0o600
    assert "another-s3cret" in text
    assert SECRET not in text, "what comes from the environment is read there"


def test_all_processes_of_a_run_agree_on_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_PLACE", SECRET)
    cfg = config(
        "+expect.where=${oc.env:SECRET_PLACE}", "+expect.api_key=another-s3cret", "+expect.b=${expect.where}/x"
    )
    handed = OmegaConf.create(unmasked(cfg))
    assert handed.expect.b == f"{SECRET}/x"
    assert config_hash(masked(handed)) == config_hash(masked(cfg))


def test_a_run_goes_on_when_its_secret_is_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def written() -> object:
        return OmegaConf.create(in_yaml(masked(config("+expect.api_key=abc", "+expect.width=3"))))

    before = masked(config("+expect.api_key=abc", "+expect.width=3"))
    assert apply(written(), []) == ["expect.api_key is a secret that was not written down: give it again"]
    cfg = written()
    assert apply(cfg, ["expect.api_key=abc"]) == []
    assert cfg.expect.api_key == "abc"
    assert masked(cfg) == before
    [problem] = apply(cfg, ["expect.width=4"])
    assert "would change the past" in problem


def test_the_log_and_the_terminal_hold_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from runner.log import logged

    remember([SECRET])
    with logged(tmp_path):
        logging.getLogger("runner.x").warning("with %s", SECRET)
    assert "WARNING runner.x: with ***" in (tmp_path / "log.txt").read_text()
    assert capsys.readouterr().err == "warning: with ***\n"
    assert MASK == "***"
