(** Activations as terms: a language of functions of one variable that is closed under
    derivation, so that derivatives of every order exist (V1) and are computed, not guessed. *)

Require Import Reals Lra Lia Psatz ZArith.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Smooth.
Open Scope R_scope.

Inductive term : Type :=
| X
| Int (c : Z)
| Pi
| Add (t u : term)
| Mul (t u : term)
| Opp (t : term)
| Inv (t : term)
| Exp (t : term)
| Ln (t : term)
| Sqrt (t : term)
| Sin (t : term)
| Cos (t : term)
| Atan (t : term)
| Gauss (t : term).  (* the integral of exp(-u^2) over [0, t] *)

(** The integral of exp(-u^2) over [0, t]; erf t is 2/sqrt(pi) times it. *)
Definition gauss_int (t : R) : R := RInt (fun u => exp (- u^2)) 0 t.

Fixpoint ev (t : term) (z : R) : R :=
  match t with
  | X => z
  | Int c => IZR c
  | Pi => PI
  | Add t u => ev t z + ev u z
  | Mul t u => ev t z * ev u z
  | Opp t => - ev t z
  | Inv t => / ev t z
  | Exp t => exp (ev t z)
  | Ln t => ln (ev t z)
  | Sqrt t => sqrt (ev t z)
  | Sin t => sin (ev t z)
  | Cos t => cos (ev t z)
  | Atan t => atan (ev t z)
  | Gauss t => gauss_int (ev t z)
  end.

(** Divisors do not vanish; logarithms and roots have positive arguments. *)
Fixpoint ok (t : term) : Prop :=
  match t with
  | X | Int _ | Pi => True
  | Add t u | Mul t u => ok t /\ ok u
  | Inv t => ok t /\ forall z, ev t z <> 0
  | Ln t | Sqrt t => ok t /\ forall z, 0 < ev t z
  | Opp t | Exp t | Sin t | Cos t | Atan t | Gauss t => ok t
  end.

(** The same at one point only. *)
Fixpoint ok_at (z : R) (t : term) : Prop :=
  match t with
  | X | Int _ | Pi => True
  | Add t u | Mul t u => ok_at z t /\ ok_at z u
  | Inv t => ok_at z t /\ ev t z <> 0
  | Ln t | Sqrt t => ok_at z t /\ 0 < ev t z
  | Opp t | Exp t | Sin t | Cos t | Atan t | Gauss t => ok_at z t
  end.

Lemma ok_everywhere t z : ok t -> ok_at z t.
Proof. induction t; simpl; intros H; try destruct H; auto. Qed.

(** Sums and products that drop zeros and ones. *)
Definition add (t u : term) : term :=
  match t, u with
  | Int Z0, _ => u
  | _, Int Z0 => t
  | _, _ => Add t u
  end.

Definition mul (t u : term) : term :=
  match t, u with
  | Int Z0, _ => Int 0
  | _, Int Z0 => Int 0
  | Int (Zpos xH), _ => u
  | _, Int (Zpos xH) => t
  | _, _ => Mul t u
  end.

Definition opp (t : term) : term := match t with Int Z0 => Int 0 | _ => Opp t end.

Fixpoint D (t : term) : term :=
  match t with
  | X => Int 1
  | Int _ | Pi => Int 0
  | Add t u => add (D t) (D u)
  | Mul t u => add (mul (D t) u) (mul t (D u))
  | Opp t => opp (D t)
  | Inv t => opp (mul (D t) (Mul (Inv t) (Inv t)))
  | Exp t => mul (D t) (Exp t)
  | Ln t => mul (D t) (Inv t)
  | Sqrt t => mul (D t) (Inv (Mul (Int 2) (Sqrt t)))
  | Sin t => mul (D t) (Cos t)
  | Cos t => mul (D t) (Opp (Sin t))
  | Atan t => mul (D t) (Inv (Add (Int 1) (Mul t t)))
  | Gauss t => mul (D t) (Exp (Opp (Mul t t)))
  end.

Lemma ev_add t u z : ev (add t u) z = ev t z + ev u z.
Proof. unfold add. destruct t as [|[]| | | | | | | | | | | |], u as [|[]| | | | | | | | | | | |]; simpl; ring. Qed.

