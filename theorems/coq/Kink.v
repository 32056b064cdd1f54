(** Kinks: where the activation is one smooth function on the right of a point and another on
    the left, and their first or second derivatives differ there, an instance of the objective
    is not C-infinity (V1 fails): n = p = d = 1, x_1 = a_1 = 1 and y_1 = sigma(c) - 1. *)

Require Import Reals Lra Lia Psatz List.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Smooth Terms Villani.
Open Scope R_scope.

(** The side of c given by e = 1 or e = -1. *)
Definition side (e c t : R) : Prop := 0 <= e * (t - c).

(** Functions that agree on a closed half-line have derivatives that agree there, where these are continuous. *)
Lemma agree_derivative (e c delta : R) (g0 g1 : R -> R) (g2 : R) (r0 r1 : R -> R) (r2 : R) : (e = 1 \/ e = -1) -> 0 < delta ->
  (forall t, is_derive g0 t (g1 t)) -> is_derive g1 c g2 ->
  (forall t, Rabs (t - c) < delta -> is_derive r0 t (r1 t)) -> is_derive r1 c r2 ->
  (forall t, side e c t -> Rabs (t - c) < delta -> g0 t = r0 t) ->
  forall t, side e c t -> Rabs (t - c) < delta -> g1 t = r1 t.
Proof.
  intros He Hdelta Dg Dg1 Dr Dr1 H0.
  assert (Hopen : forall t, 0 < e * (t - c) -> Rabs (t - c) < delta -> g1 t = r1 t).
  { intros t Ht Htd. rewrite <- (is_derive_unique _ _ _ (Dg t)), <- (is_derive_unique _ _ _ (Dr t Htd)).
    apply Derive_ext_loc.
    assert (Hpos : 0 < Rmin (e * (t - c)) (delta - Rabs (t - c))) by (apply Rmin_pos; lra).
    exists (mkposreal _ Hpos). intros u Hu. change (Rabs (u - t) < Rmin (e * (t - c)) (delta - Rabs (t - c))) in Hu.
    pose proof (Rlt_le_trans _ _ _ Hu (Rmin_l _ _)) as H1. pose proof (Rlt_le_trans _ _ _ Hu (Rmin_r _ _)) as H2.
    apply H0.
    - unfold side. apply Rabs_def2 in H1. destruct H1. destruct He as [-> | ->]; lra.
    - replace (u - c) with ((u - t) + (t - c)) by ring. apply Rle_lt_trans with (1 := Rabs_triang _ _). lra. }
  intros t Ht Htd. destruct (Rle_lt_or_eq_dec _ _ Ht) as [Hlt|Heq]; [now apply Hopen|].
  assert (Etc : t = c) by (destruct He as [-> | ->]; lra). subst t. clear Ht Htd Heq.
  (* the difference is continuous at c and vanishes beside it *)
  set (h := fun t => g1 t + -1 * r1 t).
  assert (Dh : is_derive h c (g2 + -1 * r2)) by (apply d_plus; [exact Dg1|now apply d_scal]).
  destruct (Req_dec (h c) 0) as [Hz|Hz]; [unfold h in Hz; lra|exfalso].
  assert (Hc : continuity_pt h c) by (apply derivable_continuous_pt; eexists; apply is_derive_Reals, Dh).
  destruct (Hc (Rabs (h c)) (Rabs_pos_lt _ Hz)) as [alp [Halp Hlim]].
  set (k := Rmin alp delta / 2).
  assert (Hk : 0 < k /\ k < alp /\ k < delta).
  { assert (0 < Rmin alp delta) by (now apply Rmin_pos). pose proof (Rmin_l alp delta). pose proof (Rmin_r alp delta). unfold k. lra. }
  set (u := c + e * k).
  assert (Hu : 0 < e * (u - c) /\ Rabs (u - c) = k).
  { unfold u. replace (c + e * k - c) with (e * k) by ring. destruct He as [-> | ->].
    - split; [lra|rewrite Rabs_pos_eq; lra].
    - split; [lra|rewrite Rabs_left; lra]. }
  destruct Hu as [Hu1 Hu2].
  specialize (Hlim u). simpl in Hlim. unfold R_dist, D_x, no_cond in Hlim.
  assert (Hhu : h u = 0) by (unfold h; rewrite (Hopen u Hu1) by lra; ring).
  rewrite Hhu in Hlim. replace (0 - h c) with (- h c) in Hlim by ring. rewrite Rabs_Ropp in Hlim.
  assert (Rabs (h c) < Rabs (h c)); [|lra]. apply Hlim. split; [|lra].
  split; [exact I|]. intros E. rewrite E in Hu1. replace (u - u) with 0 in Hu1 by ring. lra.
