(** Activations and their constants over all of R.

    [Activation s s1 s2 M1 M2]: s is smooth, s1 and s2 are its derivatives, bounded by
    M1 and M2.  [euler s s1 kappa H]: |z s'(z) - kappa s(z)| <= H. *)

Require Import Reals Lra Lia Psatz ZArith.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Smooth Terms.
Open Scope R_scope.

Record Activation (s s1 s2 : R -> R) (M1 M2 : R) : Prop := {
  act_smooth : smooth s;
  act_d : forall t, is_derive s t (s1 t);
  act_d1 : forall t, is_derive s1 t (s2 t);
  act_M1 : forall t, Rabs (s1 t) <= M1;
  act_M2 : forall t, Rabs (s2 t) <= M2 }.

Arguments act_smooth {s s1 s2 M1 M2}.
Arguments act_d {s s1 s2 M1 M2}.
Arguments act_d1 {s s1 s2 M1 M2}.
Arguments act_M1 {s s1 s2 M1 M2}.
Arguments act_M2 {s s1 s2 M1 M2}.

Definition euler (s s1 : R -> R) (kappa H : R) : Prop := forall t, Rabs (t * s1 t - kappa * s t) <= H.
Definition bounded (s : R -> R) (S0 : R) : Prop := forall t, Rabs (s t) <= S0.

Lemma act_weaken s s1 s2 M1 M2 M1' M2' :
  Activation s s1 s2 M1 M2 -> M1 <= M1' -> M2 <= M2' -> Activation s s1 s2 M1' M2'.
Proof.
  intros [Hs Hd Hd1 H1 H2] L1 L2. constructor; auto; intros t.
  - now apply Rle_trans with (1 := H1 t).
  - now apply Rle_trans with (1 := H2 t).
Qed.

Lemma euler_weaken s s1 kappa H H' : euler s s1 kappa H -> H <= H' -> euler s s1 kappa H'.
Proof. intros He HH t. now apply Rle_trans with (1 := He t). Qed.

Lemma bounded_weaken s S S' : bounded s S -> S <= S' -> bounded s S'.
Proof. intros Hb HS t. now apply Rle_trans with (1 := Hb t). Qed.

(** The same function written otherwise. *)
Lemma act_ext s s' s1 s2 M1 M2 : (forall z, s z = s' z) -> Activation s s1 s2 M1 M2 -> Activation s' s1 s2 M1 M2.
Proof.
  intros E [[g [Tg Eg]] Hd Hd1 H1 H2]. constructor; auto.
  - exists g. split; [exact Tg|]. intros t. now rewrite Eg.
  - intros t. now apply (d_ext s).
Qed.

Lemma euler_ext s s' s1 kappa H : (forall z, s z = s' z) -> euler s s1 kappa H -> euler s' s1 kappa H.
Proof. intros E He t. rewrite <- E. apply He. Qed.

Lemma bounded_ext s s' S0 : (forall z, s z = s' z) -> bounded s S0 -> bounded s' S0.
Proof. intros E Hb t. rewrite <- E. apply Hb. Qed.

(** An activation of which only the derivatives of its term are known. *)
Lemma act_term t M1 M2 : ok t -> (forall z, Rabs (ev (D t) z) <= M1) -> (forall z, Rabs (ev (D (D t)) z) <= M2) ->
  Activation (ev t) (ev (D t)) (ev (D (D t))) M1 M2.
Proof.
  intros H H1 H2. constructor; auto.
  - now apply (term_smooth t).
  - intros z. now apply is_derive_D.
  - intros z. now apply is_derive_D, ok_D.
Qed.

(** A s(c z), for example SoftPlus(beta z)/beta. *)
Section Scaling.
Variables (s s1 s2 : R -> R) (M1 M2 A c : R).
Definition scaled (z : R) : R := A * s (c * z).
Definition scaled1 (z : R) : R := A * (s1 (c * z) * c).
Definition scaled2 (z : R) : R := A * (s2 (c * z) * c * c).

Lemma d_lin t : is_derive (fun z => c * z) t c.
Proof. apply (d_eq _ _ (c * 1)); [apply d_scal, d_id|ring]. Qed.

Lemma act_scaled : Activation s s1 s2 M1 M2 ->
  Activation scaled scaled1 scaled2 (Rabs A * Rabs c * M1) (Rabs A * c^2 * M2).
