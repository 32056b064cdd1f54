(** Tactics of the generated files. *)

Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Smooth Terms Activations More Kink.
Open Scope R_scope.

(** Make the arguments of f in the goal the same where they are equal. *)
Ltac merge f :=
  repeat match goal with
  | |- context [f ?u] =>
    match goal with
    | |- context [f ?v] =>
      tryif constr_eq u v then fail else replace (f v) with (f u) by (f_equal; field; repeat split; try lra; try exact PI_neq0)
    end
  end.

Lemma sqrt_square_pos u : 0 < u -> sqrt u * sqrt u = u.
Proof. intros. apply sqrt_sqrt. lra. Qed.

(** Exponentials of opposite arguments as inverses. *)
Ltac opposite f :=
  repeat match goal with
  | |- context [exp ?u] =>
    match goal with
    | |- context [exp ?v] =>
      tryif constr_eq u v then fail else
      first [ replace (exp v) with (exp u) by (f_equal; field; try lra)
            | replace (exp v) with (/ exp u) by (rewrite <- exp_Ropp; f_equal; field; try lra)
            | replace (exp v) with (/ (exp u * exp u)) by (rewrite <- exp_plus, <- exp_Ropp; f_equal; field; try lra)
            | replace (exp v) with (exp u * exp u) by (rewrite <- exp_plus; f_equal; field; try lra) ]
    end
  end.

(** Sums, products, quotients and powers of positive things are positive; for what does not vanish,
    positivity or negativity is enough. *)
Ltac positive :=
  repeat first
    [ assumption | apply exp_pos | apply PI_RGT_0 | apply cosh_pos | lra
    | apply Rplus_lt_le_0_compat; [|apply pow2_ge_0] | apply Rplus_lt_le_0_compat; [|apply Rle_0_sqr]
    | apply Rplus_le_lt_0_compat; [apply pow2_ge_0|] | apply Rplus_le_lt_0_compat; [apply Rle_0_sqr|]
    | apply Rplus_lt_0_compat
    | apply Rmult_lt_0_compat | apply pow_lt | apply Rinv_0_lt_compat | apply Rdiv_lt_0_compat | apply sqrt_lt_R0 ].

Ltac positive_side :=
  intros;
  repeat match goal with
  | |- context [exp ?u] => lazymatch goal with H : 0 < exp u |- _ => fail | _ => pose proof (exp_pos u) end
  | |- context [cos ?u] => lazymatch goal with H : -1 <= cos u <= 1 |- _ => fail | _ => pose proof (COS_bound u) end
  | |- context [sin ?u] => lazymatch goal with H : -1 <= sin u <= 1 |- _ => fail | _ => pose proof (SIN_bound u) end
  end;
  first [ lra | solve [ positive ] | solve [ apply Rgt_not_eq; positive ] | solve [ apply Rgt_not_eq; nra ] | nra | idtac ].

(** Two ways of writing one function: field arithmetic after the arguments are made the same;
    what must not vanish is positive. *)
Ltac same :=
  intros; unfold shifted, scaled, scaled1, scaled2, silu, gelu, sigmoid, softplus, erf, gaussian, isru, hypot, squareplus, logcosh, wavy, snake;
  merge sqrt; merge exp; merge ln; merge sqrt; merge gauss_int; merge tanh; merge cosh; merge sin; merge atan;
  first [ reflexivity | solve [ ring ] | solve [ field; repeat split; positive_side ]
        | solve [ unfold Rdiv; repeat f_equal; (ring || (field; repeat split; positive_side)) ]
        | solve [ rewrite ?tanh_sigmoid; unfold sigmoid, cosh, sinh; merge exp; field; repeat split; positive_side ]
        | solve [ rewrite ?tanh_sigmoid; unfold sigmoid, cosh, sinh; opposite exp; field; repeat split; positive_side ] ].

(** The same where a root of a sum is k times the root of another. *)
Ltac same_root k :=
  intros; unfold shifted, scaled, hypot;
  match goal with
  | |- context [sqrt ?a] =>
    match goal with
    | |- context [sqrt ?b] =>
      tryif constr_eq a b then fail else
      replace (sqrt a) with (k * sqrt b)
        by (rewrite <- (sqrt_pow2 k) at 1 by lra;
            rewrite <- sqrt_mult_alt by (apply pow2_ge_0); f_equal; field)
    end
  end; field.

