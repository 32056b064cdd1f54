"""The derivatives of the objective of a net of layers, block by block, in LaTeX.

They are the chain rule, written for the net at hand: a pass forwards, one backwards, one backwards
for the trace of the Hessian in each layer, and the gradient and the Laplacian of every trained block.
"""

from __future__ import annotations

from collections.abc import Iterator

from proofkit.exposition import losses
from proofkit.exposition.formulas import latex, two_derivatives
from proofkit.exposition.layers import (
    SQUARE,
    DenseSaid,
    NetSaid,
    decay_symbol,
    matrix_of,
    net_formula,
    objective_formula,
    sigma_of,
)
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate.parser import parse

Formula = tuple[str, str]
"""What it is, and the formula."""


def derivatives(net: NetSaid, loss: Loss) -> Iterator[Formula]:
    """(name, LaTeX) of the net, the objective, the passes, the derivatives in each block and the
    expression of V4.

    >>> from proofkit.exposition.losses import loss_of
    >>> hidden, head = (DenseSaid(k, None, k == 1, "none", None, None) for k in (1, 2))
    >>> said = dict(derivatives(NetSaid((hidden, head), ("tanh(z)",), 2), loss_of("squared")))
    >>> said["gradient in W_1"]
    '\\\\nabla_{W_1}L=\\\\lambda W_1+\\\\frac1n\\\\sum_ig_1h_0^{\\\\mathsf T}'
    """
    yield "net", net_formula(net)
    yield "objective", objective_formula(net)
    yield from _activations(net)
    yield "loss", _loss(loss)
    yield "forwards", _forwards(net)
    yield "backwards", _backwards(net)
    yield "Hessian in u, backwards", _hessians(net)
    for layer in net.layers:
        if layer.trained:
            yield from _of_weights(net, layer)
        if layer.biased:
            yield from _of_bias(net, layer)
    yield "Hessian form along V", _hessian_form(net)
    yield "V4 expression", _villani(net)


def _activations(net: NetSaid) -> Iterator[Formula]:
    """Each activation with its first two derivatives; a kinked one without."""
    texts = net.activations[:1] if net.one_activation else net.activations
    for number, text in enumerate(texts, 1):
        root, sigma = parse(text), sigma_of(net, number)
        parts = [f"{sigma}(z)={latex(root)}"]
        found = two_derivatives(root)
        if found is not None:
            first, second = map(latex, found)
            parts += [f"{sigma}'(z)={first}", f"{sigma}''(z)={second}"]
        name = "activation" if net.one_activation else f"activation {number}"
        yield name, r",\quad ".join(parts)


def _loss(loss: Loss) -> str:
    """l and its first two derivatives in the outputs."""
    if losses.of_classes(loss):
        return (
            rf"{losses.defined(loss)},\quad\nabla_f\ell=\pi-e_y,\quad"
            r"\nabla_f^2\ell=\operatorname{diag}(\pi)-\pi\pi^{\mathsf T},\quad"
            r"\pi=\operatorname{softmax}(f)"
        )
    shown = rf"{losses.defined(loss)},\quad\ell'={losses.slope(loss)},\quad"
    shown += rf"\ell''={losses.curvature(loss)}"
    found = losses.derivatives_of_phi(loss)
    if found is None:
        return shown
    first, second = found
    return rf"{shown},\quad\varphi'(u)={first},\quad\varphi''(u)={second}"


# -- the passes ------------------------------------------------------------------------------------


def _transposed(net: NetSaid, number: int) -> str:
    return "a" if net.is_row(number) else rf"W_{number}^{{\mathsf T}}"


def _forwards(net: NetSaid) -> str:
    parts = ["h_0=x_i"]
    for layer in net.layers:
        bias = f"+b_{layer.number}" if layer.biased else ""
        applied = matrix_of(net, layer.number)
        space = r"\," if net.is_row(layer.number) else ""
        parts.append(f"u_{layer.number}={applied}{space}h_{layer.number - 1}{bias}")
        if layer.number < net.depth:
            parts.append(f"h_{layer.number}={sigma_of(net, layer.number)}(u_{layer.number})")
    return r",\quad ".join([*parts, f"f=u_{net.depth}"])


