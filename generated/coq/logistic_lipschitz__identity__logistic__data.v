(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: logistic_lipschitz__identity__logistic__data.json
    digest:      161119ea33dd57b38a7885658241ac8d172065a8ba6b29b4f87ad163eb8523e2
    activation:  z
    loss:        logistic
    data:        diabetes.csv, target progression, 442 x 10; outer weights: width 64, seed 0

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

Definition sigma (z : R) : R := z.

Definition sigma1 : R -> R := (fun _ : R => 1).

Definition sigma2 : R -> R := (fun _ : R => 0).

Lemma sigma_same : forall z, (fun z : R => z) z = sigma z.
Proof. unfold sigma. same. Qed.

Lemma smooth_sigma : smooth sigma.
Proof. exact (act_smooth (act_ext _ _ _ _ _ _ sigma_same act_identity)). Qed.

Lemma activation : Activation sigma sigma1 sigma2 1 0.
Proof. apply (act_ext (fun z : R => z)); [exact sigma_same|]. eapply act_weaken; [exact act_identity|numeric|numeric]. Qed.

(** for any data and outer weights, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  0 < lam ->
  0 < s ->
  signs n y ->
  Villani p d (objective n p d x y a lam sigma logistic) s.
Proof. intros. assert (S1 : forall i t, (i < n)%nat -> Rabs (logistic1 (y i) t) <= 1) by (apply logistic1_le; assumption). assert (S2 : forall i t, (i < n)%nat -> Rabs (logistic2 (y i) t) <= (1 / 4)) by (apply logistic2_le; assumption). apply (villani_slope sigma sigma1 sigma2 1 0 activation logistic logistic1 logistic2 loss_logistic n p d x y a lam s 1 (1 / 4) S1 S2); first [assumption | lra | lia]. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma logistic) W.
Proof. intros. apply (any_confining_0 sigma logistic n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the bounded route, for data and outer weights within the constants *)
Theorem radius : forall (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  signs n y ->
  Data n p d x y a (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 1 1 1 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) ->
  0 <= M ->
  radius_bounded lam s (1565146230391 / 10000000000) ((622113601677 / 100000000) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma logistic) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (S1 : forall i t, (i < n)%nat -> Rabs (logistic1 (y i) t) <= 1) by (apply logistic1_le; assumption). assert (S2 : forall i t, (i < n)%nat -> Rabs (logistic2 (y i) t) <= (1 / 4)) by (apply logistic2_le; assumption). pose proof (fun (V : weights) i Hi => S1 i (net p d x a sigma V i) Hi) as S1W. pose proof (fun (V : weights) i Hi => S2 i (net p d x a sigma V i) Hi) as S2W. clear S1 S2. rename S1W into S1, S2W into S2. assert (HG : (G (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624)) 1 1) <= (1565146230391 / 10000000000)) by (unfold G; numeric). assert (HK : (K (413028005018937 / 5525000000) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 0 1 (1 / 4)) <= (622113601677 / 100000000)) by (unfold K; numeric). pose proof (radius_bounded_mono lam s (G (735914440473732589 / 10000000000000) (sqrt (374785008386025 / 1125899906842624)) 1 1) ((K (413028005018937 / 5525000000) (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) 1 0 1 (1 / 4)) + lam * (INR p * INR d)) M (1565146230391 / 10000000000) ((622113601677 / 100000000) + lam * (INR p * INR d)) ltac:(lra) ltac:(lra) HG ltac:(lra)) as Hmono. apply (v4_any sigma sigma1 sigma2 1 0 activation logistic logistic1 logistic2 loss_logistic n p d x y a lam s (735914440473732589 / 10000000000000) (413028005018937 / 5525000000) (sqrt (4352796356721 / 25000000)) 1 1 1 (132000279 / 33554432) (sqrt (374785008386025 / 1125899906842624)) (2043713 / 16777216) Dat 1 (1 / 4) S1 S2 M W); [lra | lra | lra | first [exact Hr | eapply Rle_trans; [exact Hmono|exact Hr]]]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
