(** Refutations: without regularisation (lambda <= 0) condition V2 fails, and with an
    activation whose slope changes sign V4 can fail below a positive threshold. *)

Require Import Reals Lra Lia Psatz List.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Smooth Terms Villani Activations.
Open Scope R_scope.

(** If F stays below a number on weights of any size, V2 fails. *)
Lemma not_V2 p d F B : (forall t, 0 <= t -> exists W, t <= frob p d W /\ F W <= B) -> ~ V2 p d F.
Proof.
  intros H HV. destruct (HV (B + 1)) as [r0 Hr].
  destruct (H (Rmax r0 0) (Rmax_r _ _)) as [W [HW HB]].
  specialize (Hr W (Rle_trans _ _ _ (Rmax_l _ _) HW)). lra.
Qed.

Section Refute.

Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R).
Variables (sigma : R -> R) (l l1 : R -> R -> R).
Hypothesis Dl : forall c t, is_derive (l c) t (l1 c t).
Hypothesis Hlam : lam <= 0.

Local Notation L := (objective n p d x y a lam sigma l).

(** A risk that is bounded where every |f_i| <= F. *)
Lemma risk_bounded F : (0 < n)%nat -> exists B, forall W,
  (forall i, (i < n)%nat -> Rabs (net p d x a sigma W i) <= F) -> risk n p d x y a sigma l W <= B.
Proof.
  intros Hn.
  assert (H : forall m, exists B, forall i, (i < m)%nat -> forall t, Rabs t <= F -> l (y i) t <= B).
  { induction m as [|m [B HB]]; [exists 0; intros i Hi; lia|].
    destruct (bounded_on (l (y m)) F) as [M [_ HM]]; [intros; eexists; apply Dl|].
    exists (Rmax B M). intros i Hi t Ht. destruct (Nat.eq_dec i m) as [->|Hne].
    - apply Rle_trans with (2 := Rmax_r _ _). apply Rle_trans with (2 := HM t Ht), Rle_abs.
    - apply Rle_trans with (2 := Rmax_l _ _). apply HB; [lia|exact Ht]. }
  destruct (H n) as [B HB]. exists B. intros W HW. apply mean_bound; [exact Hn|]. auto.
Qed.

Lemma objective_le_risk W : L W <= risk n p d x y a sigma l W.
Proof. unfold objective. pose proof (frob2_nonneg p d W). nra. Qed.

(** The matrix whose rows are c_j u. *)
Definition rows (c : nat -> R) (u : nat -> R) (t : R) : weights := fun j k => t * (c j * u k).

Lemma z_rows c u t i j : z d x (rows c u t) i j = t * c j * dot d u (x i).
Proof. unfold z, rows, dot. rewrite <- Sum_scal. apply Sum_ext; intros; ring. Qed.

Lemma frob_rows c u j t : (j < p)%nat -> 0 <= t -> Rabs (c j) * sqrt (dot d u u) * t <= frob p d (rows c u t).
Proof.
  intros Hj Ht.
  assert (Hu : 0 <= dot d u u) by (apply Sum_nonneg; intros k _; pose proof (pow2_ge_0 (u k)) as Hk; simpl in Hk; lra).
  apply sq_le; [apply frob_nonneg|]. rewrite frob_sq, !Rpow_mult_distr, pow2_abs, pow2_sqrt by exact Hu.
  apply Rle_trans with (Sum d (fun k => (rows c u t j k)^2)).
  - right. unfold dot. rewrite <- Sum_scal, <- Sum_scal_r. apply Sum_ext; intros; unfold rows; ring.
  - apply (Sum_term p (fun j => Sum d (fun k => (rows c u t j k)^2))); [|exact Hj].
    intros; apply Sum_nonneg; intros; apply pow2_ge_0.
Qed.

(** A ray along which every |f_i| stays bounded refutes V2. *)
Theorem refute_ray c u F j : (0 < n)%nat -> (j < p)%nat -> c j <> 0 -> dot d u u <> 0 ->
  (forall t i, 0 <= t -> (i < n)%nat -> Rabs (net p d x a sigma (rows c u t) i) <= F) -> ~ V2 p d L.
Proof.
  intros Hn Hj Hc Hu HF. destruct (risk_bounded F Hn) as [B HB].
  assert (Hu0 : 0 < dot d u u).
  { assert (0 <= dot d u u) by (apply Sum_nonneg; intros k _; pose proof (pow2_ge_0 (u k)) as Hk; simpl in Hk; lra). lra. }
  set (q := Rabs (c j) * sqrt (dot d u u)).
  assert (Hq : 0 < q) by (apply Rmult_lt_0_compat; [now apply Rabs_pos_lt|now apply sqrt_lt_R0]).
  apply not_V2 with B. intros t Ht. exists (rows c u (t / q)).
  assert (Htq : 0 <= t / q) by (apply Rmult_le_pos; [exact Ht|now apply Rlt_le, Rinv_0_lt_compat]).
  split.
  - apply Rle_trans with (2 := frob_rows c u j (t / q) Hj Htq). fold q. right. field. lra.
  - apply Rle_trans with (1 := objective_le_risk _). apply HB. intros i Hi. now apply HF.
