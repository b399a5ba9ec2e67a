"""Schedules: pure functions of (step, total) that return a multiple of the learning rate."""
