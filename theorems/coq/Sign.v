(** Outer weights of one sign: then f bounds every sigma(z_ij), so that V4 holds for every lambda > 0 where sigma is
    bounded below, sigma'' is bounded and k1 sigma - h <= z sigma' <= k2 sigma + h with 0 < k1: sigma may grow like z^2. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Smooth Villani Activations Universal.
Open Scope R_scope.

(** What is asked of the activation. *)
Record Curved (s s1 s2 : R -> R) (M2 m0 k1 k2 h : R) : Prop := {
  cur_smooth : smooth s;
  cur_d : forall t, is_derive s t (s1 t);
  cur_d1 : forall t, is_derive s1 t (s2 t);
  cur_M2 : forall t, Rabs (s2 t) <= M2;
  cur_M2_pos : 0 < M2;
  cur_m0 : 0 <= m0;
  cur_below : forall t, 0 <= s t + m0;
  cur_k1 : 0 < k1;
  cur_k2 : k1 <= k2;
  cur_h : 0 <= h;
  cur_low : forall t, k1 * s t - h <= t * s1 t;
  cur_high : forall t, t * s1 t <= k2 * s t + h }.

Definition one_sign (p : nat) (a : nat -> R) : Prop :=
  (forall j, (j < p)%nat -> 0 <= a j) \/ (forall j, (j < p)%nat -> a j <= 0).

Lemma sign_of p a : one_sign p a -> exists e, e * e = 1 /\ forall j, (j < p)%nat -> Rabs (a j) = e * a j.
Proof.
  intros [H|H]; [exists 1|exists (-1)]; (split; [lra|]); intros j Hj; specialize (H j Hj).
  - rewrite Rabs_pos_eq by exact H. ring.
  - rewrite Rabs_left1 by exact H. ring.
Qed.

(** A function that is nowhere negative, with |f''| <= M2, has f'^2 <= 2 M2 f. *)
Lemma slope_of_nonnegative f f1 f2 M2 t : (forall u, is_derive f u (f1 u)) -> (forall u, is_derive f1 u (f2 u)) ->
  (forall u, Rabs (f2 u) <= M2) -> 0 < M2 -> (forall u, 0 <= f u) -> (f1 t)^2 <= 2 * M2 * f t.
Proof.
  intros D D1 H2 HM H0.
  assert (L : forall u, Rabs (f1 (t + u) - f1 t) <= M2 * Rabs u).
  { intros u. destruct (MVT_gen f1 t (t + u) f2) as [c [_ Hc]].
    - intros; apply D1.
    - intros v _. apply derivable_continuous_pt. exists (f2 v). apply is_derive_Reals, D1.
    - rewrite Hc. replace (t + u - t) with u by ring. rewrite Rabs_mult.
      apply Rmult_le_compat_r; [apply Rabs_pos|apply H2]. }
  set (g := fun u => f t + f1 t * u + M2 / 2 * u^2 - f (t + u)).
  set (g1 := fun u => f1 t + M2 * u - f1 (t + u)).
  assert (Dg : forall u, is_derive g u (g1 u)).
  { intros u. unfold g, g1.
    apply (d_eq _ _ ((0 + f1 t * 1 + (M2 / 2 * (1 * u + u * 1))) + (-1) * (f1 (t + u) * (0 + 1)))); [|field].
    apply (d_ext (fun u => f t + f1 t * u + M2 / 2 * (u * u) + -1 * f (t + u))); [intros; ring|].
    apply d_plus; [apply d_plus; [apply d_plus; [apply d_const|apply d_scal, d_id]|apply d_scal, (d_mult (fun u => u) (fun u => u)); apply d_id]|].
    apply d_scal. apply (d_comp f (fun u => t + u)); [apply D|apply d_plus; [apply d_const|apply d_id]]. }
  assert (Hg : forall u, 0 <= g u).
  { intros u. destruct (MVT_gen g 0 u g1) as [c [Hc E]].
    - intros; apply Dg.
    - intros v _. apply derivable_continuous_pt. exists (g1 v). apply is_derive_Reals, Dg.
    - assert (G0 : g 0 = 0) by (unfold g; rewrite Rplus_0_r; ring). rewrite G0, !Rminus_0_r in E. rewrite E.
      pose proof (L c) as Lc. apply Rabs_le_between in Lc. unfold g1.
      destruct (Rle_dec 0 u) as [Hu|Hu].
      + rewrite Rmin_left, Rmax_right in Hc by lra. rewrite Rabs_pos_eq in Lc by lra. apply Rmult_le_pos; lra.
      + rewrite Rmin_right, Rmax_left in Hc by lra. rewrite Rabs_left1 in Lc by lra.
        replace ((f1 t + M2 * c - f1 (t + c)) * u) with ((f1 (t + c) - f1 t - M2 * c) * - u) by ring. apply Rmult_le_pos; lra. }
  pose proof (Hg (- f1 t / M2)) as H. unfold g in H. pose proof (H0 (t + - f1 t / M2)) as Hp.
  assert (E : f t + f1 t * (- f1 t / M2) + M2 / 2 * (- f1 t / M2)^2 = f t - (f1 t)^2 / (2 * M2)) by (field; lra).
  assert (Hx : 0 <= f t - (f1 t)^2 / (2 * M2)) by lra.
  apply (Rmult_le_compat_l (2 * M2)) in Hx; [|lra].
  replace (2 * M2 * (f t - (f1 t)^2 / (2 * M2))) with (2 * M2 * f t - (f1 t)^2) in Hx by (field; lra). lra.
Qed.

(** * From the two bounds to V4, for any loss *)

Definition radius_sign (lam s k1 A B C N M : R) : R := sqrt (2 * lam * C + s * (s * A^2 / (4 * lam * k1) + B + lam * N + M)) / lam.

Section Growth.

Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R).
Variables (sigma sigma1 sigma2 : R -> R) (l l1 l2 : R -> R -> R).
Hypothesis Dsigma : forall t, is_derive sigma t (sigma1 t).
Hypothesis Dsigma1 : forall t, is_derive sigma1 t (sigma2 t).
Hypothesis Dl : forall y t, is_derive (l y) t (l1 y t).
Hypothesis Dl1 : forall y t, is_derive (l1 y) t (l2 y t).
Hypothesis Hn : (0 < n)%nat.

Local Notation L := (objective n p d x y a lam sigma l).
Local Notation r W := (frob p d W).
Local Notation N := (INR p * INR d).
Local Notation RG := (RG n p d x y a sigma sigma1 l1).
Local Notation RLap := (RLap n p d x y a sigma sigma1 sigma2 l1 l2).

Variables (k1 A B C : R).
Hypothesis Hk1 : 0 < k1.
Hypothesis HA : 0 <= A.
Hypothesis HC : 0 <= C.
Hypothesis Hsign : forall W, exists U, 0 <= U /\ k1 * U^2 - C <= inner p d (RG W) W /\ RLap W <= A * U + B.

Theorem v4_sign_lower s W : 0 < lam -> 0 < s -> 2 * C <= lam * (r W)^2 ->
  lam^2 * (r W)^2 / s - 2 * lam * C / s - s * A^2 / (4 * lam * k1) - B - lam * N <= v4_expression p d L s W.
Proof.
  intros Hl Hs Hr.
  assert (E : v4_expression p d L s W = frob2 p d (fun j k => RG W j k + lam * W j k) / s - (RLap W + lam * N)) by (eapply v4_RG; eauto).
  rewrite E. destruct (Hsign W) as [U [HU [HI HL]]].
  pose proof (inner_ge p d (fun j k => RG W j k + lam * W j k) W) as [_ Hi].
  rewrite inner_plus_scal, <- !frob_sq in Hi. rewrite <- frob_sq.
  set (g := frob p d (fun j k => RG W j k + lam * W j k)) in *. set (q := r W) in *.
  assert (Hg : 0 <= g) by apply frob_nonneg. assert (Hq : 0 <= q) by apply frob_nonneg.
  set (T := k1 * U^2) in *. assert (HT : 0 <= T) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]).
  assert (Hgq : lam * q^2 - C + T <= g * q) by lra.
  assert (H : lam^2 * q^2 - 2 * lam * C + lam * T <= g^2).
  { destruct (Rle_lt_or_eq_dec 0 q Hq) as [Hp|H0].
    - assert (Hq2 : 0 < q^2) by (apply pow_lt; exact Hp).
      apply (Rmult_le_reg_r (q^2)); [exact Hq2|].
      assert (Hsq : (lam * q^2 - C + T)^2 <= (g * q)^2) by (apply pow_incr; lra).
      replace (g^2 * q^2) with ((g * q)^2) by ring. apply Rle_trans with (2 := Hsq).
      assert (0 <= (lam * q^2 - 2 * C) * T) by (apply Rmult_le_pos; lra).
      pose proof (pow2_ge_0 C). pose proof (pow2_ge_0 T). nra.
    - rewrite <- H0 in *. assert (T = 0) by nra. assert (C = 0) by nra. pose proof (pow2_ge_0 g). nra. }
  assert (Hd : (lam^2 * q^2 - 2 * lam * C + lam * T) / s <= g^2 / s)
    by (apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Hs|exact H]).
  assert (Hu : A * U - s * A^2 / (4 * lam * k1) <= lam * T / s).
  { apply (Rmult_le_reg_r (4 * lam * k1 * s)); [repeat apply Rmult_lt_0_compat; lra|].
    replace ((A * U - s * A^2 / (4 * lam * k1)) * (4 * lam * k1 * s)) with (4 * lam * k1 * s * A * U - s^2 * A^2) by (field; lra).
    replace (lam * T / s * (4 * lam * k1 * s)) with (4 * lam^2 * k1 * T) by (field; lra). unfold T.
    pose proof (pow2_ge_0 (2 * lam * k1 * U - s * A)). nra. }
  replace ((lam^2 * q^2 - 2 * lam * C + lam * T) / s) with (lam^2 * q^2 / s - 2 * lam * C / s + lam * T / s) in Hd by (field; lra).
  lra.
