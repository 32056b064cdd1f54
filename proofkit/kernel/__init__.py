"""The kernel: typed claims, and the rules that alone can make facts of them.

It imports the standard library and python-flint, and of this package only what is held to the same
terms: ``proofkit.errors`` and ``proofkit.reading``.
"""
