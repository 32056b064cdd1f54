(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: squared_softplus_family__softplus_beta_4__squared__data.json
    digest:      b7dbd745d27ac30be1bc97bc77c2af708d8e50c796328f2870281a4e47d56ca7
    activation:  log(1 + exp(4*z))/4
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

Definition sigma (z : R) : R := ((ln (1 + (exp (4 * z)))) / 4).

Definition sigma1 : R -> R := (scaled1 sigmoid (1 / 4) 4).

Definition sigma2 : R -> R := (scaled2 sigmoid1 (1 / 4) 4).

Lemma sigma_same : forall z, (scaled softplus (1 / 4) 4) z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same (act_scaled _ _ _ _ _ (1 / 4) 4 act_softplus))). Qed.

Lemma activation : Activation sigma sigma1 sigma2 1 1.
Proof. apply (act_ext (scaled softplus (1 / 4) 4)); [exact sigma_same|]. eapply act_weaken; [apply act_scaled, act_softplus|numeric|numeric]. Qed.

Lemma euler_defect : euler sigma sigma1 1 (21660849399 / 125000000000).
Proof. apply (euler_ext (scaled softplus (1 / 4) 4)); [exact sigma_same|]. eapply euler_weaken; [apply euler_scaled, euler_softplus|numeric]. Qed.

Lemma sigma_0 : Rabs (sigma 0) <= (21660849399 / 125000000000).
Proof. rewrite <- sigma_same. at_zero. Qed.

(** for any data and outer weights, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  0 < lam ->
  0 < s ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. apply (villani_squared_euler sigma sigma1 sigma2 1 1 activation n p d x y a lam s 1 (21660849399 / 125000000000)); auto using euler_defect; try lra; try lia. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the euler route, for data and outer weights within the constants *)
Theorem radius : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  0 <= M ->
  Rmax 1 (radius_quadratic lam s (915073967519 / 125000000) (7079907804361 / 100000) ((509893085589 / 5000) + lam * (INR p * INR d)) M) <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (HE : 0 <= (C_euler (132000279 / 33554432) 1 (21660849399 / 125000000000) (67243 / 442) (12850921 / 442)) + 0 <= (915073967519 / 125000000)) by (unfold C_euler, C_zero, D_zero, gam; split; numeric). assert (HA : 0 <= (A (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 1) <= (7079907804361 / 100000)) by (unfold A; split; numeric). assert (HB : (B (413028005018937 / 5525000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 1 (21660849399 / 125000000000)) <= (509893085589 / 5000)) by (unfold B; numeric). pose proof (radius_quadratic_mono lam s ((C_euler (132000279 / 33554432) 1 (21660849399 / 125000000000) (67243 / 442) (12850921 / 442)) + 0) (A (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 1) ((B (413028005018937 / 5525000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 1 (21660849399 / 125000000000)) + lam * (INR p * INR d)) M (915073967519 / 125000000) (7079907804361 / 100000) ((509893085589 / 5000) + lam * (INR p * INR d)) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as Hmono. apply (v4_squared_euler sigma sigma1 sigma2 1 1 activation n p d x y a lam s (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) Dat 1 (21660849399 / 125000000000) (21660849399 / 125000000000) M W); [lra | lra | lra | lra | exact euler_defect | exact sigma_0 | unfold radius_euler; apply Rmax_lub; [eapply Rle_trans; [|exact Hr]; apply Rmax_l|eapply Rle_trans; [exact Hmono|]; eapply Rle_trans; [|exact Hr]; apply Rmax_r]]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
