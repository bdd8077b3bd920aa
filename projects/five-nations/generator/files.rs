//! The ten files: one per outlet, each in a format of its own.

use crate::bank::Outlet;
use crate::calendar::DateStyle;
use crate::error::Error;
use crate::rows::{Defect, Field, Shape};
use flate2::{Compression, GzBuilder};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// How a file is packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pack {
    /// Not at all.
    Plain,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Pack {
    /// Packs bytes; equal bytes in, equal bytes out.
    ///
    /// # Errors
    /// If the packer fails; `path` is named then.
    pub(crate) fn pack(self, bytes: Vec<u8>, path: &Path) -> Result<Vec<u8>, Error> {
        const ZSTD_LEVEL: i32 = 19;
        match self {
            Self::Plain => Ok(bytes),
            Self::Gzip => {
                // No time of writing in the header, or every run would differ.
                let mut packer = GzBuilder::new()
                    .mtime(0)
                    .write(Vec::new(), Compression::best());
                packer.write_all(&bytes).map_err(Error::file(path))?;
                packer.finish().map_err(Error::file(path))
            }
            Self::Zstd => {
                zstd::stream::encode_all(bytes.as_slice(), ZSTD_LEVEL).map_err(Error::file(path))
            }
        }
    }
}

/// One of the ten files.
pub(crate) struct FileSpec {
    /// The nation's code.
    pub(crate) nation: &'static str,
    /// Outlet, by position in the nation.
    pub(crate) outlet_idx: usize,
    /// Name without ending; begins the ids of its rows.
    pub(crate) stem: &'static str,
    /// Ending of the name.
    pub(crate) suffix: &'static str,
    /// How rows are written.
    pub(crate) shape: Shape,
    /// How the file is packed.
    pub(crate) pack: Pack,
    /// How dates are written.
    pub(crate) dates: DateStyle,
    /// Column names and what they hold, in order.
    pub(crate) columns: &'static [(&'static str, Field)],
    /// Its broken rows.
    pub(crate) defects: &'static [Defect],
}

const COMMA: Shape = Shape::Columns {
    delimiter: ',',
    quote: '"',
    header: true,
};
const TAB: Shape = Shape::Columns {
    delimiter: '\t',
    quote: '"',
    header: true,
};
const SEMICOLON: Shape = Shape::Columns {
    delimiter: ';',
    quote: '\'',
    header: false,
};
const FULL: &[(&str, Field)] = &[
    ("id", Field::Id),
    ("date", Field::Date),
    ("title", Field::Title),
    ("body", Field::Body),
    ("url", Field::Url),
    ("place", Field::Place),
    ("section", Field::Section),
];
const PLAIN: &[(&str, Field)] = &[
    ("id", Field::Id),
    ("date", Field::Date),
    ("title", Field::Title),
    ("body", Field::Body),
    ("url", Field::Url),
    ("place", Field::Place),
];
const TEXT: &[(&str, Field)] = &[
    ("id", Field::Id),
    ("date", Field::Date),
    ("place", Field::Place),
    ("title", Field::Title),
    ("text", Field::Body),
    ("url", Field::Url),
];
const TEXT_AND_SECTION: &[(&str, Field)] = &[
    ("id", Field::Id),
    ("section", Field::Section),
    ("date", Field::Date),
    ("place", Field::Place),
    ("title", Field::Title),
    ("text", Field::Body),
    ("url", Field::Url),
];
const FRENCH: &[(&str, Field)] = &[
    ("id", Field::Id),
    ("titre", Field::Title),
    ("texte", Field::Body),
    ("date", Field::Date),
    ("url", Field::Url),
];
/// A file without header has columns 1, 2 and 3.
const NUMBERED: &[(&str, Field)] = &[("1", Field::Date), ("2", Field::Title), ("3", Field::Body)];

