"""The referee under the name of the kernel: python -m proofkit.typed CERT.json ..."""

from __future__ import annotations

import runpy

if __name__ == "__main__":
    runpy.run_module("proofkit.referee", run_name="__main__")
