(** Any loss: of the residual, phi(f - y), or of the margin, phi(y f) with y = -1 or 1, where phi
    is smooth.

    Two ways to the Villani conditions.  Where phi' and phi'' are bounded, for any activation with
    bounded derivatives.  Where the activation is bounded, for any smooth phi: the outputs stay in
    an interval, and on it everything is bounded. *)

Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal.
Open Scope R_scope.

(** A loss l(y, f) with its first two derivatives in f, smooth in f. *)
Record SmoothLoss (l l1 l2 : R -> R -> R) : Prop := {
  loss_smooth : exists h, (forall c, tower (h c)) /\ forall c t, h c 0%nat t = l c t;
  loss_d : forall c t, is_derive (l c) t (l1 c t);
  loss_d1 : forall c t, is_derive (l1 c) t (l2 c t) }.

Arguments loss_smooth {l l1 l2}.
Arguments loss_d {l l1 l2}.
Arguments loss_d1 {l l1 l2}.

(** * The two kinds *)

Definition residual (phi : R -> R) (y f : R) : R := phi (f - y).

Definition margin (phi : R -> R) (y f : R) : R := phi (y * f).
Definition margin1 (phi1 : R -> R) (y f : R) : R := y * phi1 (y * f).
Definition margin2 (phi2 : R -> R) (y f : R) : R := y^2 * phi2 (y * f).

Lemma d_shift c t : is_derive (fun t => t - c) t 1.
Proof. apply (d_eq _ _ (1 + 0)); [|ring]. unfold Rminus. apply d_plus; [apply d_id|apply d_const]. Qed.

Section Kinds.

Variables (phi phi1 phi2 : R -> R).
Hypothesis Hsmooth : smooth phi.
Hypothesis Hd : forall t, is_derive phi t (phi1 t).
Hypothesis Hd1 : forall t, is_derive phi1 t (phi2 t).

Theorem loss_residual : SmoothLoss (residual phi) (residual phi1) (residual phi2).
Proof.
  assert (Dshift : forall (f f1 : R -> R) c t, (forall u, is_derive f u (f1 u)) ->
    is_derive (fun t => f (t - c)) t (f1 (t - c))).
  { intros f f1 c t Hf. apply (d_eq _ _ (f1 (t - c) * 1)); [|ring].
    apply (d_comp f (fun t => t - c)); [apply Hf|apply d_shift]. }
  constructor.
  - destruct Hsmooth as [g [Tg Eg]]. exists (fun c m t => g m (t - c)). split.
    + intros c m t. apply (Dshift (g m) (g (S m))). intros u. apply Tg.
    + intros c t. apply Eg.
  - intros c t. now apply (Dshift phi phi1).
  - intros c t. now apply (Dshift phi1 phi2).
Qed.

Theorem loss_margin : SmoothLoss (margin phi) (margin1 phi1) (margin2 phi2).
Proof.
  assert (Dlin : forall (f f1 : R -> R) c t, (forall u, is_derive f u (f1 u)) ->
    is_derive (fun t => f (c * t)) t (f1 (c * t) * c)).
  { intros f f1 c t Hf. apply (d_comp f (fun t => c * t)); [apply Hf|apply d_lin]. }
  constructor.
  - destruct Hsmooth as [g [Tg Eg]]. exists (fun c m t => c^m * g m (c * t)). split.
    + intros c m t. apply (d_eq _ _ (c^m * (g (S m) (c * t) * c))); [|simpl; ring].
      apply d_scal. apply (Dlin (g m) (g (S m))). intros u. apply Tg.
    + intros c t. simpl. rewrite Rmult_1_l. apply Eg.
  - intros c t. apply (d_eq _ _ (phi1 (c * t) * c)); [|unfold margin1; ring]. now apply (Dlin phi phi1).
  - intros c t. apply (d_eq _ _ (c * (phi2 (c * t) * c))); [|unfold margin2; ring].
    apply d_scal. now apply (Dlin phi1 phi2).
Qed.

End Kinds.

(** The two losses of Losses.v. *)

Theorem loss_squared : SmoothLoss squared squared1 squared2.
Proof.
  constructor; [|exact d_squared|exact d_squared1].
  exists h_squared. split; [exact tower_squared|reflexivity].
Qed.

