(** The theorems that certificates instantiate: for any n, p, d, data, outer weights. *)

Require Import Reals Lra Lia Psatz List.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Squared Smooth Terms Villani Activations.
Open Scope R_scope.

(** * The losses are smooth *)

Definition h_squared (c : R) (m : nat) (t : R) : R :=
  match m with O => squared c t | S O => squared1 c t | S (S O) => 1 | _ => 0 end.

Lemma tower_squared c : tower (h_squared c).
Proof.
  intros [|[|[|m]]] t; simpl; [apply d_squared|apply d_squared1|apply d_const|apply d_const].
Qed.

Definition h_logistic (c : R) (m : nat) (t : R) : R := (- c)^m * ev (Dn m t_softplus) (- c * t).

Lemma ok_softplus : ok t_softplus.
Proof. simpl. repeat split. intros z. pose proof (exp_pos z). lra. Qed.

Lemma tower_logistic c : tower (h_logistic c).
Proof.
  intros m t. unfold h_logistic.
  apply (d_eq _ _ ((- c)^m * (ev (Dn (S m) t_softplus) (- c * t) * - c))); [|simpl pow; ring].
  apply d_scal. apply (d_comp (ev (Dn m t_softplus)) (fun t => - c * t)); [|apply d_lin].
  apply (term_tower t_softplus ok_softplus m).
Qed.

Lemma h_logistic_0 c t : h_logistic c 0 t = logistic c t.
Proof. unfold h_logistic, logistic. simpl. rewrite Rmult_1_l. do 3 f_equal. ring. Qed.

(** * Constants that any data have *)

Lemma mean_dot_sq n d (x : nat -> nat -> R) v : (0 < n)%nat ->
  mean n (fun i => (dot d v (x i))^2) <= mean n (fun i => dot d (x i) (x i)) * dot d v v.
Proof.
  intros Hn. rewrite Rmult_comm, <- mean_scal. apply mean_le; [exact Hn|]. intros i _.
  unfold dot. apply Rle_trans with (1 := Cauchy_Schwarz d v (x i)). right.
  f_equal; apply Sum_ext; intros; ring.
Qed.

Lemma dot_self_nonneg d v : 0 <= dot d v v.
Proof. apply Sum_nonneg; intros k _. pose proof (pow2_ge_0 (v k)). simpl in *; lra. Qed.

(** Data and outer weights within constants. *)
Record Data (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R) : Prop := {
  dat_n : (0 < n)%nat;
  dat_Lam : forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v;
  dat_Lam0 : 0 <= Lam;
  dat_X2 : mean n (fun i => dot d (x i) (x i)) <= X2;
  dat_Bx : forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx^2;
  dat_Bx0 : 0 <= Bx;
  dat_By : forall i, (i < n)%nat -> Rabs (y i) <= By;
  dat_Y1 : mean n (fun i => Rabs (y i)) <= Y1;
  dat_Y2 : mean n (fun i => (y i)^2) <= Y2;
  dat_a1 : Sum p (fun j => Rabs (a j)) <= a1;
  dat_a2 : Sum p (fun j => (a j)^2) <= a2^2;
  dat_a20 : 0 <= a2;
  dat_ainf : forall j, (j < p)%nat -> Rabs (a j) <= ainf;
  dat_ainf0 : 0 <= ainf }.

Arguments dat_n {n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf}.
Arguments dat_By {n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf}.
Arguments dat_Y1 {n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf}.
Arguments dat_Y2 {n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf}.
Arguments dat_a1 {n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf}.

(** Only norms known: |x_i| <= Bx, |y_i| <= By; Lam, X2 are then Bx^2, Y1 is By and Y2 is By^2. *)
Lemma Data_norms n p d x y a Bx By a1 a2 ainf :
  (0 < n)%nat -> 0 <= Bx -> 0 <= a2 -> 0 <= ainf ->
  (forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx^2) -> (forall i, (i < n)%nat -> Rabs (y i) <= By) ->
  Sum p (fun j => Rabs (a j)) <= a1 -> Sum p (fun j => (a j)^2) <= a2^2 ->
  (forall j, (j < p)%nat -> Rabs (a j) <= ainf) ->
  Data n p d x y a (Bx^2) (Bx^2) Bx By By (By^2) a1 a2 ainf.
