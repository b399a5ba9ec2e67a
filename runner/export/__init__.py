"""A trained model as files that need nothing of this package: checked against the checkpoint, described by a card."""
