"""Small trainings inside the test's own process."""

from pathlib import Path

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from runner.home import CONF
from runner.interrupt import Interrupt
from runner.train import build, train

TINY = ["dataset=noise", "dataset.samples=96", "model=mlp", "model.widths=[8]", "epochs=3", "batch_size=16"]
QUIET = ["callback=[record,checkpoint]"]


def config(*overrides):
    """Compose the packaged configuration, small and quiet, with overrides."""
    if not OmegaConf.has_resolver("runner.id"):
        OmegaConf.register_new_resolver("runner.id", lambda: "test")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", overrides=[*TINY, *QUIET, *overrides])


def trained(folder: Path, *overrides):
    """Train and return the summary."""
    folder.mkdir(parents=True, exist_ok=True)
    return train(config(*overrides), folder, list(overrides))


def built(folder: Path, *overrides):
    """Build a run without training it."""
    folder.mkdir(parents=True, exist_ok=True)
    return build(config(*overrides), folder, Interrupt())
