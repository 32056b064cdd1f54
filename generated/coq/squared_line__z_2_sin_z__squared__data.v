(** L is a Villani function for every lambda > lambda_alpha and every s > 0

    certificate: squared_line__z_2_sin_z__squared__data.json
    digest:      62793058f14c84b7b8dcb6942e8def2411dc1041615999d613cc9d6c0ce193b7
    activation:  z + 2*sin(z)
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

(** for any data within the constants and outer weights, every lambda > lambda_alpha, lambda_alpha <= (1224841238769 / 50000000) and every s > 0, the objective is a Villani function *)
Theorem villani : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  0 < lam ->
  0 < s ->
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  (1224841238769 / 50000000) < lam ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (Hline : near_line sigma 1 (Rabs 2)) by (apply (near_ext _ _ (1) _ _ sigma_same); [lra|apply near_wavy]). assert (Hfall : forall t, - 1 <= sigma1 t) by (intros t; unfold sigma1; apply Rle_trans with (- (Rabs 2 - 1)); [unfold Rabs; destruct Rcase_abs; lra|apply fall_wavy]). assert (Hab : 1 * 1 * (sqrt (374785008386025 / 1125899906842624))^2 * (735914440473732589 / 10000000000000) <= (1224841238769 / 50000000)) by numeric. destruct Dat. apply (villani_squared_fall sigma sigma1 sigma2 3 (10000000003 / 5000000000) activation n p d x y a lam s 1 (Rabs 2) 1 (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624))); first [exact Hline | exact Hfall | assumption | lra | lia]. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the line route, for data and outer weights within the constants *)
Theorem radius : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  0 <= M ->
  1 * 1 * (sqrt (374785008386025 / 1125899906842624))^2 * (735914440473732589 / 10000000000000) < lam ->
  radius_quadratic lam (s * (Q_fall lam (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624)) 3 1 1)^2) (J_fall lam (735914440473732589 / 10000000000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 3 1 (Rabs 2) 1) (A (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 3 (10000000003 / 5000000000)) ((B (413028005018937 / 5525000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 3 (10000000003 / 5000000000) 0) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (Hline : near_line sigma 1 (Rabs 2)) by (apply (near_ext _ _ (1) _ _ sigma_same); [lra|apply near_wavy]). assert (Hfall : forall t, - 1 <= sigma1 t) by (intros t; unfold sigma1; apply Rle_trans with (- (Rabs 2 - 1)); [unfold Rabs; destruct Rcase_abs; lra|apply fall_wavy]). apply (v4_squared_fall sigma sigma1 sigma2 3 (10000000003 / 5000000000) activation n p d x y a lam s (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) Dat 1 (Rabs 2) 1 0 M W); first [exact Hline | exact Hrise | exact Hfall | exact sigma_0 | exact Hr | assumption | lra]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
