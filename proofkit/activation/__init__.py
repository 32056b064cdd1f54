"""Activations: the catalogue, the expression tree and the safe parser."""
