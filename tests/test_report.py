"""The main job end to end: files, incrementality, the appendix through pdflatex."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from proofkit import report
from proofkit.calculus import crosscheck, derive
from proofkit.check.outcome import OPEN, check
from proofkit.check.reader import Reader
from proofkit.errors import InputError, InternalError
from proofkit.files import write_atomically
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.table import load_table
from proofkit.report import STATE, Settings, bundled_file, make_report
from proofkit.tactics.theorem import load_theorem, load_theorems

ROOT = Path(__file__).parents[1]

SMALL = """title = "A small theorem"
statement = "tanh_{}$%&#~^\\\\ is fine"
source = "here"
claim = "villani"
losses = ["squared"]
activations = ["tanh", "z*exp(-z^2)"]
scope = ["symbolic", "data"]
"""


def settings(tmp_path: Path, **more: object) -> Settings:
    folder = tmp_path / "theorems"
    folder.mkdir(exist_ok=True)
    (folder / "small.toml").write_text(SMALL)
    (folder / "other.toml").write_text(
        SMALL.replace('["tanh", "z*exp(-z^2)"]', '["softplus"]').replace("A small", "Another")
    )
    return Settings(tmp_path / "out", folder, bundled_file(), 8, 0, 1)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != STATE
    }


def test_report_writes_everything_and_is_incremental(tmp_path: Path) -> None:
    s = settings(tmp_path)
    first = make_report(s)
    assert set(first.redone) == {"small", "other"} and not first.unexpected
    files = snapshot(s.out)
    assert {"report.html", "report.json", "appendix.tex"} <= set(files) and sum(
        f.startswith("certificates/") for f in files
    ) == 6
    again = make_report(s)
    assert again.redone == () and snapshot(s.out) == files
    path = s.theorems / "small.toml"
    path.write_text(path.read_text().replace("A small", "A changed"))
    assert make_report(s).redone == ("small",)
    victim = next((s.out / "certificates").glob("other*"))
    victim.write_text(victim.read_text().replace("PROVED", "REFUTED", 1))
    assert make_report(s).redone == ("other",)
    (s.theorems / "new.toml").write_text(SMALL.replace("A small", "A new"))
    assert make_report(s).redone == ("new",)
    (s.theorems / "new.toml").unlink()
    make_report(s)
    assert not list((s.out / "certificates").glob("new*"))


def test_a_report_of_standardised_data(tmp_path: Path) -> None:
    """Certificates are made anew when the data are standardised, and everything says so."""
    raw = settings(tmp_path)
    s = replace(raw, data=replace(raw.data, standardise=True))
    make_report(raw)
    assert "standardised" not in (s.out / "appendix.tex").read_text()
    made = make_report(s)
    assert set(made.redone) == {"small", "other"} and not made.unexpected
    assert any(line.startswith("features and target scaled: x' =") for line in made.described)
    path = s.out / "certificates" / "small__tanh__squared__data.json"
    content = json.loads(path.read_text())
    assert content["problem"]["data"]["scaling"]["features"][0]["scale"] == "0.0763697475076059"
    assert (
        "mean and scale: age 48.5"
        in json.loads((s.out / "report.json").read_text())["data"]["scaling"]
    )
    assert (
        "The data are standardised: features and target scaled"
        in (s.out / "report.html").read_text()
    )
    assert (
        "The data are standardised: features and target scaled"
        in (s.out / "appendix.tex").read_text()
    )
    page = next((s.out / "report").glob("small__tanh__squared__data*")).read_text()
    assert "Every feature, and the target, is scaled" in page and "0.0763697475076059" in page
    assert set(make_report(raw).redone) == {"small", "other"}
    assert "scaling" not in json.loads(path.read_text())["problem"]["data"]


@pytest.fixture
def anew() -> Iterator[None]:
    """No comparison of formulas is remembered, neither before the test nor after it."""
    report._not_compared.cache_clear()
    yield
    report._not_compared.cache_clear()


@pytest.mark.usefixtures("anew")
def test_no_report_is_made_with_formulas_that_are_not_the_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = derive.derive("squared")
    wrong = replace(right, laplacian=2 * right.laplacian)
    monkeypatch.setattr(derive, "derive", lambda loss: wrong)
    crosscheck.compare_with_kernel.cache_clear()
    s = settings(tmp_path)
    with pytest.raises(InternalError, match="laplacian"):
        make_report(s)
    assert not (s.out / "report.json").exists()


@pytest.mark.usefixtures("anew")
def test_the_formulas_of_an_activation_and_a_loss_are_compared_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def undecided(root: Node, loss: str) -> None:
        asked.append(f"{root}, {loss}")
        raise crosscheck.NotCompared("the numbers are too uncertain")

    monkeypatch.setattr(crosscheck, "compare_with_kernel", undecided)
    monkeypatch.setattr(crosscheck, "cross_check", lambda *given: None)  # that of the proofs
    made = make_report(settings(tmp_path))
    assert sorted(asked) == [
        "log(1 + exp(z)), squared",
        "tanh(z), squared",
        "z*exp(-z^2), squared",
    ]
    assert made.not_compared == (
        "softplus, squared loss: the numbers are too uncertain",
        "tanh, squared loss: the numbers are too uncertain",
        "z*exp(-z^2), squared loss: the numbers are too uncertain",
    )


def test_pages_are_made_again_when_one_is_changed_or_lost_and_stale_ones_go(tmp_path: Path) -> None:
    s = settings(tmp_path)
    make_report(s)
    files = snapshot(s.out)
    pages = s.out / "report"
    (pages / "theorem-small.html").unlink()
    victim = next(pages.glob("other*"))
    victim.write_text(victim.read_text() + "more")
    # What a report that was interrupted left, and a page of somebody else.
    (pages / "gone__tanh.html").write_text(victim.read_text())
    (pages / "mine.html").write_text("<p>my notes</p>")
    assert make_report(s).redone == ()
    after = snapshot(s.out)
    assert after.pop("report/mine.html") == b"<p>my notes</p>"
    assert after == files
    (s.theorems / "other.toml").unlink()
    make_report(s)
    assert not list(pages.glob("*other*")) and (pages / "mine.html").is_file()


def test_a_report_that_fails_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    s = settings(tmp_path)
    make_report(s)
    files = snapshot(s.out)
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "certificate.html.j2").write_text("{{ nothing_of_this_name }}")
    (s.theorems / "new.toml").write_text(SMALL.replace("A small", "A new"))
    with pytest.raises(InputError, match="nothing_of_this_name"):
        make_report(replace(s, templates=templates))
    assert snapshot(s.out) == files


@pytest.mark.parametrize("files", [1, 4, 9])
def test_an_interrupted_report_is_made_again(
    files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted after some files: each is whole, and the next report is what it would have been."""
    s = settings(tmp_path)
    make_report(s)
    (s.theorems / "small.toml").write_text(SMALL.replace("A small", "A changed"))
    (s.theorems / "other.toml").unlink()
    make_report(replace(s, out=tmp_path / "clean"))
    written = []

    def write(path: Path, text: str) -> None:
        if len(written) == files:
            raise KeyboardInterrupt
        written.append(path)
        write_atomically(path, text)

    monkeypatch.setattr(report, "write_atomically", write)
    with pytest.raises(KeyboardInterrupt):
        make_report(s)
    monkeypatch.undo()
    make_report(s)
    assert snapshot(s.out) == snapshot(tmp_path / "clean")


