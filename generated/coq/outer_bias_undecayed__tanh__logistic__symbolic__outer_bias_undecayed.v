(** V2 fails for every lambda: along b(t) = t for the bias of the output, every label being 1, L stays bounded

    certificate: outer_bias_undecayed__tanh__logistic__symbolic__outer_bias_undecayed.json
    digest:      30459d83d7f3309545c29e0c8f432d03c049d66fe072eac3f65a028ca4b7343a
    activation:  tanh(z)
    loss:        logistic
    net:         depth 2: layer 1 trained, layer 2 fixed; biases of layer 2 trained without decay; decay lambda
    not proved here: V3 fails (one label): no theorem of the library

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v); cost (Curve.v), chain_cost (Chain.v), both_cost (Two.v), many_cost (Outputs.v), cross_entropy (CrossEntropy.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Curve Fit Chain Two Threshold Sharp Outputs CrossEntropy ManySquares Bias NetVillani Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (tanh z).

(** logistic loss, an output bias without decay and one label e only: V2 fails, whatever the net N below the bias, which is the entry (j0, k0) *)
Theorem one_label : forall (n p d : nat) (mu : nat -> nat -> R) (j0 k0 : nat) (e : R) (y : nat -> R) (N : nat -> weights -> R),
  (0 < n)%nat ->
  (j0 < p)%nat ->
  e = 1 \/ e = -1 ->
  (forall i, (i < n)%nat -> y i = e) ->
  (k0 < d)%nat ->
  mu j0 k0 = 0 ->
  (forall i t, N i (moved j0 k0 1 t) = N i (moved j0 k0 1 0)) ->
  ~ V2 p d (cost n p d y mu (fun i W => N i W + W j0 k0) logistic).
Proof. intros. apply (output_bias_one_label n p d mu j0 k0) with (e := e); assumption. Qed.

(** logistic loss and an output bias without decay: V4 fails for every s > 0 and any labels, whatever the net N below the bias, which is the entry (j0, k0), as its first and second derivatives N1 and N2 do not depend on the bias *)
Theorem output_bias : forall (n p d : nat) (mu : nat -> nat -> R) (j0 k0 : nat) (y : nat -> R) (N : nat -> weights -> R) (N1 N2 : nat -> nat -> nat -> weights -> R) (B s : R),
  (0 < n)%nat ->
  (j0 < p)%nat ->
  signs n y ->
  (k0 < d)%nat ->
  mu j0 k0 = 0 ->
  (forall i j k W, (i < n)%nat -> (j < p)%nat -> (k < d)%nat -> is_derive (fun t => N i (upd W j k t)) (W j k) (N1 i j k W)) ->
  (forall i j k W, (i < n)%nat -> (j < p)%nat -> (k < d)%nat -> is_derive (fun t => N1 i j k (upd W j k t)) (W j k) (N2 i j k W)) ->
  (forall i j k t, (i < n)%nat -> (j < p)%nat -> (k < d)%nat -> Rabs (N1 i j k (moved j0 k0 1 t)) <= B) ->
  (forall i j k t, (i < n)%nat -> (j < p)%nat -> (k < d)%nat -> Rabs (N2 i j k (moved j0 k0 1 t)) <= B) ->
  0 < s ->
  ~ V4 p d (cost n p d y mu (fun i W => N i W + W j0 k0) logistic) s.
Proof. intros. apply (output_bias_logistic n p d mu j0 k0) with (N1 := N1) (N2 := N2) (Nmax := B); assumption. Qed.

(** All of it. *)
Definition certificate := (conj one_label output_bias).
Print Assumptions certificate.
