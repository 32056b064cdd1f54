(** The squared loss with a nondecreasing activation close to a line: |sigma z - alpha z| <= S, alpha > 0, sigma' >= 0.
    Then |grad L| >= (lambda r - J_line)/Q_line, so that V4 holds for every lambda > 0. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations More Universal.
Open Scope R_scope.

(** * Root mean squares *)

Definition rms (n : nat) (u : nat -> R) : R := sqrt (mean n (fun i => (u i)^2)).

Lemma mean_sq_nonneg n u : (0 < n)%nat -> 0 <= mean n (fun i => (u i)^2).
Proof. intros Hn. apply mean_nonneg; [exact Hn|intros; apply pow2_ge_0]. Qed.

Lemma rms_nonneg n u : 0 <= rms n u.
Proof. apply sqrt_pos. Qed.

Lemma rms_sq n u : (0 < n)%nat -> (rms n u)^2 = mean n (fun i => (u i)^2).
Proof. intros Hn. unfold rms. apply pow2_sqrt, mean_sq_nonneg, Hn. Qed.

Lemma rms_le n u c : 0 <= c -> mean n (fun i => (u i)^2) <= c^2 -> rms n u <= c.
Proof. intros Hc H. unfold rms. rewrite <- (sqrt_pow2 c Hc). apply sqrt_le_1_alt, H. Qed.

Lemma rms_plus n u v : (0 < n)%nat -> rms n (fun i => u i + v i) <= rms n u + rms n v.
Proof.
  intros Hn. pose proof (rms_nonneg n u). pose proof (rms_nonneg n v).
  apply rms_le; [lra|]. apply mean_Minkowski; auto; rewrite rms_sq by exact Hn; lra.
Qed.

Lemma rms_scal n c u : (0 < n)%nat -> rms n (fun i => c * u i) = Rabs c * rms n u.
Proof.
  intros Hn. unfold rms. rewrite <- sqrt_Rsqr_abs, <- sqrt_mult_alt by apply Rle_0_sqr. f_equal.
  rewrite <- mean_scal. apply mean_ext; intros; unfold Rsqr; ring.
Qed.

Lemma rms_ext n u v : (forall i, (i < n)%nat -> u i = v i) -> rms n u = rms n v.
Proof. intros H. unfold rms. f_equal. apply mean_ext; intros i Hi. now rewrite H. Qed.

Section Line.

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

Variables (Lam By a1 a2 M1 alpha S : R).
Hypothesis HLam : forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v.
Hypothesis HLam0 : 0 <= Lam.
Hypothesis HBy : forall i, (i < n)%nat -> Rabs (y i) <= By.
Hypothesis Ha1 : Sum p (fun j => Rabs (a j)) <= a1.
Hypothesis Ha2 : Sum p (fun j => (a j)^2) <= a2^2.
Hypothesis Ha20 : 0 <= a2.
Hypothesis HM1 : forall t, Rabs (sigma1 t) <= M1.
Hypothesis Halpha : 0 < alpha.
Hypothesis HS : forall t, Rabs (sigma t - alpha * t) <= S.
Hypothesis Hrise : forall t, 0 <= sigma1 t.
Hypothesis Hlam : 0 < lam.

Let M1p : 0 <= M1 := Rle_trans _ _ _ (Rabs_pos _) (HM1 0).
Let a1p : 0 <= a1 := a1_nonneg p a a1 Ha1.
Let Sp : 0 <= S := Rle_trans _ _ _ (Rabs_pos _) (HS 0).
Let Byp : 0 <= By := Rle_trans _ _ _ (Rabs_pos _) (HBy 0%nat Hn).

Definition mu_line : R := alpha * M1 * a2^2 * Lam / lam.
Definition Q_line : R := 1 + (1 + mu_line) * mu_line.
Definition J_line : R := (1 + mu_line) * M1 * a2 * sqrt Lam * (a1 * S + By).

Lemma mu_nonneg : 0 <= mu_line.
Proof.
  unfold mu_line. apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat, Hlam].
  repeat apply Rmult_le_pos; try assumption; try lra.
Qed.

Lemma Q_pos : 1 <= Q_line.
Proof. unfold Q_line. pose proof mu_nonneg. nra. Qed.

