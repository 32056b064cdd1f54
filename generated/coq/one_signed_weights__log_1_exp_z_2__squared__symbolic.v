(** L is a Villani function for every a of one sign, for every lambda > 0 and every s > 0

    certificate: one_signed_weights__log_1_exp_z_2__squared__symbolic.json
    digest:      032d5e9ca361d559688c59a6ca03523d654e15843963df0484977ef1fdc10035
    activation:  log(1 + exp(z))^2
    loss:        squared
    not proved here: that sigma is bounded below and z sigma' between two multiples of it is proved for quadratic polynomials only

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := ((ln (1 + (exp z))) ^ 2).

Definition t_sigma : term := (Mul (Ln (Add (Int 1) (Exp X))) (Ln (Add (Int 1) (Exp X)))).

Lemma ok_sigma : ok t_sigma.
Proof. unfold t_sigma. valid_term. Qed.

Lemma sigma_same : forall z, ev t_sigma z = sigma z.
Proof. unfold sigma, t_sigma. same_term. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (term_smooth t_sigma sigma ok_sigma sigma_same). Qed.

Definition sigma1 : R -> R := ev (D t_sigma).

Definition sigma2 : R -> R := ev (D (D t_sigma)).

Lemma M2_right_form x : sigma2 x = (let u := exp (- (1 * x)) in let l0 := (ln (1 + u)) in (2 + (u * ((2 * l0) + (2 * x)))) / (1 + (u * (2 + u)))).
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. half_form (1 * x). Qed.

Lemma M2_right x : 0 <= x -> Rabs (sigma2 x) <= (209066678753 / 100000000000).
Proof.
  intros H0. rewrite M2_right_form. destruct (Rle_or_lt x 15) as [Hx|Hx]; cbv zeta.
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 50).
  - apply Rlt_le in Hx.
    assert (HG : 1 * x <= (1 * x)) by (at_rate 15 x).
    pose proof (poly_tail 1 15 x (1 * x) ltac:(lra) Hx HG) as T0.
    pose proof (poly_pow_tail 1 1 15 x (1 * x) ltac:(lra) ltac:(simpl; lra) Hx HG) as T1.
    pose (v1 := x^1 * exp (- (1 * x))). change (x^1 * exp (- (1 * x))) with v1 in T1.
    set (u := exp (- (1 * x))) in *.
    pose (l0 := (ln (1 + u))).
    cut (Rabs ((2 + (2 * v1) + (2 * l0 * u)) / (1 + (u * (2 + u)))) <= (209066678753 / 100000000000)).
    + intros Hcut. refine (Rle_trans _ _ _ (Req_le _ _ _) Hcut). unfold v1, l0; do 2 f_equal; ring.
    + unfold l0. tail_bound.
Qed.

Lemma M2_left_form x : sigma2 (- x) = (let u := exp (- (1 * x)) in let l0 := (ln (1 + u)) in (u * ((2 * l0) + (2 * u))) / (1 + (u * (2 + u)))).
Proof. cbv [sigma1 sigma2 ev D add mul opp t_sigma]. half_form (1 * x). Qed.

Lemma M2_left x : 0 <= x -> Rabs (sigma2 (- x)) <= (209066678753 / 100000000000).
Proof.
  intros H0. rewrite M2_left_form. destruct (Rle_or_lt x 10) as [Hx|Hx]; cbv zeta.
  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 50).
  - apply Rlt_le in Hx.
    assert (HG : 1 * x <= (1 * x)) by (at_rate 10 x).
    pose proof (poly_tail 1 10 x (1 * x) ltac:(lra) Hx HG) as T0.
    set (u := exp (- (1 * x))) in *.
    pose (l0 := (ln (1 + u))).
    cut (Rabs ((u * ((2 * l0) + (2 * u))) / (1 + (u * (2 + u)))) <= (209066678753 / 100000000000)).
    + intros Hcut. refine (Rle_trans _ _ _ (Req_le _ _ _) Hcut). unfold l0; do 2 f_equal; ring.
    + unfold l0. tail_bound.
Qed.

Lemma bound_M2 : forall z, Rabs (sigma2 z) <= (209066678753 / 100000000000).
Proof. intros z. destruct (Rle_or_lt 0 z) as [Hz|Hz]; [now apply M2_right|].
  pose proof (M2_left (- z) ltac:(lra)) as H. rewrite Ropp_involutive in H. exact H. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma squared).
Proof. intros. exact (any_V1 sigma squared squared1 squared2 smooth_sigma loss_squared n p d x y a lam). Qed.

(** V3 for any data: the integrals of exp(-2 L/s) over cubes stay bounded *)
Theorem integrable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  V3 p d (objective n p d x y a lam sigma squared) s.
Proof. intros. apply (any_V3 sigma squared squared1 squared2 smooth_sigma loss_squared n p d x y a lam s 0); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** All of it. *)
Definition certificate := (conj confining (conj infinitely_differentiable integrable)).
Print Assumptions certificate.
