"""Imported once, before hands are forked: what every process would import and set up for itself."""

import alembic.command  # noqa: F401
import optuna
import pytest  # noqa: F401
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401

import runner.sweep.queue  # noqa: F401

optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.create_study(storage="sqlite://", sampler=optuna.samplers.RandomSampler(seed=0))
study.enqueue_trial({"x": 0.5})
study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
study._storage._backend.engine.dispose()
del study