Lemma J_nonneg : 0 <= J_line.
Proof.
  unfold J_line. pose proof mu_nonneg. pose proof (sqrt_pos Lam).
  assert (0 <= a1 * S + By) by (apply Rplus_le_le_0_compat; [now apply Rmult_le_pos|exact Byp]).
  repeat apply Rmult_le_pos; try assumption; lra.
Qed.

Section Point.

Variable W : weights.

Local Definition e (i : nat) : R := squared1 (y i) (NET W i).
Local Definition D (i : nat) : R := Sum p (fun j => (a j)^2 * sigma1 (Z W i j)).
Local Definition G : weights := fun j k => RG W j k + lam * W j k.
Local Definition V (k : nat) : R := Sum p (fun j => a j * G j k).
Local Definition u (k : nat) : R := mean n (fun i => e i * D i * x i k).
Local Definition off (i : nat) : R := Sum p (fun j => a j * (sigma (Z W i j) - alpha * Z W i j)) - y i.
Local Definition t (i : nat) : R := alpha * dot d V (x i) + lam * off i.

Lemma V_split k : V k = u k + lam * Sum p (fun j => a j * W j k).
Proof.
  unfold V, G, u, Routes.RG.
  transitivity (Sum p (fun j => mean n (fun i => e i * ((a j)^2 * sigma1 (Z W i j)) * x i k)) + lam * Sum p (fun j => a j * W j k)).
  - rewrite <- Sum_scal, <- Sum_plus. apply Sum_ext; intros j _.
    rewrite Rmult_plus_distr_l, <- mean_scal. f_equal; [|ring]. apply mean_ext; intros i _. unfold e. ring.
  - f_equal. rewrite Sum_mean_swap. apply mean_ext; intros i _. unfold D.
    rewrite <- Sum_scal, <- Sum_scal_r. apply Sum_ext; intros; ring.
Qed.

Lemma dot_V i : dot d V (x i) = dot d u (x i) + lam * Sum p (fun j => a j * Z W i j).
Proof.
  unfold dot at 1.
  transitivity (Sum d (fun k => u k * x i k) + lam * Sum d (fun k => Sum p (fun j => a j * W j k * x i k))).
  - rewrite <- Sum_scal, <- Sum_plus. apply Sum_ext; intros k _. rewrite V_split, Sum_scal_r. ring.
  - unfold dot at 1. f_equal. f_equal. rewrite Sum_swap. apply Sum_ext; intros j _. unfold z, dot.
    rewrite <- Sum_scal. apply Sum_ext; intros; ring.
Qed.

Lemma e_off i : e i = alpha * Sum p (fun j => a j * Z W i j) + off i.
Proof.
  unfold e, squared1, off, net. rewrite <- Sum_scal.
  replace (Sum p (fun j => a j * (sigma (Z W i j) - alpha * Z W i j)))
    with (Sum p (fun j => a j * sigma (Z W i j)) - Sum p (fun j => alpha * (a j * Z W i j))); [ring|].
  rewrite <- Sum_minus. apply Sum_ext; intros; ring.
Qed.

(** (lambda + alpha K D) e = t *)
Lemma system i : lam * e i + alpha * dot d u (x i) = t i.
Proof. unfold t. rewrite dot_V, e_off. ring. Qed.

Lemma D_range i : 0 <= D i <= M1 * a2^2.
Proof.
  unfold D. split.
  - apply Sum_nonneg; intros j _. apply Rmult_le_pos; [apply pow2_ge_0|apply Hrise].
  - apply Rle_trans with (Sum p (fun j => (a j)^2 * M1)).
    + apply Sum_le; intros j _. apply Rmult_le_compat_l; [apply pow2_ge_0|]. apply Rle_trans with (1 := Rle_abs _), HM1.
    + rewrite Sum_scal_r, Rmult_comm. apply Rmult_le_compat_l; assumption.
Qed.

Local Definition P : R := mean n (fun i => D i * (e i)^2).

Lemma P_nonneg : 0 <= P.
Proof. apply mean_nonneg; [exact Hn|]. intros i _. apply Rmult_le_pos; [apply D_range|apply pow2_ge_0]. Qed.