Qed.

Theorem v4_sign s M W : 0 < lam -> 0 < s -> 0 <= M -> 0 <= B -> radius_sign lam s k1 A B C N M <= r W -> M <= v4_expression p d L s W.
Proof.
  intros Hl Hs HM HB Hr. unfold radius_sign in Hr. pose proof (frob_nonneg p d W) as Hq.
  assert (HN : 0 <= lam * N) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; apply pos_INR]).
  set (c := s * A^2 / (4 * lam * k1)) in *.
  assert (Hc : 0 <= c).
  { unfold c. apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply pow2_ge_0]|].
    apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; lra. }
  assert (Hin : 0 <= 2 * lam * C + s * (c + B + lam * N + M)) by (apply Rplus_le_le_0_compat; repeat apply Rmult_le_pos; lra).
  assert (H : 2 * lam * C + s * (c + B + lam * N + M) <= lam^2 * (r W)^2).
  { apply (Rmult_le_compat_r lam) in Hr; [|lra].
    replace (sqrt (2 * lam * C + s * (c + B + lam * N + M)) / lam * lam) with (sqrt (2 * lam * C + s * (c + B + lam * N + M))) in Hr by (field; lra).
    rewrite <- (pow2_sqrt (2 * lam * C + s * (c + B + lam * N + M))) by exact Hin.
    replace (lam^2 * (r W)^2) with ((r W * lam)^2) by ring. apply pow_incr. split; [apply sqrt_pos|exact Hr]. }
  assert (Hsp : 0 <= s * (c + B + lam * N + M)) by (apply Rmult_le_pos; lra).
  apply Rle_trans with (2 := v4_sign_lower s W Hl Hs ltac:(apply (Rmult_le_reg_l lam); [exact Hl|]; nra)). fold c.
  apply (Rmult_le_reg_r s); [exact Hs|].
  replace ((lam^2 * (r W)^2 / s - 2 * lam * C / s - c - B - lam * N) * s) with (lam^2 * (r W)^2 - 2 * lam * C - s * (c + B + lam * N)) by (field; lra).
  lra.
