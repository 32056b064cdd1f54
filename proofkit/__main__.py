"""python -m proofkit, and the console script: also what goes wrong while modules are loading ends
as it should.
"""

from __future__ import annotations

import sys

from proofkit import process


def _command() -> int:
    from proofkit.cli import invoke

    return invoke(sys.argv[1:])


def main() -> None:
    """Run the command line."""
    process.run("proofkit", _command)


if __name__ == "__main__":
    main()
