(** Nets of any architecture with one output, and refutations along curves.

    The trained weights are the entries of one p x d matrix, whatever layers they belong to; [f i W] is the output for
    sample i and [mu j k] the decay of the entry (j, k), 0 for one that is left out of weight decay.  A net is known by
    its first and second derivatives along each coordinate.

    A curve [theta t] refutes V4 where |grad L|^2 / t^(2K) and Laplacian L / t^(2K) converge, the first to less than s
    times the second. *)

Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Villani.
Open Scope R_scope.

Lemma Sum_app a b (f : nat -> R) : Sum (a + b) f = Sum a f + Sum b (fun r => f (a + r)%nat).
Proof.
  induction b as [|b IH]; [rewrite Nat.add_0_r; simpl; ring|].
  rewrite <- plus_n_Sm. simpl. rewrite IH. ring.
Qed.

Lemma mean_zero n (f : nat -> R) : (forall i, f i = 0) -> mean n f = 0.
Proof. intros H. unfold mean. rewrite Sum_zero by auto. ring. Qed.

(** * Limits as t grows *)

Definition tends (f : R -> R) (L : R) : Prop := filterlim f (Rbar_locally p_infty) (locally L).

Lemma tends_const c : tends (fun _ => c) c.
Proof. apply filterlim_const. Qed.

Lemma tends_plus f g a b : tends f a -> tends g b -> tends (fun t => f t + g t) (a + b).
Proof.
  intros Hf Hg. apply (filterlim_comp_2 (G := locally a) (H := locally b)); [exact Hf|exact Hg|].
  exact (filterlim_plus (V := R_NormedModule) a b).
Qed.

Lemma tends_mult f g a b : tends f a -> tends g b -> tends (fun t => f t * g t) (a * b).
Proof.
  intros Hf Hg. apply (filterlim_comp_2 (G := locally a) (H := locally b)); [exact Hf|exact Hg|].
  exact (filterlim_mult (K := R_AbsRing) a b).
Qed.

Lemma tends_scal c f a : tends f a -> tends (fun t => c * f t) (c * a).
Proof. apply tends_mult, tends_const. Qed.

Lemma tends_pow f a m : tends f a -> tends (fun t => (f t)^m) (a^m).
Proof. intros H. induction m as [|m IH]; simpl; [apply tends_const|now apply tends_mult]. Qed.

Lemma tends_eq f a b : tends f a -> a = b -> tends f b.
Proof. now intros H <-. Qed.

(** It is enough that functions agree for t > 0. *)
Lemma tends_ext f g a : (forall t, 0 < t -> f t = g t) -> tends f a -> tends g a.
Proof.
  intros H. apply filterlim_ext_loc. exists 0. intros t Ht. now apply H.
Qed.

Lemma tends_Sum n (f : nat -> R -> R) a : (forall i, (i < n)%nat -> tends (f i) (a i)) ->
  tends (fun t => Sum n (fun i => f i t)) (Sum n a).
Proof.
  induction n as [|n IH]; intros H; simpl; [apply tends_const|].
  apply tends_plus; [apply IH; intros i Hi; apply H; lia|apply H; lia].
Qed.

Lemma tends_mean n (f : nat -> R -> R) a : (forall i, (i < n)%nat -> tends (f i) (a i)) ->
  tends (fun t => mean n (fun i => f i t)) (mean n a).
Proof. intros H. unfold mean. now apply tends_scal, tends_Sum. Qed.

Lemma tends_comp (g : R -> R) f a : tends f a -> continuous g a -> tends (fun t => g (f t)) (g a).
Proof. intros Hf Hg. exact (filterlim_comp _ _ _ f g _ _ _ Hf Hg). Qed.

Lemma tends_inv : tends (fun t => / t) 0.
Proof.
  assert (H : is_lim (fun t => / t) p_infty (Rbar_inv p_infty)) by (apply is_lim_inv; [apply is_lim_id|discriminate]).
  exact H.
Qed.

Lemma tends_inv_pow m : (0 < m)%nat -> tends (fun t => / t^m) 0.
Proof.
  intros Hm. apply (tends_ext (fun t => (/ t)^m)); [intros; now rewrite pow_inv|].
  apply (tends_eq _ (0^m)); [apply tends_pow, tends_inv|]. now apply pow_ne_zero; lia.
