"""The stepping loop: matrix products and activations in one pass over tiles of units.

A BLAS lays W out anew for each of the two products of a step, and for few
features a product moves more memory than it multiplies.  Here W stays in tiles
over all steps, a tile of z = W x is made in registers, sigma and its derivative
are taken while the tile is in the first-level cache, and the gradient is added
to W tile by tile.  Measured, this is faster than a BLAS on one thread for every
shape tried (1 to 4096 features, batches of 1 to 1024).  The mathematics is that of the program:
``recognise`` accepts a gradient only when its instructions have this form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from proofkit.numeric.lowering import SCALARS, concrete, statements
from proofkit.numeric.printing import CPrinter
from proofkit.numeric.program import INPUTS, Array, Map, Product, Program, Reduce
from proofkit.numeric.scalar import Scalars

NARROW = 64
"""Up to this number of features tiles win even against a BLAS with several threads."""


@dataclass(frozen=True)
class Shape:
    """dL/dW = u W + v sum_i g_ij h_ik, where g comes from maps of z = W x over (i, j) and h from
    maps over i and (i, k).
    """

    pairs: tuple[Map | Reduce, ...]
    middle: tuple[Map | Reduce, ...]
    z: Array
    g: Array
    h: Array
    keep: Any
    scale: Any


def recognise(program: Program) -> Shape | None:
    """The parts of a gradient of the form above; None for any other."""
    first, *rest = program.instructions
    if (
        len(rest) < 3
        or not isinstance(first, Product)
        or not isinstance(rest[-2], Product)
        or not isinstance(rest[-1], Map)
    ):
        return None
    last = rest[-2]
    inner, final = rest[:-2], rest[-1].exprs[0]
    if (
        {first.left, first.right} != {INPUTS["x"], INPUTS["W"]}
        or last.over != "i"
        or any(isinstance(ins, Product) for ins in inner)
    ):
        return None
    g, h = (last.left, last.right) if last.left.axes == "ij" else (last.right, last.left)
    at = 0
    while at < len(inner) and _axes(inner[at]) == "ij":
        at += 1
    elementwise = [ins for ins in inner if not isinstance(ins, Product)]
    pairs, middle = tuple(elementwise[:at]), tuple(elementwise[at:])
    made = {out.symbol for ins in pairs for out in _outs(ins)}
    sums = {ins.out.symbol for ins in pairs if isinstance(ins, Reduce)}
    allowed = {first.out.symbol, INPUTS["a"].symbol, *(made - sums), *SCALARS}
    if g.symbol not in made or g.axes != "ij" or h.axes != "ik":
        return None
    for ins in pairs:
        if any(not e.free_symbols <= allowed for e in _exprs(ins)):
            return None
        # Units added to fill a vector have a = 0: they must add nothing to the sums.
        if isinstance(ins, Reduce) and (
            ins.over != "j" or ins.expr.xreplace({INPUTS["a"].symbol: sp.S.Zero}) != 0
        ):
            return None
    known = {
        INPUTS["x"].symbol,
        INPUTS["y"].symbol,
        *sums,
        *SCALARS,
        *(out.symbol for ins in middle for out in _outs(ins)),
    }
    if any(
        _axes(ins) not in ("i", "ik") or isinstance(ins, Reduce) or not e.free_symbols <= known
        for ins in middle
        for e in _exprs(ins)
    ):
        return None
    W, m = INPUTS["W"].symbol, last.out.symbol
    final = sp.expand(final)
    keep, scale = final.coeff(W), final.coeff(m)
    if sp.expand(final - keep * W - scale * m) != 0 or (
        keep.free_symbols | scale.free_symbols
    ) & set(program.arrays):
        return None
    return Shape(pairs, middle, first.out, g, h, keep, scale)


def _outs(ins: Map | Reduce | Product) -> tuple[Array, ...]:
    return ins.outs if isinstance(ins, Map) else (ins.out,)


def _exprs(ins: Map | Reduce) -> tuple[Any, ...]:
    return ins.exprs if isinstance(ins, Map) else (ins.expr,)


def _axes(ins: Map | Reduce | Product) -> str:
    return (
        ""
        if isinstance(ins, Product)
        else "".join(
            sorted(
                {c for out in _outs(ins) for c in out.axes}
                | set(ins.over if isinstance(ins, Reduce) else "")
            )
        )
    )


LAYOUT = """
#if defined(__AVX512F__)
#define PK_BYTES 64
#define PK_ROWS 8
#define PK_WIDE 3
#else
#if defined(__AVX__)
#define PK_BYTES 32
#else
#define PK_BYTES 16
#endif
#define PK_ROWS 6
#define PK_WIDE 2
#endif
#define PK_BLOCK 256
#define PK_LANES ((long)(PK_BYTES / sizeof(T)))
#define PK_TILE (PK_WIDE * PK_LANES)
#define PK_INLINE static inline __attribute__((always_inline))
typedef T pk_v __attribute__((vector_size(PK_BYTES), aligned(sizeof(T)), may_alias));

