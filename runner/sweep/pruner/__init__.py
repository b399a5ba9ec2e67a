"""When a trial is not worth its epochs: functions that return one of Optuna's pruners, one rule per file."""
