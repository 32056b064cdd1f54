(** Finite sums of reals: linearity, order, Cauchy-Schwarz, derivatives.

    [Sum n f] is f 0 + ... + f (n-1); [mean n f] is the average. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

Fixpoint Sum (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S m => Sum m f + f m end.

Definition mean (n : nat) (f : nat -> R) : R := / INR n * Sum n f.

Definition dot (d : nat) (u v : nat -> R) : R := Sum d (fun k => u k * v k).

Lemma Sum_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> Sum n f = Sum n g.
Proof.
  induction n as [|n IH]; intros H; simpl; [reflexivity|].
  rewrite IH, H; [reflexivity|lia|intros i Hi; apply H; lia].
Qed.

Lemma Sum_plus n f g : Sum n (fun i => f i + g i) = Sum n f + Sum n g.
Proof. induction n; simpl; [ring|rewrite IHn; ring]. Qed.

Lemma Sum_minus n f g : Sum n (fun i => f i - g i) = Sum n f - Sum n g.
Proof. induction n; simpl; [ring|rewrite IHn; ring]. Qed.

Lemma Sum_scal n c f : Sum n (fun i => c * f i) = c * Sum n f.
Proof. induction n; simpl; [ring|rewrite IHn; ring]. Qed.

Lemma Sum_scal_r n c f : Sum n (fun i => f i * c) = Sum n f * c.
Proof. induction n; simpl; [ring|rewrite IHn; ring]. Qed.

Lemma Sum_zero n f : (forall i, (i < n)%nat -> f i = 0) -> Sum n f = 0.
Proof.
  induction n as [|n IH]; intros H; simpl; [reflexivity|].
  rewrite IH, H; [ring|lia|intros i Hi; apply H; lia].
Qed.

Lemma Sum_const n c : Sum n (fun _ => c) = INR n * c.
Proof. induction n; [simpl; ring|]. rewrite S_INR; simpl; rewrite IHn; ring. Qed.

Lemma Sum_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> Sum n f <= Sum n g.
Proof.
  induction n as [|n IH]; intros H; simpl; [lra|].
  apply Rplus_le_compat; [apply IH; intros i Hi; apply H; lia|apply H; lia].
Qed.

Lemma Sum_nonneg n f : (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= Sum n f.
Proof.
  intros H. rewrite <- (Sum_zero n (fun _ => 0)); [|reflexivity]. now apply Sum_le.
Qed.

Lemma Sum_abs n f : Rabs (Sum n f) <= Sum n (fun i => Rabs (f i)).
Proof.
  induction n; simpl; [rewrite Rabs_R0; lra|].
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

Lemma Sum_swap n m f :
  Sum n (fun i => Sum m (fun j => f i j)) = Sum m (fun j => Sum n (fun i => f i j)).
Proof.
  induction n; simpl; [symmetry; now apply Sum_zero|].
  rewrite IHn, <- Sum_plus. reflexivity.
Qed.

(** One term of a sum of non-negative terms is at most the sum. *)
Lemma Sum_term n f j : (forall i, (i < n)%nat -> 0 <= f i) -> (j < n)%nat -> f j <= Sum n f.
Proof.
  induction n as [|n IH]; intros H Hj; [lia|]. simpl.
  assert (Hn : 0 <= Sum n f) by (apply Sum_nonneg; intros i Hi; apply H; lia).
  destruct (Nat.eq_dec j n) as [->|Hne]; [lra|].
  assert (0 <= f n) by (apply H; lia).
  assert (f j <= Sum n f); [apply IH; [intros i Hi; apply H; lia|lia]|lra].
Qed.

(** A sum with one term that does not vanish. *)
Lemma Sum_single n j f : (j < n)%nat -> (forall i, i <> j -> f i = 0) -> Sum n f = f j.
Proof.
  induction n as [|n IH]; intros Hj H; [lia|]. simpl.
  destruct (Nat.eq_dec j n) as [->|Hne].
  - rewrite Sum_zero; [ring|]. intros i Hi; apply H; lia.
  - rewrite (H n) by lia. rewrite IH; [ring|lia|exact H].
Qed.

Lemma sq_le x y : 0 <= y -> x^2 <= y^2 -> x <= y.
Proof.
  intros Hy H. apply Rsqr_incr_0_var; [unfold Rsqr; simpl in H; lra|exact Hy].
Qed.

Lemma Cauchy_Schwarz n f g :
  (Sum n (fun i => f i * g i))^2 <= Sum n (fun i => (f i)^2) * Sum n (fun i => (g i)^2).
Proof.
  induction n as [|n IH]; [simpl; lra|]. cbn [Sum].
  set (u := Sum n (fun i => f i * g i)) in *.
  set (a := Sum n (fun i => (f i)^2)) in *. set (b := Sum n (fun i => (g i)^2)) in *.
  assert (Ha : 0 <= a) by (apply Sum_nonneg; intros; apply pow2_ge_0).
  assert (Hb : 0 <= b) by (apply Sum_nonneg; intros; apply pow2_ge_0).
  assert (H : 2 * u * (f n * g n) <= a * (g n)^2 + b * (f n)^2); [|nra].
  pose proof (pow2_ge_0 (f n)) as Hf. pose proof (pow2_ge_0 (g n)) as Hg.
  assert (H0 : 0 <= a * (g n)^2) by (now apply Rmult_le_pos).
  assert (H1 : 0 <= b * (f n)^2) by (now apply Rmult_le_pos).
  apply sq_le; [lra|].
  assert (Hp : u^2 * ((f n)^2 * (g n)^2) <= a * b * ((f n)^2 * (g n)^2))
    by (apply Rmult_le_compat_r; [now apply Rmult_le_pos|exact IH]).
  pose proof (pow2_ge_0 (a * (g n)^2 - b * (f n)^2)). nra.
Qed.

(** * Means *)

Lemma INR_inv_pos n : (0 < n)%nat -> 0 < / INR n.
Proof. intros H. apply Rinv_0_lt_compat, lt_0_INR, H. Qed.

Lemma mean_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> mean n f = mean n g.
Proof. intros H. unfold mean. now rewrite (Sum_ext n f g H). Qed.

Lemma mean_plus n f g : mean n (fun i => f i + g i) = mean n f + mean n g.
Proof. unfold mean. rewrite Sum_plus. ring. Qed.

Lemma mean_minus n f g : mean n (fun i => f i - g i) = mean n f - mean n g.
Proof. unfold mean. rewrite Sum_minus. ring. Qed.

Lemma mean_scal n c f : mean n (fun i => c * f i) = c * mean n f.
Proof. unfold mean. rewrite Sum_scal. ring. Qed.

Lemma mean_const n c : (0 < n)%nat -> mean n (fun _ => c) = c.
Proof.
  intros H. unfold mean. rewrite Sum_const. field. apply not_0_INR; lia.
Qed.

Lemma mean_le n f g : (0 < n)%nat -> (forall i, (i < n)%nat -> f i <= g i) -> mean n f <= mean n g.
Proof.
  intros Hn H. apply Rmult_le_compat_l; [apply Rlt_le, INR_inv_pos, Hn|now apply Sum_le].
Qed.

Lemma mean_bound n f c : (0 < n)%nat -> (forall i, (i < n)%nat -> f i <= c) -> mean n f <= c.
Proof. intros Hn H. rewrite <- (mean_const n c Hn). now apply mean_le. Qed.

Lemma mean_nonneg n f : (0 < n)%nat -> (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= mean n f.
Proof. intros Hn H. rewrite <- (mean_const n 0 Hn). now apply mean_le. Qed.

Lemma mean_abs n f : (0 < n)%nat -> Rabs (mean n f) <= mean n (fun i => Rabs (f i)).
Proof.
  intros Hn. unfold mean. rewrite Rabs_mult.
  rewrite (Rabs_pos_eq (/ INR n)) by (apply Rlt_le, INR_inv_pos, Hn).
  apply Rmult_le_compat_l; [apply Rlt_le, INR_inv_pos, Hn|apply Sum_abs].
Qed.

Lemma mean_Cauchy_Schwarz n f g : (0 < n)%nat ->
  (mean n (fun i => f i * g i))^2 <= mean n (fun i => (f i)^2) * mean n (fun i => (g i)^2).
Proof.
  intros Hn. unfold mean.
  pose proof (INR_inv_pos n Hn) as Hp. pose proof (Cauchy_Schwarz n f g) as H.
  set (h := / INR n) in *.
  replace ((h * Sum n (fun i => f i * g i))^2) with (h^2 * (Sum n (fun i => f i * g i))^2) by ring.
  replace (h * Sum n (fun i => f i ^ 2) * (h * Sum n (fun i => g i ^ 2)))
    with (h^2 * (Sum n (fun i => f i ^ 2) * Sum n (fun i => g i ^ 2))) by ring.
  apply Rmult_le_compat_l; [apply pow2_ge_0|exact H].
Qed.

(** Summing over j a mean over i, and the other way round. *)
Lemma Sum_mean_swap m n f :
  Sum m (fun j => mean n (fun i => f i j)) = mean n (fun i => Sum m (fun j => f i j)).
Proof. unfold mean. rewrite Sum_scal, Sum_swap. reflexivity. Qed.

(** * Derivatives, in the form in which they are used here *)

Lemma d_const (c t : R) : is_derive (fun _ : R => c) t 0.
Proof. exact (is_derive_const (V := R_NormedModule) c t). Qed.

Lemma d_id (t : R) : is_derive (fun t : R => t) t 1.
Proof. exact (is_derive_id t). Qed.

Lemma d_plus (f g : R -> R) t a b :
  is_derive f t a -> is_derive g t b -> is_derive (fun t => f t + g t) t (a + b).
Proof. intros Hf Hg. exact (is_derive_plus f g t a b Hf Hg). Qed.

Lemma d_scal (f : R -> R) t c a : is_derive f t a -> is_derive (fun t => c * f t) t (c * a).
Proof. intros Hf. exact (is_derive_scal f t c a Hf). Qed.

Lemma d_mult (f g : R -> R) t a b :
  is_derive f t a -> is_derive g t b -> is_derive (fun t => f t * g t) t (a * g t + f t * b).
Proof.
  intros Hf Hg. pose proof (is_derive_mult f g t a b Hf Hg Rmult_comm) as H. exact H.
Qed.

Lemma d_comp (g f : R -> R) t a b :
  is_derive g (f t) b -> is_derive f t a -> is_derive (fun t => g (f t)) t (b * a).
Proof.
  intros Hg Hf. pose proof (is_derive_comp g f t b a Hg Hf) as H.
  rewrite Rmult_comm. exact H.
Qed.

Lemma d_ext (f g : R -> R) (t a : R) : (forall t, f t = g t) -> is_derive f t a -> is_derive g t a.
Proof. intros H Hf. exact (is_derive_ext f g t a H Hf). Qed.

(** Replace the value of a derivative by an equal one. *)
Lemma d_eq (f : R -> R) (t a b : R) : is_derive f t a -> a = b -> is_derive f t b.
Proof. now intros H <-. Qed.

Lemma is_derive_Sum n (f : nat -> R -> R) (df : nat -> R) t :
  (forall i, (i < n)%nat -> is_derive (f i) t (df i)) ->
  is_derive (fun t => Sum n (fun i => f i t)) t (Sum n df).
Proof.
  induction n as [|n IH]; intros H; simpl; [apply d_const|].
  apply (d_plus (fun t => Sum n (fun i => f i t)) (f n)).
  - apply IH. intros i Hi; apply H; lia.
  - apply H; lia.
Qed.

Lemma is_derive_mean n (f : nat -> R -> R) (df : nat -> R) t :
  (forall i, (i < n)%nat -> is_derive (f i) t (df i)) ->
  is_derive (fun t => mean n (fun i => f i t)) t (mean n df).
Proof.
  intros H. unfold mean.
  apply (d_scal (fun t => Sum n (fun i => f i t))).
  now apply is_derive_Sum.
Qed.
