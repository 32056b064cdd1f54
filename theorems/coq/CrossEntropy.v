(** Softmax cross-entropy of q outputs, ln sum_r exp f_r - f_y, and the squared distance, under a fixed outer matrix.

    softmax - e_y is a convex combination of the e_r - e_y, its 2-norm at most sqrt 2; the Hessian
    diag(softmax) - softmax softmax^T lies between 0 and 1/2, and its trace is at most 1. *)

Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Smooth Terms Villani Activations Universal Curve Two Outputs.
Open Scope R_scope.

(** * Softmax *)

Section Softmax.

Variable q : nat.
Hypothesis Hq : (0 < q)%nat.

Definition total (F : nat -> R) : R := Sum q (fun r => exp (F r)).
Definition soft (F : nat -> R) (r : nat) : R := exp (F r) / total F.
Definition cross_entropy (y : nat) (F : nat -> R) : R := ln (total F) - F y.

(** softmax - e_y *)
Definition off (y : nat) (F : nat -> R) (r : nat) : R := soft F r - (if Nat.eqb r y then 1 else 0).

(** The form of diag(softmax) - softmax softmax^T: the variance of c. *)
Definition variance (F c : nat -> R) : R := Sum q (fun r => soft F r * (c r)^2) - (Sum q (fun r => soft F r * c r))^2.

Lemma total_above F r : (r < q)%nat -> exp (F r) <= total F.
Proof. intros Hr. apply (Sum_term q (fun r => exp (F r))); [intros; apply Rlt_le, exp_pos|exact Hr]. Qed.

Lemma total_pos F : 0 < total F.
Proof. apply Rlt_le_trans with (2 := total_above F 0%nat Hq), exp_pos. Qed.

Lemma soft_nonneg F r : 0 <= soft F r.
Proof. apply Rmult_le_pos; [apply Rlt_le, exp_pos|apply Rlt_le, Rinv_0_lt_compat, total_pos]. Qed.

Lemma soft_sum F : Sum q (soft F) = 1.
Proof.
  unfold soft. transitivity (/ total F * total F); [|apply Rinv_l; pose proof (total_pos F); lra].
  unfold total at 3. rewrite <- Sum_scal. apply Sum_ext; intros; unfold Rdiv; ring.
Qed.

Lemma soft_le_1 F r : (r < q)%nat -> soft F r <= 1.
Proof. intros Hr. rewrite <- (soft_sum F). apply Sum_term; [intros; apply soft_nonneg|exact Hr]. Qed.

Lemma cross_entropy_nonneg y F : (y < q)%nat -> 0 <= cross_entropy y F.
Proof.
  intros Hy. unfold cross_entropy. pose proof (total_above F y Hy) as H.
  assert (F y <= ln (total F)); [|lra].
  rewrite <- (ln_exp (F y)). destruct H as [H|H]; [apply Rlt_le, ln_increasing; [apply exp_pos|exact H]|rewrite H; lra].
Qed.

Lemma off_sum y F (v : nat -> R) : (y < q)%nat ->
  Sum q (fun r => off y F r * v r) = Sum q (fun r => soft F r * (v r - v y)).
Proof.
  intros Hy. unfold off.
  rewrite (Sum_ext q _ (fun r => soft F r * v r - (if Nat.eqb r y then 1 else 0) * v r)) by (intros; ring).
  rewrite Sum_minus, (Sum_single q y (fun r => (if Nat.eqb r y then 1 else 0) * v r) Hy).
  - rewrite Nat.eqb_refl.
    rewrite (Sum_ext q (fun r => soft F r * (v r - v y)) (fun r => soft F r * v r - soft F r * v y)) by (intros; ring).
    rewrite Sum_minus, Sum_scal_r, soft_sum. ring.
  - intros r Hr. apply Nat.eqb_neq in Hr. rewrite Hr. ring.
Qed.

