(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: cross_entropy__softplus__cross_entropy__symbolic.json
    digest:      85bbbf1ecef0050cff0a448d70b6066757899136da46314a9177aef7390cd72e
    activation:  log(1 + exp(z))
    loss:        cross-entropy
    net:         depth 2: layer 1 trained, layer 2 fixed; decay lambda
    not proved here: the radius beyond which V4 holds: the file says that there is one

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v); cost (Curve.v), chain_cost (Chain.v), both_cost (Two.v), many_cost (Outputs.v), cross_entropy (CrossEntropy.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Curve Fit Chain Two Threshold Sharp Outputs CrossEntropy ManySquares Bias NetVillani Tactics.
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

(** for any data of any number of classes, any width and any fixed outer matrix, every lambda > 0 and every s > 0, the objective with cross-entropy is a Villani function *)
Theorem villani : forall (n p d q : nat) (x A : nat -> nat -> R) (y : nat -> nat) (lam s : R),
  (0 < n)%nat ->
  (forall i, (i < n)%nat -> (y i < q)%nat) ->
  0 < lam ->
  0 < s ->
  Villani p d (many_cost n p d x A lam sigma (fun i F => cross_entropy q (y i) F)) s.
Proof. intros. apply (villani_cross_entropy n p d q x A y lam sigma sigma1 sigma2 1 (1 / 4) activation); assumption. Qed.

(** All of it. *)
Definition certificate := villani.
Print Assumptions certificate.
