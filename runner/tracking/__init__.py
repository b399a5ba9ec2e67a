"""Tracking: a run folder replayed into MLflow."""
