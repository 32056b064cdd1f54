(** More activations: log-cosh, squareplus, ISRU, the Gaussian, erf and GELU. *)

Require Import Reals Lra Lia Psatz ZArith.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Smooth Terms Activations.
Open Scope R_scope.

(** * log cosh *)

Definition logcosh (z : R) : R := ln (cosh z).

Lemma cosh_pos z : 0 < cosh z.
Proof. unfold cosh. pose proof (exp_pos z). pose proof (exp_pos (- z)). lra. Qed.

Lemma logcosh_softplus z : logcosh z = softplus (2 * z) - z - ln 2.
Proof.
  unfold logcosh, softplus, cosh. pose proof (exp_pos z). pose proof (exp_pos (- z)). pose proof (exp_pos (2 * z)).
  assert (E : 1 + exp (2 * z) = (exp z + exp (- z)) / 2 * (exp z * 2)).
  { replace (2 * z) with (z + z) by ring. rewrite exp_plus, exp_Ropp. field. lra. }
  rewrite E, ln_mult, ln_mult, ln_exp by lra. ring.
Qed.

Theorem act_logcosh : Activation logcosh tanh tanh1 1 1.
Proof.
  constructor.
  - apply (term_smooth (Ln (Mul (Add (Exp X) (Exp (Opp X))) (Inv (Int 2))))).
    + ok_term. intros z. pose proof (cosh_pos z) as H. unfold cosh in H. lra.
    + intros z. reflexivity.
  - intros z. apply (d_ext (fun z => softplus (2 * z) + (-1 * z + - ln 2))); [intros; rewrite logcosh_softplus; ring|].
    apply (d_eq _ _ (sigmoid (2 * z) * 2 + (-1 * 1 + 0))); [|rewrite tanh_sigmoid; ring].
    apply (d_plus (fun z => softplus (2 * z))); [apply (d_comp softplus (fun z => 2 * z)); [apply d_softplus|apply d_lin]|].
    apply (d_plus (fun z => -1 * z)); [apply d_scal, d_id|apply d_const].
  - exact d_tanh.
  - exact bounded_tanh.
  - destruct act_tanh as [_ _ _ H1 _]. exact H1.
Qed.

Theorem euler_logcosh : euler logcosh tanh 1 (ln 2).
Proof.
  intros z. rewrite logcosh_softplus, tanh_sigmoid. pose proof (softplus_gap (2 * z)). apply Rabs_le_between. lra.
Qed.

(** * squareplus (z + sqrt(z^2 + b))/2 *)
Section Squareplus.
Variable b : R.
Hypothesis Hb : 0 < b.
Definition squareplus (z : R) : R := (z + sqrt (z^2 + b)) / 2.
Definition squareplus1 (z : R) : R := (1 + z / sqrt (z^2 + b)) / 2.
Definition squareplus2 (z : R) : R := b / (2 * (sqrt (z^2 + b))^3).

Lemma root_facts z : sqrt b <= sqrt (z^2 + b) /\ Rabs z <= sqrt (z^2 + b) /\ 0 < sqrt b
  /\ sqrt (z^2 + b) * sqrt (z^2 + b) = z^2 + b /\ sqrt b * sqrt b = b.
Proof.
  pose proof (pow2_ge_0 z). repeat split.
  - apply sqrt_le_1_alt. lra.
  - rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt. rewrite Rsqr_pow2. lra.
  - now apply sqrt_lt_R0.
  - apply sqrt_sqrt. lra.
  - apply sqrt_sqrt. lra.
Qed.

Theorem act_squareplus : (exists m n : Z, b = IZR m * / IZR n /\ IZR n <> 0) ->
  Activation squareplus squareplus1 squareplus2 1 (1 / (2 * sqrt b)).
