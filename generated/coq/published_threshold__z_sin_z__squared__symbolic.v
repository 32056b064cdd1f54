(** L is a Villani function for every lambda > G1 and every s > 0

    certificate: published_threshold__z_sin_z__squared__symbolic.json
    digest:      f5df1d4aa18ccf4a322ee2bcb8bb4e046517fd2fa297e66e54ad9b435bbad0d7
    activation:  z + sin(z)
    loss:        squared

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

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

(** for any data and outer weights, every lambda > G1 = M1^2 a_2^2 Lambda_S and every s > 0, the objective is a Villani function *)
Theorem villani : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam a2 : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  (forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v) ->
  0 <= Lam ->
  0 <= a2 ->
  Sum p (fun j => (a j)^2) <= a2^2 ->
  2^2 * a2^2 * Lam < lam ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof. intros. apply (villani_squared_lipschitz sigma sigma1 sigma2 2 (10000000003 / 10000000000) activation n p d x y a lam s Lam a2); auto; try lra; try lia. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the lipschitz route, for data and outer weights within the constants *)
Theorem radius : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R) (M : R) (W : weights),
  0 < s ->
  Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf ->
  0 <= M ->
  (G1 Lam a2 2) < lam ->
  radius_quadratic (lam - (G1 Lam a2 2)) s (G0 Lam By a1 a2 2 0) (A X2 Bx a1 a2 2 (10000000003 / 10000000000)) ((B X2 By a1 a2 2 (10000000003 / 10000000000) 0) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. apply (v4_squared_lipschitz sigma sigma1 sigma2 2 (10000000003 / 10000000000) activation n p d x y a lam s Lam X2 Bx By Y1 Y2 a1 a2 ainf Dat 0 M W); [lra | lra | exact sigma_0 | lra | exact Hr]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
