"""Trainings as a user would type them, in this process."""

from pathlib import Path

from runner.check.examine import examine
from runner.command import read_command
from runner.compose import hydra_for, of_training
from runner.train import train

SHORT = ["epochs=2", "batch_size=32", "hardware=cpu", "callback=[record,checkpoint]"]


def typed(folder: Path, *words: str) -> Path:
    """Check and train what the words say, in a folder; return it."""
    folder.mkdir(parents=True)
    command = read_command([*SHORT, *words])
    with hydra_for(command) as loader:
        checked = examine(command, loader)
    assert not checked.problems
    train(of_training(checked.cfg), folder, list(words))
    return folder
