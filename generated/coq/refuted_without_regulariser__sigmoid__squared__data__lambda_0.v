(** V2 fails for lambda = 0: sigma is bounded, so R is bounded by a number and L <= sup R + (lambda/2) t^2 along W(t) = t U for every U with ||U||_F = 1

    certificate: refuted_without_regulariser__sigmoid__squared__data__lambda_0.json
    digest:      85b7156dce8af994e2481d9c52140bf43f35048828c97151eefaf34cf64b01ea
    activation:  1/(1 + exp(-z))
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

Definition sigma (z : R) : R := (1 / (1 + (exp (- z)))).

Definition sigma1 : R -> R := sigmoid1.

Definition sigma2 : R -> R := sigmoid2.

Lemma sigma_same : forall z, sigmoid z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same act_sigmoid)). Qed.

Lemma bounded_sigma : bounded sigma 1.
Proof. apply (bounded_ext sigmoid); [exact sigma_same|]. eapply bounded_weaken; [exact bounded_sigmoid|numeric]. Qed.

Lemma range_sigma : forall t, 0 <= sigma t <= 1.
Proof. intros t. rewrite <- sigma_same. apply sigmoid_in. Qed.

Lemma sigma_0 : Rabs (sigma 0) <= (1 / 2).
Proof. rewrite <- sigma_same. at_zero. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma squared).
Proof. intros. exact (any_V1 sigma squared squared1 squared2 smooth_sigma loss_squared n p d x y a lam). Qed.

(** V2 fails for any data, for lambda = 0 *)
Theorem not_confining : forall (x : nat -> nat -> R) (y a : nat -> R),
  ~ V2 p d (objective n p d x y a 0 sigma squared).
Proof. intros. apply (refute_bounded n p d x y a 0 sigma squared squared1 (loss_d loss_squared) ltac:(lra) 1); unfold n, p, d in *; auto using bounded_sigma; unfold n, p, d; lia. Qed.

(** All of it. *)
Definition certificate := (conj infinitely_differentiable not_confining).
Print Assumptions certificate.