def _backwards(net: NetSaid) -> str:
    """g_l is the gradient of the loss in u_l."""
    first = r"\ell'(f,y_i)" if net.one_output else r"\nabla_f\ell(f,y_i)"
    parts = [f"g_{net.depth}={first}"]
    for k in range(net.depth - 1, 0, -1):
        above = _transposed(net, k + 1)
        space = r"\," if net.is_row(k + 1) else ""
        parts.append(rf"g_{k}={sigma_of(net, k)}'(u_{k})\odot({above}{space}g_{k + 1})")
    return r",\quad ".join(parts)


def _hessians(net: NetSaid) -> str:
    """The Hessian of the loss in u_l."""
    first = r"\ell''(f,y_i)" if net.one_output else r"\nabla_f^2\ell(f,y_i)"
    parts = [rf"\mathcal H_{net.depth}={first}"]
    for k in range(net.depth - 1, 0, -1):
        above, below = _transposed(net, k + 1), matrix_of(net, k + 1)
        slope = rf"\operatorname{{diag}}({sigma_of(net, k)}'(u_{k}))"
        bend = rf"{sigma_of(net, k)}''(u_{k})\odot({above}\,g_{k + 1})"
        parts.append(
            rf"\mathcal H_{k}={slope}\,{above}\,\mathcal H_{k + 1}\,{below}\,{slope}"
            rf"+\operatorname{{diag}}({bend})"
        )
    return r",\quad ".join(parts)


# -- the derivatives in the blocks -----------------------------------------------------------------


def _of_weights(net: NetSaid, layer: DenseSaid) -> Iterator[Formula]:
    name, k = net.weights(layer.number), layer.number
    product = f"g_{k}h_{k - 1}" + ("" if net.is_row(k) else r"^{\mathsf T}")
    norm = rf"\|{name}\|" if name == "a" else rf"\|{name}\|_F"
    columns = "d" if k == 1 else _units(net, k - 1)
    number = _product(_units(net, k), columns)
    yield f"gradient in {name}", _gradient(net, name, decay_symbol(layer), norm, product)
    trace = rf"\|h_{k - 1}\|^2\operatorname{{tr}}(\mathcal H_{k})"
    yield f"Laplacian in {name}", _laplacian(net, name, decay_symbol(layer), norm, number, trace)


def _of_bias(net: NetSaid, layer: DenseSaid) -> Iterator[Formula]:
    name, k = f"b_{layer.number}", layer.number
    decay = decay_symbol(layer) if layer.bias == "decayed" else "0"
    norm, number = rf"\|{name}\|", _units(net, k)
    yield f"gradient in {name}", _gradient(net, name, decay, norm, f"g_{k}")
    trace = rf"\operatorname{{tr}}(\mathcal H_{k})"
    yield f"Laplacian in {name}", _laplacian(net, name, decay, norm, number, trace)


def _gradient(net: NetSaid, name: str, decay: str, norm: str, product: str) -> str:
    """The mean of a product over the samples, and the slope of the penalty."""
    mean = rf"\frac1n\sum_i{product}"
    if decay == "0":
        return rf"\nabla_{{{name}}}L={mean}"
    power = "" if net.power == SQUARE else rf"{norm}^{{{net.power - SQUARE}}}\,"
    space = r"\," if power else " "
    return rf"\nabla_{{{name}}}L={decay}{space}{power}{name}+{mean}"


def _laplacian(net: NetSaid, name: str, decay: str, norm: str, number: str, trace: str) -> str:
    """The mean of a trace over the samples, and the Laplacian of the penalty."""
    mean = rf"\frac1n\sum_i{trace}"
    if decay == "0":
        return rf"\Delta_{{{name}}}L={mean}"
    if net.power == SQUARE:
        penalty = decay if number == "1" else rf"{decay}\,{number}"
    else:
        more = net.power - SQUARE
        penalty = rf"{decay}\,({number}+{more}){norm}^{{{more}}}"
    return rf"\Delta_{{{name}}}L={penalty}+{mean}"


