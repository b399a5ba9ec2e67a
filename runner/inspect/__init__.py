"""A training that is looked at before it is started: its model layer by layer, and a rate to begin with."""