Qed.

(** The instance as a function of one weight. *)
Definition instance (lam : R) (sigma : R -> R) (y0 : R) : weights -> R :=
  objective 1 1 1 (fun _ _ => 1) (fun _ => y0) (fun _ => 1) lam sigma squared.

Lemma instance_value lam sigma y0 w : instance lam sigma y0 (fun _ _ => w) = (sigma w - y0)^2 / 2 + lam / 2 * w^2.
Proof.
  unfold instance, objective, risk, mean, net, z, dot, squared, frob2. cbn [Sum INR].
  replace (0 + w * 1) with w by ring. field.
Qed.

(** A C-infinity function of the weights is smooth in one of them. *)
Lemma C_infinity_line F : C_infinity 1 1 F ->
  exists g : nat -> R -> R, tower g /\ forall t, g 0%nat t = F (fun _ _ => t).
Proof.
  intros [D [HD0 HD]]. exists (fun m t => D (repeat (0%nat, 0%nat) m) (fun _ _ => t)). split; [|intros t; apply HD0].
  intros m t. destruct (HD (repeat (0%nat, 0%nat) m)) as [Ht Hd].
  specialize (Hd 0%nat 0%nat (fun _ _ => t) Nat.lt_0_1 Nat.lt_0_1). simpl repeat.
  apply (d_ext (fun u => D (repeat (0%nat, 0%nat) m) (upd (fun _ _ => t) 0 0 u))); [|exact Hd].
  intros u. destruct (Ht (Rmax (Rabs t) (Rabs u))) as (B & K & _ & _ & _ & HL).
  assert (E : dist1 1 1 (upd (fun _ _ => t) 0 0 u) (fun _ _ => u) = 0).
  { unfold dist1, upd. simpl. replace (u - u) with 0 by ring. rewrite Rabs_R0. ring. }
  assert (Hb : forall W : weights, W 0%nat 0%nat = u -> in_box 1 1 (Rmax (Rabs t) (Rabs u)) W).
  { intros W HW j k Hj Hk. replace j with 0%nat by lia. replace k with 0%nat by lia. rewrite HW. apply Rmax_r. }
  specialize (HL _ _ (Hb (upd (fun _ _ => t) 0 0 u) eq_refl) (Hb (fun _ _ => u) eq_refl)).
  rewrite E, Rmult_0_r in HL. pose proof (Rabs_pos (D (repeat (0%nat, 0%nat) m) (upd (fun _ _ => t) 0 0 u) - D (repeat (0%nat, 0%nat) m) (fun _ _ => u))).
  apply Rminus_diag_uniq. destruct (Req_dec (D (repeat (0%nat, 0%nat) m) (upd (fun _ _ => t) 0 0 u) - D (repeat (0%nat, 0%nat) m) (fun _ _ => u)) 0) as [Hz|Hz]; [exact Hz|].
  apply Rabs_pos_lt in Hz. lra.
Qed.

Section Kink.

Variables (sigma : R -> R) (c delta : R) (l0 l1 l2 l3 r0 r1 r2 r3 : R -> R).
Hypothesis Hdelta : 0 < delta.
Hypothesis Dl0 : forall t, Rabs (t - c) < delta -> is_derive l0 t (l1 t).
Hypothesis Dl1 : forall t, Rabs (t - c) < delta -> is_derive l1 t (l2 t).
Hypothesis Dl2 : forall t, Rabs (t - c) < delta -> is_derive l2 t (l3 t).
Hypothesis Dr0 : forall t, Rabs (t - c) < delta -> is_derive r0 t (r1 t).
Hypothesis Dr1 : forall t, Rabs (t - c) < delta -> is_derive r1 t (r2 t).
Hypothesis Dr2 : forall t, Rabs (t - c) < delta -> is_derive r2 t (r3 t).
Hypothesis Hl : forall t, t <= c -> Rabs (t - c) < delta -> sigma t = l0 t.
Hypothesis Hr : forall t, c <= t -> Rabs (t - c) < delta -> sigma t = r0 t.

