(** The bounds behind the certificates, for any n, p, d, as theorems about sums:
    gradient and Laplacian of the risk, the bounded, the Euler and the Lipschitz route
    to V4, the Hessian form (gLip) and dissipativity.

    Constants: [Lam] bounds the largest eigenvalue of S = mean x x^T, [X2] the mean of
    |x_i|^2, [Bx] every |x_i|, [a1] = |a|_1, [a2] = |a|_2, [ainf] = max |a_j|,
    [M1], [M2] bound |sigma'|, |sigma''|. *)

Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective.
Open Scope R_scope.

(** * Vectors of weights *)

Lemma frob2_nonneg p d W : 0 <= frob2 p d W.
Proof. apply Sum_nonneg; intros; apply Sum_nonneg; intros; apply pow2_ge_0. Qed.

Lemma frob_nonneg p d W : 0 <= frob p d W.
Proof. apply sqrt_pos. Qed.

Lemma frob_sq p d W : (frob p d W)^2 = frob2 p d W.
Proof. unfold frob. apply pow2_sqrt, frob2_nonneg. Qed.

Lemma inner_flat p d U V : (inner p d U V)^2 <= frob2 p d U * frob2 p d V.
Proof.
  (* Cauchy-Schwarz in each row, then for the norms of the rows *)
  set (u := fun j => sqrt (Sum d (fun k => (U j k)^2))).
  set (v := fun j => sqrt (Sum d (fun k => (V j k)^2))).
  assert (Hrow : forall (W : weights) j, 0 <= Sum d (fun k => (W j k)^2))
    by (intros; apply Sum_nonneg; intros; apply pow2_ge_0).
  assert (H : Rabs (inner p d U V) <= Sum p (fun j => u j * v j)).
  { apply Rle_trans with (1 := Sum_abs _ _). apply Sum_le; intros j _.
    apply sq_le; [apply Rmult_le_pos; apply sqrt_pos|].
    rewrite pow2_abs. unfold u, v.
    rewrite Rpow_mult_distr, !pow2_sqrt by apply Hrow. apply Cauchy_Schwarz. }
  rewrite <- pow2_abs.
  apply Rle_trans with ((Sum p (fun j => u j * v j))^2).
  { apply pow_incr. split; [apply Rabs_pos|exact H]. }
  apply Rle_trans with (1 := Cauchy_Schwarz _ _ _).
  right. unfold frob2. f_equal; apply Sum_ext; intros j _; unfold u, v; now apply pow2_sqrt.
Qed.

Lemma inner_ge p d U V : - (frob p d U * frob p d V) <= inner p d U V <= frob p d U * frob p d V.
Proof.
  assert (H : Rabs (inner p d U V) <= frob p d U * frob p d V).
  { apply sq_le; [apply Rmult_le_pos; apply frob_nonneg|].
    rewrite pow2_abs, Rpow_mult_distr, !frob_sq. apply inner_flat. }
  apply Rabs_le_between in H. exact H.
Qed.

Lemma frob2_plus_scal p d U W c :
  frob2 p d (fun j k => U j k + c * W j k) = frob2 p d U + 2 * c * inner p d U W + c^2 * frob2 p d W.
Proof.
  unfold frob2, inner. rewrite <- !Sum_scal, <- !Sum_plus. apply Sum_ext; intros j _.
  rewrite <- !Sum_scal, <- !Sum_plus. apply Sum_ext; intros k _. ring.
Qed.

Lemma inner_plus_scal p d U W c :
  inner p d (fun j k => U j k + c * W j k) W = inner p d U W + c * frob2 p d W.
Proof.
  unfold frob2, inner. rewrite <- !Sum_scal, <- !Sum_plus. apply Sum_ext; intros j _.
  rewrite <- !Sum_scal, <- !Sum_plus. apply Sum_ext; intros k _. ring.
Qed.

(** |U + c W| >= c |W| - |U|, squared. *)
Lemma frob2_lower p d U W c g : 0 <= c -> frob p d U <= g -> g <= c * frob p d W ->
  (c * frob p d W - g)^2 <= frob2 p d (fun j k => U j k + c * W j k).
Proof.
  intros Hc Hg Hr. rewrite frob2_plus_scal.
  pose proof (inner_ge p d U W) as [Hi _]. pose proof (frob_nonneg p d U). pose proof (frob_nonneg p d W).
  rewrite <- !frob_sq. set (r := frob p d W) in *. set (u := frob p d U) in *.
  apply Rle_trans with ((c * r - u)^2); [apply pow_incr; lra|].
  assert (c * (- (u * r)) <= c * inner p d U W) by (apply Rmult_le_compat_l; assumption). nra.
Qed.

(** * The quadratic that every route ends in *)

Definition radius_bounded (lam s G K M : R) : R := (G + sqrt (s * (K + M))) / lam.

Definition radius_quadratic (m s E A B M : R) : R :=
  (2 * m * E + s * A + sqrt (4 * m * E * s * A + s^2 * A^2 + 4 * m^2 * s * (B + M))) / (2 * m^2).

Lemma quadratic_growth m s E A B M r :
  0 < m -> 0 < s -> 0 <= E -> 0 <= A -> 0 <= B + M -> radius_quadratic m s E A B M <= r ->
  E <= m * r /\ M <= (m * r - E)^2 / s - A * r - B.
Proof.
  intros Hm Hs HE HA HB Hr. unfold radius_quadratic in Hr.
  set (q := 4 * m * E * s * A + s^2 * A^2 + 4 * m^2 * s * (B + M)) in *.
  assert (Hsa : 0 <= s * A) by (apply Rmult_le_pos; lra).
  assert (Hme : 0 <= m * E) by (apply Rmult_le_pos; lra).
  assert (Hsb : 0 <= m^2 * (s * (B + M)))
    by (apply Rmult_le_pos; [apply pow2_ge_0|apply Rmult_le_pos; lra]).
  assert (Hq : 0 <= q) by (unfold q; nra).
  assert (Hm2 : 0 < 2 * m^2) by nra.
  assert (H : 2 * m * E + s * A + sqrt q <= 2 * m^2 * r).
  { apply (Rmult_le_compat_l (2 * m^2)) in Hr; [|lra].
    replace (2 * m^2 * ((2 * m * E + s * A + sqrt q) / (2 * m^2))) with (2 * m * E + s * A + sqrt q) in Hr
      by (field; lra). exact Hr. }
  pose proof (sqrt_pos q) as Hsq.
  assert (Hsq2 : sqrt q * sqrt q = q) by (now apply sqrt_sqrt).
  split.
  - apply (Rmult_le_reg_l (2 * m)); [lra|]. nra.
  - apply (Rmult_le_reg_l s); [exact Hs|].
    replace (s * ((m * r - E)^2 / s - A * r - B)) with ((m * r - E)^2 - s * A * r - s * B) by (field; lra).
    set (v := 2 * m^2 * r - (2 * m * E + s * A)) in *.
    assert (Hv : q <= v^2) by (rewrite <- Hsq2; assert (sqrt q <= v) by (unfold v; lra); nra).
    apply (Rmult_le_reg_l (4 * m^2)); [nra|].
    unfold v, q in Hv. nra.
Qed.

Lemma bounded_growth lam s G K M r :
  0 < lam -> 0 < s -> 0 <= G -> 0 <= K + M -> radius_bounded lam s G K M <= r ->
  G <= lam * r /\ M <= (lam * r - G)^2 / s - K.
Proof.
  intros Hl Hs HG HK Hr. unfold radius_bounded in Hr.
  apply (Rmult_le_compat_l lam) in Hr; [|lra].
  replace (lam * ((G + sqrt (s * (K + M))) / lam)) with (G + sqrt (s * (K + M))) in Hr by (field; lra).
  assert (Hq : 0 <= s * (K + M)) by (apply Rmult_le_pos; lra).
  pose proof (sqrt_pos (s * (K + M))). pose proof (sqrt_sqrt _ Hq) as Hq2.
  split; [lra|].
  apply (Rmult_le_reg_l s); [exact Hs|].
  replace (s * ((lam * r - G)^2 / s - K)) with ((lam * r - G)^2 - s * K) by (field; lra).
  set (q := sqrt (s * (K + M))) in *. nra.
Qed.

(** Larger constants give a larger radius. *)
Lemma radius_bounded_mono lam s G K M G' K' : 0 < lam -> 0 < s -> G <= G' -> K <= K' ->
  radius_bounded lam s G K M <= radius_bounded lam s G' K' M.
Proof.
  intros Hl Hs HG HK. unfold radius_bounded.
  apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Hl|].
  apply Rplus_le_compat; [exact HG|]. apply sqrt_le_1_alt, Rmult_le_compat_l; lra.
