(** V1 fails for every lambda: on the instance n = p = d = 1, x_1 = a_1 = 1, y_1 = sigma(0) - 1, W = t, where l' is not 0, the derivative of L of order 1 jumps at t = 0 with that of sigma

    certificate: refused_nonsmooth__leaky_relu__squared__symbolic.json
    digest:      9225dc0c041e64f1e5d17c991f962e942a19544436fad105d8f0012fc1a9b373
    activation:  Max(z, 1/100*z)
    loss:        squared

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (Rmax z ((1 / 100) * z)).

Definition t_left : term := (Mul (Mul (Int 1) (Inv (Int 100))) X).

Definition t_right : term := X.

Lemma left_branch : forall t, t <= 0 -> Rabs (t - 0) < (1 / 2) -> sigma t = ev t_left t.
Proof. unfold sigma, t_left. branch 0. Qed.

Lemma right_branch : forall t, 0 <= t -> Rabs (t - 0) < (1 / 2) -> sigma t = ev t_right t.
Proof. unfold sigma, t_right. branch 0. Qed.

Lemma left_valid : forall t, Rabs (t - 0) < (1 / 2) -> ok_at t t_left.
Proof. unfold t_left. near_term. Qed.

Lemma right_valid : forall t, Rabs (t - 0) < (1 / 2) -> ok_at t t_right.
Proof. unfold t_right. near_term. Qed.

Lemma kink : forall lam, ~ V1 1 1 (instance lam sigma (sigma 0 - 1)).
Proof.
  intros lam. apply (refute_kink_terms sigma 0 (1 / 2) t_left t_right lam ltac:(lra) left_valid right_valid left_branch right_branch).
  jump t_left t_right.
Qed.

(** V1 fails for every lambda on the instance n = p = d = 1, x_1 = a_1 = 1, y_1 = sigma(0) - 1 (definition instance in Kink.v) *)
Theorem not_smooth : forall lam : R, ~ V1 1 1 (instance lam sigma (sigma 0 - 1)).
Proof. exact kink. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** All of it. *)
Definition certificate := (conj not_smooth confining).
Print Assumptions certificate.
