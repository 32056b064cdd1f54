(** Nets with q outputs under a fixed outer matrix A: f_r = sum_j A_rj sigma(<w_j, x>), any loss of several variables.

    The loss of sample i is known by its gradient [gr i] and by [hs i], the Hessian form; both are bounded where the
    outputs lie.  Cross-entropy: CrossEntropy.v. *)

Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Routes Smooth Terms Villani Activations Curve Two.
Open Scope R_scope.

Section Outputs.

Variables (n p d q : nat) (x : nat -> nat -> R) (A : nat -> nat -> R) (lam : R).
Variables (sigma sigma1 sigma2 : R -> R) (M1 M2 : R).
Hypothesis Act : Activation sigma sigma1 sigma2 M1 M2.
Variables (ell : nat -> (nat -> R) -> R) (gr : nat -> (nat -> R) -> nat -> R) (hs : nat -> (nat -> R) -> (nat -> R) -> R).

(** The loss is differentiable along any curve F of outputs, *)
Hypothesis Dell : forall i (F : R -> nat -> R) v t, (i < n)%nat ->
  (forall r, (r < q)%nat -> is_derive (fun t => F t r) t (v r)) ->
  is_derive (fun t => ell i (F t)) t (Sum q (fun r => gr i (F t) r * v r)).

(** and so is its gradient in a fixed direction c along a curve that moves in that direction. *)
Hypothesis Dgr : forall i (F : R -> nat -> R) tau c t, (i < n)%nat ->
  (forall r, (r < q)%nat -> is_derive (fun t => F t r) t (c r * tau)) ->
  is_derive (fun t => Sum q (fun r => gr i (F t) r * c r)) t (hs i (F t) c * tau).

Definition outputs (W : weights) (i r : nat) : R := Sum p (fun j => A r j * sigma (dot d (W j) (x i))).

(** The mean loss and (lambda/2) |W|^2. *)
Definition many_cost : weights -> R :=
  cost n p d (fun _ => 0) (fun _ _ => lam) (fun i W => ell i (outputs W i)) (fun _ t => t).

Local Notation zz W i j := (dot d (W j) (x i)).
Definition pull (W : weights) (i j : nat) : R := Sum q (fun r => gr i (outputs W i) r * A r j).
Definition many1 (i j k : nat) (W : weights) : R := pull W i j * sigma1 (zz W i j) * x i k.
Definition many2 (i j k : nat) (W : weights) : R :=
  (hs i (outputs W i) (fun r => A r j) * (sigma1 (zz W i j))^2 + pull W i j * sigma2 (zz W i j)) * (x i k)^2.

Lemma d_outputs W i j k r : (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => outputs (upd W j k t) i r) (W j k) (A r j * (sigma1 (zz W i j) * x i k)).
Proof.
  intros Hj Hk. unfold outputs.
  apply (d_eq _ _ (Sum p (fun m => A r m * (sigma1 (zz W i m) * dot d (unit_at j k m) (x i))))).
  - apply is_derive_Sum; intros m _. apply d_scal.
    apply (d_comp sigma (fun t => zz (upd W j k t) i m)); [rewrite upd_self; apply (act_d Act)|apply d_zz].
  - rewrite (Sum_single p j _ Hj); [now rewrite dot_unit_self|].
    intros m Hm. rewrite dot_unit_other by exact Hm. ring.
Qed.

Lemma d_many i j k W : (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => ell i (outputs (upd W j k t) i)) (W j k) (many1 i j k W).
Proof.
  intros Hi Hj Hk.
  apply (d_eq _ _ (Sum q (fun r => gr i (outputs (upd W j k (W j k)) i) r * (A r j * (sigma1 (zz W i j) * x i k))))).
  - apply (Dell i (fun t => outputs (upd W j k t) i)); [exact Hi|]. intros r _. now apply d_outputs.
  - rewrite upd_self. unfold many1, pull. rewrite Rmult_assoc, <- Sum_scal_r. apply Sum_ext; intros; ring.
Qed.

Lemma d_many1 i j k W : (i < n)%nat -> (j < p)%nat -> (k < d)%nat ->
  is_derive (fun t => many1 i j k (upd W j k t)) (W j k) (many2 i j k W).