typedef struct { /* the exports of MATRIX */
  void (*rows)(const T* x, long n, long d, T* out);
  void (*columns)(const T* h, long n, long d, T* out);
  void (*product)(long V, const T* x, const T* w, long rows, long d, T* z);
  void (*gradient)(long V, const T* h, const T* g, long n, long d, T keep, T scale, T amplitude, const T* xi, T* w);
} pk_tiles;
"""

MATRIX = """/* acc[r][v] += x[r] w[v] for R numbers and V vectors; R and V are constants once inlined. */
PK_INLINE void pk_term(const int R, const int V, const T* x, const T* w, pk_v acc[PK_ROWS][PK_WIDE]) {
  pk_v b[PK_WIDE];
#pragma GCC unroll 3
  for (int v = 0; v < V; v++) b[v] = *(const pk_v*)(w + v*PK_LANES);
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    const T c = x[r];
#pragma GCC unroll 3
    for (int v = 0; v < V; v++) acc[r][v] += c * b[v];
  }
}

/* acc[r][v] = sum over q < count of x[q][r] w[q][v].  Two terms per turn: the counting would take every sixth slot of the decoder. */
PK_INLINE void pk_terms(const int R, const int V, const T* x, const T* w, long count, pk_v acc[PK_ROWS][PK_WIDE]) {
  long q = 0;
  for (; q + 1 < count; q += 2) {
    pk_term(R, V, x + q*R, w + q*V*PK_LANES, acc);
    pk_term(R, V, x + (q + 1)*R, w + (q + 1)*V*PK_LANES, acc);
  }
  if (q < count) pk_term(R, V, x + q*R, w + q*V*PK_LANES, acc);
}

/* z[r][v] = sum over q < count of x[q][r] w[q][v], added to what is there if more. */
PK_INLINE void pk_forward_rv(const int R, const int V, const T* x, const T* w, long count, int more, T* z) {
  pk_v acc[PK_ROWS][PK_WIDE];
#pragma GCC unroll 8
  for (int r = 0; r < R; r++)
#pragma GCC unroll 3
    for (int v = 0; v < V; v++) acc[r][v] = more ? *(const pk_v*)(z + (r*V + v)*PK_LANES) : (pk_v){0};
  pk_terms(R, V, x, w, count, acc);
#pragma GCC unroll 8
  for (int r = 0; r < R; r++)
#pragma GCC unroll 3
    for (int v = 0; v < V; v++) *(pk_v*)(z + (r*V + v)*PK_LANES) = acc[r][v];
}

/* w[r][v] = keep w[r][v] + scale sum over i < n of h[i][r] g[i][v] + amplitude xi[r][v]. */
PK_INLINE void pk_backward_rv(const int R, const int V, const T* h, const T* g, long n, T keep, T scale, T amplitude, const T* xi, T* w) {
  pk_v acc[PK_ROWS][PK_WIDE];
#pragma GCC unroll 8
  for (int r = 0; r < R; r++)
#pragma GCC unroll 3
    for (int v = 0; v < V; v++) acc[r][v] = (pk_v){0};
  pk_terms(R, V, h, g, n, acc);
#pragma GCC unroll 8
  for (int r = 0; r < R; r++)
#pragma GCC unroll 3
    for (int v = 0; v < V; v++) {
      pk_v* at = (pk_v*)(w + (r*V + v)*PK_LANES);
      pk_v moved = keep * *at + scale * acc[r][v];
      if (xi) moved += amplitude * *(const pk_v*)(xi + (r*V + v)*PK_LANES);
      *at = moved;
    }
}

