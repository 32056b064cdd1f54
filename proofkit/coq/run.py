"""Running coqc: the library is compiled once per content, a certificate's file each time.

coqc reads the generated file from a scratch folder and writes nothing elsewhere; what it
prints (the assumptions of each theorem) is compared with the axioms that are allowed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from proofkit.errors import InputError

# The classical axioms of Coq's Reals, and what the interval tactic brings: primitive integers and
# their specification.
# No primitive floating point: the library always asks the tactic for more than 53 bits.
CLASSICAL = frozenset(
    {
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "Classical_Prop.classic",
    }
)
PRIMITIVE = re.compile(r"(PrimInt63|Uint63)\.\w+\Z", re.ASCII)
TIMEOUT = 600


class CoqMissing(InputError):
    """coqc or one of its libraries is not installed."""


@dataclass(frozen=True)
class Outcome:
    """What coqc said of a file: accepted or not, the error, the assumptions of each theorem,
    seconds.

    ``lemma``: the statement whose generated proof does not go through, "" where that is not the
    reason.
    """

    accepted: bool
    error: str
    assumptions: tuple[str, ...]
    foreign: tuple[str, ...]
    version: str
    seconds: float
    lemma: str = ""


def find_coqc() -> str | None:
    """The path of coqc, or None."""
    return shutil.which("coqc")


def version(coqc: str) -> str:
    """Coq's version, such as 8.16.1."""
    out = subprocess.run(  # noqa: S603 - our own arguments, no shell
        [coqc, "--print-version"], capture_output=True, text=True, timeout=60, check=False
    )
    return out.stdout.split()[0] if out.returncode == 0 and out.stdout.split() else "unknown"


def library_folder() -> Path:
    """theorems/coq in a source tree, or its copy in an installed package."""
    here = Path(__file__).resolve().parent.parent
    for folder in (here / "_theorems" / "coq", here.parent / "theorems" / "coq"):
        if folder.is_dir():
            return folder
    raise InputError(
        "the Coq library (theorems/coq) is not part of this installation; install proofkit again"
    )


def cache_folder() -> Path:
    """Where compiled libraries are kept: $XDG_CACHE_HOME/proofkit/coq, or ~/.cache."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "proofkit" / "coq"


_IMPORT = re.compile(r"^From Proofkit Require Import ([\w ]+)\.", re.MULTILINE | re.ASCII)


def in_order(sources: Mapping[str, str]) -> list[str]:
    """Module names, each after those it imports."""
    out: list[str] = []

    def visit(name: str) -> None:
        if name in out:
            return
        for line in _IMPORT.findall(sources[name]):
            for other in line.split():
                visit(other)
        out.append(name)

    for name in sorted(sources):
        visit(name)
    return out


def _call(coqc: str, folder: Path, library: Path, file: str) -> subprocess.CompletedProcess[str]:
    command = (
        [
            coqc,
            "-q",
            "-w",
            "none",
            "-R",
            str(library),
            "Proofkit",
            "-R",
            str(folder),
            "Certificate",
            file,
        ]
        if library != folder
        else [coqc, "-q", "-w", "none", "-R", str(library), "Proofkit", file]
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COQ")}
    return subprocess.run(  # noqa: S603 - our own arguments, no shell
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
    )


def _message(text: str) -> str:
    """The last error of coqc in one line."""
    found = text[text.rfind("Error:") :] if "Error:" in text else text
    return " ".join(found.split())[:400]


_PLACE = re.compile(r'^File "[^"]*", line (\d{1,7}), ', re.MULTILINE | re.ASCII)
_STATEMENT = re.compile(r"^(?:Lemma|Theorem|Definition|Corollary) ([\w']+)", re.ASCII)


def _lemma_at(text: str, message: str) -> str:
    """The name of the last statement that begins at or before the line that coqc complains of."""
    places = _PLACE.findall(message)
    found = [
        m.group(1)
        for line in text.splitlines()[: int(places[-1])]
        if places
        if (m := _STATEMENT.match(line))
    ]
    return found[-1] if found else "the file"


def build_library(coqc: str, cache: Path | None = None) -> Path:
    """The folder of the compiled library, built when its content or Coq's version is new."""
    folder = library_folder()
    sources = {p.stem: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.v"))}
    mark = hashlib.sha256(
        "\0".join([version(coqc), *(f"{k}\0{v}" for k, v in sources.items())]).encode()
    ).hexdigest()[:24]
    root = cache if cache is not None else cache_folder()
    ready = root / mark
    if ready.is_dir():
        return ready
    try:
        root.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".building.", dir=root))
    except OSError as error:
        raise InputError(
            f"cannot write into {root} ({error.strerror}); set XDG_CACHE_HOME to a folder of yours"
        ) from None
    try:
        for name in in_order(sources):
            (work / f"{name}.v").write_text(sources[name], encoding="utf-8")
            done = _call(coqc, work, work, f"{name}.v")
            if done.returncode != 0:
                text = done.stderr + done.stdout
                if "Cannot find a physical path" in text or "Unable to locate library" in text:
                    raise CoqMissing(
                        "Coq lacks a library: install coquelicot and interval (Debian: "
                        "libcoq-coquelicot libcoq-interval)"
                    )
                raise InputError(
                    f"Coq {version(coqc)} does not accept the library file {name}.v: "
                    f"{_message(text)}"
                )
        try:
            os.rename(work, ready)
        except OSError:
            if not ready.is_dir():
                raise
        return ready
    finally:
        shutil.rmtree(work, ignore_errors=True)


