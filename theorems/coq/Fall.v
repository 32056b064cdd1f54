(** The line route where sigma' falls below 0: |sigma z - alpha z| <= S, alpha > 0, sigma' >= -fall.
    Then |grad L| >= (lambda r - J_fall)/Q_fall for lambda > alpha fall |a|^2 Lam, so that V4 holds there. *)

Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal Line.
Open Scope R_scope.

(** * The Gram matrix K = (<x_i, x_l>/n) and the powers of c K *)

Section Gram.

Variables (n d : nat) (x : nat -> nat -> R) (Lam c : R).
Hypothesis Hn : (0 < n)%nat.
Hypothesis HLam : forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v.
Hypothesis HLam0 : 0 <= Lam.
Hypothesis Hc : 0 <= c.
Hypothesis Hth : c * Lam < 1.

Definition mv (w : nat -> R) (k : nat) : R := mean n (fun i => w i * x i k).
Definition gram (w : nat -> R) (i : nat) : R := dot d (mv w) (x i).

Lemma gram_dot v w : mean n (fun i => v i * gram w i) = dot d (mv v) (mv w).
Proof.
  unfold gram, dot at 1.
  transitivity (Sum d (fun k => mean n (fun i => mv w k * (v i * x i k)))).
  - rewrite Sum_mean_swap. apply mean_ext; intros i _. rewrite <- Sum_scal. apply Sum_ext; intros; ring.
  - unfold dot. apply Sum_ext; intros k _. rewrite mean_scal. unfold mv at 2. ring.
Qed.

Lemma gram_symmetric v w : mean n (fun i => v i * gram w i) = mean n (fun i => gram v i * w i).
Proof.
  rewrite gram_dot. transitivity (mean n (fun i => w i * gram v i)); [|apply mean_ext; intros; ring].
  rewrite gram_dot. unfold dot. apply Sum_ext; intros; ring.
Qed.

Lemma mv_bound w : dot d (mv w) (mv w) <= Lam * mean n (fun i => (w i)^2).
Proof.
  pose proof (dot_self_nonneg d (mv w)) as Hq. pose proof (mean_sq_nonneg n w Hn) as Hw.
  assert (H : (dot d (mv w) (mv w))^2 <= mean n (fun i => (w i)^2) * (Lam * dot d (mv w) (mv w))).
  { rewrite <- gram_dot at 1. apply Rle_trans with (1 := mean_Cauchy_Schwarz n w (gram w) Hn).
    apply Rmult_le_compat_l; [exact Hw|]. apply HLam. }
  destruct (Rle_lt_or_eq_dec 0 _ Hq) as [Hpos|H0].
  - apply (Rmult_le_reg_l (dot d (mv w) (mv w))); [exact Hpos|]. apply Rle_trans with ((dot d (mv w) (mv w))^2); [right; ring|]. apply Rle_trans with (1 := H). right; ring.
  - rewrite <- H0. now apply Rmult_le_pos.
Qed.

Lemma gram_rms w : rms n (gram w) <= Lam * rms n w.
Proof.
  pose proof (rms_nonneg n w). apply rms_le; [now apply Rmult_le_pos|].
  apply Rle_trans with (1 := HLam (mv w)). rewrite Rpow_mult_distr, rms_sq by exact Hn.
  replace (Lam^2 * mean n (fun i => (w i)^2)) with (Lam * (Lam * mean n (fun i => (w i)^2))) by ring.
  apply Rmult_le_compat_l; [exact HLam0|apply mv_bound].
Qed.

Lemma gram_plus v w : gram (fun i => v i + w i) = (fun i => gram v i + gram w i).
Proof.
  apply functional_extensionality; intros i. unfold gram, dot. rewrite <- Sum_plus. apply Sum_ext; intros k _.
  unfold mv. rewrite <- Rmult_plus_distr_r, <- mean_plus. f_equal. apply mean_ext; intros; ring.
Qed.

Lemma gram_scal b w : gram (fun i => b * w i) = (fun i => b * gram w i).
Proof.
  apply functional_extensionality; intros i. unfold gram, dot. rewrite <- Sum_scal. apply Sum_ext; intros k _.
  unfold mv. rewrite <- Rmult_assoc, <- mean_scal. f_equal. apply mean_ext; intros; ring.
Qed.

(** (c K)^k *)
Fixpoint pw (k : nat) (w : nat -> R) : nat -> R :=
  match k with O => w | S k => pw k (fun i => c * gram w i) end.

Lemma pw_plus k : forall v w, pw k (fun i => v i + w i) = (fun i => pw k v i + pw k w i).
Proof.
  induction k as [|k IH]; intros v w; [reflexivity|]. cbn [pw]. rewrite gram_plus.
  rewrite <- IH. f_equal. apply functional_extensionality; intros; ring.
