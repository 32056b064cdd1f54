(** Critical points that escape to infinity: for z + c sin z with c > 1 condition V4 fails for
    0 <= lambda < c - 1 on the instance n = p = d = 1, x_1 = a_1 = 1, y_1 = 0. *)

Require Import Reals Lra Lia Psatz ZArith.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Smooth Terms Villani Activations.
Open Scope R_scope.

Section Descent.

Variables f g h : R -> R.
Hypothesis Df : forall t, is_derive f t (g t).
Hypothesis Dg : forall t, is_derive g t (h t).

(** Where g < 0, or g = 0 and g' < 0, f decreases to the right. *)
Lemma right_down m : g m < 0 \/ (g m = 0 /\ h m < 0) -> forall eps, 0 < eps ->
  exists k, 0 < k < eps /\ f (m + k) < f m.
Proof.
  intros Hm eps Heps.
  assert (Hneg : exists delta, 0 < delta /\ forall k, 0 < k < delta -> g (m + k) < 0).
  { pose proof (proj1 (is_derive_Reals g m (h m)) (Dg m)) as Hd.
    assert (He : 0 < (if Rlt_dec (g m) 0 then 1 else - h m / 2)).
    { destruct (Rlt_dec (g m) 0); [lra|]. destruct Hm as [Hm|[_ Hm]]; lra. }
    destruct (Hd _ He) as [delta Hdelta].
    destruct (Rlt_dec (g m) 0) as [Hg|Hg].
    - exists (Rmin delta (- g m / (2 * (Rabs (h m) + 1)))). pose proof (cond_pos delta). pose proof (Rabs_pos (h m)).
      split. { apply Rmin_pos; [assumption|apply Rdiv_lt_0_compat; lra]. }
      intros k [Hk0 Hk]. pose proof (Rlt_le_trans _ _ _ Hk (Rmin_l _ _)). pose proof (Rlt_le_trans _ _ _ Hk (Rmin_r _ _)) as Hk2.
      specialize (Hdelta k ltac:(lra) ltac:(rewrite Rabs_pos_eq; lra)).
      apply Rabs_def2 in Hdelta. destruct Hdelta as [Hdelta _].
      assert (Hq : (g (m + k) - g m) / k < Rabs (h m) + 1) by (pose proof (Rle_abs (h m)); lra).
      apply (Rmult_lt_compat_r k) in Hq; [|exact Hk0].
      replace ((g (m + k) - g m) / k * k) with (g (m + k) - g m) in Hq by (field; lra).
      apply (Rmult_lt_compat_r (2 * (Rabs (h m) + 1))) in Hk2; [|lra].
      replace (- g m / (2 * (Rabs (h m) + 1)) * (2 * (Rabs (h m) + 1))) with (- g m) in Hk2 by (field; lra). lra.
    - destruct Hm as [Hm|[Hm0 Hm1]]; [lra|]. exists delta. split; [apply cond_pos|]. intros k [Hk0 Hk].
      specialize (Hdelta k ltac:(lra) ltac:(rewrite Rabs_pos_eq; lra)).
      apply Rabs_def2 in Hdelta. destruct Hdelta as [Hdelta _]. rewrite Hm0 in Hdelta.
      assert (Hq : (g (m + k) - 0) / k < 0) by lra.
      apply (Rmult_lt_compat_r k) in Hq; [|exact Hk0].
      replace ((g (m + k) - 0) / k * k) with (g (m + k)) in Hq by (field; lra). lra. }
  destruct Hneg as [delta [Hdelta Hneg]].
  exists (Rmin delta eps / 2). assert (0 < Rmin delta eps) by (now apply Rmin_pos).
  pose proof (Rmin_l delta eps). pose proof (Rmin_r delta eps).
  split; [lra|]. set (k := Rmin delta eps / 2) in *.
  destruct (MVT_cor2 f g m (m + k)) as [c [Ec Hc]]; [unfold k; lra|intros; apply is_derive_Reals, Df|].
  assert (g c < 0) by (replace c with (m + (c - m)) by ring; apply Hneg; unfold k in *; lra).
  replace (m + k - m) with k in Ec by ring. assert (0 < k) by (unfold k; lra). nra.
Qed.

End Descent.

(** Between a < b with g a < 0 < g b there is a zero of g at which g' >= 0. *)
Lemma upward_zero f g h a b : (forall t, is_derive f t (g t)) -> (forall t, is_derive g t (h t)) ->
  a < b -> g a < 0 -> 0 < g b -> exists m, a <= m <= b /\ g m = 0 /\ 0 <= h m.
Proof.
  intros Df Dg Hab Ha Hb.
  destruct (continuity_ab_min f a b) as [m [Hmin Hm]]; [lra| |].
  { intros t _. apply derivable_continuous_pt. exists (g t). apply is_derive_Reals, Df. }
  assert (Hr : forall k, 0 < k < b - m -> f m <= f (m + k)) by (intros; apply Hmin; lra).
  assert (Hl : forall k, 0 < k < m - a -> f m <= f (m - k)) by (intros; apply Hmin; lra).
  exists m. split; [exact Hm|].
  destruct (Rtotal_order (g m) 0) as [Hg|[Hg|Hg]].
  - assert (m < b) by (destruct (Req_dec m b) as [->|]; lra).
    destruct (right_down f g h Df Dg m (or_introl Hg) (b - m) ltac:(lra)) as [k [Hk Hlt]]. pose proof (Hr k Hk). lra.
  - split; [exact Hg|]. destruct (Rle_or_lt 0 (h m)) as [H|H]; [exact H|].
    assert (m < b) by (destruct (Req_dec m b) as [->|]; lra).
    destruct (right_down f g h Df Dg m (or_intror (conj Hg H)) (b - m) ltac:(lra)) as [k [Hk Hlt]]. pose proof (Hr k Hk). lra.
  - (* reflected *)
    assert (a < m) by (destruct (Req_dec m a) as [->|]; lra).
    destruct (right_down (fun t => f (- t)) (fun t => - g (- t)) (fun t => h (- t))) with (m := - m) (eps := m - a) as [k [Hk Hlt]].
    + intros t. apply (d_eq _ _ (g (- t) * (-1 * 1))); [|ring].
      apply (d_comp f (fun t => - t)); [apply Df|]. apply (d_ext (fun t => -1 * t)); [intros; ring|]. apply d_scal, d_id.
    + intros t. apply (d_eq _ _ (-1 * (h (- t) * (-1 * 1)))); [|ring].
      apply (d_ext (fun t => -1 * g (- t))); [intros; ring|]. apply d_scal.
      apply (d_comp g (fun t => - t)); [apply Dg|]. apply (d_ext (fun t => -1 * t)); [intros; ring|]. apply d_scal, d_id.
    + left. rewrite Ropp_involutive. lra.
    + lra.
    + rewrite Ropp_involutive in Hlt. replace (- (- m + k)) with (m - k) in Hlt by ring. pose proof (Hl k Hk). lra.
Qed.

Theorem refute_escaping c lam s : 1 < c -> 0 <= lam < c - 1 -> 0 < s ->
  ~ V4 1 1 (objective 1 1 1 (fun _ _ => 1) (fun _ => 0) (fun _ => 1) lam (wavy c) squared) s.
Proof.
  intros Hc Hlam Hs HV.
  assert (Dw : forall t, is_derive (wavy c) t (wavy1 c t)) by (intros; unfold wavy, wavy1; auto_derive; [exact I|ring]).
  assert (Dw1 : forall t, is_derive (wavy1 c) t (wavy2 c t)) by (intros; unfold wavy1, wavy2; auto_derive; [exact I|ring]).
  set (f := fun w => (wavy c w)^2 / 2 + lam / 2 * w^2).
  set (g := fun w => wavy c w * wavy1 c w + lam * w).
  set (h := fun w => wavy1 c w * wavy1 c w + wavy c w * wavy2 c w + lam).
  assert (Df : forall t, is_derive f t (g t)) by (intros; unfold f, g, wavy, wavy1; auto_derive; [exact I|field]).
  assert (Dg : forall t, is_derive g t (h t)) by (intros; unfold g, h, wavy, wavy1, wavy2; auto_derive; [exact I|ring]).
  assert (EV : forall w, v4_expression 1 1 (objective 1 1 1 (fun _ _ => 1) (fun _ => 0) (fun _ => 1) lam (wavy c) squared) s (fun _ _ => w)
                         = (g w)^2 / s - h w).
  { intros w. unfold v4_expression.
    erewrite laplacian_formula by eauto using d_squared, d_squared1.
    unfold frob2. cbn [Sum]. rewrite (gradient_formula 1 1 1 (fun _ _ => 1) (fun _ => 0) (fun _ => 1) lam (wavy c) (wavy1 c) squared squared1)
      by (auto using d_squared, d_squared1).
    unfold mean, net, z, dot, squared1, squared2. cbn [Sum INR]. unfold g, h.
    replace (0 + w * 1) with w by ring. field. repeat split; lra. }
  destruct (HV 1) as [r0 Hr].
  set (k := up (Rabs r0)). pose proof (archimed (Rabs r0)) as [Hk _]. fold k in Hk. pose proof (Rabs_pos r0).
  assert (Hkn : (0 <= k)%Z) by (apply le_IZR; lra).
  pose proof PI_RGT_0 as Hpi. pose proof PI2_1 as Hpi2.
  set (a := PI + 2 * IZR k * PI). set (b := 2 * PI + 2 * IZR k * PI).
  assert (Hab : a < b) by (unfold a, b; lra).
  assert (Ha0 : r0 < a /\ 0 < a).
  { assert (IZR k <= 2 * IZR k * PI) by nra. pose proof (Rle_abs r0). unfold a. split; lra. }
  assert (Sk : sin (2 * IZR k * PI) = 0 /\ cos (2 * IZR k * PI) = 1).
  { destruct (IZN k Hkn) as [m Hm]. rewrite Hm, <- INR_IZR_INZ.
    pose proof (sin_period 0 m) as H1. pose proof (cos_period 0 m) as H2.
    rewrite Rplus_0_l in H1, H2. rewrite H1, H2, sin_0, cos_0. split; reflexivity. }
  assert (Ga : g a < 0).
  { unfold g, wavy, wavy1, a. rewrite (Rplus_comm PI), neg_sin, neg_cos. destruct Sk as [-> ->].
    replace ((2 * IZR k * PI + PI + c * - 0) * (1 + c * - 1) + lam * (2 * IZR k * PI + PI))
      with (- ((c - 1 - lam) * (PI + 2 * IZR k * PI))) by ring.
    assert (0 < (c - 1 - lam) * (PI + 2 * IZR k * PI)) by (apply Rmult_lt_0_compat; unfold a in Ha0; lra). lra. }
  assert (Gb : 0 < g b).
  { unfold g, wavy, wavy1, b. rewrite (Rplus_comm (2 * PI)).
    assert (E1 : sin (2 * IZR k * PI + 2 * PI) = 0).
    { replace (2 * IZR k * PI + 2 * PI) with (2 * IZR k * PI + PI + PI) by ring. rewrite neg_sin, neg_sin. destruct Sk as [-> _]. ring. }
    assert (E2 : cos (2 * IZR k * PI + 2 * PI) = 1).
    { replace (2 * IZR k * PI + 2 * PI) with (2 * IZR k * PI + PI + PI) by ring. rewrite neg_cos, neg_cos. destruct Sk as [_ ->]. ring. }
    rewrite E1, E2. unfold a in Ha0.
    assert (0 < (1 + c + lam) * (2 * IZR k * PI + 2 * PI)) by (apply Rmult_lt_0_compat; lra). nra. }
  destruct (upward_zero f g h a b Df Dg Hab Ga Gb) as [m [Hm [Hg0 Hh]]].
  assert (Hfr : r0 <= frob 1 1 (fun _ _ => m)).
  { unfold frob, frob2. cbn [Sum]. replace (0 + (0 + m^2)) with (Rsqr m) by (unfold Rsqr; ring). rewrite sqrt_Rsqr_abs. pose proof (Rle_abs m). lra. }
  specialize (Hr _ Hfr). rewrite EV, Hg0 in Hr.
  replace (0^2 / s - h m) with (- h m) in Hr by (field; lra). lra.
Qed.
