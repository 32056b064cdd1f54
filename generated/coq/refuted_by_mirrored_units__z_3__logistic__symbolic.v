(** V4 fails for every lambda > 0 and every s > 0: on the instance n = p = 2, d = 1, x_1 = x_2 = 1, y_1 = 1, y_2 = -1, a_1 = 1, a_2 = -1, w_1(t) = w_2(t) = t, where grad R = 0, ||grad L||^2/s - Laplacian L = 2 lambda^2 t^2/s - (1/2) sigma'(t)^2 - 2 lambda

    certificate: refuted_by_mirrored_units__z_3__logistic__symbolic.json
    digest:      29b5083847d40ddf5912d07bacbdaba6a7c8462c1714be67998ca68676d01db1
    activation:  z^3
    loss:        logistic

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (z ^ 3).

Definition t_sigma : term := (Mul (Mul X X) X).

Lemma ok_sigma : ok t_sigma.
Proof. unfold t_sigma. valid_term. Qed.

Lemma sigma_same : forall z, ev t_sigma z = sigma z.
Proof. unfold sigma, t_sigma. same_term. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (term_smooth t_sigma sigma ok_sigma sigma_same). Qed.

Definition sigma1 : R -> R := ev (D t_sigma).

Definition sigma2 : R -> R := ev (D (D t_sigma)).

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma logistic).
Proof. intros. exact (any_V1 sigma logistic logistic1 logistic2 smooth_sigma loss_logistic n p d x y a lam). Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma logistic) W.
Proof. intros. apply (any_confining_0 sigma logistic n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** V3 for any data: the integrals of exp(-2 L/s) over cubes stay bounded *)
Theorem integrable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  V3 p d (objective n p d x y a lam sigma logistic) s.
Proof. intros. apply (any_V3 sigma logistic logistic1 logistic2 smooth_sigma loss_logistic n p d x y a lam s 0); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** V4 fails on an instance with d = 1 and two units of outer weights 1 and -1 (definition mirror in Mirror.v), for every lambda > 0 and every s > 0 *)
Theorem mirrored_units : forall (lam s : R),
  0 < lam ->
  0 < s ->
  ~ V4 2 1 (objective 2 2 1 (fun _ _ => 1) both mirror lam sigma logistic) s.
Proof. intros. assert (D1 : forall t, is_derive sigma t (ev (D t_sigma) t)) by (intros t; apply (is_derive_ext (ev t_sigma)); [exact sigma_same|apply is_derive_D, ok_sigma]). assert (D2 : forall t, is_derive (ev (D t_sigma)) t (ev (D (D t_sigma)) t)) by (intros t; apply is_derive_D, ok_D, ok_sigma). assert (Hg : forall t, 4 <= t -> 3 * t^2 <= Rabs (ev (D t_sigma) ((1) * t))). { intros t Ht. set (u := t - 4). assert (Hu : 0 <= u) by (unfold u; lra). assert (E : ev (D t_sigma) ((1) * t) - 3 * t^2 = 0 * u^0 + 0 * u^1 + 0 * u^2) by (cbv [ev D add mul opp t_sigma]; unfold u; field). assert (P : 0 <= 0 * u^0 + 0 * u^1 + 0 * u^2) by (repeat apply Rplus_le_le_0_compat; (apply Rmult_le_pos; [lra|apply pow_le; exact Hu])). apply Rle_trans with (ev (D t_sigma) ((1) * t)); [lra|apply Rle_abs]. } apply (refute_mirrored_logistic sigma (ev (D t_sigma)) (ev (D (D t_sigma)))); try lra; try exact D1; try exact D2. apply often_faster with (b := 3) (e := (1)) (T := 4) (q := 2%nat); try exact Hg; try lra; lia. Qed.

(** All of it. *)
Definition certificate := (conj infinitely_differentiable (conj confining (conj integrable mirrored_units))).
Print Assumptions certificate.