(** |softmax - e_y|^2 <= 2 *)
Theorem off_norm y F : (y < q)%nat -> Sum q (fun r => (off y F r)^2) <= 2.
Proof.
  intros Hy.
  rewrite (Sum_ext q _ (fun r => soft F r * soft F r - (if Nat.eqb r y then 2 * soft F r - 1 else 0))).
  - rewrite Sum_minus, (Sum_single q y (fun r => if Nat.eqb r y then 2 * soft F r - 1 else 0) Hy).
    + rewrite Nat.eqb_refl. pose proof (soft_nonneg F y).
      assert (Sum q (fun r => soft F r * soft F r) <= Sum q (soft F)).
      { apply Sum_le; intros r Hr. pose proof (soft_nonneg F r). pose proof (soft_le_1 F r Hr). nra. }
      rewrite soft_sum in *. lra.
    + intros r Hr. apply Nat.eqb_neq in Hr. now rewrite Hr.
  - intros r _. unfold off. destruct (Nat.eqb r y); ring.
Qed.

Lemma variance_pairs F c : 2 * variance F c
  = Sum q (fun r => Sum q (fun m => soft F r * soft F m * (c r - c m)^2)).
Proof.
  unfold variance. set (v := Sum q (fun r => soft F r * c r)). set (w := Sum q (fun r => soft F r * (c r)^2)).
  rewrite (Sum_ext q _ (fun r => soft F r * (c r)^2 - 2 * v * (soft F r * c r) + w * soft F r)).
  - rewrite Sum_plus, Sum_minus, !Sum_scal, soft_sum. fold v w. ring.
  - intros r _.
    rewrite (Sum_ext q _ (fun m => soft F r * (c r)^2 * soft F m - 2 * (soft F r * c r) * (soft F m * c m)
                                   + soft F r * (soft F m * (c m)^2))) by (intros; ring).
    rewrite Sum_plus, Sum_minus, !Sum_scal, soft_sum. fold v w. ring.
Qed.

Theorem variance_nonneg F c : 0 <= variance F c.
Proof.
  assert (0 <= 2 * variance F c); [|lra]. rewrite variance_pairs.
  apply Sum_nonneg; intros r _; apply Sum_nonneg; intros m _.
  apply Rmult_le_pos; [apply Rmult_le_pos; apply soft_nonneg|apply pow2_ge_0].
Qed.

(** The Hessian is at most 1/2. *)
Theorem variance_half F c : variance F c <= 1 / 2 * Sum q (fun r => (c r)^2).
Proof.
  assert (H : 2 * variance F c <= Sum q (fun r => 4 * (soft F r * (1 - soft F r)) * (c r)^2)).
  { rewrite variance_pairs.
    apply Rle_trans with (Sum q (fun r => Sum q (fun m => soft F r * soft F m * (2 * ((c r)^2 + (c m)^2))
                            - (if Nat.eqb m r then 4 * (soft F r)^2 * (c r)^2 else 0)))).
    - apply Sum_le; intros r _; apply Sum_le; intros m _. destruct (Nat.eqb_spec m r) as [->|Hne].
      + right. ring.
      + rewrite Rminus_0_r. apply Rmult_le_compat_l; [apply Rmult_le_pos; apply soft_nonneg|].
        pose proof (pow2_ge_0 (c r + c m)). lra.
    - right. set (w := Sum q (fun r => soft F r * (c r)^2)).
      rewrite (Sum_ext q _ (fun r => 2 * (soft F r * (c r)^2) + 2 * w * soft F r - 4 * (soft F r)^2 * (c r)^2)).
      + rewrite Sum_minus, Sum_plus, !Sum_scal, soft_sum. fold w.
        rewrite (Sum_ext q (fun r => 4 * (soft F r * (1 - soft F r)) * (c r)^2)
                   (fun r => 4 * (soft F r * (c r)^2) - 4 * (soft F r)^2 * (c r)^2)) by (intros; ring).
        rewrite Sum_minus, Sum_scal. fold w. ring.
      + intros r Hr. rewrite Sum_minus, (Sum_single q r (fun m => if Nat.eqb m r then _ else 0) Hr).
        * rewrite Nat.eqb_refl. f_equal.
          rewrite (Sum_ext q _ (fun m => 2 * (soft F r * (c r)^2) * soft F m + 2 * soft F r * (soft F m * (c m)^2)))
            by (intros; ring).
          rewrite Sum_plus, !Sum_scal, soft_sum. fold w. ring.
        * intros m Hm. apply Nat.eqb_neq in Hm. now rewrite Hm. }
  assert (Sum q (fun r => 4 * (soft F r * (1 - soft F r)) * (c r)^2) <= Sum q (fun r => (c r)^2)).
  { apply Sum_le; intros r _. pose proof (pow2_ge_0 (c r)). pose proof (pow2_ge_0 (2 * soft F r - 1)). nra. }
  lra.
