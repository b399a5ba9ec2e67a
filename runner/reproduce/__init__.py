"""Whether a result can be had again, and whether it is there already: ``runner reproduce`` and ``needed=true``."""
