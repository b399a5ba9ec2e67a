"""What the loop costs, counted and timed beside a hand-written loop and beside other frameworks: ``make bench``."""
