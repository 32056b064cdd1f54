(** Chains of width 1, every layer trained: f = v_m sigma_m(... v_1 sigma_1(<w, x>)), m + 1 layers.

    Along w = c/t^m, v_1 = ... = v_m = t, where c is a stationary point of the risk of the linear model of slope
    sigma_1'(0) ... sigma_m'(0), the outputs converge, |grad L|^2 is of order t^2 and the Laplacian of order t^(2m).
    So V4 fails for every s and every decay from three layers on, and above a threshold with two.  Asked of sigma:
    sigma(0) = 0. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Villani Curve Fit.
Open Scope R_scope.

Section Chain.

Variables (n d m : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R).
Variables (sigma sigma1 sigma2 : nat -> R -> R) (l l1 l2 : R -> R -> R).
Hypothesis Ds : forall r t, is_derive (sigma r) t (sigma1 r t).
Hypothesis Ds1 : forall r t, is_derive (sigma1 r) t (sigma2 r t).
Hypothesis Dl : forall y t, is_derive (l y) t (l1 y t).
Hypothesis Dl1 : forall y t, is_derive (l1 y) t (l2 y t).

(** The trained weights are one row: w in the first d places, then v_1, ..., v_m. *)
Fixpoint pre (r : nat) (i : nat) (W : weights) : R :=
  match r with
  | O => Sum d (fun k => W O k * x i k)
  | S r => W O (d + r)%nat * sigma r (pre r i W)
  end.

Definition chain (i : nat) (W : weights) : R := pre m i W.

(** Its derivatives along the coordinate (j, k). *)
Fixpoint dpre (r i j k : nat) (W : weights) : R :=
  match r with
  | O => Sum d (fun k' => unit_at j k O k' * x i k')
  | S r => unit_at j k O (d + r)%nat * sigma r (pre r i W)
           + W O (d + r)%nat * (sigma1 r (pre r i W) * dpre r i j k W)
  end.

Fixpoint ddpre (r i j k : nat) (W : weights) : R :=
  match r with
  | O => 0
  | S r => 2 * (unit_at j k O (d + r)%nat * (sigma1 r (pre r i W) * dpre r i j k W))
           + W O (d + r)%nat * (sigma2 r (pre r i W) * (dpre r i j k W)^2 + sigma1 r (pre r i W) * ddpre r i j k W)
  end.

Lemma d_pre r i j k W : is_derive (fun t => pre r i (upd W j k t)) (W j k) (dpre r i j k W).
Proof.
  induction r as [|r IH]; simpl.
  - apply is_derive_Sum; intros k' _.
    apply (d_eq _ _ (unit_at j k O k' * x i k' + upd W j k (W j k) O k' * 0)); [|ring].
    apply (d_mult (fun t => upd W j k t O k')); [apply d_upd|apply d_const].
  - apply (d_eq _ _ (unit_at j k O (d + r)%nat * sigma r (pre r i (upd W j k (W j k)))
                     + upd W j k (W j k) O (d + r)%nat * (sigma1 r (pre r i W) * dpre r i j k W)));
      [|now rewrite upd_self].
    apply (d_mult (fun t => upd W j k t O (d + r)%nat) (fun t => sigma r (pre r i (upd W j k t)))); [apply d_upd|].
    apply (d_comp (sigma r) (fun t => pre r i (upd W j k t))); [rewrite upd_self; apply Ds|exact IH].
Qed.

Lemma d_dpre r i j k W : is_derive (fun t => dpre r i j k (upd W j k t)) (W j k) (ddpre r i j k W).
Proof.
  induction r as [|r IH]; simpl; [apply d_const|].
  set (e := unit_at j k O (d + r)%nat).
  apply (d_eq _ _ (e * (sigma1 r (pre r i W) * dpre r i j k W)
    + (e * (sigma1 r (pre r i (upd W j k (W j k))) * dpre r i j k (upd W j k (W j k)))
       + upd W j k (W j k) O (d + r)%nat * (sigma2 r (pre r i W) * dpre r i j k W * dpre r i j k (upd W j k (W j k))
                                            + sigma1 r (pre r i (upd W j k (W j k))) * ddpre r i j k W))));
    [|rewrite upd_self; ring].
  apply d_plus.
  - apply d_scal. apply (d_comp (sigma r) (fun t => pre r i (upd W j k t))); [rewrite upd_self; apply Ds|apply d_pre].
  - apply (d_mult (fun t => upd W j k t O (d + r)%nat)
             (fun t => sigma1 r (pre r i (upd W j k t)) * dpre r i j k (upd W j k t))); [apply d_upd|].
    apply (d_mult (fun t => sigma1 r (pre r i (upd W j k t)))); [|exact IH].
    apply (d_comp (sigma1 r) (fun t => pre r i (upd W j k t))); [rewrite upd_self; apply Ds1|apply d_pre].
Qed.

Definition chain_cost : weights -> R := cost n 1 (d + m) y mu chain l.

(** * The curve *)

Variable c : nat -> R.
Hypothesis Hm : (0 < m)%nat.
Hypothesis sigma0 : forall r, (r < m)%nat -> sigma r 0 = 0.
Hypothesis Cs2 : forall r, (r < m)%nat -> continuous (sigma2 r) 0.

Definition stretched (t : R) : weights := fun _ k => if Nat.ltb k d then c k * / t^m else t.

(** sigma_1'(0) ... sigma_r'(0) *)
Fixpoint slopes (r : nat) : R := match r with O => 1 | S r => slopes r * sigma1 r 0 end.

Lemma stretched_v t r : stretched t O (d + r)%nat = t.
Proof. unfold stretched. replace (Nat.ltb (d + r) d) with false; [reflexivity|symmetry; apply Nat.ltb_ge; lia]. Qed.

Lemma pre_tends r i : (r <= m)%nat -> tends (fun t => t^(m - r) * pre r i (stretched t)) (dot d c (x i) * slopes r).
Proof.
  induction r as [|r IH]; intros Hr.
  - rewrite Nat.sub_0_r. apply (tends_ext (fun _ => dot d c (x i))); [|simpl; rewrite Rmult_1_r; apply tends_const].
    intros t Ht. simpl. unfold dot. rewrite <- Sum_scal. apply Sum_ext; intros k Hk. unfold stretched.
    replace (Nat.ltb k d) with true by (symmetry; now apply Nat.ltb_lt). field. apply pow_nonzero; lra.
  - simpl. rewrite <- Rmult_assoc.
    apply (tends_ext (fun t => t^(m - r) * sigma r (pre r i (stretched t)))).
    { intros t Ht. rewrite stretched_v. replace (m - r)%nat with (S (m - S r)) by lia. simpl. ring. }
    assert (H : tends (fun t => t^(m - r) * pre r i (stretched t)) (dot d c (x i) * slopes r)) by (apply IH; lia).
    apply tends_slope; [apply Ds|now apply sigma0|  |exact H].
    apply (tends_ext (fun t => t^(m - r) * pre r i (stretched t) * / t^(m - r))).
    { intros t Ht. field. apply pow_nonzero; lra. }
    apply (tends_eq _ (dot d c (x i) * slopes r * 0)); [|ring].
    apply tends_mult; [exact H|]. apply tends_inv_pow; lia.
Qed.

Lemma pre_null r i : (r < m)%nat -> tends (fun t => pre r i (stretched t)) 0.
Proof.
  intros Hr. apply (tends_ext (fun t => t^(m - r) * pre r i (stretched t) * / t^(m - r))).
  { intros t Ht. field. apply pow_nonzero; lra. }
  apply (tends_eq _ (dot d c (x i) * slopes r * 0)); [|ring].
  apply tends_mult; [apply pre_tends; lia|]. apply tends_inv_pow; lia.
Qed.

Lemma at_zero (g g1 : nat -> R -> R) r i : (forall t, is_derive (g r) t (g1 r t)) -> (r < m)%nat ->
  tends (fun t => g r (pre r i (stretched t))) (g r 0).
Proof.
  intros Dg Hr. apply (tends_comp (g r)); [now apply pre_null|].
  apply (ex_derive_continuous (V := R_NormedModule)). eexists; apply Dg.
Qed.

(** The entry k of x, for k >= d nothing. *)
Definition input (i j k : nat) : R := Sum d (fun k' => unit_at j k O k' * x i k').

Lemma dpre_tends r i j k : (r <= m)%nat ->
  tends (fun t => dpre r i j k (stretched t) * / t^r) (slopes r * input i j k).
Proof.
  induction r as [|r IH]; intros Hr; simpl.
  - apply (tends_ext (fun _ => 1 * input i j k)); [intros; unfold input; field|apply tends_const].
  - set (e := unit_at j k O (d + r)%nat).
    apply (tends_ext (fun t => e * (sigma r (pre r i (stretched t)) * / t^(S r))
                               + sigma1 r (pre r i (stretched t)) * (dpre r i j k (stretched t) * / t^r))).
    { intros t Ht. rewrite stretched_v. simpl. field. split; [apply pow_nonzero|]; lra. }
    apply (tends_eq _ (e * (sigma r 0 * 0) + sigma1 r 0 * (slopes r * input i j k))); [|ring].
    apply tends_plus.
    + apply tends_scal. apply tends_mult; [now apply (at_zero sigma sigma1)|apply tends_inv_pow; lia].
    + apply tends_mult; [now apply (at_zero sigma1 sigma2)|apply IH; lia].
Qed.

Lemma ddpre_tends r i j k : (r <= m)%nat -> tends (fun t => ddpre r i j k (stretched t) * / t^(r + r)) 0.
Proof.
  induction r as [|r IH]; intros Hr; simpl.
  - apply (tends_ext (fun _ => 0)); [intros; ring|apply tends_const].
  - set (e := unit_at j k O (d + r)%nat). set (D := slopes r * input i j k).
    assert (HD : tends (fun t => dpre r i j k (stretched t) * / t^r) D) by (apply dpre_tends; lia).
    apply (tends_ext (fun t =>
      2 * e * (sigma1 r (pre r i (stretched t)) * (dpre r i j k (stretched t) * / t^r)) * / t^(S (S r))
      + (sigma2 r (pre r i (stretched t)) * (dpre r i j k (stretched t) * / t^r)^2
         + sigma1 r (pre r i (stretched t)) * (ddpre r i j k (stretched t) * / t^(r + r))) * / t)).
    { intros t Ht. rewrite stretched_v, <- plus_n_Sm. cbn [pow]. rewrite pow_add.
      field. split; [apply pow_nonzero; lra|lra]. }
    apply (tends_eq _ (2 * e * (sigma1 r 0 * D) * 0 + (sigma2 r 0 * D^2 + sigma1 r 0 * 0) * 0)); [|ring].
    apply tends_plus; apply tends_mult; [|apply tends_inv_pow; lia| |apply tends_inv].
    + apply tends_scal, tends_mult; [now apply (at_zero sigma1 sigma2)|exact HD].
    + apply tends_plus; apply tends_mult.
      * apply (tends_comp (sigma2 r)); [now apply pre_null|now apply Cs2].
      * now apply tends_pow.
      * now apply (at_zero sigma1 sigma2).
      * apply IH; lia.
Qed.

(** * V4 fails *)

Hypothesis Cl1 : forall y t, continuous (l1 y) t.
Hypothesis Cl2 : forall y t, continuous (l2 y) t.

Local Notation out i := (dot d c (x i) * slopes m).

(** c is a stationary point of the risk of the linear model x -> (sigma_1'(0) ... sigma_m'(0)) <c, x>. *)
Hypothesis Hc : forall k, (k < d)%nat -> mean n (fun i => l1 (y i) (out i) * x i k) = 0.

Lemma input_at i k : input i 0 k = if Nat.ltb k d then x i k else 0.
Proof.
  unfold input. destruct (Nat.ltb_spec k d) as [Hk|Hk].
  - rewrite (Sum_single d k); [unfold unit_at; rewrite !Nat.eqb_refl; simpl; ring|exact Hk|].
    intros k' Hk'. unfold unit_at. apply Nat.eqb_neq in Hk'. rewrite Hk'. simpl; ring.
  - apply Sum_zero; intros k' Hk'. unfold unit_at.
    replace (Nat.eqb k' k) with false by (symmetry; apply Nat.eqb_neq; lia). simpl; ring.
Qed.

(** The limits of the weights divided by t^m. *)
Definition weight_limit (j k : nat) : R := if Nat.ltb k d then 0 else if Nat.eqb m 1 then 1 else 0.

Lemma weight_tends j k : tends (fun t => stretched t j k * / t^m) (weight_limit j k).
Proof.
  unfold stretched, weight_limit. destruct (Nat.ltb k d).
  - apply (tends_ext (fun t => c k * / t^(m + m))).
    { intros t Ht. rewrite pow_add. field. apply pow_nonzero; lra. }
    apply (tends_eq _ (c k * 0)); [|ring]. apply tends_scal, tends_inv_pow; lia.
  - destruct (Nat.eqb_spec m 1) as [->|H1].
    + apply (tends_ext (fun _ => 1)); [intros; field; lra|apply tends_const].
    + apply (tends_ext (fun t => / t^(m - 1))); [|apply tends_inv_pow; lia].
      intros t Ht. replace m with (S (m - 1)) at 2 by lia. simpl. field. split; [apply pow_nonzero|]; lra.
Qed.

(** The limits of |grad L|^2 / t^(2m) and of the Laplacian / t^(2m). *)
Definition gradient_part : R := Sum m (fun r => (mu O (d + r)%nat * (if Nat.eqb m 1 then 1 else 0))^2).
Definition laplacian_part : R := (slopes m)^2 * mean n (fun i => l2 (y i) (out i) * dot d (x i) (x i)).

Theorem chain_refuted s : 0 < s -> gradient_part < s * laplacian_part -> ~ V4 1 (d + m) chain_cost s.
Proof.
  intros Hs Hlt.
  apply (refute_curve n 1 (d + m) y mu chain (fun i j k => dpre m i j k) (fun i j k => ddpre m i j k) l l1 l2
           (fun i j k W _ _ _ => d_pre m i j k W) (fun i j k W _ _ _ => d_dpre m i j k W) Dl Dl1
           s m stretched (fun i => out i) (fun i j k => slopes m * input i j k) (fun _ _ _ => 0) weight_limit);
    auto.
  - intros i _. apply (tends_ext (fun t => t^(m - m) * pre m i (stretched t))).
    { intros t Ht. rewrite Nat.sub_diag. simpl. unfold chain. ring. }
    now apply pre_tends.
  - intros; apply weight_tends.
  - intros; now apply dpre_tends.
  - intros; now apply ddpre_tends.
  - apply (far_away 1 (d + m) stretched 0 (d + 0)); [lia|lia|]. intros; apply stretched_v.
  - replace (frob2 1 (d + m) _) with gradient_part.
    + replace (Sum 1 _) with laplacian_part; [exact Hlt|].
      unfold laplacian_part, bend_limit. cbn [Sum]. rewrite Rplus_0_l, Sum_app.
      rewrite (Sum_zero m); [rewrite Rplus_0_r|].
      * rewrite <- mean_scal.
        transitivity (mean n (fun i => Sum d (fun k => l2 (y i) (out i) * (slopes m * x i k)^2))).
        { apply mean_ext; intros i _. unfold dot at 2. rewrite <- Sum_scal, <- Sum_scal.
          apply Sum_ext; intros; ring. }
        rewrite <- Sum_mean_swap. apply Sum_ext; intros k Hk. apply mean_ext; intros i _.
        rewrite input_at. replace (Nat.ltb k d) with true by (symmetry; now apply Nat.ltb_lt). ring.
      * intros r _. apply mean_zero; intros i.
        rewrite input_at. replace (Nat.ltb (d + r) d) with false by (symmetry; apply Nat.ltb_ge; lia). ring.
    + unfold gradient_part, frob2, slope_limit. cbn [Sum]. rewrite Sum_app, Rplus_0_l.
      rewrite (Sum_zero d); [rewrite Rplus_0_l|].
      * apply Sum_ext; intros r _. unfold weight_limit.
        replace (Nat.ltb (d + r) d) with false by (symmetry; apply Nat.ltb_ge; lia).
        replace (mean n _) with 0; [ring|].
        symmetry. apply mean_zero; intros i.
        rewrite input_at. replace (Nat.ltb (d + r) d) with false by (symmetry; apply Nat.ltb_ge; lia). ring.
      * intros k Hk. unfold weight_limit. replace (Nat.ltb k d) with true by (symmetry; now apply Nat.ltb_lt).
        replace (mean n _) with (slopes m * mean n (fun i => l1 (y i) (out i) * x i k)); [rewrite Hc by exact Hk; ring|].
        rewrite <- mean_scal. apply mean_ext; intros i _.
        rewrite input_at. replace (Nat.ltb k d) with true by (symmetry; now apply Nat.ltb_lt). ring.
Qed.

(** Three layers and more: every s, every decay. *)
Theorem chain_refuted_deep s : (2 <= m)%nat -> 0 < s -> 0 < laplacian_part -> ~ V4 1 (d + m) chain_cost s.
Proof.
  intros Hm2 Hs Hpos. apply chain_refuted; [exact Hs|].
  replace gradient_part with 0; [nra|]. symmetry. apply Sum_zero; intros r _.
  replace (Nat.eqb m 1) with false by (symmetry; apply Nat.eqb_neq; lia). ring.
Qed.

(** Two layers: above a threshold, lambda_a^2 < s sigma'(0)^2 mean l'' |x|^2. *)
Theorem chain_refuted_two s : m = 1%nat -> 0 < s -> (mu O d)^2 < s * laplacian_part -> ~ V4 1 (d + m) chain_cost s.
Proof.
  intros H1 Hs Hlt. apply chain_refuted; [exact Hs|].
  replace gradient_part with ((mu O d)^2); [exact Hlt|].
  unfold gradient_part. rewrite H1. simpl. rewrite Nat.add_0_r. ring.
Qed.

End Chain.

(** * The squared loss: every data set, since least squares always have a solution *)

Section Squared.

Variables (n d m : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R).
Variables (sigma sigma1 sigma2 : nat -> R -> R).
Hypothesis Ds : forall r t, is_derive (sigma r) t (sigma1 r t).
Hypothesis Ds1 : forall r t, is_derive (sigma1 r) t (sigma2 r t).
Hypothesis sigma0 : forall r, (r < m)%nat -> sigma r 0 = 0.
Hypothesis Cs2 : forall r, (r < m)%nat -> continuous (sigma2 r) 0.
Hypothesis slope0 : forall r, (r < m)%nat -> sigma1 r 0 <> 0.

Lemma slopes_nonzero r : (r <= m)%nat -> slopes sigma1 r <> 0.
Proof.
  induction r as [|r IH]; intros Hr; simpl; [lra|].
  apply Rmult_integral_contrapositive_currified; [apply IH; lia|apply slope0; lia].
Qed.

(** c with mean (sigma_1'(0) ... sigma_m'(0) <c, x> - y) x = 0. *)
Lemma fit_exists : exists c, forall k, (k < d)%nat ->
  mean n (fun i => squared1 (y i) (dot d c (x i) * slopes sigma1 m) * x i k) = 0.
Proof.
  destruct (least_squares n d (fun k i => x i k) y) as [b Hb].
  exists (fun k => b k / slopes sigma1 m). intros k Hk. unfold mean.
  replace (Sum n _) with (- dot n (residual_of d (fun k i => x i k) y b) (fun i => x i k)); [rewrite (Hb k Hk); ring|].
  unfold dot at 1. replace (- Sum n _) with (-1 * Sum n (fun i => residual_of d (fun k i => x i k) y b i * x i k)) by ring.
  rewrite <- Sum_scal. apply Sum_ext; intros i _. unfold residual_of, squared1, dot.
  rewrite <- Sum_scal_r.
  rewrite (Sum_ext d (fun k0 => b k0 / slopes sigma1 m * x i k0 * slopes sigma1 m) (fun k0 => b k0 * x i k0)); [ring|].
  intros k' _. field. now apply slopes_nonzero.
Qed.

Lemma laplacian_part_squared c : laplacian_part n d m x y sigma1 squared2 c
  = (slopes sigma1 m)^2 * mean n (fun i => dot d (x i) (x i)).
Proof. unfold laplacian_part. f_equal. apply mean_ext; intros. unfold squared2. ring. Qed.

(** Three trained layers and more, sigma(0) = 0 <> sigma'(0): V4 is false for every s, every decay and every data set
    that is not zero. *)
Theorem deep_refuted_squared s : (2 <= m)%nat -> 0 < s -> 0 < mean n (fun i => dot d (x i) (x i)) ->
  ~ V4 1 (d + m) (chain_cost n d m x y mu sigma squared) s.
Proof.
  intros Hm Hs HX. destruct fit_exists as [c Hc].
  apply (chain_refuted_deep n d m x y mu sigma sigma1 sigma2 squared squared1 squared2) with (c := c);
    auto using d_squared, d_squared1, continuous_squared1, continuous_squared2; [lia|].
  rewrite laplacian_part_squared. apply Rmult_lt_0_compat; [|exact HX].
  pose proof (pow2_ge_0 (slopes sigma1 m)). pose proof (pow_nonzero _ 2 (slopes_nonzero m (Nat.le_refl m))). lra.
Qed.

(** Two trained layers of width 1: V4 is false for s > lambda_a^2 / (sigma'(0)^2 mean |x|^2). *)
Theorem two_refuted_squared s : m = 1%nat -> 0 < s ->
  (mu O d)^2 < s * ((sigma1 O 0)^2 * mean n (fun i => dot d (x i) (x i))) ->
  ~ V4 1 (d + m) (chain_cost n d m x y mu sigma squared) s.
Proof.
  intros Hm Hs HX. destruct fit_exists as [c Hc].
  apply (chain_refuted_two n d m x y mu sigma sigma1 sigma2 squared squared1 squared2) with (c := c);
    auto using d_squared, d_squared1, continuous_squared1, continuous_squared2; [lia|].
  rewrite laplacian_part_squared, Hm. simpl slopes. rewrite Rmult_1_l. exact HX.
Qed.

End Squared.