/// The ten files in order.
pub(crate) const FILES: [FileSpec; 10] = [
    FileSpec {
        nation: "CN",
        outlet_idx: 0,
        stem: "cn-1",
        suffix: "jsonl",
        shape: Shape::JsonLines,
        pack: Pack::Plain,
        dates: DateStyle::Iso,
        columns: FULL,
        defects: &[Defect::InvalidJson, Defect::EmptyBody],
    },
    FileSpec {
        nation: "CN",
        outlet_idx: 1,
        stem: "cn-2",
        suffix: "jsonl.gz",
        shape: Shape::JsonLines,
        pack: Pack::Gzip,
        dates: DateStyle::Chinese,
        columns: TEXT,
        defects: &[Defect::InvalidUtf8],
    },
    FileSpec {
        nation: "US",
        outlet_idx: 0,
        stem: "us-1",
        suffix: "csv",
        shape: COMMA,
        pack: Pack::Plain,
        dates: DateStyle::Iso,
        columns: FULL,
        defects: &[Defect::TooManyColumns, Defect::EmptyBody],
    },
    FileSpec {
        nation: "US",
        outlet_idx: 1,
        stem: "us-2",
        suffix: "json",
        shape: Shape::JsonArray,
        pack: Pack::Plain,
        dates: DateStyle::American,
        columns: PLAIN,
        defects: &[Defect::NotAnObject],
    },
    FileSpec {
        nation: "UK",
        outlet_idx: 0,
        stem: "uk-1",
        suffix: "tsv",
        shape: TAB,
        pack: Pack::Plain,
        dates: DateStyle::British,
        columns: PLAIN,
        defects: &[Defect::TooManyColumns],
    },
    FileSpec {
        nation: "UK",
        outlet_idx: 1,
        stem: "uk-2",
        suffix: "csv.zst",
        shape: COMMA,
        pack: Pack::Zstd,
        dates: DateStyle::IsoTime,
        columns: PLAIN,
        defects: &[Defect::InvalidUtf8],
    },
    FileSpec {
        nation: "FR",
        outlet_idx: 0,
        stem: "fr-1",
        suffix: "json",
        shape: Shape::JsonArray,
        pack: Pack::Plain,
        dates: DateStyle::Slashes,
        columns: FRENCH,
        defects: &[Defect::EmptyBody],
    },
    FileSpec {
        nation: "FR",
        outlet_idx: 1,
        stem: "fr-2",
        suffix: "jsonl.zst",
        shape: Shape::JsonLines,
        pack: Pack::Zstd,
        dates: DateStyle::Iso,
        columns: FULL,
        defects: &[Defect::InvalidJson],
    },
    FileSpec {
        nation: "DE",
        outlet_idx: 0,
        stem: "de-1",
        suffix: "csv",
        shape: SEMICOLON,
        pack: Pack::Plain,
        dates: DateStyle::Dots,
        columns: NUMBERED,
        defects: &[Defect::TooManyColumns],
    },
    FileSpec {
        nation: "DE",
        outlet_idx: 1,
        stem: "de-2",
        suffix: "jsonl",
        shape: Shape::JsonLines,
        pack: Pack::Plain,
        dates: DateStyle::Iso,
        columns: TEXT_AND_SECTION,
        defects: &[Defect::InvalidUtf8],
    },
];

impl FileSpec {
    /// Gives the path below the project folder.
    pub(crate) fn path(&self) -> String {
        format!("data/{}.{}", self.stem, self.suffix)
    }

    /// Gives the id of the row with this number; rows without an id column are numbered plainly.
    pub(crate) fn row_id(&self, row: usize) -> String {
        if self.columns.iter().any(|(_, field)| *field == Field::Id) {
            format!("{}-{row:04}", self.stem)
        } else {
            format!("{}:{row}", self.stem)
        }
    }

