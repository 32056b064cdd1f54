"""The one reader of data, outer weights and numbers from files; prover and checker share it, and it
needs python-flint at most.
"""
