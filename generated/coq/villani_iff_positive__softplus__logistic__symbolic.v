(** L is a Villani function for every n, p, d, data and a and every s > 0 if lambda > 0; for lambda <= 0 it is not: V2 fails for every lambda <= 0: on the instance n = p = 1, d = 2, a_1 = 1, x_1 = (1, 0), y_1 = 1, W(t) = t (0, 1), L(W(t)) = l(sigma(0), 1) + (lambda/2) t^2, whose limit is l(sigma(0), 1) for lambda = 0, -oo for lambda < 0

    certificate: villani_iff_positive__softplus__logistic__symbolic.json
    digest:      7f985c8c94aa522a7ad52e4c0b15063d861593c072a7baacc5e09b0882513a3e
    activation:  log(1 + exp(z))
    loss:        logistic

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror Tactics.
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

Lemma asymptotes : forall t, Rabs (sigma t - (1 * Rmax t 0 + 0 * Rmin t 0)) <= ln 2.
Proof. intros t. rewrite <- sigma_same. apply softplus_asymptotes. Qed.

(** for any data and outer weights, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  signs n y ->
  Villani p d (objective n p d x y a lam sigma logistic) s.
Proof. intros. apply (villani_logistic sigma sigma1 sigma2 1 (1 / 4) activation); auto; try lra; try lia. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma logistic) W.
Proof. intros. apply (confining_logistic sigma n p d x y a lam M W); auto; try lra; try lia. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the bounded route, for data and outer weights within the constants *)
Theorem radius : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  signs n y ->
  Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf ->
  0 <= M ->
  radius_bounded lam s (G Lam a2 1 1) ((K X2 a1 a2 1 (1 / 4) 1 (1 / 4)) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma logistic) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. apply (v4_logistic sigma sigma1 sigma2 1 (1 / 4) activation n p d x y a lam s Lam X2 Bx By Y1 Y2 a1 a2 ainf Dat M W); [lra | lra | lra | assumption | exact Hr]. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma logistic).
Proof. intros. destruct smooth_sigma as [g [Tg Eg]]. apply (objective_V1 n p d x y a lam sigma logistic g h_logistic); auto using tower_logistic, h_logistic_0. Qed.

(** V2 fails on an instance with n = p = 1, d = 2, for every lambda <= 0 *)
Theorem not_confining : forall lam, lam <= 0 -> ~ V2 1 2 (objective 1 1 2 x_instance (fun _ => 1) (fun _ => 1) lam sigma logistic).
Proof. intros lam Hlam. exact (refute_instance lam sigma logistic logistic1 1 d_logistic Hlam). Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining (conj radius (conj infinitely_differentiable not_confining)))).
Print Assumptions certificate.
