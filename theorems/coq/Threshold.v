(** Two trained layers, squared loss, a bounded activation: V4 holds for every s below
      s_0 = inf_(v >= 0) (lambda_a + v)^2 / (c_1 + c_2 v) = 4 (lambda_a - m)/c_2 + m^2/c_1,  m = min(lambda_a, 2 c_1/c_2),
    where c_1 |a|^2 + c_2 E^2 bounds the Laplacian of the risk in the hidden weights, E^2 the mean of the squared
    residuals. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Squared Villani Curve Two.
Open Scope R_scope.

(** * One variable *)

(** The threshold in closed form. *)
Definition threshold (lam c1 c2 : R) : R :=
  let m := Rmin lam (2 * c1 / c2) in 4 * (lam - m) / c2 + m^2 / c1.

Lemma threshold_below lam c1 c2 v : 0 < lam -> 0 < c1 -> 0 < c2 -> 0 <= v ->
  threshold lam c1 c2 * (c1 + c2 * v) <= (lam + v)^2.
Proof.
  intros Hl H1 H2 Hv. unfold threshold, Rmin. destruct (Rle_dec lam (2 * c1 / c2)) as [H|H].
  - assert (H3 : lam * c2 <= 2 * c1).
    { apply (Rmult_le_compat_r c2) in H; [|lra]. replace (2 * c1 / c2 * c2) with (2 * c1) in H by (field; lra). exact H. }
    replace ((4 * (lam - lam) / c2 + lam^2 / c1) * (c1 + c2 * v)) with (lam^2 + lam * v * (lam * c2 / c1)) by (field; lra).
    assert (lam * c2 / c1 <= 2).
    { apply (Rmult_le_reg_r c1); [exact H1|]. replace (lam * c2 / c1 * c1) with (lam * c2) by (field; lra). lra. }
    assert (0 <= lam * v) by nra. nra.
  - replace ((lam + v)^2) with ((4 * (lam - 2 * c1 / c2) / c2 + (2 * c1 / c2)^2 / c1) * (c1 + c2 * v)
                                + (v - lam + 2 * c1 / c2)^2) by (field; lra).
    pose proof (pow2_ge_0 (v - lam + 2 * c1 / c2)). lra.
Qed.

Lemma threshold_small lam c1 c2 : 0 < c2 -> lam <= 2 * c1 / c2 -> threshold lam c1 c2 = lam^2 / c1.
Proof. intros H2 H. unfold threshold. rewrite Rmin_left by exact H. unfold Rdiv. ring. Qed.

(** The head alone: the radial part of its gradient beats the Laplacian, uniformly in E. *)
Section Head.

Variables (lam s s0 c1 c2 Y : R).
Hypothesis Hlam : 0 < lam.
Hypothesis Hs : 0 < s < s0.
Hypothesis Hinf : forall v, 0 <= v -> s0 * (c1 + c2 * v) <= (lam + v)^2.

Definition eta : R := Y^2 / lam + 1.
Definition kappa : R := / s - / s0.

Lemma kappa_pos : 0 < kappa.
Proof. unfold kappa. apply Rlt_Rminus, Rinv_lt_contravar; [nra|lra]. Qed.

Lemma eta_pos : 0 < eta.
Proof.
  unfold eta. assert (0 <= Y^2 / lam); [|lra].
  apply Rmult_le_pos; [apply pow2_ge_0|apply Rlt_le, Rinv_0_lt_compat, Hlam].
Qed.

Lemma eta_absorbs g : g * Y <= eta * (lam + g^2).
Proof.
  unfold eta. assert (0 <= Y^2 / lam).
  { apply Rmult_le_pos; [apply pow2_ge_0|apply Rlt_le, Rinv_0_lt_compat, Hlam]. }
  replace ((Y^2 / lam + 1) * (lam + g^2)) with (Y^2 + Y^2 / lam * g^2 + lam + g^2) by (field; lra).
  pose proof (pow2_ge_0 (g - Y / 2)). pose proof (pow2_ge_0 g). pose proof (pow2_ge_0 Y). nra.
Qed.

Definition head_radius (T : R) : R := eta + 4 * eta / (s * kappa) + 1 + 2 * Rabs T / (lam^2 * kappa).

Theorem head_wins alpha E T : head_radius T <= alpha ->
  T <= ((lam * alpha + (E^2 - E * Y) / alpha)^2) / s - c1 * alpha^2 - c2 * E^2.
Proof.
  intros Ha. pose proof kappa_pos as Hk. pose proof eta_pos as He.
  assert (Hsk : 0 < s * kappa) by (apply Rmult_lt_0_compat; lra).
  assert (Hlk : 0 < lam^2 * kappa) by (apply Rmult_lt_0_compat; [nra|lra]).
  assert (H1 : 0 <= 4 * eta / (s * kappa)) by (apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat, Hsk]).
  assert (H2 : 0 <= 2 * Rabs T / (lam^2 * kappa)).
  { apply Rmult_le_pos; [pose proof (Rabs_pos T); lra|apply Rlt_le, Rinv_0_lt_compat, Hlk]. }
  unfold head_radius in Ha. set (g := E / alpha).
  assert (Ha0 : 0 < alpha) by lra.
  assert (EE : E = alpha * g) by (unfold g; field; lra).
  set (u := lam + g^2). assert (Hu : lam <= u) by (unfold u; pose proof (pow2_ge_0 g); lra).
  assert (EP : lam * alpha + (E^2 - E * Y) / alpha = alpha * u - g * Y).
  { rewrite EE. unfold u. field. lra. }
  rewrite EP.
  assert (HP : u * (alpha - eta) <= alpha * u - g * Y) by (pose proof (eta_absorbs g); unfold u in *; lra).
  assert (HP2 : (u * (alpha - eta))^2 <= (alpha * u - g * Y)^2) by (apply pow_incr; split; [nra|exact HP]).
  assert (HL : c1 * alpha^2 + c2 * E^2 <= u^2 * alpha^2 / s0).
  { apply (Rmult_le_reg_l s0); [lra|].
    replace (s0 * (u^2 * alpha^2 / s0)) with (u^2 * alpha^2) by (field; lra).
    rewrite EE. pose proof (Hinf (g^2) (pow2_ge_0 g)) as Hi. fold u in Hi. pose proof (pow2_ge_0 alpha). nra. }
  assert (HQ : Rabs T / lam^2 <= (alpha - eta)^2 / s - alpha^2 / s0).
  { replace ((alpha - eta)^2 / s - alpha^2 / s0)
      with (kappa / 2 * alpha^2 + alpha * (kappa / 2 * alpha - 2 * eta / s) + eta^2 / s) by (unfold kappa; field; lra).
    assert (0 <= kappa / 2 * alpha - 2 * eta / s).
    { assert (Hq : kappa / 2 * (4 * eta / (s * kappa)) <= kappa / 2 * alpha) by (apply Rmult_le_compat_l; lra).
      replace (kappa / 2 * (4 * eta / (s * kappa))) with (2 * eta / s) in Hq by (field; lra). lra. }
    assert (0 <= eta^2 / s) by (apply Rmult_le_pos; [apply pow2_ge_0|apply Rlt_le, Rinv_0_lt_compat; lra]).
    assert (HT : Rabs T / lam^2 <= kappa / 2 * alpha).
    { assert (Hq : kappa / 2 * (2 * Rabs T / (lam^2 * kappa)) <= kappa / 2 * alpha) by (apply Rmult_le_compat_l; lra).
      replace (kappa / 2 * (2 * Rabs T / (lam^2 * kappa))) with (Rabs T / lam^2) in Hq by (field; lra). exact Hq. }
    assert (kappa / 2 * alpha <= kappa / 2 * alpha^2) by (apply Rmult_le_compat_l; [lra|nra]).
    assert (0 <= alpha * (kappa / 2 * alpha - 2 * eta / s)) by (apply Rmult_le_pos; lra). lra. }
  assert (HTl : 0 <= Rabs T / lam^2).
  { apply Rmult_le_pos; [apply Rabs_pos|apply Rlt_le, Rinv_0_lt_compat; nra]. }
  apply Rle_trans with (Rabs T); [apply Rle_abs|].
  apply Rle_trans with (u^2 * ((alpha - eta)^2 / s - alpha^2 / s0)).
  - apply Rle_trans with (lam^2 * (Rabs T / lam^2)); [right; field; lra|].
    apply Rmult_le_compat; [apply pow2_ge_0|exact HTl|apply pow_incr; lra|exact HQ].
  - replace (u^2 * ((alpha - eta)^2 / s - alpha^2 / s0)) with ((u * (alpha - eta))^2 / s - u^2 * alpha^2 / s0)
      by (field; lra).
    assert ((u * (alpha - eta))^2 / s <= (alpha * u - g * Y)^2 / s).
    { apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|exact HP2]. }
    lra.
