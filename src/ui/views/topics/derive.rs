//! Pure part of the topic table: order of rows, what is counted in them, tints of cells, the status bar.

use crate::domain::columns::civil_of_day;
use crate::domain::corpus::PartialDate;
use crate::domain::months::Months;
use crate::domain::topic_edit::{HistoryLine, Standing};
use crate::snapshot::model::{MapData, NationCount, Snapshot, TopicRow};
use crate::snapshot::passing::Counted;
use crate::ui::text;

/// The column that sorts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// By size, as the project numbers them.
    #[default]
    Size,
    /// Value-related first.
    Value,
    /// By label.
    Label,
    /// By the share of the nation at this index.
    Nation(usize),
    /// By evenness.
    Entropy,
    /// By divergence.
    Divergence,
    /// By p-value.
    PValue,
}

impl SortKey {
    /// Tells whether the first click puts large values on top.
    pub(super) fn falls_first(self) -> bool {
        !matches!(self, Self::Label | Self::PValue)
    }
}

/// Documents of a topic, and per nation of `Snapshot::nations` their number and the nation's share,
/// corrected for corpus size.
pub(crate) type Counts = (usize, Vec<(usize, f64)>);

/// Orders rows by what is shown of them; equal ones keep their order by number.
///
/// # Shapes
/// - `counts`: of each topic, see [`counts`].
pub(super) fn order(
    topics: &[TopicRow],
    counts: &[Counts],
    key: SortKey,
    falls: bool,
    value_only: bool,
) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..topics.len())
        .filter(|&i| !value_only || topics.get(i).is_some_and(|t| t.value_related))
        .collect();
    let n_docs = |i: usize| counts.get(i).map_or(0, |c| c.0);
    let share = |i: usize, n: usize| {
        counts
            .get(i)
            .and_then(|c| c.1.get(n))
            .map_or(0.0, |of_nation| of_nation.1)
    };
    rows.sort_by(|&i, &j| {
        let (Some(a), Some(b)) = (topics.get(i), topics.get(j)) else {
            return i.cmp(&j);
        };
        let by_key = match key {
            SortKey::Size => n_docs(i).cmp(&n_docs(j)),
            SortKey::Value => a.value_related.cmp(&b.value_related),
            SortKey::Label => a.label.to_lowercase().cmp(&b.label.to_lowercase()),
            SortKey::Nation(n) => share(i, n).total_cmp(&share(j, n)),
            SortKey::Entropy => a.entropy.total_cmp(&b.entropy),
            SortKey::Divergence => a.divergence_nats.total_cmp(&b.divergence_nats),
            SortKey::PValue => a
                .p_value
                .unwrap_or(2.0)
                .total_cmp(&b.p_value.unwrap_or(2.0)),
        };
        let by_key = if falls { by_key.reverse() } else { by_key };
        by_key.then(i.cmp(&j))
    });
    rows
}

/// Documents of a topic by nation with the nations' shares, corrected for corpus size.
///
/// # Shapes
/// - `shown`: what filter and selection let through; `None` for all.
/// - returns: the number of documents, and per nation of `Snapshot::nations` number and share.
pub(crate) fn counts(
    topic: &TopicRow,
    nations: &[NationCount],
    shown: Option<(&MapData, &Counted)>,
) -> Counts {
    let Some((map, shown)) = shown else {
        return (topic.n_docs, topic.by_nation.clone());
    };
    let row = shown.by_topic.get(topic.number);
    let n_of = |nation: &NationCount| {
        let k = map
            .places
            .nations
            .iter()
            .position(|n| *n == nation.nation)?;
        row.and_then(|r| r.get(k)).map(|n| *n as usize)
    };
    let of_nation: Vec<usize> = nations.iter().map(|n| n_of(n).unwrap_or(0)).collect();
    let rates: Vec<f64> = of_nation
        .iter()
        .zip(nations)
        .map(|(n, all)| *n as f64 / all.n_docs.max(1) as f64)
        .collect();
    let sum: f64 = rates.iter().sum();
    let share = |rate: f64| if sum > 0.0 { rate / sum } else { 0.0 };
    (
        of_nation.iter().sum(),
        of_nation
            .iter()
            .zip(rates)
            .map(|(n, rate)| (*n, share(rate)))
            .collect(),
    )
}