Theorem loss_logistic : SmoothLoss logistic logistic1 logistic2.
Proof.
  constructor; [|exact d_logistic|exact d_logistic1].
  exists h_logistic. split; [exact tower_logistic|exact h_logistic_0].
Qed.

(** A bound of phi over R bounds the loss whatever the labels are, or for labels -1 and 1. *)

Lemma residual_le (f : R -> R) c n (y : nat -> R) : (forall t, Rabs (f t) <= c) ->
  forall i t, (i < n)%nat -> Rabs (residual f (y i) t) <= c.
Proof. intros H i t _. apply H. Qed.

Lemma margin1_le (f : R -> R) c n y : signs n y -> (forall t, Rabs (f t) <= c) ->
  forall i t, (i < n)%nat -> Rabs (margin1 f (y i) t) <= c.
Proof.
  intros Hy H i t Hi. unfold margin1. rewrite Rabs_mult.
  assert (E : Rabs (y i) = 1) by (destruct (Hy i Hi) as [-> | ->]; [apply Rabs_R1|rewrite Rabs_left; lra]).
  rewrite E, Rmult_1_l. apply H.
Qed.

Lemma margin2_le (f : R -> R) c n y : signs n y -> (forall t, Rabs (f t) <= c) ->
  forall i t, (i < n)%nat -> Rabs (margin2 f (y i) t) <= c.
Proof.
  intros Hy H i t Hi. unfold margin2.
  replace (y i ^ 2) with 1 by (destruct (Hy i Hi) as [-> | ->]; ring). rewrite Rmult_1_l. apply H.
Qed.

Lemma logistic1_le n y : signs n y -> forall i t, (i < n)%nat -> Rabs (logistic1 (y i) t) <= 1.
Proof. intros Hy i t Hi. now apply logistic1_bound, Hy. Qed.

Lemma logistic2_le n y : signs n y -> forall i t, (i < n)%nat -> Rabs (logistic2 (y i) t) <= 1 / 4.
Proof. intros Hy i t Hi. now apply logistic2_abs, Hy. Qed.

(** * V1, V2 and V3 *)

Section Conditions.

Variables (sigma : R -> R) (l l1 l2 : R -> R -> R).
Hypothesis Sigma : smooth sigma.
Hypothesis Los : SmoothLoss l l1 l2.
Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam s : R).

Local Notation L := (objective n p d x y a lam sigma l).
Local Notation NET := (net p d x a sigma).
Local Notation r W := (frob p d W).

Theorem any_V1 : V1 p d L.
Proof.
  destruct Sigma as [g [Tg Eg]], (loss_smooth Los) as [h [Th Eh]].
  now apply (objective_V1 n p d x y a lam sigma l g h).
Qed.

Lemma any_tame : tame p d L.
Proof.
  destruct Sigma as [g [Tg Eg]], (loss_smooth Los) as [h [Th Eh]].
  now apply (objective_tame n p d x y a lam sigma l g h).
Qed.

(** L >= low + (lambda/2) r^2 where every l_i >= low: L >= M once r >= sqrt(2 (M - low)/lambda). *)
Theorem any_confining low M W : (0 < n)%nat -> 0 < lam -> low <= M ->
  (forall V i, (i < n)%nat -> low <= l (y i) (NET V i)) ->
  sqrt (2 * (M - low) / lam) <= r W -> M <= L W.
Proof.
  intros Hn Hl HM Hlow. apply (V2_radius p d L low lam Hl); [|exact HM].
  intros V. apply objective_above; auto.
Qed.

Theorem any_confining_0 M W : (0 < n)%nat -> 0 < lam -> 0 <= M ->
  (forall V i, (i < n)%nat -> 0 <= l (y i) (NET V i)) -> sqrt (2 * M / lam) <= r W -> M <= L W.
Proof.
  intros Hn Hl HM Hlow Hr. apply (any_confining 0 M W Hn Hl HM Hlow). now rewrite Rminus_0_r.
Qed.

Theorem any_V3 low : (0 < n)%nat -> 0 < lam -> 0 < s ->
  (forall V i, (i < n)%nat -> low <= l (y i) (NET V i)) -> V3 p d L s.
Proof.
  intros Hn Hl Hs Hlow. apply (V3_lower p d L low lam Hl); [|exact Hs|exact any_tame].
  intros V. apply objective_above; auto.
Qed.

