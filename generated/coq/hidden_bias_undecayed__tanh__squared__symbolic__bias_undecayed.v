(** V2 fails for every lambda: along b(t) = -t for the bias of a unit of layer 1, L stays bounded while all else is in a ball

    certificate: hidden_bias_undecayed__tanh__squared__symbolic__bias_undecayed.json
    digest:      b8b50a7b8175aa0882c62dab1e85b70c0d9a5636def44d470ff692fafa3c798e
    activation:  tanh(z)
    loss:        squared
    net:         depth 2: layer 1 trained, layer 2 fixed; biases of layer 1 trained without decay; decay lambda
    not proved here: V3 fails (hidden bias): no theorem of the library

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

Lemma activation : Activation sigma sigma1 sigma2 (111 / 100) (17 / 20).
Proof. apply (act_ext tanh); [exact sigma_same|]. eapply act_weaken; [exact act_tanh|numeric|numeric]. Qed.

Lemma bounded_sigma : bounded sigma (11 / 10).
Proof. apply (bounded_ext tanh); [exact sigma_same|]. eapply bounded_weaken; [exact bounded_tanh|numeric]. Qed.

Lemma range_sigma : forall t, (-11 / 10) <= sigma t <= (11 / 10).
Proof. intros t. pose proof (bounded_sigma t) as H. apply Rabs_le_between in H. lra. Qed.

(** hidden biases without decay under fixed outer weights: V2 fails for any data *)
Theorem hidden_bias : forall (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (a : nat -> R),
  (0 < n)%nat ->
  (0 < p)%nat ->
  (forall j, mu j d = 0) ->
  ~ V2 p (S d) (cost n p (S d) y mu (biased p d x sigma a) squared).
Proof. intros. apply (hidden_bias_refuted n p d x y mu sigma squared squared1 d_squared) with (e := 1) (S0 := (11 / 10)); first [assumption | left; reflexivity | right; reflexivity | intros; apply bounded_sigma]. Qed.

(** All of it. *)
Definition certificate := hidden_bias.
Print Assumptions certificate.