Proof.
  intros [Hs Hd Hd1 H1 H2]. constructor.
  - destruct Hs as [g [Tg E]]. exists (fun m z => A * (c^m * g m (c * z))). split.
    + intros m t. apply d_scal. apply (d_eq _ _ (c^m * (g (S m) (c * t) * c))); [|simpl; ring].
      apply d_scal. apply (d_comp (g m) (fun z => c * z)); [apply Tg|apply d_lin].
    + intros t. unfold scaled. rewrite E. simpl. ring.
  - intros t. unfold scaled, scaled1. apply d_scal. apply (d_comp s (fun z => c * z)); [apply Hd|apply d_lin].
  - intros t. unfold scaled1, scaled2. apply d_scal.
    apply (d_eq _ _ (s2 (c * t) * c * c + s1 (c * t) * 0)); [|ring].
    apply (d_mult (fun z => s1 (c * z))); [|apply d_const].
    apply (d_comp s1 (fun z => c * z)); [apply Hd1|apply d_lin].
  - intros t. unfold scaled1. rewrite !Rabs_mult.
    replace (Rabs A * Rabs c * M1) with (Rabs A * (M1 * Rabs c)) by ring.
    apply Rmult_le_compat_l; [apply Rabs_pos|]. apply Rmult_le_compat_r; [apply Rabs_pos|apply H1].
  - intros t. unfold scaled2. rewrite !Rabs_mult, <- (pow2_abs c).
    replace (Rabs A * Rabs c^2 * M2) with (Rabs A * (M2 * Rabs c * Rabs c)) by ring.
    apply Rmult_le_compat_l; [apply Rabs_pos|].
    apply Rmult_le_compat_r; [apply Rabs_pos|]. apply Rmult_le_compat_r; [apply Rabs_pos|apply H2].
Qed.

Lemma euler_scaled kappa H : euler s s1 kappa H -> euler scaled scaled1 kappa (Rabs A * H).
Proof.
  intros He t. unfold scaled, scaled1.
  replace (t * (A * (s1 (c * t) * c)) - kappa * (A * s (c * t)))
    with (A * (c * t * s1 (c * t) - kappa * s (c * t))) by ring.
  rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply He].
Qed.

Lemma bounded_scaled S0 : bounded s S0 -> bounded scaled (Rabs A * S0).
Proof.
  intros Hb t. unfold scaled. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply Hb].
Qed.
End Scaling.

(** * Tools *)

Lemma Rabs_sym_le f c : (forall z, f (- z) = f z \/ f (- z) = - f z) -> (forall z, 0 <= z -> Rabs (f z) <= c) ->
  forall z, Rabs (f z) <= c.
Proof.
  intros Hf Hc z. destruct (Rle_or_lt 0 z) as [H|H]; [now apply Hc|].
  replace z with (- - z) by ring. specialize (Hc (- z) ltac:(lra)).
  destruct (Hf (- z)) as [-> | ->]; rewrite ?Rabs_Ropp; exact Hc.
Qed.

(** e^z >= 1 + z + z^2/2 for z >= 0, and the tails of z e^-z and z^2 e^-z. *)
Lemma exp_ge_2 z : 0 <= z -> 1 + z + z^2 / 2 <= exp z.
Proof.
  intros Hz. destruct (Req_dec z 0) as [->|Hne]; [rewrite exp_0; lra|].
  destruct (MVT_gen (fun t => exp t - (1 + t + t^2 / 2)) 0 z (fun t => exp t - (1 + t))) as [c [Hc E]].
  - intros t _. auto_derive; [exact I|field].
  - intros t _. apply derivable_continuous_pt. exists (exp t - (1 + t)). apply is_derive_Reals. auto_derive; [exact I|field].
  - rewrite exp_0 in E. pose proof (exp_ineq1_le c). unfold Rmin, Rmax in Hc. destruct (Rle_dec 0 z); [|lra].
    assert (0 <= (exp c - (1 + c)) * (z - 0)) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma exp_ge_3 z : 0 <= z -> z^3 / 6 <= exp z.
Proof.
  intros Hz. 
  destruct (MVT_gen (fun t => exp t - t^3 / 6) 0 z (fun t => exp t - t^2 / 2)) as [c [Hc E]].
  - intros t _. auto_derive; [exact I|field].
  - intros t _. apply derivable_continuous_pt. exists (exp t - t^2 / 2). apply is_derive_Reals. auto_derive; [exact I|field].
  - rewrite exp_0 in E. unfold Rmin, Rmax in Hc. destruct (Rle_dec 0 z); [|lra].
    pose proof (exp_ge_2 c ltac:(lra)).
    assert (0 <= (exp c - c^2 / 2) * (z - 0)) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma z_exp_tail z : 0 < z -> 0 <= z * exp (- z) <= 2 / z.
Proof.
  intros Hz. pose proof (exp_pos (- z)). split; [nra|].
  pose proof (exp_ge_2 z (Rlt_le _ _ Hz)). rewrite exp_Ropp.
  apply (Rmult_le_reg_r (z * exp z)); [pose proof (exp_pos z); nra|].
  pose proof (exp_pos z). replace (z * / exp z * (z * exp z)) with (z^2) by (field; lra).
  replace (2 / z * (z * exp z)) with (2 * exp z) by (field; lra). nra.
Qed.

