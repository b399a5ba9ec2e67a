"""Models: a model is a callable (in_shape, classes, **yaml keys) -> nn.Module; it names the facts that it needs."""
