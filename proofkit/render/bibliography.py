"""The works that rules and certificates cite, as BibTeX and as plain entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from proofkit.kernel.rules import RULES


@dataclass(frozen=True)
class Work:
    """One entry; ``mark`` is how rules and certificates name it."""

    key: str
    mark: str
    kind: str
    fields: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """The title as text."""
        return dict(self.fields)["title"].replace("{", "").replace("}", "")

    @property
    def authors(self) -> str:
        """The authors as text; those with accents are in LaTeX."""
        return ", ".join(dict(self.fields)["author"].split(" and "))

    def bibtex(self) -> str:
        """The BibTeX entry."""
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in self.fields)
        return f"@{self.kind}{{{self.key},\n{body}\n}}\n"

    def plain(self) -> str:
        """LaTeX for a list of references."""
        f = dict(self.fields)
        names = f["author"].split(" and ")
        authors = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
        place = [f[k] for k in ("journal", "booktitle", "series", "howpublished") if k in f]
        numbers = [f["volume"]] if "volume" in f else []
        pages = [f["pages"]] if "pages" in f else []
        return (
            f"{authors}. \\emph{{{f['title']}}}. "
            f"{', '.join([*(' '.join([*place, *numbers]) for _ in (0,) if place), f['year'], *pages])}."
        )


def _arxiv(key: str, number: str, author: str, title: str, year: str) -> Work:
    return Work(
        key,
        f"arXiv:{number}",
        "misc",
        (
            ("author", author),
            ("title", title),
            # Every style prints howpublished; plain and IEEEtran know no eprint.
            ("howpublished", f"arXiv:{number}"),
            ("year", year),
        ),
    )


def _article(
    key: str, mark: str, author: str, title: str, journal: str, volume: str, pages: str, year: str
) -> Work:
    fields = (
        ("author", author),
        ("title", title),
        ("journal", journal),
        ("volume", volume),
        ("pages", pages),
        ("year", year),
    )
    return Work(key, mark, "article", fields)


WORKS: Mapping[str, Work] = MappingProxyType(
    {
        w.key: w
        for w in (
            _arxiv(
                "shi2020learning",
                "2004.06977",
                "Bin Shi and Weijie J. Su and Michael I. Jordan",
                r"On Learning Rates and {Schr{\"o}dinger} Operators",
                "2020",
            ),
            _arxiv(
                "gopalani2022global",
                "2210.11452",
                "Pulkit Gopalani and Anirbit Mukherjee",
                "Global Convergence of {SGD} On Two Layer Neural Nets",
                "2022",
            ),
            _arxiv(
                "gopalani2023logistic",
                "2309.09258",
                "Pulkit Gopalani and Samyak Jha and Anirbit Mukherjee",
                "Global Convergence of {SGD} For Logistic Loss on Two Layer Neural Nets",
                "2023",
            ),
            _arxiv(
                "das2026weight",
                "2605.06599",
                "Abhijit Das and Sayantan Dutta",
                "Weight-Decay Turns Transformer Loss Landscapes {Villani}: "
                "Functional-Analytic Foundations for Optimization and Generalization",
                "2026",
            ),
            Work(
                "villani2009hypocoercivity",
                "Villani 2009",
                "book",
                (
                    ("author", r"C{\'e}dric Villani"),
                    ("title", "Hypocoercivity"),
                    ("series", "Memoirs of the American Mathematical Society"),
                    ("volume", "202"),
                    ("publisher", "American Mathematical Society"),
                    ("year", "2009"),
                ),
            ),
            _article(
                "holley1987logarithmic",
                "Holley and Stroock 1987",
                "Richard Holley and Daniel Stroock",
                "Logarithmic {Sobolev} inequalities and stochastic {Ising} models",
                "Journal of Statistical Physics",
                "46",
                "1159--1194",
                "1987",
            ),
            Work(
                "bakry1985diffusions",
                "Bakry and Emery 1985",
                "incollection",
                (
                    ("author", r"Dominique Bakry and Michel {\'E}mery"),
                    ("title", "Diffusions hypercontractives"),
                    ("booktitle", r"S{\'e}minaire de Probabilit{\'e}s XIX"),
                    ("publisher", "Springer"),
                    ("pages", "177--206"),
                    ("year", "1985"),
                ),
            ),
            _article(
                "bakry2008simple",
                "Bakry, Barthe, Cattiaux and Guillin 2008",
                "Dominique Bakry and Franck Barthe and Patrick Cattiaux and Arnaud Guillin",
                r"A simple proof of the {Poincar\'e} inequality for a large class of "
                r"probability measures including the log-concave case",
                "Electronic Communications in Probability",
                "13",
                "60--66",
                "2008",
            ),
            _article(
                "muckenhoupt1972hardy",
                "Muckenhoupt 1972",
                "Benjamin Muckenhoupt",
                "{Hardy's} inequality with weights",
                "Studia Mathematica",
                "44",
                "31--38",
                "1972",
            ),
            _article(
                "bobkov1999exponential",
                "Bobkov and Gotze 1999",
                r"Sergey G. Bobkov and Friedrich G{\"o}tze",
                "Exponential integrability and transportation cost related to logarithmic "
                "{Sobolev} inequalities",
                "Journal of Functional Analysis",
                "163",
                "1--28",
                "1999",
            ),
            Work(
                "vempala2019rapid",
                "Vempala and Wibisono 2019",
                "inproceedings",
                (
                    ("author", "Santosh Vempala and Andre Wibisono"),
                    (
                        "title",
                        "Rapid convergence of the unadjusted {Langevin} algorithm: "
                        "isoperimetry suffices",
                    ),
                    ("booktitle", "Advances in Neural Information Processing Systems"),
                    ("volume", "32"),
                    ("year", "2019"),
                ),
            ),
            _article(
                "otto2000generalization",
                "Otto and Villani 2000",
                r"Felix Otto and C{\'e}dric Villani",
                "Generalization of an inequality by {Talagrand} and links with the "
                "logarithmic {Sobolev} inequality",
                "Journal of Functional Analysis",
                "173",
                "361--400",
                "2000",
            ),
        )
    }
)


def works_of(rule: str) -> list[Work]:
    """What a rule of the kernel cites."""
    source = RULES[rule].source
    return [w for w in WORKS.values() if w.mark in source]


def works_in(text: str) -> list[Work]:
    """The works that a text names by their marks."""
    return [w for w in WORKS.values() if w.mark in text]


def cite(text: object, escape: Callable[[object], str], command: str | None) -> str:
    """A source in words, its known works turned into citations when ``command`` (\\cite) is wanted."""
    out = escape(text)
    if command is None:
        return out
    for w in WORKS.values():
        out = out.replace(escape(w.mark), rf"{command}{{{w.key}}}")
    return out
