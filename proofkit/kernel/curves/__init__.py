"""Curves theta(t) of weights, t -> oo: what L and its derivatives do along them.

Every quantity is a truncated series in t with exact coefficients; nothing here says more than what
holds in the limit.
"""