Qed.

End Growth.

(** * The two bounds *)

Section Weights.

Variables (sigma sigma1 sigma2 : R -> R) (M2 m0 k1 k2 h : R).
Hypothesis Cur : Curved sigma sigma1 sigma2 M2 m0 k1 k2 h.
Variables (p : nat) (a : nat -> R) (a1 ainf e : R) (z : nat -> R).
Hypothesis Ha1 : Sum p (fun j => Rabs (a j)) <= a1.
Hypothesis Hai : forall j, (j < p)%nat -> Rabs (a j) <= ainf.
Hypothesis Hai0 : 0 <= ainf.
Hypothesis He : e * e = 1.
Hypothesis Hsign : forall j, (j < p)%nat -> Rabs (a j) = e * a j.

Local Notation f := (Sum p (fun j => a j * sigma (z j))).
Local Notation X := (Sum p (fun j => a j * (z j * sigma1 (z j)))).

Lemma signed_sum g : Sum p (fun j => Rabs (a j) * g j) = e * Sum p (fun j => a j * g j).
Proof. rewrite <- Sum_scal. apply Sum_ext; intros j Hj. rewrite Hsign by exact Hj. ring. Qed.

Lemma sum_abs_const c : 0 <= c -> Sum p (fun j => Rabs (a j) * c) <= a1 * c.
Proof. intros Hc. rewrite Sum_scal_r. now apply Rmult_le_compat_r. Qed.

Lemma abs_e v : Rabs (e * v) = Rabs v.
Proof.
  rewrite Rabs_mult. replace (Rabs e) with 1; [ring|]. pose proof (Rabs_pos e).
  assert (Rabs e * Rabs e = 1) by (rewrite <- Rabs_mult, He; apply Rabs_R1). nra.
Qed.

Lemma radial_low : k1 * (e * f) - a1 * h <= e * X.
Proof.
  rewrite <- !signed_sum. pose proof (sum_abs_const h (cur_h _ _ _ _ _ _ _ _ Cur)).
  apply Rle_trans with (Sum p (fun j => Rabs (a j) * (k1 * sigma (z j) - h))).
  - replace (Sum p (fun j => Rabs (a j) * (k1 * sigma (z j) - h)))
      with (k1 * Sum p (fun j => Rabs (a j) * sigma (z j)) - Sum p (fun j => Rabs (a j) * h)); [lra|].
    rewrite <- Sum_scal, <- Sum_minus. apply Sum_ext; intros; ring.
  - apply Sum_le; intros j _. apply Rmult_le_compat_l; [apply Rabs_pos|apply (cur_low _ _ _ _ _ _ _ _ Cur)].
Qed.

Lemma radial_high : e * X <= k2 * (e * f) + a1 * h.
Proof.
  rewrite <- !signed_sum. pose proof (sum_abs_const h (cur_h _ _ _ _ _ _ _ _ Cur)).
  apply Rle_trans with (Sum p (fun j => Rabs (a j) * (k2 * sigma (z j) + h))).
  - apply Sum_le; intros j _. apply Rmult_le_compat_l; [apply Rabs_pos|apply (cur_high _ _ _ _ _ _ _ _ Cur)].
  - replace (Sum p (fun j => Rabs (a j) * (k2 * sigma (z j) + h)))
      with (k2 * Sum p (fun j => Rabs (a j) * sigma (z j)) + Sum p (fun j => Rabs (a j) * h)); [lra|].
    rewrite <- Sum_scal, <- Sum_plus. apply Sum_ext; intros; ring.
Qed.

(** sum a_j^2 sigma'^2 <= 2 |a|_inf M2 (|f| + m0 |a|_1) *)
Lemma slopes : Sum p (fun j => (a j)^2 * (sigma1 (z j))^2) <= 2 * ainf * M2 * (Rabs f + a1 * m0).
Proof.
  pose proof (cur_M2_pos _ _ _ _ _ _ _ _ Cur) as HM. pose proof (cur_m0 _ _ _ _ _ _ _ _ Cur) as Hm.
  apply Rle_trans with (Sum p (fun j => 2 * ainf * M2 * (Rabs (a j) * (sigma (z j) + m0)))).
  - apply Sum_le; intros j Hj.
    assert (Hq : (sigma1 (z j))^2 <= 2 * M2 * (sigma (z j) + m0)).
    { apply (slope_of_nonnegative (fun t => sigma t + m0) sigma1 sigma2); try apply Cur; try assumption.
      intros u. apply (d_eq _ _ (sigma1 u + 0)); [apply d_plus; [apply Cur|apply d_const]|ring]. }
    rewrite <- (pow2_abs (a j)). pose proof (Hai j Hj). pose proof (Rabs_pos (a j)). pose proof (pow2_ge_0 (sigma1 (z j))).
    apply Rle_trans with (ainf * Rabs (a j) * (sigma1 (z j))^2).
    + apply Rmult_le_compat_r; [assumption|]. simpl. rewrite Rmult_1_r. apply Rmult_le_compat_r; assumption.
    + replace (2 * ainf * M2 * (Rabs (a j) * (sigma (z j) + m0))) with (ainf * Rabs (a j) * (2 * M2 * (sigma (z j) + m0))) by ring.
      apply Rmult_le_compat_l; [now apply Rmult_le_pos|exact Hq].
  - rewrite Sum_scal. apply Rmult_le_compat_l; [repeat apply Rmult_le_pos; lra|].
    replace (Sum p (fun j => Rabs (a j) * (sigma (z j) + m0)))
      with (Sum p (fun j => Rabs (a j) * sigma (z j)) + Sum p (fun j => Rabs (a j) * m0))
      by (rewrite <- Sum_plus; apply Sum_ext; intros; ring).
    rewrite signed_sum. pose proof (sum_abs_const m0 Hm). pose proof (Rle_abs (e * f)). rewrite abs_e in H0. lra.
Qed.

Lemma bends : Rabs (Sum p (fun j => a j * sigma2 (z j))) <= a1 * M2.
Proof.
  pose proof (cur_M2_pos _ _ _ _ _ _ _ _ Cur) as HM.
  apply Rle_trans with (1 := Sum_abs _ _). apply Rle_trans with (2 := sum_abs_const M2 ltac:(lra)).
  apply Sum_le; intros j _. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply Cur].
