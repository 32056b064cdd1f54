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
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sympy as sp

from proofkit.calculus import derive as formulas
from proofkit.numeric import stable
from proofkit.numeric.printing import CPrinter, c_statements
from proofkit.numeric.program import ELL, INPUTS, SIGMA, Array, Map, Product, Program, Reduce
from proofkit.numeric.scalar import F, Scalars, Y
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
SIZE = {"i": "n", "j": "p", "k": "d"}
SCALARS = {formulas.lam: "lam", formulas.s: "noise", formulas.n: "(T)n", formulas.p: "(T)p", formulas.d: "(T)d"}


def concrete(e: Any, scalars: Scalars) -> Any:
    """sigma, sigma', sigma'' and l, l', l'' of a program's expression replaced by machine expressions."""
    for head, body in zip(SIGMA, scalars.sigma, strict=True):
        e = e.replace(head, lambda z, body=body: body.xreplace({stable.Z: z}) if body.free_symbols else body)
    for head, body in zip(ELL, scalars.ell, strict=True):
        e = e.replace(head, lambda f, y, body=body: body.xreplace({F: f, Y: y}) if body.free_symbols else body)
    return e


def _elements(axes: str) -> str:
    return "*".join(SIZE[c] for c in axes) or "1"


def _index(axes: str) -> str:
    return {"": "0", "i": "i", "j": "j", "k": "k", "ij": "i*p+j", "ik": "i*d+k", "jk": "j*d+k"}[axes]


class _Emitter:
    """C statements of one program."""

    def __init__(self, program: Program, scalars: Scalars) -> None:
        self.program = program
        self.scalars = scalars
        self.lines: list[str] = []
        self.buffers: list[Array] = []

    def used_later(self, array: Array, after: int) -> bool:
        for instruction in self.program.instructions[after:]:
            if isinstance(instruction, Product):
                if array in (instruction.left, instruction.right):
                    return True
            elif any(array.symbol in e.free_symbols for e in (instruction.exprs if isinstance(instruction, Map) else (instruction.expr,))):
                return True
        return False

    def emit(self, stop: int | None = None) -> list[str]:
        """All instructions (or the first ``stop``), neighbouring loops over the same axes fused."""
        instructions = self.program.instructions[:stop]
        at = 0
        while at < len(instructions):
            first = instructions[at]
            if isinstance(first, Product):
                self.product(first)
                at += 1
                continue
            group: list[Any] = [first]
            while at + len(group) < len(instructions) and self.joins(group, instructions[at + len(group)]):
                group.append(instructions[at + len(group)])
            at += len(group)
            self.loop(group, at)
        return self.lines

    def axes(self, instruction: Map | Reduce) -> str:
        return instruction.outs[0].axes if isinstance(instruction, Map) else "".join(c for c in "ijk" if c in instruction.out.axes + instruction.over)

    def joins(self, group: list[Any], candidate: Any) -> bool:
        if isinstance(candidate, Product) or self.axes(candidate) != self.axes(group[0]):
            return False
        exprs = candidate.exprs if isinstance(candidate, Map) else (candidate.expr,)
        sums = {g.out.symbol for g in group if isinstance(g, Reduce)}
        return not any(sums & e.free_symbols for e in exprs)

    def product(self, ins: Product) -> None:
        self.declare(ins.out)
        self.lines.append("  " + gemm(ins, "1", "0", f"{ins.out.name}_"))

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
            exprs = [concrete(e, self.scalars) for e in (ins.exprs if isinstance(ins, Map) else (ins.expr,))]
            for e in exprs:
                for symbol in sorted(e.free_symbols, key=str):
                    if symbol in self.program.arrays and symbol not in made and symbol not in loads:
                        loads[symbol] = self.program.arrays[symbol]
            tag = ins.outs[0].name if isinstance(ins, Map) else ins.out.name
            names = {symbol: sp.Symbol(text, real=True) for symbol, text in SCALARS.items()}
            exprs = [e.xreplace(names) for e in exprs]
            if isinstance(ins, Map):
                body += _statements([f"const T {out.name}" for out in ins.outs], exprs, deep, tag)
                for out in ins.outs:
                    made.add(out.symbol)
                    if out == self.program.result or self.used_later(out, after):
                        self.declare(out)
                        body.append(f"{deep}{out.name}_[{_index(out.axes)}] = {out.name};")
            else:
                self.declare(ins.out)
                body += _statements([f"const T e_{ins.out.name}"], exprs, deep, tag)
                kind = "double" if ins.out.axes == "" else "T"
                if ins.out.axes == "":
                    before.append(f"  double acc_{ins.out.name} = 0;")
                    close.append(f"  {ins.out.name}_[0] = (T)acc_{ins.out.name};")
                else:
                    before.append(f"  for (long q = 0; q < {_elements(ins.out.axes)}; q++) {ins.out.name}_[q] = 0;")
                if inner and inner in ins.over:
                    body.append(f"{deep}acc{ins.out.name} += e_{ins.out.name};")
                    pragmas.append((kind, ins.out))
                else:
                    body.append(f"{deep}{ins.out.name}_[{_index(ins.out.axes)}] += e_{ins.out.name};")
        prefix = [f"{deep}const T {symbol} = {array.name}_[{_index(array.axes)}];" for symbol, array in loads.items()]
        out = list(before)
        for depth, c in enumerate(axes):
            pad = "  " * (depth + 1)
            if c == inner:
                for kind, array in pragmas:
                    out.append(f"{pad}{kind} acc{array.name} = 0;")
                clause = f" reduction(+:{', '.join('acc' + array.name for _, array in pragmas)})" if pragmas else ""
                out.append(f"#pragma omp simd{clause}")
            out.append(f"{pad}for (long {c} = 0; {c} < {SIZE[c]}; {c}++) {{")
        out += [*prefix, *body]
        for depth in range(len(axes) - 1, -1, -1):
            pad = "  " * (depth + 1)
            out.append(f"{pad}}}")
            if depth == len(axes) - 1:
                for _, array in pragmas:
                    target = f"acc_{array.name}" if array.axes == "" else f"{array.name}_[{_index(array.axes)}]"
                    out.append(f"{pad}{target} += acc{array.name};")
        self.lines += ["  {", *out, *close, "  }"]


