"""What a trial costs besides its training, and how busy workers are, beside other engines: ``make bench-sweep``."""