Qed.

Lemma pw_scal k : forall b w, pw k (fun i => b * w i) = (fun i => b * pw k w i).
Proof.
  induction k as [|k IH]; intros b w; [reflexivity|]. cbn [pw]. rewrite gram_scal.
  rewrite <- IH. f_equal. apply functional_extensionality; intros; ring.
Qed.

Lemma pw_next k : forall w, pw (S k) w = (fun i => c * gram (pw k w) i).
Proof. induction k as [|k IH]; intros w; [reflexivity|]. cbn [pw] in *. rewrite <- IH. reflexivity. Qed.

Lemma pw_nonneg_two k : (forall v, 0 <= mean n (fun i => v i * pw k (gram v) i)) /\ (forall v, 0 <= mean n (fun i => v i * pw (S k) (gram v) i)).
Proof.
  induction k as [|k [IH0 IH1]]; split.
  - intros v. cbn [pw]. rewrite gram_dot. apply dot_self_nonneg.
  - intros v. cbn [pw].
    replace (mean n (fun i => v i * (c * gram (gram v) i))) with (c * mean n (fun i => v i * gram (gram v) i))
      by (rewrite <- mean_scal; apply mean_ext; intros; ring).
    rewrite gram_symmetric. apply Rmult_le_pos; [exact Hc|]. apply mean_nonneg; [exact Hn|]. intros i _.
    replace (gram v i * gram v i) with ((gram v i)^2) by ring. apply pow2_ge_0.
  - exact IH1.
  - intros v. rewrite pw_next.
    replace (mean n (fun i => v i * (c * gram (pw (S k) (gram v)) i))) with (c * mean n (fun i => v i * gram (pw (S k) (gram v)) i))
      by (rewrite <- mean_scal; apply mean_ext; intros; ring).
    rewrite gram_symmetric, <- mean_scal.
    apply Rle_trans with (1 := IH0 (fun i => c * gram v i)). right. apply mean_ext; intros i _.
    rewrite gram_scal. cbn [pw]. ring.
Qed.

Lemma pw_nonneg k v : 0 <= mean n (fun i => v i * pw k (gram v) i).
Proof. apply pw_nonneg_two. Qed.

Local Notation th := (c * Lam).
Let th0 : 0 <= c * Lam.
Proof. now apply Rmult_le_pos. Qed.

Lemma pw_rms k : forall w, rms n (pw k w) <= th^k * rms n w.
Proof.
  induction k as [|k IH]; intros w; [simpl; lra|]. cbn [pw]. apply Rle_trans with (1 := IH _).
  rewrite rms_scal, Rabs_pos_eq by assumption. simpl. rewrite (Rmult_comm th), !Rmult_assoc.
  apply Rmult_le_compat_l; [now apply pow_le|]. apply Rmult_le_compat_l; [exact Hc|]. apply gram_rms.
Qed.

Definition sm (k : nat) (w : nat -> R) (i : nat) : R := Sum k (fun j => pw j w i).

Lemma sm_rms k w : rms n (sm k w) <= rms n w / (1 - th).
Proof.
  pose proof (rms_nonneg n w) as Hw.
  assert (H : rms n (sm k w) <= (1 - th^k) / (1 - th) * rms n w).
  { induction k as [|k IH].
    - simpl. replace (rms n (sm 0 w)) with 0; [right; field; lra|]. symmetry. unfold rms, sm. simpl.
      replace (mean n (fun _ => 0 * (0 * 1))) with 0 by (rewrite mean_const by exact Hn; ring). apply sqrt_0.
    - replace (rms n (sm (S k) w)) with (rms n (fun i => sm k w i + pw k w i)) by reflexivity.
      apply Rle_trans with (1 := rms_plus n _ _ Hn). pose proof (pw_rms k w).
      apply Rle_trans with ((1 - th^k) / (1 - th) * rms n w + th^k * rms n w); [lra|]. right. simpl. field. lra. }
  apply Rle_trans with (1 := H). unfold Rdiv. rewrite Rmult_comm. rewrite (Rmult_comm (1 - th^k)), <- Rmult_assoc.
  rewrite <- (Rmult_1_r (rms n w * / (1 - th))) at 2. apply Rmult_le_compat_l.
  - apply Rmult_le_pos; [exact Hw|]. apply Rlt_le, Rinv_0_lt_compat. lra.
  - pose proof (pow_le th k th0). lra.
Qed.

Lemma unroll s e : (forall i, e i = s i + c * gram e i) -> forall k i, e i = sm k s i + pw k e i.
Proof.
  intros H k. induction k as [|k IH]; intros i; [unfold sm; simpl; ring|].
  rewrite (IH i). unfold sm. cbn [Sum].
  assert (E : pw k e i = pw k s i + pw (S k) e i).
  { assert (Ee : e = (fun i => s i + c * gram e i)) by (apply functional_extensionality; exact H).
    rewrite Ee at 1. rewrite pw_plus. reflexivity. }
  rewrite E. ring.
