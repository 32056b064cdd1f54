(** The objective of a depth-2 net for any n, p, d, and its derivatives.

    [x i k] are the inputs (sample i, coordinate k), [y i] the labels, [a j] the fixed
    outer weights and [W j k] the trained ones.  The loss [l (y i)] and the activation
    [sigma] are any functions with two derivatives.  Partial derivatives, the squared
    norm of the gradient and the Laplacian are *defined* through Coquelicot's [Derive];
    the theorems below are the closed formulas. *)

Require Import Reals Lra Lia Psatz Arith.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums.
Open Scope R_scope.

Definition weights := nat -> nat -> R.

(** W with the entry (j, k) replaced by t. *)
Definition upd (W : weights) (j k : nat) (t : R) : weights :=
  fun j' k' => if andb (Nat.eqb j' j) (Nat.eqb k' k) then t else W j' k'.

(** The unit matrix E_jk. *)
Definition unit_at (j k : nat) : weights :=
  fun j' k' => if andb (Nat.eqb j' j) (Nat.eqb k' k) then 1 else 0.

Definition partial (F : weights -> R) (j k : nat) (W : weights) : R :=
  Derive (fun t => F (upd W j k t)) (W j k).

Definition partial2 (F : weights -> R) (j k : nat) (W : weights) : R :=
  partial (partial F j k) j k W.

Definition frob2 (p d : nat) (W : weights) : R := Sum p (fun j => Sum d (fun k => (W j k)^2)).
Definition frob (p d : nat) (W : weights) : R := sqrt (frob2 p d W).

(** Frobenius inner product. *)
Definition inner (p d : nat) (U V : weights) : R := Sum p (fun j => Sum d (fun k => U j k * V j k)).

Definition gradient (F : weights -> R) (W : weights) : weights := fun j k => partial F j k W.
Definition laplacian (p d : nat) (F : weights -> R) (W : weights) : R :=
  Sum p (fun j => Sum d (fun k => partial2 F j k W)).

(** The expression of condition V4: |grad F|^2 / s - Laplacian F. *)
Definition v4_expression (p d : nat) (F : weights -> R) (s : R) (W : weights) : R :=
  frob2 p d (gradient F W) / s - laplacian p d F W.

(** The line W + t V, and the Hessian form of F at W in the direction V. *)
Definition line (W V : weights) (t : R) : weights := fun j k => W j k + t * V j k.
Definition hessian_form (F : weights -> R) (W V : weights) : R := Derive_n (fun t => F (line W V t)) 2 0.

Section Objective.

Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R).
Variables (sigma sigma1 sigma2 : R -> R) (l l1 l2 : R -> R -> R).

Definition z (W : weights) (i j : nat) : R := dot d (W j) (x i).
Definition net (W : weights) (i : nat) : R := Sum p (fun j => a j * sigma (z W i j)).
Definition risk (W : weights) : R := mean n (fun i => l (y i) (net W i)).
Definition objective (W : weights) : R := risk W + lam / 2 * frob2 p d W.

Hypothesis Dsigma : forall t, is_derive sigma t (sigma1 t).
Hypothesis Dsigma1 : forall t, is_derive sigma1 t (sigma2 t).
Hypothesis Dl : forall y t, is_derive (l y) t (l1 y t).
Hypothesis Dl1 : forall y t, is_derive (l1 y) t (l2 y t).

(** First and second derivative along the line W + t V. *)
Definition D1 (W V : weights) : R :=
  mean n (fun i => l1 (y i) (net W i) * Sum p (fun j => a j * (sigma1 (z W i j) * dot d (V j) (x i))))
  + lam * inner p d W V.

Definition D2 (W V : weights) : R :=
  mean n (fun i => l2 (y i) (net W i) * (Sum p (fun j => a j * (sigma1 (z W i j) * dot d (V j) (x i))))^2
                   + l1 (y i) (net W i) * Sum p (fun j => a j * (sigma2 (z W i j) * (dot d (V j) (x i))^2)))
  + lam * frob2 p d V.

Lemma z_line W V i j t : z (line W V t) i j = z W i j + t * dot d (V j) (x i).
Proof.
  unfold z, dot, line. rewrite <- Sum_scal, <- Sum_plus. apply Sum_ext; intros; ring.
