//! Draws the pairs of a sample and deals them out to reviewers, all from one seed.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::ids::{IssueId, StatementId};
use crate::base::seed::Random;
use crate::domain::conflict::Issue;
use crate::domain::corpus::Nation;
use crate::domain::statement::Statement;
use crate::domain::verification::{SampleKind, SamplePlan, VerificationError};
use crate::store::{NewItem, NewSample, Store, StoreError};

/// Pairs of statements up to which all are listed and shuffled; above, pairs are drawn until there are
/// enough different ones.
const MAX_LISTED_PAIRS: u64 = 200_000;

/// Draws for each pair that is wanted, before the search for further ones ends.
const MAX_TRIES: usize = 200;

/// Why no sample is drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The plan cannot be.
    #[error(transparent)]
    Plan(#[from] VerificationError),
}

/// A verified statement as it is proposed to the person who picks it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Whose.
    pub nation: Nation,
    /// The statement.
    pub statement: StatementId,
    /// The claim.
    pub text: String,
    /// Why it is proposed.
    pub reason: String,
}

/// What is drawn from: the project's statements and issues as they are.
struct Field {
    /// In the order of extraction.
    statements: Vec<Statement>,
    issues: Vec<Issue>,
    /// Whether reduction has closed a round.
    is_after_reduction: bool,
}

impl Field {
    fn read(store: &Store) -> Result<Self, StoreError> {
        let statements = store.statements()?;
        let reduce = store.newest_run("reduce")?;
        let (issues, closed) = match reduce {
            Some(run) => (store.issues(run.id)?, store.rounds(run.id)?),
            None => (Vec::new(), Vec::new()),
        };
        Ok(Self {
            statements,
            issues,
            is_after_reduction: closed.iter().any(|r| r.closed),
        })
    }

    /// Nations with a statement, in the paper's order.
    fn nations(&self) -> Vec<Nation> {
        let all: BTreeSet<Nation> = self.statements.iter().map(|s| s.nation).collect();
        let mut all: Vec<Nation> = all.into_iter().collect();
        all.sort_by_key(Nation::paper_order);
        all
    }

    /// The most confident statement of the nation's largest issue; of no issue where there is none.
    fn proposal(&self, nation: Nation) -> Option<Proposal> {
        let by_id: BTreeMap<StatementId, &Statement> = self
            .statements
            .iter()
            .filter(|s| s.nation == nation && !s.dropped)
            .map(|s| (s.id, s))
            .collect();
        let live = |issue: &Issue| -> usize {
            let members = issue.members.iter();
            members.filter(|m| by_id.contains_key(&m.statement)).count()
        };
        let mut best: Option<(usize, &Issue)> = None;
        for issue in self.issues.iter().filter(|i| i.nation == nation) {
            let n = live(issue);
            if n > best.map_or(0, |(most, _)| most) {
                best = Some((n, issue));
            }
        }
        // The first of equals, so that equal projects propose alike.
        let most_confident = |of: &mut dyn Iterator<Item = &&Statement>| -> Option<Statement> {
            let mut found: Option<&Statement> = None;
            for s in of {
                if found.is_none_or(|f| s.confidence > f.confidence) {
                    found = Some(s);
                }
            }
            found.cloned()
        };
        let (statement, reason) = if let Some((n, issue)) = best {
            let mut members = issue.members.iter().filter_map(|m| by_id.get(&m.statement));
            let found = most_confident(&mut members)?;
            let reason = format!(
                "the most confident ({:.0} %) of {n} statements on the largest issue, “{}”",
                100.0 * found.confidence,
                issue.proposition.trim_end_matches(['.', '。'])
            );
            (found, reason)
        } else {
            let found = most_confident(&mut by_id.values())?;
            let reason = format!(
                "the most confident ({:.0} %) of {} statements; there are no issues yet",
                100.0 * found.confidence,
                by_id.len()
            );
            (found, reason)
        };
        Some(Proposal {
            nation,
            statement: statement.id,
            text: statement.text,
            reason,
        })
    }
}

/// Proposes a verified statement for each nation.
///
/// # Errors
/// The store's.
pub fn propose(store: &Store) -> Result<Vec<Proposal>, StoreError> {
    let field = Field::read(store)?;
    Ok(field
        .nations()
        .into_iter()
        .filter_map(|n| field.proposal(n))
        .collect())
}

