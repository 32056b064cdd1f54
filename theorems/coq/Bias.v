(** Biases that are left out of weight decay: rays along which V2, or V4, fails.

    The nets are those of Curve.v: any layers, the trained weights and biases in one p x d matrix, [mu] their decays. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Smooth Villani Curve Refute Outputs CrossEntropy Activations.
Open Scope R_scope.

(** * Where the objective, or the V4 expression, stays bounded *)

Section Flat.

Variables (n p d : nat) (y : nat -> R) (mu : nat -> nat -> R) (f : nat -> weights -> R) (l : R -> R -> R).
Variables (theta : R -> weights) (j0 k0 : nat).
Hypothesis Hn : (0 < n)%nat.
Hypothesis Hj0 : (j0 < p)%nat.
Hypothesis Hk0 : (k0 < d)%nat.
Hypothesis Htheta : forall t, theta t j0 k0 = t \/ theta t j0 k0 = - t.

Lemma ray_long t : 0 <= t -> t <= frob p d (theta t).
Proof.
  intros Ht. apply sq_le; [apply frob_nonneg|]. rewrite frob_sq.
  apply Rle_trans with (Sum d (fun k => (theta t j0 k)^2)).
  - replace (t^2) with ((theta t j0 k0)^2) by (destruct (Htheta t) as [-> | ->]; ring).
    apply (Sum_term d (fun k => (theta t j0 k)^2)); [intros; apply pow2_ge_0|exact Hk0].
  - apply (Sum_term p (fun j => Sum d (fun k => (theta t j k)^2))); [|exact Hj0].
    intros; apply Sum_nonneg; intros; apply pow2_ge_0.
Qed.

(** The loss of every sample stays below a number, and no weight that moves is decayed. *)
Theorem flat_ray B : (forall t i, 0 <= t -> (i < n)%nat -> l (y i) (f i (theta t)) <= B) ->
  (forall t j k, 0 <= t -> (j < p)%nat -> (k < d)%nat -> mu j k * (theta t j k)^2 = 0) -> ~ V2 p d (cost n p d y mu f l).
Proof.
  intros Hl Hmu. apply not_V2 with B. intros t Ht. exists (theta t). split; [now apply ray_long|].
  unfold cost. replace (penalty p d mu (theta t)) with 0.
  - rewrite Rplus_0_r. apply mean_bound; [exact Hn|]. intros; now apply Hl.
  - symmetry. apply Sum_zero; intros j Hj; apply Sum_zero; intros k Hk.
    replace (mu j k / 2 * (theta t j k)^2) with (/ 2 * (mu j k * (theta t j k)^2)) by field. rewrite Hmu by assumption. ring.
Qed.

End Flat.

(** Along a ray on which every first and second partial derivative is bounded V4 fails. *)
Theorem bounded_ray p d F s theta j0 k0 G H : 0 < s -> (j0 < p)%nat -> (k0 < d)%nat ->
  (forall t : R, theta t j0 k0 = t \/ theta t j0 k0 = - t) ->
  (forall t j k, 0 <= t -> (j < p)%nat -> (k < d)%nat -> Rabs (partial F j k (theta t)) <= G) ->
  (forall t j k, 0 <= t -> (j < p)%nat -> (k < d)%nat -> Rabs (partial2 F j k (theta t)) <= H) -> ~ V4 p d F s.
Proof.
  intros Hs Hj0 Hk0 Hth HG HH H4. set (B := INR p * (INR d * G^2) / s + INR p * (INR d * H)).
  destruct (H4 (B + 1)) as [r0 Hr].
  set (t := Rmax r0 0). assert (Ht : 0 <= t) by apply Rmax_r.
  specialize (Hr (theta t) (Rle_trans _ _ _ (Rmax_l r0 0) (ray_long p d theta j0 k0 Hj0 Hk0 Hth t Ht))).
  assert (H1 : frob2 p d (gradient F (theta t)) <= INR p * (INR d * G^2)).
  { rewrite <- Sum_const. apply Sum_le; intros j Hj. rewrite <- Sum_const. apply Sum_le; intros k Hk.
    unfold gradient. rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|now apply HG]. }
  assert (H2 : - (INR p * (INR d * H)) <= laplacian p d F (theta t)).
  { replace (- (INR p * (INR d * H))) with (INR p * (INR d * - H)) by ring.
    rewrite <- Sum_const. apply Sum_le; intros j Hj. rewrite <- Sum_const. apply Sum_le; intros k Hk.
    specialize (HH t j k Ht Hj Hk). apply Rabs_le_between in HH. lra. }
  apply (Rmult_le_compat_r (/ s)) in H1; [|apply Rlt_le, Rinv_0_lt_compat, Hs].
  unfold v4_expression, B, Rdiv in *. lra.
