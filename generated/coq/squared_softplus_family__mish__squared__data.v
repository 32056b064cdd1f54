(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: squared_softplus_family__mish__squared__data.json
    digest:      50bdea0df4d7dfc9bcb70e4bab821edf22703db3720cdc8b99b8396c9fd88bd1
    activation:  z*tanh(log(1 + exp(z)))
    loss:        squared
    data:        diabetes.csv, target progression, 442 x 10; outer weights: width 64, seed 0

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

Definition sigma (z : R) : R := (z * (tanh (ln (1 + (exp z))))).

Definition t_sigma : term := (Mul X (Mul (Add (Mul (Add (Int 1) (Exp X)) (Add (Int 1) (Exp X))) (Int (-1))) (Inv (Add (Mul (Add (Int 1) (Exp X)) (Add (Int 1) (Exp X))) (Int 1))))).

Lemma ok_sigma : ok t_sigma.
Proof. unfold t_sigma. valid_term. Qed.

Lemma sigma_same : forall z, ev t_sigma z = sigma z.
Proof. unfold sigma, t_sigma. same_term. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (term_smooth t_sigma sigma ok_sigma sigma_same). Qed.

Definition sigma1 : R -> R := ev (D t_sigma).

Definition sigma2 : R -> R := ev (D (D t_sigma)).

Lemma M1_right_form x : sigma1 x = (let u := exp (- (1 * x)) in (1 + (u * (4 + (u * (6 + (4 * x) + (u * (4 + (4 * x)))))))) / (1 + (u * (4 + (u * (8 + (u * (8 + (4 * u))))))))).
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. half_form (1 * x). Qed.

Lemma M1_right x : 0 <= x -> Rabs (sigma1 x) <= (108849816343 / 100000000000).
Proof.
  intros H0. rewrite M1_right_form. destruct (Rle_or_lt x 15) as [Hx|Hx]; cbv zeta.
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 50).
  - apply Rlt_le in Hx.
    assert (HG : 1 * x <= (1 * x)) by (at_rate 15 x).
    pose proof (poly_tail 1 15 x (1 * x) ltac:(lra) Hx HG) as T0.
    pose proof (poly_pow_tail 1 1 15 x (1 * x) ltac:(lra) ltac:(simpl; lra) Hx HG) as T1.
    pose (v1 := x^1 * exp (- (1 * x))). change (x^1 * exp (- (1 * x))) with v1 in T1.
    set (u := exp (- (1 * x))) in *.
    cut (Rabs ((1 + (u * (4 + (4 * v1) + (u * (6 + (4 * v1) + (4 * u)))))) / (1 + (u * (4 + (u * (8 + (u * (8 + (4 * u))))))))) <= (108849816343 / 100000000000)).
    + intros Hcut. refine (Rle_trans _ _ _ (Req_le _ _ _) Hcut). unfold v1; do 2 f_equal; ring.
    + tail_bound.
Qed.

Lemma M1_left_form x : sigma1 (- x) = (let u := exp (- (1 * x)) in (u * (4 + ((-4) * x) + (u * (6 + ((-4) * x) + (u * (4 + u)))))) / (4 + (u * (8 + (u * (8 + (u * (4 + u)))))))).
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. half_form (1 * x). Qed.

Lemma M1_left x : 0 <= x -> Rabs (sigma1 (- x)) <= (108849816343 / 100000000000).
Proof.
  intros H0. rewrite M1_left_form. destruct (Rle_or_lt x 12) as [Hx|Hx]; cbv zeta.
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 50).
  - apply Rlt_le in Hx.
    assert (HG : 1 * x <= (1 * x)) by (at_rate 12 x).
    pose proof (poly_tail 1 12 x (1 * x) ltac:(lra) Hx HG) as T0.
    pose proof (poly_pow_tail 1 1 12 x (1 * x) ltac:(lra) ltac:(simpl; lra) Hx HG) as T1.
    pose (v1 := x^1 * exp (- (1 * x))). change (x^1 * exp (- (1 * x))) with v1 in T1.
    set (u := exp (- (1 * x))) in *.
    cut (Rabs ((((-4) * v1) + (u * (4 + ((-4) * v1) + (u * (6 + (u * (4 + u))))))) / (4 + (u * (8 + (u * (8 + (u * (4 + u)))))))) <= (108849816343 / 100000000000)).
    + intros Hcut. refine (Rle_trans _ _ _ (Req_le _ _ _) Hcut). unfold v1; do 2 f_equal; ring.
    + tail_bound.