Proof.
  intros Hn HBx0 Ha20 Hai0 HBx HBy Ha1 Ha2 Hai. constructor; auto.
  - intros v. apply Rle_trans with (1 := mean_dot_sq n d x v Hn).
    apply Rmult_le_compat_r; [apply dot_self_nonneg|]. now apply mean_bound.
  - apply pow2_ge_0.
  - now apply mean_bound.
  - now apply mean_bound.
  - apply mean_bound; [exact Hn|]. intros i Hi. rewrite <- pow2_abs. apply pow_incr.
    split; [apply Rabs_pos|now apply HBy].
Qed.

(** Whatever the data are, such constants exist. *)
Lemma Data_exist n p d x y a : (0 < n)%nat ->
  exists Bx By a1 a2 ainf, Data n p d x y a (Bx^2) (Bx^2) Bx By By (By^2) a1 a2 ainf.
Proof.
  intros Hn.
  set (q := Sum n (fun i => dot d (x i) (x i))).
  assert (Hq : 0 <= q) by (apply Sum_nonneg; intros; apply dot_self_nonneg).
  exists (sqrt q), (Sum n (fun i => Rabs (y i))), (Sum p (fun j => Rabs (a j))),
    (sqrt (Sum p (fun j => (a j)^2))), (Sum p (fun j => Rabs (a j))).
  assert (Ha2 : 0 <= Sum p (fun j => (a j)^2)) by (apply Sum_nonneg; intros; apply pow2_ge_0).
  apply Data_norms; auto using sqrt_pos; try lra.
  - apply Sum_nonneg; intros; apply Rabs_pos.
  - intros i Hi. rewrite pow2_sqrt by exact Hq.
    apply (Sum_term n (fun i => dot d (x i) (x i))); [intros; apply dot_self_nonneg|exact Hi].
  - intros i Hi. apply (Sum_term n (fun i => Rabs (y i))); [intros; apply Rabs_pos|exact Hi].
  - rewrite pow2_sqrt by exact Ha2. lra.
  - intros j Hj. apply (Sum_term p (fun j => Rabs (a j))); [intros; apply Rabs_pos|exact Hj].
Qed.

(** Labels -1 and 1. *)
Definition signs (n : nat) (y : nat -> R) : Prop := forall i, (i < n)%nat -> y i = 1 \/ y i = -1.

Section Theorems.

Variables (sigma sigma1 sigma2 : R -> R) (M1 M2 : R).
Hypothesis Act : Activation sigma sigma1 sigma2 M1 M2.

Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam s : R).

Local Notation Lsq := (objective n p d x y a lam sigma squared).
Local Notation Llog := (objective n p d x y a lam sigma logistic).
Local Notation r W := (frob p d W).

Lemma V123_squared (r0 : R -> R) : (0 < n)%nat -> 0 < lam -> 0 < s ->
  (forall M W, 0 <= M -> r0 M <= r W -> M <= v4_expression p d Lsq s W) -> Villani p d Lsq s.
Proof.
  intros Hn Hl Hs HV4. destruct (act_smooth Act) as [g [Tg Eg]].
  eapply (villani_from_V4 n p d x y a lam sigma squared Hn squared_nonneg g h_squared); eauto using tower_squared.
Qed.

Lemma V123_logistic (r0 : R -> R) : (0 < n)%nat -> 0 < lam -> 0 < s ->
  (forall M W, 0 <= M -> r0 M <= r W -> M <= v4_expression p d Llog s W) -> Villani p d Llog s.
Proof.
  intros Hn Hl Hs HV4. destruct (act_smooth Act) as [g [Tg Eg]].
  eapply (villani_from_V4 n p d x y a lam sigma logistic Hn logistic_nonneg g h_logistic);
    eauto using tower_logistic, h_logistic_0.
Qed.

(** ** Squared loss, bounded residual *)

Section Constants.
Variables (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R).
Hypothesis Dat : Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf.

