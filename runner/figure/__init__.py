"""Pictures for people, on paper and in the terminal: made from plain numbers and tensors, imported by verbs alone."""
