(** L is a Villani function for every lambda > lambda_alpha and every s > 0

    certificate: squared_line__z_2_sin_z__squared__data.json
    digest:      8fb2a1c3867b1044a9f57cf1a67bba3dd0268addf032fc829af7677156e7ce1a
    activation:  z + 2*sin(z)
    loss:        squared
    data:        diabetes.csv, target progression, 442 x 10; outer weights: width 64, seed 0
    not proved here: the line route is in the Coq library where sigma' >= 0 only

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Sign Escape Kink Mirror Tactics.
Open Scope R_scope.

Notation n := (Z.to_nat 442).
Notation p := (Z.to_nat 64).
Notation d := (Z.to_nat 10).

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (z + (2 * (sin z))).

Lemma b_integer : exists q : Z, 2 = IZR q.
Proof. exists (2)%Z. reflexivity. Qed.

Definition sigma1 : R -> R := (wavy1 2).

Definition sigma2 : R -> R := (wavy2 2).

Lemma sigma_same : forall z, (wavy 2) z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same (act_wavy 2 b_integer))). Qed.

Lemma activation : Activation sigma sigma1 sigma2 3 (10000000003 / 5000000000).
Proof. apply (act_ext (wavy 2)); [exact sigma_same|]. eapply act_weaken; [exact (act_wavy 2 b_integer)|numeric|numeric]. Qed.

Lemma sigma_0 : Rabs (sigma 0) <= 0.
Proof. rewrite <- sigma_same. at_zero. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (confining_squared sigma n p d x y a lam M W); auto; try lra; try lia. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma squared).
Proof. intros. destruct smooth_sigma as [g [Tg Eg]]. apply (objective_V1 n p d x y a lam sigma squared g h_squared); auto using tower_squared, h_logistic_0. Qed.

(** V3 for any data: the integrals of exp(-2 L/s) over cubes stay bounded *)
Theorem integrable : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  0 < lam ->
  0 < s ->
  V3 p d (objective n p d x y a lam sigma squared) s.
Proof. intros. apply (integrable_squared sigma n p d x y a lam s smooth_sigma); auto; try lra; try lia. Qed.

(** All of it. *)
Definition certificate := (conj confining (conj infinitely_differentiable integrable)).
Print Assumptions certificate.
