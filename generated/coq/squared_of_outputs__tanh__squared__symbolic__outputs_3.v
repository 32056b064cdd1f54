(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: squared_of_outputs__tanh__squared__symbolic__outputs_3.json
    digest:      e3461c946b109ac0683aacebe50d990755688be78042710b9c046fb0db123d98
    activation:  tanh(z)
    loss:        squared
    net:         depth 2: layer 1 trained, layer 2 fixed; decay lambda
    not proved here: the radius beyond which V4 holds: the file says that there is one

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v); cost (Curve.v), chain_cost (Chain.v), both_cost (Two.v), many_cost (Outputs.v), cross_entropy (CrossEntropy.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Curve Fit Chain Two Threshold Sharp Outputs CrossEntropy ManySquares Bias NetVillani Tactics.
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

Lemma bounded_sigma : bounded sigma 1.
Proof. apply (bounded_ext tanh); [exact sigma_same|]. eapply bounded_weaken; [exact bounded_tanh|numeric]. Qed.

Lemma range_sigma : forall t, (-1) <= sigma t <= 1.
Proof. intros t. pose proof (bounded_sigma t) as H. apply Rabs_le_between in H. lra. Qed.

(** for any data of any number of targets, any width and any fixed outer matrix, every lambda > 0 and every s > 0, the objective with the squared distance is a Villani function *)
Theorem villani : forall (n p d q : nat) (x A y : nat -> nat -> R) (lam s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  Villani p d (many_cost n p d x A lam sigma (distance q y)) s.
Proof. intros. apply (villani_many_squares n p d q x A y lam sigma sigma1 sigma2 1 (1539600718301 / 2000000000000) 1 activation bounded_sigma); assumption. Qed.

(** All of it. *)
Definition certificate := villani.
Print Assumptions certificate.
