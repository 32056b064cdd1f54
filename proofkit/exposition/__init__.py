"""Certificates as mathematics: what each step says and why, in sentences and formulas.

The one place that words the proofs.  LaTeX, HTML, notebooks and the terminal are writers of what is
made here.  It reads certificates (JSON) and decides nothing: a wrong word here cannot make a proof.
"""