Proof.
  intros [m [n [Eb En]]].
  assert (Hpos : forall z, 0 < z * z + IZR m * / IZR n) by (intros z; rewrite <- Eb; nra).
  constructor.
  - apply (term_smooth (Mul (Add X (Sqrt (Add (Mul X X) (Mul (Int m) (Inv (Int n)))))) (Inv (Int 2)))).
    + ok_term; auto.
    + intros z. simpl. unfold squareplus. rewrite Eb. unfold Rdiv. do 3 f_equal. ring.
  - intros z. destruct (root_facts z) as (H1 & _ & H2 & H3 & _). pose proof (pow2_ge_0 z).
    unfold squareplus, squareplus1. auto_derive; [simpl in *; lra|].
    replace (z * (z * 1)) with (z^2) by ring. field. lra.
  - intros z. destruct (root_facts z) as (H1 & _ & H2 & H3 & _). pose proof (pow2_ge_0 z).
    unfold squareplus1, squareplus2.
    apply (d_eq _ _ ((1 * sqrt (z^2 + b) - z * (z / sqrt (z^2 + b))) / (sqrt (z^2 + b))^2 / 2)).
    + apply (d_ext (fun z => / 2 * (1 + z / sqrt (z^2 + b)))); [intros; field; destruct (root_facts t) as (G1 & _ & G2 & _); lra|].
      replace ((1 * sqrt (z^2 + b) - z * (z / sqrt (z^2 + b))) / (sqrt (z^2 + b))^2 / 2)
        with (/ 2 * (0 + (1 * sqrt (z^2 + b) - z * (z / sqrt (z^2 + b))) / (sqrt (z^2 + b))^2)) by (field; lra).
      apply d_scal, (d_plus (fun _ => 1)); [apply d_const|].
      apply (is_derive_div (fun z => z) (fun z => sqrt (z^2 + b)) z); [apply d_id| |lra].
      auto_derive; [simpl in *; lra|]. replace (z * (z * 1)) with (z^2) by ring. field. lra.
    + set (q := sqrt (z^2 + b)) in *. apply (Rmult_eq_reg_r (2 * q^3)); [|apply Rgt_not_eq; nra].
      replace ((1 * q - z * (z / q)) / q^2 / 2 * (2 * q^3)) with (q * q - z^2) by (field; lra).
      replace (b / (2 * q^3) * (2 * q^3)) with b by (field; lra). lra.
  - intros z. destruct (root_facts z) as (H1 & H0 & H2 & H3 & _). unfold squareplus1. set (q := sqrt (z^2 + b)) in *.
    assert (Hq : Rabs (z / q) <= 1).
    { unfold Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ q)) by (apply Rlt_le, Rinv_0_lt_compat; lra).
      apply (Rmult_le_reg_r q); [lra|]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
    apply Rabs_le_between in Hq. apply Rabs_le_between. lra.
  - intros z. destruct (root_facts z) as (H1 & _ & H2 & H3 & H4). unfold squareplus2.
    set (q := sqrt (z^2 + b)) in *. set (u := sqrt b) in *.
    assert (0 < u^3) by (apply pow_lt; lra). assert (u^3 <= q^3) by (apply pow_incr; lra).
    rewrite Rabs_pos_eq; [|apply Rlt_le, Rdiv_lt_0_compat; lra].
    replace (1 / (2 * u)) with (b / (2 * u^3)) by (rewrite <- H4; field; lra).
    apply Rmult_le_compat_l; [lra|]. apply Rinv_le_contravar; lra.
Qed.

Theorem euler_squareplus : euler squareplus squareplus1 1 (sqrt b / 2).
Proof.
  intros z. destruct (root_facts z) as (H1 & _ & H2 & H3 & H4). unfold squareplus, squareplus1.
  set (q := sqrt (z^2 + b)) in *. set (u := sqrt b) in *.
  assert (E : z * ((1 + z / q) / 2) - 1 * ((z + q) / 2) = - (b / (2 * q))).
  { apply (Rmult_eq_reg_r (2 * q)); [|lra].
    replace ((z * ((1 + z / q) / 2) - 1 * ((z + q) / 2)) * (2 * q)) with (z^2 - q * q) by (field; lra).
    replace (- (b / (2 * q)) * (2 * q)) with (- b) by (field; lra). lra. }
  rewrite E, Rabs_Ropp, Rabs_pos_eq; [|apply Rlt_le, Rdiv_lt_0_compat; lra].
  apply (Rmult_le_reg_r (2 * q)); [lra|]. replace (b / (2 * q) * (2 * q)) with b by (field; lra). nra.
Qed.
End Squareplus.

(** * ISRU z/sqrt(1 + z^2) *)

Definition isru (z : R) : R := z / sqrt (1 + z^2).
Definition isru1 (z : R) : R := / (sqrt (1 + z^2))^3.
Definition isru2 (z : R) : R := - (3 * z) / (sqrt (1 + z^2))^5.

Lemma isru_root z : 1 <= sqrt (1 + z^2) /\ sqrt (1 + z^2) * sqrt (1 + z^2) = 1 + z^2.
Proof.
  pose proof (pow2_ge_0 z). split; [rewrite <- sqrt_1 at 1; apply sqrt_le_1_alt; lra|apply sqrt_sqrt; lra].
Qed.