Lemma u_u : mean n (fun i => D i * e i * dot d u (x i)) = dot d u u.
Proof.
  transitivity (Sum d (fun k => u k * u k)); [|reflexivity].
  transitivity (Sum d (fun k => mean n (fun i => u k * (e i * D i * x i k)))).
  - rewrite Sum_mean_swap. apply mean_ext; intros i _. unfold dot. rewrite <- Sum_scal. apply Sum_ext; intros; ring.
  - apply Sum_ext; intros k _. rewrite mean_scal. reflexivity.
Qed.

Lemma energy : lam * P + alpha * dot d u u = mean n (fun i => D i * e i * t i).
Proof.
  rewrite <- u_u. unfold P. rewrite <- !mean_scal, <- mean_plus. apply mean_ext; intros i _. rewrite <- system. ring.
Qed.

Lemma u_nonneg : 0 <= dot d u u.
Proof. apply dot_self_nonneg. Qed.

(** lambda^2 P <= |D| mean t^2 *)
Lemma P_bound : lam^2 * P <= M1 * a2^2 * (rms n t)^2.
Proof.
  set (m := M1 * a2^2). assert (Hm : 0 <= m) by (destruct (D_range 0); unfold m; lra).
  pose proof P_nonneg as HP. pose proof u_nonneg as Hu. pose proof energy as HE.
  assert (HC : (mean n (fun i => D i * e i * t i))^2 <= P * (m * (rms n t)^2)).
  { apply Rle_trans with (mean n (fun i => (sqrt (D i) * e i)^2) * mean n (fun i => (sqrt (D i) * t i)^2)).
    - apply Rle_trans with (2 := mean_Cauchy_Schwarz n _ _ Hn). right. f_equal. apply mean_ext; intros i _.
      destruct (D_range i) as [H _]. rewrite <- (sqrt_sqrt (D i) H) at 1. ring.
    - rewrite rms_sq by exact Hn. apply Rmult_le_compat; try (apply mean_sq_nonneg, Hn).
      + right. unfold P. apply mean_ext; intros i _. destruct (D_range i) as [H _]. rewrite Rpow_mult_distr, pow2_sqrt by exact H. ring.
      + rewrite <- mean_scal. apply mean_le; [exact Hn|]. intros i _. destruct (D_range i) as [H H1].
        rewrite Rpow_mult_distr, pow2_sqrt by exact H. apply Rmult_le_compat_r; [apply pow2_ge_0|exact H1]. }
  assert (HL : (lam * P)^2 <= P * (m * (rms n t)^2)).
  { apply Rle_trans with (2 := HC). apply pow_incr. split; [apply Rmult_le_pos; lra|].
    assert (0 <= alpha * dot d u u) by (apply Rmult_le_pos; lra). lra. }
  destruct (Rle_lt_or_eq_dec 0 P HP) as [Hpos|H0].
  - apply (Rmult_le_reg_l P); [exact Hpos|]. replace (P * (lam^2 * P)) with ((lam * P)^2) by ring. exact HL.
  - rewrite <- H0. rewrite Rmult_0_r. apply Rmult_le_pos; [exact Hm|apply pow2_ge_0].
Qed.

Lemma u_bound : dot d u u <= Lam * (M1 * a2^2) * P.
Proof.
  set (m := M1 * a2^2). assert (Hm : 0 <= m) by (destruct (D_range 0); unfold m; lra).
  pose proof P_nonneg as HP. pose proof u_nonneg as Hu.
  assert (HC : (dot d u u)^2 <= (m * P) * (Lam * dot d u u)).
  { rewrite <- u_u at 1. apply Rle_trans with (1 := mean_Cauchy_Schwarz n (fun i => D i * e i) (fun i => dot d u (x i)) Hn).
    apply Rmult_le_compat; try (apply mean_sq_nonneg, Hn); [|apply HLam].
    unfold P. rewrite <- mean_scal. apply mean_le; [exact Hn|]. intros i _. destruct (D_range i) as [H H1].
    replace ((D i * e i)^2) with (D i * (D i * (e i)^2)) by ring.
    apply Rmult_le_compat_r; [apply Rmult_le_pos; [exact H|apply pow2_ge_0]|exact H1]. }
  destruct (Rle_lt_or_eq_dec 0 _ Hu) as [Hpos|H0].
  - apply (Rmult_le_reg_l (dot d u u)); [exact Hpos|]. simpl in HC. lra.
  - rewrite <- H0. apply Rmult_le_pos; [apply Rmult_le_pos; assumption|exact HP].