Lemma z2_exp_tail z : 0 < z -> 0 <= z^2 * exp (- z) <= 6 / z.
Proof.
  intros Hz. pose proof (exp_pos (- z)). split; [nra|].
  pose proof (exp_ge_3 z (Rlt_le _ _ Hz)). rewrite exp_Ropp.
  apply (Rmult_le_reg_r (z * exp z)); [pose proof (exp_pos z); nra|].
  pose proof (exp_pos z). replace (z^2 * / exp z * (z * exp z)) with (z^3) by (field; lra).
  replace (6 / z * (z * exp z)) with (6 * exp z) by (field; lra). lra.
Qed.

Lemma exp_neg_le_1 z : 0 <= z -> 0 < exp (- z) <= 1.
Proof.
  intros Hz. split; [apply exp_pos|]. rewrite <- exp_0.
  destruct (Req_dec z 0) as [->|]; [rewrite Ropp_0; lra|]. apply Rlt_le, exp_increasing. lra.
Qed.

(** |v (1 - v^2)| <= 2/(3 sqrt 3) on [-1, 1]. *)
Lemma cubic_bound v : -1 <= v <= 1 -> Rabs (v * (1 - v^2)) <= 2 * sqrt 3 / 9.
Proof.
  intros Hv. pose proof (sqrt_pos 3). assert (E : sqrt 3 * sqrt 3 = 3) by (apply sqrt_sqrt; lra).
  assert (H3 : 3/2 <= sqrt 3 <= 2) by (split; interval with (i_prec 60)).
  set (q := sqrt 3) in *.
  assert (Hp : forall u, -1 <= u -> u * (1 - u^2) <= 2 * q / 9).
  { intros u Hu. pose proof (pow2_ge_0 (u - q / 3)).
    assert (0 <= (u - q / 3)^2 * (u + 2 * q / 3)) by (apply Rmult_le_pos; lra).
    assert (Hx : (u - q / 3)^2 * (u + 2 * q / 3) = u^3 - u + 2 * q / 9).
    { replace ((u - q / 3)^2 * (u + 2 * q / 3)) with (u^3 - u * (q * q) / 3 + 2 * q * (q * q) / 27) by field.
      rewrite E. field. }
    lra. }
  apply Rabs_le_between. split; [|apply Hp; lra].
  pose proof (Hp (- v) ltac:(lra)) as Hm. replace (- v * (1 - (- v)^2)) with (- (v * (1 - v^2))) in Hm by ring. lra.
Qed.

(** * Sigmoid *)

Definition sigmoid (z : R) : R := / (1 + exp (- z)).
Definition sigmoid1 (z : R) : R := sigmoid z * (1 - sigmoid z).
Definition sigmoid2 (z : R) : R := sigmoid z * (1 - sigmoid z) * (1 - 2 * sigmoid z).

Lemma sigmoid_range z : 0 < sigmoid z < 1.
Proof.
  unfold sigmoid. pose proof (exp_pos (- z)). split; [apply Rinv_0_lt_compat; lra|].
  rewrite <- Rinv_1. apply Rinv_lt_contravar; lra.
Qed.

Lemma d_sigmoid z : is_derive sigmoid z (sigmoid1 z).
Proof.
  unfold sigmoid1, sigmoid. pose proof (exp_pos (- z)). auto_derive; [lra|]. field. lra.
Qed.

Lemma d_sigmoid1 z : is_derive sigmoid1 z (sigmoid2 z).
Proof.
  unfold sigmoid1. apply (d_eq _ _ (sigmoid1 z * (1 - sigmoid z) + sigmoid z * (0 + -1 * sigmoid1 z))).
  - apply (d_mult sigmoid (fun z => 1 - sigmoid z)); [apply d_sigmoid|].
    apply (d_ext (fun z => 1 + -1 * sigmoid z)); [intros; ring|].
    apply (d_plus (fun _ => 1)); [apply d_const|]. apply d_scal, d_sigmoid.
  - unfold sigmoid2, sigmoid1. ring.
Qed.

Definition t_sigmoid : term := Inv (Add (Int 1) (Exp (Opp X))).

Lemma smooth_sigmoid : smooth sigmoid.
Proof.
  apply (term_smooth t_sigmoid); [|reflexivity]. simpl. repeat split.
  intros z. pose proof (exp_pos (- z)). lra.
Qed.

Theorem act_sigmoid : Activation sigmoid sigmoid1 sigmoid2 (1 / 4) (sqrt 3 / 18).
Proof.
  constructor; [exact smooth_sigmoid|exact d_sigmoid|exact d_sigmoid1| |]; intros z; pose proof (sigmoid_range z).
  - unfold sigmoid1. set (s := sigmoid z) in *. rewrite Rabs_pos_eq by nra. pose proof (pow2_ge_0 (s - 1/2)). nra.
  - unfold sigmoid2. set (s := sigmoid z) in *. pose proof (cubic_bound (1 - 2 * s) ltac:(lra)) as Hc.
    replace (s * (1 - s) * (1 - 2 * s)) with ((1 - 2 * s) * (1 - (1 - 2 * s)^2) * (/ 4)) by field.
    rewrite Rabs_mult, (Rabs_pos_eq (/ 4)) by lra. lra.
