(** V2 fails for every lambda: along b(t) = -t for the bias of a unit of layer 1, L stays bounded while all else is in a ball

    certificate: hidden_bias_undecayed__softplus__squared__symbolic__bias_undecayed.json
    digest:      98d0c3b7d534051f3b9c619fd2b8a7c31ce0001f4df4b7b4c854538f622cea13
    activation:  log(1 + exp(z))
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

Definition sigma (z : R) : R := (ln (1 + (exp z))).

Definition sigma1 : R -> R := sigmoid.

Definition sigma2 : R -> R := sigmoid1.

Lemma sigma_same : forall z, softplus z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same act_softplus)). Qed.

Lemma activation : Activation sigma sigma1 sigma2 (11 / 10) (7 / 25).
Proof. apply (act_ext softplus); [exact sigma_same|]. eapply act_weaken; [exact act_softplus|numeric|numeric]. Qed.

Lemma asymptotes : forall t, Rabs (sigma t - (1 * Rmax t 0 + 0 * Rmin t 0)) <= ln 2.
Proof. intros t. rewrite <- sigma_same. apply softplus_asymptotes. Qed.

(** hidden biases without decay under fixed outer weights: V2 fails for any data *)
Theorem hidden_bias : forall (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (a : nat -> R),
  (0 < n)%nat ->
  (0 < p)%nat ->
  (forall j, mu j d = 0) ->
  ~ V2 p (S d) (cost n p (S d) y mu (biased p d x sigma a) squared).
Proof. intros. apply (hidden_bias_refuted n p d x y mu sigma squared squared1 d_squared) with (e := (-1)) (S0 := 1); first [assumption | left; reflexivity | right; reflexivity | intros; rewrite <- sigma_same; apply bounded_left_softplus; assumption]. Qed.

(** All of it. *)
Definition certificate := hidden_bias.
Print Assumptions certificate.