Qed.

Lemma sm_split k a b v w i : sm k (fun i => a * v i + b * w i) i = a * sm k v i + b * sm k w i.
Proof.
  unfold sm. rewrite <- !Sum_scal, <- Sum_plus. apply Sum_ext; intros j _.
  rewrite (pw_plus j (fun i => a * v i) (fun i => b * w i)), !pw_scal. reflexivity.
Qed.

(** A bound that holds up to powers of th < 1 holds. *)
Lemma forget_powers a b C : 0 <= C -> (forall k, a <= b + th^k * C) -> a <= b.
Proof.
  intros HC H. destruct (Rle_dec a b) as [|Hab]; [assumption|]. exfalso.
  destruct (pow_lt_1_zero th ltac:(rewrite Rabs_pos_eq; assumption) ((a - b) / (C + 1))) as [k Hk].
  { apply Rdiv_lt_0_compat; lra. }
  specialize (Hk k (le_n k)). specialize (H k). rewrite Rabs_pos_eq in Hk by now apply pow_le.
  pose proof (pow_le th k th0).
  assert (th^k * (C + 1) < a - b).
  { apply (Rmult_lt_compat_r (C + 1)) in Hk; [|lra]. replace ((a - b) / (C + 1) * (C + 1)) with (a - b) in Hk by (field; lra). exact Hk. }
  lra.
Qed.

(** lambda e + alpha K D e - alpha delta K e = t, with 0 <= D <= m and c = alpha delta/lambda *)
Theorem system_bound (lam alpha delta m : R) (e t D : nat -> R) :
  0 < lam -> 0 < alpha -> 0 <= delta -> c = alpha * delta / lam -> 0 <= m -> (forall i, 0 <= D i <= m) ->
  (forall i, lam * e i + alpha * gram (fun i => D i * e i) i - alpha * delta * gram e i = t i) ->
  lam * rms n e <= (1 + alpha * m * Lam / lam / (1 - th)) / (1 - th) * rms n t.