Qed.

(** A limit below 0: negative from some T on. *)
Lemma tends_negative f a : tends f a -> a < 0 -> exists T, forall t, T < t -> f t < 0.
Proof.
  intros H Ha. destruct (H (fun u => u < 0)) as [T HT]; [|exists T; exact HT].
  exists (mkposreal (- a) ltac:(lra)). intros u Hu. change (Rabs (u - a) < - a) in Hu.
  apply Rabs_def2 in Hu. lra.
Qed.

(** The slope of f at 0 where f 0 = 0: t^m u -> c and u -> 0 give t^m f u -> f'(0) c. *)
Lemma tends_slope (f : R -> R) f1 u c m : is_derive f 0 f1 -> f 0 = 0 ->
  tends u 0 -> tends (fun t => t^m * u t) c -> tends (fun t => t^m * f (u t)) (c * f1).
Proof.
  intros Df H0 Hu Hc.
  set (q := fun v => if Req_EM_T v 0 then f1 else f v / v).
  assert (Hq : continuous q 0).
  { apply (proj1 (continuity_pt_filterlim q 0)). intros eps Heps.
    apply is_derive_Reals in Df. destruct (Df eps Heps) as [delta Hd].
    exists delta. split; [apply cond_pos|]. intros v [[_ Hne] Hv]. simpl in *. unfold R_dist in *.
    unfold q. destruct (Req_EM_T 0 0) as [_|]; [|lra]. destruct (Req_EM_T v 0) as [->|Hv0]; [lra|].
    replace (v - 0) with v in Hv by ring.
    specialize (Hd v Hv0 Hv). rewrite Rplus_0_l, H0, Rminus_0_r in Hd. exact Hd. }
  apply (tends_ext (fun t => t^m * u t * q (u t))).
  { intros t _. unfold q. destruct (Req_EM_T (u t) 0) as [->|Hne]; [rewrite H0; ring|field; exact Hne]. }
  apply tends_mult; [exact Hc|]. apply (tends_eq _ (q 0)); [now apply tends_comp|].
  unfold q. destruct (Req_EM_T 0 0); [reflexivity|lra].
Qed.

(** * The objective of a net *)

Section Net.

Variables (n p d : nat) (y : nat -> R) (mu : nat -> nat -> R).
Variables (f : nat -> weights -> R) (f1 f2 : nat -> nat -> nat -> weights -> R).
Variables (l l1 l2 : R -> R -> R).

Definition penalty (W : weights) : R := Sum p (fun j => Sum d (fun k => mu j k / 2 * (W j k)^2)).

(** The objective: the mean loss and the decay of each weight. *)
Definition cost (W : weights) : R := mean n (fun i => l (y i) (f i W)) + penalty W.

Hypothesis Df : forall i j k W, (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => f i (upd W j k t)) (W j k) (f1 i j k W).
Hypothesis Df1 : forall i j k W, (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => f1 i j k (upd W j k t)) (W j k) (f2 i j k W).
Hypothesis Dl : forall y t, is_derive (l y) t (l1 y t).
Hypothesis Dl1 : forall y t, is_derive (l1 y) t (l2 y t).

Lemma upd_self W j k : upd W j k (W j k) = W.
Proof.
  apply functional_extensionality; intros j'. apply functional_extensionality; intros k'. unfold upd.
  destruct (Nat.eqb_spec j' j), (Nat.eqb_spec k' k); subst; reflexivity.
Qed.

Lemma upd_at W j k t : upd W j k t j k = t.
Proof. unfold upd. now rewrite !Nat.eqb_refl. Qed.

Lemma upd_off W j k t j' k' : (j', k') <> (j, k) -> upd W j k t j' k' = W j' k'.
Proof.
  intros H. unfold upd. destruct (Nat.eqb_spec j' j), (Nat.eqb_spec k' k); subst; try reflexivity. now destruct H.
Qed.

Lemma d_upd W j k j' k' t : is_derive (fun t => upd W j k t j' k') t (unit_at j k j' k').
Proof.
  unfold upd, unit_at. destruct (andb _ _); [apply d_id|apply d_const].
Qed.

Lemma d_penalty W j k : (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => penalty (upd W j k t)) (W j k) (mu j k * W j k).
Proof.
  intros Hj Hk. unfold penalty.
  apply (d_eq _ _ (Sum p (fun j' => Sum d (fun k' => mu j' k' * W j' k' * unit_at j k j' k')))).
  - apply is_derive_Sum; intros j' _. apply is_derive_Sum; intros k' _.
    apply (d_eq _ _ (mu j' k' / 2 * (unit_at j k j' k' * upd W j k (W j k) j' k'
                                     + upd W j k (W j k) j' k' * unit_at j k j' k'))).
    + apply (d_ext (fun t => mu j' k' / 2 * (upd W j k t j' k' * upd W j k t j' k'))); [intros; field|].
      apply d_scal. apply (d_mult (fun t => upd W j k t j' k') (fun t => upd W j k t j' k')); apply d_upd.
    + rewrite upd_self. field.
  - now rewrite (Sum_unit p d j k (fun j' k' => mu j' k' * W j' k')).
