"""Where every key of a composed configuration comes from: each layer that wrote it, and what that replaced."""
