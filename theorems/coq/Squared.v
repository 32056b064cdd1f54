(** The squared loss with a Lipschitz activation: the affine bounds, the Lipschitz route
    (lambda > G1), the Euler route (every lambda > 0) and dissipativity. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes.
Open Scope R_scope.

(** |f(t) - f(0)| <= M |t| when |f'| <= M. *)
Lemma lipschitz_from_0 (f f1 : R -> R) M t :
  (forall u, is_derive f u (f1 u)) -> (forall u, Rabs (f1 u) <= M) -> Rabs (f t - f 0) <= M * Rabs t.
Proof.
  intros Df Hf. destruct (MVT_gen f 0 t f1) as [c [_ Hc]].
  - intros; apply Df.
  - intros u _. apply derivable_continuous_pt. exists (f1 u). apply is_derive_Reals, Df.
  - rewrite Hc, Rabs_mult, Rminus_0_r. apply Rmult_le_compat_r; [apply Rabs_pos|apply Hf].
Qed.

(** Minkowski for means of squares. *)
Lemma mean_Minkowski n u v b c : (0 < n)%nat -> 0 <= b -> 0 <= c ->
  mean n (fun i => (u i)^2) <= b^2 -> mean n (fun i => (v i)^2) <= c^2 ->
  mean n (fun i => (u i + v i)^2) <= (b + c)^2.
Proof.
  intros Hn Hb Hc Hu Hv.
  assert (E : mean n (fun i => (u i + v i)^2)
            = mean n (fun i => (u i)^2) + 2 * mean n (fun i => u i * v i) + mean n (fun i => (v i)^2)).
  { rewrite <- mean_scal, <- !mean_plus. apply mean_ext; intros; ring. }
  assert (H : mean n (fun i => u i * v i) <= b * c).
  { apply sq_le; [now apply Rmult_le_pos|]. apply Rle_trans with (1 := mean_Cauchy_Schwarz n u v Hn).
    rewrite Rpow_mult_distr. apply Rmult_le_compat; try assumption;
      apply mean_nonneg; try exact Hn; intros; apply pow2_ge_0. }
  rewrite E. nra.
Qed.

Section Squared.

Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R).
Variables (sigma sigma1 sigma2 : R -> R).
Hypothesis Dsigma : forall t, is_derive sigma t (sigma1 t).
Hypothesis Dsigma1 : forall t, is_derive sigma1 t (sigma2 t).
Hypothesis Hn : (0 < n)%nat.

Local Notation Z := (z d x).
Local Notation NET := (net p d x a sigma).
Local Notation L := (objective n p d x y a lam sigma squared).
Local Notation r W := (frob p d W).
Local Notation N := (INR p * INR d).
Local Notation RG := (RG n p d x y a sigma sigma1 squared1).
Local Notation RLap := (RLap n p d x y a sigma sigma1 sigma2 squared1 squared2).

Variables (Lam X2 Bx By a1 a2 M1 M2 s0 : R).
Hypothesis HLam : forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v.
Hypothesis HLam0 : 0 <= Lam.
Hypothesis HX2 : mean n (fun i => dot d (x i) (x i)) <= X2.
Hypothesis HBx : forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx^2.
Hypothesis HBx0 : 0 <= Bx.
Hypothesis HBy : forall i, (i < n)%nat -> Rabs (y i) <= By.
Hypothesis Ha1 : Sum p (fun j => Rabs (a j)) <= a1.
Hypothesis Ha2 : Sum p (fun j => (a j)^2) <= a2^2.
Hypothesis Ha20 : 0 <= a2.
Hypothesis HM1 : forall t, Rabs (sigma1 t) <= M1.
Hypothesis HM2 : forall t, Rabs (sigma2 t) <= M2.
Hypothesis Hs0 : Rabs (sigma 0) <= s0.

Local Notation b := (By + a1 * s0).

Let M1p : 0 <= M1 := M1_nonneg sigma1 M1 HM1.
Let M2p : 0 <= M2 := M2_nonneg sigma2 M2 HM2.
Let a1p : 0 <= a1 := a1_nonneg p a a1 Ha1.
Let X2p : 0 <= X2 := X2_nonneg n d x Hn X2 HX2.
Let s0p : 0 <= s0 := Rle_trans _ _ _ (Rabs_pos _) Hs0.
Let Byp : 0 <= By := Rle_trans _ _ _ (Rabs_pos _) (HBy 0%nat Hn).

Lemma b_nonneg : 0 <= b.
Proof. apply Rplus_le_le_0_compat; [exact Byp|apply Rmult_le_pos; assumption]. Qed.

(** f_i - y_i splits into what is left at W = 0 and what W adds. *)
Definition at0 (i : nat) : R := Sum p (fun j => a j * sigma 0) - y i.
Definition added (W : weights) (i : nat) : R := Sum p (fun j => a j * (sigma (Z W i j) - sigma 0)).

Lemma residual_split W i : NET W i - y i = at0 i + added W i.
Proof.
  unfold at0, added, net.
  replace (Sum p (fun j => a j * (sigma (Z W i j) - sigma 0)))
    with (Sum p (fun j => a j * sigma (Z W i j)) - Sum p (fun j => a j * sigma 0)).
  - ring.
  - rewrite <- Sum_minus. apply Sum_ext; intros; ring.
Qed.

Lemma at0_bound i : (i < n)%nat -> Rabs (at0 i) <= b.
Proof.
  intros Hi. unfold at0, Rminus. apply Rle_trans with (1 := Rabs_triang _ _).
  rewrite Rabs_Ropp, Rplus_comm. apply Rplus_le_compat; [now apply HBy|].
  rewrite Sum_scal_r, Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; [|exact Hs0].
  apply Rle_trans with (1 := Sum_abs _ _); exact Ha1.
Qed.

Lemma added_sq W i : (added W i)^2 <= (M1 * a2)^2 * Sum p (fun j => (Z W i j)^2).
Proof.
  unfold added. apply Rle_trans with (1 := Cauchy_Schwarz p _ _).
  apply Rle_trans with (a2^2 * (M1^2 * Sum p (fun j => (Z W i j)^2))).
  - apply Rmult_le_compat; [| |exact Ha2|].
    + apply Sum_nonneg; intros; apply pow2_ge_0.
    + apply Sum_nonneg; intros; apply pow2_ge_0.
    + rewrite <- Sum_scal. apply Sum_le; intros j _. rewrite <- Rpow_mult_distr, <- pow2_abs.
      rewrite <- (pow2_abs (M1 * _)), Rabs_mult, (Rabs_pos_eq M1) by exact M1p.
      apply pow_incr. split; [apply Rabs_pos|]. now apply (lipschitz_from_0 sigma sigma1).
  - right; ring.
Qed.

Lemma sum_z_sq W i : Sum p (fun j => (Z W i j)^2) <= frob2 p d W * dot d (x i) (x i).
Proof.
  unfold frob2. rewrite <- Sum_scal_r. apply Sum_le; intros j _. unfold z, dot.
  apply Rle_trans with (1 := Cauchy_Schwarz d _ _). right. f_equal. apply Sum_ext; intros; ring.
Qed.

(** |f_i - y_i| <= B_y + |a|_1 |sigma(0)| + M1 |a|_2 B_x r *)
Lemma residual_affine W i : (i < n)%nat -> Rabs (squared1 (y i) (NET W i)) <= b + M1 * a2 * Bx * r W.
Proof.
  intros Hi. unfold squared1. rewrite residual_split.
  apply Rle_trans with (1 := Rabs_triang _ _). apply Rplus_le_compat; [now apply at0_bound|].
  pose proof (frob_nonneg p d W).
  apply sq_le; [repeat apply Rmult_le_pos; assumption|].
  rewrite pow2_abs. apply Rle_trans with (1 := added_sq W i).
  replace ((M1 * a2 * Bx * r W)^2) with ((M1 * a2)^2 * ((r W)^2 * Bx^2)) by ring.
  apply Rmult_le_compat_l; [apply pow2_ge_0|]. rewrite frob_sq.
  apply Rle_trans with (1 := sum_z_sq W i).
  apply Rmult_le_compat_l; [apply frob2_nonneg|now apply HBx].
Qed.

(** (mean (f_i - y_i)^2)^(1/2) <= B_y + |a|_1 |sigma(0)| + M1 |a|_2 Lam^(1/2) r *)
Lemma residual_mean_square W :
  mean n (fun i => (squared1 (y i) (NET W i))^2) <= (b + M1 * a2 * sqrt Lam * r W)^2.
Proof.
  pose proof (frob_nonneg p d W). pose proof (sqrt_pos Lam).
  apply Rle_trans with (mean n (fun i => (at0 i + added W i)^2)).
  { right. apply mean_ext; intros i _. unfold squared1. now rewrite residual_split. }
  apply mean_Minkowski; [exact Hn|exact b_nonneg|repeat apply Rmult_le_pos; assumption| |].
  - apply mean_bound; [exact Hn|]. intros i Hi. rewrite <- pow2_abs.
    apply pow_incr. split; [apply Rabs_pos|now apply at0_bound].
  - apply Rle_trans with (mean n (fun i => (M1 * a2)^2 * Sum p (fun j => (Z W i j)^2))).
    { apply mean_le; [exact Hn|]. intros i _. apply added_sq. }
    rewrite mean_scal.
    replace ((M1 * a2 * sqrt Lam * r W)^2) with ((M1 * a2)^2 * (Lam * (r W)^2)).
    2:{ rewrite !Rpow_mult_distr, pow2_sqrt by exact HLam0. ring. }
    apply Rmult_le_compat_l; [apply pow2_ge_0|]. rewrite frob_sq.
    rewrite <- Sum_mean_swap. unfold frob2. rewrite <- Sum_scal. apply Sum_le; intros j _.
    apply Rle_trans with (1 := HLam (W j)). right. f_equal. apply Sum_ext; intros; ring.
Qed.

(** * Affine bounds *)

Definition A : R := X2 * M1 * M2 * a1 * a2 * Bx.
Definition B : R := X2 * (1 * a2^2 * M1^2 + b * a1 * M2).
Definition G0 : R := M1 * a2 * sqrt Lam * b.
Definition G1 : R := M1^2 * a2^2 * Lam.

Lemma A_nonneg : 0 <= A.
Proof. unfold A. repeat apply Rmult_le_pos; assumption. Qed.

Lemma B_nonneg : 0 <= B.
Proof.
  unfold B. pose proof b_nonneg. pose proof (pow2_ge_0 a2). pose proof (pow2_ge_0 M1).
  apply Rmult_le_pos; [exact X2p|]. apply Rplus_le_le_0_compat.
  - repeat first [assumption | lra | apply Rmult_le_pos].
  - repeat apply Rmult_le_pos; assumption.
Qed.

Lemma G0_nonneg : 0 <= G0.
Proof. unfold G0. pose proof b_nonneg. pose proof (sqrt_pos Lam). repeat apply Rmult_le_pos; assumption. Qed.

Theorem laplacian_affine W : RLap W <= A * r W + B.
Proof.
  replace (A * r W + B) with (X2 * (1 * a2^2 * M1^2 + (b + M1 * a2 * Bx * r W) * a1 * M2))
    by (unfold A, B; ring).
  apply laplacian_at; auto.
  - intros i Hi. now apply residual_affine.
  - intros i _. unfold squared2. rewrite Rabs_R1. lra.
Qed.

Theorem gradient_affine W : frob p d (RG W) <= G0 + G1 * r W.
Proof.
  pose proof (frob_nonneg p d W) as Hr. pose proof b_nonneg as Hb. pose proof (sqrt_pos Lam) as Hs.
  assert (HQ : 0 <= b + M1 * a2 * sqrt Lam * r W)
    by (apply Rplus_le_le_0_compat; [exact Hb|repeat apply Rmult_le_pos; assumption]).
  replace (G0 + G1 * r W) with (M1 * a2 * sqrt Lam * (b + M1 * a2 * sqrt Lam * r W)).
  2:{ unfold G0, G1. replace (M1^2 * a2^2 * Lam) with (M1^2 * a2^2 * (sqrt Lam)^2) by (rewrite pow2_sqrt by exact HLam0; reflexivity). ring. }
  apply sq_le; [repeat apply Rmult_le_pos; assumption|]. rewrite frob_sq.
  assert (H : frob2 p d (RG W) <= Lam * mean n (fun i => (squared1 (y i) (NET W i))^2
                                       * Sum p (fun j => (a j)^2 * (sigma1 (Z W i j))^2)))
    by (apply RG_Lam; assumption).
  apply Rle_trans with (1 := H).
  rewrite !Rpow_mult_distr, pow2_sqrt by exact HLam0.
  replace (M1^2 * a2^2 * Lam * (b + M1 * a2 * sqrt Lam * r W)^2)
    with (Lam * ((a2^2 * M1^2) * (b + M1 * a2 * sqrt Lam * r W)^2)) by ring.
  apply Rmult_le_compat_l; [exact HLam0|].
  apply Rle_trans with (mean n (fun i => (a2^2 * M1^2) * (squared1 (y i) (NET W i))^2)).
  - apply mean_le; [exact Hn|]. intros i Hi. rewrite Rmult_comm.
    apply Rmult_le_compat_r; [apply pow2_ge_0|]. now apply sum_sigma1_sq.
  - rewrite mean_scal. apply Rmult_le_compat_l; [apply Rmult_le_pos; apply pow2_ge_0|apply residual_mean_square].
Qed.

(** * The Lipschitz route: every lambda > G1 *)

Theorem v4_lipschitz_lower s W : 0 < s -> 0 <= lam -> G0 <= (lam - G1) * r W ->
  ((lam - G1) * r W - G0)^2 / s - A * r W - B - lam * N <= v4_expression p d L s W.
Proof.
  intros Hs Hl Hr.
  assert (E : v4_expression p d L s W =
    frob2 p d (fun j k => RG W j k + lam * W j k) / s - (RLap W + lam * N))
    by (apply v4_RG; auto using d_squared, d_squared1).
  rewrite E.
  pose proof (frob2_lower p d (RG W) W lam _ Hl (gradient_affine W)) as H.
  specialize (H ltac:(lra)). pose proof (laplacian_affine W).
  replace (lam * r W - (G0 + G1 * r W)) with ((lam - G1) * r W - G0) in H by ring.
  apply (Rmult_le_compat_r (/ s)) in H; [|apply Rlt_le, Rinv_0_lt_compat, Hs].
  unfold Rdiv. lra.
Qed.

Theorem v4_lipschitz s M W : 0 < s -> 0 <= M -> G1 < lam ->
  radius_quadratic (lam - G1) s G0 A (B + lam * N) M <= r W -> M <= v4_expression p d L s W.
Proof.
  intros Hs HM Hl Hr.
  assert (HG1 : 0 <= G1)
    by (unfold G1; repeat first [apply pow2_ge_0 | assumption | apply Rmult_le_pos]).
  assert (HN : 0 <= lam * N) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; apply pos_INR]).
  pose proof B_nonneg.
  destruct (quadratic_growth (lam - G1) s G0 A (B + lam * N) M (r W)) as [H1 H2];
    auto using G0_nonneg, A_nonneg; try lra.
  pose proof (v4_lipschitz_lower s W Hs ltac:(lra) H1). lra.
