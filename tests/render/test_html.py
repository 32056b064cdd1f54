"""The report in a real browser: opened, clicked, read by keyboard, on a phone, in the dark, on
paper; and by axe-core.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
from collections.abc import Iterator
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from proofkit.certificates import read_record
from proofkit.exposition.symbols import SYMBOLS
from proofkit.render.blocks import formula_html
from proofkit.render.html import (
    FOLDER,
    MOST_ROWS,
    OPENING,
    TheoremEntry,
    render_pages,
    source_html,
)
from proofkit.render.plots import Series, activation_plots, line_plot, threshold_plot, villani_plot
from proofkit.report import BUNDLED_TARGET, Settings, bundled_data, bundled_file, make_report
from proofkit.tactics.theorem import PARTS

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "report"
EVIL = "<script>alert(1)</script> & <img src=x onerror=alert(1)>"
THEOREM = """title = "{title}"
statement = "For every lambda > 0 the loss is a Villani function; {evil}"
source = "here"
claim = "villani"
losses = ["squared", "logistic"]
activations = ["tanh", "z*exp(-z^2)"]
scope = ["symbolic", "data"]
"""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


OPEN = (
    THEOREM.format(title="SGD with SoftPlus and the squared loss", evil="")
    .replace('["squared", "logistic"]', '["squared"]')
    .replace('["tanh", "z*exp(-z^2)"]', '["softplus"]')
    .replace('["symbolic", "data"]', '["symbolic"]')
    .replace('"villani"', '"sgd-discrete"')
)
THEOREMS = {
    "first": THEOREM.format(title="Villani for every lambda > 0", evil=EVIL),
    "second": THEOREM.format(title=EVIL, evil="")
    .replace('["tanh", "z*exp(-z^2)"]', '["relu", "z + 2*sin(z)"]')
    .replace('["symbolic", "data"]', '["symbolic"]'),
    "refuted": THEOREM.format(title="With kinks", evil="")
    .replace('["tanh", "z*exp(-z^2)"]', '["relu"]')
    .replace('["symbolic", "data"]', '["symbolic"]')
    + 'expect = "REFUTED"\n',
    "open": OPEN + 'expect = "UNKNOWN"\n',
    "surprise": OPEN,
    "rate": THEOREM.format(title="A rate", evil="")
    .replace('["squared", "logistic"]', '["logistic"]')
    .replace('["tanh", "z*exp(-z^2)"]', '["tanh"]')
    .replace('"villani"', '"rate-continuous"')
    + 'order = 2\npart = "consequence"\n',
}
# A page of each kind.
PAGES = {
    "opening": "report.html",
    "theorem": "report/theorem-first.html",
    "proved": "report/first__tanh__squared__data.html",
    "refuted": "report/refuted__relu__squared__symbolic.html",
    "open": "report/open__softplus__squared__symbolic.html",
    "rate": "report/rate__tanh__logistic__data.html",
    "notation": "report/notation.html",
    "activations": "report/activations.html",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "theorems").mkdir()
    for name, text in THEOREMS.items():
        (folder / "theorems" / f"{name}.toml").write_text(text)
    make_report(Settings(folder / "out", folder / "theorems", bundled_file(), 8, 0, 1))
    return folder / "out"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if found is None:
        assert not os.environ.get("PROOFKIT_REQUIRE_BROWSER"), "Chromium is required here"
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        launched = p.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        yield launched
        launched.close()


def opened(browser: Any, path: Path, **more: Any) -> Any:
    """A page with the report; complaints of the console and requests for anything else fail the
    test.
    """
    page = browser.new_page(**{"viewport": {"width": 1200, "height": 900}, **more})
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text))
    page.on("pageerror", lambda e: page.complaints.append(str(e)))
    page.on("request", lambda r: page.complaints.append(r.url) if r.url != path.as_uri() else None)
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_stands_alone(site: Path, kind: str) -> None:
    html = (site / PAGES[kind]).read_text()
    assert "<script" not in html and "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", html)
    assert not re.search(r"(src|href)=.?(https?:|//)", html)
    assert "@import" not in html and "url(" not in html
    assert "default-src 'none'" in html
    if kind in ("opening", "theorem"):
        assert "&lt;script&gt;" in html


# Formulas as they are typed: signs, powers, products, names of letters, subscripts.
ASCII = re.compile(
    r">=|<=|->|\^|\|\||\*|\b(?:sup|inf) |\boo\b|\w_\w"
    r"|\b(?:lambda|sigma|alpha|beta|gamma|kappa|eps|grad|Laplacian [A-Z]|sqrt|gLip)\b"
)


def words_of(html: str) -> str:
    """What a page says in words: without its style, formulas, and code; titles, labels and
    descriptions with them.
    """
    attributes = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', html)
    rest = re.sub(r"<(style|math|code)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return unescape(" ".join([re.sub(r"<[^>]*>", " ", rest), *attributes]))


@pytest.fixture(scope="module")
def committed() -> dict[str, str]:
    """The pages of the committed certificates, as this code writes them."""
    content = json.loads((ROOT / "generated" / "report.json").read_text())
    folder = ROOT / "generated" / "certificates"
    certificates = {p.name: read_record(p) for p in folder.glob("*.json")}
    return render_pages(content, certificates)


def test_no_page_has_formulas_as_they_are_typed(site: Path, committed: dict[str, str]) -> None:
    pages = {str(p): p.read_text() for p in [site / OPENING, *(site / FOLDER).glob("*.html")]}
    for name, html in {**committed, **pages}.items():
        found = ASCII.search(words_of(html))
        assert found is None, (name, found and found.string[found.start() - 60 :][:120])


def test_every_letter_of_a_proof_is_in_the_notation(committed: dict[str, str]) -> None:
    notation = committed[f"{FOLDER}/notation.html"]
    for path in (ROOT / "generated" / "certificates").glob("*.json"):
        for step in read_record(path)["steps"]:
            for name in step["defines"]:
                assert f"<dt>{formula_html(SYMBOLS[name].latex)}</dt>" in notation, name
        page = committed[f"{FOLDER}/{path.stem}.html"]
        assert 'href="notation.html' in page


def test_a_typed_formula_would_be_found() -> None:
    assert ASCII.search(words_of("<p>s &gt;= 1</p>")) and ASCII.search(words_of("<p>sup |f|</p>"))
    assert ASCII.search(words_of('<p aria-label="a_1">1</p>'))
    assert not ASCII.search(
        words_of("<p>for <code>a_1</code> and <math><mi>lambda</mi></math></p>")
    )


@pytest.mark.parametrize("kind", ["opening", "second", "proved", "refuted", "open", "rate"])
def test_golden_pages(site: Path, kind: str) -> None:
    """PROOFKIT_GOLDEN=write python -m pytest tests/render/test_html.py writes the files anew; read
    the difference.
    """
    page = site / PAGES.get(kind, f"report/theorem-{kind}.html")
    text = re.sub(r"<style>.*?</style>\n", "", page.read_text(), flags=re.DOTALL)
    path = GOLDEN / f"{kind}.html"
    if os.environ.get("PROOFKIT_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_link_leads_somewhere(site: Path) -> None:
    pages = [site / "report.html", *(site / "report").glob("*.html")]
    assert len(pages) == 1 + len(THEOREMS) + len(list((site / "certificates").iterdir())) + 2
    for page in pages:
        html = page.read_text()
        for link in re.findall(r'href="([^"]*)"', html):
            name, _, anchor = unescape(link).partition("#")
            target = (page.parent / name).resolve() if name else page
            assert target.is_file(), (page.name, link)
            assert not anchor or f'id="{anchor}"' in target.read_text(), (page.name, link)


def test_the_pages_are_small(committed: dict[str, str]) -> None:
    assert len(committed) > 100
    for name, html in committed.items():
        assert len(html.encode()) < (200_000 if name == OPENING else 300_000), name


def test_a_refutation_is_red_only_where_it_was_not_expected(site: Path) -> None:
    assert 'class="refuted">refuted, as expected<' in (site / PAGES["refuted"]).read_text()
    opening = (site / "report.html").read_text()
    assert 'class="differs">refuted, but expected to be proved<' in opening
    assert 'class="differs">left open, but expected to be proved<' in opening


def test_what_is_left_open_is_said_whatever_was_expected(site: Path) -> None:
    opening = (site / "report.html").read_text()
    listed = opening[opening.index("<h3>Left open</h3>") : opening.index("<h3>Other than expected")]
    assert PAGES["open"] in listed and PAGES["open"].replace("open__", "surprise__") in listed
    assert "2 left open" in opening


def test_data_are_named_only_where_a_certificate_speaks_of_them(site: Path) -> None:
    content = json.loads((site / "report.json").read_text())
    certificates = {p.name: read_record(p) for p in (site / "certificates").iterdir()}
    source = content["data"]["source"]
    assert source in render_pages(content, certificates)[OPENING]
    for t in content["theorems"]:
        t["rows"] = [row for row in t["rows"] if row["scope"] == "symbolic"]
    symbolic = {n: c for n, c in certificates.items() if c["problem"]["data"] is None}
    assert source not in render_pages(content, symbolic)[OPENING]


def test_a_large_table_has_a_page_of_its_own(site: Path) -> None:
    content = json.loads((site / "report.json").read_text())
    certificates = {p.name: read_record(p) for p in (site / "certificates").iterdir()}
    rows = content["theorems"][0]["rows"]
    content["theorems"][0]["rows"] = rows * (1 + MOST_ROWS // len(rows))
    pages = render_pages(content, certificates)
    assert 'href="report/certificates.html"' in pages[OPENING]
    table = pages[f"{FOLDER}/certificates.html"]
    assert len(pages[OPENING]) < len(table) < 300_000
    assert f'href="{Path(PAGES["proved"]).name}"' in table


def test_a_source_that_names_a_theorem_leads_to_it() -> None:
    others = [TheoremEntry(5, {"name": "one_sign"}, "theorem-one-sign.html", [])]
    assert source_html("here & one_sign, for s > 0", others).startswith(
        'here &amp; <a href="theorem-one-sign.html">theorem 5</a>, for <math>'
    )
    assert source_html("first", [TheoremEntry(1, {"name": "first"}, "x.html", [])]) == "first"


def test_main_theorems_come_first(site: Path) -> None:
    headings = re.findall(r"<h3>(.*?)</h3>", (site / "report.html").read_text())
    assert headings[:3] == [PARTS["main"], PARTS["consequence"], PARTS["limit"]]


def test_it_opens_and_leads_to_the_steps(browser: Any, site: Path) -> None:
    page = opened(browser, site / "report.html")
    assert page.title() == "Villani functions: what is proved about the loss of a net"
    assert page.locator("h1").count() == 1
    assert "Villani function" in page.locator("main section").first.inner_text()
    page.close()
    page = opened(browser, site / PAGES["proved"])
    step = page.locator("ol.steps > li").first
    assert step.is_visible() and "kernel-checked" in step.inner_text()
    # Formulas are laid out, not only there.
    box = page.locator("math").first.bounding_box()
    assert box is not None and box["width"] > 5 and box["height"] > 5
    assert page.locator("merror, mtext:has-text('\\\\')").count() == 0
    page.locator("ol.steps a").first.click()
    assert page.evaluate("document.querySelector(':target').closest('ol').className") == "steps"
    assert not page.complaints
    page.close()


def shown_rows(page: Any) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('#all tbody tr')].filter(r => "
        "r.checkVisibility()).map(r => r.innerText)"
    )


def test_the_filter(browser: Any, site: Path) -> None:
    page = opened(browser, site / "report.html")
    every = shown_rows(page)
    page.get_by_label("Activation", exact=True).select_option("tanh")
    page.get_by_label("Loss", exact=True).select_option("logistic")
    page.get_by_label("Verdict", exact=True).select_option("proved")
    found = shown_rows(page)
    assert 0 < len(found) < len(every)
    assert set(found) == {
        r for r in every if all(w in r for w in ("tanh", "logistic", "proved")) and "but" not in r
    }
    page.get_by_role("button", name="Show all").click()
    assert shown_rows(page) == every
    assert not page.complaints
    page.close()


def test_keyboard(browser: Any, site: Path) -> None:
    page = opened(browser, site / "report.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "by-activation":
            break
    else:
        pytest.fail("the filter cannot be reached by keyboard")
    before = len(shown_rows(page))
    page.keyboard.press("t")  # the first activation that begins so
    assert 0 < len(shown_rows(page)) < before
    page.close()


@pytest.mark.parametrize("kind", PAGES)
def test_phone(browser: Any, site: Path, kind: str) -> None:
    page = opened(
        browser, site / PAGES[kind], viewport={"width": 360, "height": 740}, is_mobile=True
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert not page.complaints
    page.close()


def luminance(page: Any, selector: str) -> float:
    r, g, b = page.evaluate(
        f"getComputedStyle(document.querySelector('{selector}')).backgroundColor.match(/\\d+/g).slice(0, "
        f"3).map(Number)"
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_light_and_dark(browser: Any, site: Path) -> None:
    page = opened(browser, site / PAGES["activations"], color_scheme="light")
    assert luminance(page, "body") > 200
    stroke = "getComputedStyle(document.querySelector('path.curve')).stroke"
    light = page.evaluate(stroke)
    page.emulate_media(color_scheme="dark")
    assert luminance(page, "body") < 60 and page.evaluate(stroke) != light
    page.close()


def test_printing(browser: Any, site: Path) -> None:
    for kind in ("opening", "proved"):
        page = opened(browser, site / PAGES[kind])
        page.emulate_media(media="print")
        assert not any(nav.is_visible() for nav in page.locator("nav").all())
        assert not any(form.is_visible() for form in page.locator("form").all())
        page.emulate_media(media="print", color_scheme="dark")  # paper is white all the same
        assert luminance(page, "body") > 200
        pdf = page.pdf()
        assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page") > 2
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_nothing_serious(browser: Any, site: Path, scheme: str, kind: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # axe-core is a script, which the report's own policy would refuse.
    context = browser.new_context(bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    page.goto((site / PAGES[kind]).as_uri())
    found = Axe().run(page).response["violations"]
    bad = [
        (v["id"], v["impact"], v["nodes"][0]["html"][:200])
        for v in found
        if v["impact"] in ("serious", "critical", "moderate")
    ]
    assert not bad
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1 and all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert page.evaluate(
        "[...document.querySelectorAll('svg')].every(s => s.getAttribute('role') === 'img' "
        "&& s.querySelector('title') && s.querySelector('desc'))"
    )
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    context.close()


# -- plots -----------------------------------------------------------------------------------------


def numbers(d: str) -> list[float]:
    return [float(v) for v in re.findall(r"-?\d+(?:\.\d+)?", d)]


def test_curves_stay_within_their_certified_bounds() -> None:
    c = read_record(
        ROOT / "generated" / "certificates" / "squared_bounded__tanh__squared__data.json"
    )
    for plot in activation_plots("tanh(z)", {**c["constants"], "S0": {"hi": "1", "lo": "1"}}):
        curve, *bounds = plot.paths
        assert len(bounds) == 2 and all(b.bound for b in bounds)
        ys = numbers(curve.d)[1::2]
        limits = sorted({numbers(b.d)[1] for b in bounds})
        assert limits[0] - 0.2 <= min(ys) and max(ys) <= limits[1] + 0.2
        assert "certified bound" in plot.description
    assert activation_plots("Max(z, 0)", {}) == []
    assert len(activation_plots("z + sin(z)", {})) == 3


def test_v4_is_drawn_above_its_bound_and_a_false_bound_is_not_hidden() -> None:
    from proofkit.numeric.kernels import float_arrays
    from proofkit.problem.data import generate_outer
    from proofkit.reading.table import load_table

    c = read_record(
        ROOT / "generated" / "certificates" / "squared_bounded__tanh__squared__data.json"
    )
    X, y = float_arrays(load_table(bundled_data(), BUNDLED_TARGET))
    a = [float(v) for v in generate_outer(64, 0)]
    plot = villani_plot(c, X, y, a, rays=1, radii=6)
    assert plot is not None and "stays above the certified bound" in plot.description
    for s in c["steps"]:
        if s["claim"] == "V4":
            s["payload"]["bound"] = s["payload"]["bound"].replace("- K", "+ 10^12*K")
    plot = villani_plot(c, X, y, a, rays=1, radii=6)
    assert plot is not None and "FALLS BELOW" in plot.description


def test_thresholds() -> None:
    assert (
        threshold_plot([], "x") is None
        and threshold_plot([("a", {"bounded": Fraction(0)})], "x") is None
    )
    plot = threshold_plot(
        [
            (
                "tanh",
                {"bounded": Fraction(0), "lipschitz": Fraction(10), "published": Fraction(1000)},
            )
        ],
        "x",
    )
    assert plot is not None and [m.x for m in plot.marks] == sorted(m.x for m in plot.marks)
    assert "published 1000" in plot.description


def test_a_threshold_is_rounded_up() -> None:
    """lambda > 1 would be more than is proved where the threshold is above 1."""
    just_above = 1 + Fraction(1, 10**30)
    plot = threshold_plot([("tanh", {"lipschitz": just_above, "published": Fraction(2, 3)})], "x")
    assert plot is not None and "lipschitz 1.01, published 0.667" in plot.description
    assert any(m.label.endswith("\u03bb > 1.001") for m in plot.marks)


def test_a_very_large_threshold_is_a_power_of_ten_rounded_up() -> None:
    large = Fraction(10**24 + 1)
    plot = threshold_plot([("tanh", {"lipschitz": large, "published": Fraction(1)})], "x")
    assert (
        plot is not None and "lipschitz 1.01\u00b710\u00b2\u2074, published 1" in plot.description
    )


def test_axes_hold_every_point() -> None:
    x = [10.0**k for k in range(-3, 6)]
    plot = line_plot(
        "t", "d", [Series("s", x, [(-1) ** k * v**2 for k, v in enumerate(x)])], "x", "y", "log"
    )
    left, top, width, height = plot.frame
    values = numbers(plot.paths[0].d)
    assert all(left - 0.1 <= v <= left + width + 0.1 for v in values[::2]) and all(
        top - 0.1 <= v <= top + height + 0.1 for v in values[1::2]
    )
    assert len(plot.x_ticks) >= 4 and any(t.text == "0" for t in plot.y_ticks)
