(** L is a Villani function for every lambda > lambda_alpha and every s > 0

    certificate: squared_line__z_2_sin_z__squared__symbolic.json
    digest:      cf1c66a79699a3d52c88425040331ebb97990fa20b9f11a3f7d66148608afb88
    activation:  z + 2*sin(z)
    loss:        squared

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

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

(** for any data and outer weights, every lambda > alpha fall a_2^2 Lambda_S and every s > 0, the objective is a Villani function *)
Theorem villani : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam a2 : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  (forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v) ->
  0 <= Lam ->
  0 <= a2 ->
  Sum p (fun j => (a j)^2) <= a2^2 ->
  1 * 1 * a2^2 * Lam < lam ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (Hline : near_line sigma 1 (Rabs 2)) by (apply (near_ext _ _ (1) _ _ sigma_same); [lra|apply near_wavy]). assert (Hfall : forall t, - 1 <= sigma1 t) by (intros t; unfold sigma1; apply Rle_trans with (- (Rabs 2 - 1)); [unfold Rabs; destruct Rcase_abs; lra|apply fall_wavy]). apply (villani_squared_fall sigma sigma1 sigma2 3 (10000000003 / 5000000000) activation n p d x y a lam s 1 (Rabs 2) 1 Lam a2); first [exact Hline | exact Hfall | assumption | lra | lia]. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the line route, for data and outer weights within the constants *)
Theorem radius : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf ->
  0 <= M ->
  1 * 1 * a2^2 * Lam < lam ->
  radius_quadratic lam (s * (Q_fall lam Lam a2 3 1 1)^2) (J_fall lam Lam By a1 a2 3 1 (Rabs 2) 1) (A X2 Bx a1 a2 3 (10000000003 / 5000000000)) ((B X2 By a1 a2 3 (10000000003 / 5000000000) 0) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (Hline : near_line sigma 1 (Rabs 2)) by (apply (near_ext _ _ (1) _ _ sigma_same); [lra|apply near_wavy]). assert (Hfall : forall t, - 1 <= sigma1 t) by (intros t; unfold sigma1; apply Rle_trans with (- (Rabs 2 - 1)); [unfold Rabs; destruct Rcase_abs; lra|apply fall_wavy]). apply (v4_squared_fall sigma sigma1 sigma2 3 (10000000003 / 5000000000) activation n p d x y a lam s Lam X2 Bx By Y1 Y2 a1 a2 ainf Dat 1 (Rabs 2) 1 0 M W); first [exact Hline | exact Hrise | exact Hfall | exact sigma_0 | exact Hr | assumption | lra]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
