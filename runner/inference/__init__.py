"""A run that is used: its weights brought back, and what its model says of new data."""