Proof.
  intros Hl Ha Hd Ec Hm HD Hsys.
  set (v := fun i => D i * e i). set (P := mean n (fun i => D i * (e i)^2)). set (T := rms n t / (1 - th)).
  assert (H1 : 0 < 1 - th) by lra.
  pose proof (rms_nonneg n t) as Ht. pose proof (rms_nonneg n e) as He0. pose proof (rms_nonneg n v) as Hv0.
  assert (HT : 0 <= T) by (apply Rmult_le_pos; [exact Ht|apply Rlt_le, Rinv_0_lt_compat, H1]).
  assert (HP : 0 <= P) by (apply mean_nonneg; [exact Hn|]; intros i _; apply Rmult_le_pos; [apply HD|apply pow2_ge_0]).
  set (s0 := fun i => / lam * t i + - (alpha / lam) * gram v i).
  assert (Hs : forall i, e i = s0 i + c * gram e i).
  { intros i. unfold s0. rewrite <- (Hsys i), Ec. fold v. field. lra. }
  assert (HvP : forall w, mean n (fun i => v i * w i) <= sqrt P * sqrt m * rms n w).
  { intros w. apply sq_le; [repeat apply Rmult_le_pos; try apply sqrt_pos; apply rms_nonneg|].
    rewrite !Rpow_mult_distr, pow2_sqrt, pow2_sqrt, rms_sq by assumption.
    apply Rle_trans with (mean n (fun i => (sqrt (D i) * e i)^2) * mean n (fun i => (sqrt (D i) * w i)^2)).
    - apply Rle_trans with (2 := mean_Cauchy_Schwarz n _ _ Hn). right. f_equal. apply mean_ext; intros i _.
      destruct (HD i) as [H _]. unfold v. rewrite <- (sqrt_sqrt (D i) H) at 1. ring.
    - rewrite Rmult_assoc. apply Rmult_le_compat; try (apply mean_sq_nonneg, Hn).
      + right. unfold P. apply mean_ext; intros i _. destruct (HD i) as [H _]. rewrite Rpow_mult_distr, pow2_sqrt by exact H. ring.
      + rewrite <- mean_scal. apply mean_le; [exact Hn|]. intros i _. destruct (HD i) as [H H2].
        rewrite Rpow_mult_distr, pow2_sqrt by exact H. apply Rmult_le_compat_r; [apply pow2_ge_0|exact H2]. }
  assert (HlP : lam * P <= sqrt P * sqrt m * T).
  { apply forget_powers with (C := lam * (rms n v * rms n e)); [repeat apply Rmult_le_pos; lra|]. intros k.
    assert (E : lam * P = mean n (fun i => v i * sm k t i) - alpha * mean n (fun i => v i * sm k (gram v) i) + lam * mean n (fun i => v i * pw k e i)).
    { unfold P. rewrite <- !mean_scal, <- mean_minus, <- mean_plus. apply mean_ext; intros i _.
      pose proof (unroll s0 e Hs k i) as Eu. unfold s0 in Eu. rewrite sm_split in Eu.
      replace (lam * (D i * (e i)^2)) with (lam * (v i * e i)) by (unfold v; ring). rewrite Eu at 1. field. lra. }
    assert (Hpos : 0 <= mean n (fun i => v i * sm k (gram v) i)).
    { replace (mean n (fun i => v i * sm k (gram v) i)) with (Sum k (fun j => mean n (fun i => v i * pw j (gram v) i))).
      - apply Sum_nonneg; intros j _. apply pw_nonneg.
      - rewrite Sum_mean_swap. apply mean_ext; intros i _. unfold sm. rewrite <- Sum_scal. reflexivity. }
    assert (Hrem : mean n (fun i => v i * pw k e i) <= th^k * (rms n v * rms n e)).
    { apply Rle_trans with (rms n v * rms n (pw k e)).
      - apply sq_le; [apply Rmult_le_pos; apply rms_nonneg|]. rewrite Rpow_mult_distr, !rms_sq by exact Hn. now apply mean_Cauchy_Schwarz.
      - replace (th^k * (rms n v * rms n e)) with (rms n v * (th^k * rms n e)) by ring. apply Rmult_le_compat_l; [exact Hv0|apply pw_rms]. }
    assert (Hmain : mean n (fun i => v i * sm k t i) <= sqrt P * sqrt m * T).
    { apply Rle_trans with (1 := HvP (sm k t)). apply Rmult_le_compat_l; [apply Rmult_le_pos; apply sqrt_pos|apply sm_rms]. }
    rewrite E. assert (0 <= alpha * mean n (fun i => v i * sm k (gram v) i)) by (apply Rmult_le_pos; lra).
    apply (Rmult_le_compat_l lam) in Hrem; [|lra]. replace (lam * (th^k * (rms n v * rms n e))) with (th^k * (lam * (rms n v * rms n e))) in Hrem by ring. lra. }
  assert (HsP : lam * sqrt P <= sqrt m * T).
  { pose proof (sqrt_pos P) as Hq. destruct (Rle_lt_or_eq_dec 0 _ Hq) as [Hpos|H0].
    - apply (Rmult_le_reg_l (sqrt P)); [exact Hpos|]. replace (sqrt P * (lam * sqrt P)) with (lam * (sqrt P * sqrt P)) by ring.
      rewrite sqrt_sqrt by exact HP. rewrite <- Rmult_assoc. exact HlP.
    - rewrite <- H0. rewrite Rmult_0_r. apply Rmult_le_pos; [apply sqrt_pos|exact HT]. }
  assert (Hv : rms n v <= sqrt m * sqrt P).
  { apply rms_le; [apply Rmult_le_pos; apply sqrt_pos|]. rewrite Rpow_mult_distr, !pow2_sqrt by assumption.
    unfold P. rewrite <- mean_scal. apply mean_le; [exact Hn|]. intros i _. destruct (HD i) as [H H2]. unfold v.
    replace ((D i * e i)^2) with (D i * (D i * (e i)^2)) by ring. apply Rmult_le_compat_r; [apply Rmult_le_pos; [exact H|apply pow2_ge_0]|exact H2]. }
  assert (HK : lam * rms n (gram v) <= Lam * m * T).
  { apply Rle_trans with (lam * (Lam * rms n v)); [apply Rmult_le_compat_l; [lra|apply gram_rms]|].
    apply Rle_trans with (lam * (Lam * (sqrt m * sqrt P))); [repeat (apply Rmult_le_compat_l; [lra|]); exact Hv|].
    replace (lam * (Lam * (sqrt m * sqrt P))) with (Lam * sqrt m * (lam * sqrt P)) by ring.
    replace (Lam * m * T) with (Lam * sqrt m * (sqrt m * T)) by (rewrite <- (sqrt_sqrt m Hm) at 3; ring).
    apply Rmult_le_compat_l; [apply Rmult_le_pos; [exact HLam0|apply sqrt_pos]|exact HsP]. }
  assert (Hs0 : lam * rms n s0 <= rms n t + alpha * (Lam * m * T / lam)).
  { assert (rms n s0 <= / lam * rms n t + alpha / lam * rms n (gram v)).
    { unfold s0. apply Rle_trans with (1 := rms_plus n _ _ Hn). rewrite !rms_scal, Rabs_Ropp by exact Hn.
      rewrite (Rabs_pos_eq (/ lam)) by (apply Rlt_le, Rinv_0_lt_compat, Hl).
      rewrite (Rabs_pos_eq (alpha / lam)) by (apply Rlt_le, Rdiv_lt_0_compat; lra). lra. }
    apply (Rmult_le_compat_l lam) in H; [|lra].
    replace (lam * (/ lam * rms n t + alpha / lam * rms n (gram v))) with (rms n t + alpha * rms n (gram v)) in H by (field; lra).
    assert (rms n (gram v) <= Lam * m * T / lam).
    { apply (Rmult_le_reg_l lam); [exact Hl|]. replace (lam * (Lam * m * T / lam)) with (Lam * m * T) by (field; lra). exact HK. }
    apply (Rmult_le_compat_l alpha) in H0; lra. }
  assert (Hfix : (1 - th) * rms n e <= rms n s0).
  { assert (H : rms n e <= rms n s0 + th * rms n e).
    { rewrite (rms_ext n e (fun i => s0 i + c * gram e i)) at 1 by (intros; apply Hs).
      apply Rle_trans with (1 := rms_plus n _ _ Hn). rewrite rms_scal, Rabs_pos_eq by assumption.
      rewrite Rmult_assoc. apply Rplus_le_compat_l, Rmult_le_compat_l; [exact Hc|apply gram_rms]. }
    lra. }
  apply (Rmult_le_reg_l (1 - th)); [exact H1|].
  replace ((1 - th) * ((1 + alpha * m * Lam / lam / (1 - th)) / (1 - th) * rms n t)) with (rms n t + alpha * (Lam * m * T / lam))
    by (unfold T; field; lra).
  apply (Rmult_le_compat_l lam) in Hfix; [|lra]. lra.
