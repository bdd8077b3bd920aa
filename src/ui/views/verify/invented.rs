//! Invented samples for tests and pictures: five nations, four languages, long names.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::ids::{DocId, ItemId, JudgmentId, SampleId, StatementId};
use crate::base::language::Language;
use crate::base::seed::Seed;
use crate::base::sentences::Span;
use crate::domain::corpus::Nation;
use crate::domain::verification::{
    Item, Judgment, JudgmentRow, Judgments, Role, Said, Sample, SampleKind, SamplePlan,
};
use crate::snapshot::model::verification::{
    Candidate, CoefficientRow, NationCandidates, PairCard, PairStatement, ProgressRow, RateCell,
    RateRow, SampleData, VerificationData,
};

/// The two who judge; the second has a long name.
pub(crate) const REVIEWERS: [&str; 2] = ["tester", "Bartholomäus Świętokrzyski-Featherstonehaugh"];

/// Identity of the sample.
pub(crate) const SAMPLE: SampleId = SampleId(3);

const CLAIMS: [(Nation, Language, &str, &str); 6] = [
    (
        Nation::FIVE[0],
        Language::Zh,
        "保障能源安全是国家对人民的基本责任，煤电应当有序退出而不是一刀切。",
        "各地应当优先发展公共交通，让老人和孩子出行更方便。",
    ),
    (
        Nation::FIVE[0],
        Language::Zh,
        "保障能源安全是国家对人民的基本责任，煤电应当有序退出而不是一刀切。",
        "燃煤电厂必须立即关闭，任何拖延都是对下一代的不负责任。",
    ),
    (
        Nation::FIVE[1],
        Language::En,
        "Free speech protects even those whose views most of us find wrong.",
        "A university that disinvites a speaker teaches its students to be afraid of ideas.",
    ),
    (
        Nation::FIVE[2],
        Language::En,
        "The health service must stay free at the point of use, whatever it costs the taxpayer.",
        "Patients who miss appointments should pay for them, because what costs nothing is not valued.",
    ),
    (
        Nation::FIVE[3],
        Language::Fr,
        "La laïcité garantit à chacun la liberté de croire ou de ne pas croire.",
        "L’école publique doit rester un lieu où aucune religion ne s’affiche.",
    ),
    (
        Nation::FIVE[4],
        Language::De,
        "Der Staat muss die vom Kohleausstieg betroffenen Regionen unterstützen, sonst verlieren die Menschen das Vertrauen in die Demokratie.",
        "Wer in der Lausitz lebt, hat ein Recht auf gute Arbeit vor Ort.",
    ),
];

fn statement(idx: usize, language: Language, text: &str) -> PairStatement {
    let before = "… The debate had gone on for hours when the chair asked for order. ";
    let after = " The motion was carried by a narrow margin, and members on both sides asked for the vote to be recorded by name …";
    let start = before.chars().count();
    PairStatement {
        doc: DocId(40 + idx as i64),
        text: text.to_owned(),
        language,
        context: format!("{before}{text}{after}"),
        passage_in_context: Span {
            start,
            end: start + text.chars().count(),
        },
        source: "The Northern Courier".to_owned(),
        date: "2023-04-12".to_owned(),
        speaker: idx.is_multiple_of(2).then(|| {
            "Margaret Featherstonehaugh-Cholmondeley, chair of the parliamentary committee on public accounts".to_owned()
        }),
    }
}

/// The samples with these judgments in force.
pub(crate) fn with(rows: &[JudgmentRow]) -> VerificationData {
    let reviewers: Vec<String> = REVIEWERS.map(str::to_owned).to_vec();
    let judgments = Judgments::replay(rows);
    let cards: Vec<PairCard> = CLAIMS
        .iter()
        .enumerate()
        .map(|(i, (nation, language, anchor, other))| PairCard {
            item: Item {
                id: ItemId(10 + i as i64),
                number: i,
                nation: *nation,
                anchor: StatementId(100 + nation.paper_order().0 as i64),
                other: StatementId(200 + i as i64),
                issue: None,
                is_before: false,
                is_after: true,
                reviewers: reviewers.clone(),
            },
            anchor: statement(0, *language, anchor),
            other: statement(i + 1, *language, other),
            proposition: String::new(),
        })
        .collect();
    let n_judged = |who: &str| {
        let judged = cards
            .iter()
            .filter(|c| judgments.of(c.item.id, who).is_some());
        judged.count()
    };
    let progress: Vec<ProgressRow> = reviewers
        .iter()
        .map(|r| ProgressRow {
            reviewer: r.clone(),
            n_dealt: cards.len(),
            n_judged: n_judged(r),
            median_secs: Some(6.2),
        })
        .collect();
    let sample = SampleData {
        sample: Sample {
            id: SAMPLE,
            plan: SamplePlan {
                kind: SampleKind::Random,
                n_per_nation: 100,
                reviewers: reviewers.clone(),
                overlap_share: 1.0,
                n_per_reviewer: None,
                anchors: BTreeMap::new(),
                seed: Seed(42),
            },
            is_after_reduction: true,
            who: "tester".to_owned(),
            made_ms: 1_699_990_000_000,
        },
        dealt: reviewers
            .iter()
            .map(|r| (r.clone(), (0..cards.len()).collect()))
            .collect(),
        is_finished: progress.iter().all(|p| p.n_judged == p.n_dealt),
        progress,
        rates: rates(),
        agreement: agreement(),
        cards,
        judgments,
    };
    VerificationData {
        samples: vec![Arc::new(sample)],
        ..unsampled()
    }
}

