"""What proposes points: designs, which are known beforehand, and Optuna samplers, which learn; one per file."""