Qed.

End Head.

Lemma defect_nonneg c T u v : 0 < c -> v^2 <= 4 * c * (T - u^2) -> 0 <= T - u^2.
Proof.
  intros Hc H. pose proof (pow2_ge_0 v). apply (Rmult_le_reg_l (4 * c)); lra.
Qed.

(** * The net *)

Section Net.

Variables (n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (lamW lama : R).
Variables (sigma sigma1 sigma2 : R -> R).
Hypothesis Ds : forall t, is_derive sigma t (sigma1 t).
Hypothesis Ds1 : forall t, is_derive sigma1 t (sigma2 t).
Hypothesis Hn : (0 < n)%nat.
Hypothesis HmuW : forall j k, (k < d)%nat -> mu j k = lamW.
Hypothesis Hmua : forall j, mu j d = lama.
Hypothesis HlamW : 0 < lamW.
Hypothesis Hlama : 0 < lama.

Variables (S0 M1 X2 : R).
Hypothesis HS0 : forall t, Rabs (sigma t) <= S0.
Hypothesis HM1 : forall t, Rabs (sigma1 t) <= M1.
Hypothesis HX2 : mean n (fun i => dot d (x i) (x i)) <= X2.

Local Notation zz W i j := (dot d (W j) (x i)).
Local Notation out := (both p d x sigma).
Local Notation L := (both_cost n p d x y mu sigma squared).
Local Notation grad := (slope n y mu out (both1 d x sigma sigma1) squared1).

Definition err (W : weights) (i : nat) : R := out i W - y i.
Definition E2 (W : weights) : R := mean n (fun i => (err W i)^2).
Definition head2 (W : weights) : R := Sum p (fun j => (W j d)^2).
Definition below2 (W : weights) : R := frob2 p d W.

(** The Laplacian of the risk in the hidden weights. *)
Definition hidden_laplacian (W : weights) : R :=
  mean n (fun i => dot d (x i) (x i)
    * Sum p (fun j => (W j d)^2 * (sigma1 (zz W i j))^2 + err W i * (W j d * sigma2 (zz W i j)))).

Lemma E2_nonneg W : 0 <= E2 W.
Proof. apply mean_nonneg; [exact Hn|intros; apply pow2_ge_0]. Qed.

Lemma head2_nonneg W : 0 <= head2 W.
Proof. apply Sum_nonneg; intros; apply pow2_ge_0. Qed.

Lemma S0_nonneg : 0 <= S0.
Proof. apply Rle_trans with (2 := HS0 0), Rabs_pos. Qed.

Lemma sigma_sq t : (sigma t)^2 <= S0^2.
Proof. rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|apply HS0]. Qed.