(** A numeric inequality: by linear arithmetic where it is an equality, else by intervals. *)
Ltac numeric :=
  unfold M1_silu, H_silu, H_sigmoid, H_tanh, M1_gelu, S0_erf;
  repeat (rewrite Rabs_pos_eq by lra); repeat (rewrite Rabs_left by lra);
  first [ lra | interval with (i_prec 90) ].

Lemma tanh_0 : tanh 0 = 0.
Proof. rewrite tanh_sigmoid. unfold sigmoid. rewrite Rmult_0_r, Ropp_0, exp_0. field. Qed.

(** |sigma(0)| for the functions of the library. *)
Ltac at_zero :=
  unfold scaled, silu, gelu, sigmoid, softplus, erf, gaussian, isru, hypot, squareplus, logcosh, wavy, snake, Rdiv;
  rewrite ?Rmult_0_r, ?Rmult_0_l, ?tanh_0, ?sin_0, ?atan_0, ?cosh_0, ?gauss_int_0, ?Rmult_0_r, ?Ropp_0, ?exp_0, ?ln_1, ?Rmult_0_r;
  first [ rewrite Rabs_R0; lra | interval with (i_prec 90) ].

Lemma sigmoid_in t : 0 <= sigmoid t <= 1.
Proof. pose proof (sigmoid_range t). lra. Qed.

Lemma gaussian_in t : 0 <= gaussian t <= 1.
Proof. pose proof (gaussian_range t). unfold gaussian. lra. Qed.

(** * Generated lemmas for activations that the library does not know *)

Lemma exp_pow x k : (exp x)^k = exp (INR k * x).
Proof.
  induction k as [|k IH]; [simpl; now rewrite Rmult_0_l, exp_0|].
  rewrite S_INR. simpl. rewrite IH, <- exp_plus. f_equal. ring.
Qed.

(** z^i exp(-c z) decreases from i/c on. *)
Lemma pow_exp_tail i c T x : 0 < T -> INR i <= c * T -> T <= x -> 0 <= x^i * exp (- (c * x)) <= T^i * exp (- (c * T)).
Proof.
  intros HT Hi Hx. split; [apply Rmult_le_pos; [apply pow_le; lra|apply Rlt_le, exp_pos]|].
  assert (Hr : x^i <= T^i * exp (c * (x - T))).
  { assert (E : x = T * (x / T)) by (field; lra). rewrite E at 1. rewrite Rpow_mult_distr.
    apply Rmult_le_compat_l; [apply pow_le; lra|].
    apply Rle_trans with ((exp ((x - T) / T))^i).
    - apply pow_incr. split; [apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra]|].
      replace (x / T) with (1 + (x - T) / T) by (field; lra). apply exp_ineq1_le.
    - rewrite exp_pow. assert (Hle : INR i * ((x - T) / T) <= c * (x - T)).
      { replace (INR i * ((x - T) / T)) with (INR i / T * (x - T)) by (field; lra).
        apply Rmult_le_compat_r; [lra|]. apply (Rmult_le_reg_r T); [lra|].
        replace (INR i / T * T) with (INR i) by (field; lra). exact Hi. }
      destruct Hle as [Hle|Hle]; [now apply Rlt_le, exp_increasing|rewrite Hle; lra]. }
  apply Rle_trans with (T^i * exp (c * (x - T)) * exp (- (c * x))).
  - apply Rmult_le_compat_r; [apply Rlt_le, exp_pos|exact Hr].
  - rewrite Rmult_assoc, <- exp_plus. right. do 2 f_equal. ring.
Qed.

Lemma exp_tail c T x : 0 <= c -> T <= x -> 0 <= exp (- (c * x)) <= exp (- (c * T)).
Proof.
  intros Hc Hx. split; [apply Rlt_le, exp_pos|].
  assert (c * T <= c * x) by (now apply Rmult_le_compat_l).
  destruct (Req_dec (c * T) (c * x)) as [->|]; [lra|]. apply Rlt_le, exp_increasing. lra.
Qed.

(** The same for exp(-G) where G >= c x. *)
Lemma poly_tail c T x G : 0 <= c -> T <= x -> c * x <= G -> 0 <= exp (- G) <= exp (- (c * T)).
Proof.
  intros Hc Hx HG. split; [apply Rlt_le, exp_pos|].
  assert (c * T <= c * x) by (now apply Rmult_le_compat_l).
  destruct (Req_dec (c * T) G) as [->|]; [lra|]. apply Rlt_le, exp_increasing. lra.