Theorem act_isru : Activation isru isru1 isru2 1 (48 * sqrt 5 / 125).
Proof.
  constructor.
  - apply (term_smooth (Mul X (Inv (Sqrt (Add (Int 1) (Mul X X)))))).
    + ok_term; [intros z; nra|]. intros z. pose proof (sqrt_lt_R0 (1 + z * z) ltac:(nra)). lra.
    + intros z. simpl. unfold isru. unfold Rdiv. do 4 f_equal. ring.
  - intros z. destruct (isru_root z) as [H1 H2]. pose proof (pow2_ge_0 z). unfold isru, isru1.
    apply (d_eq _ _ ((1 * sqrt (1 + z^2) - z * (z / sqrt (1 + z^2))) / (sqrt (1 + z^2))^2)).
    + apply (is_derive_div (fun z => z) (fun z => sqrt (1 + z^2)) z); [apply d_id| |lra].
      auto_derive; [simpl in *; lra|]. replace (z * (z * 1)) with (z^2) by ring. field. lra.
    + set (q := sqrt (1 + z^2)) in *. apply (Rmult_eq_reg_r (q^3)); [|apply Rgt_not_eq, pow_lt; lra].
      replace ((1 * q - z * (z / q)) / q^2 * q^3) with (q * q - z^2) by (field; lra). rewrite Rinv_l by (apply Rgt_not_eq, pow_lt; lra). lra.
  - intros z. destruct (isru_root z) as [H1 H2]. pose proof (pow2_ge_0 z). unfold isru1, isru2.
    auto_derive; [repeat split; [simpl in *; lra|apply Rgt_not_eq; replace (z * (z * 1)) with (z^2) by ring; set (q := sqrt (1 + z^2)) in *; assert (0 < q * (q * (q * 1))) by (repeat apply Rmult_lt_0_compat; lra); lra]|].
    replace (z * (z * 1)) with (z^2) by ring. set (q := sqrt (1 + z^2)) in *. field. lra.
  - intros z. destruct (isru_root z) as [H1 _]. unfold isru1. set (q := sqrt (1 + z^2)) in *.
    assert (1 <= q^3) by (apply pow_R1_Rle; lra). rewrite Rabs_pos_eq by (apply Rlt_le, Rinv_0_lt_compat; lra).
    rewrite <- Rinv_1. apply Rinv_le_contravar; lra.
  - intros z. destruct (isru_root z) as [H1 H2]. pose proof (pow2_ge_0 z) as Hv. unfold isru2. set (q := sqrt (1 + z^2)) in *.
    pose proof (sqrt_pos 5). assert (E5 : sqrt 5 * sqrt 5 = 5) by (apply sqrt_sqrt; lra). set (w := sqrt 5) in *.
    assert (Hq5 : 0 < q^5) by (apply pow_lt; lra).
    unfold Rdiv at 1. rewrite Rabs_mult, Rabs_Ropp, Rabs_mult, (Rabs_pos_eq 3), (Rabs_pos_eq (/ q^5))
      by first [lra | apply Rlt_le, Rinv_0_lt_compat, Hq5].
    apply (Rmult_le_reg_r (q^5)); [exact Hq5|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    apply sq_le; [apply Rmult_le_pos; lra|]. rewrite Rpow_mult_distr, pow2_abs.
    replace ((48 * w / 125 * q^5)^2) with (2304 / 15625 * (w * w) * ((q * q)^5)) by field.
    rewrite E5, H2. set (v := z^2) in *.
    assert (Hf : 256 * (1 + v)^5 - 3125 * v = (4 * v - 1)^2 * (16 * v^3 + 88 * v^2 + 203 * v + 256)) by ring.
    assert (0 <= (4 * v - 1)^2 * (16 * v^3 + 88 * v^2 + 203 * v + 256)).
    { apply Rmult_le_pos; [apply pow2_ge_0|]. assert (0 <= v^3) by (apply pow_le; lra). assert (0 <= v^2) by (apply pow_le; lra). lra. }
    lra.
Qed.

Theorem bounded_isru : bounded isru 1.
Proof.
  intros z. destruct (isru_root z) as [H1 H2]. unfold isru. set (q := sqrt (1 + z^2)) in *. unfold Rdiv.
  rewrite Rabs_mult, (Rabs_pos_eq (/ q)) by (apply Rlt_le, Rinv_0_lt_compat; lra).
  apply (Rmult_le_reg_r q); [lra|]. rewrite Rmult_assoc, Rinv_l by lra.
  apply sq_le; [lra|]. rewrite Rmult_1_r, pow2_abs. simpl in *; lra.
Qed.

Theorem euler_isru : euler isru isru1 0 (2 * sqrt 3 / 9).
Proof.
  intros z. destruct (isru_root z) as [H1 H2]. pose proof (pow2_ge_0 z). unfold isru1. set (q := sqrt (1 + z^2)) in *.
  replace (z * / q^3 - 0 * isru z) with (z * / q^3) by ring.
  pose proof (sqrt_pos 3). assert (E3 : sqrt 3 * sqrt 3 = 3) by (apply sqrt_sqrt; lra). set (w := sqrt 3) in *.
  assert (Hq3 : 0 < q^3) by (apply pow_lt; lra).
  rewrite Rabs_mult, (Rabs_pos_eq (/ q^3)) by (apply Rlt_le, Rinv_0_lt_compat, Hq3).
  apply (Rmult_le_reg_r (q^3)); [exact Hq3|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply sq_le; [apply Rmult_le_pos; lra|]. rewrite pow2_abs.
  replace ((2 * w / 9 * q^3)^2) with (4 / 81 * (w * w) * ((q * q)^3)) by field. rewrite E3, H2. set (v := z^2) in *.
  assert (Hf : 4 * (1 + v)^3 - 27 * v = (2 * v - 1)^2 * (v + 4)) by ring.
  assert (0 <= (2 * v - 1)^2 * (v + 4)) by (apply Rmult_le_pos; [apply pow2_ge_0|lra]). lra.
Qed.

(** * sqrt(1 + z^2), the pseudo-Huber loss up to a constant *)

Definition hypot (z : R) : R := sqrt (1 + z^2).

Lemma d_hypot z : is_derive hypot z (isru z).
Proof.
  destruct (isru_root z) as [H1 _]. unfold hypot, isru. pose proof (pow2_ge_0 z).
  auto_derive; [simpl in *; lra|]. simpl. field. simpl in H1. lra.
Qed.

Theorem act_hypot : Activation hypot isru isru1 1 1.
Proof.
  destruct act_isru as [_ Hd _ H1 _]. constructor.
  - apply (term_smooth (Sqrt (Add (Int 1) (Mul X X)))).
    + ok_term. intros z. pose proof (pow2_ge_0 z). simpl in *. nra.
    + intros z. unfold hypot. simpl. do 2 f_equal. ring.
  - exact d_hypot.
  - exact Hd.
  - exact bounded_isru.
  - exact H1.
Qed.

Theorem euler_hypot : euler hypot isru 1 1.
Proof.
  intros z. destruct (isru_root z) as [H1 E]. unfold hypot, isru. set (q := sqrt (1 + z^2)) in *.
  assert (Hi : 0 < / q <= 1) by (split; [apply Rinv_0_lt_compat|rewrite <- Rinv_1; apply Rinv_le_contravar]; lra).
  assert (E2 : z * (z / q) - 1 * q = - / q).
  { apply (Rmult_eq_reg_r q); [|lra]. replace ((z * (z / q) - 1 * q) * q) with (z^2 - q * q) by (field; lra).
    rewrite E. field. lra. }
  rewrite E2, Rabs_Ropp, Rabs_pos_eq; lra.
Qed.

(** * exp(-z^2), erf and GELU *)

Definition gaussian (z : R) : R := exp (- z^2).
Definition gaussian1 (z : R) : R := - 2 * z * exp (- z^2).
Definition gaussian2 (z : R) : R := (4 * z^2 - 2) * exp (- z^2).

(** w exp(-w) <= exp(-1) *)
Lemma w_exp w : w * exp (- w) <= exp (- 1).
Proof.
  pose proof (exp_ineq1_le (w - 1)). pose proof (exp_pos (- w)).
  replace (-1) with ((w - 1) + - w) by ring. rewrite exp_plus. apply Rmult_le_compat_r; lra.
Qed.

Lemma exp_sq z : exp (- z^2) * exp (- z^2) = exp (- (2 * z^2)).
Proof. rewrite <- exp_plus. f_equal. ring. Qed.

(** |z| exp(-z^2) <= exp(-1/2)/sqrt 2, squared. *)
Lemma z_gaussian z : (z * exp (- z^2))^2 <= exp (- 1) / 2.
Proof.
  replace ((z * exp (- z^2))^2) with (z^2 * (exp (- z^2) * exp (- z^2))) by ring. rewrite exp_sq.
  pose proof (w_exp (2 * z^2)). lra.
Qed.

Lemma exp_half : exp (- 1) = exp (- 1 / 2) * exp (- 1 / 2).
Proof. rewrite <- exp_plus. f_equal. field. Qed.

Lemma sqrt2 : sqrt 2 * sqrt 2 = 2 /\ 1 < sqrt 2.
Proof. split; [apply sqrt_sqrt; lra|]. interval with (i_prec 60). Qed.

Lemma z_gaussian_abs z : Rabs (z * exp (- z^2)) <= sqrt 2 / 2 * exp (- 1 / 2).
Proof.
  destruct sqrt2 as [E H]. pose proof (exp_pos (- 1 / 2)). apply sq_le; [apply Rmult_le_pos; lra|].
  rewrite pow2_abs. apply Rle_trans with (1 := z_gaussian z). rewrite exp_half.
  replace ((sqrt 2 / 2 * exp (-1 / 2))^2) with (sqrt 2 * sqrt 2 / 4 * (exp (- 1 / 2) * exp (- 1 / 2))) by field.
  rewrite E. lra.
Qed.

Lemma exp_lower w : 0 <= w -> Rabs (4 * w - 2) * exp (- w) <= 2 /\ Rabs (2 - 2 * w) * exp (- w) <= 2.
Proof.
  intros Hw. pose proof (exp_ge_2 w Hw). pose proof (exp_pos w). rewrite exp_Ropp.
  assert (Hk : forall c, Rabs c <= 2 * exp w -> Rabs c * / exp w <= 2).
  { intros c Hc. apply (Rmult_le_reg_r (exp w)); [lra|]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
  split; apply Hk, Rabs_le_between; pose proof (pow2_ge_0 (w - 1)); nra.
Qed.

Theorem act_gaussian : Activation gaussian gaussian1 gaussian2 (sqrt 2 * exp (- 1 / 2)) 2.
Proof.
  constructor.
  - apply (term_smooth (Exp (Opp (Mul X X)))); [simpl; tauto|]. intros z. simpl. unfold gaussian. do 2 f_equal. ring.
  - intros z. unfold gaussian, gaussian1. auto_derive; [exact I|]. simpl. ring.
  - intros z. unfold gaussian1, gaussian2. auto_derive; [exact I|]. simpl. ring.
  - intros z. unfold gaussian1. replace (-2 * z * exp (- z^2)) with (- (2 * (z * exp (- z^2)))) by ring.
    rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq 2) by lra. pose proof (z_gaussian_abs z). lra.
  - intros z. unfold gaussian2. rewrite Rabs_mult, (Rabs_pos_eq (exp _)) by (apply Rlt_le, exp_pos).
    apply exp_lower, pow2_ge_0.
Qed.

Lemma gaussian_range z : 0 < exp (- z^2) <= 1.
Proof.
  split; [apply exp_pos|]. pose proof (pow2_ge_0 z). rewrite <- exp_0.
  destruct (Req_dec (z^2) 0) as [->|]; [rewrite Ropp_0; lra|]. apply Rlt_le, exp_increasing. lra.
Qed.

Theorem bounded_gaussian : bounded gaussian 1.
Proof. intros z. pose proof (gaussian_range z). unfold gaussian. rewrite Rabs_pos_eq; lra. Qed.

Theorem euler_gaussian : euler gaussian gaussian1 0 (2 * exp (- 1)).
Proof.
  intros z. unfold gaussian1. replace (z * (-2 * z * exp (- z^2)) - 0 * gaussian z) with (- (2 * (z^2 * exp (- z^2)))) by ring.
  pose proof (w_exp (z^2)). pose proof (gaussian_range z). pose proof (pow2_ge_0 z).
  rewrite Rabs_Ropp, Rabs_pos_eq by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]). lra.