Qed.

(** A loss that is continuous in f, at outputs that stay bounded. *)
Lemma loss_bounded n (y : nat -> R) (l l1 : R -> R -> R) F : (forall c t, is_derive (l c) t (l1 c t)) ->
  exists B, forall i t, (i < n)%nat -> Rabs t <= F -> l (y i) t <= B.
Proof.
  intros Dl. induction n as [|m [B HB]]; [exists 0; intros i t Hi; lia|].
  destruct (bounded_on (l (y m)) F) as [M [_ HM]]; [intros; eexists; apply Dl|].
  exists (Rmax B M). intros i t Hi Ht. destruct (Nat.eq_dec i m) as [->|Hne].
  - apply Rle_trans with (2 := Rmax_r _ _). apply Rle_trans with (2 := HM t Ht), Rle_abs.
  - apply Rle_trans with (2 := Rmax_l _ _). apply HB; [lia|exact Ht].
Qed.

(** * Activations that are bounded at -oo only *)

Lemma bounded_left_softplus t : 0 <= t -> Rabs (softplus (-1 * t)) <= 1.
Proof.
  intros Ht. unfold softplus. pose proof (exp_pos (-1 * t)).
  assert (H1 : exp (-1 * t) <= 1) by (replace (-1 * t) with (- t) by ring; destruct (exp_neg_le_1 t Ht); lra).
  assert (H2 : 0 <= ln (1 + exp (-1 * t))) by (rewrite <- ln_1; apply Rlt_le, ln_increasing; lra).
  rewrite Rabs_pos_eq by exact H2. rewrite <- (ln_exp 1) at 2. pose proof (exp_ineq1 1 ltac:(lra)).
  destruct (Req_dec (1 + exp (-1 * t)) (exp 1)) as [-> | Hne]; [lra|]. apply Rlt_le, ln_increasing; lra.
Qed.

Lemma bounded_left_silu t : 0 <= t -> Rabs (silu (-1 * t)) <= 1.
Proof.
  intros Ht. unfold silu, sigmoid. replace (- (-1 * t)) with t by ring. pose proof (exp_pos t).
  assert (H1 : t <= exp t).
  { destruct Ht as [Ht|<-]; [pose proof (exp_ineq1 t); lra|rewrite exp_0; lra]. }
  assert (H2 : 0 < 1 + exp t) by lra.
  assert (H3 : 0 <= t * / (1 + exp t)) by (apply Rmult_le_pos; [exact Ht|apply Rlt_le, Rinv_0_lt_compat, H2]).
  replace (-1 * t * / (1 + exp t)) with (- (t * / (1 + exp t))) by ring. rewrite Rabs_Ropp, Rabs_pos_eq by exact H3.
  apply (Rmult_le_reg_r (1 + exp t)); [exact H2|]. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

(** * Hidden biases *)

Section Hidden.

Variables (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R).
Variables (sigma : R -> R) (l l1 : R -> R -> R).
Hypothesis Dl : forall c t, is_derive (l c) t (l1 c t).
Hypothesis Hn : (0 < n)%nat.
Hypothesis Hp : (0 < p)%nat.

(** A fixed head a; row j of the trained matrix is w_j, then its bias, which is not decayed. *)
Variable a : nat -> R.
Definition biased (i : nat) (W : weights) : R := Sum p (fun j => a j * sigma (dot d (W j) (x i) + W j d)).
Hypothesis Hmu : forall j, mu j d = 0.

