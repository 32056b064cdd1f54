(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: softplus.json
    digest:      a8e82ddd3a1f4987168f4ab68adc8114961dfddf0d1edb7e41de4417b3129219
    activation:  log(1 + exp(z))
    loss:        squared

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

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

(** for any data and outer weights, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. apply (villani_squared_euler sigma sigma1 sigma2 1 (1 / 4) activation n p d x y a lam s 1 (6931471807679 / 10000000000000)); auto using euler_defect; try lra; try lia. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the euler route, for data and outer weights within the constants *)
Theorem radius : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf ->
  0 <= M ->
  Rmax 1 (radius_quadratic lam s ((C_euler a1 1 (6931471807679 / 10000000000000) Y1 Y2) + 0) (A X2 Bx a1 a2 1 (1 / 4)) ((B X2 By a1 a2 1 (1 / 4) (6931471807679 / 10000000000000)) + lam * (INR p * INR d)) M) <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. unfold radius_euler in *; apply (v4_squared_euler sigma sigma1 sigma2 1 (1 / 4) activation n p d x y a lam s Lam X2 Bx By Y1 Y2 a1 a2 ainf Dat 1 (6931471807679 / 10000000000000) (6931471807679 / 10000000000000) M W); [lra | lra | lra | lra | exact euler_defect | exact sigma_0 | exact Hr]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
