(** V2 fails for every lambda: along b(t) = t (1, ..., 1) for the biases of the outputs, L does not change

    certificate: outer_bias_undecayed__tanh__cross_entropy__symbolic__outer_bias_undecayed.json
    digest:      0446e291bef50399dc36fcad8a5e204df828d94e1afce36f7457202f82db821e
    activation:  tanh(z)
    loss:        cross-entropy
    net:         depth 2: layer 1 trained, layer 2 fixed; biases of layer 2 trained without decay; decay lambda
    not proved here: V3 fails (shifted outputs): no theorem of the library
    not proved here: V4 fails (shifted outputs): no theorem of the library

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v); cost (Curve.v), chain_cost (Chain.v), both_cost (Two.v), many_cost (Outputs.v), cross_entropy (CrossEntropy.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Curve Fit Chain Two Threshold Sharp Outputs CrossEntropy ManySquares Bias NetVillani Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (tanh z).

(** cross-entropy and output biases without decay: V2 fails, whatever the net N below the biases, which are the entries (j0, k0), ..., (j0, k0 + q - 1) *)
Theorem shifted_outputs : forall (n p d : nat) (mu : nat -> nat -> R) (j0 k0 : nat) (q : nat) (y : nat -> nat) (N : nat -> weights -> nat -> R),
  (0 < n)%nat ->
  (j0 < p)%nat ->
  (0 < q)%nat ->
  (k0 + q <= d)%nat ->
  (forall r, (r < q)%nat -> mu j0 (k0 + r)%nat = 0) ->
  (forall i t r, N i (moved j0 k0 q t) r = N i (moved j0 k0 q 0) r) ->
  (forall i, (i < n)%nat -> (y i < q)%nat) ->
  ~ V2 p d (cost n p d (fun _ => 0) mu (fun i W => cross_entropy q (y i) (fun r => N i W r + W j0 (k0 + r)%nat)) (fun _ t => t)).
Proof. intros. apply (output_bias_cross_entropy n p d mu j0 k0); assumption. Qed.

(** All of it. *)
Definition certificate := shifted_outputs.
Print Assumptions certificate.
