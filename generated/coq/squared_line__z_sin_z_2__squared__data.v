(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: squared_line__z_sin_z_2__squared__data.json
    digest:      a45bfa1d22acd922a35f122ff5b4522c1e34015ced3f8a876bc159b626992f4a
    activation:  z + sin(z)^2
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

Definition sigma (z : R) : R := (z + ((sin z) ^ 2)).

Definition sigma1 : R -> R := snake1.

Definition sigma2 : R -> R := snake2.

Lemma sigma_same : forall z, snake z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same act_snake)). Qed.

Lemma activation : Activation sigma sigma1 sigma2 (10000000003 / 5000000000) 2.
Proof. apply (act_ext snake); [exact sigma_same|]. eapply act_weaken; [exact act_snake|numeric|numeric]. Qed.

Lemma sigma_0 : Rabs (sigma 0) <= 0.
Proof. rewrite <- sigma_same. at_zero. Qed.

(** for any data and outer weights, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  0 < lam ->
  0 < s ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. assert (Hline : near_line sigma 1 (1)) by (apply (near_ext _ _ (1) _ _ sigma_same); [lra|apply near_snake]). assert (Hrise : forall t, 0 <= sigma1 t) by (intros t; apply rise_snake). apply (villani_squared_line sigma sigma1 sigma2 (10000000003 / 5000000000) 2 activation n p d x y a lam s 1 (1)); first [exact Hline | exact Hrise | lra | lia]. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the monotone route, for data and outer weights within the constants *)
Theorem radius : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  0 <= M ->
  radius_quadratic lam (s * (Q_line lam (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624)) (10000000003 / 5000000000) 1)^2) (J_line lam (735914440473732589 / 10000000000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (10000000003 / 5000000000) 1 (1)) (A (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (10000000003 / 5000000000) 2) ((B (413028005018937 / 5525000000) 346 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (10000000003 / 5000000000) 2 0) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (Hline : near_line sigma 1 (1)) by (apply (near_ext _ _ (1) _ _ sigma_same); [lra|apply near_snake]). assert (Hrise : forall t, 0 <= sigma1 t) by (intros t; apply rise_snake). apply (v4_squared_line sigma sigma1 sigma2 (10000000003 / 5000000000) 2 activation n p d x y a lam s (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 346 (67243 / 442) (12850921 / 442) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) Dat 1 (1) 0 M W); first [exact Hline | exact Hrise | exact Hfall | exact sigma_0 | exact Hr | assumption | lra]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
