//! The verification driven by accessible name and keys: a sample drawn, judged blind by two, adjudicated.

use egui::accesskit::Role as FieldRole;

use super::*;
use crate::base::ids::{ItemId, JudgmentId, StatementId};
use crate::domain::verification::{Judgment, JudgmentRow, Judgments, Role, Said, SampleKind};
use crate::snapshot::model::verification::VerificationData;
use crate::ui::views::verify::invented::{self, REVIEWERS, SAMPLE};

fn over(verification: VerificationData) -> Snapshot {
    Snapshot {
        verification: Arc::new(verification),
        ..whole()
    }
}

/// Puts another verification into the snapshot, as the host does.
fn put(window: &mut Harness<'_, Window>, verification: VerificationData) {
    let mut snapshot = (*window.state().snapshot).clone();
    snapshot.verification = Arc::new(verification);
    window.state_mut().snapshot = Arc::new(snapshot);
    window.run_ok();
}

/// The record as the store would keep it.
#[derive(Default)]
struct Record(Vec<JudgmentRow>);

impl Record {
    fn take(&mut self, sent: &[Command]) {
        for command in sent {
            let (item, reviewer, role, said) = match command {
                Command::Judge {
                    item,
                    reviewer,
                    role,
                    judgment,
                    ..
                } => (*item, reviewer, *role, Said::Judged(*judgment)),
                Command::UndoJudgment {
                    sample,
                    reviewer,
                    role,
                } => {
                    assert_eq!(*sample, SAMPLE);
                    let newest = Judgments::replay(&self.0);
                    let (item, _) = newest.newest_of(reviewer, *role).unwrap();
                    (item, reviewer, *role, Said::Undo)
                }
                other => panic!("{other:?}"),
            };
            self.0.push(JudgmentRow {
                id: JudgmentId(self.0.len() as i64 + 1),
                item,
                reviewer: reviewer.clone(),
                role,
                said,
                note: String::new(),
                spent_secs: None,
                judged_ms: 0,
            });
        }
    }

    fn judgments(&self, who: &str) -> Vec<Option<Judgment>> {
        let replayed = Judgments::replay(&self.0);
        (10..16)
            .map(|i| replayed.of(ItemId(i), who).map(|j| j.judgment))
            .collect()
    }
}

/// Writes into a field; its name stands above it as well.
fn write(window: &mut Harness<'_, Window>, name: &str, words: &str) {
    window
        .get_by_role_and_label(FieldRole::TextInput, name)
        .focus();
    window.run_ok();
    window
        .get_by_role_and_label(FieldRole::TextInput, name)
        .type_text(words);
    window.run_ok();
}

fn judge(window: &mut Harness<'_, Window>, record: &mut Record, keys: &[Key]) {
    for k in keys {
        let sent = key(window, *k);
        record.take(&sent);
    }
}

#[test]
fn a_whole_sample_is_drawn_judged_by_two_and_adjudicated_with_keys_only() {
    use Judgment::{Align, Conflict, Unrelated};
    let mut window = open(over(invented::unsampled()), View::Verify);
    let sent = key(&mut window, Key::Enter);
    let [Command::DrawSample { plan, chosen }] = &sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!((plan.kind, plan.n_per_nation), (SampleKind::Random, 100));
    assert_eq!(plan.reviewers, ["tester"]);
    assert_eq!(plan.seed.0, 42);
    assert!(chosen.is_empty());
    // The sample comes up by itself, the first pair with it.
    let mut record = Record::default();
    put(&mut window, invented::with(&record.0));
    assert!(shows(&window, "pair 1 of 6"));
    assert!(shows(&window, "各地应当优先发展公共交通"));
    // The next one is there at once, before the host has answered.
    judge(&mut window, &mut record, &[Key::U, Key::C]);
    assert!(shows(&window, "pair 3 of 6"));
    assert!(shows(&window, "2 judged"));
    put(&mut window, invented::with(&record.0));
    assert!(shows(&window, "pair 3 of 6"));
    // One for later, one taken back and judged otherwise.
    assert!(key(&mut window, Key::S).is_empty());
    assert!(shows(&window, "pair 4 of 6"));
    judge(&mut window, &mut record, &[Key::A, Key::Z]);
    assert!(shows(&window, "pair 4 of 6"));
    judge(&mut window, &mut record, &[Key::C, Key::A, Key::A]);
    assert!(shows(&window, "pair 3 of 6"));
    judge(&mut window, &mut record, &[Key::A]);
    assert!(shows(&window, "All 6 pairs of tester are judged"));
    assert_eq!(
        record.judgments(REVIEWERS[0]),
        [Unrelated, Conflict, Align, Conflict, Align, Align].map(Some)
    );
    put(&mut window, invented::with(&record.0));

    // The second sees nothing of the first.
    key(&mut window, Key::R);
    assert!(shows(&window, "pair 1 of 6"));
    assert!(shows(&window, "0 judged"));
    assert!(!shows(&window, "tester: Unrelated"));
    judge(&mut window, &mut record, &[Key::U, Key::C, Key::U]);
    // Before the end the disagreements are shut.
    put(&mut window, invented::with(&record.0));
    key(&mut window, Key::L);
    key(&mut window, Key::L);
    assert!(shows(&window, "Not everyone has finished"));
    assert!(key(&mut window, Key::A).is_empty());
    key(&mut window, Key::L);
    key(&mut window, Key::L);
    assert!(shows(&window, "pair 4 of 6"));
    judge(&mut window, &mut record, &[Key::A, Key::A, Key::A]);
    put(&mut window, invented::with(&record.0));

    key(&mut window, Key::L);
    assert!(shows(&window, "Rates and agreement"));
    key(&mut window, Key::L);
    assert!(shows(&window, "pair 1 of 2"));
    assert!(shows(&window, "tester: Align"));
    assert!(shows(&window, &format!("{}: Unrelated", REVIEWERS[1])));
    judge(&mut window, &mut record, &[Key::A]);
    let last = record.0.last().unwrap();
    assert_eq!(
        (last.role, last.item, last.said),
        (Role::Adjudicator, ItemId(12), Said::Judged(Align))
    );
    assert!(shows(&window, "pair 2 of 2"));
    judge(&mut window, &mut record, &[Key::C, Key::Z, Key::U]);
    assert!(shows(&window, "All 2 disagreements are settled"));
    put(&mut window, invented::with(&record.0));
    assert!(shows(&window, "All 2 disagreements are settled"));
    let replayed = Judgments::replay(&record.0);
    assert_eq!(replayed.standing(ItemId(13)).judgment(), Some(Unrelated));
}