Qed.

(** Squared loss, one sample. *)
Lemma radial_squared y : k1 * (f - y)^2 - (k2 * Rabs y + a1 * h) * Rabs (f - y) <= (f - y) * X.
Proof.
  pose proof radial_low as Hl. pose proof radial_high as Hh.
  pose proof (cur_k1 _ _ _ _ _ _ _ _ Cur). pose proof (cur_k2 _ _ _ _ _ _ _ _ Cur).
  set (F := e * f) in *. set (G := e * X) in *. set (Y := e * y).
  assert (Ev : (f - y) * X = (F - Y) * G).
  { unfold F, G, Y. replace ((e * f - e * y) * (e * X)) with (e * e * ((f - y) * X)) by ring. rewrite He. ring. }
  assert (Eq : (f - y)^2 = (F - Y)^2).
  { unfold F, Y. replace ((e * f - e * y)^2) with (e * e * (f - y)^2) by ring. rewrite He. ring. }
  assert (Ea : Rabs (f - y) = Rabs (F - Y)) by (unfold F, Y; rewrite <- (abs_e (f - y)); f_equal; ring).
  assert (Ey : Rabs y = Rabs Y) by (unfold Y; now rewrite abs_e).
  rewrite Ev, Eq, Ea, Ey. clearbody F G Y. pose proof (Rle_abs Y). pose proof (Rle_abs (- Y)) as HY. rewrite Rabs_Ropp in HY.
  destruct (Rle_dec 0 (F - Y)) as [Hp|Hp].
  - rewrite (Rabs_pos_eq (F - Y)) by exact Hp.
    apply Rle_trans with ((F - Y) * (k1 * F - a1 * h)); [|apply Rmult_le_compat_l; assumption].
    assert (0 <= (F - Y) * ((k2 - k1) * Rabs Y + k1 * (Rabs Y + Y))); [|nra].
    apply Rmult_le_pos; [exact Hp|]. apply Rplus_le_le_0_compat; apply Rmult_le_pos; lra || apply Rabs_pos.
  - rewrite (Rabs_left (F - Y)) by lra.
    assert (Hx : (Y - F) * G <= (Y - F) * (k2 * F + a1 * h)) by (apply Rmult_le_compat_l; lra).
    assert (0 <= (Y - F) * ((k2 - k1) * (Y - F) + k2 * (Rabs Y - Y))); [|nra].
    apply Rmult_le_pos; [lra|]. apply Rplus_le_le_0_compat; apply Rmult_le_pos; lra.
Qed.

End Weights.

(** * The squared loss *)

Section Squared.

Variables (sigma sigma1 sigma2 : R -> R) (M2 m0 k1 k2 h : R).
Hypothesis Cur : Curved sigma sigma1 sigma2 M2 m0 k1 k2 h.
Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R).
Hypothesis Dat : Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf.
Hypothesis Sgn : one_sign p a.

Definition C_sign : R := (k2^2 * Y2 + 2 * k2 * (a1 * h) * Y1 + (a1 * h)^2) / (4 * k1).
Definition A_sign : R := Bx^2 * M2 * (2 * ainf + a1).
Definition B_sign : R := Bx^2 * M2 * ((2 * ainf + a1) * (k2 * Y1 + a1 * h) / (2 * k1) + 2 * ainf * (Y1 + a1 * m0)).

Let Hn : (0 < n)%nat := dat_n Dat.
Let a1p : 0 <= a1.
Proof. apply Rle_trans with (2 := dat_a1 Dat), Sum_nonneg; intros; apply Rabs_pos. Qed.
Let Y1p : 0 <= Y1.
Proof. apply Rle_trans with (2 := dat_Y1 Dat), mean_nonneg; [exact Hn|intros; apply Rabs_pos]. Qed.
Let Y2p : 0 <= Y2.
Proof. apply Rle_trans with (2 := dat_Y2 Dat), mean_nonneg; [exact Hn|intros; apply pow2_ge_0]. Qed.
Let aip : 0 <= ainf.
Proof. destruct Dat; assumption. Qed.
Let hp : 0 <= h := cur_h _ _ _ _ _ _ _ _ Cur.
Let gp : 0 <= a1 * h.
Proof. now apply Rmult_le_pos. Qed.
Let k1p : 0 < k1 := cur_k1 _ _ _ _ _ _ _ _ Cur.
Let k12 : k1 <= k2 := cur_k2 _ _ _ _ _ _ _ _ Cur.
Let m0p : 0 <= m0 := cur_m0 _ _ _ _ _ _ _ _ Cur.
Let M2p : 0 < M2 := cur_M2_pos _ _ _ _ _ _ _ _ Cur.

Lemma C_sign_nonneg : 0 <= C_sign.
Proof.
  unfold C_sign. apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat; lra].
  repeat apply Rplus_le_le_0_compat; [apply Rmult_le_pos; [apply pow2_ge_0|exact Y2p]| |apply pow2_ge_0].
  repeat apply Rmult_le_pos; lra.
Qed.

Lemma A_sign_nonneg : 0 <= A_sign.
Proof. unfold A_sign. apply Rmult_le_pos; [apply Rmult_le_pos; [apply pow2_ge_0|lra]|lra]. Qed.

Lemma B_sign_nonneg : 0 <= B_sign.
Proof.
  unfold B_sign. apply Rmult_le_pos; [apply Rmult_le_pos; [apply pow2_ge_0|lra]|].
  assert (0 <= a1 * m0) by (apply Rmult_le_pos; assumption).
  apply Rplus_le_le_0_compat; [|apply Rmult_le_pos; lra].
  apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat; lra].
  apply Rmult_le_pos; [lra|]. apply Rplus_le_le_0_compat; [apply Rmult_le_pos; lra|exact gp].