Qed.

End Gram.

(** * The gradient and V4 *)

Section Fall.

Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R).
Variables (sigma sigma1 sigma2 : R -> R).
Hypothesis Dsigma : forall t, is_derive sigma t (sigma1 t).
Hypothesis Dsigma1 : forall t, is_derive sigma1 t (sigma2 t).
Hypothesis Hn : (0 < n)%nat.

Local Notation Z := (z d x).
Local Notation L := (objective n p d x y a lam sigma squared).
Local Notation r W := (frob p d W).
Local Notation N := (INR p * INR d).
Local Notation RG := (RG n p d x y a sigma sigma1 squared1).
Local Notation G := (Line.G n p d x y a lam sigma sigma1).

Variables (Lam By a1 a2 M1 alpha S fall : R).
Hypothesis HLam : forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v.
Hypothesis HLam0 : 0 <= Lam.
Hypothesis HBy : forall i, (i < n)%nat -> Rabs (y i) <= By.
Hypothesis Ha1 : Sum p (fun j => Rabs (a j)) <= a1.
Hypothesis Ha2 : Sum p (fun j => (a j)^2) <= a2^2.
Hypothesis Ha20 : 0 <= a2.
Hypothesis HM1 : forall t, Rabs (sigma1 t) <= M1.
Hypothesis Halpha : 0 < alpha.
Hypothesis HS : forall t, Rabs (sigma t - alpha * t) <= S.
Hypothesis Hfall0 : 0 <= fall.
Hypothesis Hfall : forall t, - fall <= sigma1 t.
Hypothesis Hlam : 0 < lam.
Hypothesis Habove : alpha * fall * a2^2 * Lam < lam.

Let M1p : 0 <= M1 := Rle_trans _ _ _ (Rabs_pos _) (HM1 0).
Let a1p : 0 <= a1 := a1_nonneg p a a1 Ha1.
Let Sp : 0 <= S := Rle_trans _ _ _ (Rabs_pos _) (HS 0).
Let Byp : 0 <= By := Rle_trans _ _ _ (Rabs_pos _) (HBy 0%nat Hn).
Let a22 : 0 <= a2^2 := pow2_ge_0 a2.

Local Notation mu := (mu_line lam Lam a2 M1 alpha).
Definition theta_fall : R := alpha * fall * a2^2 * Lam / lam.
Definition Q_fall : R := 1 + (1 + mu) * mu / (1 - theta_fall)^2.
Definition J_fall : R := (1 + mu) * M1 * a2 * sqrt Lam * (a1 * S + By) / (1 - theta_fall)^2.

Lemma theta_range : 0 <= theta_fall < 1.
Proof.
  unfold theta_fall. split.
  - apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat, Hlam]. repeat apply Rmult_le_pos; try assumption; lra.
  - apply (Rmult_lt_reg_r lam); [exact Hlam|]. replace (alpha * fall * a2^2 * Lam / lam * lam) with (alpha * fall * a2^2 * Lam) by (field; lra). lra.
Qed.

