"""Datasets: a dataset is a callable that returns ``Data`` (facts now, tensors on ``load``)."""