def _statements(targets: list[str], exprs: list[Any], indent: str, tag: str) -> list[str]:
    return [line.replace("x_", f"x{tag}_") if tag else line for line in c_statements(targets, exprs, indent)]


def gemm(ins: Product, alpha: str, beta: str, target: str) -> str:
    """target = alpha * (left contracted with right) + beta * target, all row-major; BLAS is column-major, so the roles swap."""
    rows, columns = ins.out.axes
    a, b = (ins.left, ins.right) if rows in ins.left.axes.replace(ins.over, "") else (ins.right, ins.left)
    ta = "N" if a.axes[1] == ins.over else "T"
    tb = "N" if b.axes[0] == ins.over else "T"
    lda, ldb = SIZE[a.axes[1]], SIZE[b.axes[1]]
    return f"pk_gemm(gemm, '{tb}', '{ta}', {SIZE[columns]}, {SIZE[rows]}, {SIZE[ins.over]}, {alpha}, {b.name}_, {ldb}, {a.name}_, {lda}, {beta}, {target}, {SIZE[columns]});"


_GEMM = """
typedef void (*gemm_t)(char*, char*, int*, int*, int*, T*, T*, int*, T*, int*, T*, T*, int*);
static inline void pk_gemm(gemm_t gemm, char ta, char tb, long m, long n, long k, T alpha, const T* A, long lda, const T* B, long ldb, T beta, T* C, long ldc) {
  int m_ = (int)m, n_ = (int)n, k_ = (int)k, lda_ = (int)lda, ldb_ = (int)ldb, ldc_ = (int)ldc;
  gemm(&ta, &tb, &m_, &n_, &k_, &alpha, (T*)A, &lda_, (T*)B, &ldb_, &beta, C, &ldc_);
}
#define PK_EXPORT __attribute__((visibility("default")))
"""