Qed.

(** * The Euler route: |z sigma'(z) - kappa sigma(z)| <= H *)

Section Euler.

Variables (kappa H Y1 Y2 : R).
Hypothesis HH : forall t, Rabs (t * sigma1 t - kappa * sigma t) <= H.

Definition gam : R := a1 * H.

Let Hp : 0 <= H := Rle_trans _ _ _ (Rabs_pos _) (HH 0).

Lemma gam_nonneg : 0 <= gam.
Proof. apply Rmult_le_pos; assumption. Qed.

Definition defect (W : weights) (i : nat) : R :=
  Sum p (fun j => a j * (Z W i j * sigma1 (Z W i j) - kappa * sigma (Z W i j))).

Lemma defect_bound W i : Rabs (defect W i) <= gam.
Proof.
  unfold defect, gam. apply Rle_trans with (1 := Sum_abs _ _).
  apply Rle_trans with (Sum p (fun j => Rabs (a j) * H)).
  - apply Sum_le; intros. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply HH].
  - rewrite Sum_scal_r. apply Rmult_le_compat_r; assumption.
Qed.

Lemma inner_RG_W W : inner p d (RG W) W =
  mean n (fun i => (NET W i - y i) * (kappa * NET W i + defect W i)).
Proof.
  assert (E : inner p d (RG W) W =
    mean n (fun i => squared1 (y i) (NET W i) * Sum p (fun j => a j * (sigma1 (Z W i j) * dot d (W j) (x i)))))
    by (eapply (inner_RG n p d x y a 0 sigma sigma1 squared squared1);
        auto using d_squared, d_squared1).
  rewrite E. apply mean_ext; intros i _. unfold squared1. f_equal.
  unfold net, defect. rewrite <- Sum_scal, <- Sum_plus. apply Sum_ext; intros j _. unfold z. ring.