Qed.

(** lambda rms e <= (1 + mu_line) rms t *)
Lemma e_bound : lam * rms n e <= (1 + mu_line) * rms n t.
Proof.
  pose proof (rms_nonneg n t) as Ht.
  assert (Hv : rms n (fun i => dot d u (x i)) <= M1 * a2^2 * Lam / lam * rms n t).
  { assert (H0 : 0 <= M1 * a2^2 * Lam / lam * rms n t).
    { apply Rmult_le_pos; [|exact Ht]. apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat, Hlam].
      repeat apply Rmult_le_pos; try assumption; lra. }
    apply rms_le; [exact H0|]. apply Rle_trans with (1 := HLam u).
    apply Rle_trans with (Lam * (Lam * (M1 * a2^2) * P)); [apply Rmult_le_compat_l; [exact HLam0|exact u_bound]|].
    apply (Rmult_le_reg_l (lam^2)); [apply pow_lt, Hlam|].
    replace (lam^2 * (M1 * a2^2 * Lam / lam * rms n t)^2) with (Lam^2 * (M1 * a2^2) * (M1 * a2^2 * (rms n t)^2)) by (field; lra).
    replace (lam^2 * (Lam * (Lam * (M1 * a2^2) * P))) with (Lam^2 * (M1 * a2^2) * (lam^2 * P)) by ring.
    apply Rmult_le_compat_l; [|exact P_bound]. repeat apply Rmult_le_pos; try assumption; lra. }
  assert (E : lam * rms n e = rms n (fun i => t i + - alpha * dot d u (x i))).
  { rewrite <- (Rabs_pos_eq lam) at 1 by lra. rewrite <- rms_scal by exact Hn. apply rms_ext; intros i _. rewrite <- system. ring. }
  rewrite E. apply Rle_trans with (1 := rms_plus n _ _ Hn). rewrite rms_scal, Rabs_Ropp, Rabs_pos_eq by (exact Hn || lra).
  apply (Rmult_le_compat_l alpha) in Hv; [|lra].
  replace (alpha * (M1 * a2^2 * Lam / lam * rms n t)) with (mu_line * rms n t) in Hv by (unfold mu_line; field; lra). lra.
Qed.

Lemma V_bound : sqrt (dot d V V) <= a2 * frob p d G.
Proof.
  pose proof (frob_nonneg p d G). rewrite <- (sqrt_pow2 (a2 * frob p d G)) by (apply Rmult_le_pos; assumption).
  apply sqrt_le_1_alt. rewrite Rpow_mult_distr, frob_sq. unfold frob2. rewrite Sum_swap, <- Sum_scal.
  apply Sum_le; intros k _. unfold V. replace (Sum p (fun j => a j * G j k) * Sum p (fun j => a j * G j k)) with ((Sum p (fun j => a j * G j k))^2) by ring.
  apply Rle_trans with (1 := Cauchy_Schwarz p _ _). apply Rmult_le_compat_r; [|exact Ha2].
  apply Sum_nonneg; intros; apply pow2_ge_0.
Qed.

Lemma off_bound i : (i < n)%nat -> Rabs (off i) <= a1 * S + By.
Proof.
  intros Hi. unfold off, Rminus. apply Rle_trans with (1 := Rabs_triang _ _). rewrite Rabs_Ropp.
  apply Rplus_le_compat; [|now apply HBy].
  apply Rle_trans with (1 := Sum_abs _ _). apply Rle_trans with (Sum p (fun j => Rabs (a j) * S)).
  - apply Sum_le; intros j _. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply HS].
  - rewrite Sum_scal_r. apply Rmult_le_compat_r; [exact Sp|exact Ha1].
Qed.