Qed.

Lemma d_z W V i j t : is_derive (fun t => z (line W V t) i j) t (dot d (V j) (x i)).
Proof.
  apply (d_ext (fun t => z W i j + t * dot d (V j) (x i))).
  { intros u. now rewrite z_line. }
  apply (d_eq _ _ (0 + (1 * dot d (V j) (x i) + t * 0))); [|ring].
  apply d_plus; [apply d_const|]. apply d_mult; [apply d_id|apply d_const].
Qed.

Lemma d_net W V i t :
  is_derive (fun t => net (line W V t) i) t
    (Sum p (fun j => a j * (sigma1 (z (line W V t) i j) * dot d (V j) (x i)))).
Proof.
  apply is_derive_Sum. intros j _. apply d_scal.
  apply (d_comp sigma (fun t => z (line W V t) i j)); [apply Dsigma|apply d_z].
Qed.

Lemma d_inner W V U t : is_derive (fun t => inner p d (line W V t) U) t (inner p d V U).
Proof.
  apply is_derive_Sum; intros j _. apply is_derive_Sum; intros k _. unfold line.
  apply (d_eq _ _ ((0 + (1 * V j k + t * 0)) * U j k + (W j k + t * V j k) * 0)); [|ring].
  apply (d_mult (fun t => W j k + t * V j k)); [|apply d_const].
  apply d_plus; [apply d_const|]. apply d_mult; [apply d_id|apply d_const].
Qed.

Lemma d_frob2 W V t : is_derive (fun t => frob2 p d (line W V t)) t (2 * inner p d (line W V t) V).
Proof.
  unfold inner. rewrite <- Sum_scal.
  apply is_derive_Sum; intros j _. rewrite <- Sum_scal.
  apply is_derive_Sum; intros k _. unfold line.
  apply (d_ext (fun t => (W j k + t * V j k) * (W j k + t * V j k))); [intros; ring|].
  apply (d_eq _ _ ((0 + (1 * V j k + t * 0)) * (W j k + t * V j k)
                   + (W j k + t * V j k) * (0 + (1 * V j k + t * 0)))); [|ring].
  apply (d_mult (fun t => W j k + t * V j k) (fun t => W j k + t * V j k));
    (apply d_plus; [apply d_const|]; apply d_mult; [apply d_id|apply d_const]).
Qed.

(** The derivative of the objective along any line. *)
Theorem d_objective W V t :
  is_derive (fun t => objective (line W V t)) t (D1 (line W V t) V).
Proof.
  unfold objective, D1. apply d_plus.
  - apply is_derive_mean; intros i _.
    apply (d_comp (l (y i)) (fun t => net (line W V t) i)); [apply Dl|apply d_net].
  - apply (d_eq _ _ (lam / 2 * (2 * inner p d (line W V t) V))); [|field].
    apply d_scal, d_frob2.
Qed.

(** The second derivative along any line: the Hessian form. *)
Theorem d_D1 W V t : is_derive (fun t => D1 (line W V t) V) t (D2 (line W V t) V).
Proof.
  unfold D1, D2. apply d_plus.
  - apply is_derive_mean; intros i _.
    apply (d_eq _ _
      (l2 (y i) (net (line W V t) i)
         * Sum p (fun j => a j * (sigma1 (z (line W V t) i j) * dot d (V j) (x i)))
         * Sum p (fun j => a j * (sigma1 (z (line W V t) i j) * dot d (V j) (x i)))
       + l1 (y i) (net (line W V t) i)
         * Sum p (fun j => a j * (sigma2 (z (line W V t) i j) * dot d (V j) (x i) * dot d (V j) (x i)
                                  + sigma1 (z (line W V t) i j) * 0)))).
    + apply (d_mult (fun t => l1 (y i) (net (line W V t) i))).
      * apply (d_comp (l1 (y i)) (fun t => net (line W V t) i)); [apply Dl1|apply d_net].
      * apply is_derive_Sum; intros j _. apply d_scal.
        apply (d_mult (fun t => sigma1 (z (line W V t) i j))); [|apply d_const].
        apply (d_comp sigma1 (fun t => z (line W V t) i j)); [apply Dsigma1|apply d_z].
    + f_equal; [ring|]. f_equal. apply Sum_ext; intros; ring.
  - apply (d_eq _ _ (lam * inner p d V V)).
    + apply d_scal, d_inner.
    + f_equal. apply Sum_ext; intros; apply Sum_ext; intros; ring.
