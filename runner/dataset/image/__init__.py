"""Pictures: reading them in every format, and the changes that augmentation makes."""
