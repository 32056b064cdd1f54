(** for dW = -grad L dt + sqrt(s) dB from W_0 ~ N(0, v_0 I), for lambda = 1 and s = 1: E L(W_t) - min L <= eps + A_2 exp(chi/2 - t (lambda/q) exp(-xi)) for every t >= 0

    certificate: rate_of_an_instance__sigmoid__logistic__data__lambda_1.json
    digest:      3c0b35cff0f5eda38eb65fdd6e1999029592d1416202a86bd62417e03abfbc83
    activation:  1/(1 + exp(-z))
    loss:        logistic
    data:        diabetes.csv, target progression, 442 x 10; outer weights: width 64, seed 0
    not proved here: the constants of dissipativity and of the rate are not in the Coq library

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

Definition sigma (z : R) : R := (1 / (1 + (exp (- z)))).

Definition sigma1 : R -> R := sigmoid1.

Definition sigma2 : R -> R := sigmoid2.

Lemma sigma_same : forall z, sigmoid z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same act_sigmoid)). Qed.

Lemma activation : Activation sigma sigma1 sigma2 (1 / 4) (9622504489381 / 100000000000000).
Proof. apply (act_ext sigmoid); [exact sigma_same|]. eapply act_weaken; [exact act_sigmoid|numeric|numeric]. Qed.

Lemma euler_defect : euler sigma sigma1 0 (139919751509 / 625000000000).
Proof. apply (euler_ext sigmoid); [exact sigma_same|]. eapply euler_weaken; [exact euler_sigmoid|numeric]. Qed.

Lemma bounded_sigma : bounded sigma 1.
Proof. apply (bounded_ext sigmoid); [exact sigma_same|]. eapply bounded_weaken; [exact bounded_sigmoid|numeric]. Qed.

Lemma range_sigma : forall t, 0 <= sigma t <= 1.
Proof. intros t. rewrite <- sigma_same. apply sigmoid_in. Qed.

(** for any data and outer weights, lambda = 1 and s = 1, the objective is a Villani function *)
Theorem villani : forall (x : nat -> nat -> R) (y a : nat -> R),
  signs n y ->
  Villani p d (objective n p d x y a 1 sigma logistic) 1.
Proof. intros. assert (S1 : forall i t, (i < n)%nat -> Rabs (logistic1 (y i) t) <= 1) by (apply logistic1_le; assumption). assert (S2 : forall i t, (i < n)%nat -> Rabs (logistic2 (y i) t) <= (1 / 4)) by (apply logistic2_le; assumption). apply (villani_slope sigma sigma1 sigma2 (1 / 4) (9622504489381 / 100000000000000) activation logistic logistic1 logistic2 loss_logistic n p d x y a 1 1 1 (1 / 4) S1 S2); first [assumption | lra | lia]. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (M : R) (W : weights),
  0 <= M ->
  sqrt (2 * M / 1) <= frob p d W ->
  M <= (objective n p d x y a 1 sigma logistic) W.
Proof. intros. apply (any_confining_0 sigma logistic n p d x y a 1 M W); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the bounded route, for data and outer weights within the constants *)
Theorem radius : forall (x : nat -> nat -> R) (y a : nat -> R) (M : R) (W : weights),
  signs n y ->
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 1 1 1 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  0 <= M ->
  radius_bounded 1 1 (3912865575977 / 100000000000) ((1434356030911 / 50000000) + 1 * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a 1 sigma logistic) 1 W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (S1 : forall i t, (i < n)%nat -> Rabs (logistic1 (y i) t) <= 1) by (apply logistic1_le; assumption). assert (S2 : forall i t, (i < n)%nat -> Rabs (logistic2 (y i) t) <= (1 / 4)) by (apply logistic2_le; assumption). pose proof (fun (V : weights) i Hi => S1 i (net p d x a sigma V i) Hi) as S1W. pose proof (fun (V : weights) i Hi => S2 i (net p d x a sigma V i) Hi) as S2W. clear S1 S2. rename S1W into S1, S2W into S2. assert (HG : (G (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624)) (1 / 4) 1) <= (3912865575977 / 100000000000)) by (unfold G; numeric). assert (HK : (K (413028005018937 / 5525000000) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (1 / 4) (9622504489381 / 100000000000000) 1 (1 / 4)) <= (1434356030911 / 50000000)) by (unfold K; numeric). pose proof (radius_bounded_mono 1 1 (G (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624)) (1 / 4) 1) ((K (413028005018937 / 5525000000) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (1 / 4) (9622504489381 / 100000000000000) 1 (1 / 4)) + 1 * (INR p * INR d)) M (3912865575977 / 100000000000) ((1434356030911 / 50000000) + 1 * (INR p * INR d)) ltac:(lra) ltac:(lra) HG ltac:(lra)) as Hmono. apply (v4_any sigma sigma1 sigma2 (1 / 4) (9622504489381 / 100000000000000) activation logistic logistic1 logistic2 loss_logistic n p d x y a 1 1 (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 1 1 1 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) Dat 1 (1 / 4) S1 S2 M W); [lra | lra | lra | first [exact Hr | eapply Rle_trans; [exact Hmono|exact Hr]]]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