/// A sample with what could not be drawn as it was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The sample.
    pub sample: NewSample,
    /// A sentence for each shortfall.
    pub remarks: Vec<String>,
}

/// Draws a sample: nothing is stored.
///
/// `chosen` are the verified statements that a person picked; nations without one get the proposed one.
///
/// # Errors
/// [`DrawError`] where the plan cannot be, or there is nothing to draw from.
///
/// # Source
/// SPEC 7.8 after the paper's Appendix B. Random: `n` of the statements that stand now, without the
/// verified one. Within: `n` of all pairs of statements of different documents on one issue, uniformly
/// over pairs, and `n` of those pairs that reduction left; a pair of the first that was left counts for
/// the second as well, so that both are uniform and what reduction did is seen on the same pairs.
pub fn sample(store: &Store, plan: SamplePlan, chosen: &[StatementId]) -> Result<Drawn, DrawError> {
    let mut plan = plan.check()?;
    let field = Field::read(store)?;
    if field.statements.is_empty() {
        return Err(VerificationError::NoStatements.into());
    }
    let mut remarks = Vec::new();
    let items = match plan.kind {
        SampleKind::Random => {
            plan.anchors = anchors(&field, chosen)?;
            random_items(&field, &plan, &mut remarks)
        }
        SampleKind::Within => {
            plan.anchors.clear();
            within_items(&field, &plan, &mut remarks)?
        }
    };
    let dealt = deal(&items, &plan);
    let n_left = (0..items.len())
        .filter(|i| dealt.iter().all(|of| !of.contains(i)))
        .count();
    if n_left > 0 {
        remarks.push(format!(
            "{n_left} of {} pairs are dealt to nobody, since each reviewer takes {} at most",
            items.len(),
            plan.n_per_reviewer.unwrap_or(0)
        ));
    }
    Ok(Drawn {
        sample: NewSample {
            plan,
            is_after_reduction: field.is_after_reduction,
            items,
            dealt,
        },
        remarks,
    })
}

/// The verified statement of each nation: the chosen one, or else the proposed.
fn anchors(
    field: &Field,
    chosen: &[StatementId],
) -> Result<BTreeMap<Nation, StatementId>, VerificationError> {
    let mut out = BTreeMap::new();
    for &statement in chosen {
        let found = field.statements.iter().find(|s| s.id == statement);
        let nation = found
            .ok_or(VerificationError::UnknownStatement { statement })?
            .nation;
        if let Some(first) = out.insert(nation, statement)
            && first != statement
        {
            return Err(VerificationError::TwoAnchors {
                nation,
                first,
                second: statement,
            });
        }
    }
    for nation in field.nations() {
        if let std::collections::btree_map::Entry::Vacant(entry) = out.entry(nation)
            && let Some(proposal) = field.proposal(nation)
        {
            entry.insert(proposal.statement);
        }
    }
    Ok(out)
}

fn random_items(field: &Field, plan: &SamplePlan, remarks: &mut Vec<String>) -> Vec<NewItem> {
    let mut items = Vec::new();
    for nation in field.nations() {
        let Some(&anchor) = plan.anchors.get(&nation) else {
            continue;
        };
        let mut others: Vec<StatementId> = field
            .statements
            .iter()
            .filter(|s| s.nation == nation && !s.dropped && s.id != anchor)
            .map(|s| s.id)
            .collect();
        if others.len() < plan.n_per_nation {
            remarks.push(format!(
                "{} has {} statements beside the verified one, so all of them are taken instead of {}",
                nation.name(),
                others.len(),
                plan.n_per_nation
            ));
        }
        stream(plan, "random pairs", nation).shuffle(&mut others);
        others.truncate(plan.n_per_nation);
        items.extend(others.into_iter().map(|other| NewItem {
            nation,
            anchor,
            other,
            issue: None,
            is_before: !field.is_after_reduction,
            is_after: field.is_after_reduction,
        }));
    }
    items
}

fn stream(plan: &SamplePlan, what: &str, nation: Nation) -> Random {
    let label = format!("verification {what} {}", nation.code());
    plan.seed.stream(&label)
}