Qed.

(** A bounded activation: whatever the data. *)
Theorem refute_bounded S0 : (0 < n)%nat -> (0 < p)%nat -> (0 < d)%nat -> bounded sigma S0 -> ~ V2 p d L.
Proof.
  intros Hn Hp Hd HS.
  apply (refute_ray (fun _ => 1) (fun k => if Nat.eqb k 0 then 1 else 0) (Sum p (fun j => Rabs (a j)) * S0) 0); auto.
  - unfold dot. rewrite (Sum_single d 0); [simpl; apply Rgt_not_eq; lra|exact Hd|]. intros k Hk. apply Nat.eqb_neq in Hk. rewrite Hk. ring.
  - intros t i _ _. apply Rle_trans with (1 := Sum_abs _ _). rewrite <- Sum_scal_r. apply Sum_le; intros j _.
    rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply HS].
Qed.

(** A direction orthogonal to the data. *)
Theorem refute_null u : (0 < n)%nat -> (0 < p)%nat -> dot d u u <> 0 ->
  (forall i, (i < n)%nat -> dot d u (x i) = 0) -> ~ V2 p d L.
Proof.
  intros Hn Hp Hu H0. apply (refute_ray (fun _ => 1) u (Rabs (Sum p (fun j => a j * sigma 0))) 0); auto.
  intros t i _ Hi. right. f_equal. apply Sum_ext; intros j _. rewrite z_rows, (H0 i Hi). do 2 f_equal. ring.
Qed.

(** A half-space that contains the data, where sigma is bounded on one half-line. *)
Theorem refute_half u S0 : (0 < n)%nat -> (0 < p)%nat -> dot d u u <> 0 ->
  (forall t, t <= 0 -> Rabs (sigma t) <= S0) -> (forall i, (i < n)%nat -> dot d u (x i) <= 0) -> ~ V2 p d L.
Proof.
  intros Hn Hp Hu HS H0. apply (refute_ray (fun _ => 1) u (Sum p (fun j => Rabs (a j)) * S0) 0); auto.
  intros t i Ht Hi. apply Rle_trans with (1 := Sum_abs _ _). rewrite <- Sum_scal_r. apply Sum_le; intros j _.
  rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|]. apply HS. rewrite z_rows. specialize (H0 i Hi). nra.
Qed.

(** Two units of opposite sign whose growing parts cancel; sigma has straight asymptotes. *)
Theorem refute_paired alpha beta B j1 j2 : (0 < n)%nat -> (0 < d)%nat -> (j1 < p)%nat -> (j2 < p)%nat ->
  0 < a j1 -> a j2 < 0 ->
  (forall t, Rabs (sigma t - (alpha * Rmax t 0 + beta * Rmin t 0)) <= B) -> ~ V2 p d L.