Qed.

(** Its trace, sum_r softmax_r (1 - softmax_r), is at most 1. *)
Theorem trace_le_1 F : Sum q (fun r => variance F (fun m => if Nat.eqb m r then 1 else 0)) <= 1.
Proof.
  apply Rle_trans with (Sum q (soft F)); [|right; apply soft_sum].
  apply Sum_le; intros r Hr. unfold variance.
  assert (E : forall g : nat -> R, (forall m, m <> r -> g m = 0) -> Sum q g = g r)
    by (intros; now apply Sum_single).
  rewrite !E, Nat.eqb_refl; try (intros m Hm; apply Nat.eqb_neq in Hm; rewrite Hm; ring).
  pose proof (pow2_ge_0 (soft F r)). lra.
Qed.

(** ** Derivatives *)

Lemma d_total (F : R -> nat -> R) v t : (forall r, (r < q)%nat -> is_derive (fun t => F t r) t (v r)) ->
  is_derive (fun t => total (F t)) t (Sum q (fun r => exp (F t r) * v r)).
Proof.
  intros HF. apply is_derive_Sum; intros r Hr.
  apply (d_comp exp (fun t => F t r)); [apply is_derive_Reals, derivable_pt_lim_exp|now apply HF].
Qed.

Lemma d_cross_entropy y (F : R -> nat -> R) v t : (y < q)%nat ->
  (forall r, (r < q)%nat -> is_derive (fun t => F t r) t (v r)) ->
  is_derive (fun t => cross_entropy y (F t)) t (Sum q (fun r => off y (F t) r * v r)).
Proof.
  intros Hy HF. unfold cross_entropy.
  apply (d_eq _ _ (/ total (F t) * Sum q (fun r => exp (F t r) * v r) - v y)).
  - apply (is_derive_minus (V := R_NormedModule)); [|now apply HF].
    apply (d_comp ln (fun t => total (F t))); [|now apply d_total].
    apply is_derive_Reals, derivable_pt_lim_ln, total_pos.
  - rewrite off_sum by exact Hy.
    rewrite (Sum_ext q (fun r => soft (F t) r * (v r - v y)) (fun r => soft (F t) r * v r - soft (F t) r * v y))
      by (intros; ring).
    rewrite Sum_minus, Sum_scal_r, soft_sum, <- Sum_scal. rewrite Rmult_1_l. f_equal.
    apply Sum_ext; intros. unfold soft, Rdiv. ring.
Qed.

Lemma d_off y (F : R -> nat -> R) tau c t : (forall r, (r < q)%nat -> is_derive (fun t => F t r) t (c r * tau)) ->
  is_derive (fun t => Sum q (fun r => off y (F t) r * c r)) t (variance (F t) c * tau).
Proof.
  intros HF. pose proof (total_pos (F t)) as HT.
  set (v := Sum q (fun r => soft (F t) r * c r)).
  apply (d_eq _ _ (Sum q (fun r => (soft (F t) r * (c r - v) * tau - 0) * c r + off y (F t) r * 0))).
  - apply is_derive_Sum; intros r Hr. apply (d_mult (fun t => off y (F t) r)); [|apply d_const].
    unfold off. apply (is_derive_minus (V := R_NormedModule)); [|apply d_const].
    unfold soft at 1. unfold Rdiv.
    apply (d_eq _ _ (exp (F t r) * (c r * tau) * / total (F t)
      + exp (F t r) * (- Sum q (fun r => exp (F t r) * (c r * tau)) / (total (F t))^2))).
    + apply (d_mult (fun t => exp (F t r)) (fun t => / total (F t))).
      * apply (d_comp exp (fun t => F t r)); [apply is_derive_Reals, derivable_pt_lim_exp|now apply HF].
      * apply (is_derive_inv (fun t => total (F t))); [|lra]. now apply (d_total F (fun r => c r * tau)).
    + replace (Sum q (fun r => exp (F t r) * (c r * tau))) with (total (F t) * v * tau).
      * unfold soft. field. lra.
      * unfold v. rewrite <- Sum_scal, <- Sum_scal_r. apply Sum_ext; intros. unfold soft. field. lra.
  - unfold variance. fold v.
    rewrite (Sum_ext q _ (fun r => tau * (soft (F t) r * (c r)^2) - tau * v * (soft (F t) r * c r))) by (intros; ring).
    rewrite Sum_minus, !Sum_scal. fold v. ring.