Lemma t_bound : rms n t <= alpha * sqrt Lam * a2 * frob p d G + lam * (a1 * S + By).
Proof.
  unfold t. apply Rle_trans with (1 := rms_plus n _ _ Hn). rewrite !rms_scal, !Rabs_pos_eq by (exact Hn || lra).
  apply Rplus_le_compat.
  - rewrite !Rmult_assoc. apply Rmult_le_compat_l; [lra|].
    apply Rle_trans with (sqrt Lam * sqrt (dot d V V)); [|apply Rmult_le_compat_l; [apply sqrt_pos|exact V_bound]].
    rewrite <- sqrt_mult_alt by exact HLam0. unfold rms. apply sqrt_le_1_alt, HLam.
  - apply Rmult_le_compat_l; [lra|]. apply rms_le; [apply Rplus_le_le_0_compat; [now apply Rmult_le_pos|exact Byp]|].
    apply mean_bound; [exact Hn|]. intros i Hi. rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|now apply off_bound].
Qed.

Lemma RG_bound : frob p d (RG W) <= M1 * a2 * sqrt Lam * rms n e.
Proof.
  pose proof (sqrt_pos Lam). pose proof (rms_nonneg n e).
  apply sq_le; [repeat apply Rmult_le_pos; assumption|]. rewrite frob_sq.
  assert (HR : frob2 p d (RG W) <= Lam * mean n (fun i => (squared1 (y i) (NET W i))^2 * Sum p (fun j => (a j)^2 * (sigma1 (Z W i j))^2)))
    by (apply RG_Lam; assumption).
  apply Rle_trans with (1 := HR). rewrite !Rpow_mult_distr, (pow2_sqrt Lam HLam0), (rms_sq n e Hn).
  replace (M1^2 * a2^2 * Lam * mean n (fun i => (e i)^2)) with (Lam * (a2^2 * M1^2 * mean n (fun i => (e i)^2))) by ring.
  apply Rmult_le_compat_l; [exact HLam0|]. rewrite <- mean_scal. apply mean_le; [exact Hn|]. intros i _. rewrite Rmult_comm.
  apply Rmult_le_compat_r; [apply pow2_ge_0|]. now apply sum_sigma1_sq.
Qed.

