//! How fast search answers while one types, over a project of invented documents in four languages.
//!
//! `cargo bench --bench search -- [DOCUMENTS] [FOLDER]` makes the project in the folder (a temporary one
//! unless named) where it is not there yet, and prints milliseconds by kind of search: until the first page,
//! and until every document is found. It judges nothing.
#![expect(clippy::print_stdout, reason = "its output is a table")]

use std::path::PathBuf;
use std::time::Instant;

use meridian::base::ids::JobId;
use meridian::base::language::Language;
use meridian::base::observe::Silent;
use meridian::base::seed::{Random, Seed};
use meridian::domain::corpus::Nation;
use meridian::snapshot::search;
use meridian::store::{
    Access, ImportRecord, NewDocument, PROJECT_FILE, SearchQuery, Store, StoreError,
};

/// Documents stored in one transaction.
const BATCH_DOCS: usize = 10_000;

const TITLE_WORDS: usize = 8;
const BODY_WORDS: usize = 60;

/// Different words of a language.
const VOCABULARY_WORDS: usize = 60_000;

/// Searches of each kind.
const N_SEARCHES: usize = 40;

/// Beginnings, middles and ends of invented syllables; the first are the most frequent.
const SYLLABLES: [(Language, &str, [&[&str]; 3]); 3] = [
    (
        Language::En,
        "US",
        [
            &[
                "s", "c", "p", "t", "re", "in", "con", "b", "d", "m", "f", "st", "w", "h", "l",
                "pr", "tr", "un", "ch", "g", "ex", "v", "n", "",
            ],
            &["e", "a", "i", "o", "u", "ea", "ou", "io"],
            &["", "n", "r", "s", "t", "l", "ng", "nt", "st", "ck"],
        ],
    ),
    (
        Language::Fr,
        "FR",
        [
            &[
                "p", "c", "d", "r", "s", "m", "ré", "con", "t", "é", "l", "f", "b", "in", "dé",
                "v", "g", "ch", "pr", "qu", "n", "",
            ],
            &["e", "a", "é", "i", "o", "u", "è", "ou", "au", "ê", "ô"],
            &["", "r", "n", "s", "t", "l", "re", "nt", "que", "ment"],
        ],
    ),
    (
        Language::De,
        "DE",
        [
            &[
                "s", "ge", "ver", "b", "be", "st", "k", "h", "m", "sch", "f", "w", "ein", "auf",
                "g", "r", "t", "l", "n", "über", "z", "",
            ],
            &["e", "a", "i", "o", "u", "ei", "ie", "ä", "ö", "ü", "au"],
            &["", "n", "r", "s", "t", "l", "ng", "cht", "ft", "ß"],
        ],
    ),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let n_docs = args.first().map_or(Ok(100_000), |n| n.parse())?;
    let scratch = tempfile::tempdir()?;
    let folder = args
        .get(1)
        .map_or_else(|| scratch.path().join("project"), PathBuf::from);
    let languages: Vec<Vocabulary> = (0..4).map(Vocabulary::invent).collect();
    if !folder.join(PROJECT_FILE).exists() {
        fill(&folder, &languages, n_docs)?;
    }
    let store = Store::open(&folder, Access::Read)?;
    println!(
        "{} documents; milliseconds, {N_SEARCHES} searches of a kind",
        store.n_documents()?
    );
    println!(
        "{:<34}{:>10}{:>10}{:>10}{:>10}{:>12}",
        "", "first p50", "p95", "all p50", "p95", "found p50"
    );
    let mut random = Seed(9).stream("searches");
    for (name, make) in kinds() {
        let texts: Vec<String> = (0..N_SEARCHES)
            .map(|i| make(&languages, &mut random, i))
            .collect();
        measure(&store, name, &texts)?;
    }
    typing(&store, &languages, &mut random)?;
    Ok(())
}

/// Vocabulary of a language, most frequent first.
struct Vocabulary {
    language: Language,
    nation: &'static str,
    words: Vec<String>,
    /// Sums of the words' weights, by Zipf's law.
    sums: Vec<f64>,
}

