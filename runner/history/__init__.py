"""Runs that were: what is known of them by name, and how they are found, compared, annotated and removed."""