Qed.

Definition erf (z : R) : R := 2 / sqrt PI * gauss_int z.
Definition erf1 (z : R) : R := 2 / sqrt PI * exp (- z^2).
Definition erf2 (z : R) : R := 2 / sqrt PI * (- 2 * z * exp (- z^2)).

Lemma two_root_pi : 0 < 2 / sqrt PI /\ 0 < sqrt PI.
Proof. pose proof (sqrt_lt_R0 PI PI_RGT_0). split; [apply Rdiv_lt_0_compat; lra|assumption]. Qed.

Lemma gauss_int_odd z : gauss_int (- z) = - gauss_int z.
Proof.
  assert (H : forall t, is_derive (fun t => gauss_int (- t) + gauss_int t) t 0).
  { intros t. apply (d_eq _ _ (exp (- (- t)^2) * (-1 * 1) + exp (- t^2))).
    - apply (d_plus (fun t => gauss_int (- t))); [|apply d_gauss].
      apply (d_comp gauss_int (fun t => - t)); [apply d_gauss|].
      apply (d_ext (fun t => -1 * t)); [intros; ring|]. apply d_scal, d_id.
    - replace ((- t)^2) with (t^2) by ring. ring. }
  destruct (MVT_gen (fun t => gauss_int (- t) + gauss_int t) 0 z (fun _ => 0)) as [c [_ E]].
  - intros; apply H.
  - intros t _. apply derivable_continuous_pt. exists 0. apply is_derive_Reals, H.
  - assert (E0 : gauss_int 0 = 0) by (unfold gauss_int; apply (RInt_point (V := R_CompleteNormedModule))).
    rewrite Ropp_0, E0 in E. lra.