fn within_items(
    field: &Field,
    plan: &SamplePlan,
    remarks: &mut Vec<String>,
) -> Result<Vec<NewItem>, VerificationError> {
    let by_id: BTreeMap<StatementId, &Statement> =
        field.statements.iter().map(|s| (s.id, s)).collect();
    let mut items = Vec::new();
    for nation in field.nations() {
        let mut all = Pairs::default();
        let mut left = Pairs::default();
        for issue in field.issues.iter().filter(|i| i.nation == nation) {
            let members: Vec<&Statement> = issue
                .members
                .iter()
                .filter_map(|m| by_id.get(&m.statement).copied())
                .collect();
            left.add(issue.id, members.iter().filter(|s| !s.dropped).copied());
            all.add(issue.id, members.into_iter());
        }
        let mut random = stream(plan, "pairs within issues", nation);
        let before = all.draw(plan.n_per_nation, &mut random, &BTreeSet::new());
        let drawn: BTreeSet<(StatementId, StatementId)> =
            before.iter().map(|p| (p.a, p.b)).collect();
        let is_left = |p: &Pair| -> bool {
            [p.a, p.b]
                .iter()
                .all(|id| by_id.get(id).is_some_and(|s| !s.dropped))
        };
        let mut after = Vec::new();
        if field.is_after_reduction {
            let n_kept = before.iter().filter(|p| is_left(p)).count();
            after = left.draw(plan.n_per_nation - n_kept, &mut random, &drawn);
            if n_kept + after.len() < plan.n_per_nation {
                remarks.push(format!(
                    "{} has {} pairs within issues after reduction instead of {}",
                    nation.name(),
                    n_kept + after.len(),
                    plan.n_per_nation
                ));
            }
        }
        if before.len() < plan.n_per_nation {
            remarks.push(format!(
                "{} has {} pairs of different documents within issues, so all of them are taken instead of {}",
                nation.name(),
                before.len(),
                plan.n_per_nation
            ));
        }
        let item = |pair: Pair, is_before: bool, is_after: bool| NewItem {
            nation,
            anchor: pair.a,
            other: pair.b,
            issue: Some(pair.issue),
            is_before,
            is_after,
        };
        items.extend(before.into_iter().map(|p| {
            let is_after = field.is_after_reduction && is_left(&p);
            item(p, true, is_after)
        }));
        items.extend(after.into_iter().map(|p| item(p, false, true)));
    }
    if items.is_empty() {
        return Err(VerificationError::NoIssues);
    }
    if !field.is_after_reduction {
        remarks.push(
            "no round of the reduction is closed yet, so that there are no pairs after it"
                .to_owned(),
        );
    }
    Ok(items)
}

/// Two statements on one issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    issue: IssueId,
    a: StatementId,
    b: StatementId,
}

/// All pairs of statements of different documents on one issue of a nation.
#[derive(Default)]
struct Pairs<'a> {
    issues: Vec<(IssueId, Vec<&'a Statement>)>,
    /// Pairs of all issues up to this one, those of one document included.
    n_up_to: Vec<u64>,
}

impl<'a> Pairs<'a> {
    fn add(&mut self, issue: IssueId, members: impl Iterator<Item = &'a Statement>) {
        let members: Vec<&Statement> = members.collect();
        let m = members.len() as u64;
        self.n_up_to.push(self.n() + m * m.saturating_sub(1) / 2);
        self.issues.push((issue, members));
    }

    fn n(&self) -> u64 {
        self.n_up_to.last().copied().unwrap_or(0)
    }

    /// Draws `n` different pairs, none of `without`, uniformly; fewer where there are fewer.
    fn draw(
        &self,
        n: usize,
        random: &mut Random,
        without: &BTreeSet<(StatementId, StatementId)>,
    ) -> Vec<Pair> {
        let fits =
            |a: &Statement, b: &Statement| a.doc != b.doc && !without.contains(&(a.id, b.id));
        if self.n() <= MAX_LISTED_PAIRS {
            let mut out = Vec::new();
            for (issue, members) in &self.issues {
                for (i, a) in members.iter().enumerate() {
                    for b in members.iter().skip(i + 1).filter(|b| fits(a, b)) {
                        out.push(pair(*issue, a, b));
                    }
                }
            }
            random.shuffle(&mut out);
            out.truncate(n);
            return out;
        }
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for _ in 0..n.saturating_mul(MAX_TRIES) {
            if out.len() == n {
                break;
            }
            let at = random.below(self.n() as usize) as u64;
            let which = self.n_up_to.partition_point(|up_to| *up_to <= at);
            let Some((issue, members)) = self.issues.get(which) else {
                continue;
            };
            let i = random.below(members.len());
            let other = random.below(members.len().saturating_sub(1));
            let j = if other >= i { other + 1 } else { other };
            let (Some(a), Some(b)) = (members.get(i.min(j)), members.get(i.max(j))) else {
                continue;
            };
            if fits(a, b) && seen.insert((a.id, b.id)) {
                out.push(pair(*issue, a, b));
            }
        }
        out
    }
}

