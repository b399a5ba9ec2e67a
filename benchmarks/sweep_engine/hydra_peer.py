"""``hydra-optuna-sweeper`` on the same configuration and the same trials; runs in the peers' own environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf
from trial import done  # type: ignore[import-not-found]

CONF = str(Path(__file__).parents[2] / "conf")
OmegaConf.register_new_resolver("runner.id", lambda: f"peer-{os.environ['SWEEP_NAME']}")


@hydra.main(config_path=CONF, config_name="config", version_base="1.3")
def main(cfg: Any) -> float:
    """Do one trial."""
    number: int = HydraConfig.get().job.num
    value: float = done(number, cfg.optimizer.lr, cfg.optimizer.weight_decay)
    return value


if __name__ == "__main__":
    main()
