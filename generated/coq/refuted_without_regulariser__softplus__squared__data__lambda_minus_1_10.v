(** V2 fails for lambda = -1/10: sigma has straight asymptotes, whose slopes cancel in a_1 sigma + a_2 sigma, so R stays bounded along w_1(t) = t u/5778439/67108864, w_2(t) = t u/1925265/67108864 for the first outer weights 5778439/67108864 > 0 > -1925265/67108864, other rows 0, any unit u

    certificate: refuted_without_regulariser__softplus__squared__data__lambda_minus_1_10.json
    digest:      8eefdca8efbddbd2f92c2ee468f7613a30c0fc73a06d90ad524b8373b0ae30eb
    activation:  log(1 + exp(z))
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

Definition sigma (z : R) : R := (ln (1 + (exp z))).

Definition sigma1 : R -> R := sigmoid.

Definition sigma2 : R -> R := sigmoid1.

Lemma sigma_same : forall z, softplus z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same act_softplus)). Qed.

Lemma sigma_0 : Rabs (sigma 0) <= (6931471807679 / 10000000000000).
Proof. rewrite <- sigma_same. at_zero. Qed.

Lemma asymptotes : forall t, Rabs (sigma t - (1 * Rmax t 0 + 0 * Rmin t 0)) <= ln 2.
Proof. intros t. rewrite <- sigma_same. apply softplus_asymptotes. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma squared).
Proof. intros. exact (any_V1 sigma squared squared1 squared2 smooth_sigma loss_squared n p d x y a lam). Qed.

(** V2 fails for any data and two outer weights of the signs recorded, for lambda = -1/10 *)
Theorem not_confining : forall (x : nat -> nat -> R) (y a : nat -> R) (j1 j2 : nat),
  (j1 < p)%nat ->
  (j2 < p)%nat ->
  a j1 = (5778439 / 67108864) ->
  a j2 = (-1925265 / 67108864) ->
  ~ V2 p d (objective n p d x y a (-1 / 10) sigma squared).
Proof. intros. apply (refute_paired n p d x y a (-1 / 10) sigma squared squared1 (loss_d loss_squared) ltac:(lra) _ _ _ j1 j2) with (7 := asymptotes); try assumption; try lra; unfold n, p, d; lia. Qed.

(** All of it. *)
Definition certificate := (conj infinitely_differentiable not_confining).
Print Assumptions certificate.