Qed.

Local Notation NET := (net p d x a sigma).
Local Notation RG := (RG n p d x y a sigma sigma1 squared1).
Local Notation RLap := (RLap n p d x y a sigma sigma1 sigma2 squared1 squared2).

Theorem sign_squared W : exists U, 0 <= U /\ k1 * U^2 - C_sign <= inner p d (RG W) W /\ RLap W <= A_sign * U + B_sign.
Proof.
  destruct (sign_of p a Sgn) as [e [He Hs]].
  set (u := fun i => Rabs (NET W i - y i)).
  set (c := fun i => (k2 * Rabs (y i) + a1 * h) / (2 * k1)).
  assert (Hq : 0 <= mean n (fun i => (u i - c i)^2)) by (apply mean_nonneg; [exact Hn|intros; apply pow2_ge_0]).
  exists (sqrt (mean n (fun i => (u i - c i)^2))). split; [apply sqrt_pos|]. split.
  - rewrite pow2_sqrt by exact Hq.
    assert (E : inner p d (RG W) W =
      mean n (fun i => squared1 (y i) (NET W i) * Sum p (fun j => a j * (sigma1 (z d x W i j) * dot d (W j) (x i))))).
    { eapply (inner_RG n p d x y a 0 sigma sigma1 squared squared1); try apply Cur; auto using d_squared. }
    rewrite E. apply Rle_trans with (mean n (fun i => k1 * (u i)^2 - (k2 * Rabs (y i) + a1 * h) * u i)).
    + assert (Ec : mean n (fun i => k1 * (c i)^2) <= C_sign).
      { apply Rle_trans with (/ (4 * k1) * (k2^2 * mean n (fun i => (y i)^2) + 2 * k2 * (a1 * h) * mean n (fun i => Rabs (y i)) + (a1 * h)^2)).
        - right. rewrite <- (mean_const n ((a1 * h)^2) Hn) at 1. rewrite <- !mean_scal, <- !mean_plus, <- mean_scal.
          apply mean_ext; intros i _. unfold c. rewrite <- (pow2_abs (y i)). field. lra.
        - unfold C_sign, Rdiv. rewrite Rmult_comm. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|].
          apply Rplus_le_compat_r, Rplus_le_compat; apply Rmult_le_compat_l; try apply pow2_ge_0; try apply Dat.
          repeat apply Rmult_le_pos; lra. }
      apply Rle_trans with (k1 * mean n (fun i => (u i - c i)^2) - mean n (fun i => k1 * (c i)^2)); [lra|].
      right. rewrite <- mean_scal, <- mean_minus. apply mean_ext; intros i _. unfold c. field. lra.
    + apply mean_le; [exact Hn|]. intros i Hi. unfold squared1, u. rewrite pow2_abs.
      pose proof (radial_squared sigma sigma1 sigma2 M2 m0 k1 k2 h Cur p a a1 e (z d x W i) (dat_a1 Dat) He Hs (y i)) as H.
      fold (NET W i) in H. apply Rle_trans with (1 := H). right. f_equal. apply Sum_ext; intros j _. unfold z. ring.
  - assert (Hu : mean n u <= sqrt (mean n (fun i => (u i - c i)^2)) + (k2 * Y1 + a1 * h) / (2 * k1)).
    { assert (H1 : mean n (fun i => u i - c i) <= sqrt (mean n (fun i => (u i - c i)^2))).
      { apply sq_le; [apply sqrt_pos|]. rewrite pow2_sqrt by exact Hq.
        pose proof (mean_Cauchy_Schwarz n (fun i => u i - c i) (fun _ => 1) Hn) as H. cbv beta in H.
        rewrite (mean_const n (1^2) Hn) in H.
        replace (mean n (fun i => (u i - c i) * 1)) with (mean n (fun i => u i - c i)) in H by (apply mean_ext; intros; ring). lra. }
      assert (H2 : mean n c <= (k2 * Y1 + a1 * h) / (2 * k1)).
      { unfold Rdiv. apply Rle_trans with (/ (2 * k1) * (k2 * mean n (fun i => Rabs (y i)) + a1 * h)).
        - right. rewrite <- (mean_const n (a1 * h) Hn) at 1. rewrite <- mean_scal, <- mean_plus, <- mean_scal.
          apply mean_ext; intros i _. unfold c. field. lra.
        - rewrite Rmult_comm. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|].
          apply Rplus_le_compat_r, Rmult_le_compat_l; [lra|apply Dat]. }
      rewrite mean_minus in H1. lra. }
    apply Rle_trans with (mean n (fun i => Bx^2 * M2 * ((2 * ainf + a1) * u i + 2 * ainf * (Rabs (y i) + a1 * m0)))).
    + unfold Routes.RLap. apply mean_le; [exact Hn|]. intros i Hi. unfold squared1, squared2.
      pose proof (slopes sigma sigma1 sigma2 M2 m0 k1 k2 h Cur p a a1 ainf e (z d x W i) (dat_a1 Dat) (dat_ainf _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ Dat) aip He Hs) as H1.
      pose proof (bends sigma sigma1 sigma2 M2 m0 k1 k2 h Cur p a a1 (z d x W i) (dat_a1 Dat)) as H2. fold (NET W i) in H1.
      set (S1 := Sum p (fun j => (a j)^2 * (sigma1 (z d x W i j))^2)) in *. set (S2 := Sum p (fun j => a j * sigma2 (z d x W i j))) in *.
      assert (Hf : Rabs (NET W i) <= u i + Rabs (y i)).
      { unfold u. replace (NET W i) with ((NET W i - y i) + y i) at 1 by ring. apply Rabs_triang. }
      assert (Hb : 1 * S1 + (NET W i - y i) * S2 <= M2 * ((2 * ainf + a1) * u i + 2 * ainf * (Rabs (y i) + a1 * m0))).
      { assert ((NET W i - y i) * S2 <= u i * (a1 * M2)).
        { apply Rle_trans with (1 := Rle_abs _). rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|exact H2]. }
        assert (2 * ainf * M2 * (Rabs (NET W i) + a1 * m0) <= 2 * ainf * M2 * (u i + Rabs (y i) + a1 * m0)).
        { apply Rmult_le_compat_l; [repeat apply Rmult_le_pos; lra|lra]. }
        lra. }
      assert (Hpos : 0 <= M2 * ((2 * ainf + a1) * u i + 2 * ainf * (Rabs (y i) + a1 * m0))).
      { pose proof (Rabs_pos (NET W i - y i)) as Hu0. fold (u i) in Hu0. pose proof (Rabs_pos (y i)).
        assert (0 <= a1 * m0) by (apply Rmult_le_pos; assumption).
        apply Rmult_le_pos; [lra|]. apply Rplus_le_le_0_compat; apply Rmult_le_pos; lra. }
      rewrite Rmult_assoc. apply Rle_trans with (dot d (x i) (x i) * (M2 * ((2 * ainf + a1) * u i + 2 * ainf * (Rabs (y i) + a1 * m0)))).
      * apply Rmult_le_compat_l; [apply dot_self_nonneg|exact Hb].
      * apply Rmult_le_compat_r; [exact Hpos|]. now apply (dat_Bx _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ Dat).
    + rewrite mean_scal, mean_plus, !mean_scal, mean_plus, (mean_const n (a1 * m0) Hn).
      replace (A_sign * sqrt (mean n (fun i => (u i - c i)^2)) + B_sign)
        with (Bx^2 * M2 * ((2 * ainf + a1) * (sqrt (mean n (fun i => (u i - c i)^2)) + (k2 * Y1 + a1 * h) / (2 * k1)) + 2 * ainf * (Y1 + a1 * m0)))
        by (unfold A_sign, B_sign; field; lra).
      pose proof (dat_Y1 Dat).
      apply Rmult_le_compat_l; [apply Rmult_le_pos; [apply pow2_ge_0|lra]|].
      apply Rplus_le_compat; (apply Rmult_le_compat_l; [lra|]); [exact Hu|lra].