def _buffers(buffers: Sequence[Array]) -> list[str]:
    lines = ["  T* next = work;"]
    for array in buffers:
        lines.append(f"  T* restrict {array.name}_ = next; next += (({_elements(array.axes)}) + 15) / 16 * 16;")
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
        f"PK_EXPORT void {name}(const T* restrict W_, const T* restrict V_, const T* restrict a_, const T* restrict x_, const T* restrict y_,",
        "    T lam, T noise, long n, long p, long d, gemm_t gemm, T* restrict work, T* restrict out_result) {",
        *_buffers(emitter.buffers),
        f"  T* restrict {program.result.name}_ = out_result;",
        *body,
        "}",
    ]
    return "\n".join(text), tuple(emitter.buffers)


def c_steps(program: Program, scalars: Scalars) -> tuple[str, tuple[Array, ...]]:
    """W <- W - step * gradient + amplitude * xi, many times, on minibatches gathered by index.

    When the gradient is u W + v m with m a matrix product, the product is accumulated straight into W.
    """
    emitter = _Emitter(program, scalars)
    *_, last = program.instructions
    assert isinstance(last, Map)
    expr = last.exprs[0]
    products = {ins.out.symbol: at for at, ins in enumerate(program.instructions) if isinstance(ins, Product)}
    W = INPUTS["W"].symbol
    final = [m for m in products if m in expr.free_symbols]
    fused = False
    lines: list[str] = []
    printer = CPrinter()
    if len(final) == 1 and products[final[0]] == len(program.instructions) - 2:
        m = final[0]
        rest = sp.expand(expr)
        u, v = rest.coeff(W), rest.coeff(m)
        if sp.expand(rest - u * W - v * m) == 0 and not (u.free_symbols | v.free_symbols) & set(program.arrays):
            fused = True
            lines = emitter.emit(len(program.instructions) - 2)
            names = {symbol: sp.Symbol(text, real=True) for symbol, text in SCALARS.items()}
            u_text, v_text = printer.doprint(u.xreplace(names)), printer.doprint(v.xreplace(names))
            ins = program.instructions[-2]
            assert isinstance(ins, Product)
            lines += [
                f"  const T keep = (T)1 - step * ({u_text});",
                "  if (xi_) {",
                "#pragma omp simd",
                "    for (long q = 0; q < p*d; q++) W_[q] = keep * W_[q] + amplitude * xi_[q];",
                f"    {gemm(ins, f'-step * ({v_text})', '1', 'W_')}",
                f"  }} else {gemm(ins, f'-step * ({v_text})', 'keep', 'W_')}",
            ]
    if not fused:
        lines = emitter.emit()
        emitter.buffers.append(program.result)
        lines += [
            "  if (xi_) {",
            "#pragma omp simd",
            f"    for (long q = 0; q < p*d; q++) W_[q] = W_[q] - step * {program.result.name}_[q] + amplitude * xi_[q];",
            "  } else {",
            "#pragma omp simd",
            f"    for (long q = 0; q < p*d; q++) W_[q] -= step * {program.result.name}_[q];",
            "  }",
        ]
    text = [
        "static void pk_step(T* restrict W_, const T* restrict a_, const T* restrict x_, const T* restrict y_, const T* restrict xi_,",
        "    T lam, T step, T amplitude, long n, long p, long d, gemm_t gemm, T* restrict work) {",
        "  const T noise = 1; (void)noise;",
        *_buffers(emitter.buffers),
        *lines,
        "}",
        "",
        "PK_EXPORT int pk_steps(T* restrict W, const T* restrict a, const T* restrict X, const T* restrict Y, const int64_t* restrict index, const T* restrict xi,",
        "    T lam, T step, T amplitude, long steps, long batch, long p, long d, gemm_t gemm, T* restrict work) {",
        "  T* restrict xb = work; T* restrict yb = xb + (batch*d + 15) / 16 * 16; T* restrict rest = yb + (batch + 15) / 16 * 16;",
        "  for (long t = 0; t < steps; t++) {",
        "    const T* bx = X; const T* by = Y;",
        "    if (index) {",
        "      for (long i = 0; i < batch; i++) {",
        "        const int64_t row = index[t*batch + i];",
        "        memcpy(xb + i*d, X + row*d, (size_t)d * sizeof(T));",
        "        yb[i] = Y[row];",
        "      }",
        "      bx = xb; by = yb;",
        "    }",
        "    pk_step(W, a, bx, by, xi ? xi + t*p*d : 0, lam, step, amplitude, batch, p, d, gemm, rest);",
        "  }",
        "  int finite = 1;",
        "  for (long q = 0; q < p*d; q++) finite &= isfinite(W[q]) != 0;",
        "  return finite;",
        "}",
    ]
    return "\n".join(text), tuple(emitter.buffers)


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
            done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
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

    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