Lemma ev_mul t u z : ev (mul t u) z = ev t z * ev u z.
Proof.
  unfold mul. destruct t as [|[|[]|]| | | | | | | | | | | |], u as [|[|[]|]| | | | | | | | | | | |]; simpl; ring.
Qed.

Lemma ev_opp t z : ev (opp t) z = - ev t z.
Proof. unfold opp. destruct t as [|[]| | | | | | | | | | | |]; simpl; ring. Qed.

Lemma ok_opp t : ok t -> ok (opp t).
Proof. unfold opp. destruct t as [|[]| | | | | | | | | | | |]; simpl; tauto. Qed.

Lemma ok_add t u : ok t -> ok u -> ok (add t u).
Proof. unfold add. destruct t as [|[]| | | | | | | | | | | |], u as [|[]| | | | | | | | | | | |]; simpl; tauto. Qed.

Lemma ok_mul t u : ok t -> ok u -> ok (mul t u).
Proof.
  unfold mul. destruct t as [|[|[]|]| | | | | | | | | | | |], u as [|[|[]|]| | | | | | | | | | | |]; simpl; tauto.
Qed.

Lemma continuous_gauss (u : R) : continuous (fun u : R => exp (- u^2)) u.
Proof.
  apply (proj1 (continuity_pt_filterlim (fun u : R => exp (- u^2)) u)).
  apply derivable_continuous_pt. exists (- (2 * u) * exp (- u^2)). apply is_derive_Reals.
  auto_derive; [exact I|]. simpl. ring.
Qed.

Lemma ex_gauss a b : ex_RInt (fun u : R => exp (- u^2)) a b.
Proof. apply (ex_RInt_continuous (V := R_CompleteNormedModule)). intros v _. apply continuous_gauss. Qed.

Lemma d_gauss t : is_derive gauss_int t (exp (- t^2)).
Proof.
  unfold gauss_int.
  apply (is_derive_RInt (V := R_NormedModule) (fun u => exp (- u^2)) (fun t => RInt (fun u => exp (- u^2)) 0 t) 0 t).
  - exists (mkposreal 1 Rlt_0_1). intros u _.
    apply (RInt_correct (V := R_CompleteNormedModule)), ex_gauss.
  - apply continuous_gauss.
Qed.

Lemma is_derive_at t z : ok_at z t -> is_derive (ev t) z (ev (D t) z).
Proof.
  assert (Hcomp : forall (g g1 : R -> R) t, (forall u, is_derive g u (g1 u)) -> is_derive (ev t) z (ev (D t) z) ->
    is_derive (fun z => g (ev t z)) z (ev (D t) z * g1 (ev t z))).
  { intros g g1 u Hg Hu. rewrite Rmult_comm. apply d_comp; auto. }
  induction t; simpl ok_at; intros H; cbn [D]; rewrite ?ev_add, ?ev_mul, ?ev_opp; simpl.
  - apply d_id.
  - apply d_const.
  - apply d_const.
  - destruct H. apply d_plus; auto.
  - destruct H. apply d_mult; auto.
  - apply (d_eq _ _ (-1 * ev (D t) z)); [|ring].
    apply (d_ext (fun z => -1 * ev t z)); [intros; ring|]. apply d_scal; auto.
  - destruct H as [H Hne]. rewrite ev_mul. simpl.
    apply (d_eq _ _ (- ev (D t) z / (ev t z)^2)); [|field; exact Hne].
    apply (is_derive_inv (ev t) z); [now apply IHt|exact Hne].
  - apply (Hcomp exp exp); auto. intros u. apply is_derive_Reals, derivable_pt_lim_exp.
  - destruct H as [H Hp]. rewrite Rmult_comm. apply d_comp; auto.
    apply is_derive_Reals, derivable_pt_lim_ln; exact Hp.
  - destruct H as [H Hp]. rewrite Rmult_comm. apply (d_comp sqrt (ev t)); auto.
    apply is_derive_Reals, derivable_pt_lim_sqrt; exact Hp.
  - apply (Hcomp sin cos); auto. intros u. apply is_derive_Reals, derivable_pt_lim_sin.
  - apply (Hcomp cos (fun u => - sin u)); auto. intros u. apply is_derive_Reals, derivable_pt_lim_cos.
  - apply (Hcomp atan (fun u => / (1 + u * u))); auto. intros u. apply is_derive_Reals.
    pose proof (derivable_pt_lim_atan u) as Ha. replace (u * u) with (u^2) by ring. exact Ha.
  - apply (Hcomp gauss_int (fun u => exp (- (u * u)))); auto. intros u.
    replace (u * u) with (u^2) by ring. apply d_gauss.
