(** for dW = -grad L dt + sqrt(s) dB from W_0 ~ N(0, v_0 I), for lambda = 1 and s = 1: E L(W_t) - min L <= eps + A_2 exp(chi/2 - t (lambda/q) exp(-xi)) for every t >= 0

    certificate: rate_of_an_instance__softplus__squared__data__lambda_1.json
    digest:      a1cae345c1b265ef897de5a2a08d7dd3d9384b54a14f66dcfe80aff1640d43c1
    activation:  log(1 + exp(z))
    loss:        squared
    data:        diabetes.csv, target progression, 442 x 10; outer weights: width 64, seed 0
    not proved here: the constants of dissipativity and of the rate are not in the Coq library

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

Lemma activation : Activation sigma sigma1 sigma2 1 (1 / 4).
Proof. apply (act_ext softplus); [exact sigma_same|]. eapply act_weaken; [exact act_softplus|numeric|numeric]. Qed.

Lemma euler_defect : euler sigma sigma1 1 (6931471807679 / 10000000000000).
Proof. apply (euler_ext softplus); [exact sigma_same|]. eapply euler_weaken; [exact euler_softplus|numeric]. Qed.

Lemma sigma_0 : Rabs (sigma 0) <= (6931471807679 / 10000000000000).
Proof. rewrite <- sigma_same. at_zero. Qed.

Lemma asymptotes : forall t, Rabs (sigma t - (1 * Rmax t 0 + 0 * Rmin t 0)) <= ln 2.
Proof. intros t. rewrite <- sigma_same. apply softplus_asymptotes. Qed.

(** for any data and outer weights, lambda = 1 and s = 1, the objective is a Villani function *)
Theorem villani : forall (x : nat -> nat -> R) (y a : nat -> R),
  Villani p d (objective n p d x y a 1 sigma squared) 1.
Proof. intros. apply (villani_squared_euler sigma sigma1 sigma2 1 (1 / 4) activation n p d x y a 1 1 1 (6931471807679 / 10000000000000)); auto using euler_defect; try lra; try lia. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (M : R) (W : weights),
  0 <= M ->
  sqrt (2 * M / 1) <= frob p d W ->
  M <= (objective n p d x y a 1 sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a 1 M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the euler route, for data and outer weights within the constants *)
Theorem radius : forall (x : nat -> nat -> R) (y a : nat -> R) (M : R) (W : weights),
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  0 <= M ->
  Rmax 1 (radius_quadratic 1 1 (1869474370271 / 250000000) (1769976951091 / 100000) ((160397967353 / 6250) + 1 * (INR p * INR d)) M) <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a 1 sigma squared) 1 W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (HE : 0 <= (C_euler (132000279 / 33554432) 1 (6931471807679 / 10000000000000) (67243 / 442) (12850921 / 442)) + 0 <= (1869474370271 / 250000000)) by (unfold C_euler, C_zero, D_zero, gam; split; numeric). assert (HA : 0 <= (A (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 (1 / 4)) <= (1769976951091 / 100000)) by (unfold A; split; numeric). assert (HB : (B (413028005018937 / 5525000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 (1 / 4) (6931471807679 / 10000000000000)) <= (160397967353 / 6250)) by (unfold B; numeric). pose proof (radius_quadratic_mono 1 1 ((C_euler (132000279 / 33554432) 1 (6931471807679 / 10000000000000) (67243 / 442) (12850921 / 442)) + 0) (A (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 (1 / 4)) ((B (413028005018937 / 5525000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 (1 / 4) (6931471807679 / 10000000000000)) + 1 * (INR p * INR d)) M (1869474370271 / 250000000) (1769976951091 / 100000) ((160397967353 / 6250) + 1 * (INR p * INR d)) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as Hmono. apply (v4_squared_euler sigma sigma1 sigma2 1 (1 / 4) activation n p d x y a 1 1 (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) Dat 1 (6931471807679 / 10000000000000) (6931471807679 / 10000000000000) M W); [lra | lra | lra | lra | exact euler_defect | exact sigma_0 | unfold radius_euler; apply Rmax_lub; [eapply Rle_trans; [|exact Hr]; apply Rmax_l|eapply Rle_trans; [exact Hmono|]; eapply Rle_trans; [|exact Hr]; apply Rmax_r]]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