Qed.

Theorem v4_squared_sign lam s M W : 0 < lam -> 0 < s -> 0 <= M ->
  radius_sign lam s k1 A_sign B_sign C_sign (INR p * INR d) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof.
  intros Hl Hs HM Hr.
  eapply (v4_sign n p d x y a lam sigma sigma1 sigma2 squared squared1 squared2) with (A := A_sign) (B := B_sign) (C := C_sign) (k1 := k1);
    try apply Cur; auto using d_squared, d_squared1, C_sign_nonneg, A_sign_nonneg, B_sign_nonneg, sign_squared.
Qed.

End Squared.

Lemma V123_of_smooth sigma n p d x y a lam s (r0 : R -> R) : smooth sigma -> (0 < n)%nat -> 0 < lam -> 0 < s ->
  (forall M W, 0 <= M -> r0 M <= frob p d W -> M <= v4_expression p d (objective n p d x y a lam sigma squared) s W) ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof.
  intros [g [Tg Eg]] Hn Hl Hs HV4.
  eapply (villani_from_V4 n p d x y a lam sigma squared Hn squared_nonneg g h_squared); eauto using tower_squared.
Qed.

Theorem villani_squared_sign sigma sigma1 sigma2 M2 m0 k1 k2 h (Cur : Curved sigma sigma1 sigma2 M2 m0 k1 k2 h) n p d x y a lam s :
  (0 < n)%nat -> 0 < lam -> 0 < s -> one_sign p a -> Villani p d (objective n p d x y a lam sigma squared) s.
Proof.
  intros Hn Hl Hs Ha. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  eapply V123_of_smooth; auto; [apply Cur|]. intros M W HM Hr.
  eapply (v4_squared_sign sigma sigma1 sigma2 M2 m0 k1 k2 h Cur _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ Dat Ha); auto; exact Hr.
Qed.

(** * The logistic loss *)

Lemma small_product u : u * / (1 + exp u) <= 3 / 8.
Proof.
  pose proof (exp_pos u) as He. apply (Rmult_le_reg_r (1 + exp u)); [lra|]. rewrite Rmult_assoc, Rinv_l by lra.
  destruct (Rle_dec 0 u) as [Hu|Hu]; [|lra].
  assert (H : (1 + u / 4)^4 <= exp u).
  { replace (exp u) with ((exp (u / 4))^4).
    - apply pow_incr. split; [lra|]. apply exp_ineq1_le.
    - simpl. rewrite Rmult_1_r, <- !exp_plus. f_equal. field. }
  assert (1 + u + 3 / 8 * u^2 <= (1 + u / 4)^4).
  { assert (0 <= u^3) by (apply pow_le; exact Hu). assert (0 <= u^4) by (apply pow_le; exact Hu).
    replace ((1 + u / 4)^4) with (1 + u + 3 / 8 * u^2 + (u^3 / 16 + u^4 / 256)) by field. lra. }
  pose proof (pow2_ge_0 (9 / 64 * u - 5 / 16)). nra.
Qed.

Section Logistic.

Variables (sigma sigma1 sigma2 : R -> R) (M2 m0 k1 k2 h : R).
Hypothesis Cur : Curved sigma sigma1 sigma2 M2 m0 k1 k2 h.
Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R).
Hypothesis Dat : Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf.
Hypothesis Sgn : one_sign p a.
Hypothesis Hy : signs n y.

Definition C_sign_log : R := 3 / 8 * k2 + a1 * h.
Definition B_sign_log : R := Bx^2 * M2 * (2 * ainf * (3 / 8 + 1 / 4 * (a1 * m0)) + a1).