Qed.

Theorem bounded_sigmoid : bounded sigmoid 1.
Proof. intros z. pose proof (sigmoid_range z). rewrite Rabs_pos_eq; lra. Qed.

(** The same in u = exp(-z). *)
Lemma sigmoid1_u z : sigmoid1 z = exp (- z) / (1 + exp (- z))^2.
Proof. unfold sigmoid1, sigmoid. pose proof (exp_pos (- z)). field. lra. Qed.

Lemma sigmoid_sym z : sigmoid (- z) = 1 - sigmoid z.
Proof. unfold sigmoid. rewrite Ropp_involutive, exp_Ropp. pose proof (exp_pos z). field. lra. Qed.

Lemma sigmoid1_sym z : sigmoid1 (- z) = sigmoid1 z.
Proof. unfold sigmoid1. rewrite sigmoid_sym. ring. Qed.

Lemma sigmoid1_tail z : 0 <= z -> 0 < sigmoid1 z <= exp (- z).
Proof.
  intros Hz. pose proof (exp_neg_le_1 z Hz). rewrite sigmoid1_u. set (u := exp (- z)) in *.
  assert (1 <= (1 + u)^2) by nra. split; [apply Rdiv_lt_0_compat; lra|].
  apply (Rmult_le_reg_r ((1 + u)^2)); [lra|]. replace (u / (1 + u)^2 * (1 + u)^2) with u by (field; lra). nra.
Qed.

Definition H_sigmoid : R := 2238716024 / 10000000000.

Lemma z_sigmoid1 z : 0 <= z -> 0 <= z * sigmoid1 z <= H_sigmoid.
Proof.
  intros Hz. pose proof (sigmoid1_tail z Hz). split; [nra|]. unfold H_sigmoid.
  destruct (Rle_or_lt z 10) as [H10|H10].
  - rewrite sigmoid1_u. replace (z * (exp (- z) / (1 + exp (- z))^2)) with (z * exp (- z) / (1 + exp (- z))^2).
    + interval with (i_bisect z, i_autodiff z, i_prec 60, i_depth 40).
    + field. pose proof (exp_pos (- z)). lra.
  - pose proof (z_exp_tail z ltac:(lra)). apply Rle_trans with (z * exp (- z)); [nra|].
    apply Rle_trans with (2 / z); [lra|]. apply Rle_trans with (2 / 10); [|lra].
    apply Rmult_le_compat_l; [lra|]. apply Rinv_le_contravar; lra.
Qed.

Theorem euler_sigmoid : euler sigmoid sigmoid1 0 H_sigmoid.
Proof.
  intros z. replace (z * sigmoid1 z - 0 * sigmoid z) with (z * sigmoid1 z) by ring.
  apply (Rabs_sym_le (fun z => z * sigmoid1 z)); clear z; intros z.
  - right. rewrite sigmoid1_sym. ring.
  - intros Hz. rewrite Rabs_pos_eq; apply z_sigmoid1, Hz.
Qed.

(** * tanh z = 2 sigmoid(2 z) - 1 *)

Definition tanh1 (z : R) : R := 1 - (tanh z)^2.
Definition tanh2 (z : R) : R := - 2 * tanh z * (1 - (tanh z)^2).

Lemma tanh_sigmoid z : tanh z = 2 * sigmoid (2 * z) - 1.
Proof.
  unfold tanh, sinh, cosh, sigmoid. replace (- (2 * z)) with (- z + - z) by ring. rewrite exp_plus, exp_Ropp.
  pose proof (exp_pos z). set (e := exp z) in *. assert (0 < / e) by (now apply Rinv_0_lt_compat).
  replace (/ e * / e) with (/ (e * e)) by (field; lra).
  replace ((e - / e) / 2 / ((e + / e) / 2)) with ((e * e - 1) / (e * e + 1)).
  - field. split; apply Rgt_not_eq; nra.
  - field. repeat split; apply Rgt_not_eq; nra.
Qed.

Lemma tanh1_sigmoid z : tanh1 z = 4 * sigmoid1 (2 * z).
Proof. unfold tanh1, sigmoid1. rewrite tanh_sigmoid. ring. Qed.

Lemma tanh_range z : -1 < tanh z < 1.
Proof. rewrite tanh_sigmoid. pose proof (sigmoid_range (2 * z)). lra. Qed.

Lemma d_tanh z : is_derive tanh z (tanh1 z).
Proof.
  apply (d_ext (fun z => 2 * sigmoid (2 * z) + -1)); [intros; rewrite tanh_sigmoid; ring|].
  apply (d_eq _ _ (2 * (sigmoid1 (2 * z) * 2) + 0)); [|rewrite tanh1_sigmoid; ring].
  apply (d_plus (fun z => 2 * sigmoid (2 * z)) (fun _ => -1)); [|apply d_const]. apply d_scal. apply (d_comp sigmoid (fun z => 2 * z)); [apply d_sigmoid|apply d_lin].