Lemma sigma1_sq t : (sigma1 t)^2 <= M1^2.
Proof. rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|apply HM1]. Qed.

Lemma frob2_split W : frob2 p (S d) W = below2 W + head2 W.
Proof. unfold below2, head2, frob2. rewrite <- Sum_plus. reflexivity. Qed.

(** The whole Laplacian. *)
Lemma laplacian_both W :
  Sum p (fun j => Sum (S d) (fun k => bend n y mu out (both1 d x sigma sigma1) (both2 d x sigma2) squared1 squared2 W j k))
  <= hidden_laplacian W + INR p * (S0^2 + lama + INR d * lamW).
Proof.
  rewrite <- Sum_const. unfold hidden_laplacian.
  apply Rle_trans with (Sum p (fun j => mean n (fun i => dot d (x i) (x i)
      * ((W j d)^2 * (sigma1 (zz W i j))^2 + err W i * (W j d * sigma2 (zz W i j)))) + (S0^2 + lama + INR d * lamW))).
  - apply Sum_le; intros j Hj. cbn [Sum]. unfold bend at 2. rewrite Hmua.
    assert (Hlast : mean n (fun i => squared2 (y i) (out i W) * (both1 d x sigma sigma1 i j d W)^2
                                     + squared1 (y i) (out i W) * both2 d x sigma2 i j d W) <= S0^2).
    { apply mean_bound; [exact Hn|]. intros i _. unfold both1, both2, squared2. rewrite Nat.eqb_refl.
      pose proof (sigma_sq (zz W i j)). lra. }
    assert (Hrest : Sum d (fun k => bend n y mu out (both1 d x sigma sigma1) (both2 d x sigma2) squared1 squared2 W j k)
      = mean n (fun i => dot d (x i) (x i)
          * ((W j d)^2 * (sigma1 (zz W i j))^2 + err W i * (W j d * sigma2 (zz W i j)))) + INR d * lamW).
    { rewrite <- Sum_const.
      transitivity (Sum d (fun k => mean n (fun i => (x i k * x i k)
          * ((W j d)^2 * (sigma1 (zz W i j))^2 + err W i * (W j d * sigma2 (zz W i j)))) + lamW)).
      - apply Sum_ext; intros k Hk. unfold bend. rewrite HmuW by exact Hk. f_equal.
        apply mean_ext; intros i _. unfold both1, both2, squared2, squared1, err.
        replace (Nat.eqb k d) with false by (symmetry; apply Nat.eqb_neq; lia). ring.
      - rewrite Sum_plus. f_equal. rewrite Sum_mean_swap. apply mean_ext; intros i _.
        rewrite Sum_scal_r. reflexivity. }
    rewrite Hrest. lra.
  - rewrite Sum_plus. apply Rplus_le_compat_r. right. rewrite Sum_mean_swap.
    apply mean_ext; intros i _. now rewrite Sum_scal.
