"""Tasks: what the outputs mean - the loss, the metrics and which direction of each is better."""