fn pair(issue: IssueId, a: &Statement, b: &Statement) -> Pair {
    Pair {
        issue,
        a: a.id,
        b: b.id,
    }
}

/// Deals the pairs out: a share to everyone, the others in turn. Each reviewer gets the nations one after
/// another, so that the verified statement seldom changes, and the pairs of each in an order of their own.
fn deal(items: &[NewItem], plan: &SamplePlan) -> Vec<Vec<usize>> {
    let n_reviewers = plan.reviewers.len();
    let mut of_nation: BTreeMap<(usize, Nation), Vec<usize>> = BTreeMap::new();
    for (idx, item) in items.iter().enumerate() {
        of_nation
            .entry(item.nation.paper_order())
            .or_default()
            .push(idx);
    }
    let mut shared: Vec<Vec<usize>> = Vec::new();
    let mut own: Vec<Vec<Vec<usize>>> = vec![Vec::new(); n_reviewers];
    let mut turn = 0;
    for ((_, nation), mut idxs) in of_nation {
        stream(plan, "dealing", nation).shuffle(&mut idxs);
        // A single reviewer judges all of them.
        let n_shared = if n_reviewers == 1 {
            idxs.len()
        } else {
            (plan.overlap_share * idxs.len() as f64).round() as usize
        };
        let dealt = idxs.split_off(n_shared.min(idxs.len()));
        shared.push(idxs);
        let mut of_reviewer = vec![Vec::new(); n_reviewers];
        for idx in dealt {
            if let Some(of) = of_reviewer.get_mut(turn % n_reviewers.max(1)) {
                of.push(idx);
            }
            turn += 1;
        }
        for (all, of) in own.iter_mut().zip(of_reviewer) {
            all.push(of);
        }
    }
    plan.reviewers
        .iter()
        .zip(own)
        .map(|(name, own)| {
            // Under a limit what all judge comes first, the same for everyone, and no nation goes short.
            let mut mine = in_turn(&shared);
            mine.extend(in_turn(&own));
            mine.truncate(plan.n_per_reviewer.unwrap_or(usize::MAX));
            let mut random = plan.seed.stream(&format!("verification order {name}"));
            random.shuffle(&mut mine);
            mine.sort_by_key(|idx| items.get(*idx).map(|i| i.nation.paper_order()));
            mine
        })
        .collect()
}