Let Hn : (0 < n)%nat := dat_n Dat.
Let a1p : 0 <= a1.
Proof. apply Rle_trans with (2 := dat_a1 Dat), Sum_nonneg; intros; apply Rabs_pos. Qed.
Let aip : 0 <= ainf.
Proof. destruct Dat; assumption. Qed.
Let gp : 0 <= a1 * h.
Proof. apply Rmult_le_pos; [exact a1p|apply Cur]. Qed.
Let k1p : 0 < k1 := cur_k1 _ _ _ _ _ _ _ _ Cur.
Let k12 : k1 <= k2 := cur_k2 _ _ _ _ _ _ _ _ Cur.
Let m0p : 0 <= m0 := cur_m0 _ _ _ _ _ _ _ _ Cur.
Let M2p : 0 < M2 := cur_M2_pos _ _ _ _ _ _ _ _ Cur.

Lemma C_sign_log_nonneg : 0 <= C_sign_log.
Proof. unfold C_sign_log. lra. Qed.

Lemma B_sign_log_nonneg : 0 <= B_sign_log.
Proof.
  unfold B_sign_log. assert (0 <= a1 * m0) by (apply Rmult_le_pos; assumption).
  apply Rmult_le_pos; [apply Rmult_le_pos; [apply pow2_ge_0|lra]|]. apply Rplus_le_le_0_compat; [apply Rmult_le_pos; lra|exact a1p].
Qed.

Local Notation NET := (net p d x a sigma).
Local Notation RG := (RG n p d x y a sigma sigma1 logistic1).
Local Notation RLap := (RLap n p d x y a sigma sigma1 sigma2 logistic1 logistic2).

(** One sample: Y = +-1, G between the two multiples of F. *)
Lemma radial_log Y F G g : Y = 1 \/ Y = -1 -> 0 <= g -> k1 * F - g <= G -> G <= k2 * F + g ->
  - (3 / 8 * k2 + g) <= - Y * / (1 + exp (Y * F)) * G.
Proof.
  intros HY Hg Hl Hh. pose proof (exp_pos (Y * F)) as He. pose proof (small_product (Y * F)) as Hs.
  set (w := / (1 + exp (Y * F))) in *.
  assert (Hw : 0 < w) by (apply Rinv_0_lt_compat; lra).
  assert (Hw1 : w <= 1) by (unfold w; rewrite <- Rinv_1; apply Rinv_le_contravar; lra).
  assert (Hwg : w * g <= g) by (rewrite <- (Rmult_1_l g) at 2; apply Rmult_le_compat_r; assumption).
  destruct HY as [-> | ->].
  - rewrite Rmult_1_l in Hs.
    assert (w * G <= w * (k2 * F + g)) by (apply Rmult_le_compat_l; lra).
    assert (k2 * (F * w) <= k2 * (3 / 8)) by (apply Rmult_le_compat_l; lra). nra.
  - assert (w * (k1 * F - g) <= w * G) by (apply Rmult_le_compat_l; lra).
    assert (k1 * (-1 * F * w) <= k1 * (3 / 8)) by (apply Rmult_le_compat_l; lra). nra.
Qed.

Lemma bump_log v f : v = 1 \/ v = -1 -> logistic2 v f * Rabs f <= 3 / 8.
Proof.
  intros Hv. assert (Ea : Rabs f = Rabs (v * f)).
  { rewrite Rabs_mult. destruct Hv as [-> | ->]; [rewrite Rabs_R1; ring|]. rewrite (Rabs_left (-1)) by lra. ring. }
  unfold logistic2. replace (v^2) with 1 by (destruct Hv as [-> | ->]; ring). rewrite Ea, Rmult_1_l. set (u := v * f).
  pose proof (exp_pos u) as He. assert (Hi : 0 < / (1 + exp u)) by (apply Rinv_0_lt_compat; lra).
  set (w := / (1 + exp u)) in *.
  assert (Ew : exp u / (1 + exp u)^2 = (1 - w) * w) by (unfold w; field; lra).
  assert (Hw1 : w <= 1) by (unfold w; rewrite <- Rinv_1; apply Rinv_le_contravar; lra).
  rewrite Ew. destruct (Rle_dec 0 u) as [Hu|Hu].
  - rewrite Rabs_pos_eq by exact Hu. pose proof (small_product u) as Hs. fold w in Hs.
    assert (0 <= u * w) by (apply Rmult_le_pos; lra). nra.
  - rewrite Rabs_left by lra. pose proof (small_product (- u)) as Hs.
    replace (/ (1 + exp (- u))) with (1 - w) in Hs by (unfold w; rewrite exp_Ropp; field; lra).
    assert (0 <= - u * (1 - w)) by (apply Rmult_le_pos; lra). nra.
Qed.

