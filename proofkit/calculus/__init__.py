"""Symbolic derivation of gradient, Hessian form, Laplacian and the V4 expression."""