Qed.

Lemma bound_M1 : forall z, Rabs (sigma1 z) <= (108849816343 / 100000000000).
Proof. intros z. destruct (Rle_or_lt 0 z) as [Hz|Hz]; [now apply M1_right|].
  pose proof (M1_left (- z) ltac:(lra)) as H. rewrite Ropp_involutive in H. exact H. Qed.

Lemma M2_right_form x : sigma2 x = (let u := exp (- (1 * x)) in ((u^2) * (8 + ((-8) * x) + (u * (24 + ((-12) * x) + (u * (32 + (8 * x) + (u * (16 + (8 * x))))))))) / (1 + (u * (6 + (u * (18 + (u * (32 + (u * (36 + (u * (24 + (8 * u))))))))))))).
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. half_form (1 * x). Qed.

Lemma M2_right x : 0 <= x -> Rabs (sigma2 x) <= (322102319263 / 500000000000).
Proof.
  intros H0. rewrite M2_right_form. destruct (Rle_or_lt x 12) as [Hx|Hx]; cbv zeta.
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 50).
  - apply Rlt_le in Hx.
    assert (HG : 1 * x <= (1 * x)) by (at_rate 12 x).
    pose proof (poly_tail 1 12 x (1 * x) ltac:(lra) Hx HG) as T0.
    pose proof (poly_pow_tail 1 1 12 x (1 * x) ltac:(lra) ltac:(simpl; lra) Hx HG) as T1.
    pose (v1 := x^1 * exp (- (1 * x))). change (x^1 * exp (- (1 * x))) with v1 in T1.
    set (u := exp (- (1 * x))) in *.
    cut (Rabs ((u * (((-8) * v1) + (u * (8 + ((-12) * v1) + (u * (24 + (8 * v1) + (u * (32 + (8 * v1) + (16 * u))))))))) / (1 + (u * (6 + (u * (18 + (u * (32 + (u * (36 + (u * (24 + (8 * u))))))))))))) <= (322102319263 / 500000000000)).
    + intros Hcut. refine (Rle_trans _ _ _ (Req_le _ _ _) Hcut). unfold v1; do 2 f_equal; ring.
    + tail_bound.
Qed.

Lemma M2_left_form x : sigma2 (- x) = (let u := exp (- (1 * x)) in (u * (16 + ((-8) * x) + (u * (32 + ((-8) * x) + (u * (24 + (12 * x) + (u * (8 + (8 * x))))))))) / (8 + (u * (24 + (u * (36 + (u * (32 + (u * (18 + (u * (6 + u)))))))))))).
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. half_form (1 * x). Qed.

Lemma M2_left x : 0 <= x -> Rabs (sigma2 (- x)) <= (322102319263 / 500000000000).
Proof.
  intros H0. rewrite M2_left_form. destruct (Rle_or_lt x 12) as [Hx|Hx]; cbv zeta.
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 50).
  - apply Rlt_le in Hx.
    assert (HG : 1 * x <= (1 * x)) by (at_rate 12 x).
    pose proof (poly_tail 1 12 x (1 * x) ltac:(lra) Hx HG) as T0.
    pose proof (poly_pow_tail 1 1 12 x (1 * x) ltac:(lra) ltac:(simpl; lra) Hx HG) as T1.
    pose (v1 := x^1 * exp (- (1 * x))). change (x^1 * exp (- (1 * x))) with v1 in T1.
    set (u := exp (- (1 * x))) in *.
    cut (Rabs ((((-8) * v1) + (u * (16 + ((-8) * v1) + (u * (32 + (12 * v1) + (u * (24 + (8 * v1) + (8 * u)))))))) / (8 + (u * (24 + (u * (36 + (u * (32 + (u * (18 + (u * (6 + u)))))))))))) <= (322102319263 / 500000000000)).
    + intros Hcut. refine (Rle_trans _ _ _ (Req_le _ _ _) Hcut). unfold v1; do 2 f_equal; ring.
    + tail_bound.