Qed.

(** <grad_a L, a> = lambda_a |a|^2 + E^2 + mean e y *)
Lemma head_radial W : Sum p (fun j => grad W j d * W j d)
  = lama * head2 W + E2 W + mean n (fun i => err W i * y i).
Proof.
  unfold slope, head2, E2.
  transitivity (Sum p (fun j => mean n (fun i => err W i * (W j d * sigma (zz W i j))) + lama * (W j d)^2)).
  - apply Sum_ext; intros j _. rewrite Hmua, Rmult_plus_distr_r. f_equal; [|ring].
    rewrite (Rmult_comm (mean _ _)), <- mean_scal. apply mean_ext; intros i _.
    unfold both1, squared1, err. rewrite Nat.eqb_refl. ring.
  - rewrite Sum_plus, Sum_scal, Sum_mean_swap, Rplus_assoc, <- mean_plus, Rplus_comm. f_equal.
    apply mean_ext; intros i _. rewrite Sum_scal. fold (both p d x sigma i W). unfold err. ring.
Qed.

Section Above.

Variable Y : R.
Hypothesis HY0 : 0 <= Y.
Hypothesis HY : mean n (fun i => (y i)^2) <= Y^2.

Lemma mean_ey W : - (sqrt (E2 W) * Y) <= mean n (fun i => err W i * y i).
Proof.
  assert (H : Rabs (mean n (fun i => err W i * y i)) <= sqrt (E2 W) * Y).
  { apply sq_le; [apply Rmult_le_pos; [apply sqrt_pos|exact HY0]|].
    rewrite pow2_abs, Rpow_mult_distr, pow2_sqrt by apply E2_nonneg.
    apply Rle_trans with (1 := mean_Cauchy_Schwarz n _ _ Hn).
    apply Rmult_le_compat_l; [apply E2_nonneg|exact HY]. }
  apply Rabs_le_between in H. lra.
Qed.

Lemma head_part W : Sum p (fun j => (grad W j d)^2) <= frob2 p (S d) (grad W).
Proof.
  apply Sum_le; intros j _. cbn [Sum].
  assert (0 <= Sum d (fun k => (grad W j k)^2)); [|lra]. apply Sum_nonneg; intros; apply pow2_ge_0.
Qed.

Lemma head_gradient W alpha : 0 < alpha -> alpha^2 = head2 W ->
  0 <= lama * alpha + (E2 W - sqrt (E2 W) * Y) / alpha ->
  (lama * alpha + (E2 W - sqrt (E2 W) * Y) / alpha)^2 <= frob2 p (S d) (grad W).