Proof.
  intros Hi Hj Hk. unfold many1, many2.
  apply (d_eq _ _ ((hs i (outputs W i) (fun r => A r j) * (sigma1 (zz W i j) * x i k) * sigma1 (zz (upd W j k (W j k)) i j)
                    + pull (upd W j k (W j k)) i j * (sigma2 (zz W i j) * x i k)) * x i k
                   + pull (upd W j k (W j k)) i j * sigma1 (zz (upd W j k (W j k)) i j) * 0));
    [|rewrite upd_self; ring].
  apply (d_mult (fun t => pull (upd W j k t) i j * sigma1 (zz (upd W j k t) i j))); [|apply d_const].
  apply (d_mult (fun t => pull (upd W j k t) i j) (fun t => sigma1 (zz (upd W j k t) i j))).
  - unfold pull. rewrite <- (upd_self W j k) at 2.
    apply (Dgr i (fun t => outputs (upd W j k t) i)); [exact Hi|]. intros r _. now apply d_outputs.
  - apply (d_comp sigma1 (fun t => zz (upd W j k t) i j)); [rewrite upd_self; apply (act_d1 Act)|].
    rewrite <- (dot_unit_self d x j k i Hk). apply d_zz.
Qed.

(** ** The bounded route *)

Hypothesis Hn : (0 < n)%nat.
Variables (Lam X2 g1 g2 h2 : R).
Hypothesis HLam : forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v.
Hypothesis HLam0 : 0 <= Lam.
Hypothesis HX2 : mean n (fun i => dot d (x i) (x i)) <= X2.

(** |A^T grad l|_2 <= g2, |A^T grad l|_1 <= g1 and sum_j of the Hessian form at the columns of A is at most h2. *)
Hypothesis Hg2 : forall W i, (i < n)%nat -> Sum p (fun j => (pull W i j)^2) <= g2^2.
Hypothesis Hg20 : 0 <= g2.
Hypothesis Hg1 : forall W i, (i < n)%nat -> Sum p (fun j => Rabs (pull W i j)) <= g1.
Hypothesis Hh : forall W i j, (i < n)%nat -> 0 <= hs i (outputs W i) (fun r => A r j).
Hypothesis Hh2 : forall W i, (i < n)%nat -> Sum p (fun j => hs i (outputs W i) (fun r => A r j)) <= h2.

Definition G_many : R := g2 * M1 * sqrt Lam.
Definition K_many : R := X2 * (h2 * M1^2 + g1 * M2).

Let W0 : weights := fun _ _ => 0.

Lemma many_nonneg : 0 <= M1 /\ 0 <= M2 /\ 0 <= g1 /\ 0 <= h2 /\ 0 <= X2.
Proof.
  refine (conj _ (conj _ (conj _ (conj _ _)))).
  - apply Rle_trans with (2 := act_M1 Act 0), Rabs_pos.
  - apply Rle_trans with (2 := act_M2 Act 0), Rabs_pos.
  - apply Rle_trans with (2 := Hg1 W0 0%nat Hn), Sum_nonneg; intros; apply Rabs_pos.
  - apply Rle_trans with (2 := Hh2 W0 0%nat Hn), Sum_nonneg; intros; now apply Hh.
  - apply Rle_trans with (2 := HX2), mean_nonneg; [exact Hn|]. intros i _.
    apply Sum_nonneg; intros k _. pose proof (pow2_ge_0 (x i k)) as Hk. simpl in Hk; lra.
Qed.

Lemma many_gradient W : frob p d (fun j k => mean n (fun i => pull W i j * sigma1 (zz W i j) * x i k)) <= G_many.
Proof.
  destruct many_nonneg as (HM1 & HM2 & _).
  assert (HG0 : 0 <= G_many) by (unfold G_many; apply Rmult_le_pos; [now apply Rmult_le_pos|apply sqrt_pos]).
  apply sq_le; [exact HG0|]. rewrite frob_sq.
  apply Rle_trans with (1 := rows_Lam n p d x (fun i j => pull W i j * sigma1 (zz W i j)) Lam Hn HLam HLam0).
  unfold G_many. rewrite !Rpow_mult_distr, pow2_sqrt by exact HLam0. rewrite Rmult_comm.
  apply Rmult_le_compat_r; [exact HLam0|]. apply mean_bound; [exact Hn|]. intros i Hi.
  apply Rle_trans with (Sum p (fun j => (pull W i j)^2 * M1^2)).
  - apply Sum_le; intros j _. rewrite Rpow_mult_distr. apply Rmult_le_compat_l; [apply pow2_ge_0|].
    rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|apply (act_M1 Act)].
  - rewrite Sum_scal_r. apply Rmult_le_compat_r; [apply pow2_ge_0|now apply Hg2].
