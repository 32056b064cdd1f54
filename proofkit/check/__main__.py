"""python -m proofkit.check CERT.json|FOLDER ... [--problem FILE] [--target COLUMN] [--json]

Exit status: 0 every certificate is valid, 1 one is INVALID, 2 a file cannot be read, 3 one could
not be verified with what was given, 4 one is valid but not about the reader's problem; of several,
1 before 2 before 3 before 4.
"""

from __future__ import annotations

from proofkit import process


def _command() -> int:
    # Imported here, so that a broken installation ends as any other trouble does.
    from proofkit.check.command import main

    return main()


if __name__ == "__main__":
    process.run("proofkit check", _command)
