//! The paper's published rates, to be laid beside one's own as reference rows.
//!
//! Figures only, with their source; nothing here was measured by this program, and nothing of it may
//! be counted among the best of a column or tested against.

use std::sync::OnceLock;

use crate::domain::alignment::Variant;
use crate::domain::corpus::Nation;
use crate::domain::statement::StatementSet;

/// Where the figures come from.
pub const SOURCE: &str = "arXiv 2504.12911, Tables 2 and 3";

/// The model of Table 3.
pub const TABLE3_MODEL: &str = "Llama3.1-8b";

/// The tables; their own head says what the columns are.
const TABLES: &str = include_str!("../../assets/paper/navab_tables.tsv");

/// What the paper calls a model's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelType {
    /// Pretrained only.
    Base,
    /// Tuned to instructions.
    Instruct,
    /// A mixture of experts.
    MixtureOfExperts,
    /// Behind a service, weights not published.
    Closed,
}

impl ModelType {
    /// All types in the paper's order.
    pub const ALL: [Self; 4] = [
        Self::Base,
        Self::Instruct,
        Self::MixtureOfExperts,
        Self::Closed,
    ];

    /// Returns the word used in the asset and on screen.
    pub fn code(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Instruct => "instruct",
            Self::MixtureOfExperts => "moe",
            Self::Closed => "closed",
        }
    }

    /// Reads [`ModelType::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }

    /// Tells whether its MC rates can come from perplexities; how the paper got them for services that
    /// return none, it does not say.
    pub fn mc_method_is_known(self) -> bool {
        self != Self::Closed
    }
}

/// A cell of Table 2: one model on one nation's set.
///
/// # Units
/// Rates are shares in `0.0..=1.0`; `None` is not printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Table2Row {
    /// Quoted or Official.
    pub set: StatementSet,
    /// Name as printed.
    pub model: &'static str,
    /// Its type.
    pub model_type: ModelType,
    /// The nation.
    pub nation: Nation,
    /// Multiple choice.
    pub mc: Option<f64>,
    /// Answer judged.
    pub aj: Option<f64>,
}

/// A cell of Table 3: one variant on one nation's set, [`TABLE3_MODEL`] base.
///
/// # Units
/// Rates are shares in `0.0..=1.0`; `None` is not printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Table3Row {
    /// Quoted or Official.
    pub set: StatementSet,
    /// A0, A1 or A2; the paper has no A3.
    pub variant: Variant,
    /// The nation.
    pub nation: Nation,
    /// Multiple choice.
    pub mc: Option<f64>,
    /// Answer judged.
    pub aj: Option<f64>,
}

/// Returns Table 2, models in the order printed, nations in the paper's order within each.
pub fn table2() -> &'static [Table2Row] {
    static ROWS: OnceLock<Vec<Table2Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let row = |line: &Line| {
            Some(Table2Row {
                set: line.set,
                model: line.row,
                model_type: ModelType::parse(line.model_type)?,
                nation: line.nation,
                mc: line.mc,
                aj: line.aj,
            })
        };
        lines("2").iter().filter_map(row).collect()
    })
}

/// Returns Table 3, sets in the paper's order, variants from A0 to A2 within each.
pub fn table3() -> &'static [Table3Row] {
    static ROWS: OnceLock<Vec<Table3Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let row = |line: &Line| {
            Some(Table3Row {
                set: line.set,
                variant: Variant::parse(line.row)?,
                nation: line.nation,
                mc: line.mc,
                aj: line.aj,
            })
        };
        lines("3").iter().filter_map(row).collect()
    })
}

/// A row of either table in one nation.
struct Line {
    set: StatementSet,
    row: &'static str,
    model_type: &'static str,
    nation: Nation,
    mc: Option<f64>,
    aj: Option<f64>,
}

