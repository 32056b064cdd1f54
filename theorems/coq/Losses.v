(** The two losses: squared, (f - y)^2/2, and logistic, log(1 + exp(-y f)). *)

Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums.
Open Scope R_scope.

Definition squared (y f : R) : R := (f - y)^2 / 2.
Definition squared1 (y f : R) : R := f - y.
Definition squared2 (y f : R) : R := 1.

Lemma d_squared y t : is_derive (squared y) t (squared1 y t).
Proof. unfold squared, squared1. auto_derive; [exact I|field]. Qed.

Lemma d_squared1 y t : is_derive (squared1 y) t (squared2 y t).
Proof. unfold squared1, squared2. auto_derive; [exact I|ring]. Qed.

Lemma squared_nonneg y f : 0 <= squared y f.
Proof. unfold squared. pose proof (pow2_ge_0 (f - y)). lra. Qed.

Definition logistic (y f : R) : R := ln (1 + exp (- (y * f))).
Definition logistic1 (y f : R) : R := - y * (/ (1 + exp (y * f))).
Definition logistic2 (y f : R) : R := y^2 * (exp (y * f) / (1 + exp (y * f))^2).

Lemma d_logistic y t : is_derive (logistic y) t (logistic1 y t).
Proof.
  unfold logistic, logistic1. pose proof (exp_pos (- (y * t))). pose proof (exp_pos (y * t)).
  auto_derive; [lra|].
  replace (exp (y * t)) with (/ exp (- (y * t))) by (rewrite exp_Ropp; field; lra).
  field. split; lra.
Qed.

Lemma d_logistic1 y t : is_derive (logistic1 y) t (logistic2 y t).
Proof.
  unfold logistic1, logistic2. pose proof (exp_pos (y * t)).
  auto_derive; [lra|]. field. lra.
Qed.

Lemma logistic_nonneg y f : 0 <= logistic y f.
Proof.
  unfold logistic. pose proof (exp_pos (- (y * f))). rewrite <- ln_1.
  apply Rlt_le, ln_increasing; lra.
Qed.

(** |l'| <= 1 and 0 <= l'' <= 1/4 for labels -1 and 1. *)
Lemma logistic1_bound y f : y = 1 \/ y = -1 -> Rabs (logistic1 y f) <= 1.
Proof.
  intros H. unfold logistic1. pose proof (exp_pos (y * f)).
  rewrite Rabs_mult, Rabs_Ropp.
  replace (Rabs y) with 1 by (destruct H as [-> | ->]; [rewrite Rabs_R1|rewrite Rabs_left]; lra).
  rewrite Rmult_1_l, Rabs_pos_eq by (apply Rlt_le, Rinv_0_lt_compat; lra).
  rewrite <- Rinv_1. apply Rinv_le_contravar; lra.
Qed.

Lemma logistic2_bound y f : y = 1 \/ y = -1 -> 0 <= logistic2 y f <= 1 / 4.
Proof.
  intros H. unfold logistic2. pose proof (exp_pos (y * f)) as He.
  replace (y^2) with 1 by (destruct H as [-> | ->]; ring).
  set (e := exp (y * f)) in *.
  assert (0 < (1 + e)^2) by nra. rewrite Rmult_1_l. split.
  - apply Rlt_le, Rdiv_lt_0_compat; assumption.
  - apply (Rmult_le_reg_r ((1 + e)^2)); [assumption|].
    replace (e / (1 + e)^2 * (1 + e)^2) with e by (field; lra).
    pose proof (pow2_ge_0 (1 - e)). nra.
Qed.

Lemma logistic2_abs y f : y = 1 \/ y = -1 -> Rabs (logistic2 y f) <= 1 / 4.
Proof. intros H. pose proof (logistic2_bound y f H). rewrite Rabs_pos_eq; lra. Qed.
