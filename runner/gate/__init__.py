"""``runner assert``: what runs measured, held against expectations and baselines."""