Qed.

Lemma gauss_int_mono u v : u <= v -> gauss_int u <= gauss_int v.
Proof.
  intros Huv. destruct (MVT_gen gauss_int u v (fun t => exp (- t^2))) as [c [_ E]].
  - intros; apply d_gauss.
  - intros t _. apply derivable_continuous_pt. eexists. apply is_derive_Reals, d_gauss.
  - assert (0 <= exp (- c^2) * (v - u)) by (apply Rmult_le_pos; [apply Rlt_le, exp_pos|lra]). lra.
Qed.

Lemma gauss_int_0 : gauss_int 0 = 0.
Proof. apply (RInt_point (V := R_CompleteNormedModule)). Qed.

Definition S0_erf : R := 10000000001 / 10000000000.

(** erf <= 1 + 10^-10: the integral over [0, 6] by the interval tactic, beyond it exp(-u^2) <= exp(-6 u). *)
Lemma erf_right z : 0 <= z -> 0 <= erf z <= S0_erf.
Proof.
  intros Hz. destruct two_root_pi as [H1 H2].
  assert (H0 : 0 <= gauss_int z) by (rewrite <- gauss_int_0; now apply gauss_int_mono).
  split; [apply Rmult_le_pos; lra|].
  assert (H6 : gauss_int z <= gauss_int 6 + exp (- 36)).
  { destruct (Rle_or_lt z 6) as [H|H]; [pose proof (gauss_int_mono z 6 H); pose proof (exp_pos (- 36)); lra|].
    set (f := fun t => gauss_int t + / 6 * exp (- (6 * t))).
    assert (Df : forall t, is_derive f t (exp (- t^2) - exp (- (6 * t)))).
    { intros t. unfold f. apply (d_eq _ _ (exp (- t^2) + / 6 * (exp (- (6 * t)) * (-6 * 1)))); [|field].
      apply (d_plus gauss_int); [apply d_gauss|]. apply d_scal.
      apply (d_comp exp (fun t => - (6 * t))); [apply is_derive_Reals, derivable_pt_lim_exp|].
      apply (d_ext (fun t => -6 * t)); [intros; ring|]. apply d_scal, d_id. }
    destruct (MVT_gen f 6 z (fun t => exp (- t^2) - exp (- (6 * t)))) as [c [Hc E]].
    - intros; apply Df.
    - intros t _. apply derivable_continuous_pt. eexists. apply is_derive_Reals, Df.
    - unfold Rmin, Rmax in Hc. destruct (Rle_dec 6 z); [|lra].
      assert (exp (- c^2) <= exp (- (6 * c))).
      { destruct (Req_dec (c^2) (6 * c)) as [->|]; [lra|]. apply Rlt_le, exp_increasing. nra. }
      assert (0 <= (exp (- (6 * c)) - exp (- c^2)) * (z - 6)) by (apply Rmult_le_pos; lra).
      unfold f in E. replace (- (6 * 6)) with (- 36) in E by ring.
      pose proof (exp_pos (- (6 * z))). pose proof (exp_pos (- 36)). lra. }
  unfold erf, S0_erf. apply Rle_trans with (2 / sqrt PI * (gauss_int 6 + exp (- 36))).
  - apply Rmult_le_compat_l; lra.
  - unfold gauss_int. integral_intro (RInt (fun u => exp (- u^2)) 0 6) with (i_prec 60, i_relwidth 40, i_fuel 200) as Hi.
    set (g := RInt (fun u => exp (- u^2)) 0 6) in *. interval with (i_prec 60).
Qed.

