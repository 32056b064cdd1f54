"""The ground of functions of one variable: terms, balls, tails, and the verification of bounds.

Nothing here searches for what to prove; ``proofkit.search`` proposes.
"""
