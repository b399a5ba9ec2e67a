"""Text: reading it, what its numbers stand for, and the streams that a language model learns from."""