#[test]
fn progress_and_undo_outlive_the_window() {
    let both = [Judgment::Align, Judgment::Align];
    let mut record = Record(invented::rows(&[both, both]));
    let mut window = open(over(invented::with(&record.0)), View::Verify);
    assert!(shows(&window, "pair 3 of 6"));
    judge(&mut window, &mut record, &[Key::Z]);
    assert!(shows(&window, "pair 2 of 6"));
    assert_eq!(record.judgments("tester")[1], None);
    // The other one's judgment of the same pair stays.
    assert_eq!(record.judgments(REVIEWERS[1])[1], Some(Judgment::Align));
    // Keys bring a judged pair back, whose judgment may be replaced.
    key(&mut window, Key::ArrowUp);
    assert!(shows(&window, "pair 1 of 6"));
    judge(&mut window, &mut record, &[Key::C]);
    assert_eq!(record.judgments("tester")[0], Some(Judgment::Conflict));
}

#[test]
fn buttons_do_what_keys_do_and_documents_open() {
    let mut window = open(over(invented::with(&[])), View::Verify);
    let sent = press(&mut window, "Conflict");
    assert!(matches!(
        sent[..],
        [Command::Judge {
            item: ItemId(10),
            judgment: Judgment::Conflict,
            role: Role::Reviewer,
            ..
        }]
    ));
    press(&mut window, "Leave the pair for later");
    assert!(shows(&window, "pair 3 of 6"));
    let sent = press(&mut window, "Take the last judgment back");
    assert!(matches!(sent[..], [Command::UndoJudgment { .. }]));
    assert!(shows(&window, "pair 1 of 6"));
    let name = "Open the document of “各地应当优先发展公共交通，让老人和孩子出行更方便。”";
    assert_eq!(
        press(&mut window, name),
        vec![Command::SelectDoc(DocId(41))]
    );
}

#[test]
fn nobody_judges_until_somebody_says_who() {
    let mut snapshot = over(invented::with(&[]));
    let mut verification = (*snapshot.verification).clone();
    let mut sample = (*verification.samples[0]).clone();
    sample.sample.plan.reviewers[0] = "Ada".to_owned();
    let places = sample.dealt.remove("tester").unwrap();
    sample.dealt.insert("Ada".to_owned(), places);
    verification.samples = vec![Arc::new(sample)];
    snapshot.verification = Arc::new(verification);
    let mut window = open(snapshot, View::Verify);
    assert!(shows(&window, "Who judges at this window?"));
    assert!(key(&mut window, Key::A).is_empty());
    press(&mut window, "Judge as Ada");
    let sent = key(&mut window, Key::A);
    assert!(matches!(&sent[..], [Command::Judge { reviewer, .. }] if reviewer == "Ada"));
}

#[test]
fn a_verified_statement_is_searched_for_and_picked() {
    let mut window = open(over(invented::unsampled()), View::Verify);
    assert!(shows(&window, "Proposed: the most confident (92 %)"));
    press(&mut window, "Pick the verified statement of China");
    let field = "Words in a statement of China";
    write(&mut window, field, "下一代");
    assert!(shows(
        &window,
        "1 statement of 2, the most confident of 1,200"
    ));
    press(
        &mut window,
        "Verify against statement 150: 燃煤电厂必须立即关闭，任何拖延都是对下一代的不负责任。",
    );
    assert!(shows(&window, "Picked by hand."));
    let sent = press(&mut window, "Draw the sample");
    assert!(
        matches!(&sent[..], [Command::DrawSample { chosen, .. }] if chosen == &[StatementId(150)])
    );
    press(&mut window, "Within an issue");
    let sent = press(&mut window, "Draw the sample");
    assert!(
        matches!(&sent[..], [Command::DrawSample { plan, chosen }] if chosen.is_empty() && plan.kind == SampleKind::Within)
    );
}

