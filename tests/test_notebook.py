"""The notebook of theorems/notebooks runs from a cold kernel, and shows what it should."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUN = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=None, kernel_name="python3").execute(cwd=sys.argv[2])
nbformat.write(book, sys.argv[2] + "/out.ipynb")
"""


@pytest.mark.parametrize(
    "path", sorted((ROOT / "theorems" / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem
)
def test_notebooks_run(path: Path, tmp_path: Path) -> None:
    # In a process of its own: the client of a kernel brings an event loop and warnings of its own.
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cells = [
        c
        for c in json.loads((tmp_path / "out.ipynb").read_text())["cells"]
        if c["cell_type"] == "code"
    ]
    outputs = [o for c in cells for o in c["outputs"]]
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    html = [o["data"]["text/html"] for o in outputs if "text/html" in o.get("data", {})]
    assert len(html) >= 4 and any("PROVED" in "".join(h) and "<math" in "".join(h) for h in html)
    # Objects show themselves typeset, or in a line; never as the machine's own.
    assert not [o for o in outputs if " object at 0x" in str(o.get("data", {}).get("text/plain"))]
    assert any("It asks that" in "".join(h) for h in html)
    assert any("image/png" in o.get("data", {}) for o in outputs)
    assert any("text/latex" in o.get("data", {}) for o in outputs)
    assert [
        c["outputs"] for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"
    ] == [[]] * len(cells)
