import importlib.metadata
import subprocess

import pytest
import torch

from runner.environment import changes, conditions, environment, git, installed, revision


def test_versions_are_the_installed_ones_and_all_is_plain():
    found = environment()
    assert found["packages"]["torch"] == importlib.metadata.version("torch")
    assert found["processors"] >= 1
    assert installed("no-such-package") is None


def test_commit_and_patch_of_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert git() is None
    for words in (["init", "-q"], ["config", "user.name", "a"], ["config", "user.email", "a@b.invalid"]):
        subprocess.run(["git", *words], check=True)
    (tmp_path / "file").write_text("one\n")
    subprocess.run(["git", "add", "."], check=True)
    subprocess.run(["git", "commit", "-qm", "first"], check=True)
    state = git()
    assert len(state["commit"]) == 40
    assert not state["dirty"]
    committed = revision(state)
    assert committed == f"commit {state['commit'][:12]}"
    (tmp_path / "file").write_text("two\n")
    assert git()["dirty"]
    assert "+two" in git()["patch"]
    changed = revision(git())
    assert changed.startswith(f"{committed} with changes ")
    (tmp_path / "file").write_text("three\n")
    assert revision(git()) != changed


def test_secrets_of_the_environment_are_not_recorded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a patch of this repository may hold this file
    monkeypatch.setenv("MY_TOKEN", "hunter2")
    assert "hunter2" not in str(environment())


def test_what_lasts_as_long_as_a_process_is_asked_for_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = environment()
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("git was asked again"))
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    again = environment()
    assert again == {**first, "variables": {**first["variables"], "SLURM_JOB_ID": "17"}}


def test_another_working_directory_may_be_another_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert environment()["git"] is None
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    for words in (
        ["init", "-q"],
        ["-c", "user.name=a", "-c", "user.email=a@b.invalid", "commit", "-qm", "x", "--allow-empty"],
    ):
        subprocess.run(["git", *words], check=True)
    assert len(environment()["git"]["commit"]) == 40


def test_what_bits_depend_on_is_told_in_words_and_compared_by_them():
    found = conditions(torch.device("cpu"))
    assert found["torch"] == importlib.metadata.version("torch")
    assert found["device"] == "cpu"
    assert found["CPU capability"]
    assert "mlflow" not in found  # it writes down what others compute
    assert changes(found, found) == []
    assert changes({**found, "torch": "1.0"}, found) == [f"torch changed from 1.0 to {found['torch']}"]
    assert changes({}, found) == changes(found, {}) == []
    assert revision(None) == "not in a repository"


def test_code_is_ours_and_what_was_imported_of_the_users():
    found = environment()["code"]
    assert len(found["runner"]) == 64
    assert any(path.endswith("test_environment.py") for path in found["files"])