Proof.
  intros Ha Ea Hpos. apply Rle_trans with (2 := head_part W).
  apply (Rmult_le_reg_l (alpha^2)); [nra|].
  apply Rle_trans with ((Sum p (fun j => grad W j d * W j d))^2).
  - replace (alpha^2 * (lama * alpha + (E2 W - sqrt (E2 W) * Y) / alpha)^2)
      with ((alpha * (lama * alpha + (E2 W - sqrt (E2 W) * Y) / alpha))^2) by ring.
    apply pow_incr. split; [apply Rmult_le_pos; lra|].
    rewrite head_radial, <- Ea. pose proof (mean_ey W).
    replace (alpha * (lama * alpha + (E2 W - sqrt (E2 W) * Y) / alpha))
      with (lama * alpha^2 + E2 W - sqrt (E2 W) * Y) by (field; lra). lra.
  - rewrite Ea, Rmult_comm. apply Cauchy_Schwarz.
Qed.

(** Where |a| is bounded, the residuals are, *)
Lemma E2_bound W A2 : head2 W <= A2 -> E2 W <= 2 * (A2 * (INR p * S0^2)) + 2 * Y^2.
Proof.
  intros HA. unfold E2.
  apply Rle_trans with (mean n (fun i => 2 * (A2 * (INR p * S0^2)) + 2 * (y i)^2)).
  - apply mean_le; [exact Hn|]. intros i _. unfold err.
    assert ((out i W)^2 <= A2 * (INR p * S0^2)).
    { unfold both. apply Rle_trans with (1 := Cauchy_Schwarz _ _ _).
      apply Rmult_le_compat; [apply Sum_nonneg; intros; apply pow2_ge_0|apply Sum_nonneg; intros; apply pow2_ge_0|exact HA|].
      rewrite <- Sum_const. apply Sum_le; intros; apply sigma_sq. }
    pose proof (pow2_ge_0 (out i W + y i)). lra.
  - rewrite mean_plus, mean_const, mean_scal by exact Hn. lra.
Qed.

(** and the decay of the hidden weights wins: |u + c w|^2 >= c^2 |w|^2 / 2 - |u|^2. *)
Lemma below_gradient W A2 : head2 W <= A2 ->
  lamW^2 / 2 * below2 W - (2 * (A2 * (INR p * S0^2)) + 2 * Y^2) * (A2 * M1^2 * X2) <= frob2 p (S d) (grad W).
Proof.
  intros HA. pose proof (E2_bound W A2 HA) as HE. pose proof (E2_nonneg W) as HE0. pose proof (head2_nonneg W) as Hh0.
  set (G := fun j k => mean n (fun i => err W i * (W j d * (sigma1 (zz W i j) * x i k)))).
  assert (HX0 : 0 <= X2).
  { apply Rle_trans with (2 := HX2), mean_nonneg; [exact Hn|]. intros i _.
    apply Sum_nonneg; intros k _. pose proof (pow2_ge_0 (x i k)) as Hq. simpl in Hq. lra. }
  assert (HG : Sum p (fun j => Sum d (fun k => (G j k)^2)) <= E2 W * (head2 W * M1^2 * X2)).
  { apply Rle_trans with (Sum p (fun j => E2 W * ((W j d)^2 * M1^2 * X2))).
    - apply Sum_le; intros j _.
      apply Rle_trans with (Sum d (fun k => E2 W * ((W j d)^2 * M1^2 * mean n (fun i => x i k * x i k)))).
      + apply Sum_le; intros k _. apply Rle_trans with (1 := mean_Cauchy_Schwarz n _ _ Hn).
        apply Rmult_le_compat_l; [exact HE0|]. rewrite <- mean_scal. apply mean_le; [exact Hn|]. intros i _.
        replace ((W j d * (sigma1 (zz W i j) * x i k))^2) with ((W j d)^2 * (x i k * x i k) * (sigma1 (zz W i j))^2) by ring.
        replace ((W j d)^2 * M1^2 * (x i k * x i k)) with ((W j d)^2 * (x i k * x i k) * M1^2) by ring.
        apply Rmult_le_compat_l; [|apply sigma1_sq].
        apply Rmult_le_pos; [apply pow2_ge_0|]. pose proof (pow2_ge_0 (x i k)) as Hq. simpl in Hq. lra.
      + rewrite Sum_scal, Sum_scal, Sum_mean_swap. apply Rmult_le_compat_l; [exact HE0|].
        apply Rmult_le_compat_l; [apply Rmult_le_pos; apply pow2_ge_0|exact HX2].
    - rewrite Sum_scal. right. f_equal. unfold head2. rewrite <- !Sum_scal_r. reflexivity. }
  assert (HG2 : E2 W * (head2 W * M1^2 * X2) <= (2 * (A2 * (INR p * S0^2)) + 2 * Y^2) * (A2 * M1^2 * X2)).
  { pose proof (pow2_ge_0 M1). assert (0 <= M1^2 * X2) by (apply Rmult_le_pos; assumption).
    apply Rmult_le_compat; [exact HE0|rewrite Rmult_assoc; apply Rmult_le_pos; assumption|exact HE|].
    rewrite !Rmult_assoc. apply Rmult_le_compat_r; assumption. }
  assert (HB : lamW^2 / 2 * below2 W - Sum p (fun j => Sum d (fun k => (G j k)^2)) <= frob2 p (S d) (grad W)).
  { unfold below2, frob2. rewrite <- Sum_scal, <- Sum_minus. apply Sum_le; intros j _. cbn [Sum].
    rewrite <- Sum_scal, <- Sum_minus. pose proof (pow2_ge_0 (grad W j d)).
    apply Rle_trans with (Sum d (fun k => (grad W j k)^2)); [|lra].
    apply Sum_le; intros k Hk.
    replace (grad W j k) with (G j k + lamW * W j k).
    - pose proof (pow2_ge_0 (2 * G j k + lamW * W j k)). nra.
    - unfold slope, G. rewrite HmuW by exact Hk. f_equal. apply mean_ext; intros i _.
      unfold both1, squared1, err. replace (Nat.eqb k d) with false by (symmetry; apply Nat.eqb_neq; lia). ring. }
  lra.