Theorem bounded_erf : bounded erf S0_erf.
Proof.
  unfold bounded. apply Rabs_sym_le.
  - intros z. right. unfold erf. rewrite gauss_int_odd. ring.
  - intros z Hz. pose proof (erf_right z Hz). rewrite Rabs_pos_eq; lra.
Qed.

Theorem act_erf : Activation erf erf1 erf2 (2 / sqrt PI) (2 / sqrt PI * (sqrt 2 * exp (- 1 / 2))).
Proof.
  destruct two_root_pi as [H1 H2]. destruct act_gaussian as [_ _ _ G1 G2]. constructor.
  - apply (term_smooth (Mul (Mul (Int 2) (Inv (Sqrt Pi))) (Gauss X))).
    + ok_term; intros _; first [exact PI_RGT_0 | lra].
    + reflexivity.
  - intros z. apply d_scal, d_gauss.
  - intros z. unfold erf1, erf2. apply d_scal. auto_derive; [exact I|]. simpl. ring.
  - intros z. unfold erf1. pose proof (gaussian_range z). rewrite Rabs_mult, !Rabs_pos_eq by lra. nra.
  - intros z. unfold erf2. rewrite Rabs_mult, (Rabs_pos_eq (2 / sqrt PI)) by lra.
    apply Rmult_le_compat_l; [lra|]. apply G1.
Qed.

Theorem euler_erf : euler erf erf1 0 (2 / sqrt PI * (sqrt 2 / 2 * exp (- 1 / 2))).
Proof.
  destruct two_root_pi as [H1 H2]. intros z. unfold erf1.
  replace (z * (2 / sqrt PI * exp (- z^2)) - 0 * erf z) with (2 / sqrt PI * (z * exp (- z^2))) by ring.
  rewrite Rabs_mult, (Rabs_pos_eq (2 / sqrt PI)) by lra. apply Rmult_le_compat_l; [lra|apply z_gaussian_abs].
Qed.

(** GELU: z (1 + erf(z/sqrt 2))/2 *)
Definition gelu (z : R) : R := z * (1 + erf (z / sqrt 2)) / 2.
Definition density (z : R) : R := / (sqrt PI * sqrt 2) * exp (- (z^2 / 2)).
Definition gelu1 (z : R) : R := (1 + erf (z / sqrt 2)) / 2 + z * density z.
Definition gelu2 (z : R) : R := (2 - z^2) * density z.
Definition M1_gelu : R := 11289041452 / 10000000000.

Lemma density_const : 0 < / (sqrt PI * sqrt 2).
Proof. destruct two_root_pi, sqrt2. apply Rinv_0_lt_compat, Rmult_lt_0_compat; lra. Qed.

Lemma d_density z : is_derive density z (- z * density z).
Proof.
  unfold density. apply (d_eq _ _ (/ (sqrt PI * sqrt 2) * (exp (- (z^2 / 2)) * - z))); [|ring].
  apply d_scal, (d_comp exp (fun z => - (z^2 / 2))); [apply is_derive_Reals, derivable_pt_lim_exp|].
  auto_derive; [exact I|]. field.
Qed.

Lemma d_Phi z : is_derive (fun z => (1 + erf (z / sqrt 2)) / 2) z (density z).
Proof.
  destruct two_root_pi as [H1 H2], sqrt2 as [E H].
  apply (d_ext (fun z => / 2 * (1 + erf (/ sqrt 2 * z)))); [intros; unfold Rdiv; rewrite (Rmult_comm t); ring|].
  apply (d_eq _ _ (/ 2 * (0 + erf1 (/ sqrt 2 * z) * / sqrt 2))).
  - apply d_scal, (d_plus (fun _ => 1)); [apply d_const|].
    apply (d_comp erf (fun z => / sqrt 2 * z)); [apply d_scal, d_gauss|apply d_lin].
  - unfold erf1, density. replace ((/ sqrt 2 * z)^2) with (z^2 / 2).
    + field. lra.
    + replace (z^2 / 2) with (z^2 / (sqrt 2 * sqrt 2)) by (rewrite E; reflexivity). field. lra.
Qed.

Lemma d_gelu z : is_derive gelu z (gelu1 z).
Proof.
  apply (d_ext (fun z => z * ((1 + erf (z / sqrt 2)) / 2))); [intros; unfold gelu, Rdiv; ring|].
  apply (d_eq _ _ (1 * ((1 + erf (z / sqrt 2)) / 2) + z * density z)); [|unfold gelu1; ring].
  apply (d_mult (fun z => z) (fun z => (1 + erf (z / sqrt 2)) / 2)); [apply d_id|apply d_Phi].
Qed.

Lemma d_gelu1 z : is_derive gelu1 z (gelu2 z).
Proof.
  apply (d_eq _ _ (density z + (1 * density z + z * (- z * density z)))); [|unfold gelu2; ring].
  apply (d_plus (fun z => (1 + erf (z / sqrt 2)) / 2)); [apply d_Phi|].
  apply (d_mult (fun z => z) density); [apply d_id|apply d_density].
Qed.

