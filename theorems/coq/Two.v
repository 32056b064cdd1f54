(** Nets of two layers with both trained: f = sum_j a_j sigma(<w_j, x>), any n, p, d.

    Row j of the matrix of trained weights is w_j, then a_j in the column d. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Villani Curve Fit.
Open Scope R_scope.

Section Two.

Variables (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R).
Variables (sigma sigma1 sigma2 : R -> R) (l l1 l2 : R -> R -> R).
Hypothesis Ds : forall t, is_derive sigma t (sigma1 t).
Hypothesis Ds1 : forall t, is_derive sigma1 t (sigma2 t).

Local Notation zz W i j := (dot d (W j) (x i)).

Definition both (i : nat) (W : weights) : R := Sum p (fun j => W j d * sigma (zz W i j)).

(** Its derivatives along the coordinate (j, k). *)
Definition both1 (i j k : nat) (W : weights) : R :=
  if Nat.eqb k d then sigma (zz W i j) else W j d * (sigma1 (zz W i j) * x i k).
Definition both2 (i j k : nat) (W : weights) : R :=
  if Nat.eqb k d then 0 else W j d * (sigma2 (zz W i j) * (x i k)^2).

(** The mean loss and the decay of each weight. *)
Definition both_cost : weights -> R := cost n p (S d) y mu both l.

Lemma d_zz W i j k j' : is_derive (fun t => zz (upd W j k t) i j') (W j k) (dot d (unit_at j k j') (x i)).
Proof.
  unfold dot. apply is_derive_Sum; intros k' _.
  apply (d_eq _ _ (unit_at j k j' k' * x i k' + upd W j k (W j k) j' k' * 0)); [|ring].
  apply (d_mult (fun t => upd W j k t j' k')); [apply d_upd|apply d_const].
Qed.

Lemma dot_unit_other j k j' i : j' <> j -> dot d (unit_at j k j') (x i) = 0.
Proof.
  intros H. apply Sum_zero; intros. unfold unit_at. apply Nat.eqb_neq in H. rewrite H. simpl; ring.
Qed.

Lemma dot_unit_last j j' i : dot d (unit_at j d j') (x i) = 0.
Proof.
  apply Sum_zero; intros k' Hk'. unfold unit_at.
  replace (Nat.eqb k' d) with false by (symmetry; apply Nat.eqb_neq; lia). rewrite Bool.andb_false_r. ring.
Qed.

Lemma dot_unit_self j k i : (k < d)%nat -> dot d (unit_at j k j) (x i) = x i k.
Proof.
  intros Hk. unfold dot. rewrite (Sum_single d k); [unfold unit_at; rewrite !Nat.eqb_refl; simpl; ring|exact Hk|].
  intros m Hm. unfold unit_at. apply Nat.eqb_neq in Hm. rewrite Hm, Bool.andb_false_r. ring.
Qed.

Lemma d_both i j k W : (j < p)%nat -> (k < S d)%nat ->
  is_derive (fun t => both i (upd W j k t)) (W j k) (both1 i j k W).
Proof.
  intros Hj Hk. unfold both.
  apply (d_eq _ _ (Sum p (fun m => unit_at j k m d * sigma (zz W i m)
                                   + W m d * (sigma1 (zz W i m) * dot d (unit_at j k m) (x i))))).
  - apply is_derive_Sum; intros m _.
    apply (d_eq _ _ (unit_at j k m d * sigma (zz (upd W j k (W j k)) i m)
                     + upd W j k (W j k) m d * (sigma1 (zz W i m) * dot d (unit_at j k m) (x i))));
      [|now rewrite upd_self].
    apply (d_mult (fun t => upd W j k t m d) (fun t => sigma (zz (upd W j k t) i m))); [apply d_upd|].
    apply (d_comp sigma (fun t => zz (upd W j k t) i m)); [rewrite upd_self; apply Ds|apply d_zz].
  - rewrite (Sum_single p j _ Hj).
    + unfold both1. destruct (Nat.eqb_spec k d) as [->|Hne].
      * rewrite dot_unit_last. unfold unit_at. rewrite !Nat.eqb_refl. simpl; ring.
      * rewrite dot_unit_self by lia. unfold unit_at.
        replace (Nat.eqb d k) with false by (symmetry; apply Nat.eqb_neq; lia). rewrite Bool.andb_false_r. ring.
    + intros m Hm. rewrite dot_unit_other by exact Hm. unfold unit_at. apply Nat.eqb_neq in Hm.
      rewrite Hm. simpl; ring.
Qed.

Lemma d_both1 i j k W : (j < p)%nat -> (k < S d)%nat ->
  is_derive (fun t => both1 i j k (upd W j k t)) (W j k) (both2 i j k W).
Proof.
  intros Hj Hk. unfold both1, both2. destruct (Nat.eqb_spec k d) as [->|Hne].
  - apply (d_eq _ _ (sigma1 (zz W i j) * 0)); [|ring].
    apply (d_comp sigma (fun t => zz (upd W j d t) i j)); [rewrite upd_self; apply Ds|].
    rewrite <- (dot_unit_last j j i). apply d_zz.
  - apply (d_ext (fun t => W j d * (sigma1 (zz (upd W j k t) i j) * x i k))).
    { intros t. f_equal. symmetry. apply upd_off. intros E. injection E. lia. }
    apply d_scal.
    apply (d_eq _ _ (sigma2 (zz W i j) * x i k * x i k + sigma1 (zz (upd W j k (W j k)) i j) * 0)); [|ring].
    apply (d_mult (fun t => sigma1 (zz (upd W j k t) i j))); [|apply d_const].
    apply (d_comp sigma1 (fun t => zz (upd W j k t) i j)); [rewrite upd_self; apply Ds1|].
    rewrite <- (dot_unit_self j k i) by lia. apply d_zz.
Qed.

End Two.

(** * V4 fails above a threshold

    Along a = (t, -t, 0, ...), w_1 = w + delta/t, w_2 = w - delta/t the outputs converge, |grad L|^2 / t^2 tends to the
    part of the decay of a alone, and the Laplacian / t^2 to 2 mean l'' sigma'(<w, x>)^2 |x|^2. *)

Section Pair.

Variables (n q d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R).
Variables (sigma sigma1 sigma2 : R -> R) (l l1 l2 : R -> R -> R).
Hypothesis Ds : forall t, is_derive sigma t (sigma1 t).
Hypothesis Ds1 : forall t, is_derive sigma1 t (sigma2 t).
Hypothesis Dl : forall y t, is_derive (l y) t (l1 y t).
Hypothesis Dl1 : forall y t, is_derive (l1 y) t (l2 y t).
Hypothesis Cs2 : forall t, continuous sigma2 t.
Hypothesis Cl1 : forall y t, continuous (l1 y) t.
Hypothesis Cl2 : forall y t, continuous (l2 y) t.

Variables (w delta : nat -> R).

Definition sign (j : nat) : R := match j with 0%nat => 1 | 1%nat => -1 | _ => 0 end.

Definition pair (t : R) : weights := fun j k =>
  if Nat.eqb k d then sign j * t else (sign j)^2 * w k + sign j * (delta k * / t).

Local Notation wx i := (dot d w (x i)).
Local Notation dx i := (dot d delta (x i)).
Local Notation out i := (2 * (sigma1 (wx i) * dx i)).

Lemma pair_z t i j : dot d (pair t j) (x i) = (sign j)^2 * wx i + sign j * (dx i * / t).
Proof.
  unfold dot. rewrite <- !Sum_scal_r, <- !Sum_scal, <- Sum_plus. apply Sum_ext; intros k Hk. unfold pair.
  replace (Nat.eqb k d) with false by (symmetry; apply Nat.eqb_neq; lia). ring.
Qed.

Lemma pair_z_tends i j : tends (fun t => dot d (pair t j) (x i)) ((sign j)^2 * wx i).
Proof.
  apply (tends_ext (fun t => (sign j)^2 * wx i + sign j * (dx i * / t))); [intros; now rewrite pair_z|].
  apply (tends_eq _ ((sign j)^2 * wx i + sign j * (dx i * 0))); [|ring].
  apply tends_plus; [apply tends_const|]. apply tends_scal, tends_scal, tends_inv.
Qed.

(** t (sigma(v + e/t) - sigma v) -> sigma'(v) e *)
Lemma quotient_tends v e : tends (fun t => t * (sigma (v + e * / t) - sigma v)) (e * sigma1 v).
Proof.
  apply (tends_ext (fun t => t^1 * (sigma (v + e * / t) - sigma v))); [intros; ring|].
  apply (tends_slope (fun u => sigma (v + u) - sigma v)).
  - apply (d_eq _ _ (sigma1 v * (0 + 1) - 0)); [|ring]. apply (is_derive_minus (V := R_NormedModule)); [|apply d_const].
    apply (d_comp sigma (fun u => v + u)); [rewrite Rplus_0_r; apply Ds|].
    apply d_plus; [apply d_const|apply d_id].
  - rewrite Rplus_0_r. ring.
  - apply (tends_eq _ (e * 0)); [|ring]. apply tends_scal, tends_inv.
  - apply (tends_ext (fun _ => e)); [intros; field; lra|apply tends_const].
Qed.

Lemma pair_output i : tends (fun t => both (2 + q) d x sigma i (pair t)) (out i).
Proof.
  apply (tends_ext (fun t => t * (sigma (wx i + dx i * / t) - sigma (wx i))
                             + -1 * (t * (sigma (wx i + - dx i * / t) - sigma (wx i))))).
  { intros t Ht. unfold both. rewrite Sum_app. cbn [Sum]. rewrite (Sum_zero q).
    - rewrite !pair_z. unfold pair, sign. rewrite Nat.eqb_refl.
      replace (1^2 * wx i + 1 * (dx i * / t)) with (wx i + dx i * / t) by ring.
      replace ((-1)^2 * wx i + -1 * (dx i * / t)) with (wx i + - dx i * / t) by ring. ring.
    - intros r _. unfold pair at 1. rewrite Nat.eqb_refl. simpl. ring. }
  apply (tends_eq _ (dx i * sigma1 (wx i) + -1 * (- dx i * sigma1 (wx i)))); [|ring].
  apply tends_plus; [|apply tends_scal]; apply quotient_tends.
Qed.

Definition pair_weight (j k : nat) : R := if Nat.eqb k d then sign j else 0.
Definition pair_slope (i j k : nat) : R := if Nat.eqb k d then 0 else sign j * (sigma1 (wx i) * x i k).

Lemma pair_weight_tends j k : tends (fun t => pair t j k * / t^1) (pair_weight j k).
Proof.
  unfold pair, pair_weight. destruct (Nat.eqb k d).
  - apply (tends_ext (fun _ => sign j)); [intros; field; lra|apply tends_const].
  - apply (tends_ext (fun t => (sign j)^2 * w k * / t + sign j * delta k * / t^2)); [intros; field; lra|].
    apply (tends_eq _ ((sign j)^2 * w k * 0 + sign j * delta k * 0)); [|ring].
    apply tends_plus; apply tends_scal; [apply tends_inv|apply tends_inv_pow; lia].
Qed.

Lemma continuous_sigma t : continuous sigma t.
Proof. apply (ex_derive_continuous (V := R_NormedModule)). eexists; apply Ds. Qed.

Lemma continuous_sigma1 t : continuous sigma1 t.
Proof. apply (ex_derive_continuous (V := R_NormedModule)). eexists; apply Ds1. Qed.

Lemma sign_unit j (g : R -> R) u : sign j * g ((sign j)^2 * u) = sign j * g u.
Proof.
  destruct j as [|[|j]]; simpl; [| |ring]; replace (_ * u) with u by ring; reflexivity.
Qed.

Lemma pair_slope_tends i j k : tends (fun t => both1 d x sigma sigma1 i j k (pair t) * / t^1) (pair_slope i j k).
Proof.
  unfold both1, pair_slope. destruct (Nat.eqb k d) eqn:E.
  - apply (tends_ext (fun t => sigma (dot d (pair t j) (x i)) * / t)); [intros; simpl; now rewrite Rmult_1_r|].
    apply (tends_eq _ (sigma ((sign j)^2 * wx i) * 0)); [|ring].
    apply tends_mult; [|apply tends_inv]. apply (tends_comp sigma); [apply pair_z_tends|apply continuous_sigma].
  - apply (tends_ext (fun t => sign j * sigma1 (dot d (pair t j) (x i)) * x i k)).
    { intros t Ht. unfold pair at 2. rewrite Nat.eqb_refl. field. lra. }
    rewrite <- Rmult_assoc, <- (sign_unit j sigma1). apply tends_mult; [|apply tends_const].
    apply tends_scal. apply (tends_comp sigma1); [apply pair_z_tends|apply continuous_sigma1].
Qed.

Lemma pair_bend_tends i j k : tends (fun t => both2 d x sigma2 i j k (pair t) * / t^(1 + 1)) 0.
Proof.
  unfold both2. destruct (Nat.eqb k d).
  - apply (tends_ext (fun _ => 0)); [intros; ring|apply tends_const].
  - apply (tends_ext (fun t => sign j * sigma2 (dot d (pair t j) (x i)) * (x i k)^2 * / t)).
    { intros t Ht. unfold pair at 2. rewrite Nat.eqb_refl. simpl. field. lra. }
    apply (tends_eq _ (sign j * sigma2 ((sign j)^2 * wx i) * (x i k)^2 * 0)); [|ring].
    apply tends_mult; [|apply tends_inv]. apply tends_mult; [|apply tends_const]. apply tends_scal.
    apply (tends_comp sigma2); [apply pair_z_tends|apply Cs2].
Qed.

(** delta is a stationary point of the risk of the linear model x -> 2 sigma'(<w, x>) <delta, x>. *)
Hypothesis Hdelta : forall k, (k < d)%nat -> mean n (fun i => l1 (y i) (out i) * (sigma1 (wx i) * x i k)) = 0.

Theorem pair_refuted s : 0 < s ->
  (mu 0%nat d)^2 + (mu 1%nat d)^2
    < s * (2 * mean n (fun i => l2 (y i) (out i) * ((sigma1 (wx i))^2 * dot d (x i) (x i)))) ->
  ~ V4 (2 + q) (S d) (both_cost n (2 + q) d x y mu sigma l) s.
Proof.
  intros Hs Hlt.
  apply (refute_curve n (2 + q) (S d) y mu (both (2 + q) d x sigma)
           (both1 d x sigma sigma1) (both2 d x sigma2) l l1 l2
           (fun i j k W _ => d_both (2 + q) d x sigma sigma1 Ds i j k W)
           (fun i j k W _ => d_both1 (2 + q) d x sigma sigma1 sigma2 Ds Ds1 i j k W) Dl Dl1
           s 1 pair (fun i => out i) pair_slope (fun _ _ _ => 0) pair_weight); auto.
  - intros; apply pair_output.
  - intros; apply pair_weight_tends.
  - intros; apply pair_slope_tends.
  - intros; apply pair_bend_tends.
  - apply (far_away (2 + q) (S d) pair 0 d); [lia|lia|].
    intros t. unfold pair. rewrite Nat.eqb_refl. simpl. ring.
  - set (S2 := mean n (fun i => l2 (y i) (out i) * ((sigma1 (wx i))^2 * dot d (x i) (x i)))) in *.
    assert (Es : forall j, Sum (S d) (fun k => (slope_limit n y mu l1 (fun i => out i) pair_slope pair_weight j k)^2)
                           = (mu j d * sign j)^2).
    { intros j. cbn [Sum]. rewrite (Sum_zero d).
      - unfold slope_limit, pair_slope, pair_weight. rewrite Nat.eqb_refl.
        rewrite (mean_zero n (fun i => _ * 0)) by (intros; ring). ring.
      - intros k Hk. unfold slope_limit, pair_slope, pair_weight.
        replace (Nat.eqb k d) with false by (symmetry; apply Nat.eqb_neq; lia).
        replace (mean n _) with (sign j * mean n (fun i => l1 (y i) (out i) * (sigma1 (wx i) * x i k))).
        + rewrite Hdelta by exact Hk. ring.
        + rewrite <- mean_scal. apply mean_ext; intros; ring. }
    assert (Eb : forall j, Sum (S d) (fun k => bend_limit n y l1 l2 (fun i => out i) pair_slope (fun _ _ _ => 0) j k)
                           = (sign j)^2 * S2).
    { intros j. cbn [Sum].
      replace (bend_limit n y l1 l2 (fun i => out i) pair_slope (fun _ _ _ => 0) j d) with 0.
      2: { symmetry. apply mean_zero; intros i. unfold pair_slope. rewrite Nat.eqb_refl. ring. }
      rewrite Rplus_0_r. unfold S2. rewrite <- mean_scal.
      transitivity (mean n (fun i => Sum d (fun k => l2 (y i) (out i) * (sign j * (sigma1 (wx i) * x i k))^2))).
      - rewrite <- Sum_mean_swap. apply Sum_ext; intros k Hk. apply mean_ext; intros i _. unfold pair_slope.
        replace (Nat.eqb k d) with false by (symmetry; apply Nat.eqb_neq; lia). ring.
      - apply mean_ext; intros i _. set (curved := l2 (y i) (out i)).
        change (dot d (x i) (x i)) with (Sum d (fun k => x i k * x i k)). rewrite <- !Sum_scal.
        apply Sum_ext; intros; ring. }
    unfold frob2. rewrite (Sum_ext (2 + q) _ _ (fun j _ => Es j)), (Sum_ext (2 + q) _ _ (fun j _ => Eb j)).
    rewrite !Sum_app. cbn [Sum]. rewrite !(Sum_zero q) by (intros; simpl; ring). simpl in *. lra.
Qed.

End Pair.

Section Squared.

Variables (n q d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (lam : R).
Variables (sigma sigma1 sigma2 : R -> R).
Hypothesis Ds : forall t, is_derive sigma t (sigma1 t).
Hypothesis Ds1 : forall t, is_derive sigma1 t (sigma2 t).
Hypothesis Cs2 : forall t, continuous sigma2 t.
Hypothesis Hmu : forall j, mu j d = lam.

(** Squared loss, both layers trained, at least two hidden units: V4 is false for every data set and every w with
    lambda_a^2 < s mean sigma'(<w, x>)^2 |x|^2.  Only the decay of a matters. *)
Theorem pair_refuted_squared w s : 0 < s ->
  lam^2 < s * mean n (fun i => (sigma1 (dot d w (x i)))^2 * dot d (x i) (x i)) ->
  ~ V4 (2 + q) (S d) (both_cost n (2 + q) d x y mu sigma squared) s.
Proof.
  intros Hs Hlt.
  destruct (least_squares n d (fun k i => sigma1 (dot d w (x i)) * x i k) y) as [b Hb].
  apply (pair_refuted n q d x y mu sigma sigma1 sigma2 squared squared1 squared2) with (w := w) (delta := fun k => b k / 2);
    auto using d_squared, d_squared1, continuous_squared1, continuous_squared2.
  - intros k Hk. unfold mean.
    replace (Sum n _) with (-1 * dot n (residual_of d (fun k i => sigma1 (dot d w (x i)) * x i k) y b)
                                      (fun i => sigma1 (dot d w (x i)) * x i k)); [rewrite (Hb k Hk); ring|].
    unfold dot at 1. rewrite <- Sum_scal. apply Sum_ext; intros i _. unfold residual_of, squared1.
    replace (2 * (sigma1 (dot d w (x i)) * dot d (fun k => b k / 2) (x i)))
      with (Sum d (fun k => b k * (sigma1 (dot d w (x i)) * x i k))); [ring|].
    set (slope := sigma1 (dot d w (x i))).
    change (dot d (fun k => b k / 2) (x i)) with (Sum d (fun k => b k / 2 * x i k)).
    rewrite <- !Sum_scal. apply Sum_ext; intros; field.
  - rewrite !Hmu. unfold squared2.
    rewrite (mean_ext n (fun i => 1 * _) (fun i => (sigma1 (dot d w (x i)))^2 * dot d (x i) (x i))) by (intros; ring).
    lra.
Qed.

End Squared.
