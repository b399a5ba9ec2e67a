"""The report of one training or of several: curves, where the time went, what the model got wrong, and differences."""