Theorem v4_squared_bounded rho M W : 0 < lam -> 0 < s -> 0 <= M ->
  (forall W i, (i < n)%nat -> Rabs (squared1 (y i) (net p d x a sigma W i)) <= rho) ->
  radius_bounded lam s (G Lam a2 M1 rho) (K X2 a1 a2 M1 M2 rho 1 + lam * (INR p * INR d)) M <= r W ->
  M <= v4_expression p d Lsq s W.
Proof.
  intros Hl Hs HM Hrho Hr. destruct Dat, Act.
  eapply v4_bounded; eauto using d_squared, d_squared1.
  intros; unfold squared2; rewrite Rabs_R1; lra.
Qed.

(** rho = B_y + |a|_1 sup |sigma| *)
Lemma residual_symbolic S0 : bounded sigma S0 ->
  forall W i, (i < n)%nat -> Rabs (squared1 (y i) (net p d x a sigma W i)) <= By + a1 * S0.
Proof.
  intros HS W i Hi. destruct Dat. unfold squared1, Rminus. apply Rle_trans with (1 := Rabs_triang _ _).
  rewrite Rabs_Ropp, Rplus_comm. apply Rplus_le_compat; [auto|].
  apply Rle_trans with (1 := Sum_abs _ _).
  assert (0 <= S0) by (apply Rle_trans with (2 := HS 0), Rabs_pos).
  apply Rle_trans with (Sum p (fun j => Rabs (a j) * S0)).
  - apply Sum_le; intros. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|apply HS].
  - rewrite Sum_scal_r. now apply Rmult_le_compat_r.
Qed.

(** The range of the outputs, from the range of sigma and the signs of a. *)
Lemma net_range S_lo S_hi ap am :
  (forall t, S_lo <= sigma t <= S_hi) ->
  Sum p (fun j => Rmax (a j) 0) = ap -> Sum p (fun j => Rmax (- a j) 0) = am ->
  forall W i, ap * S_lo - am * S_hi <= net p d x a sigma W i <= ap * S_hi - am * S_lo.
Proof.
  intros HS Hap Ham W i.
  assert (Hsplit : forall c, c = Rmax c 0 - Rmax (- c) 0) by (intros c; unfold Rmax; repeat destruct (Rle_dec _ _); lra).
  assert (Hpos : forall c, 0 <= Rmax c 0) by (intros; apply Rmax_r).
  rewrite <- Hap, <- Ham, <- !Sum_scal_r, <- !Sum_minus.
  split; apply Sum_le; intros j _; specialize (HS (z d x W i j)); set (t := sigma _) in *;
    pose proof (Hsplit (a j)) as Ea; pose proof (Hpos (a j)); pose proof (Hpos (- a j));
    set (u := Rmax (a j) 0) in *; set (v := Rmax (- a j) 0) in *; rewrite Ea; nra.
Qed.

(** The sharper bound of the residuals from it. *)
Lemma residual_range S_lo S_hi ap am y_min y_max :
  (forall t, S_lo <= sigma t <= S_hi) ->
  Sum p (fun j => Rmax (a j) 0) = ap -> Sum p (fun j => Rmax (- a j) 0) = am ->
  (forall i, (i < n)%nat -> y_min <= y i <= y_max) ->
  forall W i, (i < n)%nat -> Rabs (squared1 (y i) (net p d x a sigma W i))
    <= Rmax (ap * S_hi - am * S_lo - y_min) (y_max - ap * S_lo + am * S_hi).
Proof.
  intros HS Hap Ham Hy W i Hi. unfold squared1. specialize (Hy i Hi).
  pose proof (net_range S_lo S_hi ap am HS Hap Ham W i) as Hf.
  pose proof (Rmax_l (ap * S_hi - am * S_lo - y_min) (y_max - ap * S_lo + am * S_hi)).
  pose proof (Rmax_r (ap * S_hi - am * S_lo - y_min) (y_max - ap * S_lo + am * S_hi)).
  apply Rabs_le_between. lra.
Qed.

(** ** Squared loss, Euler route *)

Theorem v4_squared_euler kappa H s0 M W : 0 < lam -> 0 < s -> 0 <= M -> 0 < kappa ->
  euler sigma sigma1 kappa H -> Rabs (sigma 0) <= s0 ->
  radius_euler p d lam X2 Bx By a1 a2 M1 M2 s0 (C_euler a1 kappa H Y1 Y2) 0 s M <= r W ->
  M <= v4_expression p d Lsq s W.
