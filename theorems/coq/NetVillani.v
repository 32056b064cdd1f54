(** V1, V2 and V3 for nets of several trained layers, and with V4 of Threshold.v the four conditions together. *)

Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Smooth Terms Villani Activations More Universal Curve Chain Two Threshold Sharp.
Open Scope R_scope.

(** * Any net that is an expression of its weights *)

Section Net.

Variables (n p d : nat) (y : nat -> R) (mu : nat -> nat -> R) (f : nat -> weights -> R) (l : R -> R -> R).
Variables (e_f : nat -> expr) (h : R -> nat -> R -> R).
Hypothesis e_valid : forall i, (i < n)%nat -> valid p d (e_f i).
Hypothesis e_value : forall i W, value (e_f i) W = f i W.
Hypothesis Th : forall c, tower (h c).
Hypothesis Hh : forall c t, h c 0%nat t = l c t.

Local Notation L := (cost n p d y mu f l).

Lemma cost_expr : exists e, valid p d e /\ forall W, value e W = L W.
Proof.
  exists (Plus (Times (Cst (/ INR n)) (eSum n (fun i => Apply (h (y i)) 0 (e_f i))))
               (eSum p (fun j => eSum d (fun k => Times (Cst (mu j k / 2)) (Times (Entry j k) (Entry j k)))))).
  split.
  - refine (conj (conj I _) _).
    + apply valid_eSum; intros i Hi. split; [apply Th|now apply e_valid].
    + apply valid_eSum; intros j Hj. apply valid_eSum; intros k Hk. simpl; auto.
  - intros W. unfold cost, mean, penalty. simpl. rewrite !value_eSum. f_equal.
    + f_equal. apply Sum_ext; intros i _. simpl. now rewrite Hh, e_value.
    + apply Sum_ext; intros j _. rewrite value_eSum. apply Sum_ext; intros k _. simpl. ring.
Qed.

Theorem cost_V1 : V1 p d L.
Proof. destruct cost_expr as [e [He Ev]]. now apply (expr_smooth p d e). Qed.

Lemma cost_tame : tame p d L.
Proof.
  destruct cost_expr as [e [He Ev]]. replace L with (value e); [now apply valid_tame|].
  apply functional_extensionality, Ev.
Qed.

(** A loss that is nowhere negative, and decays of at least m. *)
Variable m : R.
Hypothesis Hn : (0 < n)%nat.
Hypothesis Hl : forall c t, 0 <= l c t.
Hypothesis Hm : 0 < m.
Hypothesis Hmu : forall j k, (j < p)%nat -> (k < d)%nat -> m <= mu j k.

Lemma cost_lower W : 0 + m / 2 * frob2 p d W <= L W.
Proof.
  unfold cost. apply Rplus_le_compat; [apply mean_nonneg; [exact Hn|intros; apply Hl]|].
  unfold penalty, frob2. rewrite <- Sum_scal. apply Sum_le; intros j Hj. rewrite <- Sum_scal.
  apply Sum_le; intros k Hk. apply Rmult_le_compat_r; [apply pow2_ge_0|]. specialize (Hmu j k Hj Hk). lra.
Qed.

Theorem cost_V2 : V2 p d L.
Proof. apply (V2_lower p d L 0 m Hm cost_lower). Qed.

Theorem cost_V3 s : 0 < s -> V3 p d L s.
Proof. intros Hs. apply (V3_lower p d L 0 m Hm cost_lower s Hs cost_tame). Qed.

End Net.

(** * Two trained layers *)

Section Both.

