"""Untrusted: what proposes suprema, exact forms and identities for the kernel to verify."""
