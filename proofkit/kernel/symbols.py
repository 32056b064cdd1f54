"""The named constants of the proofs, as terms to build formulas with.

``NAMES`` is the one list of them; what each is stands in ``proofkit.exposition.symbols``.

>>> from proofkit.kernel.univariate.terms import to_text
>>> to_text(rho * M1 * a_2 * sqrt(Lambda_S))
'rho*M1*a_2*sqrt(Lambda_S)'
"""

from __future__ import annotations

from fractions import Fraction

from proofkit.kernel.univariate.terms import Node, call, num, power


def symbol(name: str) -> Node:
    """The constant of that name as a term."""
    return Node("name", (), name)


def number(value: int | Fraction) -> Node:
    """A rational number as a term."""
    return num(value)


def sqrt(x: Node) -> Node:
    """The square root."""
    return power(x, Fraction(1, 2))


def log(x: Node) -> Node:
    """The natural logarithm."""
    return call("log", x)


def larger(a: Node, b: Node) -> Node:
    """max(a, b)."""
    return call("Max", a, b)


def smaller(a: Node, b: Node) -> Node:
    """min(a, b)."""
    return call("Min", a, b)


# The problem.
n = symbol("n")
d = symbol("d")
p = symbol("p")
N = symbol("N")
B_x = symbol("B_x")
B_y = symbol("B_y")
a_1 = symbol("a_1")
a_2 = symbol("a_2")
a_inf = symbol("a_inf")
a_plus = symbol("a_plus")
a_minus = symbol("a_minus")
Lambda_S = symbol("Lambda_S")
X2 = symbol("X2")
Y1 = symbol("Y1")
Y2 = symbol("Y2")
y_min = symbol("y_min")
y_max = symbol("y_max")
lam = symbol("lambda")
s = symbol("s")

# Nets of any layers, and what their layers bring (see ``OF_LAYERS``).
d_out = symbol("d_out")
X4 = symbol("X4")
lambda_min = symbol("lambda_min")
lambda_0 = symbol("lambda_0")
lambda_b = symbol("lambda_b")
theta_0 = symbol("theta_0")
P = symbol("P")
K_2 = symbol("K_2")
m_s = symbol("m_s")
s_0 = symbol("s_0")
T_c = symbol("T_c")
c_T = symbol("c_T")
A_a = symbol("A_a")
A_e = symbol("A_e")
m_a = symbol("m_a")
share = symbol("share")

# The activation and the loss.
l1 = symbol("l1")
l2 = symbol("l2")
l_inf = symbol("l_inf")
l_0 = symbol("l_0")
slope_0 = symbol("slope_0")
eta = symbol("eta")
zeta = symbol("zeta")
dip = symbol("dip")
omega = symbol("omega")
h_omega = symbol("h_omega")
reach = symbol("reach")
S0 = symbol("S0")
S_hi = symbol("S_hi")
S_lo = symbol("S_lo")
sigma0 = symbol("sigma0")
M1 = symbol("M1")
M2 = symbol("M2")
M3 = symbol("M3")
kappa = symbol("kappa")
H = symbol("H")
kappa_lo = symbol("kappa_lo")
H_lo = symbol("H_lo")
kappa_hi = symbol("kappa_hi")
H_hi = symbol("H_hi")
alpha = symbol("alpha")
S_alpha = symbol("S_alpha")
fall = symbol("fall")
slope = symbol("slope")
beta = symbol("beta")

# Bounds of the risk R and of its derivatives.
rho = symbol("rho")
G = symbol("G")
G0 = symbol("G0")
G1 = symbol("G1")
K = symbol("K")
A = symbol("A")
B = symbol("B")
C = symbol("C")
D = symbol("D")
E = symbol("E")
gamma = symbol("gamma")
m_0 = symbol("m_0")
gLip = symbol("gLip")
mu = symbol("mu")
theta = symbol("theta")
Q = symbol("Q")
J = symbol("J")
lambda_alpha = symbol("lambda_alpha")

# The conditions: a level M, the radius beyond which it holds, margins, thresholds.
M = symbol("M")
m = symbol("m")
r_0 = symbol("r_0")
lambda_c = symbol("lambda_c")
s_c = symbol("s_c")

# The stationary law and convergence.
m_d = symbol("m_d")
b_d = symbol("b_d")
W_2 = symbol("W_2")
W_4 = symbol("W_4")
osc = symbol("osc")
F = symbol("F")
R_b = symbol("R_b")
xi = symbol("xi")
q = symbol("q")
m_c = symbol("m_c")
l_bar = symbol("l_bar")
eps = symbol("eps")
r_star = symbol("r_star")
v_0 = symbol("v_0")
chi = symbol("chi")
A_2 = symbol("A_2")
c_0 = symbol("c_0")
c_1 = symbol("c_1")
h_0 = symbol("h_0")
L_F = symbol("L_F")

# Published, to be compared with.
gLip_published = symbol("gLip_published")

# The radius ||W||_F, the variable of bounds that hold along it.
r = symbol("r")

MAX_LAYERS = 8
"""How many dense layers have names."""

OF_LAYERS: tuple[str, ...] = (
    "p_{k}",
    "lambda_{k}",
    "W{k}_op",
    "W{k}_F",
    "W{k}_1",
    "W{k}_max",
    "W{k}_d1",
    "W{k}_d2",
    "W{k}_dmax",
)
"""The constants of layer k: its units, its decay, and the norms of a fixed matrix."""

NAMES = frozenset(
    str(term.value)
    for term in tuple(globals().values())
    if isinstance(term, Node) and term.op == "name" and term is not r
) | {pattern.format(k=k) for pattern in OF_LAYERS for k in range(1, MAX_LAYERS + 1)}