Qed.

(** dL/dW_jk *)
Definition slope (W : weights) (j k : nat) : R :=
  mean n (fun i => l1 (y i) (f i W) * f1 i j k W) + mu j k * W j k.

(** d^2 L/dW_jk^2 *)
Definition bend (W : weights) (j k : nat) : R :=
  mean n (fun i => l2 (y i) (f i W) * (f1 i j k W)^2 + l1 (y i) (f i W) * f2 i j k W) + mu j k.

Lemma d_cost W j k : (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => cost (upd W j k t)) (W j k) (slope W j k).
Proof.
  intros Hj Hk. unfold cost, slope. apply d_plus; [|now apply d_penalty].
  apply is_derive_mean; intros i Hi.
  apply (d_comp (l (y i)) (fun t => f i (upd W j k t))); [|now apply Df].
  rewrite upd_self. apply Dl.
Qed.

Theorem partial_cost W j k : (j < p)%nat -> (k < d)%nat -> partial cost j k W = slope W j k.
Proof. intros Hj Hk. now apply is_derive_unique, d_cost. Qed.

Theorem partial2_cost W j k : (j < p)%nat -> (k < d)%nat -> partial2 cost j k W = bend W j k.
Proof.
  intros Hj Hk. unfold partial2, partial at 1. apply is_derive_unique.
  apply (d_ext (fun t => slope (upd W j k t) j k)); [intros; now rewrite partial_cost|].
  unfold slope, bend. apply d_plus.
  - apply is_derive_mean; intros i Hi.
    apply (d_eq _ _ (l2 (y i) (f i W) * f1 i j k W * f1 i j k (upd W j k (W j k))
                     + l1 (y i) (f i (upd W j k (W j k))) * f2 i j k W)).
    + apply (d_mult (fun t => l1 (y i) (f i (upd W j k t)))); [|now apply Df1].
      apply (d_comp (l1 (y i)) (fun t => f i (upd W j k t))); [|now apply Df]. rewrite upd_self. apply Dl1.
    + rewrite upd_self. ring.
  - apply (d_eq _ _ (mu j k * 1)); [|ring]. apply d_scal.
    apply (d_ext (fun t => t)); [intros; now rewrite upd_at|apply d_id].
Qed.

Lemma laplacian_cost W : laplacian p d cost W = Sum p (fun j => Sum d (fun k => bend W j k)).
Proof.
  apply Sum_ext; intros j Hj; apply Sum_ext; intros k Hk. now apply partial2_cost.
Qed.

Lemma gradient_cost W : frob2 p d (gradient cost W) = frob2 p d (slope W).
Proof.
  apply Sum_ext; intros j Hj; apply Sum_ext; intros k Hk. unfold gradient. now rewrite partial_cost.
Qed.

Lemma v4_cost s W : v4_expression p d cost s W
  = frob2 p d (slope W) / s - Sum p (fun j => Sum d (fun k => bend W j k)).
Proof. unfold v4_expression. now rewrite gradient_cost, laplacian_cost. Qed.

(** * Curves *)

Section Curve.