Qed.

Lemma radius_quadratic_mono m s E A B M E' A' B' : 0 < m -> 0 < s -> 0 <= E -> 0 <= A ->
  E <= E' -> A <= A' -> B <= B' -> radius_quadratic m s E A B M <= radius_quadratic m s E' A' B' M.
Proof.
  intros Hm Hs HE HA LE LA LB. unfold radius_quadratic.
  assert (Hm2 : 0 < m^2) by (apply pow_lt; exact Hm).
  apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|].
  assert (H1 : 2 * m * E <= 2 * m * E') by (apply Rmult_le_compat_l; lra).
  assert (H2 : s * A <= s * A') by (apply Rmult_le_compat_l; lra).
  assert (H0 : 0 <= s * A) by (apply Rmult_le_pos; lra).
  apply Rplus_le_compat; [lra|]. apply sqrt_le_1_alt.
  assert (H3 : 4 * m * E * s * A <= 4 * m * E' * s * A').
  { rewrite !(Rmult_assoc (4 * m * _)). apply Rmult_le_compat; try assumption; [|apply Rmult_le_compat_l; lra].
    apply Rmult_le_pos; [lra|exact HE]. }
  assert (H4 : s^2 * A^2 <= s^2 * A'^2).
  { rewrite <- !Rpow_mult_distr. apply pow_incr; lra. }
  assert (H5 : 4 * m^2 * s * (B + M) <= 4 * m^2 * s * (B' + M)).
  { apply Rmult_le_compat_l; [|lra]. apply Rmult_le_pos; lra. }
  lra.
Qed.

(** The rows mean_i c_ij x_i, against the largest eigenvalue of S: Cauchy-Schwarz. *)
Lemma rows_Lam n p d (x c : nat -> nat -> R) Lam : (0 < n)%nat ->
  (forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v) -> 0 <= Lam ->
  frob2 p d (fun j k => mean n (fun i => c i j * x i k)) <= Lam * mean n (fun i => Sum p (fun j => (c i j)^2)).
Proof.
  intros Hn HLam HLam0.
  assert (Hrow : forall j, let g := fun k => mean n (fun i => c i j * x i k) in
                 dot d g g <= Lam * mean n (fun i => (c i j)^2)).
  { intros j g.
    assert (Eg : dot d g g = mean n (fun i => c i j * dot d g (x i))).
    { unfold dot at 1. unfold g at 2.
      transitivity (Sum d (fun k => mean n (fun i => c i j * (g k * x i k)))).
      - apply Sum_ext; intros k _. rewrite <- mean_scal. apply mean_ext; intros i _. ring.
      - rewrite Sum_mean_swap. apply mean_ext; intros i _. rewrite Sum_scal. reflexivity. }
    pose proof (mean_Cauchy_Schwarz n (fun i => c i j) (fun i => dot d g (x i)) Hn) as H.
    cbv beta in H. rewrite <- Eg in H. set (q := mean n (fun i => (c i j)^2)) in *.
    assert (Hq : 0 <= q) by (apply mean_nonneg; [exact Hn|intros; apply pow2_ge_0]).
    assert (Hg : 0 <= dot d g g).
    { apply Sum_nonneg; intros k _. pose proof (pow2_ge_0 (g k)) as Hk. simpl in Hk; lra. }
    destruct (Rle_lt_or_eq_dec 0 _ Hg) as [Hpos|H0].
    - apply (Rmult_le_reg_r (dot d g g)); [exact Hpos|].
      apply Rle_trans with (q * mean n (fun i => (dot d g (x i))^2)); [simpl in *; lra|].
      replace (Lam * q * dot d g g) with (q * (Lam * dot d g g)) by ring.
      apply Rmult_le_compat_l; [exact Hq|apply HLam].
    - rewrite <- H0. apply Rmult_le_pos; assumption. }
  unfold frob2.
  apply Rle_trans with (Sum p (fun j => Lam * mean n (fun i => (c i j)^2))).
  - apply Sum_le; intros j _. apply Rle_trans with (2 := Hrow j). right.
    apply Sum_ext; intros; ring.
  - right. now rewrite Sum_scal, Sum_mean_swap.
Qed.

Section Routes.

Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R).
Variables (sigma sigma1 sigma2 : R -> R) (l l1 l2 : R -> R -> R).
Hypothesis Dsigma : forall t, is_derive sigma t (sigma1 t).
Hypothesis Dsigma1 : forall t, is_derive sigma1 t (sigma2 t).
Hypothesis Dl : forall y t, is_derive (l y) t (l1 y t).
Hypothesis Dl1 : forall y t, is_derive (l1 y) t (l2 y t).

Hypothesis Hn : (0 < n)%nat.

Local Notation Z := (z d x).
Local Notation NET := (net p d x a sigma).
Local Notation L := (objective n p d x y a lam sigma l).
Local Notation r W := (frob p d W).
Local Notation N := (INR p * INR d).

(** The gradient of the risk alone. *)
Definition RG (W : weights) : weights := fun j k =>
  mean n (fun i => l1 (y i) (NET W i) * (a j * sigma1 (Z W i j) * x i k)).

Definition RLap (W : weights) : R :=
  mean n (fun i => dot d (x i) (x i)
                   * (l2 (y i) (NET W i) * Sum p (fun j => (a j)^2 * (sigma1 (Z W i j))^2)
                      + l1 (y i) (NET W i) * Sum p (fun j => a j * sigma2 (Z W i j)))).

Lemma gradient_RG W : frob2 p d (gradient L W) = frob2 p d (fun j k => RG W j k + lam * W j k).
Proof.
  apply Sum_ext; intros j Hj; apply Sum_ext; intros k Hk. f_equal.
  unfold RG. erewrite gradient_formula by eassumption. reflexivity.
Qed.

Lemma v4_RG s W : v4_expression p d L s W =
  frob2 p d (fun j k => RG W j k + lam * W j k) / s - (RLap W + lam * N).
Proof.
  unfold v4_expression. rewrite gradient_RG. f_equal.
  unfold RLap. erewrite laplacian_formula by eassumption. reflexivity.
Qed.

Lemma inner_RG W V : inner p d (RG W) V =
  mean n (fun i => l1 (y i) (NET W i) * Sum p (fun j => a j * (sigma1 (Z W i j) * dot d (V j) (x i)))).
Proof.
  assert (H : inner p d (gradient L W) V = D1 n p d x y a lam sigma sigma1 l1 W V) by (eapply inner_gradient; eassumption).
  unfold D1 in H. apply (Rplus_eq_reg_r (lam * inner p d W V)).
  rewrite <- H. unfold inner at 2. unfold inner.
  rewrite <- Sum_scal, <- Sum_plus. apply Sum_ext; intros j Hj.
  rewrite <- Sum_scal, <- Sum_plus. apply Sum_ext; intros k Hk.
  erewrite gradient_formula by eassumption. unfold RG. ring.
Qed.

(** ** Data and weights *)

Variables (Lam X2 a1 a2 M1 M2 : R).
Hypothesis HLam : forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v.
Hypothesis HLam0 : 0 <= Lam.
Hypothesis HX2 : mean n (fun i => dot d (x i) (x i)) <= X2.
Hypothesis Ha1 : Sum p (fun j => Rabs (a j)) <= a1.
Hypothesis Ha2 : Sum p (fun j => (a j)^2) <= a2^2.
Hypothesis Ha20 : 0 <= a2.
Hypothesis HM1 : forall t, Rabs (sigma1 t) <= M1.
Hypothesis HM2 : forall t, Rabs (sigma2 t) <= M2.

Lemma M1_nonneg : 0 <= M1.
Proof. apply Rle_trans with (2 := HM1 0), Rabs_pos. Qed.
Lemma M2_nonneg : 0 <= M2.
Proof. apply Rle_trans with (2 := HM2 0), Rabs_pos. Qed.
Lemma a1_nonneg : 0 <= a1.
Proof. apply Rle_trans with (2 := Ha1), Sum_nonneg; intros; apply Rabs_pos. Qed.
Lemma norm_x_nonneg i : 0 <= dot d (x i) (x i).
Proof. apply Sum_nonneg; intros. pose proof (pow2_ge_0 (x i i0)). simpl in H0; lra. Qed.
Lemma X2_nonneg : 0 <= X2.
Proof. apply Rle_trans with (2 := HX2), mean_nonneg; [exact Hn|intros; apply norm_x_nonneg]. Qed.

Lemma sq_bound u c : Rabs u <= c -> u^2 <= c^2.
Proof. intros H. rewrite <- (pow2_abs u). apply pow_incr. split; [apply Rabs_pos|exact H]. Qed.

Lemma sum_sigma1_sq W i : Sum p (fun j => (a j)^2 * (sigma1 (Z W i j))^2) <= a2^2 * M1^2.
Proof.
  apply Rle_trans with (Sum p (fun j => (a j)^2 * M1^2)).
  - apply Sum_le; intros. apply Rmult_le_compat_l; [apply pow2_ge_0|apply sq_bound, HM1].
  - rewrite Sum_scal_r. apply Rmult_le_compat_r; [apply pow2_ge_0|exact Ha2].
Qed.

Lemma sum_sigma2 W i : Rabs (Sum p (fun j => a j * sigma2 (Z W i j))) <= a1 * M2.
Proof.
  apply Rle_trans with (1 := Sum_abs _ _).
  apply Rle_trans with (Sum p (fun j => Rabs (a j) * M2)).
  - apply Sum_le; intros. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply HM2].
  - rewrite Sum_scal_r. apply Rmult_le_compat_r; [exact M2_nonneg|exact Ha1].
Qed.

(** |grad R|^2 <= Lam mean_i l'_i^2 sum_j a_j^2 sigma'_ij^2: Cauchy-Schwarz against S. *)
Lemma RG_Lam W : frob2 p d (RG W) <=
  Lam * mean n (fun i => (l1 (y i) (NET W i))^2 * Sum p (fun j => (a j)^2 * (sigma1 (Z W i j))^2)).
Proof.
  set (c := fun i j => l1 (y i) (NET W i) * (a j * sigma1 (Z W i j))).
  replace (RG W) with (fun j k => mean n (fun i => c i j * x i k)).
  - apply Rle_trans with (1 := rows_Lam n p d x c Lam Hn HLam HLam0). right. f_equal. apply mean_ext; intros i _.
    rewrite <- Sum_scal. apply Sum_ext; intros; unfold c; ring.
  - unfold RG, c. apply functional_extensionality; intros j. apply functional_extensionality; intros k.
    apply mean_ext; intros; ring.
Qed.

(** Laplacian of the risk at one W, where |l'_i| <= rho and |l''_i| <= l2m. *)
Theorem laplacian_at W rho l2m :
  (forall i, (i < n)%nat -> Rabs (l1 (y i) (NET W i)) <= rho) ->
  (forall i, (i < n)%nat -> Rabs (l2 (y i) (NET W i)) <= l2m) ->
  RLap W <= X2 * (l2m * a2^2 * M1^2 + rho * a1 * M2).
Proof.
  intros Hrho Hl2. pose proof M1_nonneg. pose proof M2_nonneg. pose proof a1_nonneg.
  assert (0 <= rho) by (apply Rle_trans with (2 := Hrho 0%nat Hn), Rabs_pos).
  assert (0 <= l2m) by (apply Rle_trans with (2 := Hl2 0%nat Hn), Rabs_pos).
  unfold RLap.
  set (c := l2m * a2^2 * M1^2 + rho * a1 * M2).
  assert (Hc : 0 <= c) by (unfold c; repeat first [apply pow2_ge_0 | assumption | apply Rmult_le_pos | apply Rplus_le_le_0_compat]).
  apply Rle_trans with (mean n (fun i => c * dot d (x i) (x i))).
  - apply mean_le; [exact Hn|]. intros i Hi. rewrite Rmult_comm.
    apply Rmult_le_compat_r; [apply norm_x_nonneg|]. unfold c. apply Rplus_le_compat.
    + rewrite Rmult_assoc.
      apply Rle_trans with (l2m * Sum p (fun j => (a j)^2 * (sigma1 (Z W i j))^2)).
      * apply Rmult_le_compat_r; [|apply Rle_trans with (1 := Rle_abs _); now apply Hl2].
        apply Sum_nonneg; intros; apply Rmult_le_pos; apply pow2_ge_0.
      * apply Rmult_le_compat_l; [assumption|apply sum_sigma1_sq].
    + apply Rle_trans with (1 := Rle_abs _). rewrite Rabs_mult, Rmult_assoc.
      apply Rmult_le_compat; try apply Rabs_pos; [now apply Hrho|apply sum_sigma2].
  - rewrite mean_scal, Rmult_comm. apply Rmult_le_compat_r; assumption.
Qed.

(** The inner product of grad L with W. *)
Lemma inner_gradient_W W : inner p d (gradient L W) W = inner p d (RG W) W + lam * frob2 p d W.
Proof.
  rewrite <- inner_plus_scal. apply Sum_ext; intros j Hj; apply Sum_ext; intros k Hk. f_equal.
  unfold RG. erewrite gradient_formula by eassumption. reflexivity.
Qed.

(** * The bounded route *)

Section Bounded.

Variables (rho l2m : R).
Hypothesis Hrho : forall W i, (i < n)%nat -> Rabs (l1 (y i) (NET W i)) <= rho.
Hypothesis Hl2 : forall W i, (i < n)%nat -> Rabs (l2 (y i) (NET W i)) <= l2m.

Lemma rho_nonneg : 0 <= rho.
Proof. apply Rle_trans with (2 := Hrho (fun _ _ => 0) 0%nat Hn), Rabs_pos. Qed.
Lemma l2m_nonneg : 0 <= l2m.
Proof. apply Rle_trans with (2 := Hl2 (fun _ _ => 0) 0%nat Hn), Rabs_pos. Qed.

Definition G : R := rho * M1 * a2 * sqrt Lam.
Definition K : R := X2 * (l2m * a2^2 * M1^2 + rho * a1 * M2).

Lemma G_nonneg : 0 <= G.
Proof.
  unfold G. repeat apply Rmult_le_pos; auto using rho_nonneg, M1_nonneg, sqrt_pos.
Qed.

Lemma K_nonneg : 0 <= K.
Proof.
  pose proof M1_nonneg. pose proof M2_nonneg. pose proof a1_nonneg. pose proof rho_nonneg. pose proof l2m_nonneg.
  apply Rmult_le_pos; [exact X2_nonneg|]. apply Rplus_le_le_0_compat.
  - apply Rmult_le_pos; [apply Rmult_le_pos; [assumption|apply pow2_ge_0]|apply pow2_ge_0].
  - repeat apply Rmult_le_pos; assumption.
Qed.

Theorem gradient_bounded W : frob p d (RG W) <= G.
Proof.
  apply sq_le; [exact G_nonneg|]. rewrite frob_sq.
  apply Rle_trans with (1 := RG_Lam W).
  apply Rle_trans with (Lam * (rho^2 * (a2^2 * M1^2))).
  - apply Rmult_le_compat_l; [exact HLam0|]. apply mean_bound; [exact Hn|]. intros i Hi.
    apply Rmult_le_compat; try apply pow2_ge_0.
    + apply Sum_nonneg; intros. apply Rmult_le_pos; apply pow2_ge_0.
    + now apply sq_bound, Hrho.
    + apply sum_sigma1_sq.
  - right. unfold G. rewrite !Rpow_mult_distr, pow2_sqrt by exact HLam0. ring.
Qed.

Theorem laplacian_bounded W : RLap W <= K.
Proof. apply laplacian_at; auto. Qed.

(** V4 with its explicit lower bound and radius, for every lambda > 0. *)
Theorem v4_bounded_lower s W : 0 < lam -> 0 < s -> G <= lam * r W ->
  (lam * r W - G)^2 / s - K - lam * N <= v4_expression p d L s W.
Proof.
  intros Hl Hs Hr. rewrite v4_RG.
  pose proof (frob2_lower p d (RG W) W lam G (Rlt_le _ _ Hl) (gradient_bounded W) Hr) as H.
  pose proof (laplacian_bounded W).
  apply (Rmult_le_compat_r (/ s)) in H; [|apply Rlt_le, Rinv_0_lt_compat, Hs].
  unfold Rdiv. lra.
Qed.

Theorem v4_bounded s M W : 0 < lam -> 0 < s -> 0 <= M ->
  radius_bounded lam s G (K + lam * N) M <= r W -> M <= v4_expression p d L s W.
Proof.
  intros Hl Hs HM Hr.
  assert (HN : 0 <= lam * N) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; apply pos_INR]).
  destruct (bounded_growth lam s G (K + lam * N) M (r W)) as [H1 H2]; auto using G_nonneg.
  { pose proof K_nonneg; lra. }
  pose proof (v4_bounded_lower s W Hl Hs H1). lra.
Qed.

(** gLip, as a bound of the Hessian form. *)
Theorem hessian_bound ainf W V : (forall j, (j < p)%nat -> Rabs (a j) <= ainf) -> 0 <= ainf -> 0 <= lam ->
  Rabs (D2 n p d x y a lam sigma sigma1 sigma2 l1 l2 W V)
  <= (lam + Lam * (l2m * M1^2 * a2^2 + rho * ainf * M2)) * frob2 p d V.
Proof.
  intros Hai Hai0 Hl. unfold D2.
  pose proof M1_nonneg. pose proof M2_nonneg. pose proof rho_nonneg. pose proof l2m_nonneg.
  set (q := fun i => Sum p (fun j => (dot d (V j) (x i))^2)).
  assert (Hq0 : forall i, 0 <= q i) by (intros; apply Sum_nonneg; intros; apply pow2_ge_0).
  assert (Hq : mean n q <= Lam * frob2 p d V).
  { unfold q. rewrite <- Sum_mean_swap. unfold frob2. rewrite <- Sum_scal. apply Sum_le; intros j _.
    apply Rle_trans with (1 := HLam (V j)). right. f_equal. apply Sum_ext; intros; ring. }
  set (c := l2m * M1^2 * a2^2 + rho * ainf * M2).
  assert (Hc : 0 <= c).
  { apply Rplus_le_le_0_compat; [|repeat apply Rmult_le_pos; assumption].
    repeat first [apply pow2_ge_0 | assumption | apply Rmult_le_pos]. }
  apply Rle_trans with (1 := Rabs_triang _ _).
  rewrite Rmult_plus_distr_r, Rplus_comm. apply Rplus_le_compat.
  { rewrite Rabs_pos_eq; [lra|]. apply Rmult_le_pos; [exact Hl|apply frob2_nonneg]. }
  apply Rle_trans with (1 := mean_abs n _ Hn).
  apply Rle_trans with (mean n (fun i => c * q i)).
  2:{ rewrite mean_scal. replace (Lam * c * frob2 p d V) with (c * (Lam * frob2 p d V)) by ring.
      now apply Rmult_le_compat_l. }
  apply mean_le; [exact Hn|]. intros i Hi.
  apply Rle_trans with (1 := Rabs_triang _ _). unfold c. rewrite Rmult_plus_distr_r.
  apply Rplus_le_compat.
  - rewrite Rabs_mult, (Rabs_pos_eq (_ ^ 2)) by apply pow2_ge_0.
    replace (l2m * M1^2 * a2^2 * q i) with (l2m * ((a2^2 * M1^2) * q i)) by ring.
    apply Rmult_le_compat; [apply Rabs_pos|apply pow2_ge_0|now apply Hl2|].
    apply Rle_trans with (Sum p (fun j => (a j * sigma1 (Z W i j))^2) * q i).
    + unfold q. apply Rle_trans with (2 := Cauchy_Schwarz p _ _). right. f_equal.
      apply Sum_ext; intros; ring.
    + apply Rmult_le_compat_r; [apply Hq0|].
      apply Rle_trans with (2 := sum_sigma1_sq W i). right. apply Sum_ext; intros; ring.
  - rewrite Rabs_mult. rewrite (Rmult_assoc rho), (Rmult_assoc rho).
    apply Rmult_le_compat; try apply Rabs_pos; [now apply Hrho|].
    apply Rle_trans with (1 := Sum_abs _ _). unfold q. rewrite <- Sum_scal.
    apply Sum_le; intros j Hj. rewrite !Rabs_mult.
    rewrite (Rabs_pos_eq (_ ^ 2)) by apply pow2_ge_0.
    rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [apply pow2_ge_0|].
    apply Rmult_le_compat; try apply Rabs_pos; [now apply Hai|apply HM2].
Qed.

(** Dissipativity where only the gradient of the risk is bounded:
    <grad L, W> >= (lambda/2) r^2 - G^2/(2 lambda). *)
Theorem dissipative_bounded W : 0 < lam ->
  lam / 2 * frob2 p d W - G^2 / (2 * lam) <= inner p d (gradient L W) W.
Proof.
  intros Hl.
  rewrite inner_gradient_W.
  pose proof (inner_ge p d (RG W) W) as [H _]. pose proof (gradient_bounded W) as HG.
  pose proof (frob_nonneg p d W) as Hr. rewrite <- frob_sq. set (w := r W) in *.
  assert (frob p d (RG W) * w <= G * w) by (apply Rmult_le_compat_r; assumption).
  assert (Hsq : 0 <= (lam * w - G)^2) by apply pow2_ge_0.
  assert (E : lam / 2 * w^2 - G * w + G^2 / (2 * lam) = (lam * w - G)^2 / (2 * lam)) by (field; lra).
  assert (0 <= (lam * w - G)^2 / (2 * lam)).
  { apply Rmult_le_pos; [exact Hsq|apply Rlt_le, Rinv_0_lt_compat; lra]. }
  lra.
Qed.

End Bounded.

End Routes.