Variable lam : R.
Local Notation y0 := (sigma c - 1).

(** One branch of the instance and its first two derivatives. *)
Definition b0 (f : R -> R) (t : R) : R := (f t - y0)^2 / 2 + lam / 2 * t^2.
Definition b1 (f f1 : R -> R) (t : R) : R := (f t - y0) * f1 t + lam * t.
Definition b2 (f f1 f2 : R -> R) (t : R) : R := f1 t * f1 t + (f t - y0) * f2 t + lam.

Lemma d_b0 (f f1 : R -> R) (t : R) : is_derive f t (f1 t) -> is_derive (b0 f) t (b1 f f1 t).
Proof.
  intros Df. apply (d_eq _ _ (/ 2 * ((f1 t + 0) * (f t + - y0) + (f t + - y0) * (f1 t + 0)) + lam / 2 * (1 * t + t * 1)));
    [|unfold b1; field].
  apply (d_ext (fun t => / 2 * ((f t + - y0) * (f t + - y0)) + lam / 2 * (t * t))); [intros; unfold b0; field|].
  apply (d_plus (fun t => / 2 * ((f t + - y0) * (f t + - y0)))).
  - apply d_scal, (d_mult (fun t => f t + - y0) (fun t => f t + - y0)); (apply (d_plus f); [exact Df|apply d_const]).
  - apply d_scal, (d_mult (fun t => t) (fun t => t)); apply d_id.
Qed.

Lemma d_b1 (f f1 f2 : R -> R) (t : R) : is_derive f t (f1 t) -> is_derive f1 t (f2 t) -> is_derive (b1 f f1) t (b2 f f1 f2 t).
Proof.
  intros Df Df1. apply (d_eq _ _ (((f1 t + 0) * f1 t + (f t + - y0) * f2 t) + lam * 1)); [|unfold b2; ring].
  apply (d_ext (fun t => (f t + - y0) * f1 t + lam * t)); [intros; unfold b1; ring|].
  apply (d_plus (fun t => (f t + - y0) * f1 t)); [|apply d_scal, d_id].
  apply (d_mult (fun t => f t + - y0)); [|exact Df1]. apply (d_plus f); [exact Df|apply d_const].
Qed.

Lemma ex_b2 (f f1 f2 f3 : R -> R) (t : R) : is_derive f t (f1 t) -> is_derive f1 t (f2 t) -> is_derive f2 t (f3 t) ->
  is_derive (b2 f f1 f2) t ((f2 t * f1 t + f1 t * f2 t + ((f1 t + 0) * f2 t + (f t + - y0) * f3 t)) + 0).
Proof.
  intros Df Df1 Df2. apply (d_ext (fun t => f1 t * f1 t + (f t + - y0) * f2 t + lam)); [intros; unfold b2; ring|].
  apply (d_plus (fun t => f1 t * f1 t + (f t + - y0) * f2 t)); [|apply d_const].
  apply (d_plus (fun t => f1 t * f1 t)); [now apply (d_mult f1 f1)|].
  apply (d_mult (fun t => f t + - y0)); [|exact Df2]. apply (d_plus f); [exact Df|apply d_const].
Qed.

Lemma at_c : Rabs (c - c) < delta.
Proof. replace (c - c) with 0 by ring. rewrite Rabs_R0. exact Hdelta. Qed.

Lemma branches g : tower g -> (forall t, g 0%nat t = instance lam sigma y0 (fun _ _ => t)) ->
  b1 l0 l1 c = b1 r0 r1 c /\ b2 l0 l1 l2 c = b2 r0 r1 r2 c.
