(** The four conditions, and V1-V3 for any objective with lambda > 0. *)

Require Import Reals Lra Lia Psatz List FinFun FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Routes Smooth.
Open Scope R_scope.

Section Conditions.

Variables p d : nat.

Definition V1 (F : weights -> R) : Prop := C_infinity p d F.

Definition V2 (F : weights -> R) : Prop :=
  forall M, exists r0, forall W, r0 <= frob p d W -> M <= F W.

(** The entries (j, k) of a p x d matrix. *)
Definition entries : list (nat * nat) := list_prod (seq 0 p) (seq 0 d).

(** The integral of F over the entries in the list, each over [-rho, rho], as an iterated
    Riemann integral; the other entries are those of W. *)
Fixpoint box_int (es : list (nat * nat)) (rho : R) (F : weights -> R) (W : weights) : R :=
  match es with
  | nil => F W
  | cons (j, k) es => RInt (fun t => box_int es rho F (upd W j k t)) (- rho) rho
  end.

(** Every integral in it exists. *)
Fixpoint box_integrable (es : list (nat * nat)) (rho : R) (F : weights -> R) (W : weights) : Prop :=
  match es with
  | nil => True
  | cons (j, k) es =>
      (forall t, - rho <= t <= rho -> box_integrable es rho F (upd W j k t)) /\
      ex_RInt (fun t => box_int es rho F (upd W j k t)) (- rho) rho
  end.

(** V3: exp(-2 F/s) >= 0 has integrals over the cubes [-rho, rho]^(p d) that stay bounded. *)
Definition V3 (F : weights -> R) (s : R) : Prop :=
  exists B, forall rho, 0 < rho ->
    box_integrable entries rho (fun W => exp (- (2 * F W / s))) (fun _ _ => 0) /\
    box_int entries rho (fun W => exp (- (2 * F W / s))) (fun _ _ => 0) <= B.

Definition V4 (F : weights -> R) (s : R) : Prop :=
  forall M, exists r0, forall W, r0 <= frob p d W -> M <= v4_expression p d F s W.

Definition Villani (F : weights -> R) (s : R) : Prop := V1 F /\ V2 F /\ V3 F s /\ V4 F s.

(** * V3: the integral of exp(-2 L/s) *)

Lemma in_box_upd b W j k t : in_box p d b W -> Rabs t <= b -> in_box p d b (upd W j k t).
Proof. intros HW Ht j' k' Hj Hk. unfold upd. destruct (andb _ _); [exact Ht|now apply HW]. Qed.

Lemma dist1_upd_t W j k t u : (j < p)%nat -> (k < d)%nat -> dist1 p d (upd W j k t) (upd W j k u) = Rabs (t - u).
Proof.
  intros Hj Hk. unfold dist1. rewrite (Sum_single p j); [rewrite (Sum_single d k)| |]; try assumption.
  - unfold upd. rewrite !Nat.eqb_refl. reflexivity.
  - intros m Hm. unfold upd. apply Nat.eqb_neq in Hm. rewrite Hm, Nat.eqb_refl. simpl.
    replace (W j m - W j m) with 0 by ring. apply Rabs_R0.
  - intros m Hm. apply Sum_zero; intros i _. unfold upd. apply Nat.eqb_neq in Hm. rewrite Hm. simpl.
    replace (W m i - W m i) with 0 by ring. apply Rabs_R0.
Qed.

Lemma dist1_upd_W W V j k t : dist1 p d (upd W j k t) (upd V j k t) <= dist1 p d W V.
Proof.
  apply Sum_le; intros j' _; apply Sum_le; intros k' _. unfold upd. destruct (andb _ _); [|lra].
  replace (t - t) with 0 by ring. rewrite Rabs_R0. apply Rabs_pos.
Qed.

(** The iterated integral of a function that is Lipschitz on the cube exists, and is Lipschitz. *)
Lemma box_int_lipschitz es rho F K :
  0 < rho -> 0 <= K -> (forall j k, In (j, k) es -> (j < p)%nat /\ (k < d)%nat) ->
  (forall W V, in_box p d rho W -> in_box p d rho V -> Rabs (F W - F V) <= K * dist1 p d W V) ->
  (forall W, in_box p d rho W -> box_integrable es rho F W) /\
  exists K', 0 <= K' /\ forall W V, in_box p d rho W -> in_box p d rho V ->
    Rabs (box_int es rho F W - box_int es rho F V) <= K' * dist1 p d W V.
