(** Tactics of the generated files. *)

Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Proofkit Require Import Sums Smooth Terms Activations More.
Open Scope R_scope.

(** Make the arguments of f in the goal the same where they are equal. *)
Ltac merge f :=
  repeat match goal with
  | |- context [f ?u] =>
    match goal with
    | |- context [f ?v] =>
      tryif constr_eq u v then fail else replace (f v) with (f u) by (f_equal; field; try lra)
    end
  end.

Lemma sqrt_square_pos u : 0 < u -> sqrt u * sqrt u = u.
Proof. intros. apply sqrt_sqrt. lra. Qed.

(** Two ways of writing one function: field arithmetic after the arguments are made the same;
    what must not vanish is positive. *)
Ltac same :=
  intros; unfold scaled, scaled1, scaled2, silu, gelu, sigmoid, softplus, erf, gaussian, isru, squareplus, logcosh, wavy;
  merge exp; merge ln; merge sqrt; merge gauss_int; merge tanh; merge cosh; merge sin; merge atan;
  first [ reflexivity | solve [ ring ] | solve [ field; repeat split; positive_side ]
        | solve [ unfold Rdiv; repeat f_equal; (ring || (field; repeat split; positive_side)) ] ]
with positive_side :=
  try lra;
  repeat match goal with
  | |- context [exp ?u] => lazymatch goal with H : 0 < exp u |- _ => fail | _ => pose proof (exp_pos u) end
  end;
  try (apply Rgt_not_eq; nra); try nra.

(** A numeric inequality: by linear arithmetic where it is an equality, else by intervals. *)
Ltac numeric :=
  unfold M1_silu, H_silu, H_sigmoid, H_tanh, M1_gelu, S0_erf;
  repeat (rewrite Rabs_pos_eq by lra); repeat (rewrite Rabs_left by lra);
  first [ lra | interval with (i_prec 90) ].

Lemma tanh_0 : tanh 0 = 0.
Proof. rewrite tanh_sigmoid. unfold sigmoid. rewrite Rmult_0_r, Ropp_0, exp_0. field. Qed.

(** |sigma(0)| for the functions of the library. *)
Ltac at_zero :=
  unfold scaled, silu, gelu, sigmoid, softplus, erf, gaussian, isru, squareplus, logcosh, wavy, Rdiv;
  rewrite ?Rmult_0_r, ?Rmult_0_l, ?tanh_0, ?sin_0, ?atan_0, ?cosh_0, ?gauss_int_0, ?Rmult_0_r, ?Ropp_0, ?exp_0, ?ln_1, ?Rmult_0_r;
  first [ rewrite Rabs_R0; lra | interval with (i_prec 90) ].

Lemma sigmoid_in t : 0 <= sigmoid t <= 1.
Proof. pose proof (sigmoid_range t). lra. Qed.

Lemma gaussian_in t : 0 <= gaussian t <= 1.
Proof. pose proof (gaussian_range t). unfold gaussian. lra. Qed.