Proof.
  intros Hl Hs HM Hk He Hs0 Hr.
  assert (HC : 0 <= C_euler a1 kappa H Y1 Y2).
  { pose proof (dat_n Dat) as Hn.
    assert (0 <= H) by (apply Rle_trans with (2 := He 0), Rabs_pos).
    assert (0 <= a1) by (apply Rle_trans with (2 := dat_a1 Dat), Sum_nonneg; intros; apply Rabs_pos).
    assert (0 <= Y1) by (apply Rle_trans with (2 := dat_Y1 Dat), mean_nonneg; auto; intros; apply Rabs_pos).
    assert (0 <= Y2) by (apply Rle_trans with (2 := dat_Y2 Dat), mean_nonneg; auto; intros; apply pow2_ge_0).
    assert (0 <= gam a1 H) by (now apply Rmult_le_pos).
    pose proof (pow2_ge_0 kappa). pose proof (pow2_ge_0 (gam a1 H)).
    unfold C_euler. apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat; lra].
    apply Rplus_le_le_0_compat; [apply Rplus_le_le_0_compat|assumption].
    - now apply Rmult_le_pos.
    - apply Rmult_le_pos; [apply Rmult_le_pos; lra|assumption]. }
  destruct Dat, Act.
  eapply (v4_euler n p d x y a lam sigma sigma1 sigma2) with (C := C_euler a1 kappa H Y1 Y2) (D := 0); eauto; try lra.
  intros V. rewrite Rmult_0_l, Rminus_0_r. eapply radial_euler; eauto.
Qed.

Theorem v4_squared_euler_zero H s0 M W : 0 < lam -> 0 < s -> 0 <= M ->
  euler sigma sigma1 0 H -> Rabs (sigma 0) <= s0 ->
  radius_euler p d lam X2 Bx By a1 a2 M1 M2 s0 (C_zero By a1 s0 H) (D_zero Lam a1 a2 M1 H) s M <= r W ->
  M <= v4_expression p d Lsq s W.
Proof.
  intros Hl Hs HM He Hs0 Hr.
  assert (0 <= H) by (apply Rle_trans with (2 := He 0), Rabs_pos).
  assert (0 <= a1) by (apply Rle_trans with (2 := dat_a1 Dat), Sum_nonneg; intros; apply Rabs_pos).
  assert (0 <= s0) by (apply Rle_trans with (2 := Hs0), Rabs_pos).
  assert (0 <= By) by (apply Rle_trans with (2 := dat_By Dat 0%nat (dat_n Dat)), Rabs_pos).
  assert (0 <= M1) by (apply Rle_trans with (2 := act_M1 Act 0), Rabs_pos).
  assert (0 <= gam a1 H) by (now apply Rmult_le_pos).
  destruct Dat, Act.
  eapply (v4_euler n p d x y a lam sigma sigma1 sigma2) with (C := C_zero By a1 s0 H) (D := D_zero Lam a1 a2 M1 H); eauto; try lra.
  - unfold C_zero. apply Rmult_le_pos; [assumption|]. apply Rplus_le_le_0_compat; [assumption|now apply Rmult_le_pos].
  - unfold D_zero. repeat apply Rmult_le_pos; auto using sqrt_pos.
  - intros V. eapply radial_zero with (kappa := 0); eauto.
Qed.

(** ** Squared loss, Lipschitz route *)

Theorem v4_squared_lipschitz s0 M W : 0 < s -> 0 <= M -> Rabs (sigma 0) <= s0 ->
  G1 Lam a2 M1 < lam ->
  radius_quadratic (lam - G1 Lam a2 M1) s (G0 Lam By a1 a2 M1 s0) (A X2 Bx a1 a2 M1 M2)
    (B X2 By a1 a2 M1 M2 s0 + lam * (INR p * INR d)) M <= r W ->
  M <= v4_expression p d Lsq s W.
Proof.
  intros Hs HM Hs0 Hl Hr. destruct Dat, Act. eapply v4_lipschitz; eauto.
Qed.

(** ** Logistic loss *)