Qed.

Lemma bound_M2 : forall z, Rabs (sigma2 z) <= (322102319263 / 500000000000).
Proof. intros z. destruct (Rle_or_lt 0 z) as [Hz|Hz]; [now apply M2_right|].
  pose proof (M2_left (- z) ltac:(lra)) as H. rewrite Ropp_involutive in H. exact H. Qed.

Lemma H_right_form x : x * sigma1 x - 1 * ev t_sigma x = (let u := exp (- (1 * x)) in ((u^2) * ((4 * (x^2)) + (4 * u * (x^2)))) / (1 + (u * (4 + (u * (8 + (u * (8 + (4 * u))))))))).
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. half_form (1 * x). Qed.

Lemma H_right x : 0 <= x -> Rabs (x * sigma1 x - 1 * ev t_sigma x) <= (119474225067 / 250000000000).
Proof.
  intros H0. rewrite H_right_form. destruct (Rle_or_lt x 12) as [Hx|Hx]; cbv zeta.
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 50).
  - apply Rlt_le in Hx.
    assert (HG : 1 * x <= (1 * x)) by (at_rate 12 x).
    pose proof (poly_tail 1 12 x (1 * x) ltac:(lra) Hx HG) as T0.
    pose proof (poly_pow_tail 1 1 12 x (1 * x) ltac:(lra) ltac:(simpl; lra) Hx HG) as T1.
    pose proof (poly_pow_tail 2 1 12 x (1 * x) ltac:(lra) ltac:(simpl; lra) Hx HG) as T2.
    pose (v1 := x^1 * exp (- (1 * x))). change (x^1 * exp (- (1 * x))) with v1 in T1.
    pose (v2 := x^2 * exp (- (1 * x))). change (x^2 * exp (- (1 * x))) with v2 in T2.
    set (u := exp (- (1 * x))) in *.
    cut (Rabs ((u * ((4 * v2) + (4 * v2 * u))) / (1 + (u * (4 + (u * (8 + (u * (8 + (4 * u))))))))) <= (119474225067 / 250000000000)).
    + intros Hcut. refine (Rle_trans _ _ _ (Req_le _ _ _) Hcut). unfold v1, v2; do 2 f_equal; ring.
    + tail_bound.
Qed.

Lemma H_left_form x : (- x) * sigma1 (- x) - 1 * ev t_sigma (- x) = (let u := exp (- (1 * x)) in (u * ((4 * (x^2)) + (4 * u * (x^2)))) / (4 + (u * (8 + (u * (8 + (u * (4 + u)))))))).
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. half_form (1 * x). Qed.

Lemma H_left x : 0 <= x -> Rabs ((- x) * sigma1 (- x) - 1 * ev t_sigma (- x)) <= (119474225067 / 250000000000).
Proof.
  intros H0. rewrite H_left_form. destruct (Rle_or_lt x 12) as [Hx|Hx]; cbv zeta.
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 50).
  - apply Rlt_le in Hx.
    assert (HG : 1 * x <= (1 * x)) by (at_rate 12 x).
    pose proof (poly_tail 1 12 x (1 * x) ltac:(lra) Hx HG) as T0.
    pose proof (poly_pow_tail 1 1 12 x (1 * x) ltac:(lra) ltac:(simpl; lra) Hx HG) as T1.
    pose proof (poly_pow_tail 2 1 12 x (1 * x) ltac:(lra) ltac:(simpl; lra) Hx HG) as T2.
    pose (v1 := x^1 * exp (- (1 * x))). change (x^1 * exp (- (1 * x))) with v1 in T1.
    pose (v2 := x^2 * exp (- (1 * x))). change (x^2 * exp (- (1 * x))) with v2 in T2.
    set (u := exp (- (1 * x))) in *.
    cut (Rabs (((4 * v2) + (4 * v2 * u)) / (4 + (u * (8 + (u * (8 + (u * (4 + u)))))))) <= (119474225067 / 250000000000)).
    + intros Hcut. refine (Rle_trans _ _ _ (Req_le _ _ _) Hcut). unfold v1, v2; do 2 f_equal; ring.
    + tail_bound.