Qed.

(** ** V4 below the threshold *)

Variables (c1 c2 s s0 : R).
Hypothesis Hc1 : 0 <= c1.
Hypothesis Hc2 : 0 <= c2.
Hypothesis Hlap : forall W, hidden_laplacian W <= c1 * head2 W + c2 * E2 W.
Hypothesis Hs : 0 < s < s0.
Hypothesis Hinf : forall v, 0 <= v -> s0 * (c1 + c2 * v) <= (lama + v)^2.

Theorem v4_both : V4 p (S d) L s.
Proof.
  intros M. set (K0 := INR p * (S0^2 + lama + INR d * lamW)).
  set (A := head_radius lama s s0 Y (M + K0)). set (A2 := A^2).
  set (Emax := 2 * (A2 * (INR p * S0^2)) + 2 * Y^2).
  set (Gmax := Emax * (A2 * M1^2 * X2)).
  set (T := A2 + 2 / lamW^2 * (Gmax + s * (Rabs M + c1 * A2 + c2 * Emax + K0))).
  exists (Rabs T + 1). intros W Hr.
  unfold both_cost. rewrite (v4_cost n p (S d) y mu out (both1 d x sigma sigma1) (both2 d x sigma2) squared squared1 squared2
    (fun i j k W _ => d_both p d x sigma sigma1 Ds i j k W)
    (fun i j k W _ => d_both1 p d x sigma sigma1 sigma2 Ds Ds1 i j k W) d_squared d_squared1).
  pose proof (laplacian_both W) as HLap. fold K0 in HLap. pose proof (Hlap W) as HlapW.
  pose proof (E2_nonneg W) as HE0. pose proof (head2_nonneg W) as Hh0.
  set (alpha := sqrt (head2 W)). assert (Ea : alpha^2 = head2 W) by (apply pow2_sqrt, Hh0).
  assert (Ha0 : 0 <= alpha) by apply sqrt_pos.
  set (g2 := frob2 p (S d) (grad W)) in *.
  destruct (Rle_or_lt A alpha) as [Hbig|Hsmall].
  - pose proof (head_wins lama s s0 c1 c2 Y Hlama Hs Hinf alpha (sqrt (E2 W)) (M + K0) Hbig) as Hw.
    rewrite pow2_sqrt in Hw by exact HE0. rewrite Ea in Hw.
    assert (HA1 : 1 <= A).
    { unfold A, head_radius. pose proof (eta_pos lama Y Hlama). pose proof (kappa_pos s s0 Hs) as Hk.
      assert (0 <= 4 * eta lama Y / (s * kappa s s0)).
      { apply Rmult_le_pos; [lra|]. apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; lra. }
      assert (0 <= 2 * Rabs (M + K0) / (lama^2 * kappa s s0)).
      { apply Rmult_le_pos; [pose proof (Rabs_pos (M + K0)); lra|].
        apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; [nra|lra]. }
      lra. }
    assert (Heta : eta lama Y <= alpha).
    { apply Rle_trans with (2 := Hbig). unfold A, head_radius. pose proof (kappa_pos s s0 Hs) as Hk.
      pose proof (eta_pos lama Y Hlama).
      assert (0 <= 4 * eta lama Y / (s * kappa s s0)).
      { apply Rmult_le_pos; [lra|]. apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; lra. }
      assert (0 <= 2 * Rabs (M + K0) / (lama^2 * kappa s s0)).
      { apply Rmult_le_pos; [pose proof (Rabs_pos (M + K0)); lra|].
        apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; [nra|lra]. }
      lra. }
    assert (Hpos : 0 <= lama * alpha + (E2 W - sqrt (E2 W) * Y) / alpha).
    { pose proof (eta_absorbs lama Y Hlama (sqrt (E2 W) / alpha)) as Hab.
      assert (Eg : E2 W = alpha^2 * (sqrt (E2 W) / alpha)^2).
      { unfold Rdiv. rewrite Rpow_mult_distr, pow2_sqrt by exact HE0. field. lra. }
      replace (lama * alpha + (E2 W - sqrt (E2 W) * Y) / alpha)
        with (alpha * (lama + (sqrt (E2 W) / alpha)^2) - sqrt (E2 W) / alpha * Y)
        by (rewrite Eg at 3; field; lra).
      assert (0 <= lama + (sqrt (E2 W) / alpha)^2) by (pose proof (pow2_ge_0 (sqrt (E2 W) / alpha)); lra).
      nra. }
    pose proof (head_gradient W alpha ltac:(lra) Ea Hpos) as Hg. fold g2 in Hg.
    apply (Rmult_le_compat_r (/ s)) in Hg; [|apply Rlt_le, Rinv_0_lt_compat; lra].
    unfold Rdiv in *. lra.
  - assert (HA : head2 W <= A2) by (rewrite <- Ea; unfold A2; apply pow_incr; lra).
    pose proof (below_gradient W A2 HA) as Hg. fold Emax Gmax g2 in Hg.
    pose proof (E2_bound W A2 HA) as HE. fold Emax in HE.
    assert (Hr2 : T <= frob2 p (S d) W).
    { rewrite <- frob_sq. pose proof (Rabs_pos T). pose proof (Rle_abs T).
      apply Rle_trans with ((Rabs T + 1)^2); [nra|]. apply pow_incr; lra. }
    rewrite frob2_split in Hr2.
    assert (Hb : 2 / lamW^2 * (Gmax + s * (Rabs M + c1 * A2 + c2 * Emax + K0)) <= below2 W) by (unfold T in Hr2; lra).
    apply (Rmult_le_compat_l (lamW^2 / 2)) in Hb; [|nra].
    replace (lamW^2 / 2 * (2 / lamW^2 * (Gmax + s * (Rabs M + c1 * A2 + c2 * Emax + K0))))
      with (Gmax + s * (Rabs M + c1 * A2 + c2 * Emax + K0)) in Hb by (field; lra).
    assert (Hg2 : s * (Rabs M + c1 * A2 + c2 * Emax + K0) <= g2) by lra.
    apply (Rmult_le_compat_r (/ s)) in Hg2; [|apply Rlt_le, Rinv_0_lt_compat; lra].
    replace (s * (Rabs M + c1 * A2 + c2 * Emax + K0) * / s) with (Rabs M + c1 * A2 + c2 * Emax + K0) in Hg2
      by (field; lra).
    assert (c1 * head2 W <= c1 * A2) by (apply Rmult_le_compat_l; assumption).
    assert (c2 * E2 W <= c2 * Emax) by (apply Rmult_le_compat_l; assumption).
    pose proof (Rle_abs M). unfold Rdiv. lra.
