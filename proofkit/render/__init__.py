"""Rendering of certificates: LaTeX appendix and HTML report."""