Qed.

(** ** kappa > 0: completing the square, sample by sample *)

Definition C_euler : R := (kappa^2 * Y2 + 2 * kappa * gam * Y1 + gam^2) / (4 * kappa).

Theorem radial_euler W : 0 < kappa ->
  mean n (fun i => Rabs (y i)) <= Y1 -> mean n (fun i => (y i)^2) <= Y2 ->
  - C_euler <= inner p d (RG W) W.
Proof.
  intros Hk HY1 HY2. rewrite inner_RG_W. pose proof gam_nonneg as Hg.
  apply Rle_trans with (mean n (fun i => - ((kappa * Rabs (y i) + gam)^2 / (4 * kappa)))).
  - apply Rle_trans with
      (- ((kappa^2 * mean n (fun i => (y i)^2) + 2 * kappa * gam * mean n (fun i => Rabs (y i)) + gam^2) / (4 * kappa))).
    + apply Ropp_le_contravar. unfold C_euler. apply Rmult_le_compat_r.
      { apply Rlt_le, Rinv_0_lt_compat. lra. }
      apply Rplus_le_compat_r, Rplus_le_compat.
      * apply Rmult_le_compat_l; [apply pow2_ge_0|exact HY2].
      * apply Rmult_le_compat_l; [|exact HY1]. apply Rmult_le_pos; [lra|exact Hg].
    + right.
      replace (gam^2) with (mean n (fun _ => gam^2)) by (now apply mean_const).
      rewrite <- !mean_scal, <- !mean_plus.
      replace (- (mean n (fun i => kappa^2 * (y i)^2 + 2 * kappa * gam * Rabs (y i) + gam^2) / (4 * kappa)))
        with (- / (4 * kappa) * mean n (fun i => kappa^2 * (y i)^2 + 2 * kappa * gam * Rabs (y i) + gam^2))
        by (field; lra).
      rewrite <- mean_scal. apply mean_ext; intros i _. rewrite <- (pow2_abs (y i)). field. lra.
  - apply mean_le; [exact Hn|]. intros i _.
    set (f := NET W i). set (g := defect W i). set (v := y i).
    assert (Hgb : Rabs (g + kappa * v) <= kappa * Rabs v + gam).
    { apply Rle_trans with (1 := Rabs_triang _ _). rewrite Rabs_mult, (Rabs_pos_eq kappa) by lra.
      pose proof (defect_bound W i). fold g in H0. lra. }
    assert (Hsq : (g + kappa * v)^2 <= (kappa * Rabs v + gam)^2).
    { rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|exact Hgb]. }
    assert (E : (f - v) * (kappa * f + g)
              = (2 * kappa * f + g - kappa * v)^2 / (4 * kappa) - (g + kappa * v)^2 / (4 * kappa))
      by (field; lra).
    rewrite E.
    assert (Hi : 0 <= / (4 * kappa)) by (apply Rlt_le, Rinv_0_lt_compat; lra).
    assert (0 <= (2 * kappa * f + g - kappa * v)^2 / (4 * kappa))
      by (apply Rmult_le_pos; [apply pow2_ge_0|exact Hi]).
    apply (Rmult_le_compat_r (/ (4 * kappa))) in Hsq; [|exact Hi]. unfold Rdiv in *. lra.
