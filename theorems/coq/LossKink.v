(** Kinks of the loss: where phi is one smooth function on the right of a point and another on the
    left, and their first or second derivatives differ there, an instance of the objective whose
    only output passes that point is not C-infinity (V1 fails). *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Smooth Terms Villani Kink AnyLoss.
Open Scope R_scope.

Section Passing.

(** The argument of phi is A sigma(t) + B; at t = w it is c, and its slope is not 0. *)
Variables (sigma phi : R -> R) (A B w c delta d1 lam : R) (left right : term) (F : weights -> R).
Hypothesis Hdelta : 0 < delta.
Hypothesis Hsigma : smooth sigma.
Hypothesis Hd1 : is_derive sigma w d1.
Hypothesis Hslope : A * d1 <> 0.
Hypothesis Hc : A * sigma w + B = c.
Hypothesis Ol : forall t, Rabs (t - c) < delta -> ok_at t left.
Hypothesis Or : forall t, Rabs (t - c) < delta -> ok_at t right.
Hypothesis Hl : forall t, t <= c -> Rabs (t - c) < delta -> phi t = ev left t.
Hypothesis Hr : forall t, c <= t -> Rabs (t - c) < delta -> phi t = ev right t.
Hypothesis HF : forall t, F (fun _ _ => t) = phi (A * sigma t + B) + lam / 2 * t^2.

Local Notation arg t := (A * sigma t + B).

(** One branch of the instance and its first two derivatives, for a branch f of phi. *)
Definition p0 (s : nat -> R -> R) (f : term) (t : R) : R := ev f (A * s 0%nat t + B) + lam / 2 * t^2.
Definition p1 (s : nat -> R -> R) (f : term) (t : R) : R :=
  ev (D f) (A * s 0%nat t + B) * (A * s 1%nat t) + lam * t.
Definition p2 (s : nat -> R -> R) (f : term) (t : R) : R :=
  (ev (D (D f)) (A * s 0%nat t + B) * (A * s 1%nat t)) * (A * s 1%nat t)
  + ev (D f) (A * s 0%nat t + B) * (A * s 2%nat t) + lam.

Section Tower.

Variable s : nat -> R -> R.
Hypothesis Ts : tower s.
Local Notation a t := (A * s 0%nat t + B).

Lemma d_arg t : is_derive (fun t => a t) t (A * s 1%nat t).
Proof.
  apply (d_eq _ _ (A * s 1%nat t + 0)); [|ring]. apply d_plus; [apply d_scal, Ts|apply d_const].
Qed.

Lemma d_branch f t : ok_at (a t) f -> is_derive (fun t => ev f (a t)) t (ev (D f) (a t) * (A * s 1%nat t)).
Proof. intros H. apply (d_comp (ev f) (fun t => a t)); [now apply is_derive_at|apply d_arg]. Qed.

Lemma d_p0 f t : ok_at (a t) f -> is_derive (p0 s f) t (p1 s f t).
Proof.
  intros H. unfold p0, p1. apply d_plus; [now apply d_branch|].
  apply (d_eq _ _ (lam / 2 * (1 * t + t * 1))); [|field].
  apply (d_ext (fun t => lam / 2 * (t * t))); [intros; ring|]. apply d_scal.
  apply (d_mult (fun t => t) (fun t => t)); apply d_id.
Qed.

Lemma d_p1 f t : ok_at (a t) f -> is_derive (p1 s f) t (p2 s f t).
Proof.
  intros H. unfold p1, p2. apply d_plus.
  - apply (d_mult (fun t => ev (D f) (a t)) (fun t => A * s 1%nat t));
      [apply d_branch; now apply ok_at_D|apply d_scal, Ts].
  - apply (d_eq _ _ (lam * 1)); [apply d_scal, d_id|ring].
Qed.

Lemma ex_p2 f t : ok_at (a t) f -> exists v, is_derive (p2 s f) t v.
Proof.
  intros H. eexists. unfold p2. apply d_plus; [apply d_plus|apply d_const].
  - apply (d_mult (fun t => ev (D (D f)) (a t) * (A * s 1%nat t)) (fun t => A * s 1%nat t)); [|apply d_scal, Ts].
    apply (d_mult (fun t => ev (D (D f)) (a t)) (fun t => A * s 1%nat t));
      [apply d_branch; now apply ok_at_D, ok_at_D|apply d_scal, Ts].
  - apply (d_mult (fun t => ev (D f) (a t)) (fun t => A * s 2%nat t));
      [apply d_branch; now apply ok_at_D|apply d_scal, Ts].
Qed.

End Tower.

(** Near w the argument passes c in one direction, and stays within delta of it. *)
Lemma passing (s : nat -> R -> R) : tower s -> (forall t, s 0%nat t = sigma t) -> exists (e : R) (eta : R),
  (e = 1 \/ e = -1) /\ 0 < eta /\
  forall t, Rabs (t - w) < eta -> Rabs (arg t - c) < delta /\ 0 <= e * (t - w) * (arg t - c).
Proof.
  intros Ts Es.
  assert (E1 : s 1%nat w = d1).
  { rewrite <- (is_derive_unique _ _ _ Hd1). symmetry. apply is_derive_unique.
    apply (d_ext (s 0%nat)); [exact Es|apply Ts]. }
  set (q := fun t => A * s 1%nat t).
  assert (Cq : continuity_pt q w).
  { apply derivable_continuous_pt. eexists. apply is_derive_Reals. unfold q. apply d_scal, Ts. }
  assert (Ca : continuity_pt (fun t => A * s 0%nat t + B) w).
  { apply derivable_continuous_pt. eexists. apply is_derive_Reals. now apply d_arg. }
  assert (Hq : 0 < Rabs (q w)) by (apply Rabs_pos_lt; unfold q; now rewrite E1).
  destruct (Cq (Rabs (q w)) Hq) as [e1 [He1 H1]]. destruct (Ca delta Hdelta) as [e2 [He2 H2]].
  set (e := if Rle_dec 0 (q w) then 1 else -1).
  assert (Hsign : forall t, Rabs (t - w) < e1 -> 0 <= e * q t).
  { intros t Ht. destruct (Req_dec t w) as [->|Hne].
    - unfold e. destruct (Rle_dec 0 (q w)); lra.
    - assert (Hd : Rabs (q t - q w) < Rabs (q w)).
      { apply H1. split; [split; [exact I|congruence]|exact Ht]. }
      unfold e. destruct (Rle_dec 0 (q w)) as [Hp|Hn].
      + rewrite (Rabs_pos_eq (q w)) in Hd by exact Hp. apply Rabs_def2 in Hd. lra.
      + rewrite (Rabs_left (q w)) in Hd by lra. apply Rabs_def2 in Hd. lra. }
  exists e, (Rmin e1 e2). split; [unfold e; destruct (Rle_dec 0 (q w)); auto|].
  split; [now apply Rmin_pos|]. intros t Ht.
  pose proof (Rlt_le_trans _ _ _ Ht (Rmin_l _ _)) as Ht1. pose proof (Rlt_le_trans _ _ _ Ht (Rmin_r _ _)) as Ht2.
  split.
  - rewrite <- Hc, <- !Es. destruct (Req_dec t w) as [->|Hne].
    + replace (A * s 0%nat w + B - (A * s 0%nat w + B)) with 0 by ring. rewrite Rabs_R0. exact Hdelta.
    + apply (H2 t). split; [split; [exact I|congruence]|exact Ht2].
  - destruct (MVT_gen (fun t => A * s 0%nat t + B) w t q) as [u [Hu E]].
    + intros x _. unfold q. now apply d_arg.
    + intros x _. apply derivable_continuous_pt. exists (q x). apply is_derive_Reals. unfold q. now apply d_arg.
    + rewrite <- Hc, <- !Es, E.
      assert (Hu1 : Rabs (u - w) < e1).
      { apply Rle_lt_trans with (2 := Ht1). unfold Rmin, Rmax in Hu. destruct (Rle_dec w t);
          [rewrite !Rabs_pos_eq by lra; lra|rewrite !Rabs_left1 by lra; lra]. }
      replace (e * (t - w) * (q u * (t - w))) with (e * q u * (t - w)^2) by ring.
      apply Rmult_le_pos; [now apply Hsign|apply pow2_ge_0].
Qed.

Theorem refute_passing :
  (ev (D left) c <> ev (D right) c \/
   (ev (D left) c = ev (D right) c /\ ev (D (D left)) c <> ev (D (D right)) c)) ->
  ~ V1 1 1 F.
Proof.
  intros Hjump HV. destruct (C_infinity_line _ HV) as [g [Tg Hg]]. destruct Hsigma as [s [Ts Es]].
  destruct (passing s Ts Es) as (e & eta & He & Heta & Hpass).
  assert (E1 : s 1%nat w = d1).
  { rewrite <- (is_derive_unique _ _ _ Hd1). symmetry. apply is_derive_unique.
    apply (d_ext (s 0%nat)); [exact Es|apply Ts]. }
  assert (Hw : Rabs (w - w) < eta) by (replace (w - w) with 0 by ring; rewrite Rabs_R0; exact Heta).
  assert (Side : forall (k : R) (f : term), (k = 1 \/ k = -1) ->
    (forall t, Rabs (t - w) < eta -> ok_at (A * s 0%nat t + B) f) ->
    (forall t, side k w t -> Rabs (t - w) < eta -> phi (arg t) = ev f (arg t)) ->
    g 1%nat w = p1 s f w /\ g 2%nat w = p2 s f w).
  { intros k f Hk Hok Hf.
    assert (H0 : forall t, side k w t -> Rabs (t - w) < eta -> g 0%nat t = p0 s f t).
    { intros t Ht Htd. rewrite Hg, HF, (Hf t Ht Htd). unfold p0. now rewrite Es. }
    assert (H1 : forall t, side k w t -> Rabs (t - w) < eta -> g 1%nat t = p1 s f t).
    { apply (agree_derivative k w eta (g 0%nat) (g 1%nat) (g 2%nat w) (p0 s f) (p1 s f) (p2 s f w) Hk Heta (Tg 0%nat) (Tg 1%nat w)).
      - intros t Ht. now apply d_p0, Hok.
      - apply d_p1; auto.
      - exact H0. }
    destruct (ex_p2 s Ts f w (Hok w Hw)) as [v Hv].
    assert (H2 : forall t, side k w t -> Rabs (t - w) < eta -> g 2%nat t = p2 s f t).
    { apply (agree_derivative k w eta (g 1%nat) (g 2%nat) (g 3%nat w) (p1 s f) (p2 s f) v Hk Heta (Tg 1%nat) (Tg 2%nat w)).
      - intros t Ht. apply d_p1; auto.
      - exact Hv.
      - exact H1. }
    assert (Hcc : side k w w) by (unfold side; destruct Hk as [-> | ->]; lra).
    split; [apply H1|apply H2]; auto. }
  assert (Hin : forall t, Rabs (t - w) < eta -> Rabs (A * s 0%nat t + B - c) < delta) by (intros t Ht; rewrite Es; now apply Hpass).
  assert (HR : g 1%nat w = p1 s right w /\ g 2%nat w = p2 s right w).
  { apply (Side e right He); [intros t Ht; now apply Or, Hin|]. intros t Ht Htd. destruct (Hpass t Htd) as [Hd Hs].
    destruct (Req_dec t w) as [->|Hne]; [rewrite Hc; apply Hr; [lra|replace (c - c) with 0 by ring; rewrite Rabs_R0; exact Hdelta]|].
    apply Hr; [|exact Hd]. unfold side in Ht. assert (0 < e * (t - w)) by (destruct He as [-> | ->]; lra).
    apply Rnot_lt_le. intros Hlt. assert (e * (t - w) * (arg t - c) < 0); [|lra].
    replace 0 with (e * (t - w) * 0) by ring. apply Rmult_lt_compat_l; lra. }
  assert (HL : g 1%nat w = p1 s left w /\ g 2%nat w = p2 s left w).
  { apply (Side (- e) left); [destruct He as [-> | ->]; lra|intros t Ht; now apply Ol, Hin|].
    intros t Ht Htd. destruct (Hpass t Htd) as [Hd Hs].
    destruct (Req_dec t w) as [->|Hne]; [rewrite Hc; apply Hl; [lra|replace (c - c) with 0 by ring; rewrite Rabs_R0; exact Hdelta]|].
    apply Hl; [|exact Hd]. unfold side in Ht. assert (e * (t - w) < 0) by (destruct He as [-> | ->]; lra).
    apply Rnot_lt_le. intros Hlt. assert (e * (t - w) * (arg t - c) < 0); [|lra].
    replace 0 with (0 * (arg t - c)) by ring. apply Rmult_lt_compat_r; lra. }
  destruct HR as [R1 R2], HL as [L1 L2].
  assert (Ew : A * s 0%nat w + B = c) by (now rewrite Es).
  unfold p1, p2 in *. rewrite Ew, E1 in *.
  assert (J1 : ev (D left) c = ev (D right) c).
  { apply (Rmult_eq_reg_r (A * d1)); [|exact Hslope]. rewrite L1 in R1. lra. }
  destruct Hjump as [H|[_ H]]; [now apply H|]. apply H.
  apply (Rmult_eq_reg_r (A * d1)); [|exact Hslope]. apply (Rmult_eq_reg_r (A * d1)); [|exact Hslope].
  rewrite J1 in L2. rewrite L2 in R2. lra.
Qed.

End Passing.

(** Losses of the residual: n = p = d = 1, x_1 = a_1 = 1, y_1 = sigma(w) - c. *)
Theorem refute_residual_kink sigma phi w c delta d1 lam left right : 0 < delta -> smooth sigma ->
  is_derive sigma w d1 -> d1 <> 0 ->
  (forall t, Rabs (t - c) < delta -> ok_at t left) -> (forall t, Rabs (t - c) < delta -> ok_at t right) ->
  (forall t, t <= c -> Rabs (t - c) < delta -> phi t = ev left t) ->
  (forall t, c <= t -> Rabs (t - c) < delta -> phi t = ev right t) ->
  (ev (D left) c <> ev (D right) c \/
   (ev (D left) c = ev (D right) c /\ ev (D (D left)) c <> ev (D (D right)) c)) ->
  ~ V1 1 1 (objective 1 1 1 (fun _ _ => 1) (fun _ => sigma w - c) (fun _ => 1) lam sigma (residual phi)).
Proof.
  intros Hd Hs Hd1 Hne Ol Or Hl Hr Hj.
  apply (refute_passing sigma phi 1 (- (sigma w - c)) w c delta d1 lam left right); auto; try lra.
  intros t. unfold objective, risk, mean, net, z, dot, residual, frob2. cbn [Sum INR].
  replace (0 + t * 1) with t by ring.
  replace (/ 1 * (0 + phi (0 + 1 * sigma t - (sigma w - c)))) with (phi (1 * sigma t + - (sigma w - c)))
    by (replace (0 + 1 * sigma t - (sigma w - c)) with (1 * sigma t + - (sigma w - c)) by ring; field).
  ring.
Qed.

(** Losses of the margin: n = p = d = 1, x_1 = y_1 = 1, a_1 = c/sigma(w). *)
Theorem refute_margin_kink sigma phi w c delta d1 lam left right : 0 < delta -> smooth sigma ->
  is_derive sigma w d1 -> d1 <> 0 -> sigma w <> 0 -> c <> 0 ->
  (forall t, Rabs (t - c) < delta -> ok_at t left) -> (forall t, Rabs (t - c) < delta -> ok_at t right) ->
  (forall t, t <= c -> Rabs (t - c) < delta -> phi t = ev left t) ->
  (forall t, c <= t -> Rabs (t - c) < delta -> phi t = ev right t) ->
  (ev (D left) c <> ev (D right) c \/
   (ev (D left) c = ev (D right) c /\ ev (D (D left)) c <> ev (D (D right)) c)) ->
  ~ V1 1 1 (objective 1 1 1 (fun _ _ => 1) (fun _ => 1) (fun _ => c / sigma w) lam sigma (margin phi)).
Proof.
  intros Hd Hs Hd1 Hne Hsw Hcne Ol Or Hl Hr Hj.
  apply (refute_passing sigma phi (c / sigma w) 0 w c delta d1 lam left right); auto.
  - unfold Rdiv. repeat apply Rmult_integral_contrapositive_currified; auto. now apply Rinv_neq_0_compat.
  - field. exact Hsw.
  - intros t. unfold objective, risk, mean, net, z, dot, margin, frob2. cbn [Sum INR].
    replace (0 + t * 1) with t by ring.
    replace (/ 1 * (0 + phi (1 * (0 + c / sigma w * sigma t)))) with (phi (c / sigma w * sigma t + 0))
      by (replace (1 * (0 + c / sigma w * sigma t)) with (c / sigma w * sigma t + 0) by ring; field).
    ring.
Qed.
