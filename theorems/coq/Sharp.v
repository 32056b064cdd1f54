(** Two trained layers, squared loss: tanh and sigmoid, where the threshold in s is sharp.

    With lambda_a small against mean |x|^2 / (p B_x^2), V4 holds for s < s_0 and fails for s > s_0, where
    s_0 = lambda_a^2 / mean |x|^2 for tanh, 16 lambda_a^2 / mean |x|^2 for sigmoid. *)

Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Proofkit Require Import Sums Objective Losses Routes Smooth Terms Villani Activations Curve Two Threshold.
Open Scope R_scope.

(** The second derivative of a smooth activation is continuous. *)
Lemma act_continuous2 s s1 s2 M1 M2 t : Activation s s1 s2 M1 M2 -> continuous s2 t.
Proof.
  intros Act. destruct (act_smooth Act) as [g [Tg Eg]].
  assert (E1 : forall u, g 1%nat u = s1 u).
  { intros u. apply eq_trans with (Derive s u); [symmetry|]; apply is_derive_unique; [|apply (act_d Act)].
    apply (d_ext (g 0%nat)); [apply Eg|apply Tg]. }
  assert (E2 : forall u, g 2%nat u = s2 u).
  { intros u. apply eq_trans with (Derive s1 u); [symmetry|]; apply is_derive_unique; [|apply (act_d1 Act)].
    apply (d_ext (g 1%nat)); [apply E1|apply Tg]. }
  apply (continuous_ext (g 2%nat)); [exact E2|].
  apply (ex_derive_continuous (V := R_NormedModule)). eexists; apply Tg.
Qed.

(** sigma'^2 + sigma''^2/(4 c) <= T: c = 1/2 and T = 1 for tanh, c = 1/8 and T = 1/16 for sigmoid. *)
Definition defect (s1 s2 : R -> R) (T c : R) : Prop := forall t, (s2 t)^2 <= 4 * c * (T - (s1 t)^2).

Lemma defect_tanh : defect tanh1 tanh2 1 (1 / 2).
Proof.
  intros t. unfold tanh1, tanh2. pose proof (tanh_range t). set (u := tanh t) in *.
  assert (0 <= u^2 <= 1) by nra. set (v := u^2) in *.
  replace ((- 2 * u * (1 - v))^2) with (4 * v * (1 - v)^2) by (unfold v; ring).
  assert (0 <= v^2 * (3 - 2 * v)) by (apply Rmult_le_pos; [apply pow2_ge_0|lra]). lra.
Qed.

Lemma defect_sigmoid : defect sigmoid1 sigmoid2 (1 / 16) (1 / 8).
Proof.
  intros t. unfold sigmoid1, sigmoid2. pose proof (sigmoid_range t). set (h := sigmoid t) in *.
  set (g := h * (1 - h)). assert (Hg : 0 <= g <= 1 / 4).
  { unfold g. pose proof (pow2_ge_0 (h - 1 / 2)). split; [apply Rmult_le_pos; lra|lra]. }
  replace ((g * (1 - 2 * h))^2) with (g^2 * (1 - 4 * g)) by (unfold g; ring).
  assert (0 <= (1 / 4 - g)^2 * (1 + 8 * g)) by (apply Rmult_le_pos; [apply pow2_ge_0|lra]). lra.
Qed.

(** Larger constants serve. *)
Lemma defect_weaken s1 s2 T c T' c' : defect s1 s2 T c -> 0 < c -> T <= T' -> c <= c' -> defect s1 s2 T' c'.
Proof.
  intros H Hc HT Hcc t. pose proof (defect_nonneg c T (s1 t) (s2 t) Hc (H t)). specialize (H t).
  apply Rle_trans with (1 := H). apply Rle_trans with (4 * c' * (T - (s1 t)^2)).
  - apply Rmult_le_compat_r; lra.
  - apply Rmult_le_compat_l; lra.
Qed.

Section Two.

Variables (n q d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (lamW lama : R).
Variables (sigma sigma1 sigma2 : R -> R) (M1 M2 S0 T c : R).
Hypothesis Act : Activation sigma sigma1 sigma2 M1 M2.
Hypothesis HS0 : bounded sigma S0.
Hypothesis Hdefect : defect sigma1 sigma2 T c.
Hypothesis Hc : 0 < c.
Hypothesis HT : 0 < T.
Hypothesis Hn : (0 < n)%nat.
Hypothesis HmuW : forall j k, (k < d)%nat -> mu j k = lamW.
Hypothesis Hmua : forall j, mu j d = lama.
Hypothesis HlamW : 0 < lamW.
Hypothesis Hlama : 0 < lama.

Local Notation L := (both_cost n (2 + q) d x y mu sigma squared).
Local Notation p := (2 + q)%nat.

Variables (X2 Bx2 : R).
Hypothesis HX2 : mean n (fun i => dot d (x i) (x i)) <= X2.
Hypothesis HX20 : 0 < X2.
Hypothesis HBx2 : forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx2.
Hypothesis HBx20 : 0 < Bx2.

Theorem two_proved s : 0 < s < threshold lama (T * X2) (c * INR p * Bx2) -> V4 p (S d) L s.
Proof.
  intros Hs.
  apply (v4_below_threshold n p d x y mu lamW lama sigma sigma1 sigma2 (act_d Act) (act_d1 Act) Hn HmuW Hmua HlamW Hlama
           S0 M1 X2 HS0 (act_M1 Act) HX2 T c Bx2); auto; try lia.
Qed.

Theorem two_refuted w s : 0 < s ->
  lama^2 < s * mean n (fun i => (sigma1 (dot d w (x i)))^2 * dot d (x i) (x i)) -> ~ V4 p (S d) L s.
Proof.
  intros Hs. apply (pair_refuted_squared n q d x y mu lama sigma sigma1 sigma2 (act_d Act) (act_d1 Act)); auto.
  intros t. apply (act_continuous2 _ _ _ _ _ t Act).
Qed.

(** Sharp where lambda_a <= 2 T X2 / (c p B_x^2) and T = sigma'(0)^2. *)
Theorem two_sharp : mean n (fun i => dot d (x i) (x i)) = X2 -> (sigma1 0)^2 = T ->
  lama <= 2 * (T * X2) / (c * INR p * Bx2) ->
  (forall s, 0 < s < lama^2 / (T * X2) -> V4 p (S d) L s) /\
  (forall s, lama^2 / (T * X2) < s -> ~ V4 p (S d) L s).
Proof.
  intros EX ES Hl.
  assert (Hp : 0 < INR p) by (apply lt_0_INR; lia).
  assert (H1 : 0 < T * X2) by (apply Rmult_lt_0_compat; assumption).
  assert (H2 : 0 < c * INR p * Bx2) by (repeat apply Rmult_lt_0_compat; assumption).
  split; intros s Hs.
  - apply two_proved. now rewrite threshold_small.
  - assert (Hs0 : 0 < s).
    { apply Rle_lt_trans with (2 := Hs). apply Rmult_le_pos; [apply pow2_ge_0|now apply Rlt_le, Rinv_0_lt_compat]. }
    apply (two_refuted (fun _ => 0) s Hs0).
    replace (mean n _) with (T * X2).
    + apply (Rmult_lt_compat_r (T * X2)) in Hs; [|exact H1].
      replace (lama^2 / (T * X2) * (T * X2)) with (lama^2) in Hs by (field; lra). exact Hs.
    + rewrite <- EX, <- mean_scal. apply mean_ext; intros i _.
      replace (dot d (fun _ => 0) (x i)) with 0; [now rewrite ES|]. symmetry. apply Sum_zero; intros; ring.
Qed.

End Two.