Theorem sign_logistic W : exists U, 0 <= U /\ k1 * U^2 - C_sign_log <= inner p d (RG W) W /\ RLap W <= 0 * U + B_sign_log.
Proof.
  destruct (sign_of p a Sgn) as [e [He Hs]]. exists 0. split; [lra|]. split.
  - replace (k1 * 0^2 - C_sign_log) with (- C_sign_log) by ring.
    assert (E : inner p d (RG W) W =
      mean n (fun i => logistic1 (y i) (NET W i) * Sum p (fun j => a j * (sigma1 (z d x W i j) * dot d (W j) (x i))))).
    { eapply (inner_RG n p d x y a 0 sigma sigma1 logistic logistic1); try apply Cur; auto using d_logistic. }
    rewrite E, <- (mean_const n (- C_sign_log) Hn). apply mean_le; [exact Hn|]. intros i Hi.
    pose proof (radial_low sigma sigma1 sigma2 M2 m0 k1 k2 h Cur p a a1 e (z d x W i) (dat_a1 Dat) Hs) as H1.
    pose proof (radial_high sigma sigma1 sigma2 M2 m0 k1 k2 h Cur p a a1 e (z d x W i) (dat_a1 Dat) Hs) as H2.
    fold (NET W i) in H1, H2.
    replace (Sum p (fun j => a j * (sigma1 (z d x W i j) * dot d (W j) (x i))))
      with (Sum p (fun j => a j * (z d x W i j * sigma1 (z d x W i j)))) by (apply Sum_ext; intros j _; unfold z; ring).
    set (X := Sum p (fun j => a j * (z d x W i j * sigma1 (z d x W i j)))) in *.
    assert (HY : e * y i = 1 \/ e * y i = -1).
    { assert (He' : e = 1 \/ e = -1) by (assert ((e - 1) * (e + 1) = 0) as H0 by lra; apply Rmult_integral in H0; lra).
      destruct He' as [-> | ->]; destruct (Hy i Hi) as [-> | ->]; lra. }
    pose proof (radial_log (e * y i) (e * NET W i) (e * X) (a1 * h) HY gp H1 H2) as H.
    replace (e * y i * (e * NET W i)) with (y i * NET W i) in H
      by (replace (e * y i * (e * NET W i)) with (e * e * (y i * NET W i)) by ring; rewrite He; ring).
    unfold C_sign_log, logistic1.
    replace (- y i * / (1 + exp (y i * NET W i)) * X) with (- (e * y i) * / (1 + exp (y i * NET W i)) * (e * X)); [exact H|].
    replace (- (e * y i) * / (1 + exp (y i * NET W i)) * (e * X)) with (e * e * (- y i * / (1 + exp (y i * NET W i)) * X)) by ring.
    rewrite He. ring.
  - rewrite Rmult_0_l, Rplus_0_l, <- (mean_const n B_sign_log Hn). unfold Routes.RLap. apply mean_le; [exact Hn|]. intros i Hi.
    pose proof (slopes sigma sigma1 sigma2 M2 m0 k1 k2 h Cur p a a1 ainf e (z d x W i) (dat_a1 Dat) (dat_ainf _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ Dat) aip He Hs) as H1.
    pose proof (bends sigma sigma1 sigma2 M2 m0 k1 k2 h Cur p a a1 (z d x W i) (dat_a1 Dat)) as H2. fold (NET W i) in H1.
    set (S1 := Sum p (fun j => (a j)^2 * (sigma1 (z d x W i j))^2)) in *. set (S2 := Sum p (fun j => a j * sigma2 (z d x W i j))) in *.
    pose proof (bump_log (y i) (NET W i) (Hy i Hi)) as Hb. pose proof (logistic1_bound (y i) (NET W i) (Hy i Hi)) as Hl1.
    destruct (logistic2_bound (y i) (NET W i) (Hy i Hi)) as [H20 H24]. set (q := logistic2 (y i) (NET W i)) in *.
    assert (Hm : 0 <= a1 * m0) by (apply Rmult_le_pos; assumption). pose proof (Rabs_pos (NET W i)) as Hf.
    assert (T1 : q * S1 <= M2 * (2 * ainf * (3 / 8 + 1 / 4 * (a1 * m0)))).
    { apply Rle_trans with (q * (2 * ainf * M2 * (Rabs (NET W i) + a1 * m0))); [apply Rmult_le_compat_l; assumption|].
      replace (q * (2 * ainf * M2 * (Rabs (NET W i) + a1 * m0))) with (2 * ainf * M2 * (q * Rabs (NET W i) + q * (a1 * m0))) by ring.
      replace (M2 * (2 * ainf * (3 / 8 + 1 / 4 * (a1 * m0)))) with (2 * ainf * M2 * (3 / 8 + 1 / 4 * (a1 * m0))) by ring.
      apply Rmult_le_compat_l; [repeat apply Rmult_le_pos; lra|]. apply Rplus_le_compat; [exact Hb|apply Rmult_le_compat_r; assumption]. }
    assert (T2 : logistic1 (y i) (NET W i) * S2 <= a1 * M2).
    { apply Rle_trans with (1 := Rle_abs _). rewrite Rabs_mult, <- (Rmult_1_l (a1 * M2)). apply Rmult_le_compat; try apply Rabs_pos; assumption. }
    assert (Hpos : 0 <= M2 * (2 * ainf * (3 / 8 + 1 / 4 * (a1 * m0)) + a1)).
    { apply Rmult_le_pos; [lra|]. apply Rplus_le_le_0_compat; [apply Rmult_le_pos; lra|exact a1p]. }
    unfold B_sign_log. rewrite Rmult_assoc.
    apply Rle_trans with (dot d (x i) (x i) * (M2 * (2 * ainf * (3 / 8 + 1 / 4 * (a1 * m0)) + a1))).
    + apply Rmult_le_compat_l; [apply dot_self_nonneg|]. lra.
    + apply Rmult_le_compat_r; [exact Hpos|]. now apply (dat_Bx _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ Dat).
Qed.

Theorem v4_logistic_sign lam s M W : 0 < lam -> 0 < s -> 0 <= M ->
  radius_sign lam s k1 0 B_sign_log C_sign_log (INR p * INR d) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma logistic) s W.
Proof.
  intros Hl Hs HM Hr.
  eapply (v4_sign n p d x y a lam sigma sigma1 sigma2 logistic logistic1 logistic2) with (A := 0) (B := B_sign_log) (C := C_sign_log) (k1 := k1);
    try apply Cur; auto using d_logistic, d_logistic1, C_sign_log_nonneg, B_sign_log_nonneg, sign_logistic; lra.
Qed.

End Logistic.

Theorem villani_logistic_sign sigma sigma1 sigma2 M2 m0 k1 k2 h (Cur : Curved sigma sigma1 sigma2 M2 m0 k1 k2 h) n p d x y a lam s :
  (0 < n)%nat -> 0 < lam -> 0 < s -> signs n y -> one_sign p a -> Villani p d (objective n p d x y a lam sigma logistic) s.
Proof.
  intros Hn Hl Hs Hy Ha. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  destruct (cur_smooth _ _ _ _ _ _ _ _ Cur) as [g [Tg Eg]].
  eapply (villani_from_V4 n p d x y a lam sigma logistic Hn logistic_nonneg g h_logistic); eauto using tower_logistic, h_logistic_0.
  intros M W HM Hr. eapply (v4_logistic_sign sigma sigma1 sigma2 M2 m0 k1 k2 h Cur _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ Dat Ha Hy); auto; exact Hr.
Qed.
