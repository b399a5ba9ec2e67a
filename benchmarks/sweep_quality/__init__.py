"""How good the searchers of ``runner -m`` are, beside Optuna used directly: regret, trials, epochs and CPU time.

The trainings were done once, over dense grids, and are looked up since: a trial costs microseconds, the best that
there is to find is known exactly, and what is timed is the searcher alone.
"""