def test_a_report_of_other_templates_does_not_stay(tmp_path: Path) -> None:
    s = settings(tmp_path)
    make_report(s)
    files = snapshot(s.out)
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "report.html.j2").write_text("mine")
    make_report(replace(s, templates=templates))
    assert (s.out / "report.html").read_text() == "mine"
    make_report(s)
    assert snapshot(s.out) == files


def test_activations_that_differ_in_signs_only_have_certificates_of_their_own(
    tmp_path: Path,
) -> None:
    s = settings(tmp_path)
    (s.theorems / "small.toml").write_text(
        SMALL.replace('"tanh", "z*exp(-z^2)"', '"exp(z)", "exp(-z)"').replace(
            '"symbolic", "data"', '"symbolic"'
        )
    )
    rows = make_report(s).content["theorems"][1]["rows"]
    assert len({row["file"] for row in rows}) == len(rows) == 2
    for row in rows:
        text = (s.out / "certificates" / row["file"]).read_text()
        assert json.loads(text)["problem"]["activation"]["expression"] == row["activation"]


def test_theorems_stand_in_their_order(tmp_path: Path) -> None:
    for name, more in {
        "a": 'part = "auxiliary"',
        "b": 'expect = "REFUTED"',
        "c": "order = 2",
        "d": "order = -1",
        "e": 'part = "consequence"',
        "f": "",
    }.items():
        (tmp_path / f"{name}.toml").write_text(f"{SMALL}{more}\n")
    assert [t.name for t in load_theorems(tmp_path)] == ["d", "f", "c", "e", "b", "a"]