Qed.

Lemma poly_pow_tail i c T x G : 0 < T -> INR i <= c * T -> T <= x -> c * x <= G ->
  0 <= x^i * exp (- G) <= T^i * exp (- (c * T)).
Proof.
  intros HT Hi Hx HG. assert (0 <= x^i) by (apply pow_le; lra).
  split; [apply Rmult_le_pos; [assumption|apply Rlt_le, exp_pos]|].
  apply Rle_trans with (2 := proj2 (pow_exp_tail i c T x HT Hi Hx)).
  apply Rmult_le_compat_l; [assumption|].
  destruct (Req_dec (c * x) G) as [->|]; [lra|]. apply Rlt_le, exp_increasing. lra.
Qed.

(** ln W = k g + ln P when W = exp(k g) P. *)
Lemma ln_split W h P : 0 < P -> W = exp h * P -> ln W = h + ln P.
Proof. intros HP ->. rewrite ln_mult, ln_exp; [reflexivity|apply exp_pos|exact HP]. Qed.

Lemma tanh_ln w : 0 < w -> tanh (ln w) = (w * w - 1) / (w * w + 1).
Proof.
  intros Hw. rewrite tanh_sigmoid. unfold sigmoid.
  replace (- (2 * ln w)) with (- ln w + - ln w) by ring. rewrite exp_plus, exp_Ropp, exp_ln by exact Hw.
  field. split; apply Rgt_not_eq; nra.
Qed.

Ltac same_term :=
  intros; cbn [ev]; repeat (rewrite tanh_ln by positive_side); rewrite ?tanh_sigmoid; unfold sigmoid, cosh, sinh;
  merge sqrt; merge exp; merge ln; merge sqrt; merge gauss_int; merge sin; merge cos; merge atan;
  first [ reflexivity | solve [ ring ] | solve [ field; repeat split; positive_side ]
        | solve [ unfold Rdiv; repeat f_equal; (ring || (field; repeat split; positive_side)) ] ].

Ltac valid_term := ok_term; intros; try exact PI_RGT_0; positive_side.

(** A quantity on a half-line as a rational function of x and u = exp(-G), and of logarithms of
    polynomials in u: every exponential becomes a power of u, every logarithm splits. *)
Ltac half_exp G :=
  repeat match goal with
  | |- context [exp ?a] =>
    tryif constr_eq a (- G) then fail else
    first
      [ replace (exp a) with (exp (- G)) by (f_equal; field)
      | replace (exp a) with (/ exp (- G)) by (rewrite <- exp_Ropp; f_equal; field)
      | replace (exp a) with ((exp (- G))^2) by (rewrite exp_pow; f_equal; simpl; field)
      | replace (exp a) with (/ (exp (- G))^2) by (rewrite exp_pow, <- exp_Ropp; f_equal; simpl; field)
      | replace (exp a) with ((exp (- G))^3) by (rewrite exp_pow; f_equal; simpl; field)
      | replace (exp a) with (/ (exp (- G))^3) by (rewrite exp_pow, <- exp_Ropp; f_equal; simpl; field)
      | replace (exp a) with ((exp (- G))^4) by (rewrite exp_pow; f_equal; simpl; field)
      | replace (exp a) with (/ (exp (- G))^4) by (rewrite exp_pow, <- exp_Ropp; f_equal; simpl; field) ]
  end.

Lemma ln_quotient a b : 0 < a -> 0 < b -> ln (a / b) = ln a - ln b.
Proof. intros Ha Hb. unfold Rdiv. rewrite ln_mult by (try apply Rinv_0_lt_compat; assumption). rewrite ln_Rinv by assumption. ring. Qed.

(** Logarithms of quotients as differences, those of 1 as nothing. *)
Ltac split_ln :=
  repeat match goal with
  | |- context [ln (?a * / ?b)] => change (a * / b) with (a / b)
  | |- context [ln (?a / ?b)] => rewrite (ln_quotient a b) by positive_side
  | |- context [ln (/ ?b)] => rewrite (ln_Rinv b) by positive_side
  end; rewrite ?ln_1.

