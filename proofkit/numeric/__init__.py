"""Kernels in floating point, and the runs that set the measured beside the proved."""
