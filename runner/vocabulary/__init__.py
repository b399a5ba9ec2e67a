"""What there is to say - groups, choices, keys, recipes - read from files alone: no Hydra, nothing imported.

For what has to answer while somebody types. The composed configuration itself is Hydra's (``runner.compose``).
"""
