"""Tactics: untrusted search for a proof, every step of which is a kernel rule."""
