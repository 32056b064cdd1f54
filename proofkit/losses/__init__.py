"""The losses by name: one TOML file each, with its expression in u = f - y or in m = y f.

A loss needs no name: an expression is one.  ``catalogue`` reads the files and resolves both.
"""
