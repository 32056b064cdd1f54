(** L is a Villani function for every lambda > 0 and every s > 0

    certificate: logistic_lipschitz__sigmoid__logistic__symbolic.json
    digest:      f4b32ce34722515f3af15da9836e729c694855eadf1aa2e8a8b7252b77c415ab
    activation:  1/(1 + exp(-z))
    loss:        logistic

    Definitions: objective, v4_expression (Objective.v), Villani, V1-V4 (Villani.v), Data (Universal.v). *)

Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Refute Line Fall Sign Escape Kink Mirror AnyLoss LossKink Tactics.
Open Scope R_scope.

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

(** for any data and outer weights, every lambda > 0 and every s > 0, the objective is a Villani function *)
Theorem villani : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R),
  (0 < n)%nat ->
  0 < lam ->
  0 < s ->
  signs n y ->
  Villani p d (objective n p d x y a lam sigma logistic) s.
Proof. intros. assert (S1 : forall i t, (i < n)%nat -> Rabs (logistic1 (y i) t) <= 1) by (apply logistic1_le; assumption). assert (S2 : forall i t, (i < n)%nat -> Rabs (logistic2 (y i) t) <= (1 / 4)) by (apply logistic2_le; assumption). apply (villani_slope sigma sigma1 sigma2 (1 / 4) (9622504489381 / 100000000000000) activation logistic logistic1 logistic2 loss_logistic n p d x y a lam s 1 (1 / 4) S1 S2); first [assumption | lra | lia]. Qed.

(** L >= M once r >= sqrt(2 M/lambda) *)
Theorem confining : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (M : R) (W : weights),
  (0 < n)%nat ->
  0 < lam ->
  0 <= M ->
  sqrt (2 * M / lam) <= frob p d W ->
  M <= (objective n p d x y a lam sigma logistic) W.
Proof. intros. apply (any_confining_0 sigma logistic n p d x y a lam M W); first [assumption | lra | lia | solve [intros; apply logistic_nonneg]]. Qed.

(** the expression of V4 is at least M once r >= r_0(M), explicitly, along the bounded route, for data and outer weights within the constants *)
Theorem radius : forall (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R) (s : R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R) (M : R) (W : weights),
  0 < lam ->
  0 < s ->
  signs n y ->
  Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf ->
  0 <= M ->
  radius_bounded lam s (G Lam a2 (1 / 4) 1) ((K X2 a1 a2 (1 / 4) (9622504489381 / 100000000000000) 1 (1 / 4)) + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma logistic) s W.
Proof. intros. try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end. assert (S1 : forall i t, (i < n)%nat -> Rabs (logistic1 (y i) t) <= 1) by (apply logistic1_le; assumption). assert (S2 : forall i t, (i < n)%nat -> Rabs (logistic2 (y i) t) <= (1 / 4)) by (apply logistic2_le; assumption). pose proof (fun (V : weights) i Hi => S1 i (net p d x a sigma V i) Hi) as S1W. pose proof (fun (V : weights) i Hi => S2 i (net p d x a sigma V i) Hi) as S2W. clear S1 S2. rename S1W into S1, S2W into S2. apply (v4_any sigma sigma1 sigma2 (1 / 4) (9622504489381 / 100000000000000) activation logistic logistic1 logistic2 loss_logistic n p d x y a lam s Lam X2 Bx By Y1 Y2 a1 a2 ainf Dat 1 (1 / 4) S1 S2 M W); [lra | lra | lra | exact Hr]. Qed.

(** All of it. *)
Definition certificate := (conj villani (conj confining radius)).
Print Assumptions certificate.