#if PK_ROWS == 8
#define PK_MORE_ROWS(call) case 7: call(7); break; case 8: call(8); break;
#else
#define PK_MORE_ROWS(call)
#endif
#define PK_BY_ROWS(R, call) switch (R) { case 1: call(1); break; case 2: call(2); break; case 3: call(3); break; \\
  case 4: call(4); break; case 5: call(5); break; case 6: call(6); break; PK_MORE_ROWS(call) }



/* Panels: R rows (columns) side by side, so that what is multiplied is read in the order in which it lies in memory.  Blocks of
   PK_BLOCK samples one after the other; within a block the rows (columns) are spread evenly over panels of at most PK_ROWS. */
#define PK_PANELS(count) (((count) + PK_ROWS - 1) / PK_ROWS)
#define PK_EACH_BLOCK(n) for (long top = 0, rows = 0; top < (n); top += rows) if ((rows = (n) - top < PK_BLOCK ? (n) - top : PK_BLOCK))
#define PK_EACH_PANEL(count) for (long panels = PK_PANELS(count), b = 0, at = 0, R = 0; b < panels && (R = ((count) - at) / (panels - b)); b++, at += R)

PK_INLINE void pk_rows_r(const int R, const T* x, long d, T* out) {
  for (long k = 0; k < d; k++)
    for (int r = 0; r < R; r++) out[k*R + r] = x[r*d + k];
}
PK_EXPORT void pk_rows(const T* x, long n, long d, T* out) {
  PK_EACH_BLOCK(n) PK_EACH_PANEL(rows) {
#define PK_CALL(C) pk_rows_r(C, x + (top + at)*d, d, out + (top + at)*d)
    PK_BY_ROWS(R, PK_CALL)
#undef PK_CALL
  }
}
PK_INLINE void pk_columns_r(const int R, const T* h, long n, long d, T* out) {
  for (long i = 0; i < n; i++)
    for (int r = 0; r < R; r++) out[i*R + r] = h[i*d + r];
}
PK_EXPORT void pk_columns(const T* h, long n, long d, T* out) {
  PK_EACH_BLOCK(n) PK_EACH_PANEL(d) {
#define PK_CALL(C) pk_columns_r(C, h + top*d + at, rows, d, out + top*d + at*rows)
    PK_BY_ROWS(R, PK_CALL)
#undef PK_CALL
  }
}

PK_INLINE void pk_product_v(const int V, const T* x, const T* w, long rows, long d, T* z) {
  for (long from = 0, count = 0; from < d; from += count) { /* so many rows of w stay in the first-level cache */
    count = d - from < PK_BLOCK ? d - from : PK_BLOCK;
    PK_EACH_PANEL(rows) {
#define PK_CALL(C) pk_forward_rv(C, V, x + at*d + from*C, w + from*V*PK_LANES, count, from > 0, z + at*V*PK_LANES)
      PK_BY_ROWS(R, PK_CALL)
#undef PK_CALL
    }
  }
}

PK_INLINE void pk_gradient_v(const int V, const T* h, const T* g, long n, long d, T keep, T scale, T amplitude, const T* xi, T* w) {
  PK_EACH_BLOCK(n) PK_EACH_PANEL(d) {
#define PK_CALL(C) pk_backward_rv(C, V, h + top*d + at*rows, g + top*V*PK_LANES, rows, top ? 1 : keep, scale, amplitude, \\
        xi && !top ? xi + at*V*PK_LANES : 0, w + at*V*PK_LANES)
    PK_BY_ROWS(R, PK_CALL)
#undef PK_CALL
  }
}

#if PK_WIDE == 3
#define PK_MIDDLE_WIDTH(call) case 2: call(2); break;
#else
#define PK_MIDDLE_WIDTH(call)
#endif
#define PK_BY_WIDTH(V, call) switch (V) { case 1: call(1); break; PK_MIDDLE_WIDTH(call) default: call(PK_WIDE); }