Qed.

(** ** kappa = 0: bounded z sigma'(z) *)

Definition C_zero : R := gam * b.
Definition D_zero : R := gam * M1 * a2 * sqrt Lam.

Theorem radial_zero W : kappa = 0 -> - C_zero - D_zero * r W <= inner p d (RG W) W.
Proof.
  intros Hk. rewrite inner_RG_W. pose proof gam_nonneg as Hg. pose proof b_nonneg as Hb.
  pose proof (frob_nonneg p d W) as Hr. pose proof (sqrt_pos Lam) as Hs.
  set (Q := b + M1 * a2 * sqrt Lam * r W).
  assert (HQ : 0 <= Q) by (apply Rplus_le_le_0_compat; [exact Hb|repeat apply Rmult_le_pos; assumption]).
  replace (- C_zero - D_zero * r W) with (- (gam * Q)) by (unfold C_zero, D_zero, Q; ring).
  assert (H1 : Rabs (mean n (fun i => (NET W i - y i) * (kappa * NET W i + defect W i))) <= Q * gam).
  { apply sq_le; [now apply Rmult_le_pos|]. rewrite pow2_abs.
    apply Rle_trans with (1 := mean_Cauchy_Schwarz n (fun i => NET W i - y i) _ Hn).
    rewrite Rpow_mult_distr. apply Rmult_le_compat.
    - apply mean_nonneg; [exact Hn|intros; apply pow2_ge_0].
    - apply mean_nonneg; [exact Hn|intros; apply pow2_ge_0].
    - apply residual_mean_square.
    - apply mean_bound; [exact Hn|]. intros i _. rewrite Hk, Rmult_0_l, Rplus_0_l, <- pow2_abs.
      apply pow_incr. split; [apply Rabs_pos|apply defect_bound]. }
  apply Rabs_le_between in H1. lra.
Qed.

(** ** From a radial bound to V4 and to dissipativity *)

Variables (C D : R).
Hypothesis HC : 0 <= C.
Hypothesis HD : 0 <= D.
Hypothesis Hradial : forall W, - C - D * r W <= inner p d (RG W) W.

Theorem dissipative W : lam * frob2 p d W - C - D * r W <= inner p d (gradient L W) W.
Proof.
  assert (E : inner p d (gradient L W) W = inner p d (RG W) W + lam * frob2 p d W)
    by (eapply inner_gradient_W; eauto using d_squared, d_squared1).
  rewrite E. pose proof (Hradial W). lra.
Qed.

Theorem v4_euler_lower s W : 0 < s -> 1 <= r W -> C + D <= lam * r W ->
  (lam * r W - (C + D))^2 / s - A * r W - B - lam * N <= v4_expression p d L s W.
Proof.
  intros Hs Hr1 Hr.
  assert (E : v4_expression p d L s W =
    frob2 p d (fun j k => RG W j k + lam * W j k) / s - (RLap W + lam * N))
    by (apply v4_RG; auto using d_squared, d_squared1).
  rewrite E.
  set (g := frob p d (fun j k => RG W j k + lam * W j k)).
  assert (Hg : lam * r W - (C + D) <= g).
  { pose proof (inner_ge p d (fun j k => RG W j k + lam * W j k) W) as [_ Hi].
    rewrite inner_plus_scal, <- frob_sq in Hi. fold g in Hi. pose proof (Hradial W) as Hw.
    apply (Rmult_le_reg_r (r W)); [lra|].
    assert (C <= C * r W) by nra. nra. }
  assert (Hg2 : (lam * r W - (C + D))^2 <= frob2 p d (fun j k => RG W j k + lam * W j k)).
  { rewrite <- frob_sq. fold g. apply pow_incr. lra. }
  pose proof (laplacian_affine W).
  assert (H3 : (lam * r W - (C + D))^2 / s <= frob2 p d (fun j k => RG W j k + lam * W j k) / s)
    by (apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Hs|assumption]).
  lra.
Qed.

Definition radius_euler s M : R := Rmax 1 (radius_quadratic lam s (C + D) A (B + lam * N) M).

Theorem v4_euler s M W : 0 < lam -> 0 < s -> 0 <= M -> radius_euler s M <= r W ->
  M <= v4_expression p d L s W.
Proof.
  intros Hl Hs HM Hr. unfold radius_euler in Hr.
  assert (HN : 0 <= lam * N) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; apply pos_INR]).
  pose proof B_nonneg.
  destruct (quadratic_growth lam s (C + D) A (B + lam * N) M (r W)) as [H1 H2];
    auto using A_nonneg; try lra.
  { apply Rle_trans with (2 := Hr), Rmax_r. }
  pose proof (v4_euler_lower s W Hs ltac:(apply Rle_trans with (2 := Hr); apply Rmax_l) H1). lra.
Qed.

End Euler.

End Squared.
