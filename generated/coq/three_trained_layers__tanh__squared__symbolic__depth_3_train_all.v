(** V4 fails for every lambda and every s > 0: along W_1 = 1/(4 t^2) (1, -1)^T, W_2 = t ((1, -1), (-1, 1)), a = t (1, -1) on the instance x_1 = 1, y_1 = 1, as t -> oo, ||grad L||^2 = O(t^2) and Laplacian L ~ 8 t^4

    certificate: three_trained_layers__tanh__squared__symbolic__depth_3_train_all.json
    digest:      08ca9215c83b0f957bc7ed77cd7532b8d9c2c81b9afdec64e9b9fa6ff0bd4d06
    activation:  tanh(z)
    loss:        squared
    net:         depth 3: layers 1, 2 and 3 trained; decay lambda

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v); cost (Curve.v), chain_cost (Chain.v), both_cost (Two.v), many_cost (Outputs.v), cross_entropy (CrossEntropy.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Curve Fit Chain Two Threshold Sharp Outputs CrossEntropy ManySquares Bias NetVillani Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (tanh z).

Definition t_sigma : term := (Add (Mul (Int 2) (Inv (Add (Int 1) (Exp (Opp (Mul (Int 2) X)))))) (Int (-1))).

Lemma ok_sigma : ok t_sigma.
Proof. unfold t_sigma. valid_term. Qed.

Lemma sigma_same : forall z, ev t_sigma z = sigma z.
Proof. unfold sigma, t_sigma. same_term. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (term_smooth t_sigma sigma ok_sigma sigma_same). Qed.

Definition sigma1 : R -> R := ev (D t_sigma).

Definition sigma2 : R -> R := ev (D (D t_sigma)).

Lemma d_sigma : forall t, is_derive sigma t (sigma1 t).
Proof. exact (term_d t_sigma sigma ok_sigma sigma_same). Qed.

Lemma d_sigma1 : forall t, is_derive sigma1 t (sigma2 t).
Proof. exact (term_d1 t_sigma ok_sigma). Qed.

Lemma c_sigma2 : forall t, continuous sigma2 t.
Proof. exact (term_continuous2 t_sigma ok_sigma). Qed.

Lemma sigma_0 : sigma 0 = 0.
Proof. rewrite <- sigma_same. cbv [ev t_sigma]. vanishes. Qed.

Lemma slope_0 : sigma1 0 <> 0.
Proof. cbv [sigma1 ev D add mul opp t_sigma]. at_the_origin. differ. Qed.

(** V4 fails for 3 trained layers of hidden width 1, for any data that are not zero, any decays and every s > 0 *)
Theorem deep : forall (n d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (s : R),
  0 < s ->
  0 < mean n (fun i => dot d (x i) (x i)) ->
  ~ V4 1 (d + 2) (chain_cost n d 2 x y mu (fun _ => sigma) squared) s.
Proof. intros. apply (deep_refuted_squared n d 2 x y mu (fun _ => sigma) (fun _ => sigma1) (fun _ => sigma2)); intros; first [apply d_sigma | apply d_sigma1 | exact sigma_0 | apply c_sigma2 | exact slope_0 | assumption | lia]. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (lam : R),
  V1 1 (d + 2) (chain_cost n d 2 x y mu (fun _ => sigma) squared).
Proof. intros. exact (chain_V1 n d 2 x y mu sigma smooth_sigma). Qed.

(** V2 for any data and decays of at least lambda > 0 *)
Theorem confining : forall (n d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (lam : R),
  (0 < n)%nat ->
  0 < lam ->
  (forall j k, (j < 1)%nat -> (k < d + 2)%nat -> lam <= mu j k) ->
  V2 1 (d + 2) (chain_cost n d 2 x y mu (fun _ => sigma) squared).
Proof. intros. apply (chain_V2 n d 2 x y mu sigma lam); assumption. Qed.

(** V3 for any data, decays of at least lambda > 0 and every s > 0 *)
Theorem integrable : forall (n d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  (forall j k, (j < 1)%nat -> (k < d + 2)%nat -> lam <= mu j k) ->
  0 < s ->
  V3 1 (d + 2) (chain_cost n d 2 x y mu (fun _ => sigma) squared) s.
Proof. intros. apply (chain_V3 n d 2 x y mu sigma smooth_sigma lam); assumption. Qed.

(** All of it. *)
Definition certificate := (conj deep (conj infinitely_differentiable (conj confining integrable))).
Print Assumptions certificate.