class BuildError(Exception):
    """The compiler refused or could not run; the message is its first error line."""


def build(source: str, dtype: str, folder: Path | None = None) -> Path:
    """The shared library of a C text, from the cache or freshly compiled.  BuildError when that is impossible."""
    cc = compiler()
    if cc is None:
        raise BuildError("no C compiler found")
    extra = ("-fsingle-precision-constant",) if dtype == "float32" else ()
    vector = _vector_flags(cc)
    command = [cc.path, *FLAGS, *extra, *(f for f in vector if f.startswith("-D"))]
    libraries = [f for f in vector if f.startswith("-l")] + ["-lm"]
    key = hashlib.sha256("\0".join([source, cc.version, *command, _processor(), platform.machine()]).encode()).hexdigest()[:32]
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
            done = subprocess.run([*command, "-o", str(so_file), str(c_file), *libraries], capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
            if done.returncode != 0:
                line = next((x for x in done.stderr.splitlines() if "error" in x), "no message")
                raise BuildError(f"{Path(cc.path).name} refused the generated C ({line.strip()[:200]})")
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
def _vector_flags(cc: Compiler) -> tuple[str, ...]:
    """-DPK_LIBMVEC -lmvec when a program that needs glibc's vector functions links."""
    text = prelude("float64") + "PK_EXPORT void f(T* x) {\n#pragma omp simd\n for (int q = 0; q < 64; q++) x[q] = pk_erfc(pk_asinh(x[q])); }\n"
    text = text.replace("PK_EXPORT", "")
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "try.c"
        path.write_text(text, encoding="ascii")
        command = [cc.path, *FLAGS, "-DPK_LIBMVEC", "-Wl,--no-undefined", "-o", str(Path(room) / "try.so"), str(path), "-lmvec", "-lm"]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)  # noqa: S603
    return ("-DPK_LIBMVEC", "-lmvec") if done.returncode == 0 else ()


@cache
def blas(dtype: str) -> ctypes.c_void_p:
    """The address of SciPy's dgemm or sgemm."""
    from scipy.linalg import cython_blas

    capsule = cython_blas.__pyx_capi__["dgemm" if dtype == "float64" else "sgemm"]
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.c_void_p(pointer_of(capsule, name_of(capsule)))


@dataclass(frozen=True)
class Library:
    """A loaded library: its functions by name and the buffers each needs."""

    handle: Any
    dtype: str
    buffers: dict[str, tuple[Array, ...]]


def source(programs: dict[str, Program], scalars: Scalars) -> tuple[str, dict[str, tuple[Array, ...]]]:
    """The C text of all programs, of the stepping loop of "gradient" and of the scalar kernels sigma0, sigma1, sigma2."""
    parts, buffers = [prelude(scalars.dtype), _GEMM], {}
    for name, program in programs.items():
        text, buffers[name] = c_program(f"pk_{name}", program, scalars)
        parts.append(text)
    if "gradient" in programs:
        text, buffers["steps"] = c_steps(programs["gradient"], scalars)
        parts.append(text)
    parts += [c_scalar(f"pk_sigma{m}", e) for m, e in enumerate(scalars.sigma)]
    return "\n\n".join(parts), buffers


def load(programs: dict[str, Program], scalars: Scalars, folder: Path | None = None) -> Library:
    """Generate, build (or find) and load.  BuildError when there is no compiler or it refuses."""
    text, buffers = source(programs, scalars)
    path = build(text, scalars.dtype, folder)
    try:
        return Library(ctypes.CDLL(str(path)), scalars.dtype, buffers)
    except OSError as error:
        raise BuildError(f"the library {path} cannot be loaded ({error})") from None
