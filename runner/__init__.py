"""An experiment is a sentence of parts: ``runner dataset=digits model=cnn schedule=onecycle``."""

__version__ = "0.1.0"
