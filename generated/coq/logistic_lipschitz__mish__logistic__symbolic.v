(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: logistic_lipschitz__mish__logistic__symbolic.json
    digest:      9d4f7f3b9c0feb295081388b6fd10155863c9cfd2a1a727eaf386c1726d55c24
    activation:  z*tanh(log(1 + exp(z)))
    loss:        logistic

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

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

Lemma activation : Activation sigma sigma1 sigma2 (108849816343 / 100000000000) (322102319263 / 500000000000).
Proof. apply (act_ext (ev t_sigma)); [exact sigma_same|]. apply act_term; [exact ok_sigma|exact bound_M1|exact bound_M2]. Qed.

(** for any data and outer weights, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  signs n y ->
  Villani p d (objective n p d x y a lam sigma logistic) s.
Proof. intros. assert (S1 : forall i t, (i < n)%nat -> Rabs (logistic1 (y i) t) <= 1) by (apply logistic1_le; assumption). assert (S2 : forall i t, (i < n)%nat -> Rabs (logistic2 (y i) t) <= (1 / 4)) by (apply logistic2_le; assumption). apply (villani_slope sigma sigma1 sigma2 (108849816343 / 100000000000) (322102319263 / 500000000000) activation logistic logistic1 logistic2 loss_logistic n p d x y a lam s 1 (1 / 4) S1 S2); first [assumption | lra | lia]. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma logistic) W.
Proof. intros. apply (any_confining_0 sigma logistic n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the bounded route, for data and outer weights within the constants *)
Theorem radius : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  signs n y ->
  Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf ->
  0 <= M ->
  radius_bounded lam s (G Lam a2 (108849816343 / 100000000000) 1) ((K X2 a1 a2 (108849816343 / 100000000000) (322102319263 / 500000000000) 1 (1 / 4)) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma logistic) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (S1 : forall i t, (i < n)%nat -> Rabs (logistic1 (y i) t) <= 1) by (apply logistic1_le; assumption). assert (S2 : forall i t, (i < n)%nat -> Rabs (logistic2 (y i) t) <= (1 / 4)) by (apply logistic2_le; assumption). pose proof (fun (V : weights) i Hi => S1 i (net p d x a sigma V i) Hi) as S1W. pose proof (fun (V : weights) i Hi => S2 i (net p d x a sigma V i) Hi) as S2W. clear S1 S2. rename S1W into S1, S2W into S2. apply (v4_any sigma sigma1 sigma2 (108849816343 / 100000000000) (322102319263 / 500000000000) activation logistic logistic1 logistic2 loss_logistic n p d x y a lam s Lam X2 Bx By Y1 Y2 a1 a2 ainf Dat 1 (1 / 4) S1 S2 M W); [lra | lra | lra | exact Hr]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
