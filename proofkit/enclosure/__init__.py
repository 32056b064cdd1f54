"""Rigorous numbers: balls, tails at infinity, and suprema over the real line."""
