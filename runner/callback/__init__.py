"""Callbacks: they watch, stop, or swap the model that is evaluated - nothing else."""