(** Bounded outputs bound every continuous function of them. *)
Lemma bounded_reach (f : R -> R -> R) S0 : bounded sigma S0 -> (forall c t, ex_derive (f c) t) ->
  exists c, forall V i, (i < n)%nat -> Rabs (f (y i) (NET V i)) <= c.
Proof.
  intros HS Df. set (F := Sum p (fun j => Rabs (a j)) * S0).
  assert (HF : forall V i, Rabs (NET V i) <= F).
  { intros V i. apply Rle_trans with (1 := Sum_abs _ _). unfold F. rewrite <- Sum_scal_r.
    apply Sum_le; intros j _. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply HS]. }
  assert (H : forall m, exists c, forall i, (i < m)%nat -> forall t, Rabs t <= F -> Rabs (f (y i) t) <= c).
  { induction m as [|m [c Hc]]; [exists 0; intros i Hi; lia|].
    destruct (bounded_on (f (y m)) F) as [b [_ Hb]]; [intros; apply Df|].
    exists (Rmax c b). intros i Hi t Ht. destruct (Nat.eq_dec i m) as [->|Hne].
    - apply Rle_trans with (2 := Rmax_r _ _). now apply Hb.
    - apply Rle_trans with (2 := Rmax_l _ _). apply Hc; [lia|exact Ht]. }
  destruct (H n) as [c Hc]. exists c. intros V i Hi. apply Hc; [exact Hi|apply HF].
Qed.

Lemma reach_lower S0 : bounded sigma S0 -> exists low, forall V i, (i < n)%nat -> low <= l (y i) (NET V i).
Proof.
  intros HS. destruct (bounded_reach l S0 HS) as [c Hc]; [intros; eexists; apply (loss_d Los)|].
  exists (- c). intros V i Hi. specialize (Hc V i Hi). apply Rabs_le_between in Hc. lra.
Qed.

Theorem reach_V2 S0 : (0 < n)%nat -> 0 < lam -> bounded sigma S0 -> V2 p d L.
Proof.
  intros Hn Hl HS. destruct (reach_lower S0 HS) as [low Hlow]. apply (V2_lower p d L low lam Hl).
  intros V. apply objective_above; auto.
Qed.

Theorem reach_V3 S0 : (0 < n)%nat -> 0 < lam -> 0 < s -> bounded sigma S0 -> V3 p d L s.
Proof.
  intros Hn Hl Hs HS. destruct (reach_lower S0 HS) as [low Hlow]. now apply (any_V3 low).
Qed.

End Conditions.

(** * V4 along the bounded route, and gLip *)

Section Bounded.

Variables (sigma sigma1 sigma2 : R -> R) (M1 M2 : R).
Hypothesis Act : Activation sigma sigma1 sigma2 M1 M2.
Variables (l l1 l2 : R -> R -> R).
Hypothesis Los : SmoothLoss l l1 l2.
Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam s : R).

Local Notation L := (objective n p d x y a lam sigma l).
Local Notation NET := (net p d x a sigma).
Local Notation r W := (frob p d W).

Section Constants.

Variables (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R).
Hypothesis Dat : Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf.
Variables (L1 L2 : R).
Hypothesis HL1 : forall V i, (i < n)%nat -> Rabs (l1 (y i) (NET V i)) <= L1.
Hypothesis HL2 : forall V i, (i < n)%nat -> Rabs (l2 (y i) (NET V i)) <= L2.

Theorem v4_any M W : 0 < lam -> 0 < s -> 0 <= M ->
  radius_bounded lam s (G Lam a2 M1 L1) (K X2 a1 a2 M1 M2 L1 L2 + lam * (INR p * INR d)) M <= r W ->
  M <= v4_expression p d L s W.
Proof.
  intros Hl Hs HM Hr. destruct Dat, Act.
  eapply (v4_bounded n p d x y a lam sigma sigma1 sigma2 l l1 l2); eauto; intros; apply Los.
Qed.

Theorem hessian_any W V : 0 <= lam ->
  Rabs (hessian_form L W V) <= (lam + Lam * (L2 * M1^2 * a2^2 + L1 * ainf * M2)) * frob2 p d V.
Proof.
  intros Hl. destruct Dat, Act, Los.
  rewrite (hessian_form_formula n p d x y a lam sigma sigma1 sigma2 l l1 l2) by assumption.
  eapply hessian_bound; eauto.
