(** L is a Villani function for every n, p, d, data and a and every s > 0 if lambda > 0; for lambda <= 0 it is not: V2 fails for every lambda <= 0: sigma is bounded, so R is bounded by a number and L <= sup R + (lambda/2) t^2 along W(t) = t U for every U with ||U||_F = 1

    certificate: villani_iff_positive__tanh__squared__symbolic.json
    digest:      4570621f2b6a4bc9f4dc2f09c92b92aff2865b3f19fd4f10640e25dcbb273244
    activation:  tanh(z)
    loss:        squared

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

(** The activation and its constants over all of R. *)

Definition sigma (z : R) : R := (tanh z).

Definition sigma1 : R -> R := tanh1.

Definition sigma2 : R -> R := tanh2.

Lemma sigma_same : forall z, tanh z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same act_tanh)). Qed.

Lemma activation : Activation sigma sigma1 sigma2 1 (1539600718301 / 2000000000000).
Proof. apply (act_ext tanh); [exact sigma_same|]. eapply act_weaken; [exact act_tanh|numeric|numeric]. Qed.

Lemma euler_defect : euler sigma sigma1 0 (4477432048287 / 10000000000000).
Proof. apply (euler_ext tanh); [exact sigma_same|]. eapply euler_weaken; [exact euler_tanh|numeric]. Qed.

Lemma bounded_sigma : bounded sigma 1.
Proof. apply (bounded_ext tanh); [exact sigma_same|]. eapply bounded_weaken; [exact bounded_tanh|numeric]. Qed.

Lemma range_sigma : forall t, (-1) <= sigma t <= 1.
Proof. intros t. pose proof (bounded_sigma t) as H. apply Rabs_le_between in H. lra. Qed.

Lemma sigma_0 : Rabs (sigma 0) <= 0.
Proof. rewrite <- sigma_same. at_zero. Qed.

(** for any data and outer weights, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. apply (villani_reach sigma sigma1 sigma2 1 (1539600718301 / 2000000000000) activation squared squared1 squared2 loss_squared n p d x y a lam s 1); first [assumption | lra | lia | exact bounded_sigma]. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the bounded route, for data and outer weights within the constants *)
Theorem radius : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf ->
  0 <= M ->
  radius_bounded lam s (G Lam a2 1 (By + a1 * 1)) ((K X2 a1 a2 1 (1539600718301 / 2000000000000) (By + a1 * 1) 1) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. pose proof (residual_symbolic sigma n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf Dat 1 bounded_sigma) as S1. assert (S2 : forall (V : weights) i, (i < n)%nat -> Rabs (squared2 (y i) (net p d x a sigma V i)) <= 1) by (intros; unfold squared2; rewrite Rabs_R1; lra). apply (v4_any sigma sigma1 sigma2 1 (1539600718301 / 2000000000000) activation squared squared1 squared2 loss_squared n p d x y a lam s Lam X2 Bx By Y1 Y2 a1 a2 ainf Dat (By + a1 * 1) 1 S1 S2 M W); [lra | lra | lra | exact Hr]. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma squared).
Proof. intros. exact (any_V1 sigma squared squared1 squared2 smooth_sigma loss_squared n p d x y a lam). Qed.

(** V2 fails for any data, for every lambda <= 0 *)
Theorem not_confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R),
  lam <= 0 ->
  (0 < n)%nat ->
  (0 < p)%nat ->
  (0 < d)%nat ->
  ~ V2 p d (objective n p d x y a lam sigma squared).
Proof. intros. apply (refute_bounded n p d x y a lam sigma squared squared1 (loss_d loss_squared) ltac:(lra) 1); auto using bounded_sigma; unfold n, p, d; lia. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining (conj radius (conj infinitely_differentiable not_confining)))).
Print Assumptions certificate.