(** |grad L| >= (lambda r - J_line)/Q_line *)
Theorem gradient_line : lam * r W - J_line <= Q_line * frob p d G.
Proof.
  pose proof (frob_nonneg p d W) as Hr. pose proof (frob_nonneg p d G) as HG. pose proof (frob_nonneg p d (RG W)) as HR.
  assert (Htri : lam * r W <= frob p d G + frob p d (RG W)).
  { destruct (Rle_lt_or_eq_dec 0 _ Hr) as [Hpos|H0]; [|rewrite <- H0; lra].
    pose proof (inner_ge p d G W) as [_ H1]. pose proof (inner_ge p d (RG W) W) as [H2 _].
    unfold G in H1 at 1. rewrite inner_plus_scal, <- frob_sq in H1.
    apply (Rmult_le_reg_r (r W)); [exact Hpos|]. simpl in H1. lra. }
  pose proof RG_bound as HB. pose proof e_bound as He. pose proof t_bound as Ht. pose proof mu_nonneg as Hmu.
  assert (Hc : 0 <= M1 * a2 * sqrt Lam) by (repeat apply Rmult_le_pos; try assumption; apply sqrt_pos).
  assert (He' : lam * rms n e <= (1 + mu_line) * (alpha * sqrt Lam * a2 * frob p d G + lam * (a1 * S + By))).
  { apply Rle_trans with (1 := He). apply Rmult_le_compat_l; [lra|exact Ht]. }
  assert (HB' : lam * frob p d (RG W) <= M1 * a2 * sqrt Lam * ((1 + mu_line) * (alpha * sqrt Lam * a2 * frob p d G + lam * (a1 * S + By)))).
  { apply Rle_trans with (lam * (M1 * a2 * sqrt Lam * rms n e)); [apply Rmult_le_compat_l; [lra|exact HB]|].
    replace (lam * (M1 * a2 * sqrt Lam * rms n e)) with (M1 * a2 * sqrt Lam * (lam * rms n e)) by ring.
    apply Rmult_le_compat_l; [exact Hc|exact He']. }
  assert (E : M1 * a2 * sqrt Lam * ((1 + mu_line) * (alpha * sqrt Lam * a2 * frob p d G + lam * (a1 * S + By)))
            = lam * ((1 + mu_line) * mu_line * frob p d G + J_line)).
  { unfold J_line. assert (Hs : sqrt Lam * sqrt Lam = Lam) by (apply sqrt_sqrt, HLam0).
    transitivity ((1 + mu_line) * (alpha * M1 * a2^2 * (sqrt Lam * sqrt Lam)) * frob p d G + lam * ((1 + mu_line) * M1 * a2 * sqrt Lam * (a1 * S + By))); [ring|].
    rewrite Hs. replace (alpha * M1 * a2^2 * Lam) with (lam * mu_line) by (unfold mu_line; field; lra). ring. }
  rewrite E in HB'. apply (Rmult_le_reg_l lam) in HB'; [|exact Hlam]. unfold Q_line. lra.
Qed.

End Point.

Variables (X2 Bx M2 s0 : R).
Hypothesis HX2 : mean n (fun i => dot d (x i) (x i)) <= X2.
Hypothesis HBx : forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx^2.
Hypothesis HBx0 : 0 <= Bx.
Hypothesis HM2 : forall t, Rabs (sigma2 t) <= M2.
Hypothesis Hs0 : Rabs (sigma 0) <= s0.

Local Notation A := (A X2 Bx a1 a2 M1 M2).
Local Notation B := (B X2 By a1 a2 M1 M2 s0).

Theorem v4_line_lower s W : 0 < s -> J_line <= lam * r W ->
  (lam * r W - J_line)^2 / (s * Q_line^2) - A * r W - B - lam * N <= v4_expression p d L s W.
Proof.
  intros Hs Hr.
  assert (E : v4_expression p d L s W =
    frob2 p d (G W) / s - (RLap n p d x y a sigma sigma1 sigma2 squared1 squared2 W + lam * N))
    by (apply v4_RG; auto using d_squared, d_squared1).
  rewrite E. pose proof Q_pos as HQ. pose proof (gradient_line W) as Hg.
  assert (Hl : RLap n p d x y a sigma sigma1 sigma2 squared1 squared2 W <= A * r W + B) by (eapply laplacian_affine; eauto).
  assert (Hsq : (lam * r W - J_line)^2 <= Q_line^2 * frob2 p d (G W)).
  { rewrite <- frob_sq, <- Rpow_mult_distr. apply pow_incr. lra. }
  assert (Hd : (lam * r W - J_line)^2 / (s * Q_line^2) <= frob2 p d (G W) / s).
  { apply (Rmult_le_reg_r (s * Q_line^2)); [apply Rmult_lt_0_compat; [exact Hs|apply pow_lt; lra]|].
    replace ((lam * r W - J_line)^2 / (s * Q_line^2) * (s * Q_line^2)) with ((lam * r W - J_line)^2) by (field; split; lra).
    replace (frob2 p d (G W) / s * (s * Q_line^2)) with (Q_line^2 * frob2 p d (G W)) by (field; lra). exact Hsq. }
  lra.
Qed.

Theorem v4_line s M W : 0 < s -> 0 <= M -> radius_quadratic lam (s * Q_line^2) J_line A (B + lam * N) M <= r W ->
  M <= v4_expression p d L s W.
Proof.
  intros Hs HM Hr. pose proof Q_pos as HQ.
  assert (HN : 0 <= lam * N) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; apply pos_INR]).
  assert (HB0 : 0 <= B) by (eapply B_nonneg; eauto).
  assert (HA0 : 0 <= A) by (eapply A_nonneg; eauto).
  assert (Hq : 0 < s * Q_line^2) by (apply Rmult_lt_0_compat; [exact Hs|apply pow_lt; lra]).
  destruct (quadratic_growth lam (s * Q_line^2) J_line A (B + lam * N) M (r W)) as [H1 H2]; auto using J_nonneg; try lra.
  pose proof (v4_line_lower s W Hs H1). lra.
Qed.

End Line.

(** What a certificate instantiates. *)

Definition near_line (sigma : R -> R) (alpha S : R) : Prop := forall t, Rabs (sigma t - alpha * t) <= S.

Theorem v4_squared_line sigma sigma1 sigma2 M1 M2 (Act : Activation sigma sigma1 sigma2 M1 M2)
  n p d x y a lam s Lam X2 Bx By Y1 Y2 a1 a2 ainf (Dat : Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf) alpha S s0 M W :
  0 < lam -> 0 < s -> 0 <= M -> 0 < alpha -> near_line sigma alpha S -> (forall t, 0 <= sigma1 t) -> Rabs (sigma 0) <= s0 ->
  radius_quadratic lam (s * (Q_line lam Lam a2 M1 alpha)^2) (J_line lam Lam By a1 a2 M1 alpha S) (A X2 Bx a1 a2 M1 M2)
    (B X2 By a1 a2 M1 M2 s0 + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d (objective n p d x y a lam sigma squared) s W.
Proof. intros Hl Hs HM Ha Hline Hrise Hs0 Hr. destruct Dat, Act. eapply v4_line; eauto. Qed.

Theorem villani_squared_line sigma sigma1 sigma2 M1 M2 (Act : Activation sigma sigma1 sigma2 M1 M2) n p d x y a lam s alpha S :
  (0 < n)%nat -> 0 < lam -> 0 < s -> 0 < alpha -> near_line sigma alpha S -> (forall t, 0 <= sigma1 t) ->
  Villani p d (objective n p d x y a lam sigma squared) s.
Proof.
  intros Hn Hl Hs Ha Hline Hrise. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  eapply (V123_squared sigma sigma1 sigma2 M1 M2 Act); auto. intros M W HM Hr.
  eapply (v4_squared_line sigma sigma1 sigma2 M1 M2 Act _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ Dat alpha S (Rabs (sigma 0))); auto; [lra|exact Hr].
Qed.

(** z + c sin z with |c| <= 1. *)
Lemma near_wavy c : near_line (wavy c) 1 (Rabs c).
Proof.
  intros t. unfold wavy. replace (t + c * sin t - 1 * t) with (c * sin t) by ring. rewrite Rabs_mult.
  rewrite <- (Rmult_1_r (Rabs c)) at 2. apply Rmult_le_compat_l; [apply Rabs_pos|]. apply Rabs_le, SIN_bound.
Qed.

Lemma rise_wavy c t : Rabs c <= 1 -> 0 <= wavy1 c t.
Proof.
  intros Hc. unfold wavy1. pose proof (COS_bound t) as Ht. apply Rabs_le in Ht.
  assert (Rabs (c * cos t) <= 1 * 1) by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption).
  pose proof (Rle_abs (- (c * cos t))) as H1. rewrite Rabs_Ropp in H1. lra.
Qed.

(** Snake: z + sin^2 z, whose slope is (sin z + cos z)^2. *)
Lemma near_snake : near_line snake 1 1.
Proof.
  intros t. unfold snake. replace (t + sin t ^ 2 - 1 * t) with (sin t ^ 2) by ring.
  pose proof (SIN_bound t). rewrite Rabs_pos_eq by apply pow2_ge_0. nra.
Qed.

Lemma rise_snake t : 0 <= snake1 t.
Proof.
  unfold snake1. pose proof (sin2_cos2 t) as H. unfold Rsqr in H. pose proof (pow2_ge_0 (sin t + cos t)). nra.
Qed.

Lemma near_ext s s' alpha beta S : (forall t, s t = s' t) -> alpha = beta -> near_line s alpha S -> near_line s' beta S.
Proof. intros E <- H t. rewrite <- E. apply H. Qed.

Lemma near_scaled s A c alpha S : near_line s alpha S -> near_line (scaled s A c) (A * c * alpha) (Rabs A * S).
Proof.
  intros H t. unfold scaled. replace (A * s (c * t) - A * c * alpha * t) with (A * (s (c * t) - alpha * (c * t))) by ring.
  rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply H].
Qed.

Lemma rise_scaled s1 A c : (forall t, 0 <= s1 t) -> 0 <= A * c -> forall t, 0 <= scaled1 s1 A c t.
Proof.
  intros H Hc t. unfold scaled1. replace (A * (s1 (c * t) * c)) with (A * c * s1 (c * t)) by ring. apply Rmult_le_pos; [exact Hc|apply H].
Qed.
