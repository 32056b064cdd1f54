(** Two equal units with outer weights 1 and -1: the net, its residuals and the gradient of the risk vanish, while the
    Laplacian of the risk is a multiple of sigma'^2.  Where |sigma'| grows at least like |z|, condition V4 fails. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Smooth Villani.
Open Scope R_scope.

Definition mirror (j : nat) : R := if Nat.eqb j 0 then 1 else -1.

Section Mirror.

Variables (sigma sigma1 sigma2 : R -> R) (lam s : R).
Hypothesis Ds : forall t, is_derive sigma t (sigma1 t).
Hypothesis Ds1 : forall t, is_derive sigma1 t (sigma2 t).
Hypothesis Hlam : 0 < lam.
Hypothesis Hs : 0 < s.

Lemma frob_equal t : Rabs t <= frob 2 1 (fun _ _ => t).
Proof.
  unfold frob, frob2. cbn [Sum]. rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt. unfold Rsqr.
  pose proof (pow2_ge_0 t). lra.
Qed.

(** If the V4 expression stays below 1 on equal units of any size, V4 fails. *)
Lemma not_V4 F : (forall r, exists t, r <= Rabs t /\ v4_expression 2 1 F s (fun _ _ => t) < 1) -> ~ V4 2 1 F s.
Proof.
  intros H HV. destruct (HV 1) as [r0 Hr]. destruct (H r0) as [t [Ht Hv]].
  pose proof (frob_equal t). specialize (Hr (fun _ _ => t) ltac:(lra)). lra.
Qed.

Lemma squares a b c : 0 < s -> a^2 <= c * s * b^2 -> 2 * a^2 / s - 2 * c * b^2 <= 0.
Proof.
  intros H0 H. apply Rmult_le_reg_r with s; [exact H0|]. rewrite Rmult_0_l.
  replace ((2 * a^2 / s - 2 * c * b^2) * s) with (2 * (a^2 - c * s * b^2)) by (field; lra). lra.
Qed.

Theorem refute_mirrored_squared :
  (forall r, exists t, r <= Rabs t /\ (lam * t)^2 <= 1 * s * (sigma1 t)^2) ->
  ~ V4 2 1 (objective 1 2 1 (fun _ _ => 1) (fun _ => 0) mirror lam sigma squared) s.
Proof.
  intros H. apply not_V4. intros r. destruct (H r) as [t [Ht Hq]]. exists t. split; [exact Ht|].
  unfold v4_expression. erewrite laplacian_formula by eauto using d_squared, d_squared1.
  unfold frob2. cbn [Sum].
  rewrite 2!(gradient_formula 1 2 1 (fun _ _ => 1) (fun _ => 0) mirror lam sigma sigma1 squared squared1) by (auto using d_squared).
  unfold mean, net, z, dot, squared1, squared2, mirror. cbn [Sum INR Nat.eqb]. replace (0 + t * 1) with t by ring.
  match goal with |- ?x < 1 => replace x with (2 * (lam * t)^2 / s - 2 * 1 * (sigma1 t)^2 - 2 * lam) by (field; lra) end.
  pose proof (squares (lam * t) (sigma1 t) 1 Hs ltac:(lra)). lra.
Qed.

Definition both (i : nat) : R := if Nat.eqb i 0 then 1 else -1.

Theorem refute_mirrored_logistic :
  (forall r, exists t, r <= Rabs t /\ (lam * t)^2 <= 1 / 4 * s * (sigma1 t)^2) ->
  ~ V4 2 1 (objective 2 2 1 (fun _ _ => 1) both mirror lam sigma logistic) s.
Proof.
  intros H. apply not_V4. intros r. destruct (H r) as [t [Ht Hq]]. exists t. split; [exact Ht|].
  unfold v4_expression. erewrite laplacian_formula by eauto using d_logistic, d_logistic1.
  unfold frob2. cbn [Sum].
  rewrite 2!(gradient_formula 2 2 1 (fun _ _ => 1) both mirror lam sigma sigma1 logistic logistic1) by (auto using d_logistic).
  unfold mean, net, z, dot, logistic1, logistic2, mirror, both. cbn [Sum INR Nat.eqb]. replace (0 + t * 1) with t by ring.
  replace (0 + 1 * sigma t + -1 * sigma t) with 0 by ring. rewrite !Rmult_0_r, exp_0.
  match goal with |- ?x < 1 => replace x with (2 * (lam * t)^2 / s - 2 * (1 / 4) * (sigma1 t)^2 - 2 * lam) by (field; lra) end.
  pose proof (squares (lam * t) (sigma1 t) (1 / 4) Hs ltac:(lra)). lra.
Qed.

(** From |sigma'| >= b |z|^q beyond T at one end (e = 1 or -1) to the hypothesis above, with c = 1 or 1/4. *)
Lemma often_linear b c e T : e^2 = 1 -> 0 < b -> 0 < c -> lam^2 <= c * s * b^2 ->
  (forall t, T <= t -> b * t <= Rabs (sigma1 (e * t))) ->
  forall r, exists t, r <= Rabs t /\ (lam * t)^2 <= c * s * (sigma1 t)^2.
Proof.
  intros He Hb Hc Hl H r. set (t := Rmax (Rmax T r) 1).
  assert (T <= t /\ r <= t /\ 1 <= t) as [HT [Hr H1]].
  { unfold t. pose proof (Rmax_l (Rmax T r) 1). pose proof (Rmax_r (Rmax T r) 1). pose proof (Rmax_l T r). pose proof (Rmax_r T r). lra. }
  exists (e * t). split.
  - rewrite Rabs_mult. replace (Rabs e) with 1. { rewrite Rabs_pos_eq; lra. }
    pose proof (Rabs_pos e). assert ((Rabs e)^2 = 1) by (rewrite pow2_abs; exact He). nra.
  - specialize (H t HT). assert (Hq : (b * t)^2 <= (sigma1 (e * t))^2).
    { rewrite <- (pow2_abs (sigma1 (e * t))). apply pow_incr. split; [apply Rmult_le_pos; lra|exact H]. }
    replace ((lam * (e * t))^2) with (lam^2 * t^2 * e^2) by ring. rewrite He.
    assert (0 <= c * s) by (apply Rmult_le_pos; lra).
    apply Rle_trans with (c * s * (b * t)^2); [|apply Rmult_le_compat_l; assumption].
    replace (c * s * (b * t)^2) with (c * s * b^2 * t^2) by ring. rewrite Rmult_1_r.
    apply Rmult_le_compat_r; [apply pow2_ge_0|exact Hl].
Qed.

Lemma often_faster b c e T q : e^2 = 1 -> 0 < b -> 0 < c -> (2 <= q)%nat ->
  (forall t, T <= t -> b * t^q <= Rabs (sigma1 (e * t))) ->
  forall r, exists t, r <= Rabs t /\ (lam * t)^2 <= c * s * (sigma1 t)^2.
Proof.
  intros He Hb Hc Hq H.
  assert (Hcs : 0 < c * s) by (apply Rmult_lt_0_compat; lra).
  set (g := lam / sqrt (c * s)).
  assert (Hsq : 0 < sqrt (c * s)) by (apply sqrt_lt_R0; exact Hcs).
  assert (Hg : 0 < g) by (apply Rdiv_lt_0_compat; lra).
  apply (often_linear g c e (Rmax T (Rmax 1 (g / b)))); auto.
  - right. unfold g. unfold Rdiv. rewrite Rpow_mult_distr, pow_inv, pow2_sqrt by lra. field. lra.
  - intros t Ht.
    pose proof (Rmax_l T (Rmax 1 (g / b))). pose proof (Rmax_r T (Rmax 1 (g / b))).
    pose proof (Rmax_l 1 (g / b)). pose proof (Rmax_r 1 (g / b)).
    apply Rle_trans with (b * t^q); [|apply H; lra].
    replace q with (S (S (q - 2))) by lia. change (t ^ S (S (q - 2))) with (t * (t * t ^ (q - 2))).
    assert (1 <= t ^ (q - 2)) by (apply pow_R1_Rle; lra).
    assert (g <= b * t). { replace g with (b * (g / b)) by (field; lra). apply Rmult_le_compat_l; lra. }
    assert (b * t * t <= b * t * t * t ^ (q - 2)).
    { rewrite <- (Rmult_1_r (b * t * t)) at 1. apply Rmult_le_compat_l; [|lra]. apply Rmult_le_pos; [apply Rmult_le_pos|]; lra. }
    nra.
Qed.

End Mirror.
