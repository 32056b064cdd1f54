(** Smoothness.  Functions of the weights built from entries, constants, sums, products
    and smooth functions of one variable have partial derivatives of every order, and
    these are Lipschitz on every box.  This is condition V1, and what makes the integral
    of V3 exist. *)

Require Import Reals Lra Lia Psatz List.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective.
Open Scope R_scope.

(** A smooth function of one variable: a sequence of successive derivatives. *)
Definition tower (g : nat -> R -> R) : Prop := forall m t, is_derive (g m) t (g (S m) t).
Definition smooth (f : R -> R) : Prop := exists g, tower g /\ forall t, g 0%nat t = f t.

(** Continuous functions are bounded on [-b, b]. *)
Lemma bounded_on g b : (forall t, ex_derive g t) -> exists M, 0 <= M /\ forall t, Rabs t <= b -> Rabs (g t) <= M.
Proof.
  intros Dg.
  assert (Hc : forall t, continuity_pt g t).
  { intros t. destruct (Dg t) as [v Hv]. apply derivable_continuous_pt. exists v. now apply is_derive_Reals. }
  destruct (Rle_or_lt 0 b) as [Hb|Hb].
  - assert (Hle : - b <= b) by lra.
    assert (Hc' : forall t, - b <= t <= b -> continuity_pt (fun t => Rabs (g t)) t).
    { intros t _. apply (continuity_pt_comp g Rabs t); [apply Hc|apply Rcontinuity_abs]. }
    destruct (continuity_ab_maj (fun t => Rabs (g t)) (- b) b Hle Hc') as [m [Hm _]].
    exists (Rabs (g m)). split; [apply Rabs_pos|].
    intros t Ht. apply Hm. now apply Rabs_le_between.
  - exists 0. split; [lra|]. intros t Ht. pose proof (Rabs_pos t); lra.
Qed.

(** |g u - g v| <= M |u - v| where |g'| <= M on [-b, b]. *)
Lemma lipschitz_on g g1 b M u v :
  (forall t, is_derive g t (g1 t)) -> (forall t, Rabs t <= b -> Rabs (g1 t) <= M) ->
  Rabs u <= b -> Rabs v <= b -> Rabs (g u - g v) <= M * Rabs (u - v).
Proof.
  intros Dg HM Hu Hv. destruct (MVT_gen g v u g1) as [c [Hc E]].
  - intros; apply Dg.
  - intros t _. apply derivable_continuous_pt. exists (g1 t). apply is_derive_Reals, Dg.
  - rewrite E, Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|]. apply HM.
    apply Rabs_le_between in Hu, Hv. apply Rabs_le_between.
    unfold Rmin, Rmax in Hc. destruct (Rle_dec v u); lra.
Qed.

Section Weights.

Variables p d : nat.

Definition in_box (b : R) (W : weights) : Prop :=
  forall j k, (j < p)%nat -> (k < d)%nat -> Rabs (W j k) <= b.

Definition dist1 (W V : weights) : R := Sum p (fun j => Sum d (fun k => Rabs (W j k - V j k))).

(** Bounded and Lipschitz on every box. *)
Definition tame (F : weights -> R) : Prop := forall b, exists B K, 0 <= B /\ 0 <= K /\
  (forall W, in_box b W -> Rabs (F W) <= B) /\
  (forall W V, in_box b W -> in_box b V -> Rabs (F W - F V) <= K * dist1 W V).

Lemma dist1_nonneg W V : 0 <= dist1 W V.
Proof. apply Sum_nonneg; intros; apply Sum_nonneg; intros; apply Rabs_pos. Qed.

Lemma dist1_entry W V j k : (j < p)%nat -> (k < d)%nat -> Rabs (W j k - V j k) <= dist1 W V.
Proof.
  intros Hj Hk. apply Rle_trans with (Sum d (fun k => Rabs (W j k - V j k))).
  - apply (Sum_term d (fun k => Rabs (W j k - V j k))); [intros; apply Rabs_pos|exact Hk].
  - apply (Sum_term p (fun j => Sum d (fun k => Rabs (W j k - V j k)))); [|exact Hj].
    intros; apply Sum_nonneg; intros; apply Rabs_pos.
Qed.

(** The language of smooth functions of the weights. *)
Inductive expr : Type :=
| Cst (c : R)
| Entry (j k : nat)
| Plus (e f : expr)
| Times (e f : expr)
| Apply (g : nat -> R -> R) (m : nat) (e : expr).

Fixpoint value (e : expr) (W : weights) : R :=
  match e with
  | Cst c => c
  | Entry j k => W j k
  | Plus e f => value e W + value f W
  | Times e f => value e W * value f W
  | Apply g m e => g m (value e W)
  end.

Fixpoint valid (e : expr) : Prop :=
  match e with
  | Cst _ => True
  | Entry j k => (j < p)%nat /\ (k < d)%nat
  | Plus e f | Times e f => valid e /\ valid f
  | Apply g _ e => tower g /\ valid e
  end.

Fixpoint pd (j k : nat) (e : expr) : expr :=
  match e with
  | Cst _ => Cst 0
  | Entry j' k' => Cst (unit_at j k j' k')
  | Plus e f => Plus (pd j k e) (pd j k f)
  | Times e f => Plus (Times (pd j k e) f) (Times e (pd j k f))
  | Apply g m e => Times (Apply g (S m) e) (pd j k e)
  end.

Lemma pd_valid j k e : valid e -> valid (pd j k e).
Proof. induction e; simpl; intuition. Qed.

Lemma pd_derive j k e W : valid e -> is_derive (fun t => value e (upd W j k t)) (W j k) (value (pd j k e) W).
Proof.
  assert (EW : forall j' k', upd W j k (W j k) j' k' = W j' k').
  { intros j' k'. unfold upd. destruct (Nat.eqb_spec j' j), (Nat.eqb_spec k' k); subst; reflexivity. }
  assert (Ev : forall e, value e (upd W j k (W j k)) = value e W).
  { induction e0; simpl; congruence || now rewrite ?EW, ?IHe0_1, ?IHe0_2, ?IHe0. }
  induction e; simpl; intros He.
  - apply d_const.
  - unfold upd, unit_at. destruct (andb _ _); [apply d_id|apply d_const].
  - destruct He. apply d_plus; auto.
  - destruct He.
    apply (d_eq _ _ (value (pd j k e1) W * value e2 (upd W j k (W j k))
                     + value e1 (upd W j k (W j k)) * value (pd j k e2) W)); [|now rewrite !Ev].
    apply (d_mult (fun t => value e1 (upd W j k t))); auto.
  - destruct He as [Hg He]. rewrite <- (Ev e).
    apply (d_comp (g m) (fun t => value e (upd W j k t))); auto.
Qed.

Lemma valid_tame e : valid e -> tame (value e).
Proof.
  induction e; intros He b; simpl in He.
  - exists (Rabs c), 0. simpl; refine (conj _ (conj _ (conj _ _))); try apply Rabs_pos; try lra.
    + intros; lra.
    + intros W V _ _. replace (c - c) with 0 by ring. rewrite Rabs_R0. lra.
  - destruct He as [Hj Hk]. exists (Rabs b), 1. simpl; refine (conj _ (conj _ (conj _ _))); try apply Rabs_pos; try lra.
    + intros W HW. apply Rle_trans with (1 := HW j k Hj Hk), Rle_abs.
    + intros W V _ _. rewrite Rmult_1_l. now apply dist1_entry.
  - destruct He as [He Hf]. destruct (IHe1 He b) as (B1 & K1 & HB1 & HK1 & H1 & H1').
    destruct (IHe2 Hf b) as (B2 & K2 & HB2 & HK2 & H2 & H2').
    exists (B1 + B2), (K1 + K2). simpl; refine (conj _ (conj _ (conj _ _))); try lra.
    + intros W HW. apply Rle_trans with (1 := Rabs_triang _ _), Rplus_le_compat; auto.
    + intros W V HW HV.
      replace (value e1 W + value e2 W - (value e1 V + value e2 V))
        with ((value e1 W - value e1 V) + (value e2 W - value e2 V)) by ring.
      apply Rle_trans with (1 := Rabs_triang _ _). rewrite Rmult_plus_distr_r.
      apply Rplus_le_compat; auto.
  - destruct He as [He Hf]. destruct (IHe1 He b) as (B1 & K1 & HB1 & HK1 & H1 & H1').
    destruct (IHe2 Hf b) as (B2 & K2 & HB2 & HK2 & H2 & H2').
    exists (B1 * B2), (K1 * B2 + B1 * K2).
    simpl; refine (conj _ (conj _ (conj _ _))); try (repeat first [assumption | apply Rmult_le_pos | apply Rplus_le_le_0_compat]).
    + intros W HW. rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; auto.
    + intros W V HW HV.
      replace (value e1 W * value e2 W - value e1 V * value e2 V)
        with ((value e1 W - value e1 V) * value e2 W + value e1 V * (value e2 W - value e2 V)) by ring.
      apply Rle_trans with (1 := Rabs_triang _ _). rewrite !Rabs_mult, Rmult_plus_distr_r.
      pose proof (dist1_nonneg W V). apply Rplus_le_compat.
      * replace (K1 * B2 * dist1 W V) with (K1 * dist1 W V * B2) by ring.
        apply Rmult_le_compat; try apply Rabs_pos; auto.
      * rewrite Rmult_assoc. apply Rmult_le_compat; try apply Rabs_pos; auto.
  - destruct He as [Hg He]. destruct (IHe He b) as (B1 & K1 & HB1 & HK1 & H1 & H1').
    destruct (bounded_on (g m) B1) as [B [HB HgB]]; [intros; eexists; apply Hg|].
    destruct (bounded_on (g (S m)) B1) as [M [HM HgM]]; [intros; eexists; apply Hg|].
    exists B, (M * K1). simpl; refine (conj _ (conj _ (conj _ _))); try assumption.
    + now apply Rmult_le_pos.
    + intros W HW. apply HgB; auto.
    + intros W V HW HV. rewrite Rmult_assoc.
      apply Rle_trans with (M * Rabs (value e W - value e V)).
      * apply (lipschitz_on (g m) (g (S m)) B1); auto.
      * apply Rmult_le_compat_l; auto.
Qed.

(** V1: partial derivatives of every order exist and are continuous (indeed Lipschitz on boxes).
    [D w] is the partial derivative along the list w of entries. *)
Definition C_infinity (F : weights -> R) : Prop :=
  exists D : list (nat * nat) -> weights -> R,
    (forall W, D nil W = F W) /\
    forall w, tame (D w) /\
      forall j k W, (j < p)%nat -> (k < d)%nat ->
        is_derive (fun t => D w (upd W j k t)) (W j k) (D (cons (j, k) w) W).

Fixpoint pds (w : list (nat * nat)) (e : expr) : expr :=
  match w with nil => e | cons (j, k) w => pd j k (pds w e) end.

Lemma pds_valid w e : valid e -> valid (pds w e).
Proof. intros He. induction w as [|[j k] w IH]; simpl; [exact He|now apply pd_valid]. Qed.

Theorem expr_smooth e F : valid e -> (forall W, value e W = F W) -> C_infinity F.
Proof.
  intros He HF. exists (fun w => value (pds w e)). split; [exact HF|].
  intros w. split; [now apply valid_tame, pds_valid|].
  intros j k W _ _. simpl. now apply pd_derive, pds_valid.
Qed.

(** Tame functions are continuous. *)
Lemma tame_continuous F W : tame F ->
  forall eps, 0 < eps -> exists delta, 0 < delta /\
    forall V, (forall j k, (j < p)%nat -> (k < d)%nat -> Rabs (V j k - W j k) < delta) -> Rabs (F V - F W) < eps.
Proof.
  intros HF eps Heps.
  set (b := frob2 p d W + 2).
  assert (HW : forall j k, (j < p)%nat -> (k < d)%nat -> Rabs (W j k) <= b - 1).
  { intros j k Hj Hk. unfold b.
    assert ((W j k)^2 <= frob2 p d W).
    { apply Rle_trans with (Sum d (fun k => (W j k)^2)).
      - apply (Sum_term d (fun k => (W j k)^2)); [intros; apply pow2_ge_0|exact Hk].
      - apply (Sum_term p (fun j => Sum d (fun k => (W j k)^2))); [|exact Hj].
        intros; apply Sum_nonneg; intros; apply pow2_ge_0. }
    rewrite <- pow2_abs in H. pose proof (Rabs_pos (W j k)).
    pose proof (pow2_ge_0 (Rabs (W j k) - 1)). nra. }
  destruct (HF b) as (B & K & HB & HK & _ & HL).
  set (N := INR p * INR d).
  assert (HN : 0 <= N) by (apply Rmult_le_pos; apply pos_INR).
  assert (HKN : 0 <= K * N) by (now apply Rmult_le_pos).
  exists (Rmin 1 (eps / (K * N + 1))). split.
  { apply Rmin_pos; [lra|]. apply Rdiv_lt_0_compat; lra. }
  intros V HV.
  assert (HVb : in_box b V).
  { intros j k Hj Hk. specialize (HV j k Hj Hk). specialize (HW j k Hj Hk).
    pose proof (Rmin_l 1 (eps / (K * N + 1))).
    replace (V j k) with ((V j k - W j k) + W j k) by ring.
    apply Rle_trans with (1 := Rabs_triang _ _). lra. }
  assert (HWb : in_box b W) by (intros j k Hj Hk; specialize (HW j k Hj Hk); lra).
  apply Rle_lt_trans with (1 := HL V W HVb HWb).
  assert (Hd : dist1 V W <= N * (eps / (K * N + 1))).
  { unfold dist1, N. rewrite Rmult_assoc, <- Sum_const. apply Sum_le; intros j Hj.
    rewrite <- Sum_const. apply Sum_le; intros k Hk. specialize (HV j k Hj Hk).
    apply Rlt_le, Rlt_le_trans with (1 := HV), Rmin_r. }
  apply Rle_lt_trans with (K * (N * (eps / (K * N + 1)))); [now apply Rmult_le_compat_l|].
  apply (Rmult_lt_reg_r (K * N + 1)); [lra|].
  replace (K * (N * (eps / (K * N + 1))) * (K * N + 1)) with (K * N * eps) by (field; lra). nra.
Qed.

(** ** Sums in the language, and the objective *)

Fixpoint eSum (n : nat) (f : nat -> expr) : expr :=
  match n with O => Cst 0 | S m => Plus (eSum m f) (f m) end.

Lemma value_eSum n f W : value (eSum n f) W = Sum n (fun i => value (f i) W).
Proof. induction n; simpl; congruence. Qed.

Lemma valid_eSum n f : (forall i, (i < n)%nat -> valid (f i)) -> valid (eSum n f).
Proof.
  induction n as [|n IH]; intros H; simpl; [exact I|]. split; [apply IH; intros i Hi; apply H; lia|apply H; lia].
Qed.

Variables (n : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R).
Variables (g : nat -> R -> R) (h : R -> nat -> R -> R).
Hypothesis Tg : tower g.
Hypothesis Th : forall c, tower (h c).

Definition e_net (i : nat) : expr :=
  eSum p (fun j => Times (Cst (a j)) (Apply g 0 (eSum d (fun k => Times (Entry j k) (Cst (x i k)))))).

Definition e_objective : expr :=
  Plus (Times (Cst (/ INR n)) (eSum n (fun i => Apply (h (y i)) 0 (e_net i))))
       (Times (Cst (lam / 2)) (eSum p (fun j => eSum d (fun k => Times (Entry j k) (Entry j k))))).

Lemma valid_objective : valid e_objective.
Proof.
  refine (conj (conj I _) (conj I _)).
  - apply valid_eSum; intros i _. split; [apply Th|]. apply valid_eSum; intros j Hj. split; [exact I|].
    split; [exact Tg|]. apply valid_eSum; intros k Hk. simpl; auto.
  - apply valid_eSum; intros j Hj. apply valid_eSum; intros k Hk. simpl; auto.
Qed.

Lemma value_objective sigma l W : (forall t, g 0%nat t = sigma t) -> (forall c t, h c 0%nat t = l c t) ->
  value e_objective W = objective n p d x y a lam sigma l W.
Proof.
  intros Hs Hl. unfold objective, risk, mean, frob2. simpl. rewrite !value_eSum. f_equal; f_equal.
  - apply Sum_ext; intros i _. simpl. rewrite Hl. f_equal. unfold e_net, net. rewrite value_eSum.
    apply Sum_ext; intros j _. simpl. rewrite Hs. f_equal. f_equal. rewrite value_eSum. reflexivity.
  - apply Sum_ext; intros j _. rewrite value_eSum. apply Sum_ext; intros k _. simpl. ring.
Qed.

(** exp(c F) in the language, for V3. *)
Definition g_exp (m : nat) (t : R) : R := exp t.
Lemma tower_exp : tower g_exp.
Proof. intros m t. apply is_derive_Reals, derivable_pt_lim_exp. Qed.

End Weights.
