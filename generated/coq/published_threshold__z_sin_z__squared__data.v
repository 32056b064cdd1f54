(** L is a Villani function for every lambda > G1 and every s > 0

    certificate: published_threshold__z_sin_z__squared__data.json
    digest:      5e9953e5632d84fa5dd2b423e0aedddf00543eb90f0dad8470d006145909e1ea
    activation:  z + sin(z)
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

Definition sigma (z : R) : R := (z + (sin z)).

Lemma b_integer : exists q : Z, 1 = IZR q.
Proof. exists (1)%Z. reflexivity. Qed.

Definition sigma1 : R -> R := (wavy1 1).

Definition sigma2 : R -> R := (wavy2 1).

Lemma sigma_same : forall z, (wavy 1) z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same (act_wavy 1 b_integer))). Qed.

Lemma activation : Activation sigma sigma1 sigma2 2 (10000000003 / 10000000000).
Proof. apply (act_ext (wavy 1)); [exact sigma_same|]. eapply act_weaken; [exact (act_wavy 1 b_integer)|numeric|numeric]. Qed.

Lemma sigma_0 : Rabs (sigma 0) <= 0.
Proof. rewrite <- sigma_same. at_zero. Qed.

(** for any data within the constants and outer weights, every lambda > G1, G1 <= (9798729910149 / 100000000) and every s > 0, the objective is a Villani function *)
Theorem villani : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  0 < s ->
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  (9798729910149 / 100000000) < lam ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (HG : 2^2 * (sqrt (374785008386025 / 1125899906842624))^2 * (735914440473732589 / 10000000000000) <= (9798729910149 / 100000000)) by numeric. assert (0 <= 2^2 * (sqrt (374785008386025 / 1125899906842624))^2 * (735914440473732589 / 10000000000000)) by numeric. destruct Dat. apply (villani_squared_lipschitz sigma sigma1 sigma2 2 (10000000003 / 10000000000) activation n p d x y a lam s (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624))); auto; try lra; try lia. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the lipschitz route, for data and outer weights within the constants *)
Theorem radius : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (M : R) (W : weights),
  0 < s ->
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  0 <= M ->
  (G1 (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624)) 2) < lam ->
  radius_quadratic (lam - (G1 (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624)) 2)) s (G0 (735914440473732589 / 10000000000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 2 0) (A (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 2 (10000000003 / 10000000000)) ((B (413028005018937 / 5525000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 2 (10000000003 / 10000000000) 0) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. apply (v4_squared_lipschitz sigma sigma1 sigma2 2 (10000000003 / 10000000000) activation n p d x y a lam s (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) Dat 0 M W); [lra | lra | exact sigma_0 | lra | first [exact Hr | eapply Rle_trans; [exact Hmono|exact Hr]]]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
