"""Activations: the catalogue, scaling, derivatives, and the bridge to SymPy."""