Lemma square_pos : 0 < (1 - theta_fall)^2.
Proof. apply pow_lt. destruct theta_range. lra. Qed.

Lemma mu_fall_nonneg : 0 <= mu.
Proof.
  unfold mu_line. apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat, Hlam]. repeat apply Rmult_le_pos; try assumption; lra.
Qed.

Lemma Q_fall_pos : 1 <= Q_fall.
Proof.
  unfold Q_fall. pose proof mu_fall_nonneg. pose proof square_pos.
  assert (0 <= (1 + mu) * mu / (1 - theta_fall)^2); [|lra].
  apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply Rlt_le, Rinv_0_lt_compat; assumption].
Qed.

Lemma J_fall_nonneg : 0 <= J_fall.
Proof.
  unfold J_fall. pose proof mu_fall_nonneg. pose proof (sqrt_pos Lam). pose proof square_pos.
  assert (0 <= a1 * S + By) by (apply Rplus_le_le_0_compat; [now apply Rmult_le_pos|exact Byp]).
  apply Rmult_le_pos; [repeat apply Rmult_le_pos; try assumption; lra|apply Rlt_le, Rinv_0_lt_compat; assumption].
Qed.

Section Point.

Variable W : weights.

Local Notation e := (Line.e p d x y a sigma W).
Local Notation t := (Line.t n p d x y a lam sigma sigma1 alpha W).
Local Notation D := (Line.D p d x a sigma1 W).
Local Notation delta := (fall * a2^2).

Lemma D_shifted i : 0 <= D i + delta <= (M1 + fall) * a2^2.
Proof.
  unfold Line.D. split.
  - apply Rle_trans with (Sum p (fun j => (a j)^2 * - fall) + delta).
    + rewrite Sum_scal_r. assert (Sum p (fun j => (a j)^2) * fall <= a2^2 * fall) by (apply Rmult_le_compat_r; assumption). lra.
    + apply Rplus_le_compat_r, Sum_le; intros j _. apply Rmult_le_compat_l; [apply pow2_ge_0|apply Hfall].
  - assert (Sum p (fun j => (a j)^2 * sigma1 (Z W i j)) <= M1 * a2^2); [|lra].
    apply Rle_trans with (Sum p (fun j => (a j)^2 * M1)).
    + apply Sum_le; intros j _. apply Rmult_le_compat_l; [apply pow2_ge_0|]. apply Rle_trans with (1 := Rle_abs _), HM1.
    + rewrite Sum_scal_r, Rmult_comm. apply Rmult_le_compat_l; assumption.
Qed.

Lemma e_fall : lam * rms n e <= (1 + mu) / (1 - theta_fall)^2 * rms n t.
Proof.
  destruct theta_range as [H0 H1].
  assert (Eth : alpha * delta / lam * Lam = theta_fall) by (unfold theta_fall; field; lra).
  assert (H : lam * rms n e <= (1 + alpha * ((M1 + fall) * a2^2) * Lam / lam / (1 - alpha * delta / lam * Lam)) / (1 - alpha * delta / lam * Lam) * rms n t).
  { apply (system_bound n d x Lam (alpha * delta / lam)) with (alpha := alpha) (delta := delta) (D := fun i => D i + delta);
      auto; try lra.
    - apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat, Hlam]. apply Rmult_le_pos; [lra|apply Rmult_le_pos; assumption].
    - apply Rmult_le_pos; assumption.
    - apply Rmult_le_pos; [lra|assumption].
    - intros i. apply D_shifted.
    - intros i. rewrite <- (system n p d x y a lam sigma sigma1 alpha W i). unfold gram, dot.
      replace (Sum d (fun k => mv n x (fun i0 => (D i0 + delta) * e i0) k * x i k))
        with (Sum d (fun k => Line.u n p d x y a sigma sigma1 W k * x i k) + delta * Sum d (fun k => mv n x e k * x i k)); [ring|].
      rewrite <- Sum_scal, <- Sum_plus. apply Sum_ext; intros k _. unfold mv, Line.u.
      rewrite <- Rmult_assoc, <- mean_scal, <- Rmult_plus_distr_r, <- mean_plus. f_equal. apply mean_ext; intros; ring. }
  rewrite Eth in H. apply Rle_trans with (1 := H). right. f_equal. unfold mu_line. 
  replace (alpha * ((M1 + fall) * a2^2) * Lam / lam) with (alpha * M1 * a2^2 * Lam / lam + theta_fall) by (unfold theta_fall; field; lra).
  field. lra.
Qed.

