(** V4 fails for every lambda > 0 and every s >= (1 + 2*lambda/(1925265/67108864*M2*Lambda_S))^2: along w_1(t) = t u/sqrt(5778439/67108864), w_2(t) = t u/sqrt(1925265/67108864) for the first outer weights 5778439/67108864 > 0 > -1925265/67108864, other rows 0, u a unit eigenvector of S for Lambda_S, where every f_i is 0, ||grad L||^2/s - Laplacian L is bounded above

    certificate: refuted_by_cancelling_units__z_2__logistic__data.json
    digest:      9b26b72228156426d6c841a973e1b8f41820716b43261018ba5fdde683cf8fab
    activation:  z^2
    loss:        logistic
    data:        diabetes.csv, target progression, 442 x 10; outer weights: width 64, seed 0
    not proved here: the refutation of V4 by two units that cancel is not in the Coq library

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

Notation n := (Z.to_nat 442).
Notation p := (Z.to_nat 64).
Notation d := (Z.to_nat 10).

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (z ^ 2).

Definition t_sigma : term := (Mul X X).

Lemma ok_sigma : ok t_sigma.
Proof. unfold t_sigma. valid_term. Qed.

Lemma sigma_same : forall z, ev t_sigma z = sigma z.
Proof. unfold sigma, t_sigma. same_term. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (term_smooth t_sigma sigma ok_sigma sigma_same). Qed.

Definition sigma1 : R -> R := ev (D t_sigma).

Definition sigma2 : R -> R := ev (D (D t_sigma)).

Lemma M2_right_form x : sigma2 x = 2 / 1.
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. field; repeat split; positive_side. Qed.

Lemma M2_right x : 0 <= x -> Rabs (sigma2 x) <= (500000001 / 250000000).
Proof.
  intros H0. rewrite M2_right_form. destruct (Rle_or_lt x 64) as [Hx|Hx].
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 60).
  - assert (Hy : 0 <= / x <= / 64) by (split; [apply Rlt_le, Rinv_0_lt_compat; lra|apply Rinv_le_contravar; lra]).
    replace (2 / 1) with (let y := / x in 2 / 1)
      by (cbv zeta; field; repeat split; positive_side).
    cbv zeta. set (y := / x) in *. interval with (i_bisect y, i_autodiff y, i_prec 60, i_depth 40).
Qed.

Lemma M2_left_form x : sigma2 (- x) = 2 / 1.
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. field; repeat split; positive_side. Qed.

Lemma M2_left x : 0 <= x -> Rabs (sigma2 (- x)) <= (500000001 / 250000000).
Proof.
  intros H0. rewrite M2_left_form. destruct (Rle_or_lt x 64) as [Hx|Hx].
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 60).
  - assert (Hy : 0 <= / x <= / 64) by (split; [apply Rlt_le, Rinv_0_lt_compat; lra|apply Rinv_le_contravar; lra]).
    replace (2 / 1) with (let y := / x in 2 / 1)
      by (cbv zeta; field; repeat split; positive_side).
    cbv zeta. set (y := / x) in *. interval with (i_bisect y, i_autodiff y, i_prec 60, i_depth 40).
Qed.

Lemma bound_M2 : forall z, Rabs (sigma2 z) <= (500000001 / 250000000).
Proof. intros z. destruct (Rle_or_lt 0 z) as [Hz|Hz]; [now apply M2_right|].
  pose proof (M2_left (- z) ltac:(lra)) as H. rewrite Ropp_involutive in H. exact H. Qed.

Lemma H_right_form x : x * sigma1 x - 2 * ev t_sigma x = 0 / 1.
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. field; repeat split; positive_side. Qed.

Lemma H_right x : 0 <= x -> Rabs (x * sigma1 x - 2 * ev t_sigma x) <= 0.
Proof.
  intros H0. rewrite H_right_form. destruct (Rle_or_lt x 64) as [Hx|Hx].
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 60).
  - assert (Hy : 0 <= / x <= / 64) by (split; [apply Rlt_le, Rinv_0_lt_compat; lra|apply Rinv_le_contravar; lra]).
    replace (0 / 1) with (let y := / x in 0 / 1)
      by (cbv zeta; field; repeat split; positive_side).
    cbv zeta. set (y := / x) in *. interval with (i_bisect y, i_autodiff y, i_prec 60, i_depth 40).
Qed.

Lemma H_left_form x : (- x) * sigma1 (- x) - 2 * ev t_sigma (- x) = 0 / 1.
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. field; repeat split; positive_side. Qed.

Lemma H_left x : 0 <= x -> Rabs ((- x) * sigma1 (- x) - 2 * ev t_sigma (- x)) <= 0.
Proof.
  intros H0. rewrite H_left_form. destruct (Rle_or_lt x 64) as [Hx|Hx].
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 60).
  - assert (Hy : 0 <= / x <= / 64) by (split; [apply Rlt_le, Rinv_0_lt_compat; lra|apply Rinv_le_contravar; lra]).
    replace (0 / 1) with (let y := / x in 0 / 1)
      by (cbv zeta; field; repeat split; positive_side).
    cbv zeta. set (y := / x) in *. interval with (i_bisect y, i_autodiff y, i_prec 60, i_depth 40).
Qed.

Lemma bound_H : forall z, Rabs (z * sigma1 z - 2 * ev t_sigma z) <= 0.
Proof. intros z. destruct (Rle_or_lt 0 z) as [Hz|Hz]; [now apply H_right|].
  pose proof (H_left (- z) ltac:(lra)) as H. rewrite Ropp_involutive in H. exact H. Qed.

Lemma euler_defect : euler sigma sigma1 2 0.
Proof. apply (euler_ext (ev t_sigma)); [exact sigma_same|exact bound_H]. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma logistic).
Proof. intros. exact (any_V1 sigma logistic logistic1 logistic2 smooth_sigma loss_logistic n p d x y a lam). Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma logistic) W.
Proof. intros. apply (any_confining_0 sigma logistic n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** V3 for any data: the integrals of exp(-2 L/s) over cubes stay bounded *)
Theorem integrable : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  0 < lam ->
  0 < s ->
  V3 p d (objective n p d x y a lam sigma logistic) s.
Proof. intros. apply (any_V3 sigma logistic logistic1 logistic2 smooth_sigma loss_logistic n p d x y a lam s 0); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** All of it. *)
Definition certificate := (conj infinitely_differentiable (conj confining integrable)).
Print Assumptions certificate.