Definition lifted (e t : R) : weights := fun _ k => if Nat.eqb k d then e * t else 0.

(** Bounded at one end (e = 1 or -1): V2 fails along b = e t (1, ..., 1), W = 0. *)
Theorem hidden_bias_refuted e S0 : e = 1 \/ e = -1 -> (forall t, 0 <= t -> Rabs (sigma (e * t)) <= S0) ->
  ~ V2 p (S d) (cost n p (S d) y mu biased l).
Proof.
  intros He HS. set (F := Sum p (fun j => Rabs (a j) * S0)).
  destruct (loss_bounded n y l l1 F Dl) as [B HB].
  apply (flat_ray n p (S d) y mu biased l (lifted e) 0 d) with (B := B); try assumption; [lia| | |].
  - intros t. unfold lifted. rewrite Nat.eqb_refl. destruct He as [-> | ->]; [left|right]; ring.
  - intros t i Ht Hi. apply HB; [exact Hi|]. unfold biased, F. apply Rle_trans with (1 := Sum_abs _ _).
    apply Sum_le; intros j _. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|].
    unfold lifted at 2. rewrite Nat.eqb_refl. replace (dot d (lifted e t j) (x i)) with 0; [rewrite Rplus_0_l; now apply HS|].
    symmetry. apply Sum_zero; intros k Hk. unfold lifted.
    replace (Nat.eqb k d) with false by (symmetry; apply Nat.eqb_neq; lia). ring.
  - intros t j k _ _ Hk. unfold lifted. destruct (Nat.eqb_spec k d) as [->|Hne]; [rewrite Hmu|]; ring.
Qed.

(** A trained head, in the column d + 1: any activation, along b = t, W = 0, a = 0. *)
Definition biased_both (i : nat) (W : weights) : R := Sum p (fun j => W j (S d) * sigma (dot d (W j) (x i) + W j d)).

Theorem hidden_bias_refuted_trained : ~ V2 p (S (S d)) (cost n p (S (S d)) y mu biased_both l).
Proof.
  destruct (loss_bounded n y l l1 0 Dl) as [B HB].
  apply (flat_ray n p (S (S d)) y mu biased_both l (lifted 1) 0 d) with (B := B); try assumption; [lia| | |].
  - intros t. unfold lifted. rewrite Nat.eqb_refl. left; ring.
  - intros t i Ht Hi. apply HB; [exact Hi|]. unfold biased_both. rewrite Sum_zero; [rewrite Rabs_R0; lra|].
    intros j _. unfold lifted at 1. replace (Nat.eqb (S d) d) with false by (symmetry; apply Nat.eqb_neq; lia). ring.
  - intros t j k _ _ Hk. unfold lifted. destruct (Nat.eqb_spec k d) as [->|Hne]; [rewrite Hmu|]; ring.
Qed.

End Hidden.

(** * Output biases *)

(** Cross-entropy does not change when every output is shifted. *)
Lemma cross_entropy_shift q y F t : (0 < q)%nat -> cross_entropy q y (fun r => F r + t) = cross_entropy q y F.
Proof.
  intros Hq. unfold cross_entropy.
  replace (total q (fun r => F r + t)) with (total q F * exp t).
  - rewrite ln_mult, ln_exp; [ring|now apply total_pos|apply exp_pos].
  - unfold total. rewrite <- Sum_scal_r. apply Sum_ext; intros. now rewrite exp_plus.
Qed.

Section Output.

(** Any net: the bias of the output is the entry (j0, k0), or the entries (j0, k0), ..., (j0, k0 + q - 1) for q
    outputs; [N] is the rest, which does not depend on these. *)
Variables (n p d : nat) (mu : nat -> nat -> R) (j0 k0 : nat).
Hypothesis Hn : (0 < n)%nat.
Hypothesis Hj0 : (j0 < p)%nat.

Definition moved (q : nat) (t : R) : weights := fun j k =>
  if andb (Nat.eqb j j0) (andb (Nat.leb k0 k) (Nat.ltb k (k0 + q))) then t else 0.