#[test]
fn what_the_form_cannot_mean_is_said_and_not_sent() {
    let mut window = open(over(invented::unsampled()), View::Verify);
    write(&mut window, "Pairs of each nation", "x");
    assert!(shows(&window, "the number of pairs is a whole number"));
    assert!(press(&mut window, "Draw the sample").is_empty());
}

#[test]
fn rates_and_coefficients_say_what_they_are() {
    let mut window = open(over(invented::judged()), View::Verify);
    key(&mut window, Key::L);
    assert!(shows(
        &window,
        "China: 100 of 100 pairs settled, align 12.0 %, 95 % interval 7.0 to 19.8 %, conflict 0.0 %, 95 % interval 0.0 to 3.7 %"
    ));
    assert!(shows(
        &window,
        "Krippendorff’s alpha, All nations: 0.71 on 90 pairs, 95 % interval 0.58 to 0.83"
    ));
    assert!(shows(
        &window,
        "Krippendorff’s alpha, China: no value, every judgment compared is of one kind"
    ));
    assert!(shows(&window, "United States: −0.02"));
}

#[test]
fn disagreements_can_be_opened_early_on_purpose() {
    let half = invented::rows(&[[Judgment::Align, Judgment::Conflict]]);
    let mut window = open(over(invented::with(&half)), View::Verify);
    key(&mut window, Key::L);
    key(&mut window, Key::L);
    assert!(shows(&window, "tester has 5 to go"));
    key(&mut window, Key::O);
    assert!(shows(&window, "tester: Align"));
}

#[test]
fn without_statements_the_view_says_what_is_missing() {
    let window = open(over(VerificationData::default()), View::Verify);
    assert!(shows(&window, "Nothing to verify yet"));
}

#[test]
fn the_verification_is_drawn_where_somebody_wants_to_look() {
    let made = |verification: VerificationData| {
        move |choice| Window::new(over(verification.clone()), View::Verify, choice)
    };
    shoot("verify_form", &made(invented::unsampled()), &|_| {});
    shoot("verify_picker", &made(invented::unsampled()), &|window| {
        press(window, "Pick the verified statement of China");
    });
    for (n, name) in ["verify_judge_zh", "verify_judge_en", "verify_judge_fr"]
        .iter()
        .enumerate()
    {
        shoot(name, &made(invented::with(&[])), &|window| {
            for _ in 0..2 * n {
                key(window, Key::S);
            }
        });
    }
    shoot("verify_agreement", &made(invented::judged()), &|window| {
        key(window, Key::L);
    });
    shoot(
        "verify_disagreements",
        &made(invented::judged()),
        &|window| {
            key(window, Key::L);
            key(window, Key::L);
        },
    );
}

#[test]
fn a_note_goes_with_the_judgment_and_tables_are_written() {
    let mut window = open(over(invented::with(&[])), View::Verify);
    key(&mut window, Key::W);
    window
        .get_by_label("Note")
        .type_text("both are about buses");
    window.run_ok();
    // Enter leaves the field, and keys are keys again.
    key(&mut window, Key::Enter);
    let sent = key(&mut window, Key::C);
    assert!(
        matches!(&sent[..], [Command::Judge { note, .. }] if note == "both are about buses"),
        "{sent:?}"
    );
    // The next pair begins without.
    assert_eq!(window.get_by_label("Note").value().as_deref(), Some(""));
    // A note begun is nobody else's.
    key(&mut window, Key::W);
    window.get_by_label("Note").type_text("mine");
    window.run_ok();
    key(&mut window, Key::Enter);
    key(&mut window, Key::R);
    assert_eq!(window.get_by_label("Note").value().as_deref(), Some(""));
    key(&mut window, Key::L);
    assert!(shows(&window, "As tables"));
    // Tables hold what everyone said: not before all have finished.
    assert!(key(&mut window, Key::X).is_empty());
    put(&mut window, invented::judged());
    let sent = key(&mut window, Key::X);
    let [Command::ExportJudgments { sample, folder }] = &sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(
        (*sample, folder.as_str()),
        (SAMPLE, "five-nations/verification")
    );
    let mut record = Record::default();
    put(&mut window, invented::with(&record.0));
    record.0 = invented::rows(&[[Judgment::Align, Judgment::Conflict]]);
    if let Some(row) = record.0.last_mut() {
        row.note = "the second means another town".to_owned();
    }
    put(&mut window, invented::with(&record.0));
    key(&mut window, Key::L);
    key(&mut window, Key::O);
    assert!(shows(&window, "“the second means another town”"));
}