Qed.

Lemma d_tanh1 z : is_derive tanh1 z (tanh2 z).
Proof.
  apply (d_ext (fun z => 1 + -1 * (tanh z * tanh z))); [intros; unfold tanh1; ring|].
  apply (d_eq _ _ (0 + -1 * (tanh1 z * tanh z + tanh z * tanh1 z))); [|unfold tanh2, tanh1; ring].
  apply (d_plus (fun _ => 1)); [apply d_const|]. apply d_scal, (d_mult tanh tanh); apply d_tanh.
Qed.

Definition t_tanh : term :=
  Add (Mul (Int 2) (Inv (Add (Int 1) (Exp (Opp (Mul (Int 2) X)))))) (Int (-1)).

Lemma smooth_tanh : smooth tanh.
Proof.
  apply (term_smooth t_tanh).
  - simpl. repeat split. intros z. pose proof (exp_pos (- (2 * z))). lra.
  - intros z. rewrite tanh_sigmoid. unfold sigmoid. simpl. ring.
Qed.

Theorem act_tanh : Activation tanh tanh1 tanh2 1 (4 * sqrt 3 / 9).
Proof.
  constructor; [exact smooth_tanh|exact d_tanh|exact d_tanh1| |]; intros z; pose proof (tanh_range z).
  - unfold tanh1. rewrite Rabs_pos_eq; nra.
  - unfold tanh2. pose proof (cubic_bound (tanh z) ltac:(lra)).
    replace (-2 * tanh z * (1 - tanh z^2)) with (- 2 * (tanh z * (1 - tanh z^2))) by ring.
    rewrite Rabs_mult, (Rabs_left (- 2)) by lra. lra.
Qed.

Theorem bounded_tanh : bounded tanh 1.
Proof. intros z. pose proof (tanh_range z). apply Rabs_le_between; lra. Qed.

Definition H_tanh : R := 4477432048 / 10000000000.

Theorem euler_tanh : euler tanh tanh1 0 H_tanh.
Proof.
  intros z. rewrite tanh1_sigmoid.
  replace (z * (4 * sigmoid1 (2 * z)) - 0 * tanh z) with (2 * (2 * z * sigmoid1 (2 * z) - 0 * sigmoid (2 * z))) by ring.
  rewrite Rabs_mult, (Rabs_pos_eq 2) by lra. pose proof (euler_sigmoid (2 * z)). unfold H_sigmoid, H_tanh in *. lra.
Qed.

(** * SoftPlus *)

Definition softplus (z : R) : R := ln (1 + exp z).

Lemma d_softplus z : is_derive softplus z (sigmoid z).
Proof.
  unfold softplus, sigmoid. pose proof (exp_pos z). auto_derive; [lra|]. rewrite exp_Ropp. field. split; lra.
Qed.

Definition t_softplus : term := Ln (Add (Int 1) (Exp X)).

Lemma smooth_softplus : smooth softplus.
Proof.
  apply (term_smooth t_softplus); [|reflexivity]. simpl. repeat split. intros z. pose proof (exp_pos z). lra.
Qed.

Theorem act_softplus : Activation softplus sigmoid sigmoid1 1 (1 / 4).
Proof.
  destruct act_sigmoid as [_ _ _ H1 _].
  constructor; [exact smooth_softplus|exact d_softplus|exact d_sigmoid|exact bounded_sigmoid|exact H1].
Qed.