Qed.

(** ** Partial derivatives *)

Lemma net_ext W W' i : (forall j k, (j < p)%nat -> (k < d)%nat -> W j k = W' j k) -> net W i = net W' i.
Proof.
  intros H. apply Sum_ext; intros j Hj. do 2 f_equal. apply Sum_ext; intros k Hk. now rewrite H.
Qed.

Lemma frob2_ext W W' : (forall j k, (j < p)%nat -> (k < d)%nat -> W j k = W' j k) -> frob2 p d W = frob2 p d W'.
Proof. intros H. apply Sum_ext; intros j Hj. apply Sum_ext; intros k Hk. now rewrite H. Qed.

Lemma objective_ext W W' :
  (forall j k, (j < p)%nat -> (k < d)%nat -> W j k = W' j k) -> objective W = objective W'.
Proof.
  intros H. unfold objective, risk. rewrite (frob2_ext W W' H). f_equal.
  apply mean_ext; intros i _. now rewrite (net_ext W W' i H).
Qed.

Lemma upd_line W j k t j' k' : upd W j k t j' k' = line W (unit_at j k) (t - W j k) j' k'.
Proof.
  unfold upd, line, unit_at. destruct (Nat.eqb_spec j' j), (Nat.eqb_spec k' k); subst; simpl; ring.
Qed.

Lemma dot_unit j k j' i : (k < d)%nat -> dot d (unit_at j k j') (x i) = if Nat.eqb j' j then x i k else 0.
Proof.
  intros Hk. unfold dot, unit_at. destruct (Nat.eqb_spec j' j); subst; simpl.
  - rewrite (Sum_single d k); [rewrite Nat.eqb_refl; ring|exact Hk|].
    intros m Hm. apply Nat.eqb_neq in Hm. rewrite Hm. ring.
  - apply Sum_zero; intros; ring.
Qed.

Lemma Sum_unit j k (f : nat -> nat -> R) : (j < p)%nat -> (k < d)%nat ->
  Sum p (fun j' => Sum d (fun k' => f j' k' * unit_at j k j' k')) = f j k.
Proof.
  intros Hj Hk. rewrite (Sum_single p j); [rewrite (Sum_single d k)| |]; try assumption.
  - unfold unit_at. rewrite !Nat.eqb_refl. simpl; ring.
  - intros m Hm. unfold unit_at. apply Nat.eqb_neq in Hm. rewrite Hm, Nat.eqb_refl. simpl; ring.
  - intros m Hm. apply Sum_zero; intros. unfold unit_at. apply Nat.eqb_neq in Hm. rewrite Hm. simpl; ring.
Qed.

(** dL/dW_jk *)
Definition grad_formula (W : weights) (j k : nat) : R :=
  mean n (fun i => l1 (y i) (net W i) * (a j * sigma1 (z W i j) * x i k)) + lam * W j k.

Lemma D1_unit W j k : (j < p)%nat -> (k < d)%nat -> D1 W (unit_at j k) = grad_formula W j k.
Proof.
  intros Hj Hk. unfold D1, grad_formula, inner. rewrite (Sum_unit j k W Hj Hk). f_equal.
  apply mean_ext; intros i _. f_equal.
  rewrite (Sum_single p j); [|exact Hj|].
  - rewrite dot_unit, Nat.eqb_refl by exact Hk. ring.
  - intros m Hm. rewrite dot_unit by exact Hk. apply Nat.eqb_neq in Hm. rewrite Hm. ring.
Qed.

Definition hess_diag (W : weights) (j k : nat) : R :=
  mean n (fun i => l2 (y i) (net W i) * (a j * sigma1 (z W i j) * x i k)^2
                   + l1 (y i) (net W i) * (a j * sigma2 (z W i j) * (x i k)^2)) + lam.

Lemma D2_unit W j k : (j < p)%nat -> (k < d)%nat -> D2 W (unit_at j k) = hess_diag W j k.
Proof.
  intros Hj Hk. unfold D2, hess_diag. f_equal.
  - apply mean_ext; intros i _. f_equal; f_equal.
    + f_equal. rewrite (Sum_single p j); [|exact Hj|].
      * rewrite dot_unit, Nat.eqb_refl by exact Hk. ring.
      * intros m Hm. rewrite dot_unit by exact Hk. apply Nat.eqb_neq in Hm. rewrite Hm. ring.
    + rewrite (Sum_single p j); [|exact Hj|].
      * rewrite dot_unit, Nat.eqb_refl by exact Hk. ring.
      * intros m Hm. rewrite dot_unit by exact Hk. apply Nat.eqb_neq in Hm. rewrite Hm. ring.
  - rewrite <- (Rmult_1_r lam) at 2. f_equal. unfold frob2.
    transitivity (Sum p (fun j' => Sum d (fun k' => unit_at j k j' k' * unit_at j k j' k'))).
    { apply Sum_ext; intros; apply Sum_ext; intros; ring. }
    rewrite (Sum_unit j k (unit_at j k) Hj Hk). unfold unit_at. rewrite !Nat.eqb_refl. reflexivity.
Qed.

Lemma line_0 W V j k : line W V 0 j k = W j k.
Proof. unfold line; ring. Qed.

Lemma net_line_0 W V i : net (line W V 0) i = net W i.
Proof. apply net_ext; intros; apply line_0. Qed.

Lemma z_line_0 W V i j : z (line W V 0) i j = z W i j.
Proof. rewrite z_line; ring. Qed.

Lemma D1_line_0 W V U : D1 (line W V 0) U = D1 W U.
Proof.
  unfold D1. f_equal.
  - apply mean_ext; intros i _. rewrite net_line_0. f_equal.
    apply Sum_ext; intros. now rewrite z_line_0.
  - f_equal. apply Sum_ext; intros; apply Sum_ext; intros. now rewrite line_0.
Qed.

Lemma D2_line_0 W V U : D2 (line W V 0) U = D2 W U.
Proof.
  unfold D2. f_equal. apply mean_ext; intros i _. rewrite net_line_0. f_equal; f_equal.
  - f_equal. apply Sum_ext; intros. now rewrite z_line_0.
  - apply Sum_ext; intros. now rewrite z_line_0.
Qed.

Theorem is_partial W j k : (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => objective (upd W j k t)) (W j k) (grad_formula W j k).
Proof.
  intros Hj Hk. rewrite <- D1_unit by assumption.
  apply (d_ext (fun t => objective (line W (unit_at j k) (t - W j k)))).
  { intros t. apply objective_ext; intros. now rewrite upd_line. }
  apply (d_eq _ _ (D1 (line W (unit_at j k) (W j k - W j k)) (unit_at j k) * (1 + 0))).
  - apply (d_comp (fun t => objective (line W (unit_at j k) t)) (fun t => t - W j k)).
    + apply d_objective.
    + unfold Rminus. apply d_plus; [apply d_id|apply d_const].
  - replace (W j k - W j k) with 0 by ring. rewrite D1_line_0. ring.
Qed.

Theorem partial_objective W j k : (j < p)%nat -> (k < d)%nat ->
  partial objective j k W = grad_formula W j k.
Proof. intros Hj Hk. now apply is_derive_unique, is_partial. Qed.

Lemma grad_formula_ext W W' j k : (j < p)%nat -> (k < d)%nat ->
  (forall j k, (j < p)%nat -> (k < d)%nat -> W j k = W' j k) -> grad_formula W j k = grad_formula W' j k.
Proof.
  intros Hj Hk H. unfold grad_formula. rewrite (H j k Hj Hk). f_equal.
  apply mean_ext; intros i _. rewrite (net_ext W W' i H). do 4 f_equal.
  apply Sum_ext; intros m Hm. now rewrite (H j m Hj Hm).
Qed.

Theorem is_partial2 W j k : (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => partial objective j k (upd W j k t)) (W j k) (hess_diag W j k).
Proof.
  intros Hj Hk. rewrite <- D2_unit by assumption.
  apply (d_ext (fun t => D1 (line W (unit_at j k) (t - W j k)) (unit_at j k))).
  { intros t. rewrite partial_objective, D1_unit by assumption.
    apply grad_formula_ext; [assumption|assumption|]. intros. now rewrite upd_line. }
  apply (d_eq _ _ (D2 (line W (unit_at j k) (W j k - W j k)) (unit_at j k) * (1 + 0))).
  - apply (d_comp (fun t => D1 (line W (unit_at j k) t) (unit_at j k)) (fun t => t - W j k)).
    + apply d_D1.
    + unfold Rminus. apply d_plus; [apply d_id|apply d_const].
  - replace (W j k - W j k) with 0 by ring. rewrite D2_line_0. ring.
Qed.

(** ** The closed formulas that the certificates use *)

Theorem gradient_formula W j k : (j < p)%nat -> (k < d)%nat ->
  gradient objective W j k =
  mean n (fun i => l1 (y i) (net W i) * (a j * sigma1 (z W i j) * x i k)) + lam * W j k.
Proof. apply partial_objective. Qed.

Theorem laplacian_formula W :
  laplacian p d objective W =
  mean n (fun i => dot d (x i) (x i)
                   * (l2 (y i) (net W i) * Sum p (fun j => (a j)^2 * (sigma1 (z W i j))^2)
                      + l1 (y i) (net W i) * Sum p (fun j => a j * sigma2 (z W i j))))
  + lam * (INR p * INR d).
Proof.
  unfold laplacian.
  transitivity (Sum p (fun j => Sum d (fun k => hess_diag W j k))).
  { apply Sum_ext; intros j Hj; apply Sum_ext; intros k Hk.
    unfold partial2. now apply is_derive_unique, is_partial2. }
  unfold hess_diag.
  transitivity (Sum p (fun j => mean n (fun i =>
      dot d (x i) (x i) * (l2 (y i) (net W i) * ((a j)^2 * (sigma1 (z W i j))^2)
                           + l1 (y i) (net W i) * (a j * sigma2 (z W i j)))) + INR d * lam)).
  { apply Sum_ext; intros j Hj. rewrite Sum_plus, Sum_const. f_equal.
    rewrite Sum_mean_swap. apply mean_ext; intros i _. unfold dot.
    rewrite <- Sum_scal_r. apply Sum_ext; intros k _. ring. }
  rewrite Sum_plus, Sum_const, Sum_mean_swap. f_equal; [|ring].
  apply mean_ext; intros i _. rewrite Sum_scal, Sum_plus, !Sum_scal. reflexivity.
Qed.

(** The Hessian form, defined as the second derivative along the line, is D2. *)
Theorem hessian_form_formula W V : hessian_form objective W V = D2 W V.
Proof.
  unfold hessian_form. simpl.
  rewrite <- (D2_line_0 W V V). apply is_derive_unique.
  apply (d_ext (fun t => D1 (line W V t) V)); [|apply d_D1].
  intros t. symmetry. apply is_derive_unique, d_objective.
Qed.

(** The inner product of the gradient with V is the derivative along V. *)
Theorem inner_gradient W V : inner p d (gradient objective W) V = D1 W V.
Proof.
  transitivity (inner p d (grad_formula W) V).
  { apply Sum_ext; intros j Hj; apply Sum_ext; intros k Hk. now rewrite gradient_formula. }
  unfold inner, grad_formula, D1.
  transitivity (Sum p (fun j => mean n (fun i => l1 (y i) (net W i) * (a j * (sigma1 (z W i j) * dot d (V j) (x i))))
                               + lam * Sum d (fun k => W j k * V j k))).
  { apply Sum_ext; intros j _. rewrite <- Sum_scal.
    transitivity (Sum d (fun k => mean n (fun i => l1 (y i) (net W i) * (a j * sigma1 (z W i j)) * (V j k * x i k))
                                  + lam * (W j k * V j k))).
    { apply Sum_ext; intros k _. rewrite Rmult_plus_distr_r. f_equal; [|ring].
      rewrite Rmult_comm, <- mean_scal. apply mean_ext; intros; ring. }
    rewrite Sum_plus. f_equal. rewrite Sum_mean_swap. apply mean_ext; intros i _.
    rewrite Sum_scal. unfold dot. ring. }
  rewrite Sum_plus, Sum_scal. f_equal. rewrite Sum_mean_swap. apply mean_ext; intros i _.
  now rewrite Sum_scal.
Qed.

End Objective.