Qed.

End Above.

(** ** The Laplacian in the hidden weights *)

(** sigma'^2 + sigma''^2/(4 c) <= T everywhere: c_1 = T X2, c_2 = c p B_x^2. *)
Theorem hidden_laplacian_defect T c Bx2 W : 0 < c ->
  (forall t, (sigma2 t)^2 <= 4 * c * (T - (sigma1 t)^2)) ->
  (forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx2) ->
  hidden_laplacian W <= T * X2 * head2 W + c * INR p * Bx2 * E2 W.
Proof.
  intros Hc Hdef HB. unfold hidden_laplacian.
  apply Rle_trans with (mean n (fun i => T * head2 W * dot d (x i) (x i) + c * INR p * Bx2 * (err W i)^2)).
  - apply mean_le; [exact Hn|]. intros i Hi.
    assert (Hx : 0 <= dot d (x i) (x i)).
    { apply Sum_nonneg; intros k _. pose proof (pow2_ge_0 (x i k)) as Hq. simpl in Hq. lra. }
    assert (Hsum : Sum p (fun j => (W j d)^2 * (sigma1 (zz W i j))^2 + err W i * (W j d * sigma2 (zz W i j)))
                   <= T * head2 W + c * INR p * (err W i)^2).
    { apply Rle_trans with (Sum p (fun j => T * (W j d)^2 + c * (err W i)^2)).
      - apply Sum_le; intros j _. set (a := W j d). set (e := err W i).
        pose proof (Hdef (zz W i j)) as Hd. set (b1 := sigma1 (zz W i j)) in *. set (b2 := sigma2 (zz W i j)) in *.
        assert (H0 : 0 <= T - b1^2) by (apply (defect_nonneg c T b1 b2); assumption).
        (* (a e b2)^2 <= 4 (a^2 (T - b1^2)) (c e^2) <= (a^2 (T - b1^2) + c e^2)^2 *)
        assert (Hq : e * (a * b2) <= a^2 * (T - b1^2) + c * e^2).
        { assert (0 <= a^2 * (T - b1^2)) by (apply Rmult_le_pos; [apply pow2_ge_0|exact H0]).
          assert (0 <= c * e^2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]).
          apply sq_le; [lra|].
          apply Rle_trans with (4 * (a^2 * (T - b1^2)) * (c * e^2)).
          - replace ((e * (a * b2))^2) with (a^2 * e^2 * b2^2) by ring.
            replace (4 * (a^2 * (T - b1^2)) * (c * e^2)) with (a^2 * e^2 * (4 * c * (T - b1^2))) by ring.
            apply Rmult_le_compat_l; [apply Rmult_le_pos; apply pow2_ge_0|exact Hd].
          - pose proof (pow2_ge_0 (a^2 * (T - b1^2) - c * e^2)). lra. }
        lra.
      - rewrite Sum_plus, Sum_scal, Sum_const. unfold head2. lra. }
    apply Rle_trans with (dot d (x i) (x i) * (T * head2 W + c * INR p * (err W i)^2)).
    { apply Rmult_le_compat_l; assumption. }
    assert (0 <= c * INR p * (err W i)^2).
    { apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply pos_INR]|apply pow2_ge_0]. }
    pose proof (HB i Hi). nra.
  - rewrite mean_plus, !mean_scal. apply Rplus_le_compat_r.
    pose proof (head2_nonneg W). assert (0 <= T) by (pose proof (defect_nonneg c T (sigma1 0) (sigma2 0) Hc (Hdef 0)); pose proof (pow2_ge_0 (sigma1 0)); lra).
    replace (T * X2 * head2 W) with (T * head2 W * X2) by ring.
    apply Rmult_le_compat_l; [apply Rmult_le_pos; assumption|exact HX2].