/// How strongly a cell is tinted for a share of a topic: full from two thirds on.
pub(super) fn tint_share(share: f64) -> f32 {
    (share / 0.66).clamp(0.0, 1.0) as f32
}

/// Names the years of a project, `2019 – 2024`.
pub(super) fn years(months: &Months) -> String {
    if months.n == 0 {
        return "no dates".to_owned();
    }
    let (first, last) = (months.year_month(0).0, months.year_month(months.n - 1).0);
    if first == last {
        first.to_string()
    } else {
        format!("{first} – {last}")
    }
}

/// Says what tagging covered and how p came about; `wide` where there is room for both.
pub(crate) fn status(snapshot: &Snapshot, wide: bool) -> String {
    if snapshot.topics.is_empty() {
        return String::new();
    }
    let n_topics = text::counted(snapshot.topics.len(), "topic", "topics");
    let covered = snapshot.coverage.map_or_else(String::new, |c| {
        let outliers = format!("outliers {} %", text::percent(c.outlier_share));
        c.left_share.map_or(outliers.clone(), |left| {
            format!("{outliers} → {} % after tagging", text::percent(left))
        })
    });
    let permuted = snapshot.permuted.filter(|_| wide).map(|p| {
        let within = if p.by_source {
            "source × month"
        } else {
            "months"
        };
        let times = text::count_of(p.n);
        format!("nations permuted within {within}, {times} times")
    });
    text::dotted([
        n_topics.as_str(),
        covered.as_str(),
        permuted.as_deref().unwrap_or(""),
    ])
}

/// Says when: today and in the last days how long ago, before that the day.
pub(super) fn when(at_ms: i64, now_ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    const N_DAYS_AGO: i64 = 7;
    let n_days = now_ms.div_euclid(DAY_MS) - at_ms.div_euclid(DAY_MS);
    if n_days == 1 && now_ms - at_ms > DAY_MS / 4 {
        return "yesterday".to_owned();
    }
    if n_days < N_DAYS_AGO {
        return text::ago(at_ms, now_ms);
    }
    let (year, month, day) = civil_of_day(at_ms.div_euclid(DAY_MS) as i32);
    u32::try_from(year)
        .ok()
        .and_then(|year| PartialDate::new(year, Some(month), Some(day)))
        .map_or_else(String::new, |date| text::date(date.as_str()))
}

/// Says who made an edit, when, and whether it counts.
pub(super) fn history_words(line: &HistoryLine, now_ms: i64) -> String {
    let standing = match line.standing {
        Standing::InForce => "",
        Standing::Undone => "undone",
        Standing::EarlierClustering => "of an earlier clustering",
    };
    let when = when(line.at_ms, now_ms);
    text::dotted([line.who.as_str(), when.as_str(), standing])
}

