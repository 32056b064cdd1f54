(** L is a Villani function for lambda = 1/100 and 0 < s < s_0

    certificate: two_layers_own_decays__tanh__squared__symbolic__depth_2_train_all_decay_1_1_100_2_1_10.json
    digest:      bc6e522ffd7628f7825afcf7e6997dbb77ae900da31d03e5043901c819566b5f
    activation:  tanh(z)
    loss:        squared
    net:         depth 2: layers 1 and 2 trained; decay lambda, 1/10 of layer 2

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

Lemma bounded_sigma : bounded sigma 1.
Proof. apply (bounded_ext tanh); [exact sigma_same|]. eapply bounded_weaken; [exact bounded_tanh|numeric]. Qed.

Lemma range_sigma : forall t, (-1) <= sigma t <= 1.
Proof. intros t. pose proof (bounded_sigma t) as H. apply Rabs_le_between in H. lra. Qed.

(** both layers trained, any data with mean |x|^2 <= X2 and |x_i|^2 <= B_x^2 and any width: the objective is a Villani function for every s with 0 < s < s_0, s_0 = 4 (lambda_a - m_a)/A_e + m_a^2/A_a, A_a = X2, A_e = 1/2 p B_x^2, m_a = min(lambda_a, 2 A_a/A_e) *)
Theorem villani : forall (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (lamW lama X2 Bx2 s : R),
  (0 < n)%nat ->
  (0 < p)%nat ->
  0 < lamW ->
  0 < lama ->
  0 < X2 ->
  0 < Bx2 ->
  mean n (fun i => dot d (x i) (x i)) <= X2 ->
  (forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx2) ->
  0 < s < threshold lama (1 * X2) ((1 / 2) * INR p * Bx2) ->
  Villani p (S d) (both_cost n p d x y (decays d lamW lama) sigma squared) s.
Proof. intros. apply (villani_both n p d x y sigma lamW lama smooth_sigma) with (sigma1 := sigma1) (sigma2 := sigma2) (M1 := (111 / 100)) (M2 := (17 / 20)) (S0 := 1) (T := 1) (c := (1 / 2)) (X2 := X2) (Bx2 := Bx2); first [assumption | exact activation | exact bounded_sigma | exact defect_tanh | lra]. Qed.

(** All of it. *)
Definition certificate := villani.
Print Assumptions certificate.