Qed.

End Softmax.

(** ln sum exp in the language of smooth functions: each class is added through SoftPlus. *)
Fixpoint e_lse (m : nat) (es : nat -> expr) : expr :=
  match m with
  | O => es O
  | S m => Plus (e_lse m es)
             (Apply (fun k => ev (Dn k t_softplus)) 0 (Plus (es (S m)) (Times (Cst (-1)) (e_lse m es))))
  end.

Lemma e_lse_valid p d m es : (forall r, (r <= m)%nat -> valid p d (es r)) -> valid p d (e_lse m es).
Proof.
  induction m as [|m IH]; intros H; simpl; [apply H; lia|].
  assert (H0 : valid p d (e_lse m es)) by (apply IH; intros; apply H; lia).
  refine (conj H0 (conj _ (conj (H _ (le_n _)) (conj I H0)))).
  intros k t. apply (term_tower t_softplus ok_softplus k).
Qed.

Lemma e_lse_value m es W : value (e_lse m es) W = ln (total (S m) (fun r => value (es r) W)).
Proof.
  induction m as [|m IH].
  - simpl. unfold total. simpl. rewrite Rplus_0_l, ln_exp. reflexivity.
  - cbn [e_lse value]. rewrite IH. unfold total at 3. cbn [Sum].
    fold (total (S m) (fun r => value (es r) W)).
    change (Sum m (fun r => exp (value (es r) W)) + exp (value (es m) W)) with (total (S m) (fun r => value (es r) W)).
    set (T := total (S m) (fun r => value (es r) W)). set (e := value (es (S m)) W).
    assert (HT : 0 < T) by (apply total_pos; lia). pose proof (exp_pos e).
    replace (ev (Dn 0 t_softplus) (e + -1 * ln T)) with (ln (1 + exp (e + -1 * ln T))) by reflexivity.
    rewrite exp_plus. replace (-1 * ln T) with (- ln T) by ring. rewrite exp_Ropp, exp_ln by exact HT.
    rewrite <- ln_mult; [|exact HT|].
    + f_equal. field. lra.
    + assert (0 < exp e * / T); [|lra]. apply Rmult_lt_0_compat; [assumption|now apply Rinv_0_lt_compat].
Qed.

(** * V4 under a fixed outer matrix *)

Section Net.

Variables (n p d q : nat) (x : nat -> nat -> R) (A : nat -> nat -> R) (y : nat -> nat) (lam : R).
Variables (sigma sigma1 sigma2 : R -> R) (M1 M2 : R).
Hypothesis Act : Activation sigma sigma1 sigma2 M1 M2.
Hypothesis Hn : (0 < n)%nat.
Hypothesis Hy : forall i, (i < n)%nat -> (y i < q)%nat.

Local Notation Lce := (many_cost n p d x A lam sigma (fun i F => cross_entropy q (y i) F)).

Lemma q_pos : (0 < q)%nat.
Proof. pose proof (Hy 0%nat Hn). lia. Qed.

Section Constants.

(** Data; over all pairs of rows of A the largest |A_k - A_l|_1 and |A_k - A_l|_2; the Frobenius norm of A. *)
Variables (Lam X2 D1 D2 AF : R).
Hypothesis HLam : forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v.
Hypothesis HLam0 : 0 <= Lam.
Hypothesis HX2 : mean n (fun i => dot d (x i) (x i)) <= X2.
Hypothesis HD2 : forall k m, (k < q)%nat -> (m < q)%nat -> Sum p (fun j => (A k j - A m j)^2) <= D2^2.
Hypothesis HD20 : 0 <= D2.
Hypothesis HD1 : forall k m, (k < q)%nat -> (m < q)%nat -> Sum p (fun j => Rabs (A k j - A m j)) <= D1.
Hypothesis HAF : Sum p (fun j => Sum q (fun r => (A r j)^2)) <= AF^2.

Definition G_cross : R := D2 * M1 * sqrt Lam.
Definition K_cross : R := X2 * (1 / 2 * AF^2 * M1^2 + D1 * M2).