(** |grad L| >= (lambda r - J_fall)/Q_fall *)
Theorem gradient_fall : lam * r W - J_fall <= Q_fall * frob p d (G W).
Proof.
  pose proof (frob_nonneg p d W) as Hr. pose proof (frob_nonneg p d (G W)) as HG. pose proof (frob_nonneg p d (RG W)) as HR.
  assert (Htri : lam * r W <= frob p d (G W) + frob p d (RG W)).
  { destruct (Rle_lt_or_eq_dec 0 _ Hr) as [Hpos|H0]; [|rewrite <- H0; lra].
    pose proof (inner_ge p d (G W) W) as [_ H1]. pose proof (inner_ge p d (RG W) W) as [H2 _].
    unfold Line.G in H1 at 1. rewrite inner_plus_scal, <- frob_sq in H1.
    apply (Rmult_le_reg_r (r W)); [exact Hpos|]. simpl in H1. lra. }
  assert (HB : frob p d (RG W) <= M1 * a2 * sqrt Lam * rms n e) by (eapply RG_bound; eauto).
  assert (Ht : rms n t <= alpha * sqrt Lam * a2 * frob p d (G W) + lam * (a1 * S + By)) by (eapply t_bound; eauto).
  pose proof e_fall as He. pose proof mu_fall_nonneg as Hmu. pose proof square_pos as Hsq.
  assert (Hne : 1 - theta_fall <> 0) by (destruct theta_range; lra).
  set (k := (1 + mu) / (1 - theta_fall)^2) in *.
  assert (Hk : 0 <= k) by (unfold k; apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat, Hsq]).
  assert (Hc : 0 <= M1 * a2 * sqrt Lam) by (repeat apply Rmult_le_pos; try assumption; apply sqrt_pos).
  assert (He' : lam * rms n e <= k * (alpha * sqrt Lam * a2 * frob p d (G W) + lam * (a1 * S + By))).
  { apply Rle_trans with (1 := He). apply Rmult_le_compat_l; [exact Hk|exact Ht]. }
  assert (HB' : lam * frob p d (RG W) <= M1 * a2 * sqrt Lam * (k * (alpha * sqrt Lam * a2 * frob p d (G W) + lam * (a1 * S + By)))).
  { apply Rle_trans with (lam * (M1 * a2 * sqrt Lam * rms n e)); [apply Rmult_le_compat_l; [lra|exact HB]|].
    replace (lam * (M1 * a2 * sqrt Lam * rms n e)) with (M1 * a2 * sqrt Lam * (lam * rms n e)) by ring.
    apply Rmult_le_compat_l; [exact Hc|exact He']. }
  assert (E : M1 * a2 * sqrt Lam * (k * (alpha * sqrt Lam * a2 * frob p d (G W) + lam * (a1 * S + By)))
            = lam * (k * mu * frob p d (G W) + J_fall)).
  { assert (Hs : sqrt Lam * sqrt Lam = Lam) by (apply sqrt_sqrt, HLam0).
    transitivity (k * (alpha * M1 * a2^2 * (sqrt Lam * sqrt Lam)) * frob p d (G W) + lam * (k * (M1 * a2 * sqrt Lam * (a1 * S + By)))); [ring|].
    rewrite Hs. replace (alpha * M1 * a2^2 * Lam) with (lam * mu) by (unfold mu_line; field; lra).
    replace J_fall with (k * (M1 * a2 * sqrt Lam * (a1 * S + By))) by (unfold J_fall, k; field; exact Hne). ring. }
  rewrite E in HB'. apply (Rmult_le_reg_l lam) in HB'; [|exact Hlam].
  replace Q_fall with (1 + k * mu) by (unfold Q_fall, k; field; exact Hne). lra.
Qed.

End Point.

Variables (X2 Bx M2 s0 : R).
Hypothesis HX2 : mean n (fun i => dot d (x i) (x i)) <= X2.
Hypothesis HBx : forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx^2.
Hypothesis HBx0 : 0 <= Bx.
Hypothesis HM2 : forall t, Rabs (sigma2 t) <= M2.
Hypothesis Hs0 : Rabs (sigma 0) <= s0.

Local Notation A := (A X2 Bx a1 a2 M1 M2).
Local Notation B := (B X2 By a1 a2 M1 M2 s0).

Theorem v4_fall_lower s W : 0 < s -> J_fall <= lam * r W ->
  (lam * r W - J_fall)^2 / (s * Q_fall^2) - A * r W - B - lam * N <= v4_expression p d L s W.
Proof.
  intros Hs Hr.
  assert (E : v4_expression p d L s W =
    frob2 p d (G W) / s - (RLap n p d x y a sigma sigma1 sigma2 squared1 squared2 W + lam * N))
    by (apply v4_RG; auto using d_squared, d_squared1).
  rewrite E. pose proof Q_fall_pos as HQ. pose proof (gradient_fall W) as Hg.
  assert (Hl : RLap n p d x y a sigma sigma1 sigma2 squared1 squared2 W <= A * r W + B) by (eapply laplacian_affine; eauto).
  assert (Hsq : (lam * r W - J_fall)^2 <= Q_fall^2 * frob2 p d (G W)).
  { rewrite <- frob_sq, <- Rpow_mult_distr. apply pow_incr. lra. }
  assert (Hd : (lam * r W - J_fall)^2 / (s * Q_fall^2) <= frob2 p d (G W) / s).
  { apply (Rmult_le_reg_r (s * Q_fall^2)); [apply Rmult_lt_0_compat; [exact Hs|apply pow_lt; lra]|].
    replace ((lam * r W - J_fall)^2 / (s * Q_fall^2) * (s * Q_fall^2)) with ((lam * r W - J_fall)^2) by (field; split; lra).
    replace (frob2 p d (G W) / s * (s * Q_fall^2)) with (Q_fall^2 * frob2 p d (G W)) by (field; lra). exact Hsq. }
  lra.
Qed.

Theorem v4_fall s M W : 0 < s -> 0 <= M -> radius_quadratic lam (s * Q_fall^2) J_fall A (B + lam * N) M <= r W ->
  M <= v4_expression p d L s W.
Proof.
  intros Hs HM Hr. pose proof Q_fall_pos as HQ.
  assert (HN : 0 <= lam * N) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; apply pos_INR]).
  assert (HB0 : 0 <= B) by (eapply B_nonneg; eauto).
  assert (HA0 : 0 <= A) by (eapply A_nonneg; eauto).
  assert (Hq : 0 < s * Q_fall^2) by (apply Rmult_lt_0_compat; [exact Hs|apply pow_lt; lra]).
  destruct (quadratic_growth lam (s * Q_fall^2) J_fall A (B + lam * N) M (r W)) as [H1 H2]; auto using J_fall_nonneg; try lra.
  pose proof (v4_fall_lower s W Hs H1). lra.
Qed.

End Fall.

(** What a certificate instantiates. *)

Theorem v4_squared_fall sigma sigma1 sigma2 M1 M2 (Act : Activation sigma sigma1 sigma2 M1 M2)
  n p d x y a lam s Lam X2 Bx By Y1 Y2 a1 a2 ainf (Dat : Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf) alpha S fall s0 M W :
  0 < lam -> 0 < s -> 0 <= M -> 0 < alpha -> near_line sigma alpha S -> 0 <= fall -> (forall t, - fall <= sigma1 t) ->
  alpha * fall * a2^2 * Lam < lam -> Rabs (sigma 0) <= s0 ->
  radius_quadratic lam (s * (Q_fall lam Lam a2 M1 alpha fall)^2) (J_fall lam Lam By a1 a2 M1 alpha S fall) (A X2 Bx a1 a2 M1 M2)
    (B X2 By a1 a2 M1 M2 s0 + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros Hl Hs HM Ha Hline Hf0 Hfall Hab Hs0 Hr. destruct Dat, Act. eapply v4_fall; eauto. Qed.

Theorem villani_squared_fall sigma sigma1 sigma2 M1 M2 (Act : Activation sigma sigma1 sigma2 M1 M2) n p d x y a lam s alpha S fall Lam a2 :
  (0 < n)%nat -> 0 < lam -> 0 < s -> 0 < alpha -> near_line sigma alpha S -> 0 <= fall -> (forall t, - fall <= sigma1 t) ->
  (forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v) -> 0 <= Lam -> 0 <= a2 -> Sum p (fun j => (a j)^2) <= a2^2 ->
  alpha * fall * a2^2 * Lam < lam -> Villani p d (objective n p d x y a lam sigma squared) s.
Proof.
  intros Hn Hl Hs Ha Hline Hf0 Hfall HLam HLam0 Ha20 Ha2 Hab. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & b2 & ainf & Dat).
  assert (Dat' : Data n p d x y a Lam (Bx^2) Bx By By (By^2) a1 a2 ainf) by (destruct Dat; constructor; auto).
  eapply (V123_squared sigma sigma1 sigma2 M1 M2 Act); auto. intros M W HM Hr.
  eapply (v4_squared_fall sigma sigma1 sigma2 M1 M2 Act _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ Dat' alpha S fall (Rabs (sigma 0))); auto; [lra|exact Hr].
Qed.

(** z + c sin z falls by |c| - 1. *)
Lemma fall_wavy c t : - (Rabs c - 1) <= wavy1 c t.
Proof.
  unfold wavy1. pose proof (COS_bound t) as Ht. apply Rabs_le in Ht.
  assert (Rabs (c * cos t) <= Rabs c * 1) by (rewrite Rabs_mult; apply Rmult_le_compat_l; [apply Rabs_pos|exact Ht]).
  pose proof (Rle_abs (- (c * cos t))) as H1. rewrite Rabs_Ropp in H1. lra.
Qed.