Theorem v4_logistic M W : 0 < lam -> 0 < s -> 0 <= M -> signs n y ->
  radius_bounded lam s (G Lam a2 M1 1) (K X2 a1 a2 M1 M2 1 (1/4) + lam * (INR p * INR d)) M <= r W ->
  M <= v4_expression p d Llog s W.
Proof.
  intros Hl Hs HM Hy Hr. destruct Dat, Act.
  eapply v4_bounded; eauto using d_logistic, d_logistic1.
  - intros V i Hi. now apply logistic1_bound, Hy.
  - intros V i Hi. now apply logistic2_abs, Hy.
Qed.

(** ** gLip *)

Theorem hessian_squared rho W V : 0 <= lam ->
  (forall W i, (i < n)%nat -> Rabs (squared1 (y i) (net p d x a sigma W i)) <= rho) ->
  Rabs (hessian_form Lsq W V) <= (lam + Lam * (1 * M1^2 * a2^2 + rho * ainf * M2)) * frob2 p d V.
Proof.
  intros Hl Hrho. destruct Dat, Act.
  rewrite (hessian_form_formula n p d x y a lam sigma sigma1 sigma2 squared squared1 squared2) by auto using d_squared, d_squared1.
  eapply hessian_bound; eauto. intros; unfold squared2; rewrite Rabs_R1; lra.
Qed.

Theorem hessian_logistic W V : 0 <= lam -> signs n y ->
  Rabs (hessian_form Llog W V) <= (lam + Lam * (1/4 * M1^2 * a2^2 + 1 * ainf * M2)) * frob2 p d V.
Proof.
  intros Hl Hy. destruct Dat, Act.
  rewrite (hessian_form_formula n p d x y a lam sigma sigma1 sigma2 logistic logistic1 logistic2) by auto using d_logistic, d_logistic1.
  eapply hessian_bound; eauto.
  - intros U i Hi. now apply logistic1_bound, Hy.
  - intros U i Hi. now apply logistic2_abs, Hy.
Qed.

(** ** Dissipativity <grad L, W> >= m r^2 - b *)

Theorem dissipative_squared_euler kappa H W : 0 < kappa -> euler sigma sigma1 kappa H ->
  lam * frob2 p d W - C_euler a1 kappa H Y1 Y2 <= inner p d (gradient Lsq W) W.
Proof.
  intros Hk He. destruct Dat, Act.
  assert (Hrad : forall V, - C_euler a1 kappa H Y1 Y2 - 0 * r V <= inner p d (RG n p d x y a sigma sigma1 squared1 V) V).
  { intros V. rewrite Rmult_0_l, Rminus_0_r. eapply radial_euler; eauto. }
  assert (E : inner p d (gradient Lsq W) W = inner p d (RG n p d x y a sigma sigma1 squared1 W) W + lam * frob2 p d W)
    by (eapply inner_gradient_W; eauto using d_squared, d_squared1).
  rewrite E. pose proof (Hrad W). lra.
Qed.

Theorem dissipative_squared_bounded rho W : 0 < lam ->
  (forall W i, (i < n)%nat -> Rabs (squared1 (y i) (net p d x a sigma W i)) <= rho) ->
  lam / 2 * frob2 p d W - (G Lam a2 M1 rho)^2 / (2 * lam) <= inner p d (gradient Lsq W) W.
Proof.
  intros Hl Hrho. destruct Dat, Act. eapply dissipative_bounded; eauto using d_squared, d_squared1.
Qed.

Theorem dissipative_logistic W : 0 < lam -> signs n y ->
  lam / 2 * frob2 p d W - (G Lam a2 M1 1)^2 / (2 * lam) <= inner p d (gradient Llog W) W.
Proof.
  intros Hl Hy. destruct Dat, Act. eapply dissipative_bounded; eauto using d_logistic, d_logistic1.
  intros V i Hi. now apply logistic1_bound, Hy.
Qed.

End Constants.

(** ** V2 with its radius *)

Theorem confining_squared M W : (0 < n)%nat -> 0 < lam -> 0 <= M -> sqrt (2 * M / lam) <= r W -> M <= Lsq W.
Proof. intros Hn Hl HM Hr. apply objective_V2; auto using squared_nonneg. Qed.

