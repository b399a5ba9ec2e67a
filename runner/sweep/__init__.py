"""Hyper-parameter searches: a space, something that proposes points of it, workers that train them, and results."""
