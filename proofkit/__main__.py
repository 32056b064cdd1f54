"""python -m proofkit, and the console script: an interrupt ends with 130 even while modules are loading."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    try:
        from proofkit.cli import main as run

        run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