Qed.

(** V4 for every s below the threshold in closed form. *)
Theorem v4_below_threshold T c Bx2 s : 0 < c -> (0 < p)%nat -> 0 < T -> 0 < X2 -> 0 < Bx2 ->
  (forall t, (sigma2 t)^2 <= 4 * c * (T - (sigma1 t)^2)) ->
  (forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx2) ->
  0 < s < threshold lama (T * X2) (c * INR p * Bx2) -> V4 p (S d) L s.
Proof.
  intros Hc Hp HT HX HB Hdef HBx Hs.
  assert (H1 : 0 < T * X2) by (apply Rmult_lt_0_compat; assumption).
  assert (H2 : 0 < c * INR p * Bx2).
  { apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; [exact Hc|now apply lt_0_INR]|exact HB]. }
  apply (v4_both (sqrt (mean n (fun i => (y i)^2))) (sqrt_pos _)) with (c1 := T * X2) (c2 := c * INR p * Bx2)
    (s0 := threshold lama (T * X2) (c * INR p * Bx2)); try lra.
  - rewrite pow2_sqrt; [lra|]. apply mean_nonneg; [exact Hn|intros; apply pow2_ge_0].
  - intros W. apply hidden_laplacian_defect; auto; lra.
  - intros v Hv. now apply threshold_below.
Qed.

End Net.
