"""Who takes part in which table."""

from __future__ import annotations

from benchmarks.sweep_quality import direct
from benchmarks.sweep_quality.ours import ours

GRID = ours("grid")
RANDOM = ours("random")
QMC = ours("qmc")
BAYES = ours("bayes")
CMAES = ours("cmaes")
GP = ours("gp", dear=True)
FOREST = ours("forest", dear=True)
MODELS = tuple(
    ours(choice, f"{choice}, {acquisition}", trials=50, dear=True, acquisition=acquisition)
    for choice in ("gp", "forest")
    for acquisition in ("ei", "logei", "pi", "ucb")
)
ALL = (GRID, RANDOM, QMC, BAYES, CMAES, GP, FOREST, *MODELS, *direct.PEERS)
FLYING = (BAYES, GP, FOREST, CMAES, direct.TPE)
PRUNED = (BAYES, RANDOM)
PRUNERS = ("none", "asha", "median", "hyperband")
