"""The compiled backend: C generated from programs, built by the system compiler, cached by content.

A library is loaded only when the digest written beside it at build time still
matches its bytes and the cache folder belongs to the user alone; anything else
is built again.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sympy as sp

from proofkit.errors import InternalError
from proofkit.numeric import stable
from proofkit.numeric.lowering import SCALARS, SIZE, concrete, elements, index_of, statements
from proofkit.numeric.printing import CPrinter, c_statements
from proofkit.numeric.program import Array, Map, Product, Program, Reduce
from proofkit.numeric.scalar import Scalars
from proofkit.numeric.tiled import LAYOUT, MATRIX, c_tiled, recognise
from proofkit.numeric.vectormath import prelude

FLAGS = (
    "-O3",
    "-march=native",
    "-std=gnu11",
    "-fPIC",
    "-shared",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=fast",
    "-fopenmp-simd",
    "-fvisibility=hidden",
)
TUNING = (
    # Threading turns the limits of a range into masks, which cost more than a minimum and a
    # maximum.
    "-fno-thread-jumps",
    # Neighbouring vectors interleaved: one polynomial after the other leaves the units waiting for
    # its chain.
    "-fschedule-insns",
    "-fsched-pressure",
)
"""Flags of GCC that gain 10 to 20 % in the activations, left out where the compiler does not take
them, and for matrix products, which they slow.
"""


class _Emitter:
    """C statements of one program."""

    def __init__(self, program: Program, scalars: Scalars) -> None:
        self.program = program
        self.scalars = scalars
        self.lines: list[str] = []
        self.buffers: list[Array] = []
        self.per_sample: list[str] = []
        """Statements put in front of the units of each sample in loops over samples and units."""

    def used_later(self, array: Array, after: int) -> bool:
        for instruction in self.program.instructions[after:]:
            if isinstance(instruction, Product):
                if array in (instruction.left, instruction.right):
                    return True
            elif any(
                array.symbol in e.free_symbols
                for e in (
                    instruction.exprs if isinstance(instruction, Map) else (instruction.expr,)
                )
            ):
                return True
        return False

    def emit(self, part: slice = slice(None)) -> list[str]:
        """All instructions or some, neighbouring loops over the same axes fused."""
        for group, after in self.groups(self.program.instructions[part]):
            self.product(group[0]) if isinstance(group[0], Product) else self.loop(group, after)
        return self.lines

    def groups(self, instructions: Sequence[Any]) -> Iterator[tuple[list[Any], int]]:
        """Runs of consecutive instructions that fit into one loop, each with the place in the
        program that follows it.
        """
        at = 0
        while at < len(instructions):
            group: list[Any] = [instructions[at]]
            while (
                not isinstance(group[0], Product)
                and at + len(group) < len(instructions)
                and self.joins(group, instructions[at + len(group)])
            ):
                group.append(instructions[at + len(group)])
            at += len(group)
            yield group, self.program.instructions.index(group[-1]) + 1

    def axes(self, instruction: Map | Reduce) -> str:
        return (
            instruction.outs[0].axes
            if isinstance(instruction, Map)
            else "".join(c for c in "ijk" if c in instruction.out.axes + instruction.over)
        )

    def joins(self, group: list[Any], candidate: Any) -> bool:
        if isinstance(candidate, Product) or self.axes(candidate) != self.axes(group[0]):
            return False
        exprs = candidate.exprs if isinstance(candidate, Map) else (candidate.expr,)
        sums = {g.out.symbol for g in group if isinstance(g, Reduce)}
        return not any(sums & e.free_symbols for e in exprs)

    def product(self, ins: Product, alpha: str = "1") -> None:
        self.declare(ins.out)
        self.lines.append("  " + gemm(ins, alpha, "0", f"{ins.out.name}_"))

    def declare(self, array: Array) -> None:
        if array not in self.buffers and array != self.program.result:
            self.buffers.append(array)

    def loop(self, group: list[Any], after: int) -> None:
        axes = self.axes(group[0])
        inner = axes[-1:] or ""
        made: set[Any] = set()
        body: list[str] = []
        before: list[str] = []
        close: list[str] = []
        pragmas: list[tuple[str, Array]] = []
        deep = "  " * (len(axes) + 1)
        loads: dict[Any, Array] = {}
        for ins in group:
            exprs = [
                concrete(e, self.scalars)
                for e in (ins.exprs if isinstance(ins, Map) else (ins.expr,))
            ]
            for e in exprs:
                for symbol in sorted(e.free_symbols, key=str):
                    if symbol in self.program.arrays and symbol not in made and symbol not in loads:
                        loads[symbol] = self.program.arrays[symbol]
            tag = ins.outs[0].name if isinstance(ins, Map) else ins.out.name
            names = {symbol: sp.Symbol(text, real=True) for symbol, text in SCALARS.items()}
            exprs = [e.xreplace(names) for e in exprs]
            if isinstance(ins, Map):
                body += statements([f"const T {out.name}" for out in ins.outs], exprs, deep, tag)
                for out in ins.outs:
                    made.add(out.symbol)
                    if out == self.program.result or self.used_later(out, after):
                        self.declare(out)
                        body.append(f"{deep}{out.name}_[{index_of(out.axes)}] = {out.name};")
            else:
                self.declare(ins.out)
                body += statements([f"const T e_{ins.out.name}"], exprs, deep, tag)
                kind = "double" if ins.out.axes == "" else "T"
                if ins.out.axes == "":
                    before.append(f"  double acc_{ins.out.name} = 0;")
                    close.append(f"  {ins.out.name}_[0] = (T)acc_{ins.out.name};")
                else:
                    before.append(
                        f"  for (long q = 0; q < {elements(ins.out.axes)}; q++) "
                        f"{ins.out.name}_[q] = 0;"
                    )
                if inner and inner in ins.over:
                    body.append(f"{deep}acc{ins.out.name} += e_{ins.out.name};")
                    pragmas.append((kind, ins.out))
                else:
                    body.append(
                        f"{deep}{ins.out.name}_[{index_of(ins.out.axes)}] += e_{ins.out.name};"
                    )
        prefix = [
            f"{deep}const T {symbol} = {array.name}_[{index_of(array.axes)}];"
            for symbol, array in loads.items()
        ]
        out = list(before)
        for depth, c in enumerate(axes):
            pad = "  " * (depth + 1)
            if c == inner:
                for kind, array in pragmas:
                    out.append(f"{pad}{kind} acc{array.name} = 0;")
                clause = (
                    f" reduction(+:{', '.join('acc' + array.name for _, array in pragmas)})"
                    if pragmas
                    else ""
                )
                out.append(f"#pragma omp simd{clause}")
            out.append(f"{pad}for (long {c} = 0; {c} < {SIZE[c]}; {c}++) {{")
            if axes == "ij" and c == "i":
                out += self.per_sample
        out += [*prefix, *body]
        for depth in range(len(axes) - 1, -1, -1):
            pad = "  " * (depth + 1)
            out.append(f"{pad}}}")
            if depth == len(axes) - 1:
                for _, array in pragmas:
                    target = (
                        f"acc_{array.name}"
                        if array.axes == ""
                        else f"{array.name}_[{index_of(array.axes)}]"
                    )
                    out.append(f"{pad}{target} += acc{array.name};")
        self.lines += ["  {", *out, *close, "  }"]


def gemm(ins: Product, alpha: str, beta: str, target: str) -> str:
    """target = alpha * (left contracted with right) + beta * target, all row-major; BLAS is
    column-major, so the roles swap.
    """
    rows, columns = ins.out.axes
    a, b = (
        (ins.left, ins.right)
        if rows in ins.left.axes.replace(ins.over, "")
        else (ins.right, ins.left)
    )
    ta = "N" if a.axes[1] == ins.over else "T"
    tb = "N" if b.axes[0] == ins.over else "T"
    lda, ldb = SIZE[a.axes[1]], SIZE[b.axes[1]]
    return (
        f"pk_gemm(gemm, '{tb}', '{ta}', {SIZE[columns]}, {SIZE[rows]}, {SIZE[ins.over]}, "
        f"{alpha}, {b.name}_, {ldb}, {a.name}_, {lda}, {beta}, {target}, {SIZE[columns]});"
    )


_EXPORT = """
#define PK_EXPORT __attribute__((visibility("default")))
"""
_GEMM = """
typedef void (*gemm_t)(char*, char*, int*, int*, int*, T*, T*, int*, T*, int*, T*, T*, int*);
static inline void pk_gemm(gemm_t gemm, char ta, char tb, long m, long n, long k, T alpha, const T* A, long lda, const T* B, long ldb, T beta, T* C, long ldc) {
  int m_ = (int)m, n_ = (int)n, k_ = (int)k, lda_ = (int)lda, ldb_ = (int)ldb, ldc_ = (int)ldc;
  gemm(&ta, &tb, &m_, &n_, &k_, &alpha, (T*)A, &lda_, (T*)B, &ldb_, &beta, C, &ldc_);
}
static inline void pk_gather(const T* restrict X, const T* restrict Y, const int64_t* restrict index, long n, long d, T* restrict x, T* restrict y) {
  for (long i = 0; i < n; i++) {
    const int64_t row = index[i];
    memcpy(x + i*d, X + row*d, (size_t)d * sizeof(T));
    y[i] = Y[row];
  }
}
"""


def _buffers(buffers: Sequence[Array]) -> list[str]:
    lines = ["  T* next = work;"]
    for array in buffers:
        lines.append(
            f"  T* restrict {array.name}_ = next; next += (({elements(array.axes)}) + 15) / "
            f"16 * 16;"
        )
    return lines


def work_size(buffers: Sequence[Array], n: int, p: int, d: int) -> int:
    """Elements of the scratch space of a function."""
    size = {"i": n, "j": p, "k": d}
    total = 0
    for array in buffers:
        count = 1
        for c in array.axes:
            count *= size[c]
        total += (count + 15) // 16 * 16
    return total + 16


def c_program(name: str, program: Program, scalars: Scalars) -> tuple[str, tuple[Array, ...]]:
    """A C function computing one program, and the buffers it needs."""
    emitter = _Emitter(program, scalars)
    body = emitter.emit()
    text = [
        f"PK_EXPORT void {name}(const T* restrict W_, const T* restrict V_, const T* "
        f"restrict a_, const T* restrict x_, const T* restrict y_,",
        "    T lam, T noise, long n, long p, long d, gemm_t gemm, T* restrict work, T* "
        "restrict out_result) {",
        *_buffers(emitter.buffers),
        f"  T* restrict {program.result.name}_ = out_result;",
        *body,
        "}",
    ]
    return "\n".join(text), tuple(emitter.buffers)


def c_steps(program: Program, scalars: Scalars) -> str:
    """W <- W - step * gradient + amplitude * xi, many times, on minibatches gathered by index.

    A step runs on tiles (see ``tiled``), or on request on BLAS, which may have threads.  There the
    gradient u W + v m, m a matrix product, is accumulated straight into W, and the shrinking by 1 -
    step * u is kept as one number beside W: scaling every weight would cost another pass over
    memory.
    """
    shape = recognise(program)
    if shape is None:
        raise InternalError("the gradient is not of the form that a step is compiled from")
    emitter = _Emitter(program, scalars)
    first, last = program.instructions[0], program.instructions[-2]
    assert isinstance(first, Product) and isinstance(last, Product)
    emitter.product(first, alpha="shrink")
    # The rows of the next batch arrive while sigma is computed.
    emitter.per_sample = [
        "    if (ahead) for (long q = 0; q < d; q += 64/(long)sizeof(T)) "
        "__builtin_prefetch(X + ahead[i]*d + q);"
    ]
    emitter.emit(slice(1, -2))
    printer = CPrinter()
    names = {symbol: sp.Symbol(text, real=True) for symbol, text in SCALARS.items()}
    u, v = (printer.doprint(e.xreplace(names)) for e in (shape.keep, shape.scale))
    inner = _Emitter(program, scalars)
    for group, after in inner.groups(shape.middle):
        inner.loop(group, after)
    text = [
        "/* W stands for held times what is stored. */",
        "static void pk_step(T* restrict W_, T* restrict held, const T* restrict a_, const "
        "T* restrict x_, const T* restrict y_, const T* restrict xi_,",
        "    const T* restrict X, const int64_t* restrict ahead, T lam, T step, T amplitude, "
        "long n, long p, long d, gemm_t gemm, T* restrict work) {",
        "  const T shrink = *held;",
        *_buffers(emitter.buffers),
        *emitter.lines,
        f"  const T next_held = shrink * ((T)1 - step * ({u}));",
        "  if (!xi_ && next_held > (T)1/1024) {",
        f"    {gemm(last, f'-step * ({v}) / next_held', '1', 'W_')}",
        "    *held = next_held;",
        "  } else {",
        "    if (xi_) {",
        "#pragma omp simd",
        "      for (long q = 0; q < p*d; q++) W_[q] = next_held * W_[q] + amplitude * xi_[q];",
        "    } else {",
        "#pragma omp simd",
        "      for (long q = 0; q < p*d; q++) W_[q] *= next_held;",
        "    }",
        f"    {gemm(last, f'-step * ({v})', '1', 'W_')}",
        "    *held = 1;",
        "  }",
        "}",
        "",
        f"static long pk_step_work(long n, long p, long d) {{ return "
        f"16{''.join(f' + ({elements(array.axes)} + 15)' for array in emitter.buffers)}; }}",
        c_tiled(shape, scalars, inner.lines, inner.buffers),
        "/* Elements of scratch space that pk_steps needs. */",
        "PK_EXPORT long pk_steps_work(long blas, long batch, long p, long d) {",
        "  return (blas ? pk_step_work(batch, p, d) : pk_tiled_work(batch, p, d)) + batch*(d "
        "+ 1) + 64 + 64/(long)sizeof(T);",
        "}",
        "",
        "PK_EXPORT int pk_steps(T* restrict W, const T* restrict a, const T* restrict X, "
        "const T* restrict Y, const int64_t* restrict index, const T* restrict xi,",
        "    T lam, T step, T amplitude, long steps, long blas, long batch, long p, long d, "
        "gemm_t gemm, const pk_tiles* tiles, T* restrict work) {",
        "  work = (T*)(((uintptr_t)work + 63) / 64 * 64);",
        "  T* restrict xb = work; T* restrict yb = xb + (batch*d + 15) / 16 * 16; T* "
        "restrict rest = yb + (batch + 15) / 16 * 16;",
        "  int finite = 1;",
        "  if (!blas) {",
        "    pk_steps_tiled(W, a, X, Y, index, xi, lam, step, amplitude, steps, batch, p, d, "
        "tiles, xb, yb, rest);",
        "    for (long q = 0; q < p*d; q++) finite &= isfinite(W[q]) != 0;",
        "    return finite;",
        "  }",
        "  T held = 1;",
        "  for (long t = 0; t < steps; t++) {",
        "    const T* bx = X; const T* by = Y;",
        "    if (index) { pk_gather(X, Y, index + t*batch, batch, d, xb, yb); bx = xb; by = yb; }",
        "    const int64_t* ahead = index && t + 1 < steps ? index + (t + 1)*batch : 0;",
        "    pk_step(W, &held, a, bx, by, xi ? xi + t*p*d : 0, X, ahead, lam, step, "
        "amplitude, batch, p, d, gemm, rest);",
        "  }",
        "  for (long q = 0; q < p*d; q++) { W[q] *= held; finite &= isfinite(W[q]) != 0; }",
        "  return finite;",
        "}",
    ]
    return "\n".join(text)


def c_scalar(name: str, expr: Any) -> str:
    """out[q] = expr(z[q])."""
    lines = c_statements(["out[q]"], [expr.xreplace({stable.Z: sp.Symbol("z", real=True)})], "    ")
    return "\n".join(
        [
            f"PK_EXPORT void {name}(const T* restrict in, T* restrict out, long count) {{",
            "#pragma omp simd",
            "  for (long q = 0; q < count; q++) {",
            "    const T z = in[q]; (void)z;",
            *lines,
            "  }",
            "}",
        ]
    )


@dataclass(frozen=True)
class Compiler:
    """A C compiler: its path and its version line."""

    path: str
    version: str


@cache
def compiler() -> Compiler | None:
    """$CC, else cc, gcc or clang on the path; None when there is none that runs."""
    for name in (os.environ.get("CC") or "cc", "gcc", "clang"):
        path = shutil.which(name)
        if path is None:
            continue
        try:
            done = subprocess.run(  # noqa: S603
                [path, "--version"], capture_output=True, text=True, timeout=20, check=True
            )
        except (OSError, subprocess.SubprocessError):
            continue
        return Compiler(path, done.stdout.splitlines()[0] if done.stdout else path)
    return None


@cache
def _processor() -> str:
    """What -march=native depends on: a library built on another processor is another library."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return platform.processor()
    lines = {line.split(":", 1)[0].strip(): line for line in text.splitlines() if ":" in line}
    return "\n".join(lines.get(key, "") for key in ("model name", "flags", "Features"))