Variables (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (sigma : R -> R) (lamW lama : R).
Hypothesis Hsigma : smooth sigma.

(** The decays: of the hidden weights, and in the column d of the outer ones. *)
Definition decays (_ k : nat) : R := if Nat.eqb k d then lama else lamW.

Local Notation L := (both_cost n p d x y decays sigma squared).

Lemma both_expr : exists e, (forall i, valid p (S d) (e i)) /\ forall i W, value (e i) W = both p d x sigma i W.
Proof.
  destruct Hsigma as [g [Tg Eg]].
  exists (fun i => eSum p (fun j => Times (Entry j d) (Apply g 0 (eSum d (fun k => Times (Entry j k) (Cst (x i k))))))).
  split; intros i.
  - apply valid_eSum; intros j Hj. refine (conj (conj Hj (Nat.lt_succ_diag_r d)) (conj Tg _)).
    apply valid_eSum; intros k Hk. refine (conj (conj Hj _) I). lia.
  - intros W. rewrite value_eSum. unfold both. apply Sum_ext; intros j _. simpl. rewrite Eg, value_eSum. reflexivity.
Qed.

Theorem both_V1 : V1 p (S d) L.
Proof.
  destruct both_expr as [e [He Ev]].
  now apply (cost_V1 n p (S d) y decays (both p d x sigma) squared e h_squared (fun i _ => He i) Ev tower_squared).
Qed.

Section Decayed.

Hypothesis Hn : (0 < n)%nat.
Hypothesis HlamW : 0 < lamW.
Hypothesis Hlama : 0 < lama.

Lemma least_decay : 0 < Rmin lamW lama /\ forall j k, (j < p)%nat -> (k < S d)%nat -> Rmin lamW lama <= decays j k.
Proof.
  split; [now apply Rmin_pos|]. intros j k _ _. unfold decays. destruct (Nat.eqb k d); [apply Rmin_r|apply Rmin_l].
Qed.

Theorem both_V2 : V2 p (S d) L.
Proof.
  destruct least_decay as [Hm Hmu].
  now apply (cost_V2 n p (S d) y decays (both p d x sigma) squared (Rmin lamW lama) Hn squared_nonneg).
Qed.

Theorem both_V3 s : 0 < s -> V3 p (S d) L s.
Proof.
  intros Hs. destruct both_expr as [e [He Ev]]. destruct least_decay as [Hm Hmu].
  now apply (cost_V3 n p (S d) y decays (both p d x sigma) squared e h_squared (fun i _ => He i) Ev tower_squared
               (fun c t => eq_refl) (Rmin lamW lama) Hn squared_nonneg).
Qed.

(** Two trained layers, squared loss, a bounded activation with sigma'^2 + sigma''^2/(4 c) <= T: a Villani function for
    every s below the threshold. *)
Theorem villani_both sigma1 sigma2 M1 M2 S0 T c X2 Bx2 s : Activation sigma sigma1 sigma2 M1 M2 -> bounded sigma S0 ->
  defect sigma1 sigma2 T c -> 0 < c -> (0 < p)%nat -> 0 < T -> 0 < X2 -> 0 < Bx2 ->
  mean n (fun i => dot d (x i) (x i)) <= X2 -> (forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx2) ->
  0 < s < threshold lama (T * X2) (c * INR p * Bx2) -> Villani p (S d) L s.
Proof.
  intros Act HS0 Hdef Hc Hp HT HX0 HB0 HX HB Hs.
  refine (conj both_V1 (conj both_V2 (conj (both_V3 s (proj1 Hs)) _))).
  assert (HmuW : forall j k, (k < d)%nat -> decays j k = lamW).
  { intros j k Hk. unfold decays. now replace (Nat.eqb k d) with false by (symmetry; apply Nat.eqb_neq; lia). }
  assert (Hmua : forall j, decays j d = lama) by (intros; unfold decays; now rewrite Nat.eqb_refl).
  apply (v4_below_threshold n p d x y decays lamW lama sigma sigma1 sigma2 (act_d Act) (act_d1 Act) Hn HmuW Hmua HlamW Hlama
           S0 M1 X2 HS0 (act_M1 Act) HX T c Bx2); auto.
Qed.

End Decayed.

(** V4 fails above the threshold, for terms of the library's language; w = 0 is enough where sigma' is largest there. *)
Theorem both_refuted sigma1 sigma2 q w s : p = (2 + q)%nat -> (forall t, is_derive sigma t (sigma1 t)) ->
  (forall t, is_derive sigma1 t (sigma2 t)) -> (forall t, continuous sigma2 t) -> 0 < s ->
  lama^2 < s * mean n (fun i => (sigma1 (dot d w (x i)))^2 * dot d (x i) (x i)) -> ~ V4 p (S d) L s.
Proof.
  intros -> Ds Ds1 Cs2 Hs Hlt.
  apply (pair_refuted_squared n q d x y decays lama sigma sigma1 sigma2 Ds Ds1 Cs2) with (w := w); auto.
  intros; unfold decays; now rewrite Nat.eqb_refl.
Qed.

End Both.

(** There are data for which V4 fails, for any decays and any s: one sample, x_1 = T large. *)
Theorem both_refuted_some sigma sigma1 sigma2 q lamW lama s : (forall t, is_derive sigma t (sigma1 t)) ->
  (forall t, is_derive sigma1 t (sigma2 t)) -> (forall t, continuous sigma2 t) -> sigma1 0 <> 0 -> 0 < s ->
  exists T, forall x y, x 0%nat 0%nat = T ->
    ~ V4 (2 + q) 2 (both_cost 1 (2 + q) 1 x y (decays 1 lamW lama) sigma squared) s.
Proof.
  intros Ds Ds1 Cs2 H0 Hs. set (g := (sigma1 0)^2).
  assert (Hg : 0 < g) by (pose proof (pow_nonzero _ 2 H0); pose proof (pow2_ge_0 (sigma1 0)); unfold g; lra).
  assert (Hsg : 0 < s * g) by (now apply Rmult_lt_0_compat).
  exists (lama^2 / (s * g) + 1). intros x y Ex.
  apply (both_refuted 1 (2 + q) 1 x y sigma lamW lama sigma1 sigma2 q (fun _ => 0)); auto.
  unfold mean, dot. cbn [Sum]. rewrite Ex. change (INR 1) with 1.
  set (v := lama^2 / (s * g)). assert (Hv : 0 <= v).
  { apply Rmult_le_pos; [apply pow2_ge_0|now apply Rlt_le, Rinv_0_lt_compat]. }
  replace (0 + 0 * (v + 1)) with 0 by ring. fold g.
  replace (s * (/ 1 * (0 + g * (0 + (v + 1) * (v + 1))))) with (s * g * ((v + 1) * (v + 1))) by field.
  replace (lama^2) with (s * g * v) by (unfold v; field; lra).
  apply Rmult_lt_compat_l; [exact Hsg|]. nra.
Qed.

(** * Chains: the decay of each weight is its own *)

Section Chains.

Variables (n d m : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (sigma : R -> R).
Hypothesis Hsigma : smooth sigma.

Local Notation L := (chain_cost n d m x y mu (fun _ => sigma) squared).

Lemma chain_expr : exists e, (forall i, valid 1 (d + m) (e i)) /\ forall i W, value (e i) W = chain d m x (fun _ => sigma) i W.
Proof.
  destruct Hsigma as [g [Tg Eg]].
  assert (H : forall r, (r <= m)%nat -> exists e, (forall i, valid 1 (d + m) (e i)) /\
            forall i W, value (e i) W = pre d x (fun _ => sigma) r i W).
  { induction r as [|r IH]; intros Hr.
    - exists (fun i => eSum d (fun k => Times (Entry 0 k) (Cst (x i k)))). split; intros i.
      + apply valid_eSum; intros k Hk. simpl. repeat split; lia.
      + intros W. now rewrite value_eSum.
    - destruct IH as [e [He Ev]]; [lia|].
      exists (fun i => Times (Entry 0 (d + r)) (Apply g 0 (e i))). split; intros i.
      + refine (conj _ (conj Tg (He i))). simpl. lia.
      + intros W. simpl. now rewrite Eg, Ev. }
  exact (H m (le_n m)).
Qed.

Theorem chain_V1 : V1 1 (d + m) L.
Proof.
  destruct chain_expr as [e [He Ev]].
  now apply (cost_V1 n 1 (d + m) y mu (chain d m x (fun _ => sigma)) squared e h_squared (fun i _ => He i) Ev tower_squared).
Qed.

Theorem chain_V2 lam : (0 < n)%nat -> 0 < lam -> (forall j k, (j < 1)%nat -> (k < d + m)%nat -> lam <= mu j k) -> V2 1 (d + m) L.
Proof.
  intros Hn Hl Hmu.
  now apply (cost_V2 n 1 (d + m) y mu (chain d m x (fun _ => sigma)) squared lam Hn squared_nonneg).
Qed.

Theorem chain_V3 lam s : (0 < n)%nat -> 0 < lam -> (forall j k, (j < 1)%nat -> (k < d + m)%nat -> lam <= mu j k) -> 0 < s ->
  V3 1 (d + m) L s.
Proof.
  intros Hn Hl Hmu Hs. destruct chain_expr as [e [He Ev]].
  now apply (cost_V3 n 1 (d + m) y mu (chain d m x (fun _ => sigma)) squared e h_squared (fun i _ => He i) Ev tower_squared
               (fun c t => eq_refl) lam Hn squared_nonneg).
Qed.

End Chains.

(** * Activations that are terms *)

Lemma term_d t f : ok t -> (forall z, ev t z = f z) -> forall z, is_derive f z (ev (D t) z).
Proof. intros Ht E z. apply (d_ext (ev t)); [exact E|now apply is_derive_D]. Qed.

Lemma term_d1 t : ok t -> forall z, is_derive (ev (D t)) z (ev (D (D t)) z).
Proof. intros Ht z. now apply is_derive_D, ok_D. Qed.

Lemma term_continuous2 t : ok t -> forall z, continuous (ev (D (D t))) z.
Proof.
  intros Ht z. apply (ex_derive_continuous (V := R_NormedModule)). eexists. now apply is_derive_D, ok_D, ok_D.
Qed.

Lemma gauss_int_0 : gauss_int 0 = 0.
Proof. unfold gauss_int. rewrite RInt_point. reflexivity. Qed.

Lemma erf_0 : erf 0 = 0.
Proof. unfold erf. rewrite gauss_int_0. ring. Qed.

(** sigma(0) = 0, for an expression at 0. *)
Ltac at_the_origin := rewrite ?Rmult_0_l, ?Rmult_0_r, ?Ropp_0, ?exp_0, ?sin_0, ?atan_0, ?ln_1, ?erf_0, ?gauss_int_0, ?Rmult_0_r.
Ltac vanishes := at_the_origin; first [lra | field; lra].