Proof.
  intros Hrho HK Hes HF. induction es as [|[j k] es IH]; simpl.
  - split; [auto|]. exists K. auto.
  - destruct IH as [HI [K' [HK' HL]]]; [intros; apply Hes; now right|].
    destruct (Hes j k) as [Hj Hk]; [now left|].
    assert (Hint : forall W, in_box p d rho W -> ex_RInt (fun t => box_int es rho F (upd W j k t)) (- rho) rho).
    { intros W HW.
      (* continuity follows from the Lipschitz bound; clip t to the interval so that it holds on all of R *)
      set (clip := fun t => Rmax (- rho) (Rmin t rho)).
      assert (Hclip : forall t, Rabs (clip t) <= rho).
      { intros t. unfold clip. apply Rabs_le_between. split; [apply Rmax_l|].
        apply Rmax_lub; [lra|apply Rmin_r]. }
      assert (Hlip : forall t u, Rabs (clip t - clip u) <= Rabs (t - u)).
      { intros t u. unfold clip, Rmax, Rmin.
        repeat destruct (Rle_dec _ _); apply Rabs_le_between; split; unfold Rabs; destruct (Rcase_abs _); lra. }
      apply (ex_RInt_ext (fun t => box_int es rho F (upd W j k (clip t)))).
      { intros t Ht. rewrite Rmin_left, Rmax_right in Ht by lra. f_equal. f_equal. unfold clip.
        rewrite Rmin_left, Rmax_right by lra. reflexivity. }
      apply (ex_RInt_continuous (V := R_CompleteNormedModule)). intros t _.
      apply (proj1 (continuity_pt_filterlim _ t)).
      intros eps Heps. exists (eps / (K' + 1)). split; [apply Rdiv_lt_0_compat; lra|].
      intros u [_ Hu]. simpl in *. unfold R_dist in *.
      apply Rle_lt_trans with (K' * Rabs (u - t)).
      - apply Rle_trans with (1 := HL _ _ (in_box_upd _ _ j k _ HW (Hclip u)) (in_box_upd _ _ j k _ HW (Hclip t))).
        rewrite dist1_upd_t by assumption. apply Rmult_le_compat_l; [exact HK'|apply Hlip].
      - apply Rle_lt_trans with (K' * (eps / (K' + 1))); [apply Rmult_le_compat_l; lra|].
        apply (Rmult_lt_reg_r (K' + 1)); [lra|].
        replace (K' * (eps / (K' + 1)) * (K' + 1)) with (K' * eps) by (field; lra). lra. }
    split.
    + intros W HW. split; [|now apply Hint]. intros t Ht. apply HI, in_box_upd; [exact HW|now apply Rabs_le_between].
    + exists (2 * rho * K'). split; [apply Rmult_le_pos; lra|]. intros W V HW HV.
      assert (E : RInt (fun t => box_int es rho F (upd W j k t)) (- rho) rho
                - RInt (fun t => box_int es rho F (upd V j k t)) (- rho) rho
                = RInt (fun t => box_int es rho F (upd W j k t) - box_int es rho F (upd V j k t)) (- rho) rho).
      { symmetry. apply (RInt_minus (V := R_CompleteNormedModule)); now apply Hint. }
      rewrite E.
      replace (2 * rho * K' * dist1 p d W V) with ((rho - - rho) * (K' * dist1 p d W V)) by ring.
      apply abs_RInt_le_const; [lra| |].
      * apply (ex_RInt_minus (V := R_NormedModule)); now apply Hint.
      * intros t Ht. assert (Rabs t <= rho) by (now apply Rabs_le_between).
        apply Rle_trans with (K' * dist1 p d (upd W j k t) (upd V j k t)).
        -- apply HL; now apply in_box_upd.
        -- apply Rmult_le_compat_l; [exact HK'|apply dist1_upd_W].
Qed.

(** The majorant 1/(1 + c t^2) of exp(-c t^2), and its integral. *)
Definition bell (c t : R) : R := / (1 + c * t^2).

Lemma bell_pos c t : 0 < c -> 0 < bell c t.
Proof. intros Hc. apply Rinv_0_lt_compat. pose proof (pow2_ge_0 t). nra. Qed.

Lemma exp_bell c t : 0 < c -> exp (- (c * t^2)) <= bell c t.
Proof.
  intros Hc. unfold bell. rewrite exp_Ropp. pose proof (pow2_ge_0 t).
  assert (0 <= c * t^2) by nra. apply Rinv_le_contravar; [lra|apply exp_ineq1_le].
Qed.

Lemma RInt_bell c rho : 0 < c -> 0 < rho ->
  ex_RInt (bell c) (- rho) rho /\ RInt (bell c) (- rho) rho <= PI / sqrt c.
Proof.
  intros Hc Hrho. pose proof (sqrt_lt_R0 c Hc) as Hs. pose proof (sqrt_sqrt c (Rlt_le _ _ Hc)) as Hss.
  assert (H : is_RInt (bell c) (- rho) rho
                (atan (sqrt c * rho) / sqrt c - atan (sqrt c * - rho) / sqrt c)).
  { apply (is_RInt_derive (fun t => atan (sqrt c * t) / sqrt c)).
    - intros t _. apply (d_eq _ _ (/ (1 + (sqrt c * t)^2) * sqrt c * / sqrt c)).
      + apply (d_ext (fun t => / sqrt c * atan (sqrt c * t))); [intros; unfold Rdiv; ring|].
        apply (d_eq _ _ (/ sqrt c * (/ (1 + (sqrt c * t)^2) * (sqrt c * 1)))); [|ring].
        apply d_scal. apply (d_comp atan (fun t => sqrt c * t)).
        * apply is_derive_Reals. pose proof (derivable_pt_lim_atan (sqrt c * t)) as Ha. exact Ha.
        * apply d_scal, d_id.
      + unfold bell. rewrite Rpow_mult_distr, pow2_sqrt by lra. pose proof (pow2_ge_0 t). field. split; nra.
    - intros t _. apply (proj1 (continuity_pt_filterlim _ t)). unfold bell.
      apply derivable_continuous_pt. pose proof (pow2_ge_0 t).
      exists (- (c * (2 * t)) / (1 + c * t^2)^2). apply is_derive_Reals. auto_derive; [nra|]. field. nra. }
  split; [eexists; exact H|]. rewrite (is_RInt_unique _ _ _ _ H).
  pose proof (atan_bound (sqrt c * rho)) as [_ H1]. pose proof (atan_bound (sqrt c * - rho)) as [H2 _].
  unfold Rdiv. rewrite <- Rmult_minus_distr_r. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Hs|lra].
Qed.

Fixpoint bells (c : R) (es : list (nat * nat)) (W : weights) : R :=
  match es with nil => 1 | cons (j, k) es => bell c (W j k) * bells c es W end.

Lemma box_int_bells c es rho F Q : 0 < c -> 0 < rho -> NoDup es ->
  (forall j k, In (j, k) es -> (j < p)%nat /\ (k < d)%nat) ->
  (forall W, in_box p d rho W -> box_integrable es rho F W) ->
  (forall j k t W, In (j, k) es -> Q (upd W j k t) = Q W) -> (forall W, 0 <= Q W) ->
  (forall W, in_box p d rho W -> F W <= Q W * bells c es W) ->
  forall W, in_box p d rho W -> box_int es rho F W <= Q W * (PI / sqrt c)^(length es).
Proof.
  intros Hc Hrho. revert Q. induction es as [|[j k] es IH]; intros Q Hnd Hes HI HQ HQ0 HF W HW.
  - simpl in *. now apply HF.
  - cbn [box_int length]. inversion_clear Hnd as [|? ? Hnin Hnd'].
    destruct (HI W HW) as [_ Hex]. destruct (RInt_bell c rho Hc Hrho) as [Hbex Hb].
    set (P := (PI / sqrt c)^(length es)).
    assert (HP : 0 <= P).
    { apply pow_le, Rlt_le, Rdiv_lt_0_compat; [apply PI_RGT_0|now apply sqrt_lt_R0]. }
    assert (Hle : forall t, - rho < t < rho -> box_int es rho F (upd W j k t) <= Q W * P * bell c t).
    { intros t Ht. assert (Hb' : in_box p d rho (upd W j k t)) by (apply in_box_upd; [exact HW|apply Rabs_le_between; lra]).
      pose proof (IH (fun V => Q V * bell c (V j k)) Hnd') as H.
      assert (Hupd : upd W j k t j k = t) by (unfold upd; rewrite !Nat.eqb_refl; reflexivity).
      apply Rle_trans with (Q (upd W j k t) * bell c (upd W j k t j k) * P).
      - apply H; try assumption.
        + intros; apply Hes; now right.
        + intros V HV. destruct (HI V HV) as [HV' _].
          specialize (HV' (V j k)). destruct (Hes j k) as [Hj Hk]; [now left|].
          assert (Hjk : - rho <= V j k <= rho) by (apply Rabs_le_between; now apply HV).
          specialize (HV' Hjk).
          clear - HV'. revert HV'. assert (E : forall j' k', upd V j k (V j k) j' k' = V j' k').
          { intros j' k'. unfold upd. destruct (Nat.eqb_spec j' j), (Nat.eqb_spec k' k); subst; reflexivity. }
          intros HV'. replace V with (upd V j k (V j k)); [exact HV'|].
          apply functional_extensionality; intros j'.
          apply functional_extensionality; intros k'. apply E.
        + intros j' k' u V Hin. rewrite HQ by (now right). f_equal. f_equal. unfold upd.
          destruct (Nat.eqb_spec j j'), (Nat.eqb_spec k k'); subst; simpl; try reflexivity. now elim Hnin.
        + intros V. apply Rmult_le_pos; [apply HQ0|apply Rlt_le, bell_pos, Hc].
        + intros V HV. rewrite Rmult_assoc. now apply HF.
      - rewrite HQ by (now left). rewrite Hupd. right; ring. }
    apply Rle_trans with (RInt (fun t => Q W * P * bell c t) (- rho) rho).
    + apply RInt_le; [lra|exact Hex| |exact Hle].
      apply (ex_RInt_scal (V := R_NormedModule)); exact Hbex.
    + assert (E : RInt (fun t => Q W * P * bell c t) (- rho) rho = Q W * P * RInt (bell c) (- rho) rho)
        by (apply (RInt_scal (V := R_CompleteNormedModule)); exact Hbex).
      rewrite E. simpl. rewrite (Rmult_comm (PI / sqrt c)), <- Rmult_assoc.
      apply Rmult_le_compat_l; [apply Rmult_le_pos; [apply HQ0|exact HP]|exact Hb].
Qed.

Lemma entries_in j k : In (j, k) entries -> (j < p)%nat /\ (k < d)%nat.
Proof.
  unfold entries. intros H. apply in_prod_iff in H. destruct H as [Hj Hk].
  apply in_seq in Hj, Hk. lia.
Qed.

Lemma NoDup_prod (l1 l2 : list nat) : NoDup l1 -> NoDup l2 -> NoDup (list_prod l1 l2).
Proof.
  intros H1 H2. induction H1 as [|a l1 Ha H1 IH]; simpl; [constructor|].
  assert (Hm : NoDup (map (fun y => (a, y)) l2)).
  { apply Injective_map_NoDup; [|exact H2]. intros u v E. now inversion E. }
  revert Hm. assert (Hd : forall q, In q (map (fun y => (a, y)) l2) -> ~ In q (list_prod l1 l2)).
  { intros [u v] Hq Hp. apply in_map_iff in Hq. destruct Hq as [w [E _]]. inversion E; subst.
    apply in_prod_iff in Hp. now apply Ha. }
  induction (map (fun y => (a, y)) l2) as [|q m IHm]; simpl; intros Hm; [exact IH|].
  inversion_clear Hm. constructor.
  - rewrite in_app_iff. intros [Hq|Hq]; [contradiction|]. apply (Hd q); [now left|exact Hq].
  - apply IHm; [|assumption]. intros r Hr. apply Hd. now right.
Qed.

Lemma bells_exp c W : 0 < c -> exp (- (c * frob2 p d W)) <= bells c entries W.
Proof.
  intros Hc. unfold entries, frob2.
  assert (Hnn : forall es, 0 < bells c es W).
  { induction es as [|[j k] es IH]; simpl; [lra|]. apply Rmult_lt_0_compat; [now apply bell_pos|exact IH]. }
  assert (Happ : forall e f, bells c (e ++ f) W = bells c e W * bells c f W).
  { induction e as [|[j k] e IH]; intros f; simpl; [ring|]. rewrite IH. ring. }
  assert (Hrow : forall j m, exp (- (c * Sum m (fun k => (W j k)^2))) <= bells c (map (fun k => (j, k)) (seq 0 m)) W).
  { intros j m. induction m as [|m IH].
    - simpl. rewrite Rmult_0_r, Ropp_0, exp_0. lra.
    - rewrite seq_S, map_app, Happ, Nat.add_0_l. cbn [Sum map bells].
      replace (- (c * (Sum m (fun k => (W j k)^2) + (W j m)^2)))
        with (- (c * Sum m (fun k => (W j k)^2)) + - (c * (W j m)^2)) by ring.
      rewrite exp_plus, Rmult_1_r. apply Rmult_le_compat; try (apply Rlt_le, exp_pos); [exact IH|now apply exp_bell]. }
  induction p as [|q IH]; simpl Sum.
  - simpl. rewrite Rmult_0_r, Ropp_0, exp_0. lra.
  - rewrite seq_S. simpl plus.
    assert (Hlp : forall l1 l2 : list nat, list_prod (l1 ++ l2) (seq 0 d) = list_prod l1 (seq 0 d) ++ list_prod l2 (seq 0 d)).
    { induction l1 as [|a l1 IHl]; intros l2; simpl; [reflexivity|]. rewrite IHl, app_assoc. reflexivity. }
    rewrite Hlp, Happ. simpl list_prod. rewrite app_nil_r.
    rewrite Rmult_plus_distr_l, Ropp_plus_distr, exp_plus.
    apply Rmult_le_compat; try (apply Rlt_le, exp_pos); [exact IH|apply Hrow].
Qed.

(** V3 with an explicit bound, for any tame F >= low + (lambda/2) r^2. *)
Theorem V3_bound F low lam s rho : 0 < lam -> 0 < s -> 0 < rho -> tame p d F ->
  (forall W, low + lam / 2 * frob2 p d W <= F W) ->
  box_integrable entries rho (fun W => exp (- (2 * F W / s))) (fun _ _ => 0) /\
  box_int entries rho (fun W => exp (- (2 * F W / s))) (fun _ _ => 0)
    <= exp (- (2 * low / s)) * (PI / sqrt (lam / s))^(length entries).
Proof.
  intros Hl Hs Hrho HF Hlow. set (c := 2 * low / s).
  assert (Hc : 0 < lam / s) by (now apply Rdiv_lt_0_compat).
  destruct (HF rho) as (B & K & _ & HK & _ & HL).
  assert (H2s : 0 < 2 / s) by (apply Rdiv_lt_0_compat; lra).
  assert (Hexp : forall W V, in_box p d rho W -> in_box p d rho V ->
    Rabs (exp (- (2 * F W / s)) - exp (- (2 * F V / s))) <= exp (- c) * (2 / s * K) * dist1 p d W V).
  { intros W V HW HV.
    assert (Hone : forall u v, c <= u -> c <= v -> Rabs (exp (- u) - exp (- v)) <= exp (- c) * Rabs (u - v)).
    { intros u v Hu Hv. destruct (MVT_gen (fun t => exp (- t)) u v (fun t => - exp (- t))) as [q [Hq E]].
      - intros t _. auto_derive; [exact I|ring].
      - intros t _. apply derivable_continuous_pt. exists (- exp (- t)). apply is_derive_Reals.
        auto_derive; [exact I|ring].
      - rewrite Rabs_minus_sym, E, Rabs_mult, Rabs_Ropp, (Rabs_minus_sym u v).
        apply Rmult_le_compat_r; [apply Rabs_pos|].
        rewrite Rabs_pos_eq by (apply Rlt_le, exp_pos).
        assert (c <= q) by (unfold Rmin in Hq; destruct (Rle_dec u v); lra).
        destruct (Req_dec q c) as [->|Hne]; [lra|]. apply Rlt_le, exp_increasing. lra. }
    assert (Hpos : forall W, c <= 2 * F W / s).
    { intros U. assert (low <= F U).
      { apply Rle_trans with (2 := Hlow U). pose proof (frob2_nonneg p d U). nra. }
      unfold c. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Hs|lra]. }
    apply Rle_trans with (1 := Hone _ _ (Hpos W) (Hpos V)).
    replace (2 * F W / s - 2 * F V / s) with (2 / s * (F W - F V)) by (field; lra).
    rewrite (Rmult_assoc (exp (- c))). apply Rmult_le_compat_l; [apply Rlt_le, exp_pos|].
    rewrite Rabs_mult, Rabs_pos_eq by lra. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra|]. now apply HL. }
  assert (Hin : in_box p d rho (fun _ _ => 0)) by (intros j k _ _; rewrite Rabs_R0; lra).
  destruct (box_int_lipschitz entries rho (fun W => exp (- (2 * F W / s))) (exp (- c) * (2 / s * K))) as [HI _]; try assumption.
  - apply Rmult_le_pos; [apply Rlt_le, exp_pos|apply Rmult_le_pos; lra].
  - apply entries_in.
  - split; [now apply HI|].
    apply (box_int_bells (lam / s) entries rho _ (fun _ => exp (- c))); try assumption; auto.
    + apply NoDup_prod; apply seq_NoDup.
    + apply entries_in.
    + intros; apply Rlt_le, exp_pos.
    + intros W _. apply Rle_trans with (exp (- c) * exp (- (lam / s * frob2 p d W))).
      2:{ apply Rmult_le_compat_l; [apply Rlt_le, exp_pos|apply (bells_exp (lam / s) W Hc)]. }
      rewrite <- exp_plus.
      assert (E : - (2 * F W / s) <= - c + - (lam / s * frob2 p d W)).
      { rewrite <- Ropp_plus_distr. apply Ropp_le_contravar. unfold c.
        replace (2 * low / s + lam / s * frob2 p d W) with (2 * (low + lam / 2 * frob2 p d W) / s) by (field; lra).
        apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Hs|]. pose proof (Hlow W). lra. }
      destruct E as [E|E]; [now apply Rlt_le, exp_increasing|rewrite E; lra].
Qed.

(** ** V2 and V3 from a lower bound F >= low + (mu/2) r^2 *)

Section Lower.

Variables (F : weights -> R) (low mu : R).
Hypothesis Hmu : 0 < mu.
Hypothesis Hlow : forall W, low + mu / 2 * frob2 p d W <= F W.

(** F(W) >= M once r >= sqrt(2 (M - low)/mu). *)
Theorem V2_radius M W : low <= M -> sqrt (2 * (M - low) / mu) <= frob p d W -> M <= F W.
Proof.
  intros HM Hr. apply Rle_trans with (2 := Hlow W). rewrite <- frob_sq.
  assert (Hq : 0 <= 2 * (M - low) / mu) by (apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat, Hmu]).
  assert (H : sqrt (2 * (M - low) / mu)^2 <= (frob p d W)^2) by (apply pow_incr; split; [apply sqrt_pos|exact Hr]).
  rewrite pow2_sqrt in H by exact Hq.
  assert (E : M = low + mu / 2 * (2 * (M - low) / mu)) by (field; lra).
  rewrite E at 1. apply Rplus_le_compat_l, Rmult_le_compat_l; lra.
Qed.

Theorem V2_lower : V2 F.
Proof.
  intros M. exists (sqrt (2 * (Rmax M low - low) / mu)). intros W HW.
  apply Rle_trans with (Rmax M low); [apply Rmax_l|]. apply V2_radius; [apply Rmax_r|exact HW].
Qed.

Theorem V3_lower s : 0 < s -> tame p d F -> V3 F s.
Proof.
  intros Hs HF. exists (exp (- (2 * low / s)) * (PI / sqrt (mu / s))^(length entries)). intros rho Hrho.
  now apply V3_bound.
Qed.

(** The three confining conditions, and V4 from a radius for every level. *)
Theorem villani_lower s (r0 : R -> R) : 0 < s -> V1 F -> tame p d F ->
  (forall M W, 0 <= M -> r0 M <= frob p d W -> M <= v4_expression p d F s W) -> Villani F s.
Proof.
  intros Hs H1 HF HV4. refine (conj H1 (conj V2_lower (conj (V3_lower s Hs HF) _))).
  intros M. exists (r0 (Rmax M 0)). intros W HW.
  apply Rle_trans with (Rmax M 0); [apply Rmax_l|]. apply HV4; auto. apply Rmax_r.
Qed.

End Lower.

End Conditions.

(** * V1, V2, V3 for the objective *)

Section Objective.

Variables (n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R).
Variables (sigma : R -> R) (l : R -> R -> R).
Hypothesis Hn : (0 < n)%nat.

Local Notation L := (objective n p d x y a lam sigma l).

(** L(W) >= low + (lambda/2) r^2 where every l_i >= low. *)
Lemma objective_above low W : (forall i, (i < n)%nat -> low <= l (y i) (net p d x a sigma W i)) ->
  low + lam / 2 * frob2 p d W <= L W.
Proof.
  intros H. unfold objective. apply Rplus_le_compat_r. unfold risk.
  rewrite <- (mean_const n low Hn). apply mean_le; [exact Hn|exact H].
Qed.

Section Tower.

Variables (g : nat -> R -> R) (h : R -> nat -> R -> R).
Hypothesis Tg : tower g.
Hypothesis Th : forall c, tower (h c).
Hypothesis Hg : forall t, g 0%nat t = sigma t.
Hypothesis Hh : forall c t, h c 0%nat t = l c t.

Theorem objective_V1 : V1 p d L.
Proof.
  apply (expr_smooth p d (e_objective p d n x y a lam g h)).
  - now apply valid_objective.
  - intros W. now apply value_objective.
Qed.

Lemma objective_tame : tame p d L.
Proof.
  intros b. destruct (valid_tame p d (e_objective p d n x y a lam g h)) with (b := b) as (B & K & HB & HK & H1 & H2).
  - now apply valid_objective.
  - exists B, K. refine (conj HB (conj HK (conj _ _))).
    + intros W HW. rewrite <- (value_objective p d n x y a lam g h sigma l W Hg Hh). now apply H1.
    + intros W V HW HV. rewrite <- (value_objective p d n x y a lam g h sigma l W Hg Hh).
      rewrite <- (value_objective p d n x y a lam g h sigma l V Hg Hh). now apply H2.
Qed.

End Tower.

(** ** Losses that are nowhere negative *)

Hypothesis Hl : forall c t, 0 <= l c t.

Lemma objective_lower W : 0 + lam / 2 * frob2 p d W <= L W.
Proof. apply objective_above. intros; apply Hl. Qed.

(** L(W) >= M once r >= sqrt(2 M/lambda). *)
Theorem objective_V2 M W : 0 < lam -> 0 <= M -> sqrt (2 * M / lam) <= frob p d W -> M <= L W.
Proof.
  intros Hlam HM Hr. apply (V2_radius p d L 0 lam Hlam objective_lower M W HM). now rewrite Rminus_0_r.
Qed.

Variables (g : nat -> R -> R) (h : R -> nat -> R -> R).
Hypothesis Tg : tower g.
Hypothesis Th : forall c, tower (h c).
Hypothesis Hg : forall t, g 0%nat t = sigma t.
Hypothesis Hh : forall c t, h c 0%nat t = l c t.

Theorem objective_V3 s : 0 < lam -> 0 < s -> V3 p d L s.
Proof.
  intros Hlam Hs. apply (V3_lower p d L 0 lam Hlam objective_lower s Hs). now apply (objective_tame g h).
Qed.

(** The three confining conditions, and V4 from a radius for every level. *)
Theorem villani_from_V4 s (r0 : R -> R) : 0 < lam -> 0 < s ->
  (forall M W, 0 <= M -> r0 M <= frob p d W -> M <= v4_expression p d L s W) -> Villani p d L s.
Proof.
  intros Hlam Hs. apply (villani_lower p d L 0 lam Hlam objective_lower s r0 Hs).
  - now apply (objective_V1 g h).
  - now apply (objective_tame g h).
Qed.

End Objective.
