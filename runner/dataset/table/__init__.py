"""Tables: reading them, and what is learned from their training rows alone."""