Qed.

Lemma many_laplacian W : Sum p (fun j => Sum d (fun k => mean n (fun i => many2 i j k W))) <= K_many.
Proof.
  destruct many_nonneg as (HM1 & HM2 & Hg10 & Hh20 & HX0).
  set (c := h2 * M1^2 + g1 * M2).
  assert (Hc : 0 <= c).
  { apply Rplus_le_le_0_compat; apply Rmult_le_pos; try assumption. apply pow2_ge_0. }
  apply Rle_trans with (mean n (fun i => c * dot d (x i) (x i))).
  - replace (Sum p _) with (mean n (fun i => Sum p (fun j => hs i (outputs W i) (fun r => A r j) * (sigma1 (zz W i j))^2
                                                    + pull W i j * sigma2 (zz W i j)) * dot d (x i) (x i))).
    + apply mean_le; [exact Hn|]. intros i Hi. apply Rmult_le_compat_r.
      { apply Sum_nonneg; intros k _. pose proof (pow2_ge_0 (x i k)) as Hk. simpl in Hk; lra. }
      rewrite Sum_plus. unfold c. apply Rplus_le_compat.
      * apply Rle_trans with (Sum p (fun j => hs i (outputs W i) (fun r => A r j) * M1^2)).
        -- apply Sum_le; intros j _. apply Rmult_le_compat_l; [now apply Hh|].
           rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|apply (act_M1 Act)].
        -- rewrite Sum_scal_r. apply Rmult_le_compat_r; [apply pow2_ge_0|now apply Hh2].
      * apply Rle_trans with (1 := Rle_abs _), Rle_trans with (1 := Sum_abs _ _).
        apply Rle_trans with (Sum p (fun j => Rabs (pull W i j) * M2)).
        -- apply Sum_le; intros j _. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply (act_M2 Act)].
        -- rewrite Sum_scal_r. apply Rmult_le_compat_r; [exact HM2|now apply Hg1].
    + rewrite (Sum_ext p _ (fun j => mean n (fun i => Sum d (fun k => many2 i j k W)))) by (intros; apply Sum_mean_swap).
      rewrite Sum_mean_swap. apply mean_ext; intros i _. rewrite <- Sum_scal_r. apply Sum_ext; intros j _.
      unfold many2. rewrite Sum_scal. f_equal. apply Sum_ext; intros; ring.
  - rewrite mean_scal. unfold K_many. rewrite Rmult_comm. now apply Rmult_le_compat_r.
Qed.

(** V4 with an explicit radius. *)
Theorem v4_many s M W : 0 < lam -> 0 < s -> 0 <= M ->
  radius_bounded lam s G_many (K_many + lam * (INR p * INR d)) M <= frob p d W ->
  M <= v4_expression p d many_cost s W.
Proof.
  intros Hl Hs HM Hr. destruct many_nonneg as (HM1 & HM2 & Hg10 & Hh20 & HX0).
  assert (HN : 0 <= lam * (INR p * INR d)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; apply pos_INR]).
  assert (HG0 : 0 <= G_many) by (unfold G_many; apply Rmult_le_pos; [now apply Rmult_le_pos|apply sqrt_pos]).
  assert (HK0 : 0 <= K_many).
  { unfold K_many. apply Rmult_le_pos; [exact HX0|]. apply Rplus_le_le_0_compat; apply Rmult_le_pos; try assumption.
    apply pow2_ge_0. }
  destruct (bounded_growth lam s G_many (K_many + lam * (INR p * INR d)) M (frob p d W)) as [H1 H2]; auto; [lra|].
  unfold many_cost.
  rewrite (v4_cost n p d (fun _ => 0) (fun _ _ => lam) (fun i W => ell i (outputs W i)) many1 many2
             (fun _ t => t) (fun _ _ => 1) (fun _ _ => 0) d_many d_many1 (fun _ t => d_id t) (fun _ t => d_const 1 t)).
  pose proof (frob2_lower p d _ W lam G_many (Rlt_le _ _ Hl) (many_gradient W) H1) as HL.
  replace (frob2 p d (slope n (fun _ => 0) (fun _ _ => lam) (fun i W1 => ell i (outputs W1 i)) many1 (fun _ _ => 1) W))
    with (frob2 p d (fun j k => mean n (fun i => pull W i j * sigma1 (zz W i j) * x i k) + lam * W j k)).
  2:{ apply Sum_ext; intros j _; apply Sum_ext; intros k _. unfold slope. do 2 f_equal. apply mean_ext; intros.
      unfold many1. ring. }
  replace (Sum p (fun j => Sum d (fun k => bend n (fun _ => 0) (fun _ _ => lam) (fun i W1 => ell i (outputs W1 i))
                                             many1 many2 (fun _ _ => 1) (fun _ _ => 0) W j k)))
    with (Sum p (fun j => Sum d (fun k => mean n (fun i => many2 i j k W))) + lam * (INR p * INR d)).
  2:{ replace (lam * (INR p * INR d)) with (INR p * (INR d * lam)) by ring. rewrite <- Sum_const, <- Sum_plus.
      apply Sum_ext; intros j _. rewrite <- Sum_const, <- Sum_plus. apply Sum_ext; intros k _. unfold bend. f_equal.
      apply mean_ext; intros. ring. }
  pose proof (many_laplacian W) as HLap.
  apply (Rmult_le_compat_r (/ s)) in HL; [|apply Rlt_le, Rinv_0_lt_compat, Hs]. unfold Rdiv in *. lra.