def test_report_does_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    s = settings(tmp_path)
    make_report(s)
    one = snapshot(s.out)
    make_report(replace(s, out=tmp_path / "two", jobs=2))
    assert snapshot(tmp_path / "two") == one


def test_a_certificate_does_not_depend_on_what_else_the_report_proves(tmp_path: Path) -> None:
    s = settings(tmp_path)
    make_report(s)
    before = snapshot(s.out)
    (s.theorems / "a_first.toml").write_text(
        SMALL.replace("A small", "Before").replace('"squared"', '"logistic"')
    )
    make_report(replace(s, out=tmp_path / "more"))
    after = snapshot(tmp_path / "more")
    assert all(
        after[name] == text for name, text in before.items() if name.startswith("certificates/")
    )


def test_html_is_self_contained_and_escaped(tmp_path: Path) -> None:
    s = settings(tmp_path)
    path = s.theorems / "small.toml"
    path.write_text(path.read_text().replace("A small theorem", "<script>alert(1)</script>"))
    make_report(s)
    html = (s.out / "report.html").read_text()
    assert "<script" not in html and "&lt;script&gt;" in html
    assert not re.search(r"(src|href)=.?https?:", html)


def test_unexpected_verdicts_are_reported(tmp_path: Path) -> None:
    s = settings(tmp_path)
    path = s.theorems / "small.toml"
    path.write_text(path.read_text() + 'expect = "REFUTED"\n')
    assert len(make_report(s).unexpected) == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("claim = 1", "claim"),
        ('claim = "vilani"', "did you mean villani?"),
        ('colour = "red"', "unknown key 'colour'"),
        ('lossess = ["squared"]', "did you mean losses?"),
        ('lambda = ["x"]', "not a rational"),
        ("title =", "not valid TOML"),
        ('part = "mian"', "did you mean main?"),
        ('order = "first"', "a whole number"),
        ("order = 1.5", "a whole number"),
        ("order = true", "a whole number"),
    ],
)
def test_bad_theorem_files(change: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    key = change.split("=", maxsplit=1)[0].strip()
    kept = "\n".join(line for line in SMALL.splitlines() if not line.startswith(f"{key} ="))
    path.write_text(f"{kept}\n{change}\n")
    with pytest.raises(InputError, match=re.escape(words)):
        load_theorem(path)


def test_missing_keys_and_activations(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text('title = "x"\n')
    with pytest.raises(InputError, match="lacks the key 'statement'"):
        load_theorem(path)
    arbitrary = (
        re.sub(r"(?m)^(claim|scope) = .*\n", "", SMALL)
        + 'claim = "villani-one-signed"\nscope = ["symbolic", "data"]\n'
    )
    path.write_text(arbitrary)
    with pytest.raises(InputError, match="is for arbitrary data and weights"):
        load_theorem(path)
    path.write_text(arbitrary.replace(', "data"', ""))
    assert load_theorem(path).scope == ("symbolic",)
    path.write_text(SMALL.replace('"tanh"', '"tanhh"'))
    with pytest.raises(InputError, match="did you mean tanh"):
        load_theorem(path)
    with pytest.raises(InputError, match=r"no \.toml"):
        load_theorems(ROOT / "tests")


def test_committed_renderings_are_of_the_committed_theorems() -> None:
    content = json.loads((ROOT / "generated" / "report.json").read_text())
    assert {t["name"] for t in content["theorems"]} == {
        p.stem for p in (ROOT / "theorems").glob("*.toml")
    }
    assert all(row["verdict"] == row["expected"] for t in content["theorems"] for row in t["rows"])


def test_committed_certificates_replay() -> None:
    rows = bundled_file()
    for path in sorted((ROOT / "generated" / "certificates").glob("*.json")):
        content = json.loads(path.read_text())
        outcome = check(content)
        if outcome.status == OPEN:  # a curve along the rows needs them
            outcome = check(content, Reader(load_table(rows.path, rows.target)))
        assert outcome.valid, f"{path.name}: {outcome.lines[-1]}"


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
@pytest.mark.parametrize("source", ["committed", "hostile"])
def test_appendix_compiles_without_warnings(source: str, engine: str, tmp_path: Path) -> None:
    if shutil.which(engine) is None:
        assert not os.environ.get("PROOFKIT_REQUIRE_TEX"), f"{engine} is required here"
        pytest.skip(f"{engine} is not installed")
    if source == "committed":
        tex = ROOT / "generated" / "appendix.tex"
    else:
        s = settings(tmp_path)
        make_report(s)
        tex = s.out / "appendix.tex"
    shutil.copy(tex, tmp_path / "appendix.tex")
    for _ in range(3):  # longtable settles its widths on the second pass, the outline on the third
        done = subprocess.run(
            [
                engine,
                "-interaction=nonstopmode",
                "-halt-on-error",
                "-no-shell-escape",
                "appendix.tex",
            ],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        log = done.stdout.decode(errors="replace")
        assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log and "Warning" not in log


def test_records_of_coq_are_believed_only_for_the_same_library_and_certificate(
    tmp_path: Path,
) -> None:
    from proofkit import formal

    s = settings(tmp_path)
    made = make_report(s)
    assert all(row["coq"] is None for row in made.rows)
    row = made.rows[0]
    text = (s.out / "certificates" / row["file"]).read_text()
    record = {
        "sha256": formal.sha256(text),
        "result": "accepted",
        "reason": "",
        "conditions": ["V1"],
        "theorems": ["x"],
        "missing": [],
        "coq": "8.16.1",
        "digest": "",
    }

    def shown(mark: str, sha: str) -> object:
        (s.out / "coq.json").write_text(
            json.dumps(
                {
                    "mark": mark,
                    "assumptions": [],
                    "certificates": {row["file"]: {**record, "sha256": sha}},
                }
            )
        )
        return make_report(s).rows[0]["coq"]

    assert shown("another", formal.sha256(text)) is None
    assert shown(formal.mark(), "0" * 64) is None
    assert shown(formal.mark(), formal.sha256(text)) == {
        "result": "accepted",
        "full": False,
        "conditions": ["V1"],
        "theorems": ["x"],
        "missing": [],
        "version": "8.16.1",
    }
    assert "Coq-checked" in (s.out / "report.html").read_text()
    (s.out / "coq.json").write_text("[]")
    assert make_report(s).rows[0]["coq"] is None
    beside = s.out / "certificates" / row["file"].replace(".json", ".coq.json")
    own = {
        **record,
        "mark": formal.mark(),
        "digest": json.loads(text)["digest"],
        "assumptions": ["Classical_Prop.classic"],
    }
    beside.write_text(json.dumps(own))
    made = make_report(s)
    assert made.rows[0]["coq"]["conditions"] == ["V1"]
    assert made.content["axioms"] == ["Classical_Prop.classic"]
    beside.write_text(json.dumps({**own, "digest": "0" * 64}))
    assert make_report(s).rows[0]["coq"] is None
