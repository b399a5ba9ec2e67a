"""Searching with a model of the objective: encode the space, fit the model, rate candidates, propose the best."""