def cache_folder() -> Path:
    """Where libraries are kept; created with access for the user only."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "proofkit" / "native"


def _trusted(folder: Path) -> bool:
    """True when nobody but the user can have written into the folder."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    import stat

    return (
        stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022
    )


class BuildError(Exception):
    """The compiler refused or could not run; the message is its first error line."""


def build(source: str, dtype: str, folder: Path | None = None, tuned: bool = True) -> Path:
    """The shared library of a C text, from the cache or freshly compiled, with the flags of
    ``TUNING`` or without.

    BuildError when that is impossible.
    """
    cc = compiler()
    if cc is None:
        raise BuildError("no C compiler found")
    extra = ("-fsingle-precision-constant",) if dtype == "float32" else ()
    tuning, libraries = _accepted(cc)
    command = [cc.path, *FLAGS, *extra, *(flag for flag in tuning if tuned or flag not in TUNING)]
    key = hashlib.sha256(
        "\0".join([source, cc.version, *command, _processor(), platform.machine()]).encode()
    ).hexdigest()[:32]
    folder = folder or cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BuildError(f"the cache folder {folder} cannot be made ({error.strerror})") from None
    if not _trusted(folder):
        raise BuildError(f"the cache folder {folder} can be written by others")
    library, seal = folder / f"{key}.so", folder / f"{key}.sha256"
    if _sealed(library, seal):
        return library
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".build.") as room:
            c_file, so_file = Path(room) / "kernel.c", Path(room) / "kernel.so"
            c_file.write_text(source, encoding="ascii")
            done = subprocess.run(  # noqa: S603
                [*command, "-o", str(so_file), str(c_file), *libraries],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            if done.returncode != 0:
                line = next((x for x in done.stderr.splitlines() if "error" in x), "no message")
                raise BuildError(
                    f"{Path(cc.path).name} refused the generated C ({line.strip()[:200]})"
                )
            digest = Path(room) / "seal"
            digest.write_text(hashlib.sha256(so_file.read_bytes()).hexdigest(), encoding="ascii")
            os.replace(so_file, library)
            os.replace(digest, seal)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"the kernel could not be built in {folder} ({error})") from None
    return library


