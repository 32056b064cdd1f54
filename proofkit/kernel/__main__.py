"""The referee under the name of the kernel: python -m proofkit.kernel CERT.json ..."""

from __future__ import annotations

import runpy

if __name__ == "__main__":
    runpy.run_module("proofkit.check", run_name="__main__")