Qed.

(** ** The four conditions *)

(** The loss is nowhere negative, and an expression of the outputs. *)
Hypothesis ell_nonneg : forall i F, (i < n)%nat -> 0 <= ell i F.
Variable e_ell : nat -> (nat -> expr) -> expr.
Hypothesis e_valid : forall i es, (i < n)%nat -> (forall r, (r < q)%nat -> valid p d (es r)) -> valid p d (e_ell i es).
Hypothesis e_value : forall i es W, (i < n)%nat -> value (e_ell i es) W = ell i (fun r => value (es r) W).

Lemma many_lower W : 0 + lam / 2 * frob2 p d W <= many_cost W.
Proof.
  unfold many_cost, cost. apply Rplus_le_compat.
  - apply mean_nonneg; [exact Hn|]. intros; now apply ell_nonneg.
  - right. unfold penalty, frob2. rewrite <- Sum_scal. apply Sum_ext; intros. now rewrite <- Sum_scal.
Qed.

Lemma many_expr : exists e, valid p d e /\ forall W, value e W = many_cost W.
Proof.
  destruct (act_smooth Act) as [g [Tg Eg]].
  set (net := fun i r => eSum p (fun j => Times (Cst (A r j)) (Apply g 0 (eSum d (fun k => Times (Entry j k) (Cst (x i k))))))).
  exists (Plus (Times (Cst (/ INR n)) (eSum n (fun i => e_ell i (net i))))
               (Times (Cst (lam / 2)) (eSum p (fun j => eSum d (fun k => Times (Entry j k) (Entry j k)))))).
  split.
  - refine (conj (conj I _) (conj I _)).
    + apply valid_eSum; intros i Hi. apply (e_valid i _ Hi). intros r _. apply valid_eSum; intros j Hj. split; [exact I|].
      split; [exact Tg|]. apply valid_eSum; intros k Hk. simpl; auto.
    + apply valid_eSum; intros j Hj. apply valid_eSum; intros k Hk. simpl; auto.
  - intros W. unfold many_cost, cost, mean, penalty. simpl. rewrite !value_eSum. f_equal; [f_equal|].
    + apply Sum_ext; intros i Hi. rewrite e_value by exact Hi. f_equal. apply functional_extensionality; intros r.
      unfold net, outputs. rewrite value_eSum. apply Sum_ext; intros j _. simpl. rewrite Eg, value_eSum. reflexivity.
    + rewrite <- Sum_scal. apply Sum_ext; intros j _. rewrite value_eSum, <- Sum_scal.
      apply Sum_ext; intros k _. simpl. ring.
Qed.

Theorem villani_many s : 0 < lam -> 0 < s -> Villani p d many_cost s.
Proof.
  intros Hl Hs. destruct many_expr as [e [He Ev]].
  apply (villani_lower p d many_cost 0 lam Hl many_lower s
           (fun M => radius_bounded lam s G_many (K_many + lam * (INR p * INR d)) M) Hs).
  - now apply (expr_smooth p d e).
  - replace many_cost with (value e); [now apply valid_tame|]. apply functional_extensionality, Ev.
  - intros M W HM Hr. now apply v4_many.
Qed.

End Outputs.