Lemma moved_at q t r : (r < q)%nat -> moved q t j0 (k0 + r)%nat = t.
Proof.
  intros Hr. unfold moved. rewrite Nat.eqb_refl.
  replace (Nat.leb k0 (k0 + r)) with true by (symmetry; apply Nat.leb_le; lia).
  replace (Nat.ltb (k0 + r) (k0 + q)) with true by (symmetry; apply Nat.ltb_lt; lia). reflexivity.
Qed.

Lemma moved_first q t : (0 < q)%nat -> moved q t j0 k0 = t.
Proof. intros Hq. pose proof (moved_at q t 0 Hq) as E. now rewrite Nat.add_0_r in E. Qed.

Lemma moved_decay q t j k : (forall r, (r < q)%nat -> mu j0 (k0 + r)%nat = 0) -> mu j k * (moved q t j k)^2 = 0.
Proof.
  intros Hmu. unfold moved. destruct (Nat.eqb_spec j j0) as [->|]; simpl; [|ring].
  destruct (Nat.leb_spec k0 k) as [H1|]; simpl; [|ring].
  destruct (Nat.ltb_spec k (k0 + q)) as [H2|]; simpl; [|ring].
  assert (E : mu j0 k = 0); [|rewrite E; ring].
  rewrite <- (Hmu (k - k0)%nat) by lia. f_equal; lia.
Qed.

(** Cross-entropy with output biases that are not decayed: V2 fails. *)
Theorem output_bias_cross_entropy q (y : nat -> nat) (N : nat -> weights -> nat -> R) : (0 < q)%nat ->
  (k0 + q <= d)%nat -> (forall r, (r < q)%nat -> mu j0 (k0 + r)%nat = 0) ->
  (forall i t r, N i (moved q t) r = N i (moved q 0) r) -> (forall i, (i < n)%nat -> (y i < q)%nat) ->
  ~ V2 p d (cost n p d (fun _ => 0) mu (fun i W => cross_entropy q (y i) (fun r => N i W r + W j0 (k0 + r)%nat))
              (fun _ t => t)).
Proof.
  intros Hq Hd Hmu HN Hy. set (B := Sum n (fun i => cross_entropy q (y i) (N i (moved q 0)))).
  apply (flat_ray n p d (fun _ => 0) mu _ (fun _ t => t) (moved q) j0 k0) with (B := B); try assumption; [lia| | |].
  - intros t. left. now apply moved_first.
  - intros t i Ht Hi.
    apply Rle_trans with (cross_entropy q (y i) (N i (moved q 0))).
    + right. rewrite <- (cross_entropy_shift q (y i) (N i (moved q 0)) t Hq).
      assert (E : forall r, (r < q)%nat -> N i (moved q t) r + moved q t j0 (k0 + r)%nat = N i (moved q 0) r + t)
        by (intros r Hr; now rewrite HN, moved_at).
      unfold cross_entropy, total. rewrite (E (y i)) by (now apply Hy).
      f_equal. f_equal. apply Sum_ext; intros r Hr. now rewrite E.
    + apply (Sum_term n (fun i => cross_entropy q (y i) (N i (moved q 0)))); [|exact Hi].
      intros m Hm. apply cross_entropy_nonneg; auto.
  - intros; now apply moved_decay.
Qed.

(** Logistic loss, an output bias that is not decayed, and one label e only: V2 fails. *)
Theorem output_bias_one_label (e : R) (y : nat -> R) (N : nat -> weights -> R) : e = 1 \/ e = -1 ->
  (forall i, (i < n)%nat -> y i = e) -> (k0 < d)%nat -> mu j0 k0 = 0 ->
  (forall i t, N i (moved 1 t) = N i (moved 1 0)) ->
  ~ V2 p d (cost n p d y mu (fun i W => N i W + W j0 k0) logistic).
