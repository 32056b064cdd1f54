(** Least squares: for any vectors v_0, ..., v_(d-1) in R^n and any y there is a combination whose residual is
    orthogonal to every v_k.  Nothing is asked of the vectors. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums.
Open Scope R_scope.

Lemma dot_sym n u v : dot n u v = dot n v u.
Proof. apply Sum_ext; intros; ring. Qed.

Lemma dot_plus_scal n u c v w : dot n (fun i => u i + c * v i) w = dot n u w + c * dot n v w.
Proof. unfold dot. rewrite <- Sum_scal, <- Sum_plus. apply Sum_ext; intros; ring. Qed.

Lemma dot_combination n m (c : nat -> R) (v : nat -> nat -> R) w :
  dot n (fun i => Sum m (fun k => c k * v k i)) w = Sum m (fun k => c k * dot n (v k) w).
Proof.
  unfold dot. transitivity (Sum n (fun i => Sum m (fun k => c k * (v k i * w i)))).
  - apply Sum_ext; intros. rewrite <- Sum_scal_r. apply Sum_ext; intros; ring.
  - rewrite Sum_swap. apply Sum_ext; intros. now rewrite Sum_scal.
Qed.

(** A vector of norm 0 is orthogonal to everything. *)
Lemma dot_null n r w : dot n r r = 0 -> dot n r w = 0.
Proof.
  intros H. pose proof (Cauchy_Schwarz n r w) as CS.
  replace (Sum n (fun i => (r i)^2)) with (dot n r r) in CS by (apply Sum_ext; intros; ring).
  rewrite H, Rmult_0_l in CS. unfold dot. pose proof (pow2_ge_0 (Sum n (fun i => r i * w i))).
  destruct (Req_dec (Sum n (fun i => r i * w i)) 0) as [E|E]; [exact E|].
  pose proof (pow_nonzero _ 2 E). lra.
Qed.

Definition residual_of (m : nat) (v : nat -> nat -> R) (y c : nat -> R) (i : nat) : R :=
  y i - Sum m (fun k => c k * v k i).

Theorem least_squares n m (v : nat -> nat -> R) (y : nat -> R) :
  exists c : nat -> R, forall k, (k < m)%nat -> dot n (residual_of m v y c) (v k) = 0.
Proof.
  revert y. induction m as [|m IH]; intros y; [exists (fun _ => 0); intros k Hk; lia|].
  destruct (IH (v m)) as [b Hb]. destruct (IH y) as [a Ha].
  set (r := residual_of m v (v m) b) in *. set (e := residual_of m v y a) in *.
  set (q := if Req_EM_T (dot n r r) 0 then 0 else dot n e r / dot n r r).
  set (c := fun k => if Nat.eqb k m then q else a k - q * b k).
  exists c.
  assert (E : forall i, residual_of (S m) v y c i = e i + - q * r i).
  { intros i. unfold residual_of. cbn [Sum]. unfold c at 2. rewrite Nat.eqb_refl.
    rewrite (Sum_ext m (fun k => c k * v k i) (fun k => a k * v k i - q * (b k * v k i))).
    - rewrite Sum_minus, Sum_scal. unfold e, r, residual_of. ring.
    - intros k Hk. unfold c. replace (Nat.eqb k m) with false by (symmetry; apply Nat.eqb_neq; lia). ring. }
  assert (Eq : forall w, dot n (residual_of (S m) v y c) w = dot n e w + - q * dot n r w).
  { intros w. rewrite <- dot_plus_scal. apply Sum_ext; intros. now rewrite E. }
  intros k Hk. rewrite Eq. destruct (Nat.eq_dec k m) as [->|Hne].
  - (* v_m = r + a combination of the others *)
    assert (Ev : forall w, (forall k, (k < m)%nat -> dot n w (v k) = 0) -> dot n w (v m) = dot n w r).
    { intros w Hw. transitivity (dot n w (fun i => r i + 1 * Sum m (fun k => b k * v k i))).
      - apply Sum_ext; intros. unfold r, residual_of. ring.
      - rewrite dot_sym, dot_plus_scal, dot_combination. rewrite Sum_zero; [rewrite dot_sym; ring|].
        intros k' Hk'. rewrite dot_sym, (Hw k' Hk'). ring. }
    rewrite (Ev e Ha), (Ev r Hb). unfold q. destruct (Req_EM_T (dot n r r) 0) as [H0|H0].
    + rewrite dot_sym, (dot_null n r e H0). ring.
    + field. exact H0.
  - rewrite (Ha k), (Hb k) by lia. ring.
Qed.