Qed.

End Constants.

(** ** A loss of bounded slope and curvature *)

Section Slope.

Variables (L1 L2 : R).
Hypothesis HL1 : forall i t, (i < n)%nat -> Rabs (l1 (y i) t) <= L1.
Hypothesis HL2 : forall i t, (i < n)%nat -> Rabs (l2 (y i) t) <= L2.

(** A loss of bounded slope falls at most linearly, so that half of the decay is left. *)
Lemma slope_lower : (0 < n)%nat -> 0 < lam -> exists low, forall W, low + lam / 2 / 2 * frob2 p d W <= L W.
Proof.
  intros Hn Hl. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  set (D := L1 * (M1 * a2 * Bx)). set (m0 := mean n (fun i => l (y i) 0)).
  exists (m0 - L1 * (0 + a1 * Rabs (sigma 0)) - D^2 / lam). intros W.
  assert (HL10 : 0 <= L1) by (apply Rle_trans with (2 := HL1 0%nat 0 Hn), Rabs_pos).
  assert (Hf : forall i, (i < n)%nat -> Rabs (NET W i) <= 0 + a1 * Rabs (sigma 0) + M1 * a2 * Bx * r W).
  { intros i Hi. replace (NET W i) with (squared1 ((fun _ => 0) i) (NET W i)) by (unfold squared1; ring).
    destruct Dat.
    apply (residual_affine n p d x (fun _ => 0) a sigma sigma1 (act_d Act) Bx 0 a1 a2 M1 (Rabs (sigma 0)));
      auto using (act_M1 Act); intros; rewrite ?Rabs_R0; lra. }
  assert (Hrisk : m0 - L1 * (0 + a1 * Rabs (sigma 0) + M1 * a2 * Bx * r W) <= risk n p d x y a sigma l W).
  { unfold m0, risk. rewrite <- (mean_const n (L1 * _) Hn), <- mean_minus.
    apply mean_le; [exact Hn|]. intros i Hi.
    pose proof (lipschitz_from_0 (l (y i)) (l1 (y i)) L1 (NET W i) (loss_d Los (y i)) (fun t => HL1 i t Hi)) as H.
    apply Rabs_le_between in H.
    assert (L1 * Rabs (NET W i) <= L1 * (0 + a1 * Rabs (sigma 0) + M1 * a2 * Bx * r W))
      by (apply Rmult_le_compat_l; [exact HL10|now apply Hf]).
    lra. }
  assert (E : lam / 2 / 2 * (r W)^2 - D * r W + D^2 / lam = (lam * r W - 2 * D)^2 / (4 * lam)) by (field; lra).
  assert (0 <= (lam * r W - 2 * D)^2 / (4 * lam)).
  { apply Rmult_le_pos; [apply pow2_ge_0|apply Rlt_le, Rinv_0_lt_compat; lra]. }
  unfold objective. rewrite <- frob_sq. unfold D in *. lra.
Qed.

Theorem slope_V2 : (0 < n)%nat -> 0 < lam -> V2 p d L.
Proof.
  intros Hn Hl. destruct (slope_lower Hn Hl) as [low Hlow].
  apply (V2_lower p d L low (lam / 2)); [lra|exact Hlow].
Qed.

Theorem slope_V3 : (0 < n)%nat -> 0 < lam -> 0 < s -> V3 p d L s.
Proof.
  intros Hn Hl Hs. destruct (slope_lower Hn Hl) as [low Hlow].
  apply (V3_lower p d L low (lam / 2)); [lra|exact Hlow|exact Hs|].
  apply (any_tame sigma l l1 l2 (act_smooth Act) Los).
Qed.

(** Every lambda > 0, every s > 0, any data and width. *)
Theorem villani_slope : (0 < n)%nat -> 0 < lam -> 0 < s -> Villani p d L s.
Proof.
  intros Hn Hl Hs. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  destruct (slope_lower Hn Hl) as [low Hlow].
  eapply (villani_lower p d L low (lam / 2)); [lra|exact Hlow|exact Hs| | |].
  - apply (any_V1 sigma l l1 l2 (act_smooth Act) Los).
  - apply (any_tame sigma l l1 l2 (act_smooth Act) Los).
  - intros M W HM Hr. eapply (v4_any _ _ _ _ _ _ _ _ _ Dat L1 L2); auto. exact Hr.