(** 0 <= softplus - z sigmoid <= log 2: its derivative is - z sigmoid'. *)
Lemma softplus_gap z : 0 <= softplus z - z * sigmoid z <= ln 2.
Proof.
  set (f := fun z => softplus z - z * sigmoid z).
  assert (Df : forall z, is_derive f z (- z * sigmoid1 z)).
  { intros t. unfold f. apply (d_eq _ _ (sigmoid t + -1 * (1 * sigmoid t + t * sigmoid1 t))); [|ring].
    apply (d_ext (fun z => softplus z + -1 * (z * sigmoid z))); [intros; ring|].
    apply (d_plus softplus); [apply d_softplus|]. apply d_scal. apply (d_mult (fun z => z) sigmoid); [apply d_id|apply d_sigmoid]. }
  assert (Hs1 : forall t, 0 < sigmoid1 t) by (intros t; unfold sigmoid1; pose proof (sigmoid_range t); nra).
  assert (Hpos : forall t, 0 <= f t).
  { intros t. unfold f, softplus. pose proof (exp_pos t). pose proof (sigmoid_range t).
    destruct (Rle_or_lt 0 t) as [Ht|Ht].
    - assert (Hln : t <= ln (1 + exp t)) by (rewrite <- (ln_exp t) at 1; apply Rlt_le, ln_increasing; lra). nra.
    - assert (0 < ln (1 + exp t)) by (rewrite <- ln_1; apply ln_increasing; lra). nra. }
  assert (Hmax : f z <= f 0).
  { destruct (MVT_gen f 0 z (fun t => - t * sigmoid1 t)) as [c [Hc E]].
    - intros; apply Df.
    - intros t _. apply derivable_continuous_pt. eexists. apply is_derive_Reals, Df.
    - pose proof (Hs1 c). unfold Rmin, Rmax in Hc. destruct (Rle_dec 0 z).
      + assert (0 <= c * sigmoid1 c * (z - 0)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra). lra.
      + assert (0 <= (- c) * sigmoid1 c * (0 - z)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra). lra. }
  assert (E0 : f 0 = ln 2) by (unfold f, softplus; rewrite exp_0; replace (1 + 1) with 2 by ring; ring).
  fold (f z). pose proof (Hpos z). lra.
Qed.

Theorem euler_softplus : euler softplus sigmoid 1 (ln 2).
Proof.
  intros z. pose proof (softplus_gap z). apply Rabs_le_between. lra.
Qed.

(** * arctan *)

Definition atan1 (z : R) : R := / (1 + z^2).
Definition atan2 (z : R) : R := - (2 * z) / (1 + z^2)^2.

Theorem act_atan : Activation atan atan1 atan2 1 (3 * sqrt 3 / 8).
Proof.
  constructor.
  - apply (term_smooth (Atan X)); [exact I|reflexivity].
  - intros z. apply is_derive_Reals. exact (derivable_pt_lim_atan z).
  - intros z. pose proof (pow2_ge_0 z). unfold atan1, atan2. auto_derive; [simpl in *; lra|]. field. lra.
  - intros z. pose proof (pow2_ge_0 z). unfold atan1. rewrite Rabs_pos_eq; [|apply Rlt_le, Rinv_0_lt_compat; lra].
    rewrite <- Rinv_1. apply Rinv_le_contravar; lra.
  - intros z. pose proof (pow2_ge_0 z). unfold atan2. assert (Hq : 0 < (1 + z^2)^2) by nra.
    pose proof (sqrt_pos 3) as Hq3. assert (E : sqrt 3 * sqrt 3 = 3) by (apply sqrt_sqrt; lra). set (q := sqrt 3) in *.
    assert (Hz : forall t, 0 <= t -> 2 * t <= 3 * q / 8 * (1 + t^2)^2).
    { intros t Ht.
      (* 3 q/8 (1 + t^2)^2 - 2 t = (3 q/8) (t - q/3)^2 (t^2 + 2 q t/3 + 3) *)
      assert (Ht0 : 0 <= 3 * q / 8 * ((t - q / 3)^2 * (t^2 + 2 * q / 3 * t + 3))).
      { apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; [apply pow2_ge_0|]. nra. }
      replace (3 * q / 8 * ((t - q / 3)^2 * (t^2 + 2 * q / 3 * t + 3)))
        with (3 * q / 8 * (1 + t^2)^2 - 2 * t) in Ht0; [lra|].
      replace (3 * q / 8 * ((t - q / 3)^2 * (t^2 + 2 * q / 3 * t + 3)))
        with (3 * q / 8 * (t^4 + (3 - (q * q) / 3) * t^2 + (q * q) / 3)
              + 3 / 8 * t * ((q * q) * (q * q) * 2 / 27 - 2 * (q * q)))
        by field.
      rewrite E. field. }
    unfold Rdiv at 1. rewrite Rabs_mult, (Rabs_pos_eq (/ _)) by (apply Rlt_le, Rinv_0_lt_compat, Hq).
    apply (Rmult_le_reg_r ((1 + z^2)^2)); [exact Hq|].
    rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq 2) by lra.
    rewrite <- (pow2_abs z). apply Hz, Rabs_pos.
Qed.

Theorem bounded_atan : bounded atan (PI / 2).
Proof. intros z. pose proof (atan_bound z). apply Rabs_le_between; lra. Qed.

