(** V4 fails for 0 <= lambda < lambda_c and every s > 0: on the instance n = p = d = 1, a_1 = x_1 = 1, y_1 = 0: zeros W_k -> oo of L', where L' changes sign from - to +, ||grad L||^2/s - Laplacian L = -L'' <= 0; lambda_c = 1*sup(-sigma')

    certificate: escaping_critical_points__z_2_sin_z__squared__symbolic.json
    digest:      fabb5c9b65c18abbf41a8e70bdbcd740cf584aa26181eaed6f23ba64b25e92c6
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

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma squared).
Proof. intros. exact (any_V1 sigma squared squared1 squared2 smooth_sigma loss_squared n p d x y a lam). Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** V3 for any data: the integrals of exp(-2 L/s) over cubes stay bounded *)
Theorem integrable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  V3 p d (objective n p d x y a lam sigma squared) s.
Proof. intros. apply (any_V3 sigma squared squared1 squared2 smooth_sigma loss_squared n p d x y a lam s 0); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** V4 fails on the instance n = p = d = 1, x_1 = a_1 = 1, y_1 = 0, for every 0 <= lambda < 1 and every s > 0 *)
Theorem escape : forall (lam s : R),
  0 <= lam < 2 - 1 ->
  0 < s ->
  ~ V4 1 1 (objective 1 1 1 (fun _ _ => 1) (fun _ => 0) (fun _ => 1) lam sigma squared) s.
Proof. intros. replace sigma with (wavy 2) by (apply FunctionalExtensionality.functional_extensionality; exact sigma_same). apply refute_escaping; lra. Qed.

(** All of it. *)
Definition certificate := (conj infinitely_differentiable (conj confining (conj integrable escape))).
Print Assumptions certificate.