def _units(net: NetSaid, number: int) -> str:
    """How many units a layer has, in LaTeX."""
    units = net.layers[number - 1].units
    if units is not None:
        return str(units)
    if number == net.depth:
        return r"d_{\mathrm{out}}"
    return "p" if net.depth == SQUARE else f"p_{number}"


def _product(first: str, second: str) -> str:
    """The product of two sizes."""
    if "1" in (first, second):
        return second if first == "1" else first
    both_numbers = first.isdigit() and second.isdigit()
    return str(int(first) * int(second)) if both_numbers else rf"{first}\,{second}"


def _hessian_form(net: NetSaid) -> str:
    """The second derivative along V, by a pass of first and one of second derivatives.

    V_l and c_l are the parts of V in W_l and b_l; what does not move is left out.
    """
    top = net.depth
    form = (
        rf"\frac1n\sum_i\bigl(\langle\mathcal H_{top}\dot u_{top},\dot u_{top}\rangle"
        rf"+\langle g_{top},\ddot u_{top}\rangle\bigr)"
    )
    if net.power == SQUARE:
        form = rf"\nabla^2L[V,V]={form}{_penalty_along(net)}"
    else:
        form = rf"\nabla^2R[V,V]={form}"
    return r",\quad ".join([form, *_moved(net), *_moved_twice(net)])


def _penalty_along(net: NetSaid) -> str:
    """The second derivative of the penalty along V."""
    parts = []
    for layer in net.layers:
        decay = decay_symbol(layer)
        if layer.trained and decay != "0":
            parts.append(rf"{decay}\|V_{layer.number}\|^2")
        if layer.bias == "decayed" and decay != "0":
            parts.append(rf"{decay}\|c_{layer.number}\|^2")
    return "".join(f"+{part}" for part in parts)


def _lowest(net: NetSaid) -> int:
    """The first layer with a parameter: below it nothing moves."""
    return next(layer.number for layer in net.layers if layer.trained or layer.biased)


def _moved(net: NetSaid) -> Iterator[str]:
    """The first derivatives along V, forwards."""
    lowest = _lowest(net)
    for layer in net.layers[lowest - 1 :]:
        k = layer.number
        terms = [f"V_{k}h_{k - 1}"] if layer.trained else []
        terms += [rf"{matrix_of(net, k)}\,\dot h_{k - 1}"] if k > lowest else []
        terms += [f"c_{k}"] if layer.biased else []
        yield rf"\dot u_{k}={'+'.join(terms)}"
        if k < net.depth:
            yield rf"\dot h_{k}={sigma_of(net, k)}'(u_{k})\odot\dot u_{k}"


def _moved_twice(net: NetSaid) -> Iterator[str]:
    """The second derivatives along V, forwards."""
    lowest = _lowest(net)
    for layer in net.layers[lowest - 1 :]:
        k, sigma = layer.number, sigma_of(net, layer.number)
        terms = [rf"2V_{k}\,\dot h_{k - 1}"] if layer.trained and k > lowest else []
        terms += [rf"{matrix_of(net, k)}\,\ddot h_{k - 1}"] if k > lowest else []
        yield rf"\ddot u_{k}={'+'.join(terms) or '0'}"
        if k < net.depth:
            bent = rf"{sigma}''(u_{k})\odot\dot u_{k}\odot\dot u_{k}"
            through = rf"+{sigma}'(u_{k})\odot\ddot u_{k}" if terms else ""
            yield rf"\ddot h_{k}={bent}{through}"


def _villani(net: NetSaid) -> str:
    blocks = net.trained()
    squares = "+".join(rf"\|\nabla_{{{name}}}L\|^2" for name in blocks)
    bends = "-".join(rf"\Delta_{{{name}}}L" for name in blocks)
    summed = squares if len(blocks) == 1 else rf"\bigl({squares}\bigr)"
    return rf"\tfrac1s\|\nabla L\|^2-\Delta L=\tfrac1s{summed}-{bends}"