def _sealed(library: Path, seal: Path) -> bool:
    try:
        return seal.read_text(encoding="ascii") == hashlib.sha256(library.read_bytes()).hexdigest()
    except (OSError, UnicodeDecodeError):
        return False


@cache
def _accepted(cc: Compiler) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Further flags, and libraries, with which a program that needs glibc's vector functions links;
    each left out if it fails.
    """
    text = (
        prelude("float64")
        + "void f(T* x) {\n#pragma omp simd\n for (int q = 0; q < 64; q++) x[q] = "
        "pk_erfc(pk_asinh(x[q])); }\n"
    )
    tuning: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ("-lm",)
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "try.c"
        path.write_text(text, encoding="ascii")

        def links(*flags: str) -> bool:
            command = [
                cc.path,
                *FLAGS,
                *(f for f in flags if not f.startswith("-l")),
                "-Wl,--no-undefined",
                "-o",
                str(Path(room) / "try.so"),
                str(path),
            ]
            return (
                subprocess.run(  # noqa: S603
                    [*command, *(f for f in flags if f.startswith("-l"))],
                    capture_output=True,
                    timeout=60,
                    check=False,
                ).returncode
                == 0
            )

        if links(*TUNING, *libraries):
            tuning = TUNING
        if links(*tuning, "-DPK_LIBMVEC", "-lmvec", *libraries):
            tuning, libraries = (*tuning, "-DPK_LIBMVEC"), ("-lmvec", *libraries)
    return tuning, libraries


@cache
def blas(dtype: str) -> ctypes.c_void_p:
    """The address of SciPy's dgemm or sgemm."""
    from scipy.linalg import cython_blas

    capsule = cython_blas.__pyx_capi__["dgemm" if dtype == "float64" else "sgemm"]
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.c_void_p(pointer_of(capsule, name_of(capsule)))


