(** V4 fails for every lambda > 0 and every s > 0: on the instance n = p = 2, d = 1, x_1 = x_2 = 1, y_1 = 1, y_2 = -1, a_1 = 1, a_2 = -1, w_1(t) = w_2(t) = t, where grad R = 0, ||grad L||^2/s - Laplacian L = 2 lambda^2 t^2/s - (1/2) sigma'(t)^2 - 2 lambda

    certificate: refuted_by_mirrored_units__exp_z__logistic__symbolic.json
    digest:      a1fc9757fa63dd5167196f77c29160e299a3b251f6878340700d2e9199a6caac
    activation:  exp(z)
    loss:        logistic
    not proved here: that sigma' grows at least like z is proved for polynomials only

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (exp z).

Definition t_sigma : term := (Exp X).

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

(** All of it. *)
Definition certificate := (conj infinitely_differentiable (conj confining integrable)).
Print Assumptions certificate.