Proof.
  intros He Hy Hk0 Hmu HN. set (B := Sum n (fun i => logistic (y i) (N i (moved 1 0)))).
  assert (E : forall t, moved 1 (e * t) j0 k0 = e * t).
  { intros t. apply moved_first; lia. }
  apply (flat_ray n p d y mu _ logistic (fun t => moved 1 (e * t)) j0 k0) with (B := B); try assumption.
  - intros t. rewrite E. destruct He as [-> | ->]; [left|right]; ring.
  - intros t i Ht Hi. apply Rle_trans with (logistic (y i) (N i (moved 1 0))).
    + rewrite HN, E. unfold logistic. rewrite (Hy i Hi).
      assert (Hexp : exp (- (e * (N i (moved 1 0) + e * t))) <= exp (- (e * N i (moved 1 0)))).
      { replace (- (e * (N i (moved 1 0) + e * t))) with (- (e * N i (moved 1 0)) + - t)
          by (destruct He as [-> | ->]; ring).
        rewrite exp_plus. rewrite <- (Rmult_1_r (exp (- (e * N i (moved 1 0))))) at 2.
        apply Rmult_le_compat_l; [apply Rlt_le, exp_pos|]. rewrite <- exp_0.
        destruct Ht as [Ht|Ht]; [apply Rlt_le, exp_increasing; lra|rewrite <- Ht, Ropp_0; lra]. }
      pose proof (exp_pos (- (e * (N i (moved 1 0) + e * t)))).
      destruct Hexp as [H1|H1]; [apply Rlt_le, ln_increasing; lra|rewrite H1; lra].
    + apply (Sum_term n (fun i => logistic (y i) (N i (moved 1 0)))); [|exact Hi]. intros; apply logistic_nonneg.
  - intros t j k _ _ _. apply moved_decay. intros r Hr. replace (k0 + r)%nat with k0 by lia. exact Hmu.
Qed.

(** Logistic loss and an output bias that is not decayed: V4 fails for every s, whatever the labels. *)
Section Logistic.

Variables (y : nat -> R) (N : nat -> weights -> R) (N1 N2 : nat -> nat -> nat -> weights -> R) (Nmax : R).
Hypothesis Hy : forall i, (i < n)%nat -> y i = 1 \/ y i = -1.
Hypothesis Hk0 : (k0 < d)%nat.
Hypothesis Hmu : mu j0 k0 = 0.
Hypothesis DN : forall i j k W, (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => N i (upd W j k t)) (W j k) (N1 i j k W).
Hypothesis DN1 : forall i j k W, (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => N1 i j k (upd W j k t)) (W j k) (N2 i j k W).

(** On the ray the derivatives of the rest are those at 0, for they do not depend on the bias. *)
Hypothesis HN1 : forall i j k t, (i < n)%nat -> (j < p)%nat -> (k < d)%nat -> Rabs (N1 i j k (moved 1 t)) <= Nmax.
Hypothesis HN2 : forall i j k t, (i < n)%nat -> (j < p)%nat -> (k < d)%nat -> Rabs (N2 i j k (moved 1 t)) <= Nmax.

Let f (i : nat) (W : weights) : R := N i W + W j0 k0.
Let f1 (i j k : nat) (W : weights) : R := N1 i j k W + unit_at j k j0 k0.

Lemma unit_size j k : Rabs (unit_at j k j0 k0) <= 1.
Proof. unfold unit_at. destruct (andb _ _); [rewrite Rabs_R1|rewrite Rabs_R0]; lra. Qed.

Lemma moved_size t j k : mu j k * moved 1 t j k = 0.
Proof.
  unfold moved. destruct (Nat.eqb_spec j j0) as [->|]; simpl; [|ring].
  destruct (Nat.leb_spec k0 k) as [H1|]; simpl; [|ring].
  destruct (Nat.ltb_spec k (k0 + 1)) as [H2|]; simpl; [|ring].
  replace k with k0 by lia. rewrite Hmu. ring.
Qed.