/// A project in which nothing was drawn yet.
pub(crate) fn unsampled() -> VerificationData {
    let candidates = Nation::FIVE
        .iter()
        .map(|nation| {
            let of = CLAIMS.iter().filter(|c| c.0 == *nation);
            let first = 100 + nation.paper_order().0 as i64;
            let statements: Vec<Candidate> = of
                .enumerate()
                .map(|(i, c)| Candidate {
                    id: StatementId(first + 50 * i as i64),
                    text: if i == 0 { c.2 } else { c.3 }.to_owned(),
                    confidence: 0.92 - 0.1 * i as f64,
                })
                .collect();
            NationCandidates {
                nation: *nation,
                n_statements: 1200,
                proposed: StatementId(first),
                reason: "the most confident (92 %) of 34 statements on the largest issue, “Coal power should end soon”".to_owned(),
                statements,
            }
        })
        .collect();
    VerificationData {
        samples: Vec::new(),
        candidates: Arc::new(candidates),
        has_issues: true,
        is_after_reduction: true,
    }
}

/// The samples with every pair judged by both, who disagree on two.
pub(crate) fn judged() -> VerificationData {
    with(&rows(&[
        [Judgment::Unrelated, Judgment::Unrelated],
        [Judgment::Conflict, Judgment::Conflict],
        [Judgment::Align, Judgment::Unrelated],
        [Judgment::Conflict, Judgment::Align],
        [Judgment::Align, Judgment::Align],
        [Judgment::Align, Judgment::Align],
    ]))
}

/// Rows that say what both said of the pairs in order.
pub(crate) fn rows(said: &[[Judgment; 2]]) -> Vec<JudgmentRow> {
    let mut rows = Vec::new();
    for (i, pair) in said.iter().enumerate() {
        for (who, judgment) in REVIEWERS.iter().zip(pair) {
            rows.push(JudgmentRow {
                id: JudgmentId(rows.len() as i64 + 1),
                item: ItemId(10 + i as i64),
                reviewer: (*who).to_owned(),
                role: Role::Reviewer,
                said: Said::Judged(*judgment),
                note: String::new(),
                spent_secs: Some(6.2),
                judged_ms: 0,
            });
        }
    }
    rows
}

fn rates() -> Vec<RateRow> {
    let row = |nation: Option<Nation>, n: u64, cells: [(u64, f64, f64, f64); 3]| RateRow {
        nation,
        pairs: "all",
        n_items: n,
        n_settled: n,
        n_disputed: 0,
        rates: cells.map(|(n, rate, low, high)| Some(RateCell { n, rate, low, high })),
    };
    let none = (0, 0.0, 0.0, 0.037);
    let mut rows = vec![
        row(
            Some(Nation::FIVE[0]),
            100,
            [(12, 0.12, 0.07, 0.198), none, (88, 0.88, 0.802, 0.93)],
        ),
        row(
            Some(Nation::FIVE[1]),
            100,
            [
                (9, 0.09, 0.048, 0.162),
                (3, 0.03, 0.01, 0.085),
                (88, 0.88, 0.802, 0.93),
            ],
        ),
        row(
            Some(Nation::FIVE[2]),
            100,
            [
                (21, 0.21, 0.142, 0.3),
                (1, 0.01, 0.002, 0.054),
                (78, 0.78, 0.689, 0.85),
            ],
        ),
        row(
            None,
            300,
            [
                (42, 0.14, 0.105, 0.184),
                (4, 0.013, 0.005, 0.034),
                (254, 0.847, 0.802, 0.883),
            ],
        ),
    ];
    rows.insert(
        3,
        RateRow {
            nation: Some(Nation::FIVE[3]),
            pairs: "all",
            n_items: 100,
            n_settled: 0,
            n_disputed: 0,
            rates: [None; 3],
        },
    );
    rows
}

fn agreement() -> Vec<CoefficientRow> {
    let row = |name, between: &str, nation, value: Option<f64>, interval| CoefficientRow {
        name,
        between: between.to_owned(),
        nation,
        value,
        interval,
        n_items: 90,
        remark: None,
    };
    let both = format!("{} and {}", REVIEWERS[0], REVIEWERS[1]);
    let mut rows = vec![
        row("Cohen’s kappa", &both, None, Some(0.71), Some((0.58, 0.83))),
        row("Fleiss’ kappa", "", None, Some(0.71), Some((0.57, 0.83))),
        row(
            "Krippendorff’s alpha",
            "",
            None,
            Some(0.712),
            Some((0.58, 0.83)),
        ),
        row("Gwet’s AC1", "", None, Some(0.88), Some((0.82, 0.94))),
        row(
            "Krippendorff’s alpha",
            "",
            Some(Nation::FIVE[0]),
            None,
            None,
        ),
        row(
            "Krippendorff’s alpha",
            "",
            Some(Nation::FIVE[1]),
            Some(-0.02),
            Some((-0.2, 0.31)),
        ),
    ];
    if let Some(undefined) = rows.get_mut(4) {
        undefined.remark = Some("every judgment compared is of one kind, so agreement cannot be told from chance; the share of agreement is all there is to say".to_owned());
    }
    rows
}
