"""The net as a composition of layers, and the five questions that each layer answers.

    h_0 = x,   u_l = W_l h_{l-1} (+ b_l),   h_l = sigma_l(u_l),   f = u_D.

One file a kind of layer (``dense``, ``elementwise``), each with the same five answers, which ``net``
composes: *value* and *radial* from the features to the output, *slope*, *trace* and *curvature* back
from the loss.  Nothing outside this room asks which layer it is.
"""