Ltac half_ln G :=
  repeat match goal with
  | |- context [ln ?W] =>
    match goal with
    | |- context [ln ?P] =>
      tryif constr_eq W P then fail else
      first
        [ replace (ln W) with (ln P) by (f_equal; field; positive_side)
        | replace (ln W) with (G + ln P)
            by (symmetry; apply ln_split; [positive_side|rewrite <- (Ropp_involutive G), exp_Ropp; field; repeat split; positive_side])
        | replace (ln W) with (2 * G + ln P)
            by (symmetry; apply ln_split; [positive_side|replace (2 * G) with (- (- G + - G)) by ring; rewrite exp_Ropp, exp_plus; field; repeat split; positive_side]) ]
    end
  end.

Ltac half_form G :=
  cbv zeta; half_exp G; split_ln; half_ln G;
  pose proof (exp_pos (- G));
  let u := fresh "u" in set (u := exp (- G)) in *;
  assert (0 < / u) by (now apply Rinv_0_lt_compat);
  field; repeat split; positive_side.

Ltac term_at_zero :=
  first [ interval with (i_prec 90) | (rewrite ?Rmult_0_l, ?Rmult_0_r, ?Ropp_0, ?exp_0, ?sin_0, ?atan_0, ?ln_1; first [lra | interval with (i_prec 90)]) ].

(** G(x) >= (G(T)/T) x for x >= T: equal when G is linear, else by the products of x - T with x and T. *)
Ltac at_rate T x :=
  first [ lra | nra
        | assert (0 <= x * (x - T)) by (apply Rmult_le_pos; lra);
          assert (0 <= x * x * (x - T)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra);
          assert (0 <= x * x * x * (x - T)) by (repeat apply Rmult_le_pos; lra); nra ].

Ltac tail_bound := interval with (i_prec 60).

(** * Signs *)

(** Sums and products of what is not negative. *)
Ltac nonneg_parts :=
  repeat first [ assumption | lra | apply pow_le | apply Rplus_le_le_0_compat | apply Rmult_le_pos ].

(** The value at 0 of an expression without its exponentials and logarithms. *)
Ltac value_at_zero :=
  repeat match goal with
  | |- context [exp ?a] => replace (exp a) with 1 by (replace a with 0 by field; now rewrite exp_0)
  | |- context [ln ?a] => replace (ln a) with 0 by (replace a with 1 by field; now rewrite ln_1)
  end; first [ lra | field ].

(** A quantity on an interval. *)
Ltac on_an_interval u := interval with (i_bisect u, i_autodiff u, i_prec 60, i_depth 60).

(** * Kinks *)

(** sigma is one branch on one side of c: the absolute values, maxima and minima are decided. *)
Ltac branch c :=
  intros t Ht Hd; apply Rabs_def2 in Hd; destruct Hd; cbn [ev];
  unfold Rmax, Rmin, Rabs; repeat (destruct (Rle_dec _ _) || destruct (Rcase_abs _)); try lra;
  try (assert (t = c) by lra; subst t);
  first [ reflexivity | ring | solve [field; lra] | solve [unfold Rdiv; rewrite ?Rmult_0_l; ring]
        | solve [merge sqrt; merge exp; merge ln; first [ring | field; lra]] ].

(** The term is valid near c. *)
Ltac near_term := intros t Ht; apply Rabs_def2 in Ht; destruct Ht; cbn [ok_at ev];
  repeat match goal with |- _ /\ _ => split | |- True => exact I end; try lra; positive_side.

Ltac differ := first [ lra | apply Rlt_not_eq; interval with (i_prec 60) | apply Rgt_not_eq; interval with (i_prec 60) ].

(** The value of a term is not 0. *)
Ltac not_zero :=
  cbv [ev D add mul opp]; rewrite ?Ropp_0, ?Rmult_0_r, ?Rmult_0_l, ?Rplus_0_r, ?Rplus_0_l, ?exp_0, ?sin_0, ?cos_0;
  first [ lra | apply Rlt_not_eq; interval with (i_prec 60) | apply Rgt_not_eq; interval with (i_prec 60) ].

Ltac jump l r :=
  cbv [ev D add mul opp l r]; rewrite ?Ropp_0, ?Rmult_0_r, ?Rmult_0_l, ?Rplus_0_r, ?Rplus_0_l, ?exp_0, ?sin_0, ?cos_0;
  first [ left; differ | right; split; [first [lra | field; lra | (field_simplify; lra)]|differ] ].
