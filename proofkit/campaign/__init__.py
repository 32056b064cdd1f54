"""Soundness campaigns: random inputs whose certified answers are attacked by independent means."""