Theorem output_bias_logistic s : 0 < s -> ~ V4 p d (cost n p d y mu (fun i W => N i W + W j0 k0) logistic) s.
Proof.
  intros Hs.
  assert (Df : forall i j k W, (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
            is_derive (fun t => f i (upd W j k t)) (W j k) (f1 i j k W))
    by (intros; apply d_plus; [now apply DN|apply d_upd]).
  assert (Df1 : forall i j k W, (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
            is_derive (fun t => f1 i j k (upd W j k t)) (W j k) (N2 i j k W)).
  { intros. apply (d_eq _ _ (N2 i j k W + 0)); [|ring]. apply d_plus; [now apply DN1|apply d_const]. }
  assert (H0 : 0 <= Nmax).
  { apply Rle_trans with (2 := HN1 0 j0 k0 0 Hn Hj0 Hk0), Rabs_pos. }
  assert (Hf1 : forall i j k t, (i < n)%nat -> (j < p)%nat -> (k < d)%nat -> Rabs (f1 i j k (moved 1 t)) <= Nmax + 1).
  { intros i j k t Hi Hj Hk. apply Rle_trans with (1 := Rabs_triang _ _).
    apply Rplus_le_compat; [now apply HN1|apply unit_size]. }
  set (Mu := Sum p (fun j => Sum d (fun k => Rabs (mu j k)))).
  apply (bounded_ray p d (cost n p d y mu f logistic) s (moved 1) j0 k0 (Nmax + 1) ((Nmax + 1)^2 / 4 + Nmax + Mu));
    try assumption.
  - intros t. left. apply moved_first; lia.
  - intros t j k Ht Hj Hk.
    rewrite (partial_cost n p d y mu f f1 logistic logistic1 Df d_logistic) by assumption.
    unfold slope. rewrite moved_size, Rplus_0_r. apply Rle_trans with (1 := mean_abs n _ Hn).
    apply mean_bound; [exact Hn|]. intros i Hi. rewrite Rabs_mult.
    pose proof (logistic1_bound (y i) (f i (moved 1 t)) (Hy i Hi)). specialize (Hf1 i j k t Hi Hj Hk).
    pose proof (Rabs_pos (f1 i j k (moved 1 t))). pose proof (Rabs_pos (logistic1 (y i) (f i (moved 1 t)))). nra.
  - intros t j k Ht Hj Hk.
    rewrite (partial2_cost n p d y mu f f1 N2 logistic logistic1 logistic2 Df Df1 d_logistic d_logistic1) by assumption.
    unfold bend. apply Rle_trans with (1 := Rabs_triang _ _). apply Rplus_le_compat.
    + apply Rle_trans with (1 := mean_abs n _ Hn). apply mean_bound; [exact Hn|]. intros i Hi.
      apply Rle_trans with (1 := Rabs_triang _ _). rewrite !Rabs_mult. rewrite (Rabs_pos_eq ((f1 i j k (moved 1 t))^2)) by apply pow2_ge_0.
      pose proof (logistic1_bound (y i) (f i (moved 1 t)) (Hy i Hi)).
      pose proof (logistic2_abs (y i) (f i (moved 1 t)) (Hy i Hi)).
      specialize (Hf1 i j k t Hi Hj Hk). specialize (HN2 i j k t Hi Hj Hk).
      assert ((f1 i j k (moved 1 t))^2 <= (Nmax + 1)^2).
      { rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|exact Hf1]. }
      pose proof (pow2_ge_0 (f1 i j k (moved 1 t))). pose proof (Rabs_pos (N2 i j k (moved 1 t))).
      pose proof (Rabs_pos (logistic1 (y i) (f i (moved 1 t)))). pose proof (Rabs_pos (logistic2 (y i) (f i (moved 1 t)))).
      apply Rplus_le_compat; nra.
    + unfold Mu. apply Rle_trans with (Sum d (fun k => Rabs (mu j k))).
      * apply (Sum_term d (fun k => Rabs (mu j k))); [intros; apply Rabs_pos|exact Hk].
      * apply (Sum_term p (fun j => Sum d (fun k => Rabs (mu j k)))); [|exact Hj].
        intros; apply Sum_nonneg; intros; apply Rabs_pos.
Qed.

End Logistic.

End Output.