Theorem confining_logistic M W : (0 < n)%nat -> 0 < lam -> 0 <= M -> sqrt (2 * M / lam) <= r W -> M <= Llog W.
Proof. intros Hn Hl HM Hr. apply objective_V2; auto using logistic_nonneg. Qed.

(** ** The universal statements: every lambda > 0, every s > 0, any data and width *)

Theorem villani_squared_bounded S0 : (0 < n)%nat -> 0 < lam -> 0 < s -> bounded sigma S0 -> Villani p d Lsq s.
Proof.
  intros Hn Hl Hs HS. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  eapply V123_squared; auto. intros M W HM Hr.
  eapply (v4_squared_bounded _ _ _ _ _ _ _ _ _ Dat (By + a1 * S0)); auto.
  - intros V i Hi. now apply (residual_symbolic _ _ _ _ _ _ _ _ _ Dat).
  - exact Hr.
Qed.

Theorem villani_squared_euler kappa H : (0 < n)%nat -> 0 < lam -> 0 < s -> 0 < kappa ->
  euler sigma sigma1 kappa H -> Villani p d Lsq s.
Proof.
  intros Hn Hl Hs Hk He. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  eapply V123_squared; auto. intros M W HM Hr.
  eapply (v4_squared_euler _ _ _ _ _ _ _ _ _ Dat kappa H (Rabs (sigma 0))); auto; [lra|exact Hr].
Qed.

Theorem villani_squared_euler_zero H : (0 < n)%nat -> 0 < lam -> 0 < s ->
  euler sigma sigma1 0 H -> Villani p d Lsq s.
Proof.
  intros Hn Hl Hs He. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  eapply V123_squared; auto. intros M W HM Hr.
  eapply (v4_squared_euler_zero _ _ _ _ _ _ _ _ _ Dat H (Rabs (sigma 0))); auto; [lra|exact Hr].
Qed.

Theorem villani_squared_lipschitz Lam a2 : (0 < n)%nat -> 0 < s -> 0 < lam ->
  (forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v) -> 0 <= Lam ->
  0 <= a2 -> Sum p (fun j => (a j)^2) <= a2^2 -> M1^2 * a2^2 * Lam < lam -> Villani p d Lsq s.
Proof.
  intros Hn Hs Hl HLam HLam0 Ha20 Ha2 Hlam.
  destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & b2 & ainf & Dat).
  assert (Dat' : Data n p d x y a Lam (Bx^2) Bx By By (By^2) a1 a2 ainf) by (destruct Dat; constructor; auto).
  eapply V123_squared; auto. intros M W HM Hr.
  eapply (v4_squared_lipschitz _ _ _ _ _ _ _ _ _ Dat' (Rabs (sigma 0))); auto; [lra|exact Hr].
Qed.

Theorem villani_logistic : (0 < n)%nat -> 0 < lam -> 0 < s -> signs n y -> Villani p d Llog s.
Proof.
  intros Hn Hl Hs Hy. destruct (Data_exist n p d x y a Hn) as (Bx & By & a1 & a2 & ainf & Dat).
  eapply V123_logistic; auto. intros M W HM Hr.
  eapply (v4_logistic _ _ _ _ _ _ _ _ _ Dat); auto; exact Hr.
Qed.

End Theorems.

(** ** V3 for any smooth activation *)

Theorem integrable_squared sigma n p d x y a lam s : smooth sigma -> (0 < n)%nat -> 0 < lam -> 0 < s ->
  V3 p d (objective n p d x y a lam sigma squared) s.
Proof.
  intros [g [Tg Eg]] Hn Hl Hs.
  eapply (objective_V3 n p d x y a lam sigma squared Hn squared_nonneg g h_squared); eauto using tower_squared.
Qed.

Theorem integrable_logistic sigma n p d x y a lam s : smooth sigma -> (0 < n)%nat -> 0 < lam -> 0 < s ->
  V3 p d (objective n p d x y a lam sigma logistic) s.
Proof.
  intros [g [Tg Eg]] Hn Hl Hs.
  eapply (objective_V3 n p d x y a lam sigma logistic Hn logistic_nonneg g h_logistic); eauto using tower_logistic, h_logistic_0.
Qed.