/// Takes one of each list in turn.
fn in_turn(lists: &[Vec<usize>]) -> Vec<usize> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .flat_map(|i| lists.iter().filter_map(move |l| l.get(i).copied()))
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::ids::DocId;
    use crate::base::language::Language;
    use crate::base::seed::Seed;
    use crate::base::sentences::Span;
    use crate::domain::conflict::{IssueMember, Stance};
    use crate::domain::statement::StatementSet;

    const CN: Nation = Nation::FIVE[0];
    const US: Nation = Nation::FIVE[1];

    fn statement(id: i64, nation: Nation, dropped: bool) -> Statement {
        Statement {
            id: StatementId(id),
            // Two statements to a document.
            doc: DocId(id / 2),
            nation,
            topic: None,
            language: Language::En,
            text: format!("claim {id}"),
            passage: Span { start: 0, end: 1 },
            confidence: 0.5 + (id % 10) as f64 / 100.0,
            set: StatementSet::Official,
            speaker: None,
            dropped,
        }
    }

    fn issue(id: i64, nation: Nation, members: std::ops::Range<i64>) -> Issue {
        Issue {
            id: IssueId(id),
            nation,
            proposition: format!("proposition {id}"),
            members: members
                .map(|s| IssueMember {
                    statement: StatementId(s),
                    stance: Stance::Supports,
                    confidence: 1.0,
                })
                .collect(),
        }
    }

    /// 300 statements of CN, of which every third was dropped, and 40 of US.
    fn field() -> Field {
        let mut statements: Vec<Statement> =
            (0..300).map(|i| statement(i, CN, i % 3 == 0)).collect();
        statements.extend((300..340).map(|i| statement(i, US, false)));
        Field {
            statements,
            issues: vec![
                issue(1, CN, 0..10),
                issue(2, CN, 20..80),
                issue(3, US, 300..303),
            ],
            is_after_reduction: true,
        }
    }

    fn plan(kind: SampleKind, reviewers: &[&str], seed: u64) -> SamplePlan {
        SamplePlan {
            kind,
            n_per_nation: 100,
            reviewers: reviewers.iter().map(|r| (*r).to_owned()).collect(),
            overlap_share: 0.3,
            n_per_reviewer: None,
            anchors: BTreeMap::new(),
            seed: Seed(seed),
        }
    }

    #[test]
    fn the_largest_issues_surest_statement_is_proposed() {
        let found = field().proposal(CN).unwrap();
        // 29 is live, in the larger issue, and of those with .59 the first.
        assert_eq!(found.statement, StatementId(29));
        assert!(
            found.reason.contains("of 40 statements"),
            "{}",
            found.reason
        );
        let alone = Field {
            issues: Vec::new(),
            ..field()
        };
        assert!(alone.proposal(US).unwrap().reason.contains("no issues yet"));
    }

    #[test]
    fn random_pairs_are_different_live_and_seeded() {
        let field = field();
        let draw = |seed: u64| {
            let mut plan = plan(SampleKind::Random, &["a"], seed);
            plan.anchors = anchors(&field, &[StatementId(1)]).unwrap();
            let mut remarks = Vec::new();
            (random_items(&field, &plan, &mut remarks), remarks)
        };
        let (items, remarks) = draw(7);
        let of = |nation| items.iter().filter(move |i| i.nation == nation);
        assert_eq!((of(CN).count(), of(US).count()), (100, 39));
        assert_eq!(remarks.len(), 1, "{remarks:?}");
        let different: BTreeSet<_> = of(CN).map(|i| i.other).collect();
        assert_eq!(different.len(), 100);
        assert!(of(CN).all(|i| i.anchor == StatementId(1) && i.other.0 % 3 != 0 && i.other.0 != 1));
        assert_eq!(draw(7).0, items);
        assert_ne!(draw(8).0, items);
    }

    #[test]
    fn anchors_are_one_for_each_nation() {
        let field = field();
        let two = anchors(&field, &[StatementId(1), StatementId(2)]);
        assert!(matches!(two, Err(VerificationError::TwoAnchors { .. })));
        let none = anchors(&field, &[StatementId(9_999)]);
        assert!(matches!(
            none,
            Err(VerificationError::UnknownStatement { .. })
        ));
        let chosen = anchors(&field, &[StatementId(301)]).unwrap();
        assert_eq!(chosen.get(&US), Some(&StatementId(301)));
        assert_eq!(chosen.get(&CN), Some(&StatementId(29)));
    }

    #[test]
    fn pairs_within_issues_are_drawn_before_and_after() {
        let field = field();
        let plan = plan(SampleKind::Within, &["a"], 3);
        let mut remarks = Vec::new();
        let items = within_items(&field, &plan, &mut remarks).unwrap();
        let of =
            |f: &dyn Fn(&NewItem) -> bool| items.iter().filter(|i| i.nation == CN && f(i)).count();
        assert_eq!(of(&|i| i.is_before), 100);
        assert_eq!(of(&|i| i.is_after), 100);
        let both = of(&|i| i.is_before && i.is_after);
        // Four of nine pairs have neither end dropped.
        assert!((25..65).contains(&both), "{both}");
        let is_dropped = |s: StatementId| s.0 < 300 && s.0 % 3 == 0;
        for item in &items {
            assert_ne!(item.anchor.0 / 2, item.other.0 / 2);
            assert!(!(item.is_after && (is_dropped(item.anchor) || is_dropped(item.other))));
        }
        let different: BTreeSet<_> = items.iter().map(|i| (i.anchor, i.other)).collect();
        assert_eq!(different.len(), items.len());
        // US has three statements in an issue, two of one document.
        assert_eq!(items.iter().filter(|i| i.nation == US).count(), 2);
        assert!(
            remarks
                .iter()
                .any(|r| r.contains("US") || r.contains("United States"))
        );
    }

    /// Every pair has the same chance, listed or drawn.
    #[test]
    fn pairs_are_uniform() {
        let statements: Vec<Statement> = (0..14).map(|i| statement(2 * i, CN, false)).collect();
        let mut pairs = Pairs::default();
        pairs.add(IssueId(1), statements.iter().take(10));
        pairs.add(IssueId(2), statements.iter().skip(10));
        assert_eq!(pairs.n(), 45 + 6);
        let mut counts: BTreeMap<(StatementId, StatementId), usize> = BTreeMap::new();
        for seed in 0..2_000 {
            let mut random = Seed(seed).stream("pairs");
            for p in pairs.draw(5, &mut random, &BTreeSet::new()) {
                *counts.entry((p.a, p.b)).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), 51);
        // 196 expected, standard deviation 13.
        assert!(
            counts.values().all(|n| (140..255).contains(n)),
            "{counts:?}"
        );
    }

    #[test]
    fn many_pairs_are_drawn_without_listing_them() {
        let statements: Vec<Statement> = (0..900).map(|i| statement(i, CN, false)).collect();
        let mut pairs = Pairs::default();
        pairs.add(IssueId(1), statements.iter().take(700));
        pairs.add(IssueId(2), statements.iter().skip(700));
        assert!(pairs.n() > MAX_LISTED_PAIRS);
        let mut random = Seed(5).stream("pairs");
        let drawn = pairs.draw(2_000, &mut random, &BTreeSet::new());
        let different: BTreeSet<_> = drawn.iter().map(|p| (p.a, p.b)).collect();
        assert_eq!(different.len(), 2_000);
        assert!(drawn.iter().all(|p| p.a < p.b && p.a.0 / 2 != p.b.0 / 2));
        // 19,900 of 264,550 pairs are of the second issue.
        let n_second = drawn.iter().filter(|p| p.issue == IssueId(2)).count();
        assert!((100..205).contains(&n_second), "{n_second}");
    }

    #[test]
    fn everyone_gets_the_overlap_and_a_fair_part_of_the_rest() {
        let mut plan = plan(SampleKind::Random, &["a", "b", "c"], 3);
        plan.anchors = anchors(&field(), &[]).unwrap();
        let items = random_items(&field(), &plan, &mut Vec::new());
        let dealt = deal(&items, &plan);
        let sets: Vec<BTreeSet<usize>> =
            dealt.iter().map(|d| d.iter().copied().collect()).collect();
        let all: BTreeSet<usize> = sets.iter().flatten().copied().collect();
        assert_eq!(all.len(), items.len());
        let shared: BTreeSet<usize> = all
            .iter()
            .copied()
            .filter(|i| sets.iter().all(|s| s.contains(i)))
            .collect();
        // 30 of 100 and 12 of 39.
        assert_eq!(shared.len(), 42);
        let n_judged: usize = sets.iter().map(BTreeSet::len).sum();
        assert_eq!(n_judged, 3 * 42 + (items.len() - 42));
        for (list, set) in dealt.iter().zip(&sets) {
            assert_eq!(list.len(), set.len());
            assert!((74..=75).contains(&list.len()), "{}", list.len());
            // The nations one after another.
            let nations: Vec<Nation> = list.iter().map(|i| items[*i].nation).collect();
            let mut blocks = nations.clone();
            blocks.dedup();
            assert_eq!(blocks, [CN, US]);
        }
        assert_ne!(dealt[0], dealt[1]);
        assert_eq!(deal(&items, &plan), dealt);
        plan.n_per_reviewer = Some(50);
        let few = deal(&items, &plan);
        let sets: Vec<BTreeSet<usize>> = few.iter().map(|d| d.iter().copied().collect()).collect();
        assert!(sets.iter().all(|s| s.len() == 50 && shared.is_subset(s)));
        plan.reviewers.truncate(1);
        plan.n_per_reviewer = None;
        assert_eq!(deal(&items, &plan)[0].len(), items.len());
    }
}
