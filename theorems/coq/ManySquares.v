(** The squared distance of q outputs, |f - y|^2 / 2, under a fixed outer matrix and a bounded activation. *)

Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Smooth Terms Villani Activations Universal Curve Two Outputs.
Open Scope R_scope.

Section Net.

Variables (n p d q : nat) (x : nat -> nat -> R) (A : nat -> nat -> R) (y : nat -> nat -> R) (lam : R).
Variables (sigma sigma1 sigma2 : R -> R) (M1 M2 S0 : R).
Hypothesis Act : Activation sigma sigma1 sigma2 M1 M2.
Hypothesis HS0 : bounded sigma S0.
Hypothesis Hn : (0 < n)%nat.

Definition distance (i : nat) (F : nat -> R) : R := Sum q (fun r => squared (y i r) (F r)).
Definition distance1 (i : nat) (F : nat -> R) (r : nat) : R := squared1 (y i r) (F r).
Definition distance2 (i : nat) (F c : nat -> R) : R := Sum q (fun r => (c r)^2).

Local Notation L := (many_cost n p d x A lam sigma distance).
Local Notation out := (outputs p d x A sigma).

Lemma d_distance i (F : R -> nat -> R) v t : (i < n)%nat ->
  (forall r, (r < q)%nat -> is_derive (fun t => F t r) t (v r)) ->
  is_derive (fun t => distance i (F t)) t (Sum q (fun r => distance1 i (F t) r * v r)).
Proof.
  intros _ HF. apply is_derive_Sum; intros r Hr.
  apply (d_comp (squared (y i r)) (fun t => F t r)); [apply d_squared|now apply HF].
Qed.

Lemma d_distance1 i (F : R -> nat -> R) tau c t : (i < n)%nat ->
  (forall r, (r < q)%nat -> is_derive (fun t => F t r) t (c r * tau)) ->
  is_derive (fun t => Sum q (fun r => distance1 i (F t) r * c r)) t (distance2 i (F t) c * tau).
Proof.
  intros _ HF. unfold distance2. rewrite <- Sum_scal_r. apply is_derive_Sum; intros r Hr.
  apply (d_eq _ _ (1 * (c r * tau) * c r + distance1 i (F t) r * 0)); [|ring].
  apply (d_mult (fun t => distance1 i (F t) r)); [|apply d_const].
  apply (d_comp (squared1 (y i r)) (fun t => F t r)); [apply d_squared1|now apply HF].
Qed.

(** The residuals are bounded: |A^T (f - y)| is. *)
Lemma distance_pull : exists c, 0 <= c /\ forall W i j, (i < n)%nat -> (j < p)%nat ->
  Rabs (pull p d q x A sigma distance1 W i j) <= c.
Proof.
  set (S1 := Rabs S0).
  set (e := fun i r => Sum p (fun j => Rabs (A r j) * S1) + Rabs (y i r)).
  assert (He : forall i r, 0 <= e i r).
  { intros i r. apply Rplus_le_le_0_compat; [|apply Rabs_pos].
    apply Sum_nonneg; intros; apply Rmult_le_pos; apply Rabs_pos. }
  set (c := fun i j => Sum q (fun r => e i r * Rabs (A r j))).
  assert (Hc : forall i j, 0 <= c i j).
  { intros i j. apply Sum_nonneg; intros; apply Rmult_le_pos; [apply He|apply Rabs_pos]. }
  exists (Sum n (fun i => Sum p (fun j => c i j))). split.
  { apply Sum_nonneg; intros; now apply Sum_nonneg. }
  intros W i j Hi Hj. apply Rle_trans with (c i j).
  - unfold pull, c. apply Rle_trans with (1 := Sum_abs _ _). apply Sum_le; intros r _.
    rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|].
    unfold distance1, squared1, e. apply Rle_trans with (1 := Rabs_triang _ _). rewrite Rabs_Ropp.
    apply Rplus_le_compat_r. unfold outputs. apply Rle_trans with (1 := Sum_abs _ _). apply Sum_le; intros m _.
    rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|].
    apply Rle_trans with (1 := HS0 _). apply Rle_abs.
  - apply Rle_trans with (Sum p (fun j => c i j)).
    + apply (Sum_term p (fun j => c i j)); [intros; apply Hc|exact Hj].
    + apply (Sum_term n (fun i => Sum p (fun j => c i j))); [|exact Hi]. intros; now apply Sum_nonneg.
Qed.

(** Squared loss of several outputs, a bounded activation: Villani for every lambda > 0 and every s > 0. *)
Theorem villani_many_squares s : 0 < lam -> 0 < s -> Villani p d L s.
Proof.
  intros Hl Hs. destruct (Data_exist n p d x (fun _ => 0) (fun _ => 0) Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  destruct Dat as [_ HLam HLam0 HX2 _ _ _ _ _ _ _ _ _ _].
  destruct distance_pull as [c [Hc Hpull]].
  assert (Hpc : 0 <= INR p * c^2) by (apply Rmult_le_pos; [apply pos_INR|apply pow2_ge_0]).
  apply (villani_many n p d q x A lam sigma sigma1 sigma2 M1 M2 Act distance distance1 distance2 d_distance d_distance1 Hn)
    with (Lam := Bx^2) (X2 := Bx^2) (g1 := INR p * c) (g2 := sqrt (INR p * c^2))
         (h2 := Sum p (fun j => Sum q (fun r => (A r j)^2)))
         (e_ell := fun i es => Times (Cst (1 / 2)) (eSum q (fun r =>
            Times (Plus (es r) (Cst (- y i r))) (Plus (es r) (Cst (- y i r)))))); auto using sqrt_pos.
  - intros W i Hi. rewrite pow2_sqrt, <- Sum_const by exact Hpc. apply Sum_le; intros j Hj.
    rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|now apply Hpull].
  - intros W i Hi. rewrite <- Sum_const. apply Sum_le; intros j Hj. now apply Hpull.
  - intros. apply Sum_nonneg; intros; apply pow2_ge_0.
  - intros. right. reflexivity.
  - intros. apply Sum_nonneg; intros; apply squared_nonneg.
  - intros i es _ Hes. refine (conj I _). apply valid_eSum; intros r Hr. pose proof (Hes r Hr). simpl. auto.
  - intros i es W _. cbn [value]. rewrite value_eSum. unfold distance. rewrite <- Sum_scal. apply Sum_ext; intros r _.
    simpl. unfold squared. field.
Qed.

End Net.