/* z = x w for one tile of units and at most PK_BLOCK samples, x in panels of rows. */
PK_EXPORT void pk_product(long V, const T* x, const T* w, long rows, long d, T* z) {
#define PK_CALL(C) pk_product_v(C, x, w, rows, d, z)
  PK_BY_WIDTH(V, PK_CALL)
#undef PK_CALL
}

/* w = keep w + scale h^T g + amplitude xi for one tile of units, h in panels of columns. */
PK_EXPORT void pk_gradient(long V, const T* h, const T* g, long n, long d, T keep, T scale, T amplitude, const T* xi, T* w) {
#define PK_CALL(C) pk_gradient_v(C, h, g, n, d, keep, scale, amplitude, xi, w)
  PK_BY_WIDTH(V, PK_CALL)
#undef PK_CALL
}
"""
"""The products of tiles, the same for every activation and so built once."""

STEPS = """static void pk_pairs(long lanes, long rows, const T* restrict z_, const T* restrict a_, T* restrict g_, @sum_parameters@T lam, long n, long p, long d) {
  for (long r = 0; r < rows; r++) {
#pragma omp simd
    for (long l = 0; l < lanes; l++) {
      const T @z@ = z_[r*lanes + l];
      const T a = a_[l];
@pairs@
      g_[r*lanes + l] = @g@;
    }
  }
}

/* Between (p, d) and tiles of units, each with its features in rows; so many rows at a time stay in the first-level cache. */
#define PK_EACH_WEIGHT(p, d) \\
  for (long units = ((p) + PK_LANES - 1) / PK_LANES * PK_LANES, j0 = 0, lanes = 0; j0 < units && (lanes = units - j0 < PK_TILE ? units - j0 : PK_TILE); j0 += PK_TILE) \\
    for (long from = 0; from < (d); from += 64) \\
      for (long l = 0; l < lanes; l++) \\
        for (long k = from; k < (d) && k < from + 64; k++)
static void pk_to_tiles(const T* W, T* w, long p, long d) { PK_EACH_WEIGHT(p, d) w[j0*d + k*lanes + l] = j0 + l < p ? W[(j0 + l)*d + k] : 0; }
static void pk_from_tiles(T* W, const T* w, long p, long d) { PK_EACH_WEIGHT(p, d) if (j0 + l < p) W[(j0 + l)*d + k] = w[j0*d + k*lanes + l]; }

static long pk_tiled_work(long n, long p, long d) {
  const long units = p + PK_LANES;
  return units*(2*d + n + 1) + n*d + @sums@*n*(PK_TILE + 1) + @middle_elements@ + 16*(@arrays@ + 9);
}