Theorem euler_atan : euler atan atan1 0 (1 / 2).
Proof.
  intros z. pose proof (pow2_ge_0 z). unfold atan1. replace (z * / (1 + z^2) - 0 * atan z) with (z * / (1 + z^2)) by ring.
  rewrite Rabs_mult, (Rabs_pos_eq (/ _)) by (apply Rlt_le, Rinv_0_lt_compat; lra).
  apply (Rmult_le_reg_r (1 + z^2)); [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  rewrite <- (pow2_abs z). pose proof (pow2_ge_0 (Rabs z - 1)). nra.
Qed.

(** * Identity and sine *)

Theorem act_identity : Activation (fun z => z) (fun _ => 1) (fun _ => 0) 1 0.
Proof.
  constructor.
  - apply (term_smooth X); [exact I|reflexivity].
  - apply d_id.
  - intros z. apply d_const.
  - intros _. rewrite Rabs_R1; lra.
  - intros _. rewrite Rabs_R0; lra.
Qed.

Theorem euler_identity : euler (fun z => z) (fun _ => 1) 1 0.
Proof. intros z. replace (z * 1 - 1 * z) with 0 by ring. rewrite Rabs_R0; lra. Qed.

Theorem act_sin : Activation sin cos (fun z => - sin z) 1 1.
Proof.
  constructor.
  - apply (term_smooth (Sin X)); [exact I|reflexivity].
  - intros z. apply is_derive_Reals, derivable_pt_lim_sin.
  - intros z. apply is_derive_Reals, derivable_pt_lim_cos.
  - intros z. apply Rabs_le_between, COS_bound.
  - intros z. rewrite Rabs_Ropp. apply Rabs_le_between, SIN_bound.
Qed.

Theorem bounded_sin : bounded sin 1.
Proof. intros z. apply Rabs_le_between, SIN_bound. Qed.

Theorem act_cos : Activation cos (fun z => - sin z) (fun z => - cos z) 1 1.
Proof.
  constructor.
  - apply (term_smooth (Cos X)); [exact I|reflexivity].
  - intros z. apply is_derive_Reals, derivable_pt_lim_cos.
  - intros z. apply (d_ext (fun z => -1 * sin z)); [intros; ring|].
    apply (d_eq _ _ (-1 * cos z)); [|ring]. apply d_scal, is_derive_Reals, derivable_pt_lim_sin.
  - intros z. rewrite Rabs_Ropp. apply Rabs_le_between, SIN_bound.
  - intros z. rewrite Rabs_Ropp. apply Rabs_le_between, COS_bound.
Qed.

Theorem bounded_cos : bounded cos 1.
Proof. intros z. apply Rabs_le_between, COS_bound. Qed.

(** z + c sin z *)
Section Wavy.
Variable c : R.
Definition wavy (z : R) : R := z + c * sin z.
Definition wavy1 (z : R) : R := 1 + c * cos z.
Definition wavy2 (z : R) : R := - c * sin z.

Theorem act_wavy : (exists q : Z, c = IZR q) -> Activation wavy wavy1 wavy2 (1 + Rabs c) (Rabs c).
Proof.
  intros [q Hq]. constructor.
  - apply (term_smooth (Add X (Mul (Int q) (Sin X)))); [simpl; tauto|]. intros z. simpl. unfold wavy. now rewrite Hq.
  - intros z. unfold wavy, wavy1. auto_derive; [exact I|ring].
  - intros z. unfold wavy1, wavy2. auto_derive; [exact I|ring].
  - intros z. unfold wavy1. apply Rle_trans with (1 := Rabs_triang _ _). rewrite Rabs_R1, Rabs_mult.
    pose proof (COS_bound z) as Hc. apply Rabs_le_between in Hc. pose proof (Rabs_pos c). nra.
  - intros z. unfold wavy2. rewrite Rabs_mult, Rabs_Ropp.
    pose proof (SIN_bound z) as Hc. apply Rabs_le_between in Hc. pose proof (Rabs_pos c). nra.
Qed.
End Wavy.

(** Snake: z + sin^2 z *)
Definition snake (z : R) : R := z + sin z ^ 2.
Definition snake1 (z : R) : R := 1 + 2 * sin z * cos z.
Definition snake2 (z : R) : R := 2 * (cos z ^ 2 - sin z ^ 2).

Theorem act_snake : Activation snake snake1 snake2 2 2.
Proof.
  assert (H : forall z, sin z ^ 2 + cos z ^ 2 = 1) by (intros z; pose proof (sin2_cos2 z) as E; unfold Rsqr in E; lra).
  constructor.
  - apply (term_smooth (Add X (Mul (Sin X) (Sin X)))); [simpl; tauto|]. intros z. simpl. unfold snake. ring.
  - intros z. unfold snake, snake1. auto_derive; [exact I|ring].
  - intros z. unfold snake1, snake2. auto_derive; [exact I|ring].
  - intros z. unfold snake1. apply Rabs_le. pose proof (H z). pose proof (pow2_ge_0 (sin z + cos z)). pose proof (pow2_ge_0 (sin z - cos z)). nra.
  - intros z. unfold snake2. apply Rabs_le. pose proof (H z). pose proof (pow2_ge_0 (sin z)). pose proof (pow2_ge_0 (cos z)). lra.
Qed.

(** * SiLU: z sigmoid(z) *)

Definition silu (z : R) : R := z * sigmoid z.
Definition silu1 (z : R) : R := sigmoid z + z * sigmoid1 z.
Definition silu2 (z : R) : R := 2 * sigmoid1 z + z * sigmoid2 z.
Definition M1_silu : R := 10998393202 / 10000000000.
Definition H_silu : R := 4392288399 / 10000000000.

Lemma silu1_right z : 0 <= z -> 1 / 2 <= silu1 z <= M1_silu.
Proof.
  intros Hz. pose proof (exp_neg_le_1 z Hz) as Hu.
  assert (E : silu1 z = (1 + exp (- z) + z * exp (- z)) / (1 + exp (- z))^2).
  { unfold silu1. rewrite sigmoid1_u. unfold sigmoid. field. lra. }
  split.
  - rewrite E. set (u := exp (- z)) in *. apply (Rmult_le_reg_r ((1 + u)^2)); [nra|].
    replace ((1 + u + z * u) / (1 + u)^2 * (1 + u)^2) with (1 + u + z * u) by (field; lra). nra.
  - rewrite E. unfold M1_silu. destruct (Rle_or_lt z 21) as [H|H].
    + interval with (i_bisect z, i_autodiff z, i_prec 60, i_depth 40).
    + pose proof (z_exp_tail z ltac:(lra)) as Ht.
      assert (2 / z <= 2 / 21) by (apply Rmult_le_compat_l; [lra|]; apply Rinv_le_contravar; lra).
      set (u := exp (- z)) in *. apply (Rmult_le_reg_r ((1 + u)^2)); [nra|].
      replace ((1 + u + z * u) / (1 + u)^2 * (1 + u)^2) with (1 + u + z * u) by (field; lra). nra.
Qed.

Theorem act_silu : Activation silu silu1 silu2 M1_silu (1 / 2).
Proof.
  constructor.
  - apply (term_smooth (Mul X t_sigmoid)); [|reflexivity]. simpl. repeat split.
    intros z. pose proof (exp_pos (- z)). lra.
  - intros z. unfold silu, silu1. apply (d_eq _ _ (1 * sigmoid z + z * sigmoid1 z)); [|ring].
    apply (d_mult (fun z => z) sigmoid); [apply d_id|apply d_sigmoid].
  - intros z. unfold silu1, silu2. apply (d_eq _ _ (sigmoid1 z + (1 * sigmoid1 z + z * sigmoid2 z))); [|ring].
    apply (d_plus sigmoid); [apply d_sigmoid|]. apply (d_mult (fun z => z) sigmoid1); [apply d_id|apply d_sigmoid1].
  - intros z. destruct (Rle_or_lt 0 z) as [Hz|Hz].
    + pose proof (silu1_right z Hz). rewrite Rabs_pos_eq; lra.
    + pose proof (silu1_right (- z) ltac:(lra)) as H.
      assert (E : silu1 z = 1 - silu1 (- z)) by (unfold silu1; rewrite sigmoid_sym, sigmoid1_sym; ring).
      rewrite E. unfold M1_silu in *. apply Rabs_le_between. lra.
  - apply Rabs_sym_le.
    + intros z. left. unfold silu2, sigmoid2. rewrite sigmoid1_sym, sigmoid_sym. unfold sigmoid1. ring.
    + intros z Hz. unfold silu2, sigmoid2. fold (sigmoid1 z).
      pose proof (z_sigmoid1 z Hz) as Hz1. pose proof (sigmoid_range z) as Hs.
      assert (Hs1 : 0 <= sigmoid1 z <= 1 / 4).
      { unfold sigmoid1. pose proof (pow2_ge_0 (sigmoid z - 1/2)). nra. }
      assert (Hge : 1 / 2 <= sigmoid z).
      { unfold sigmoid. pose proof (exp_neg_le_1 z Hz). rewrite <- (Rinv_involutive (1 / 2)) by lra.
        apply Rinv_le_contravar; lra. }
      unfold H_sigmoid in *. set (v := sigmoid1 z) in *. set (w := sigmoid z) in *.
      replace (2 * v + z * (v * (1 - 2 * w))) with (2 * v - z * v * (2 * w - 1)) by ring.
      assert (0 <= z * v * (2 * w - 1) <= z * v) by (split; [apply Rmult_le_pos; lra|nra]).
      apply Rabs_le_between; lra.
Qed.

Theorem euler_silu : euler silu silu1 1 H_silu.
Proof.
  intros z. replace (z * silu1 z - 1 * silu z) with (z^2 * sigmoid1 z) by (unfold silu1, silu; ring).
  apply (Rabs_sym_le (fun z => z^2 * sigmoid1 z)); clear z; intros z.
  - left. rewrite sigmoid1_sym. ring.
  - intros Hz. pose proof (sigmoid1_tail z Hz) as Ht. pose proof (pow2_ge_0 z).
    rewrite Rabs_pos_eq by (apply Rmult_le_pos; lra). unfold H_silu.
    destruct (Rle_or_lt z 20) as [H20|H20].
    + rewrite sigmoid1_u. replace (z^2 * (exp (- z) / (1 + exp (- z))^2)) with (z^2 * exp (- z) / (1 + exp (- z))^2).
      * interval with (i_bisect z, i_autodiff z, i_prec 60, i_depth 40).
      * field. pose proof (exp_pos (- z)). lra.
    + pose proof (z2_exp_tail z ltac:(lra)).
      assert (6 / z <= 6 / 20) by (apply Rmult_le_compat_l; [lra|]; apply Rinv_le_contravar; lra). nra.
Qed.
