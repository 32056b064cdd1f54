(** V4 fails for every lambda > 0 and every s >= 16*lambda^2: along W_1 = 2/t (1, -1)^T, a = t (1, -1) on the instance x_1 = 1, y_1 = 1, as t -> oo, ||grad L||^2 ~ 2*lambda^2 t^2 and Laplacian L ~ 1/8 t^2

    certificate: two_layers_large_noise__sigmoid__squared__symbolic__depth_2_train_all.json
    digest:      d7c2838e54dd45711d23c41dedb47becf06a7d147a6e44dc7b6f0ca1cf0f74cd
    activation:  1/(1 + exp(-z))
    loss:        squared
    net:         depth 2: layers 1 and 2 trained; decay lambda

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v); cost (Curve.v), chain_cost (Chain.v), both_cost (Two.v), many_cost (Outputs.v), cross_entropy (CrossEntropy.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Curve Fit Chain Two Threshold Sharp Outputs CrossEntropy ManySquares Bias NetVillani Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (1 / (1 + (exp (- z)))).

Definition t_sigma : term := (Mul (Int 1) (Inv (Add (Int 1) (Exp (Opp X))))).

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

Lemma slope_0 : sigma1 0 <> 0.
Proof. cbv [sigma1 ev D add mul opp t_sigma]. at_the_origin. differ. Qed.

(** both layers trained, any data and at least two hidden units: V4 fails for every s with lambda_a^2 < s mean sigma'(<w, x>)^2 |x|^2 for some w *)
Theorem two_trained : forall (n q d : nat) (x : nat -> nat -> R) (y w : nat -> R) (lamW lama s : R),
  0 < s ->
  lama^2 < s * mean n (fun i => (sigma1 (dot d w (x i)))^2 * dot d (x i) (x i)) ->
  ~ V4 (2 + q) (S d) (both_cost n (2 + q) d x y (decays d lamW lama) sigma squared) s.
Proof. intros. apply (both_refuted n (2 + q) d x y sigma lamW lama sigma1 sigma2 q w s eq_refl d_sigma d_sigma1 c_sigma2); assumption. Qed.

(** the slope of sigma at 0 is not 0, so that with w = 0, V4 fails for every s from a number on *)
Theorem slope_is_not_zero : forall (z : R),
  z = 0 ->
  sigma1 z <> 0.
Proof. intros z Hz. rewrite Hz. exact slope_0. Qed.

(** for any decays and every s > 0, there are data of one sample, x_1 = T, for which V4 fails, for any width of at least two *)
Theorem some_data : forall (q : nat) (lamW lama s : R),
  0 < s ->
  exists T : R, forall (x : nat -> nat -> R) (y : nat -> R), x 0%nat 0%nat = T -> ~ V4 (2 + q) 2 (both_cost 1 (2 + q) 1 x y (decays 1 lamW lama) sigma squared) s.
Proof. intros. apply (both_refuted_some sigma sigma1 sigma2 q lamW lama s d_sigma d_sigma1 c_sigma2 slope_0); assumption. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (lamW lama : R),
  V1 p (S d) (both_cost n p d x y (decays d lamW lama) sigma squared).
Proof. intros. exact (both_V1 n p d x y sigma lamW lama smooth_sigma). Qed.

(** V2 for any data and every lambda > 0 *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (lamW lama : R),
  (0 < n)%nat ->
  0 < lamW ->
  0 < lama ->
  V2 p (S d) (both_cost n p d x y (decays d lamW lama) sigma squared).
Proof. intros. apply (both_V2 n p d x y sigma lamW lama); assumption. Qed.

(** V3 for any data, every lambda > 0 and every s > 0 *)
Theorem integrable : forall (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (lamW lama : R) (s : R),
  (0 < n)%nat ->
  0 < lamW ->
  0 < lama ->
  0 < s ->
  V3 p (S d) (both_cost n p d x y (decays d lamW lama) sigma squared) s.
Proof. intros. apply (both_V3 n p d x y sigma lamW lama smooth_sigma); assumption. Qed.

(** All of it. *)
Definition certificate := (conj two_trained (conj slope_is_not_zero (conj some_data (conj infinitely_differentiable (conj confining integrable))))).
Print Assumptions certificate.