Variables (s : R) (K : nat) (theta : R -> weights).
Variables (F : nat -> R) (A B : nat -> nat -> nat -> R) (V : nat -> nat -> R).
Hypothesis Hs : 0 < s.
Hypothesis HK : (0 < K)%nat.
Hypothesis Cl1 : forall i, (i < n)%nat -> continuous (l1 (y i)) (F i).
Hypothesis Cl2 : forall i, (i < n)%nat -> continuous (l2 (y i)) (F i).

(** Along the curve the outputs converge, and the weights and the derivatives do when divided by t^K, t^K, t^(2K). *)
Hypothesis HF : forall i, (i < n)%nat -> tends (fun t => f i (theta t)) (F i).
Hypothesis HV : forall j k, (j < p)%nat -> (k < d)%nat -> tends (fun t => theta t j k * / t^K) (V j k).
Hypothesis HA : forall i j k, (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
  tends (fun t => f1 i j k (theta t) * / t^K) (A i j k).
Hypothesis HB : forall i j k, (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
  tends (fun t => f2 i j k (theta t) * / t^(K + K)) (B i j k).

Definition slope_limit (j k : nat) : R := mean n (fun i => l1 (y i) (F i) * A i j k) + mu j k * V j k.
Definition bend_limit (j k : nat) : R := mean n (fun i => l2 (y i) (F i) * (A i j k)^2 + l1 (y i) (F i) * B i j k).

Lemma slope_tends j k : (j < p)%nat -> (k < d)%nat -> tends (fun t => slope (theta t) j k * / t^K) (slope_limit j k).
Proof.
  intros Hj Hk. apply (tends_ext (fun t => mean n (fun i => l1 (y i) (f i (theta t)) * (f1 i j k (theta t) * / t^K))
                                           + mu j k * (theta t j k * / t^K))).
  { intros t Ht. unfold slope. rewrite Rmult_plus_distr_r. f_equal; [|ring].
    rewrite (Rmult_comm (mean _ _)), <- mean_scal. apply mean_ext; intros; ring. }
  apply tends_plus; [|now apply tends_scal, HV].
  apply tends_mean; intros i Hi. apply tends_mult; [|now apply HA].
  apply (tends_comp (l1 (y i))); auto.
Qed.

Lemma bend_tends j k : (j < p)%nat -> (k < d)%nat ->
  tends (fun t => bend (theta t) j k * / t^(K + K)) (bend_limit j k).
Proof.
  intros Hj Hk.
  apply (tends_ext (fun t => mean n (fun i => l2 (y i) (f i (theta t)) * (f1 i j k (theta t) * / t^K)^2
                                              + l1 (y i) (f i (theta t)) * (f2 i j k (theta t) * / t^(K + K)))
                             + mu j k * / t^(K + K))).
  { intros t Ht. unfold bend. rewrite (Rmult_plus_distr_r (mean _ _)). f_equal.
    rewrite (Rmult_comm (mean _ (fun i => _ + l1 _ _ * f2 _ _ _ _))), <- mean_scal. apply mean_ext; intros i _.
    rewrite pow_add. field. apply pow_nonzero. lra. }
  apply (tends_eq _ (bend_limit j k + mu j k * 0)); [|ring].
  apply tends_plus; [|apply tends_scal, tends_inv_pow; lia].
  apply tends_mean; intros i Hi. apply tends_plus; apply tends_mult; auto using (tends_comp (l1 (y i))), (tends_comp (l2 (y i))).
  apply tends_pow. auto.
Qed.

Lemma v4_tends : tends (fun t => v4_expression p d cost s (theta t) * / t^(K + K))
  (frob2 p d slope_limit / s - Sum p (fun j => Sum d (fun k => bend_limit j k))).
Proof.
  apply (tends_ext (fun t => / s * Sum p (fun j => Sum d (fun k => (slope (theta t) j k * / t^K)^2))
                             + - 1 * Sum p (fun j => Sum d (fun k => bend (theta t) j k * / t^(K + K))))).
  { intros t Ht. rewrite v4_cost. unfold frob2.
    assert (Ht0 : t^K <> 0) by (apply pow_nonzero; lra).
    replace (Sum p (fun j => Sum d (fun k => (slope (theta t) j k * / t^K)^2)))
      with (Sum p (fun j => Sum d (fun k => (slope (theta t) j k)^2)) * / t^(K + K)).
    - replace (Sum p (fun j => Sum d (fun k => bend (theta t) j k * / t^(K + K))))
        with (Sum p (fun j => Sum d (fun k => bend (theta t) j k)) * / t^(K + K)).
      + unfold Rdiv. ring.
      + rewrite <- Sum_scal_r. apply Sum_ext; intros. now rewrite <- Sum_scal_r.
    - rewrite <- Sum_scal_r. apply Sum_ext; intros. rewrite <- Sum_scal_r. apply Sum_ext; intros.
      rewrite pow_add. field. exact Ht0. }
  apply (tends_eq _ (/ s * frob2 p d slope_limit + - 1 * Sum p (fun j => Sum d (fun k => bend_limit j k))));
    [|unfold Rdiv; ring].
  apply tends_plus; apply tends_scal; apply tends_Sum; intros j Hj; apply tends_Sum; intros k Hk.
  - now apply tends_pow, slope_tends.
  - now apply bend_tends.
Qed.

(** A curve that leaves every ball, along which the V4 expression is negative in the end. *)
Theorem refute_curve : (forall r, exists T, forall t, T < t -> r <= frob p d (theta t)) ->
  frob2 p d slope_limit < s * Sum p (fun j => Sum d (fun k => bend_limit j k)) -> ~ V4 p d cost s.
Proof.
  intros Hfar Hlt H4. destruct (H4 0) as [r0 Hr]. destruct (Hfar r0) as [T1 HT1].
  destruct (tends_negative _ _ v4_tends) as [T2 HT2].
  { apply Rmult_lt_reg_l with s; [exact Hs|].
    replace (s * (frob2 p d slope_limit / s - Sum p (fun j => Sum d (fun k => bend_limit j k))))
      with (frob2 p d slope_limit - s * Sum p (fun j => Sum d (fun k => bend_limit j k))) by (field; lra). lra. }
  set (t := Rmax (Rmax T1 T2) 0 + 1).
  pose proof (Rmax_l (Rmax T1 T2) 0). pose proof (Rmax_r (Rmax T1 T2) 0).
  pose proof (Rmax_l T1 T2). pose proof (Rmax_r T1 T2).
  assert (H5 : v4_expression p d cost s (theta t) * / t^(K + K) < 0) by (apply HT2; unfold t; lra).
  assert (H6 : 0 <= v4_expression p d cost s (theta t)) by (apply Hr, HT1; unfold t; lra).
  assert (H7 : 0 < / t^(K + K)) by (apply Rinv_0_lt_compat, pow_lt; unfold t; lra).
  nra.
Qed.

End Curve.

End Net.

(** One entry that is t carries the curve away. *)
Lemma far_away p d (theta : R -> weights) j k : (j < p)%nat -> (k < d)%nat -> (forall t, theta t j k = t) ->
  forall r, exists T, forall t, T < t -> r <= frob p d (theta t).
Proof.
  intros Hj Hk H r. exists (Rmax r 0). intros t Ht.
  pose proof (Rmax_l r 0). pose proof (Rmax_r r 0).
  apply Rle_trans with t; [lra|]. apply sq_le; [apply frob_nonneg|]. rewrite frob_sq.
  apply Rle_trans with (t^2).
  - lra.
  - apply Rle_trans with (Sum d (fun k => (theta t j k)^2)).
    + rewrite <- (H t) at 1. apply (Sum_term d (fun k => (theta t j k)^2)); [intros; apply pow2_ge_0|exact Hk].
    + apply (Sum_term p (fun j => Sum d (fun k => (theta t j k)^2))); [|exact Hj].
      intros; apply Sum_nonneg; intros; apply pow2_ge_0.
Qed.

Lemma continuous_squared1 c t : continuous (squared1 c) t.
Proof. apply (ex_derive_continuous (V := R_NormedModule)). eexists; apply d_squared1. Qed.

Lemma continuous_squared2 c t : continuous (squared2 c) t.
Proof. apply continuous_const. Qed.