Lemma gelu1_right z : 0 <= z -> 1 / 2 <= gelu1 z <= M1_gelu.
Proof.
  intros Hz. destruct sqrt2 as [E2 H2]. pose proof density_const as Hd.
  assert (Hpos : forall t, 0 < density t) by (intros; apply Rmult_lt_0_compat; [exact Hd|apply exp_pos]).
  split.
  - unfold gelu1. assert (0 <= z / sqrt 2) by (apply Rmult_le_pos; [exact Hz|apply Rlt_le, Rinv_0_lt_compat; lra]).
    pose proof (erf_right (z / sqrt 2) H). assert (0 <= z * density z) by (apply Rmult_le_pos; [lra|apply Rlt_le, Hpos]). lra.
  - apply Rle_trans with (gelu1 (sqrt 2)).
    + destruct (MVT_gen gelu1 z (sqrt 2) gelu2) as [c [Hc E]].
      * intros; apply d_gelu1.
      * intros t _. apply derivable_continuous_pt. eexists. apply is_derive_Reals, d_gelu1.
      * unfold gelu2 in E. pose proof (Hpos c).
        assert (Hs : 0 <= (2 - c^2) * (sqrt 2 - z)).
        { unfold Rmin, Rmax in Hc. destruct (Rle_dec z (sqrt 2)).
          - apply Rmult_le_pos; [|lra]. assert (0 <= (sqrt 2 - c) * (sqrt 2 + c)) by (apply Rmult_le_pos; lra). nra.
          - assert (0 <= (c - sqrt 2) * (c + sqrt 2)) by (apply Rmult_le_pos; lra).
            replace ((2 - c^2) * (sqrt 2 - z)) with ((c^2 - 2) * (z - sqrt 2)) by ring. apply Rmult_le_pos; [|lra]. nra. }
        assert (0 <= (2 - c^2) * (sqrt 2 - z) * density c) by (apply Rmult_le_pos; lra). lra.
    + unfold gelu1, density, M1_gelu, erf, gauss_int.
      replace (sqrt 2 / sqrt 2) with 1 by (field; lra). 
      integral_intro (RInt (fun u => exp (- u^2)) 0 1) with (i_prec 60, i_relwidth 40, i_fuel 200) as Hi.
      set (g := RInt (fun u => exp (- u^2)) 0 1) in *. interval with (i_prec 60).
Qed.

Theorem act_gelu : Activation gelu gelu1 gelu2 M1_gelu (sqrt (2 / PI)).
Proof.
  destruct two_root_pi as [H1 H2], sqrt2 as [E H]. pose proof density_const as Hd. constructor.
  - apply (term_smooth (Mul (Mul X (Add (Int 1) (Mul (Mul (Int 2) (Inv (Sqrt Pi))) (Gauss (Mul X (Inv (Sqrt (Int 2)))))))) (Inv (Int 2)))).
    + ok_term; intros _; first [exact PI_RGT_0 | lra].
    + reflexivity.
  - exact d_gelu.
  - exact d_gelu1.
  - intros z. destruct (Rle_or_lt 0 z) as [Hz|Hz].
    + pose proof (gelu1_right z Hz). rewrite Rabs_pos_eq; lra.
    + pose proof (gelu1_right (- z) ltac:(lra)) as Hr.
      assert (Es : gelu1 z = 1 - gelu1 (- z)).
      { unfold gelu1, density, erf. replace ((- z)^2) with (z^2) by ring.
        replace (- z / sqrt 2) with (- (z / sqrt 2)) by (field; lra). rewrite gauss_int_odd. field. lra. }
      rewrite Es. unfold M1_gelu in *. apply Rabs_le_between. lra.
  - intros z. unfold gelu2, density. pose proof (exp_lower (z^2 / 2) ltac:(pose proof (pow2_ge_0 z); lra)) as [_ Hb].
    replace (2 - 2 * (z^2 / 2)) with (2 - z^2) in Hb by field.
    rewrite !Rabs_mult, (Rabs_pos_eq (/ _)), (Rabs_pos_eq (exp _)) by first [lra | apply Rlt_le, exp_pos].
    assert (Er : sqrt (2 / PI) = / (sqrt PI * sqrt 2) * 2).
    { rewrite sqrt_div by first [lra | exact PI_RGT_0].
      replace (/ (sqrt PI * sqrt 2) * 2) with (/ (sqrt PI * sqrt 2) * (sqrt 2 * sqrt 2)) by (rewrite E; reflexivity).
      field. lra. }
    rewrite Er. replace (Rabs (2 - z^2) * (/ (sqrt PI * sqrt 2) * exp (- (z^2 / 2))))
      with (/ (sqrt PI * sqrt 2) * (Rabs (2 - z^2) * exp (- (z^2 / 2)))) by ring.
    apply Rmult_le_compat_l; lra.
Qed.

Theorem euler_gelu : euler gelu gelu1 1 (2 * exp (- 1) * / (sqrt PI * sqrt 2)).
Proof.
  pose proof density_const as Hd. intros z.
  replace (z * gelu1 z - 1 * gelu z) with (/ (sqrt PI * sqrt 2) * (2 * (z^2 / 2 * exp (- (z^2 / 2)))))
    by (unfold gelu1, gelu, density; field; destruct two_root_pi, sqrt2; lra).
  pose proof (w_exp (z^2 / 2)). pose proof (exp_pos (- (z^2 / 2))). pose proof (pow2_ge_0 z).
  rewrite Rabs_pos_eq.
  - rewrite (Rmult_comm (2 * exp (- 1))). apply Rmult_le_compat_l; lra.
  - apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra.
Qed.

(** * Shifts, and bounds from below *)

(** s(z + e) + k, for example SoftPlus(1 - m). *)
Definition shifted (s : R -> R) (e k z : R) : R := s (z + e) + k.
Definition shifted1 (s1 : R -> R) (e z : R) : R := s1 (z + e).

