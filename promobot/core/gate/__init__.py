"""The gate: (base, merge result, policy of the base) -> violations. One small file for each group of them.

`protected`, `verdict` and `shape` need the standard library only: they answer for the pull request that touches
nothing protected, which must cost next to nothing.
"""