Qed.

End Slope.

(** ** A bounded activation, and any smooth loss *)

Theorem villani_reach S0 : (0 < n)%nat -> 0 < lam -> 0 < s -> bounded sigma S0 -> Villani p d L s.
Proof.
  intros Hn Hl Hs HS. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  destruct (reach_lower sigma l l1 l2 Los n p d x y a S0 HS) as [low Hlow].
  destruct (bounded_reach sigma n p d x y a l1 S0 HS) as [L1 HL1]; [intros; eexists; apply (loss_d1 Los)|].
  assert (D2 : forall c t, ex_derive (l2 c) t).
  { intros c t. destruct (loss_smooth Los) as [h [Th Eh]].
    assert (E1 : forall t, h c 1%nat t = l1 c t).
    { intros u. apply eq_trans with (Derive (l c) u); [symmetry|]; apply is_derive_unique; [|apply Los].
      apply (d_ext (h c 0%nat)); [apply Eh|apply Th]. }
    assert (E2 : forall t, h c 2%nat t = l2 c t).
    { intros u. apply eq_trans with (Derive (l1 c) u); [symmetry|]; apply is_derive_unique; [|apply Los].
      apply (d_ext (h c 1%nat)); [apply E1|apply Th]. }
    exists (h c 3%nat t). apply (d_ext (h c 2%nat)); [apply E2|apply Th]. }
  destruct (bounded_reach sigma n p d x y a l2 S0 HS D2) as [L2 HL2].
  eapply (villani_lower p d L low lam Hl); [|exact Hs| | |].
  - intros V. apply objective_above; auto.
  - apply (any_V1 sigma l l1 l2 (act_smooth Act) Los).
  - apply (any_tame sigma l l1 l2 (act_smooth Act) Los).
  - intros M W HM Hr. eapply (v4_any _ _ _ _ _ _ _ _ _ Dat L1 L2 HL1 HL2); auto. exact Hr.
Qed.

End Bounded.

(** * Where the argument of phi is reached *)

Section Reach.

Variables (sigma : R -> R) (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R).
Local Notation NET := (net p d x a sigma).

(** |f - y| <= b for every sample. *)
Lemma residual_reach (f : R -> R) b c :
  (forall V i, (i < n)%nat -> Rabs (squared1 (y i) (NET V i)) <= b) ->
  (forall u, Rabs u <= b -> Rabs (f u) <= c) ->
  forall V i, (i < n)%nat -> Rabs (residual f (y i) (NET V i)) <= c.
Proof. intros Hb Hf V i Hi. apply Hf, (Hb V i Hi). Qed.

(** lo <= f - y <= hi for every sample. *)
Lemma residual_between S_lo S_hi ap am y_min y_max lo hi (f : R -> R) c :
  (forall t, S_lo <= sigma t <= S_hi) ->
  Sum p (fun j => Rmax (a j) 0) = ap -> Sum p (fun j => Rmax (- a j) 0) = am ->
  (forall i, (i < n)%nat -> y_min <= y i <= y_max) ->
  lo <= ap * S_lo - am * S_hi - y_max -> ap * S_hi - am * S_lo - y_min <= hi ->
  (forall u, lo <= u <= hi -> Rabs (f u) <= c) ->
  forall V i, (i < n)%nat -> Rabs (residual f (y i) (NET V i)) <= c.
Proof.
  intros HS Hap Ham Hy Hlo Hhi Hf V i Hi. apply Hf. specialize (Hy i Hi).
  pose proof (net_range sigma p d x a S_lo S_hi ap am HS Hap Ham V i). lra.
Qed.

(** |y f| = |f| <= |a|_1 sup |sigma|. *)
Lemma output_bound S0 a1 : bounded sigma S0 -> Sum p (fun j => Rabs (a j)) <= a1 ->
  forall V i, Rabs (NET V i) <= a1 * S0.
Proof.
  intros HS Ha1 V i. apply Rle_trans with (1 := Sum_abs _ _).
  assert (0 <= S0) by (apply Rle_trans with (2 := HS 0), Rabs_pos).
  apply Rle_trans with (Sum p (fun j => Rabs (a j) * S0)).
  - apply Sum_le; intros. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply HS].
  - rewrite Sum_scal_r. now apply Rmult_le_compat_r.