Proof.
  intros Tg Hg.
  assert (Side : forall (e : R) (f f1 f2 f3 : R -> R), (e = 1 \/ e = -1) ->
    (forall t, Rabs (t - c) < delta -> is_derive f t (f1 t)) -> (forall t, Rabs (t - c) < delta -> is_derive f1 t (f2 t)) ->
    (forall t, Rabs (t - c) < delta -> is_derive f2 t (f3 t)) -> (forall t, side e c t -> Rabs (t - c) < delta -> sigma t = f t) ->
    g 1%nat c = b1 f f1 c /\ g 2%nat c = b2 f f1 f2 c).
  { intros e f f1 f2 f3 He Df Df1 Df2 Hf.
    assert (H0 : forall t, side e c t -> Rabs (t - c) < delta -> g 0%nat t = b0 f t).
    { intros t Ht Htd. rewrite Hg, instance_value, (Hf t Ht Htd). reflexivity. }
    assert (H1 : forall t, side e c t -> Rabs (t - c) < delta -> g 1%nat t = b1 f f1 t).
    { apply (agree_derivative e c delta (g 0%nat) (g 1%nat) (g 2%nat c) (b0 f) (b1 f f1) (b2 f f1 f2 c) He Hdelta (Tg 0%nat) (Tg 1%nat c)).
      - intros t Ht. apply d_b0; auto.
      - apply d_b1; auto using at_c.
      - exact H0. }
    assert (H2 : forall t, side e c t -> Rabs (t - c) < delta -> g 2%nat t = b2 f f1 f2 t).
    { refine (agree_derivative e c delta (g 1%nat) (g 2%nat) (g 3%nat c) (b1 f f1) (b2 f f1 f2) _ He Hdelta (Tg 1%nat) (Tg 2%nat c) _ (ex_b2 f f1 f2 f3 c _ _ _) H1);
        [intros t Ht; apply d_b1; auto| | |]; auto using at_c. }
    assert (Hcc : side e c c) by (unfold side; destruct He as [-> | ->]; lra).
    split; [apply H1|apply H2]; auto using at_c. }
  destruct (Side (-1) l0 l1 l2 l3) as [L1 L2]; auto; [intros t Ht Htd; apply Hl; [unfold side in Ht; lra|exact Htd]|].
  destruct (Side 1 r0 r1 r2 r3) as [R1 R2]; auto; [intros t Ht Htd; apply Hr; [unfold side in Ht; lra|exact Htd]|].
  split; congruence.
Qed.

(** A jump of the first derivative, or of the second where the first is continuous. *)
Theorem refute_kink : (l1 c <> r1 c \/ (l1 c = r1 c /\ l2 c <> r2 c)) -> ~ V1 1 1 (instance lam sigma y0).
Proof.
  intros Hjump HV. destruct (C_infinity_line _ HV) as [g [Tg Hg]].
  destruct (branches g Tg Hg) as [E1 E2].
  assert (El : l0 c = sigma c) by (symmetry; apply Hl; [lra|exact at_c]). assert (Er : r0 c = sigma c) by (symmetry; apply Hr; [lra|exact at_c]).
  unfold b1, b2 in *. rewrite El, Er in *. destruct Hjump as [H|[H1 H2]].
  - apply H. lra.
  - apply H2. rewrite H1 in E2. lra.
Qed.

End Kink.

(** The same with both branches as terms. *)
Theorem refute_kink_terms sigma c delta left right lam : 0 < delta ->
  (forall t, Rabs (t - c) < delta -> ok_at t left) -> (forall t, Rabs (t - c) < delta -> ok_at t right) ->
  (forall t, t <= c -> Rabs (t - c) < delta -> sigma t = ev left t) ->
  (forall t, c <= t -> Rabs (t - c) < delta -> sigma t = ev right t) ->
  (ev (D left) c <> ev (D right) c \/
   (ev (D left) c = ev (D right) c /\ ev (D (D left)) c <> ev (D (D right)) c)) ->
  ~ V1 1 1 (instance lam sigma (sigma c - 1)).
Proof.
  intros Hd Ol Or Hl Hr Hjump.
  apply (refute_kink sigma c delta (ev left) (ev (D left)) (ev (D (D left))) (ev (D (D (D left))))
           (ev right) (ev (D right)) (ev (D (D right))) (ev (D (D (D right))))); auto;
    intros t Ht; apply is_derive_at; auto using ok_at_D.
Qed.
