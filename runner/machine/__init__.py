"""Knowing the machine: what is in it, and how fast each part is. Small functions that measure one thing each."""