def compile_text(text: str, cache: Path | None = None) -> Outcome:
    """Compile one generated file; CoqMissing when Coq is not there."""
    return compile_texts({"certificate": text}, cache)["certificate"]


FINAL = "Print Assumptions certificate."


def compile_texts(
    texts: Mapping[str, str],
    cache: Path | None = None,
    jobs: int = 1,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> dict[str, Outcome]:
    """Compile generated files side by side and look at the axioms of all of them.

    Print Assumptions walks through every proof of the libraries, some ten seconds
    whatever the theorem, so the files are compiled without it, and one more file asks
    for the axioms of all their theorems together; one by one only if a foreign one shows up.
    """
    coqc = find_coqc()
    if coqc is None:
        raise CoqMissing(
            "coqc is not installed (Debian: apt-get install coq libcoq-coquelicot "
            "libcoq-interval); the Coq file can be rendered without it"
        )
    library = build_library(coqc, cache)
    number = version(coqc)
    out: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="proofkit-coq-") as name:
        scratch = Path(name)
        modules = {key: f"certificate{i}" for i, key in enumerate(texts)}

        def one(key: str) -> Outcome:
            if FINAL not in texts[key]:
                return Outcome(False, f"the file does not end with '{FINAL}'", (), (), number, 0.0)
            body = texts[key].replace(FINAL, "")
            (scratch / f"{modules[key]}.v").write_text(body, encoding="utf-8")
            start = time.monotonic()
            try:
                done = _call(coqc, scratch, library, f"{modules[key]}.v")
            except subprocess.TimeoutExpired:
                late = f"coqc did not finish in {TIMEOUT} s"
                return Outcome(False, late, (), (), number, float(TIMEOUT), "the file")
            seconds = time.monotonic() - start
            if done.returncode == 0:
                return Outcome(True, "", (), (), number, seconds)
            said = done.stderr + done.stdout
            lemma = _lemma_at(body, said)
            return Outcome(False, _message(said), (), (), number, seconds, lemma)

        with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
            futures = {pool.submit(one, key): key for key in texts}
            for count, future in enumerate(as_completed(futures), 1):
                out[futures[future]] = future.result()
                progress(count, len(texts), futures[future])
        accepted = [key for key in texts if out[key].accepted]
        if accepted:
            found = _axioms(coqc, scratch, library, [modules[key] for key in accepted])
            for key in accepted:
                own = (
                    found
                    if not foreign(found) or len(accepted) == 1
                    else _axioms(coqc, scratch, library, [modules[key]])
                )
                out[key] = replace(
                    out[key], assumptions=own, foreign=foreign(own), accepted=not foreign(own)
                )
                if foreign(own):
                    out[key] = replace(
                        out[key],
                        error=f"it rests on the axiom {foreign(own)[0]}, which is not among those "
                        f"allowed",
                    )
    return {key: out[key] for key in texts}


def _axioms(coqc: str, scratch: Path, library: Path, modules: list[str]) -> tuple[str, ...]:
    """The axioms under the final theorems of compiled files."""
    lines = [f"Require {m}." for m in modules]
    term = f"{modules[-1]}.certificate"
    for m in reversed(modules[:-1]):
        term = f"(conj {m}.certificate {term})"
    (scratch / "assumptions.v").write_text(
        "\n".join([*lines, f"Definition all := {term}.", "Print Assumptions all.", ""]),
        encoding="utf-8",
    )
    done = _call(coqc, scratch, library, "assumptions.v")
    if done.returncode != 0:
        raise InputError(f"Coq cannot list the assumptions: {_message(done.stderr + done.stdout)}")
    return assumptions(done.stdout)


_NAME = re.compile(r"^([A-Za-z_][\w.']*)\s*(?::|$)", re.ASCII)


def assumptions(text: str) -> tuple[str, ...]:
    """What Print Assumptions lists, sorted: names of axioms, and whole any line that is not one.

    Such a line ("Type hierarchy is collapsed", "... is assumed to be guarded") is a doubt
    as well, and ``foreign`` must see it.
    """
    out: set[str] = set()
    for line in text.splitlines():
        if (
            not line.strip()
            or line[0].isspace()
            or line.startswith(("Axioms:", "Closed under", "Fetching opaque proofs"))
        ):
            continue
        m = _NAME.match(line)
        out.add(m.group(1) if m else line.strip())
    return tuple(sorted(out))


def foreign(names: Iterable[str]) -> tuple[str, ...]:
    """The axioms that are neither classical ones of the Reals nor primitive integers."""
    return tuple(n for n in names if n not in CLASSICAL and not PRIMITIVE.match(n))