impl Vocabulary {
    fn invent(which: usize) -> Self {
        let mut random = Seed(1).stream(&format!("words/{which}"));
        let mut seen = std::collections::HashSet::new();
        let mut words = Vec::with_capacity(VOCABULARY_WORDS);
        // The earlier of two is the likelier: what begins many words begins the frequent ones too.
        let pick = |random: &mut Random, n: usize| random.below(n).min(random.below(n));
        while words.len() < VOCABULARY_WORDS {
            let rank = words.len();
            let mut word = String::new();
            if let Some((_, _, [heads, middles, tails])) = SYLLABLES.get(which) {
                let n_syllables = match rank {
                    0..80 => 1,
                    80..2000 => 2,
                    _ => 2 + random.below(3),
                };
                for _ in 0..n_syllables {
                    for part in [heads, middles, tails] {
                        word.push_str(part.get(pick(&mut random, part.len())).unwrap_or(&""));
                    }
                }
            } else {
                for _ in 0..if rank < 60 { 1 } else { 2 } {
                    let at = pick(&mut random, 3000) as u32;
                    word.extend(char::from_u32(0x4e00 + at * 7));
                }
            }
            if seen.insert(word.clone()) {
                words.push(word);
            } else if rank < 80 {
                // The first ranks would else wait long for a short word that is not taken.
                word.push_str("ea");
                if which < 3 && seen.insert(word.clone()) {
                    words.push(word);
                }
            }
        }
        let mut sum = 0.0;
        let sums = (0..words.len())
            .map(|rank| {
                sum += 1.0 / (rank as f64 + 2.0);
                sum
            })
            .collect();
        let (language, nation) = SYLLABLES
            .get(which)
            .map_or((Language::Zh, "CN"), |(l, n, _)| (*l, *n));
        Self {
            language,
            nation,
            words,
            sums,
        }
    }

    fn draw(&self, random: &mut Random) -> &str {
        let at = random.next_f64() * self.sums.last().copied().unwrap_or(0.0);
        self.word(self.sums.partition_point(|s| *s < at))
    }

    fn word(&self, rank: usize) -> &str {
        self.words.get(rank).map_or("", String::as_str)
    }

    fn text(&self, random: &mut Random, n_words: usize) -> String {
        let gap = if self.language == Language::Zh {
            ""
        } else {
            " "
        };
        let mut out = String::new();
        for i in 1..=n_words {
            out.push_str(self.draw(random));
            out.push_str(if i % 12 == 0 { ". " } else { gap });
        }
        out
    }
}

fn fill(
    folder: &std::path::Path,
    languages: &[Vocabulary],
    n_docs: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut store = Store::create(folder)?;
    let mut random = Seed(2).stream("documents");
    let mut secs = 0.0;
    let record = ImportRecord {
        id: 0,
        name: "invented".to_owned(),
        nation: String::new(),
        content_hash: String::new(),
        column_map: String::new(),
        n_rows: 0,
        n_docs: 0,
        n_bad: 0,
    };
    let mut done = 0;
    while done < n_docs {
        let n = BATCH_DOCS.min(n_docs - done);
        let docs: Vec<NewDocument> = (done..done + n)
            .filter_map(|i| {
                let words = languages.get(i % languages.len())?;
                Some(NewDocument {
                    external_id: i.to_string(),
                    nation: Nation::parse(words.nation).ok()?,
                    source: "bench".to_owned(),
                    language: words.language,
                    date: None,
                    title: words.text(&mut random, TITLE_WORDS),
                    body: words.text(&mut random, BODY_WORDS),
                    url: None,
                    place: None,
                    organization: None,
                    source_label: None,
                    extra_json: None,
                    line: i as u64,
                })
            })
            .collect();
        let from = Instant::now();
        store.write(|unit| {
            let import = unit.begin_import(JobId(0), &record, 0)?;
            for doc in &docs {
                unit.insert_document(import, doc)?;
            }
            Ok::<_, StoreError>(())
        })?;
        secs += from.elapsed().as_secs_f64();
        done += n;
    }
    let bytes = std::fs::metadata(folder.join(PROJECT_FILE))?.len();
    println!(
        "stored {n_docs} documents in {secs:.1} s, {:.0} MB",
        bytes as f64 / 1e6
    );
    Ok(())
}

type Make = fn(&[Vocabulary], &mut Random, usize) -> String;

/// A language, each in turn.
fn of(languages: &[Vocabulary], i: usize) -> &Vocabulary {
    &languages[i % languages.len()]
}

/// A language with an alphabet, each in turn.
fn latin(languages: &[Vocabulary], i: usize) -> &Vocabulary {
    &languages[i % 3]
}

fn beginning(word: &str, n_chars: usize) -> String {
    word.chars().take(n_chars).collect()
}

/// Two words that follow each other in some document, more or less frequent ones.
fn neighbors(words: &Vocabulary, random: &mut Random) -> (String, String) {
    (words.draw(random).to_owned(), words.draw(random).to_owned())
}

