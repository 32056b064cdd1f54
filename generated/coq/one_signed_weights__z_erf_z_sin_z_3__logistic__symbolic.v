(** L is a Villani function for every a of one sign, for every lambda > 0 and every s > 0

    certificate: one_signed_weights__z_erf_z_sin_z_3__logistic__symbolic.json
    digest:      bd46b8d10571ddd14b2d4fd80632de1ce5397f3ff92e899a1fafb32cad2dc003
    activation:  z*erf(z) + sin(z)/3
    loss:        logistic
    not proved here: that sigma is bounded below and z sigma' between two multiples of it is proved for quadratic polynomials only

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := ((z * (erf z)) + ((sin z) / 3)).

Definition t_sigma : term := (Add (Mul X (Mul (Mul (Int 2) (Inv (Sqrt Pi))) (Gauss X))) (Mul (Sin X) (Inv (Int 3)))).

Lemma ok_sigma : ok t_sigma.
Proof. unfold t_sigma. valid_term. Qed.

Lemma sigma_same : forall z, ev t_sigma z = sigma z.
Proof. unfold sigma, t_sigma. same_term. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (term_smooth t_sigma sigma ok_sigma sigma_same). Qed.

Definition sigma1 : R -> R := ev (D t_sigma).

Definition sigma2 : R -> R := ev (D (D t_sigma)).

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma logistic) W.
Proof. intros. apply (any_confining_0 sigma logistic n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma logistic).
Proof. intros. exact (any_V1 sigma logistic logistic1 logistic2 smooth_sigma loss_logistic n p d x y a lam). Qed.

(** V3 for any data: the integrals of exp(-2 L/s) over cubes stay bounded *)
Theorem integrable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  V3 p d (objective n p d x y a lam sigma logistic) s.
Proof. intros. apply (any_V3 sigma logistic logistic1 logistic2 smooth_sigma loss_logistic n p d x y a lam s 0); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** All of it. *)
Definition certificate := (conj confining (conj infinitely_differentiable integrable)).
Print Assumptions certificate.