/// Says who called a topic value-related or not.
pub(super) fn verdict_words(topic: &TopicRow, annotator: &str) -> String {
    let Some(who) = &topic.screened_by else {
        let confidence = text::share(topic.screen_confidence);
        return text::dotted([annotator, confidence.as_str()]);
    };
    let before = topic
        .overruled
        .map(|v| format!("{annotator} said {}", if v { "yes" } else { "no" }));
    text::dotted([
        format!("said by {who}").as_str(),
        before.as_deref().unwrap_or(""),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::TopicId;
    use crate::snapshot::model::topics::{Coverage, Permuted};

    fn topic(
        id: i64,
        label: &str,
        n_docs: usize,
        value_related: bool,
        p_value: Option<f64>,
    ) -> TopicRow {
        TopicRow {
            id: TopicId(id),
            number: id as usize,
            label: label.to_owned(),
            terms: Vec::new(),
            mmr_terms: Vec::new(),
            keybert_terms: Vec::new(),
            n_docs,
            n_docs_by_tags: 0,
            n_statements: 0,
            by_nation: vec![(n_docs, 1.0 / id as f64)],
            entropy: 0.1 * id as f64,
            divergence_nats: 0.0,
            p_value,
            regrouped: false,
            per_month: Vec::new(),
            value_related,
            screen_confidence: 1.0,
            screen_reason: String::new(),
            screened_by: None,
            overruled: None,
            history: Vec::new(),
            central_docs: Vec::new(),
        }
    }

    fn sorted(topics: &[TopicRow], key: SortKey, falls: bool, value_only: bool) -> Vec<usize> {
        let all: Vec<Counts> = topics.iter().map(|t| counts(t, &[], None)).collect();
        order(topics, &all, key, falls, value_only)
    }

    #[test]
    fn rows_sort_by_any_column() {
        let topics = [
            topic(1, "Beta", 90, true, Some(0.2)),
            topic(2, "alpha", 50, false, None),
            topic(3, "Gamma", 50, true, Some(0.001)),
        ];
        assert_eq!(sorted(&topics, SortKey::Size, true, false), [0, 1, 2]);
        assert_eq!(sorted(&topics, SortKey::Size, false, false), [1, 2, 0]);
        assert_eq!(sorted(&topics, SortKey::Label, false, false), [1, 0, 2]);
        assert_eq!(sorted(&topics, SortKey::PValue, false, false), [2, 0, 1]);
        assert_eq!(sorted(&topics, SortKey::Entropy, true, false), [2, 1, 0]);
        assert_eq!(sorted(&topics, SortKey::Nation(0), true, false), [0, 1, 2]);
        assert_eq!(sorted(&topics, SortKey::Size, true, true), [0, 2]);
        assert!(sorted(&[], SortKey::Value, true, false).is_empty());
    }

    #[test]
    fn rows_sort_by_what_is_shown() {
        let topics = [topic(1, "a", 90, true, None), topic(2, "b", 50, true, None)];
        let shown = vec![(1, vec![(1, 0.1)]), (7, vec![(7, 0.9)])];
        assert_eq!(order(&topics, &shown, SortKey::Size, true, false), [1, 0]);
        assert_eq!(
            order(&topics, &shown, SortKey::Nation(0), false, false),
            [0, 1]
        );
    }

    #[test]
    fn the_status_says_what_is_known() {
        let mut snapshot = Snapshot::default();
        assert_eq!(status(&snapshot, true), "");
        snapshot.topics = vec![topic(1, "a", 90, true, None)].into();
        assert_eq!(status(&snapshot, true), "1 topic");
        snapshot.coverage = Some(Coverage {
            outlier_share: 0.262,
            left_share: Some(0.021),
        });
        snapshot.permuted = Some(Permuted {
            n: 2000,
            by_source: true,
        });
        assert_eq!(
            status(&snapshot, true),
            "1 topic · outliers 26 % → 2 % after tagging · nations permuted within source × month, 2,000 times"
        );
        assert_eq!(
            status(&snapshot, false),
            "1 topic · outliers 26 % → 2 % after tagging"
        );
    }

    #[test]
    fn a_history_reads_as_people_say_it() {
        const HOUR_MS: i64 = 3_600_000;
        // Noon of 2023-11-15.
        let now = 1_700_049_600_000;
        assert_eq!(when(now - 60_000, now), "1 min ago");
        assert_eq!(when(now - 20 * HOUR_MS, now), "yesterday");
        assert_eq!(when(now - 72 * HOUR_MS, now), "3 d ago");
        assert_eq!(when(now - 24 * 40 * HOUR_MS, now), "6 October 2023");
        let line = |standing| HistoryLine {
            at_ms: now,
            who: "ada".to_owned(),
            sentence: "merge of 1 and 2".to_owned(),
            standing,
        };
        assert_eq!(
            history_words(&line(Standing::Undone), now),
            "ada · now · undone"
        );
        assert_eq!(history_words(&line(Standing::InForce), now), "ada · now");
    }

    #[test]
    fn the_verdict_names_who_gave_it() {
        let mut row = topic(1, "a", 1, true, None);
        assert_eq!(verdict_words(&row, "offline rules"), "offline rules · 1.0");
        row.screened_by = Some("ada".to_owned());
        row.overruled = Some(false);
        assert_eq!(
            verdict_words(&row, "offline rules"),
            "said by ada · offline rules said no"
        );
    }

    #[test]
    fn tints_stay_in_range() {
        assert!((tint_share(0.33) - 0.5).abs() < 1e-6);
        assert!((tint_share(3.0) - 1.0).abs() < 1e-6);
        assert!(tint_share(-1.0).abs() < 1e-6);
    }
}