Qed.

Lemma output_between S_lo S_hi ap am b :
  (forall t, S_lo <= sigma t <= S_hi) ->
  Sum p (fun j => Rmax (a j) 0) = ap -> Sum p (fun j => Rmax (- a j) 0) = am ->
  ap * S_hi - am * S_lo <= b -> am * S_hi - ap * S_lo <= b ->
  forall V i, Rabs (NET V i) <= b.
Proof.
  intros HS Hap Ham Hhi Hlo V i. apply Rabs_le_between.
  pose proof (net_range sigma p d x a S_lo S_hi ap am HS Hap Ham V i). lra.
Qed.

Lemma margin_reach (b : R) V i : signs n y -> (i < n)%nat -> (forall V i, Rabs (NET V i) <= b) ->
  Rabs (y i * NET V i) <= b.
Proof.
  intros Hy Hi Hb. rewrite Rabs_mult.
  assert (E : Rabs (y i) = 1) by (destruct (Hy i Hi) as [-> | ->]; [apply Rabs_R1|rewrite Rabs_left; lra]).
  rewrite E, Rmult_1_l. apply Hb.
Qed.

Lemma margin1_reach (f : R -> R) b c : signs n y -> (forall V i, Rabs (NET V i) <= b) ->
  (forall u, Rabs u <= b -> Rabs (f u) <= c) ->
  forall V i, (i < n)%nat -> Rabs (margin1 f (y i) (NET V i)) <= c.
Proof.
  intros Hy Hb Hf V i Hi. unfold margin1. rewrite Rabs_mult.
  assert (E : Rabs (y i) = 1) by (destruct (Hy i Hi) as [-> | ->]; [apply Rabs_R1|rewrite Rabs_left; lra]).
  rewrite E, Rmult_1_l. apply Hf. now apply margin_reach.
Qed.

Lemma margin2_reach (f : R -> R) b c : signs n y -> (forall V i, Rabs (NET V i) <= b) ->
  (forall u, Rabs u <= b -> Rabs (f u) <= c) ->
  forall V i, (i < n)%nat -> Rabs (margin2 f (y i) (NET V i)) <= c.
Proof.
  intros Hy Hb Hf V i Hi. unfold margin2.
  replace (y i ^ 2) with 1 by (destruct (Hy i Hi) as [-> | ->]; ring). rewrite Rmult_1_l.
  apply Hf. now apply margin_reach.
Qed.

End Reach.

(** * Losses above a number *)

(** A loss above a number, from phi. *)
Lemma residual_above phi low sigma n p d x y a : above phi low ->
  forall V i, (i < n)%nat -> low <= residual phi (y i) (net p d x a sigma V i).
Proof. intros H V i _. apply H. Qed.

Lemma margin_above phi low sigma n p d x y a : above phi low ->
  forall V i, (i < n)%nat -> low <= margin phi (y i) (net p d x a sigma V i).
Proof. intros H V i _. apply H. Qed.

(** * Multiples: c F at the noise s is what F is at s/c *)

Section Times.

Variables (p d : nat) (c : R) (F : weights -> R) (s : R).
Hypothesis Hc : 0 < c.
Hypothesis Hs : 0 < s.

Local Notation cF := (fun W => c * F W).

Lemma partial_times (f : weights -> R) j k W : partial (fun V => c * f V) j k W = c * partial f j k W.
Proof. unfold partial. apply Derive_scal. Qed.

Lemma v4_times W : v4_expression p d cF s W = c * v4_expression p d F (s / c) W.
Proof.
  unfold v4_expression.
  assert (Eg : frob2 p d (gradient cF W) = c^2 * frob2 p d (gradient F W)).
  { unfold frob2. rewrite <- Sum_scal. apply Sum_ext; intros j _. rewrite <- Sum_scal.
    apply Sum_ext; intros k _. unfold gradient. rewrite partial_times. ring. }
  assert (El : laplacian p d cF W = c * laplacian p d F W).
  { unfold laplacian. rewrite <- Sum_scal. apply Sum_ext; intros j _. rewrite <- Sum_scal.
    apply Sum_ext; intros k _. unfold partial2.
    rewrite <- partial_times. unfold partial at 1 3. apply Derive_ext. intros t. apply partial_times. }
  rewrite Eg, El. field. lra.