    /// Invents the address of a row; `.example` belongs to nobody.
    pub(crate) fn url(&self, outlet: &Outlet, id: &str) -> String {
        let mut host = String::new();
        for c in outlet.name.to_lowercase().chars() {
            match c {
                'a'..='z' | '0'..='9' => host.push(c),
                'ä' => host.push_str("ae"),
                'ö' => host.push_str("oe"),
                'ü' => host.push_str("ue"),
                'à' | 'â' => host.push('a'),
                'é' | 'è' | 'ê' | 'ë' => host.push('e'),
                'ô' => host.push('o'),
                ' ' | '-' | '\'' | '’' if !host.is_empty() => host.push('-'),
                _ => {}
            }
        }
        if host.is_empty() {
            self.stem.clone_into(&mut host);
        }
        format!("https://{host}.example/{id}")
    }

    /// Describes the file for `project.json`, with no more than an import needs to be told.
    pub(crate) fn project_file(&self, outlet: &Outlet) -> ProjectFile {
        let mut map = BTreeMap::new();
        for (name, field) in self.columns {
            let own = match field {
                Field::Date => "date",
                Field::Title => "title",
                Field::Body => "body",
                _ => continue,
            };
            if *name != own {
                map.insert(own, *name);
            }
        }
        let (no_header, delimiter, quote) = match self.shape {
            Shape::Columns {
                delimiter,
                quote,
                header,
            } => (
                !header,
                (!matches!(delimiter, ',' | '\t')).then_some(delimiter),
                (quote != '"').then_some(quote),
            ),
            _ => (false, None, None),
        };
        ProjectFile {
            path: self.path(),
            nation: self.nation,
            source: outlet.name.clone(),
            map,
            no_header,
            delimiter,
            quote,
        }
    }
}

/// The project: which files to import and how.
#[derive(Serialize)]
pub(crate) struct Project {
    /// Its name.
    pub(crate) name: &'static str,
    /// The seed of the analysis; the corpus has its own.
    pub(crate) seed: u64,
    /// The settings to start with.
    pub(crate) preset: &'static str,
    /// HDBSCAN's smallest cluster.
    pub(crate) min_cluster_size: usize,
    /// HDBSCAN's neighbors for density.
    pub(crate) min_samples: usize,
    /// How rounds flag.
    pub(crate) reduction: ProjectReduction,
    /// The language models that are evaluated.
    pub(crate) models: Vec<ProjectModel>,
    /// Methods of evaluation.
    pub(crate) methods: Vec<&'static str>,
    /// Trials of an evaluation.
    pub(crate) n_trials: u32,
    /// Items of each nation and set that are evaluated: enough to see differences, few enough to wait for.
    pub(crate) max_items: usize,
    /// Training of adapters, scaled to networks of a million numbers.
    pub(crate) training: ProjectTraining,
    /// The files.
    pub(crate) files: Vec<ProjectFile>,
}

/// Conflict reduction of the project.
#[derive(Serialize)]
pub(crate) struct ProjectReduction {
    /// Least |D|; below it an issue is contested.
    pub(crate) contested_below: f64,
    /// Share of the candidates that a round flags at most.
    pub(crate) top_share: f64,
}

/// A language model of the project.
#[derive(Serialize)]
pub(crate) struct ProjectModel {
    /// Name as shown.
    pub(crate) name: &'static str,
    /// Its folder.
    pub(crate) folder: &'static str,
    /// Whether it is aligned too.
    pub(crate) align: bool,
}

/// How adapters are trained.
#[derive(Serialize)]
pub(crate) struct ProjectTraining {
    /// Peak learning rate: a small network needs a larger one than the paper's.
    pub(crate) learning_rate: f64,
    /// Passes over the pairs.
    pub(crate) n_epochs: u32,
    /// Pairs in an optimizer step.
    pub(crate) batch_pairs: usize,
    /// Training seeds.
    pub(crate) n_seeds: u32,
    /// Pairs of each nation.
    pub(crate) max_pairs: usize,
}

/// A file of the project.
#[derive(Serialize)]
pub(crate) struct ProjectFile {
    path: String,
    nation: &'static str,
    source: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    map: BTreeMap<&'static str, &'static str>,
    #[serde(skip_serializing_if = "is_false")]
    no_header: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<char>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over by reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}