Qed.

Lemma bound_H : forall z, Rabs (z * sigma1 z - 1 * ev t_sigma z) <= (119474225067 / 250000000000).
Proof. intros z. destruct (Rle_or_lt 0 z) as [Hz|Hz]; [now apply H_right|].
  pose proof (H_left (- z) ltac:(lra)) as H. rewrite Ropp_involutive in H. exact H. Qed.

Lemma activation : Activation sigma sigma1 sigma2 (108849816343 / 100000000000) (322102319263 / 500000000000).
Proof. apply (act_ext (ev t_sigma)); [exact sigma_same|]. apply act_term; [exact ok_sigma|exact bound_M1|exact bound_M2]. Qed.

Lemma euler_defect : euler sigma sigma1 1 (119474225067 / 250000000000).
Proof. apply (euler_ext (ev t_sigma)); [exact sigma_same|exact bound_H]. Qed.

Lemma sigma_0 : Rabs (sigma 0) <= (1 / 1000000000000).
Proof. rewrite <- sigma_same. cbv [ev t_sigma]. term_at_zero. Qed.

(** for any data and outer weights, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  0 < lam ->
  0 < s ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. apply (villani_squared_euler sigma sigma1 sigma2 (108849816343 / 100000000000) (322102319263 / 500000000000) activation n p d x y a lam s 1 (119474225067 / 250000000000)); auto using euler_defect; try lra; try lia. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the euler route, for data and outer weights within the constants *)
Theorem radius : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  0 <= M ->
  Rmax 1 (radius_quadratic lam s (1853127682961 / 250000000) (1241135384437 / 25000) ((3278970178651 / 50000) + lam * (INR p * INR d)) M) <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (HE : 0 <= (C_euler (132000279 / 33554432) 1 (119474225067 / 250000000000) (67243 / 442) (12850921 / 442)) + 0 <= (1853127682961 / 250000000)) by (unfold C_euler, C_zero, D_zero, gam; split; numeric). assert (HA : 0 <= (A (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (108849816343 / 100000000000) (322102319263 / 500000000000)) <= (1241135384437 / 25000)) by (unfold A; split; numeric). assert (HB : (B (413028005018937 / 5525000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (108849816343 / 100000000000) (322102319263 / 500000000000) (1 / 1000000000000)) <= (3278970178651 / 50000)) by (unfold B; numeric). pose proof (radius_quadratic_mono lam s ((C_euler (132000279 / 33554432) 1 (119474225067 / 250000000000) (67243 / 442) (12850921 / 442)) + 0) (A (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (108849816343 / 100000000000) (322102319263 / 500000000000)) ((B (413028005018937 / 5525000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (108849816343 / 100000000000) (322102319263 / 500000000000) (1 / 1000000000000)) + lam * (INR p * INR d)) M (1853127682961 / 250000000) (1241135384437 / 25000) ((3278970178651 / 50000) + lam * (INR p * INR d)) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as Hmono. apply (v4_squared_euler sigma sigma1 sigma2 (108849816343 / 100000000000) (322102319263 / 500000000000) activation n p d x y a lam s (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) Dat 1 (119474225067 / 250000000000) (1 / 1000000000000) M W); [lra | lra | lra | lra | exact euler_defect | exact sigma_0 | unfold radius_euler; apply Rmax_lub; [eapply Rle_trans; [|exact Hr]; apply Rmax_l|eapply Rle_trans; [exact Hmono|]; eapply Rle_trans; [|exact Hr]; apply Rmax_r]]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