static void pk_steps_tiled(T* restrict W, const T* restrict a, const T* restrict X, const T* restrict Y, const int64_t* restrict index, const T* restrict xi,
    T lam, T step, T amplitude, long steps, long n, long p, long d, const pk_tiles* tiles, T* restrict xb, T* restrict yb, T* restrict work) {
  const long vectors = (p + PK_LANES - 1) / PK_LANES, units = vectors * PK_LANES;
#define PK_TAKE(name, count) T* restrict name = work; work += ((count) + 15) / 16 * 16;
  PK_TAKE(w, units*d) PK_TAKE(noise_tiles, units*d) PK_TAKE(g, units*n) PK_TAKE(a_padded, units) PK_TAKE(panels, n*d)
@take@
  pk_to_tiles(W, w, p, d);
  for (long j = 0; j < units; j++) a_padded[j] = j < p ? a[j] : 0;
  const T keep = (T)1 - step * (@keep@), scale = -step * (@scale@);
  for (long t = 0; t < steps; t++) {
    const T* restrict x_ = X; const T* restrict y_ = Y;
    if (index) { pk_gather(X, Y, index + t*n, n, d, xb, yb); x_ = xb; y_ = yb; }
    @clear@
    tiles->rows(x_, n, d, panels);
    for (long v = 0; v < vectors; v += PK_WIDE) {
      const long V = vectors - v < PK_WIDE ? vectors - v : PK_WIDE, j0 = v*PK_LANES, lanes = V*PK_LANES;
      for (long top = 0; top < n; top += PK_BLOCK) {
        const long rows = n - top < PK_BLOCK ? n - top : PK_BLOCK;
        T z[PK_BLOCK * PK_TILE];
        tiles->product(V, panels + top*d, w + j0*d, rows, d, z);
        if (lanes == PK_TILE) pk_pairs(PK_TILE, rows, z, a_padded + j0, g + j0*n + top*lanes, @sum_shifted@lam, n, p, d);
        else pk_pairs(lanes, rows, z, a_padded + j0, g + j0*n + top*lanes, @sum_shifted@lam, n, p, d);
      }
    }
    @gather_sums@
@middle@
    tiles->columns(@h@_, n, d, panels);
    if (xi) pk_to_tiles(xi + t*p*d, noise_tiles, p, d);
    for (long v = 0; v < vectors; v += PK_WIDE) {
      const long V = vectors - v < PK_WIDE ? vectors - v : PK_WIDE, j0 = v*PK_LANES;
      tiles->gradient(V, panels, g + j0*n, n, d, keep, scale, amplitude, xi ? noise_tiles + j0*d : 0, w + j0*d);
    }
  }
  pk_from_tiles(W, w, p, d);
}
"""


def c_tiled(shape: Shape, scalars: Scalars, middle: list[str], arrays: list[Array]) -> str:
    """The C text of ``pk_steps_tiled``; ``middle`` computes ``arrays`` from x_, y_ and the sums
    over units.
    """
    names = {symbol: sp.Symbol(text, real=True) for symbol, text in SCALARS.items()}
    sums = [ins.out for ins in shape.pairs if isinstance(ins, Reduce)]
    body: list[str] = []
    for ins in shape.pairs:
        exprs = [concrete(e, scalars).xreplace(names) for e in _exprs(ins)]
        if isinstance(ins, Map):
            body += statements(
                [f"const T {out.name}" for out in ins.outs], exprs, "      ", ins.outs[0].name
            )
        else:
            body += statements([f"const T e_{ins.out.name}"], exprs, "      ", ins.out.name)
            body.append(f"      lanes_{ins.out.name}[r*PK_TILE + l] += e_{ins.out.name};")
    printer = CPrinter()
    own = [array for array in arrays if array not in sums]
    sizes = {"i": "n", "ik": "n*d"}
    filled = {
        "sum_arguments": "".join(f"lanes_{s.name}, " for s in sums),
        "sum_shifted": "".join(f"lanes_{s.name} + top*PK_TILE, " for s in sums),
        "sum_parameters": "".join(f"T* restrict lanes_{s.name}, " for s in sums),
        "z": shape.z.name,
        "pairs": "\n".join(body),
        "g": shape.g.name,
        "sums": str(len(sums)),
        "middle_elements": " + ".join(sizes[array.axes] for array in own) or "0",
        "arrays": str(len(own) + 2 * len(sums)),
        "take": "\n".join(
            [f"  PK_TAKE(lanes_{s.name}, n*PK_TILE) PK_TAKE({s.name}_, n)" for s in sums]
            + [f"  PK_TAKE({array.name}_, {sizes[array.axes]})" for array in own]
        ),
        "keep": printer.doprint(shape.keep.xreplace(names)),
        "scale": printer.doprint(shape.scale.xreplace(names)),
        "clear": " ".join(
            f"memset(lanes_{s.name}, 0, (size_t)(n*PK_TILE)*sizeof(T));" for s in sums
        ),
        "gather_sums": "\n    ".join(
            f"for (long i = 0; i < n; i++) {{ T e = 0; for (long l = 0; l < PK_TILE; l++) e "
            f"+= lanes_{s.name}[i*PK_TILE + l]; {s.name}_[i] = e; }}"
            for s in sums
        ),
        "middle": "\n".join(middle),
        "h": shape.h.name,
    }
    text = LAYOUT + STEPS
    for key, value in filled.items():
        text = text.replace(f"@{key}@", value)
    return text