Proof.
  intros Hn Hd Hj1 Hj2 Ha1 Ha2 HB.
  assert (Hne : j1 <> j2) by (intros ->; lra).
  set (c := fun j => if Nat.eqb j j1 then / a j1 else if Nat.eqb j j2 then - / a j2 else 0).
  assert (Hi1 : 0 < / a j1) by (now apply Rinv_0_lt_compat).
  assert (Hi2 : / a j2 < 0) by (now apply Rinv_lt_0_compat).
  set (hinge := fun t => alpha * Rmax t 0 + beta * Rmin t 0).
  assert (Hh : forall k t, 0 <= k -> hinge (k * t) = k * hinge t).
  { intros k t Hk. unfold hinge. destruct (Rle_or_lt t 0) as [Ht|Ht].
    - rewrite !Rmax_right, !Rmin_left by nra. ring.
    - rewrite !Rmax_left, !Rmin_right by nra. ring. }
  apply (refute_ray c (fun k => if Nat.eqb k 0 then 1 else 0) (Sum p (fun j => Rabs (a j)) * B) j1); auto.
  - unfold c. rewrite Nat.eqb_refl. apply Rgt_not_eq; lra.
  - unfold dot. rewrite (Sum_single d 0); [simpl; apply Rgt_not_eq; lra|exact Hd|]. intros k Hk. apply Nat.eqb_neq in Hk. rewrite Hk. ring.
  - intros t i Ht Hi. set (u := fun k => if Nat.eqb k 0 then 1 else 0).
    set (q := dot d u (x i)).
    assert (E : net p d x a sigma (rows c u t) i
              = Sum p (fun j => a j * (sigma (z d x (rows c u t) i j) - hinge (z d x (rows c u t) i j)))).
    { transitivity (Sum p (fun j => a j * (sigma (z d x (rows c u t) i j) - hinge (z d x (rows c u t) i j)))
                  + Sum p (fun j => a j * hinge (z d x (rows c u t) i j))).
      - rewrite <- Sum_plus. apply Sum_ext; intros; ring.
      - rewrite <- (Rplus_0_r (Sum p (fun j => a j * (sigma (z d x (rows c u t) i j) - hinge (z d x (rows c u t) i j))))) at 2. f_equal.
        transitivity (Sum p (fun j => (if Nat.eqb j j1 then hinge (t * q) else 0)
                                    + (if Nat.eqb j j2 then - hinge (t * q) else 0))).
        + apply Sum_ext; intros j _. rewrite z_rows. fold q. unfold c.
          destruct (Nat.eqb_spec j j1) as [E1|E1]; destruct (Nat.eqb_spec j j2) as [E2|E2].
          * congruence.
          * rewrite E1. replace (t * / a j1 * q) with (/ a j1 * (t * q)) by ring. rewrite Hh by lra. field. lra.
          * rewrite E2. replace (t * - / a j2 * q) with (- / a j2 * (t * q)) by ring. rewrite Hh by lra. field. lra.
          * replace (t * 0 * q) with (0 * (t * q)) by ring. rewrite Hh by lra. ring.
        + rewrite Sum_plus, (Sum_single p j1), (Sum_single p j2); auto.
          * rewrite !Nat.eqb_refl. ring.
          * intros j Hj. apply Nat.eqb_neq in Hj. now rewrite Hj.
          * intros j Hj. apply Nat.eqb_neq in Hj. now rewrite Hj. }
    rewrite E. apply Rle_trans with (1 := Sum_abs _ _). rewrite <- Sum_scal_r. apply Sum_le; intros j _.
    rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply HB].
Qed.

End Refute.

(** The universal statement fails for lambda <= 0, whatever the activation: n = p = 1, d = 2,
    x_1 = (1, 0) and the ray W(t) = t (0, 1). *)
Definition x_instance (i k : nat) : R := if Nat.eqb k 0 then 1 else 0.

Theorem refute_instance lam sigma l l1 (y0 : R) : (forall c t, is_derive (l c) t (l1 c t)) -> lam <= 0 ->
  ~ V2 1 2 (objective 1 1 2 x_instance (fun _ => y0) (fun _ => 1) lam sigma l).
Proof.
  intros Dl Hl. apply (refute_null _ _ _ _ _ _ _ _ l l1 Dl Hl (fun k => if Nat.eqb k 1 then 1 else 0)); try lia.
  - unfold dot; simpl; apply Rgt_not_eq; lra.
  - intros i _. unfold dot, x_instance; simpl; ring.
Qed.

(** SoftPlus has the asymptotes 0 and z. *)
Lemma softplus_asymptotes t : Rabs (softplus t - (1 * Rmax t 0 + 0 * Rmin t 0)) <= ln 2.
Proof.
  assert (H : 0 <= softplus t - Rmax t 0 <= ln 2).
  { unfold softplus. pose proof (exp_pos t). unfold Rmax. destruct (Rle_dec t 0) as [Ht|Ht].
    - assert (exp t <= 1) by (rewrite <- exp_0; destruct (Req_dec t 0) as [->|]; [lra|apply Rlt_le, exp_increasing; lra]).
      assert (0 < ln (1 + exp t)) by (rewrite <- ln_1; apply ln_increasing; lra).
      assert (ln (1 + exp t) <= ln 2) by (destruct (Req_dec (1 + exp t) 2) as [->|]; [lra|apply Rlt_le, ln_increasing; lra]).
      lra.
    - assert (1 < exp t) by (rewrite <- exp_0; apply exp_increasing; lra).
      assert (E : ln (1 + exp t) = t + ln (1 + exp (- t))).
      { rewrite <- (ln_exp t) at 2. rewrite <- ln_mult; [|lra|pose proof (exp_pos (- t)); lra].
        f_equal. rewrite exp_Ropp. field. lra. }
      rewrite E. assert (exp (- t) < 1) by (rewrite <- exp_0; apply exp_increasing; lra).
      pose proof (exp_pos (- t)).
      assert (0 < ln (1 + exp (- t))) by (rewrite <- ln_1; apply ln_increasing; lra).
      assert (ln (1 + exp (- t)) < ln 2) by (apply ln_increasing; lra). lra. }
  replace (softplus t - (1 * Rmax t 0 + 0 * Rmin t 0)) with (softplus t - Rmax t 0) by ring.
  rewrite Rabs_pos_eq; lra.
Qed.