Qed.

Lemma is_derive_D t z : ok t -> is_derive (ev t) z (ev (D t) z).
Proof. intros H. now apply is_derive_at, ok_everywhere. Qed.

Lemma ok_at_add z t u : ok_at z t -> ok_at z u -> ok_at z (add t u).
Proof. unfold add. destruct t as [|[]| | | | | | | | | | | |], u as [|[]| | | | | | | | | | | |]; simpl; tauto. Qed.

Lemma ok_at_mul z t u : ok_at z t -> ok_at z u -> ok_at z (mul t u).
Proof.
  unfold mul. destruct t as [|[|[]|]| | | | | | | | | | | |], u as [|[|[]|]| | | | | | | | | | | |]; simpl; tauto.
Qed.

Lemma ok_at_opp z t : ok_at z t -> ok_at z (opp t).
Proof. unfold opp. destruct t as [|[]| | | | | | | | | | | |]; simpl; tauto. Qed.

Lemma ok_at_D t z : ok_at z t -> ok_at z (D t).
Proof.
  induction t; simpl ok_at; intros H; cbn [D]; try (now simpl); auto.
  - destruct H. apply ok_at_add; auto.
  - destruct H. apply ok_at_add; apply ok_at_mul; auto.
  - apply ok_at_opp; auto.
  - destruct H. apply ok_at_opp, ok_at_mul; simpl; auto.
  - apply ok_at_mul; simpl; auto.
  - destruct H as [H Hp]. apply ok_at_mul; simpl; auto. split; [exact H|lra].
  - destruct H as [H Hp]. apply ok_at_mul; simpl; auto. repeat split; auto.
    pose proof (sqrt_lt_R0 _ Hp). lra.
  - apply ok_at_mul; simpl; auto.
  - apply ok_at_mul; simpl; auto.
  - apply ok_at_mul; simpl; auto. repeat split; auto. nra.
  - apply ok_at_mul; simpl; auto.
Qed.

Lemma ok_D t : ok t -> ok (D t).
Proof.
  induction t; simpl ok; intros H; cbn [D]; try (now simpl); auto.
  - destruct H. apply ok_add; auto.
  - destruct H. apply ok_add; apply ok_mul; auto.
  - apply ok_opp; auto.
  - destruct H. apply ok_opp, ok_mul; simpl; auto.
  - apply ok_mul; simpl; auto.
  - destruct H as [H Hp]. apply ok_mul; simpl; auto. split; [exact H|]. intros z. specialize (Hp z). lra.
  - destruct H as [H Hp]. apply ok_mul; simpl; auto. repeat split; auto.
    intros z. pose proof (sqrt_lt_R0 _ (Hp z)). lra.
  - apply ok_mul; simpl; auto.
  - apply ok_mul; simpl; auto.
  - apply ok_mul; simpl; auto. repeat split; auto. intros z. nra.
  - apply ok_mul; simpl; auto.
Qed.

Fixpoint Dn (m : nat) (t : term) : term := match m with O => t | S m => D (Dn m t) end.

Lemma ok_Dn m t : ok t -> ok (Dn m t).
Proof. intros H. induction m; simpl; auto using ok_D. Qed.

Theorem term_tower t : ok t -> tower (fun m => ev (Dn m t)).
Proof. intros H m z. simpl. now apply is_derive_D, ok_Dn. Qed.

Theorem term_smooth t f : ok t -> (forall z, ev t z = f z) -> smooth f.
Proof. intros H E. exists (fun m => ev (Dn m t)). split; [now apply term_tower|exact E]. Qed.

(** Splits [ok t] into the goals that are not trivial, as statements about reals. *)
Ltac ok_term := cbn [ok ev]; repeat match goal with |- _ /\ _ => split | |- True => exact I end; try (intros; lra).