Lemma act_shifted s s1 s2 M1 M2 e k : Activation s s1 s2 M1 M2 ->
  Activation (shifted s e k) (shifted1 s1 e) (shifted1 s2 e) M1 M2.
Proof.
  intros [Hs Hd Hd1 H1 H2].
  assert (Dshift : forall (f f1 : R -> R) t, (forall u, is_derive f u (f1 u)) ->
    is_derive (fun t => f (t + e)) t (f1 (t + e))).
  { intros f f1 t Hf. apply (d_eq _ _ (f1 (t + e) * (1 + 0))); [|ring].
    apply (d_comp f (fun t => t + e)); [apply Hf|]. apply d_plus; [apply d_id|apply d_const]. }
  constructor.
  - destruct Hs as [g [Tg Eg]]. exists (fun m z => g m (z + e) + match m with O => k | _ => 0 end). split.
    + intros m t. apply (d_eq _ _ (g (S m) (t + e) + 0)); [|ring].
      apply d_plus; [|apply d_const]. apply (Dshift (g m) (g (S m))). intros u. apply Tg.
    + intros t. unfold shifted. now rewrite Eg.
  - intros t. apply (d_eq _ _ (shifted1 s1 e t + 0)); [|ring].
    apply d_plus; [|apply d_const]. now apply (Dshift s s1).
  - intros t. now apply (Dshift s1 s2).
  - intros t. apply H1.
  - intros t. apply H2.
Qed.

(** phi falls before z0 and rises after it. *)
Lemma least_value (f f1 : R -> R) z0 : (forall t, is_derive f t (f1 t)) ->
  (forall t, z0 <= t -> 0 <= f1 t) -> (forall t, t <= z0 -> f1 t <= 0) -> forall t, f z0 <= f t.
Proof.
  intros Df Hr Hl t. destruct (MVT_gen f z0 t f1) as [c [Hc E]].
  - intros; apply Df.
  - intros u _. apply derivable_continuous_pt. exists (f1 u). apply is_derive_Reals, Df.
  - unfold Rmin, Rmax in Hc. destruct (Rle_dec z0 t) as [H0|H0].
    + specialize (Hr c ltac:(lra)). nra.
    + specialize (Hl c ltac:(lra)). nra.
Qed.

(** ** Bounds from below of functions of the library *)

Definition above (s : R -> R) (low : R) : Prop := forall t, low <= s t.

Lemma above_ext s s' low : (forall z, s z = s' z) -> above s low -> above s' low.
Proof. intros E H t. rewrite <- E. apply H. Qed.

Lemma above_weaken s low low' : above s low -> low' <= low -> above s low'.
Proof. intros H Hl t. now apply Rle_trans with (2 := H t). Qed.

Lemma above_scaled s A c low : 0 <= A -> above s low -> above (scaled s A c) (A * low).
Proof. intros HA H t. unfold scaled. apply Rmult_le_compat_l; [exact HA|apply H]. Qed.

Lemma above_shifted s e k low : above s low -> above (shifted s e k) (low + k).
Proof. intros H t. unfold shifted. apply Rplus_le_compat_r, H. Qed.

Lemma above_hypot : above hypot 1.
Proof. intros t. apply isru_root. Qed.

Lemma above_softplus : above softplus 0.
Proof.
  intros t. unfold softplus. pose proof (exp_pos t). rewrite <- ln_1. apply Rlt_le, ln_increasing; lra.
Qed.

Lemma above_gaussian : above gaussian 0.
Proof. intros t. pose proof (gaussian_range t). unfold gaussian. lra. Qed.

(** Negative multiples of what is bounded above. *)
Lemma above_minus s A c high : A <= 0 -> (forall t, s t <= high) -> above (scaled s A c) (A * high).
Proof. intros HA H t. unfold scaled. specialize (H (c * t)). nra. Qed.

(** ** Nowhere negative, by its parts *)

Lemma even_nonneg t k : 0 <= t^(2 * k).
Proof. rewrite pow_mult. apply pow_le, pow2_ge_0. Qed.

Lemma ln_nonneg t : 1 <= t -> 0 <= ln t.
Proof. intros [H|H]; [rewrite <- ln_1; apply Rlt_le, ln_increasing; lra|rewrite <- H, ln_1; lra]. Qed.

Lemma div_nonneg t u : 0 <= t -> 0 < u -> 0 <= t / u.
Proof. intros Ht Hu. apply Rmult_le_pos; [exact Ht|now apply Rlt_le, Rinv_0_lt_compat]. Qed.

Lemma div_nonpos t u : 0 <= t -> 0 < u -> (- t) / u <= 0.
Proof. intros Ht Hu. pose proof (div_nonneg t u Ht Hu). unfold Rdiv in *. lra. Qed.

Lemma cosh_ge_1 t : 1 <= cosh t.
Proof.
  unfold cosh. pose proof (exp_pos t) as He. rewrite exp_Ropp.
  assert (E : (exp t + / exp t) / 2 - 1 = (exp t - 1)^2 / (2 * exp t)) by (field; lra).
  assert (0 <= (exp t - 1)^2 / (2 * exp t)) by (apply div_nonneg; [apply pow2_ge_0|lra]). lra.
Qed.

Lemma above_logcosh : above logcosh 0.
Proof. intros t. unfold logcosh. apply ln_nonneg, cosh_ge_1. Qed.
