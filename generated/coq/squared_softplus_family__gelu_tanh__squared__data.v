(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: squared_softplus_family__gelu_tanh__squared__data.json
    digest:      a782272a0940c45ad87222b5ac6b3dcac9b84769da34eb3acc615c7fcc607718
    activation:  z*(1 + tanh(sqrt(2/pi)*(z + 8943/200000*z^3)))/2
    loss:        squared
    data:        diabetes.csv, target progression, 442 x 10; outer weights: width 64, seed 0
    not proved here: no lemma bounds sup |sigma'|: an exponential of something that is not a polynomial with rational coefficients is beyond the generated lemmas

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

Definition sigma (z : R) : R := ((z * (1 + (tanh ((sqrt (2 / PI)) * (z + ((8943 / 200000) * (z ^ 3))))))) / 2).

Definition t_sigma : term := (Mul (Mul X (Add (Int 1) (Add (Mul (Int 2) (Inv (Add (Int 1) (Exp (Opp (Mul (Int 2) (Mul (Sqrt (Mul (Int 2) (Inv Pi))) (Add X (Mul (Mul (Int 8943) (Inv (Int 200000))) (Mul (Mul X X) X)))))))))) (Int (-1))))) (Inv (Int 2))).

Lemma ok_sigma : ok t_sigma.
Proof. unfold t_sigma. valid_term. Qed.

Lemma sigma_same : forall z, ev t_sigma z = sigma z.
Proof. unfold sigma, t_sigma. same_term. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (term_smooth t_sigma sigma ok_sigma sigma_same). Qed.

Definition sigma1 : R -> R := ev (D t_sigma).

Definition sigma2 : R -> R := ev (D (D t_sigma)).

Lemma sigma_0 : Rabs (sigma 0) <= (1 / 1000000000000).
Proof. rewrite <- sigma_same. cbv [ev t_sigma]. term_at_zero. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma squared) W.
Proof. intros. apply (any_confining_0 sigma squared n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** V1 for any data *)
Theorem infinitely_differentiable : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R), V1 p d (objective n p d x y a lam sigma squared).
Proof. intros. exact (any_V1 sigma squared squared1 squared2 smooth_sigma loss_squared n p d x y a lam). Qed.

(** V3 for any data: the integrals of exp(-2 L/s) over cubes stay bounded *)
Theorem integrable : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  0 < lam ->
  0 < s ->
  V3 p d (objective n p d x y a lam sigma squared) s.
Proof. intros. apply (any_V3 sigma squared squared1 squared2 smooth_sigma loss_squared n p d x y a lam s 0); first [assumption | lra | lia | solve [intros; apply squared_nonneg]]. Qed.

(** All of it. *)
Definition certificate := (conj confining (conj infinitely_differentiable integrable)).
Print Assumptions certificate.
