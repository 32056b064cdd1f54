"""The report in a real browser: opened, clicked, read by keyboard, on a phone, in the dark, on paper; and by axe-core."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from proofkit.render.html import latex_sentence
from proofkit.render.plots import Series, activation_plots, line_plot, threshold_plot, villani_plot
from proofkit.report import BUNDLED_TARGET, Settings, bundled_data, bundled_file, make_report

ROOT = Path(__file__).parents[2]
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


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "theorems").mkdir()
    (folder / "theorems" / "first.toml").write_text(
        THEOREM.format(title="Villani for every lambda > 0", evil=EVIL)
    )
    kinky = (
        THEOREM.format(title=EVIL, evil="")
        .replace('["tanh", "z*exp(-z^2)"]', '["relu", "z + 2*sin(z)"]')
        .replace('["symbolic", "data"]', '["symbolic"]')
    )
    (folder / "theorems" / "second.toml").write_text(kinky)
    make_report(Settings(folder / "out", folder / "theorems", bundled_file(), 8, 0, 1))
    return folder / "out" / "report.html"


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
    """A page with the report; complaints of the console and requests for anything else fail the test."""
    page = browser.new_page(**{"viewport": {"width": 1200, "height": 900}, **more})
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text))
    page.on("pageerror", lambda e: page.complaints.append(str(e)))
    page.on("request", lambda r: page.complaints.append(r.url) if r.url != path.as_uri() else None)
    page.goto(path.as_uri())
    return page


def test_the_file_stands_alone(report: Path) -> None:
    html = report.read_text()
    assert (
        "<script" not in html
        and "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", html)
        and "&lt;script&gt;" in html
    )
    assert (
        not re.search(r"(src|href)=.?(https?:|//)", html)
        and "@import" not in html
        and "url(" not in html
    )
    assert "default-src 'none'" in html


def test_it_opens_and_a_click_shows_the_steps(browser: Any, report: Path) -> None:
    page = opened(browser, report)
    assert page.title() == "proofkit: proof-check report"
    assert (
        page.locator("h1").count() == 1
        and page.locator("#summary ~ div table tbody tr").count() == 2
    )
    inner = page.locator("#t-first details").first
    step = inner.locator("ol.steps > li").first
    assert not step.is_visible()
    inner.locator("summary").first.click()
    assert step.is_visible() and "kernel-checked" in step.inner_text()
    # Formulas are laid out, not only there.
    box = inner.locator("math").first.bounding_box()
    assert box is not None and box["width"] > 5 and box["height"] > 5
    assert page.locator("merror, mtext:has-text('\\\\')").count() == 0
    inner.locator("a.tag").first.click()
    assert page.evaluate("document.querySelector(':target').tagName") == "DT"
    assert not page.complaints
    page.close()


def test_keyboard(browser: Any, report: Path) -> None:
    page = opened(browser, report)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the theorems"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(
            "document.activeElement.tagName === 'SUMMARY' && document.activeElement.parentElement.id === 't-second'"
        ):
            break
    else:
        pytest.fail("the second theorem cannot be reached by keyboard")
    before = page.evaluate("document.getElementById('t-second').open")
    page.keyboard.press("Enter")
    assert page.evaluate("document.getElementById('t-second').open") is not before
    page.close()


@pytest.mark.parametrize("which", ["small", "committed"])
def test_phone(browser: Any, report: Path, which: str) -> None:
    path = report if which == "small" else ROOT / "generated" / "report.html"
    page = opened(browser, path, viewport={"width": 390, "height": 844}, is_mobile=True)
    page.evaluate(
        "for (const d of document.querySelectorAll('#t-first, #t-first details, #t-squared_bounded, #t-rate_langevin, #t-rate_langevin details')) d.open = true"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not page.complaints
    page.close()


def luminance(page: Any, selector: str) -> float:
    r, g, b = page.evaluate(
        f"getComputedStyle(document.querySelector('{selector}')).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_light_and_dark(browser: Any, report: Path) -> None:
    page = opened(browser, report, color_scheme="light")
    assert luminance(page, "body") > 200
    stroke = "getComputedStyle(document.querySelector('path.curve')).stroke"
    light = page.evaluate(stroke)
    page.emulate_media(color_scheme="dark")
    assert luminance(page, "body") < 60 and page.evaluate(stroke) != light
    page.close()


def test_printing_shows_what_is_folded(browser: Any, report: Path, tmp_path: Path) -> None:
    page = opened(browser, report)
    page.emulate_media(media="print")
    assert page.locator("#t-first details ol.steps > li").first.is_visible()
    assert not page.locator("nav").is_visible()
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page") > 3
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, report: Path, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # axe-core is a script, which the report's own policy would refuse.
    context = browser.new_context(bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    page.goto(report.as_uri())
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
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
        "[...document.querySelectorAll('svg')].every(s => s.getAttribute('role') === 'img' && s.querySelector('title') && s.querySelector('desc'))"
    )
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    context.close()


# -- plots --------------------------------------------------------------------------------------------------------


def numbers(d: str) -> list[float]:
    return [float(v) for v in re.findall(r"-?\d+(?:\.\d+)?", d)]


def test_curves_stay_within_their_certified_bounds() -> None:
    c = json.loads(
        (
            ROOT / "generated" / "certificates" / "squared_bounded__tanh__squared__data.json"
        ).read_text()
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

    c = json.loads(
        (
            ROOT / "generated" / "certificates" / "squared_bounded__tanh__squared__data.json"
        ).read_text()
    )
    X, y = float_arrays(load_table(bundled_data(), BUNDLED_TARGET))
    a = [float(v) for v in generate_outer(64, 0)]
    plot = villani_plot(c, X, y, a, rays=1, radii=6)
    assert plot is not None and "stays above the certified bound" in plot.description
    for s in c["steps"]:
        if s["claim"] == "V4":
            s["payload"]["lower_bound"] = s["payload"]["lower_bound"].replace("- K", "+ 10^12*K")
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
    assert any(m.label.endswith("lambda > 1.001") for m in plot.marks)


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


def test_rule_sentences() -> None:
    assert latex_sentence("By $x<1$ & <b>").startswith(
        "By <span"
    ) and "&amp; &lt;b&gt;" in latex_sentence("By $x<1$ & <b>")
