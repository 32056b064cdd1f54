(** L is a Villani function for every a of one sign, for every lambda > 0 and every s > 0

    certificate: one_signed_weights__z_2__squared__symbolic.json
    digest:      20d4646e0cd93b051a66c218b7485b16b6f51f997a1cd6f22044731a0c45ca02
    activation:  z^2
    loss:        squared

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

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

(** for any data and outer weights of one sign, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  one_sign p a ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. assert (Cur : Curved sigma (ev (D t_sigma)) (ev (D (D t_sigma))) 2 0 2 2 0) by (constructor; [exact smooth_sigma | intros t; apply (is_derive_ext (ev t_sigma)); [exact sigma_same|apply is_derive_D, ok_sigma] | intros t; apply is_derive_D, ok_D, ok_sigma | intros t; replace (ev (D (D t_sigma)) t) with 2 by (cbv [ev D add mul opp t_sigma]; field); rewrite Rabs_pos_eq; lra | lra | lra | intros t; rewrite <- ?sigma_same; assert (E : ev t_sigma t + 0 = 1 * (t + 0)^2 + 0) by (cbv [ev D add mul opp t_sigma]; field); assert (P : 0 <= 1 * (t + 0)^2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]); lra | lra | lra | lra | intros t; rewrite <- ?sigma_same; assert (E : t * ev (D t_sigma) t - (2 * ev t_sigma t - 0) = 0 * (t + 0)^2 + 0) by (cbv [ev D add mul opp t_sigma]; field); assert (P : 0 <= 0 * (t + 0)^2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]); lra | intros t; rewrite <- ?sigma_same; assert (E : 2 * ev t_sigma t + 0 - t * ev (D t_sigma) t = 0 * (t + 0)^2 + 0) by (cbv [ev D add mul opp t_sigma]; field); assert (P : 0 <= 0 * (t + 0)^2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]); lra]). apply (villani_squared_sign sigma _ _ 2 0 2 2 0 Cur); auto; try lra; try lia. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, for data within the constants and outer weights of one sign within theirs *)
Theorem radius : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf ->
  0 <= M ->
  one_sign p a ->
  radius_sign lam s 2 (A_sign 2 Bx a1 ainf) (B_sign 2 0 2 2 0 Bx Y1 a1 ainf) (C_sign 2 2 0 Y1 Y2 a1) (INR p * INR d) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (Cur : Curved sigma (ev (D t_sigma)) (ev (D (D t_sigma))) 2 0 2 2 0) by (constructor; [exact smooth_sigma | intros t; apply (is_derive_ext (ev t_sigma)); [exact sigma_same|apply is_derive_D, ok_sigma] | intros t; apply is_derive_D, ok_D, ok_sigma | intros t; replace (ev (D (D t_sigma)) t) with 2 by (cbv [ev D add mul opp t_sigma]; field); rewrite Rabs_pos_eq; lra | lra | lra | intros t; rewrite <- ?sigma_same; assert (E : ev t_sigma t + 0 = 1 * (t + 0)^2 + 0) by (cbv [ev D add mul opp t_sigma]; field); assert (P : 0 <= 1 * (t + 0)^2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]); lra | lra | lra | lra | intros t; rewrite <- ?sigma_same; assert (E : t * ev (D t_sigma) t - (2 * ev t_sigma t - 0) = 0 * (t + 0)^2 + 0) by (cbv [ev D add mul opp t_sigma]; field); assert (P : 0 <= 0 * (t + 0)^2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]); lra | intros t; rewrite <- ?sigma_same; assert (E : 2 * ev t_sigma t + 0 - t * ev (D t_sigma) t = 0 * (t + 0)^2 + 0) by (cbv [ev D add mul opp t_sigma]; field); assert (P : 0 <= 0 * (t + 0)^2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]); lra]). apply (v4_squared_sign sigma _ _ 2 0 2 2 0 Cur n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf Dat) with (lam := lam) (s := s); first [assumption | lra]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