fn kinds() -> Vec<(&'static str, Make)> {
    vec![
        ("one letter", |l, r, i| beginning(latin(l, i).draw(r), 1)),
        ("two letters", |l, r, i| beginning(latin(l, i).draw(r), 2)),
        ("three letters", |l, r, i| beginning(latin(l, i).draw(r), 3)),
        ("four letters", |l, r, i| {
            beginning(latin(l, i).word(r.below(2000)), 4)
        }),
        ("common word", |l, r, i| {
            latin(l, i).word(r.below(20)).to_owned()
        }),
        ("word of middle rank", |l, r, i| {
            latin(l, i).word(200 + r.below(2000)).to_owned()
        }),
        ("rare word", |l, r, i| {
            latin(l, i).word(20_000 + r.below(40_000)).to_owned()
        }),
        ("upper case", |l, r, i| {
            latin(l, i).word(r.below(2000)).to_uppercase()
        }),
        ("without accents", |l, r, i| {
            meridian::base::fold::fold(l[1 + i % 2].word(r.below(2000)))
        }),
        ("two common words", |l, r, i| {
            format!(
                "{} {}",
                latin(l, i).word(r.below(20)),
                latin(l, i).word(r.below(20))
            )
        }),
        ("common words of two languages", |l, r, i| {
            format!(
                "{} {}",
                latin(l, i).word(r.below(20)),
                latin(l, i + 1).word(r.below(20))
            )
        }),
        ("three words, the last begun", |l, r, i| {
            let w = latin(l, i);
            format!(
                "{} {} {}",
                w.word(r.below(200)),
                w.word(r.below(200)),
                beginning(w.draw(r), 1)
            )
        }),
        ("common without common", |l, r, i| {
            format!(
                "-{} {}",
                latin(l, i).word(r.below(20)),
                latin(l, i).word(r.below(20))
            )
        }),
        ("in the title", |l, r, i| {
            format!(
                "title:{} {}",
                latin(l, i).word(r.below(500)),
                latin(l, i).word(r.below(20))
            )
        }),
        ("phrase as drawn", |l, r, i| {
            let (a, b) = neighbors(latin(l, i), r);
            format!("\"{a} {b}\"")
        }),
        ("phrase of common words", |l, r, i| {
            format!(
                "\"{} {}\"",
                latin(l, i).word(r.below(20)),
                latin(l, i).word(r.below(20))
            )
        }),
        ("four common words as a phrase", |l, r, i| {
            let w = latin(l, i);
            let words: Vec<&str> = (0..4).map(|_| w.word(r.below(20))).collect();
            format!("\"{}\"", words.join(" "))
        }),
        ("Chinese, one character", |l, r, _| {
            beginning(l[3].draw(r), 1)
        }),
        ("Chinese, two characters", |l, r, _| {
            l[3].word(60 + r.below(5000)).to_owned()
        }),
        ("Chinese, three characters", |l, r, _| {
            let (a, b) = neighbors(&l[3], r);
            beginning(&(a + &b + l[3].word(r.below(60))), 3)
        }),
        ("Chinese, four characters", |l, r, _| {
            l[3].word(60 + r.below(500)).to_owned() + l[3].word(60 + r.below(500))
        }),
        ("nothing", |l, r, i| {
            format!("{}qqxzq", of(l, i).word(r.below(100)))
        }),
    ]
}

/// Returns the value that a share of the sorted values does not exceed.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = ((values.len() as f64 * share).ceil() as usize).max(1) - 1;
    values.get(at).copied().unwrap_or(0.0)
}

fn measure(store: &Store, name: &str, texts: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let (mut first, mut all, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for text in texts {
        let from = Instant::now();
        search(store, text, &Silent)?;
        first.push(from.elapsed().as_secs_f64() * 1e3);
        let from = Instant::now();
        let n = store.search_all(&SearchQuery::parse(text), &Silent, &mut |_| {})?;
        all.push(from.elapsed().as_secs_f64() * 1e3);
        found.push(n as f64);
    }
    println!(
        "{name:<34}{:>10.1}{:>10.1}{:>10.1}{:>10.1}{:>12.0}",
        quantile(&mut first, 0.5),
        quantile(&mut first, 0.95),
        quantile(&mut all, 0.5),
        quantile(&mut all, 0.95),
        quantile(&mut found, 0.5)
    );
    Ok(())
}

/// Two words typed letter by letter: every first page in between.
fn typing(
    store: &Store,
    languages: &[Vocabulary],
    random: &mut Random,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut texts = Vec::new();
    for i in 0..N_SEARCHES / 4 {
        let words = latin(languages, i);
        let whole = format!(
            "{} {}",
            words.word(100 + random.below(3000)),
            words.draw(random)
        );
        texts.extend((1..=whole.chars().count()).map(|n| beginning(&whole, n)));
    }
    measure(store, "two words letter by letter", &texts)
}