/// Joins the lines of both methods. Lines that do not fit are left out; a test counts those that do.
fn lines(table: &str) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for text in TABLES.lines().filter(|l| !l.starts_with('#')) {
        let mut fields = text.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        let (number, set, row, model_type, method) = (next(), next(), next(), next(), next());
        let Some(set) = StatementSet::parse(set).filter(|_| number == table) else {
            continue;
        };
        for nation in Nation::FIVE {
            let rate = fields.next().and_then(|f| f.parse().ok());
            let place = out
                .iter_mut()
                .find(|l| (l.set, l.row, l.model_type, l.nation) == (set, row, model_type, nation));
            match (method, place) {
                ("mc", None) => out.push(Line {
                    set,
                    row,
                    model_type,
                    nation,
                    mc: rate,
                    aj: None,
                }),
                ("aj", Some(line)) => line.aj = rate,
                _ => {}
            }
        }
    }
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    fn check2(
        set: StatementSet,
        model: &str,
        model_type: ModelType,
        nation: &str,
        rates: [f64; 2],
    ) {
        let found: Vec<&Table2Row> = table2()
            .iter()
            .filter(|r| (r.set, r.model, r.model_type) == (set, model, model_type))
            .filter(|r| r.nation.code() == nation)
            .collect();
        assert_eq!(found.len(), 1, "{model} {nation}");
        assert_eq!([found[0].mc, found[0].aj], rates.map(Some));
    }

    #[test]
    fn table_2_is_whole() {
        use ModelType::{Base, Closed, Instruct, MixtureOfExperts};
        use StatementSet::{Official, Quoted};
        assert_eq!(table2().len(), 100);
        let is_share = |r: Option<f64>| r.is_some_and(|r| (0.0..=1.0).contains(&r));
        assert!(table2().iter().all(|r| is_share(r.mc) && is_share(r.aj)));
        for set in [Quoted, Official] {
            assert_eq!(table2().iter().filter(|r| r.set == set).count(), 50);
        }
        check2(Quoted, "Llama3.1-8b", Base, "CN", [0.515, 0.274]);
        check2(
            Quoted,
            "Mixtral-7x8b",
            MixtureOfExperts,
            "FR",
            [0.837, 0.471],
        );
        check2(Official, "Llama3.1-8b", Instruct, "US", [0.908, 0.454]);
        check2(Official, "Qwen2.5-72b", Instruct, "UK", [0.912, 0.465]);
        check2(Official, "GPT4", Closed, "DE", [0.819, 0.479]);
        assert!(!Closed.mc_method_is_known() && MixtureOfExperts.mc_method_is_known());
        assert_eq!(table2().first().map(|r| r.model), Some("Llama3.1-8b"));
    }

    #[test]
    fn table_3_is_whole() {
        assert_eq!(table3().len(), 30);
        let cell = |set: StatementSet, variant: Variant, nation: &str| {
            let row = table3()
                .iter()
                .find(|r| r.set == set && r.variant == variant && r.nation.code() == nation);
            row.map(|r| (r.mc, r.aj)).unwrap()
        };
        let rates = (Some(0.618), Some(0.307));
        assert_eq!(cell(StatementSet::Official, Variant::CrDpo, "CN"), rates);
        let rates = (Some(0.465), Some(0.212));
        assert_eq!(cell(StatementSet::Official, Variant::NoCr, "DE"), rates);
        let rates = (Some(0.504), Some(0.276));
        assert_eq!(cell(StatementSet::Quoted, Variant::Cr, "FR"), rates);
        assert!(table3().iter().all(|r| r.variant != Variant::DpoOnly));
    }

    /// The means the paper states: reduction +1.87 MC and +1.82 AJ points, training +3.51 and +2.00.
    #[test]
    fn table_3_gives_the_means_that_the_paper_states() {
        let mean = |variant: Variant, rate: fn(&Table3Row) -> Option<f64>| {
            let rates: Vec<f64> = table3()
                .iter()
                .filter(|r| r.variant == variant)
                .filter_map(rate)
                .collect();
            rates.iter().sum::<f64>() / rates.len() as f64
        };
        let points = |from: Variant, to: Variant, rate: fn(&Table3Row) -> Option<f64>| {
            100.0 * (mean(to, rate) - mean(from, rate))
        };
        let mc = |row: &Table3Row| row.mc;
        let aj = |row: &Table3Row| row.aj;
        for (from, to, rate, want) in [
            (
                Variant::NoCr,
                Variant::Cr,
                mc as fn(&Table3Row) -> Option<f64>,
                1.87,
            ),
            (Variant::Cr, Variant::CrDpo, mc, 3.51),
            (Variant::NoCr, Variant::Cr, aj, 1.82),
            (Variant::Cr, Variant::CrDpo, aj, 2.00),
        ] {
            let got = points(from, to, rate);
            assert!((got - want).abs() < 0.005, "{from:?} to {to:?}: {got}");
        }
    }

    /// Llama3.1-8b base stands in both tables.
    #[test]
    fn both_tables_agree() {
        for row in table3().iter().filter(|r| r.variant == Variant::Cr) {
            let same = table2().iter().find(|t| {
                (t.set, t.nation) == (row.set, row.nation)
                    && (t.model, t.model_type) == (TABLE3_MODEL, ModelType::Base)
            });
            assert_eq!(
                same.map(|t| (t.mc, t.aj)),
                Some((row.mc, row.aj)),
                "{row:?}"
            );
        }
    }
}