_EXPORTS = ("rows", "columns", "product", "gradient")


class _Tiles(ctypes.Structure):
    """``pk_tiles``: panels of rows and of columns, and the two products of tiles."""

    _fields_ = tuple((name, ctypes.c_void_p) for name in _EXPORTS)


@dataclass(frozen=True)
class Library:
    """Loaded libraries: the functions of one activation and loss with the buffers each needs, and
    the products of tiles.
    """

    handle: Any
    dtype: str
    buffers: dict[str, tuple[Array, ...]]
    matrix: Any
    tiles: _Tiles


def source(
    programs: dict[str, Program], scalars: Scalars
) -> tuple[str, dict[str, tuple[Array, ...]]]:
    """The C text of all programs, of the stepping loop of "gradient" and of the scalar kernels
    sigma0, sigma1, sigma2, phi0, phi1, phi2.
    """
    parts, buffers = [prelude(scalars.dtype), _EXPORT, _GEMM], {}
    forms = {
        f"{name}{order}": form
        for name, made in (("sigma", scalars.sigma), ("phi", scalars.phi))
        for order, form in enumerate(made.forms)
    }
    lookups = {
        type(e).__name__: e.table for form in forms.values() for e in form.atoms(stable.Lookup)
    }
    parts += [table.c_text(name) for name, table in lookups.items()]
    for name, program in programs.items():
        text, buffers[name] = c_program(f"pk_{name}", program, scalars)
        parts.append(text)
    if "gradient" in programs:
        parts.append(c_steps(programs["gradient"], scalars))
    parts += [c_scalar(f"pk_{name}", form) for name, form in forms.items()]
    return "\n\n".join(parts), buffers


def load(programs: dict[str, Program], scalars: Scalars, folder: Path | None = None) -> Library:
    """Generate, build (or find) and load.  BuildError when there is no compiler or it refuses."""
    text, buffers = source(programs, scalars)
    matrix = _open(
        build(
            "\n\n".join((prelude(scalars.dtype), _EXPORT, LAYOUT, MATRIX)),
            scalars.dtype,
            folder,
            tuned=False,
        )
    )
    tiles = _Tiles(
        *(ctypes.cast(getattr(matrix, f"pk_{name}"), ctypes.c_void_p).value for name in _EXPORTS)
    )
    return Library(_open(build(text, scalars.dtype, folder)), scalars.dtype, buffers, matrix, tiles)


def _open(path: Path) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise BuildError(f"the library {path} cannot be loaded ({error})") from None