Qed.

Lemma tame_times (f : weights -> R) : tame p d f -> tame p d (fun W => c * f W).
Proof.
  intros Hf b. destruct (Hf b) as (B & K & HB & HK & H1 & H2).
  exists (c * B), (c * K). repeat split; try (apply Rmult_le_pos; lra).
  - intros W HW. rewrite Rabs_mult, (Rabs_pos_eq c) by lra. apply Rmult_le_compat_l; [lra|now apply H1].
  - intros W V HW HV. replace (c * f W - c * f V) with (c * (f W - f V)) by ring.
    rewrite Rabs_mult, (Rabs_pos_eq c), Rmult_assoc by lra.
    apply Rmult_le_compat_l; [lra|now apply H2].
Qed.

Theorem V1_times : V1 p d F -> V1 p d cF.
Proof.
  intros [D [D0 HD]]. exists (fun w W => c * D w W). split; [intros W; now rewrite D0|].
  intros w. destruct (HD w) as [Ht Hd]. split; [now apply tame_times|].
  intros j k W Hj Hk. apply d_scal. now apply Hd.
Qed.

Theorem V2_times : V2 p d F -> V2 p d cF.
Proof.
  intros H M. destruct (H (M / c)) as [r0 Hr]. exists r0. intros W HW. specialize (Hr W HW).
  apply (Rmult_le_compat_l c) in Hr; [|lra]. replace (c * (M / c)) with M in Hr by (field; lra). exact Hr.
Qed.

Theorem V3_times : V3 p d F (s / c) -> V3 p d cF s.
Proof.
  intros [B HB]. exists B. intros rho Hrho.
  replace (fun W => exp (- (2 * (c * F W) / s))) with (fun W => exp (- (2 * F W / (s / c)))); [now apply HB|].
  apply functional_extensionality. intros W. do 2 f_equal. field. lra.
Qed.

Theorem V4_times : V4 p d F (s / c) -> V4 p d cF s.
Proof.
  intros H M. destruct (H (M / c)) as [r0 Hr]. exists r0. intros W HW. specialize (Hr W HW). rewrite v4_times.
  apply (Rmult_le_compat_l c) in Hr; [|lra]. replace (c * (M / c)) with M in Hr by (field; lra). exact Hr.
Qed.

Theorem villani_times : Villani p d F (s / c) -> Villani p d cF s.
Proof.
  intros (H1 & H2 & H3 & H4). exact (conj (V1_times H1) (conj (V2_times H2) (conj (V3_times H3) (V4_times H4)))).
Qed.

End Times.

(** (c/2) (f - y)^2 is c times the squared loss; so is the objective, with the decay lambda/c. *)

Section Square.

Variables (phi : R -> R) (c : R).
Hypothesis Hc : 0 < c.
Hypothesis Hphi : forall u, phi u = c / 2 * u^2.

Lemma objective_square n p d x y a lam sigma : (0 < n)%nat ->
  objective n p d x y a lam sigma (residual phi)
  = (fun W => c * objective n p d x y a (lam / c) sigma squared W).
Proof.
  intros Hn. apply functional_extensionality. intros W. unfold objective, risk.
  rewrite Rmult_plus_distr_l, <- mean_scal. f_equal; [|field; lra].
  apply mean_ext; intros i _. unfold residual, squared. rewrite Hphi. field.
Qed.

Theorem villani_square n p d x y a lam sigma s : (0 < n)%nat -> 0 < s ->
  Villani p d (objective n p d x y a (lam / c) sigma squared) (s / c) ->
  Villani p d (objective n p d x y a lam sigma (residual phi)) s.
Proof. intros Hn Hs H. rewrite objective_square by exact Hn. now apply villani_times. Qed.

Theorem v4_square n p d x y a lam sigma s M W : (0 < n)%nat -> 0 < s ->
  M / c <= v4_expression p d (objective n p d x y a (lam / c) sigma squared) (s / c) W ->
  M <= v4_expression p d (objective n p d x y a lam sigma (residual phi)) s W.
Proof.
  intros Hn Hs H. rewrite objective_square by exact Hn. rewrite v4_times by assumption.
  apply (Rmult_le_compat_l c) in H; [|lra]. replace (c * (M / c)) with M in H by (field; lra). exact H.
Qed.

End Square.
