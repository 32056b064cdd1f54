"""Certificates as Coq files: rendering, compiling, and reading what coqc says."""