(** |A^T (softmax - e_y)|_2 and its 1-norm are at most the largest difference of two rows. *)
Lemma cross_pull2 F i : (i < n)%nat -> Sum p (fun j => (Sum q (fun r => off q (y i) F r * A r j))^2) <= D2^2.
Proof.
  intros Hi. pose proof (Hy i Hi) as Hyi.
  apply Rle_trans with (Sum p (fun j => Sum q (fun r => soft q F r * (A r j - A (y i) j)^2))).
  - apply Sum_le; intros j _. rewrite (off_sum q q_pos (y i) F (fun r => A r j)) by exact Hyi.
    pose proof (Cauchy_Schwarz q (fun r => sqrt (soft q F r)) (fun r => sqrt (soft q F r) * (A r j - A (y i) j))) as H.
    cbv beta in H.
    rewrite (Sum_ext q (fun r => sqrt (soft q F r) * (sqrt (soft q F r) * (A r j - A (y i) j)))
               (fun r => soft q F r * (A r j - A (y i) j))) in H.
    2:{ intros r _. rewrite <- Rmult_assoc, sqrt_sqrt by (apply soft_nonneg, q_pos). reflexivity. }
    rewrite (Sum_ext q (fun r => (sqrt (soft q F r))^2) (soft q F)) in H
      by (intros; apply pow2_sqrt, soft_nonneg, q_pos).
    rewrite soft_sum, Rmult_1_l in H by apply q_pos.
    apply Rle_trans with (1 := H). right. apply Sum_ext; intros r _.
    rewrite Rpow_mult_distr, pow2_sqrt by (apply soft_nonneg, q_pos). reflexivity.
  - rewrite Sum_swap. apply Rle_trans with (Sum q (fun r => soft q F r * D2^2)).
    + apply Sum_le; intros r Hr. rewrite Sum_scal. apply Rmult_le_compat_l; [apply soft_nonneg, q_pos|now apply HD2].
    + rewrite Sum_scal_r, soft_sum by apply q_pos. lra.
Qed.

Lemma cross_pull1 F i : (i < n)%nat -> Sum p (fun j => Rabs (Sum q (fun r => off q (y i) F r * A r j))) <= D1.
Proof.
  intros Hi. pose proof (Hy i Hi) as Hyi.
  apply Rle_trans with (Sum p (fun j => Sum q (fun r => soft q F r * Rabs (A r j - A (y i) j)))).
  - apply Sum_le; intros j _. rewrite (off_sum q q_pos (y i) F (fun r => A r j)) by exact Hyi.
    apply Rle_trans with (1 := Sum_abs _ _). right. apply Sum_ext; intros r _.
    rewrite Rabs_mult, (Rabs_pos_eq (soft q F r)) by (apply soft_nonneg, q_pos). reflexivity.
  - rewrite Sum_swap. apply Rle_trans with (Sum q (fun r => soft q F r * D1)).
    + apply Sum_le; intros r Hr. rewrite Sum_scal. apply Rmult_le_compat_l; [apply soft_nonneg, q_pos|now apply HD1].
    + rewrite Sum_scal_r, soft_sum by apply q_pos. lra.
Qed.

(** V4 with an explicit radius. *)
Theorem v4_cross_entropy s M W : 0 < lam -> 0 < s -> 0 <= M ->
  radius_bounded lam s G_cross (K_cross + lam * (INR p * INR d)) M <= frob p d W -> M <= v4_expression p d Lce s W.
Proof.
  intros Hl Hs HM Hr.
  apply (v4_many n p d q x A lam sigma sigma1 sigma2 M1 M2 Act (fun i F => cross_entropy q (y i) F)
           (fun i F r => off q (y i) F r) (fun i F c => variance q F c)) with (Lam := Lam) (X2 := X2) (g1 := D1) (g2 := D2)
    (h2 := 1 / 2 * AF^2); auto.
  - intros i F v t Hi. apply d_cross_entropy; [apply q_pos|now apply Hy].
  - intros i F tau c t _. apply d_off, q_pos.
  - intros V i Hi. now apply cross_pull2.
  - intros V i Hi. now apply cross_pull1.
  - intros V i j _. apply variance_nonneg, q_pos.
  - intros V i _. apply Rle_trans with (Sum p (fun j => 1 / 2 * Sum q (fun r => (A r j)^2))).
    + apply Sum_le; intros j _. apply variance_half, q_pos.
    + rewrite Sum_scal. apply Rmult_le_compat_l; [lra|exact HAF].
Qed.

Theorem villani_cross_constants s : 0 < lam -> 0 < s -> Villani p d Lce s.
Proof.
  intros Hl Hs.
  apply (villani_many n p d q x A lam sigma sigma1 sigma2 M1 M2 Act (fun i F => cross_entropy q (y i) F)
           (fun i F r => off q (y i) F r) (fun i F c => variance q F c)) with (Lam := Lam) (X2 := X2) (g1 := D1) (g2 := D2)
    (h2 := 1 / 2 * AF^2)
    (e_ell := fun i es => Plus (e_lse (q - 1) es) (Times (Cst (-1)) (es (y i)))); auto.
  - intros i F v t Hi. apply d_cross_entropy; [apply q_pos|now apply Hy].
  - intros i F tau c t _. apply d_off, q_pos.
  - intros V i Hi. now apply cross_pull2.
  - intros V i Hi. now apply cross_pull1.
  - intros V i j _. apply variance_nonneg, q_pos.
  - intros V i _. apply Rle_trans with (Sum p (fun j => 1 / 2 * Sum q (fun r => (A r j)^2))).
    + apply Sum_le; intros j _. apply variance_half, q_pos.
    + rewrite Sum_scal. apply Rmult_le_compat_l; [lra|exact HAF].
  - intros i F Hi. apply cross_entropy_nonneg; auto using q_pos.
  - intros i es Hi Hes. pose proof q_pos. simpl. repeat split; auto. apply e_lse_valid. intros r Hr. apply Hes. lia.
  - intros i es W Hi. cbn [value]. rewrite e_lse_value. replace (S (q - 1)) with q by (pose proof q_pos; lia).
    unfold cross_entropy. ring.
Qed.

End Constants.

(** Cross-entropy under a fixed outer matrix is Villani for every lambda > 0 and every s > 0, whatever the data. *)
Theorem villani_cross_entropy s : 0 < lam -> 0 < s -> Villani p d Lce s.
Proof.
  intros Hl Hs. destruct (Data_exist n p d x (fun _ => 0) (fun _ => 0) Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  destruct Dat as [_ HLam HLam0 HX2 _ _ _ _ _ _ _ _ _ _].
  set (d2 := fun k m => Sum p (fun j => (A k j - A m j)^2)).
  set (d1 := fun k m => Sum p (fun j => Rabs (A k j - A m j))).
  set (f2 := Sum p (fun j => Sum q (fun r => (A r j)^2))).
  assert (Hd2 : forall k m, 0 <= d2 k m) by (intros; apply Sum_nonneg; intros; apply pow2_ge_0).
  assert (Hd1 : forall k m, 0 <= d1 k m) by (intros; apply Sum_nonneg; intros; apply Rabs_pos).
  assert (all_pairs : forall g : nat -> nat -> R, (forall k m, 0 <= g k m) -> forall k m, (k < q)%nat -> (m < q)%nat ->
            g k m <= Sum q (fun k => Sum q (fun m => g k m))).
  { intros g Hg k m Hk Hm. apply Rle_trans with (Sum q (fun m => g k m)).
    - now apply (Sum_term q (fun m => g k m)).
    - apply (Sum_term q (fun k => Sum q (fun m => g k m))); [|exact Hk]. intros; now apply Sum_nonneg. }
  apply (villani_cross_constants (Bx^2) (Bx^2) (Sum q (fun k => Sum q (fun m => d1 k m)))
           (sqrt (Sum q (fun k => Sum q (fun m => d2 k m)))) (sqrt f2)); auto.
  - intros k m Hk Hm. rewrite pow2_sqrt by (apply Sum_nonneg; intros; now apply Sum_nonneg). now apply (all_pairs d2).
  - apply sqrt_pos.
  - intros k m Hk Hm. now apply (all_pairs d1).
  - rewrite pow2_sqrt; [unfold f2; lra|]. apply Sum_nonneg; intros; apply Sum_nonneg; intros; apply pow2_ge_0.
Qed.

End Net.
