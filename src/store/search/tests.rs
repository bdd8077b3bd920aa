//! Tests of the search: against a plain reading of every document, on broken input, and canceled.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::base::language::Language;
use crate::base::observe::{Cancelled, Silent};
use crate::base::seed::{Random, Seed};
use crate::domain::corpus::Nation;
use crate::store::{Access, NewDocument};

/// A project with these titles and bodies, numbered from 1.
fn project(docs: &[(String, String)]) -> (tempfile::TempDir, Store) {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    store
        .write(|unit| {
            unit.tx.execute(
                "INSERT INTO import_file VALUES (1, 1, 'a', '', '', '', 0, 0, 0, 0)",
                [],
            )?;
            for (line, (title, body)) in docs.iter().enumerate() {
                let doc = NewDocument {
                    external_id: line.to_string(),
                    nation: Nation::parse("FR").unwrap(),
                    source: "s".to_owned(),
                    language: Language::Other,
                    date: None,
                    title: title.clone(),
                    body: body.clone(),
                    url: None,
                    place: None,
                    organization: None,
                    source_label: None,
                    extra_json: None,
                    line: line as u64,
                };
                unit.insert_document(1, &doc)?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    (home, store)
}

fn all(store: &Store, text: &str) -> Vec<i64> {
    let mut out = Vec::new();
    let query = SearchQuery::parse(text);
    let n = store
        .search_all(&query, &Silent, &mut |docs| {
            out.extend(docs.iter().map(|d| d.0));
        })
        .unwrap();
    assert_eq!(n, out.len());
    out
}

fn first(store: &Store, text: &str, limit: usize) -> Vec<(i64, bool)> {
    store
        .search_first(&SearchQuery::parse(text), limit, &Silent)
        .unwrap()
        .iter()
        .map(|f| (f.doc.0, f.in_title))
        .collect()
}

// The twin reads texts another way: as units, a word or one Chinese character each, with whether a
// Chinese one follows another without a gap.

#[derive(Clone, Debug, PartialEq)]
struct TwinUnit {
    text: String,
    is_han: bool,
    is_glued: bool,
}

fn twin_units(text: &str) -> Vec<TwinUnit> {
    let mut out: Vec<TwinUnit> = Vec::new();
    let mut word = String::new();
    let mut after_han = false;
    for c in text.chars().chain([' ']) {
        let is_han = "国家安全法网".contains(c);
        let plain: &str = &match c {
            'é' | 'É' => "e".to_owned(),
            'ü' | 'Ü' => "u".to_owned(),
            'ä' | 'Ä' => "a".to_owned(),
            'ß' => "ss".to_owned(),
            'œ' | 'Œ' => "oe".to_owned(),
            _ if c.is_ascii_alphanumeric() => c.to_lowercase().to_string(),
            _ => String::new(),
        };
        word.push_str(plain);
        if plain.is_empty() && !word.is_empty() {
            out.push(TwinUnit {
                text: std::mem::take(&mut word),
                is_han: false,
                is_glued: false,
            });
        }
        if is_han {
            out.push(TwinUnit {
                text: c.to_string(),
                is_han: true,
                is_glued: after_han,
            });
        }
        after_han = is_han;
    }
    out
}

#[derive(Clone, Debug)]
struct TwinPart {
    units: Vec<TwinUnit>,
    is_unwanted: bool,
    title_only: bool,
    is_open: bool,
}

impl TwinPart {
    fn is_in(&self, text: &[TwinUnit]) -> bool {
        text.windows(self.units.len()).any(|window| {
            window
                .iter()
                .zip(&self.units)
                .enumerate()
                .all(|(k, (t, q))| {
                    let is_last = k + 1 == self.units.len();
                    let alike = if is_last && self.is_open && !q.is_han {
                        t.text.starts_with(&q.text)
                    } else {
                        t.text == q.text
                    };
                    // A gap between Chinese characters must be where the query has one.
                    let gap_fits = k == 0 || !q.is_han || q.is_glued == t.is_glued;
                    alike && t.is_han == q.is_han && gap_fits
                })
        })
    }
}

fn pick<'a>(random: &mut Random, from: &[&'a str]) -> &'a str {
    from[random.below(from.len())]
}

const WORDS: &[&str] = &[
    "élection",
    "Election",
    "ELECTIONS",
    "Straße",
    "STRASSE",
    "Strasse",
    "straßen",
    "über",
    "Uber",
    "œuvre",
    "oeuvres",
    "co",
    "coal",
    "Coalition",
    "c",
    "rat",
    "Räte",
    "5G",
    "19",
    "1999",
    "and",
    "NOT",
    "title",
    "near",
];

fn random_word(random: &mut Random) -> String {
    if random.below(2) == 0 {
        return pick(random, WORDS).to_owned();
    }
    (0..=random.below(4))
        .map(|_| pick(random, &["国", "家", "安", "全", "法", "网"]))
        .collect()
}

fn random_text(random: &mut Random, n_words: usize) -> String {
    (0..n_words)
        .map(|_| {
            let gap = pick(random, &[" ", " ", ", ", "。", "", "\n", "-", "’", " 🙂 "]);
            random_word(random) + gap
        })
        .collect()
}

/// A search as text, and what the twin makes of it.
fn random_query(random: &mut Random) -> (String, Vec<TwinPart>) {
    let n_parts = 1 + random.below(3);
    let mut text = String::new();
    let mut parts = Vec::new();
    for k in 0..n_parts {
        let is_last = k + 1 == n_parts;
        let is_unwanted = random.below(4) == 0;
        let title_only = random.below(4) == 0;
        let is_quote = random.below(3) == 0;
        let is_closed = is_quote && (!is_last || random.below(2) == 0);
        let mut words = random_word(random);
        if random.below(3) == 0 {
            let gap = if is_quote {
                " "
            } else {
                pick(random, &["-", "’", "/"])
            };
            words = words + gap + &random_word(random);
        }
        if random.below(3) == 0 && is_last {
            // As it stands while it is typed.
            words = words.chars().take(1 + random.below(3)).collect();
        }
        if is_unwanted {
            text.push('-');
        }
        if title_only {
            text.push_str(pick(random, &["title:", "Title:", "title："]));
        }
        if is_quote {
            text.push_str(pick(random, &["\"", "„", "«"]));
        }
        text.push_str(&words);
        if is_closed {
            text.push_str(pick(random, &["\"", "”", "»"]));
        }
        if !is_last {
            text.push(' ');
        }
        let units = twin_units(&words);
        if !units.is_empty() {
            parts.push(TwinPart {
                units,
                is_unwanted,
                title_only,
                is_open: is_last && !is_unwanted && !is_closed,
            });
        }
    }
    (text, parts)
}

#[test]
fn finds_what_a_plain_reading_finds() {
    let mut random = Seed(4).stream("search");
    let mut n_found = 0;
    for _ in 0..8 {
        let docs: Vec<(String, String)> = (0..60)
            .map(|_| {
                let (n_title, n_body) = (random.below(4), random.below(12));
                (
                    random_text(&mut random, n_title),
                    random_text(&mut random, n_body),
                )
            })
            .collect();
        let (_home, store) = project(&docs);
        let read: Vec<(Vec<TwinUnit>, Vec<TwinUnit>)> = docs
            .iter()
            .map(|(title, body)| (twin_units(title), twin_units(body)))
            .collect();
        for _ in 0..250 {
            let (text, parts) = random_query(&mut random);
            let is_asked = parts.iter().any(|p| !p.is_unwanted);
            let found = |(title, body): &(Vec<TwinUnit>, Vec<TwinUnit>)| {
                is_asked
                    && parts.iter().all(|p| {
                        let is_in = p.is_in(title) || (!p.title_only && p.is_in(body));
                        is_in != p.is_unwanted
                    })
            };
            let want: Vec<i64> = (1i64..)
                .zip(&read)
                .filter(|(_, doc)| found(doc))
                .map(|(id, _)| id)
                .collect();
            n_found += want.len();
            assert_eq!(all(&store, &text), want, "{text} {parts:?}");
            // The first page holds the same, those with all in the title first.
            let page = first(&store, &text, 99);
            let ids: BTreeSet<i64> = page.iter().map(|(id, _)| *id).collect();
            assert!(ids.iter().eq(&want) && page.len() == want.len(), "{text}");
            for (id, in_title) in &page {
                let (title, _) = &read[*id as usize - 1];
                let all_in = parts
                    .iter()
                    .filter(|p| !p.is_unwanted)
                    .all(|p| p.is_in(title));
                assert_eq!(*in_title, all_in, "{text} {id}");
            }
            assert!(page.windows(2).all(|w| w[0].1 >= w[1].1), "{text}");
            assert_eq!(first(&store, &text, 3), page[..page.len().min(3)], "{text}");
        }
    }
    assert!(n_found > 5000, "the searches were about nothing: {n_found}");
}

#[test]
fn titles_and_whole_words_come_first() {
    let docs = [
        ("Rathaus", "x"),
        ("y", "Rat und Tat"),
        ("y", "Ratlos"),
        ("Der Rat", "x"),
        ("Tat", "x"),
    ]
    .map(|(t, b)| (t.to_owned(), b.to_owned()));
    let (_home, store) = project(&docs);
    assert_eq!(
        first(&store, "rat", 9),
        [(4, true), (1, true), (2, false), (3, false)]
    );
    assert_eq!(all(&store, "rat"), [1, 2, 3, 4]);
    assert_eq!(first(&store, "title:rat", 9), [(4, true), (1, true)]);
    assert_eq!(first(&store, "rat", 0), []);
}

#[test]
fn broken_input_is_a_search() {
    let docs = vec![("Wahl 2024".to_owned(), "“Freiheit” 国家安全 🙂".to_owned())];
    let (_home, store) = project(&docs);
    let long_word = "a".repeat(10_000);
    let many_words = "wahl ".repeat(2_000);
    let many_different = (0..2_000)
        .map(|i| format!("w{i}"))
        .collect::<Vec<_>>()
        .join(" ");
    let chinese = "国家安全".repeat(2_500);
    let quotes = "\"".repeat(10_000);
    let minuses = "-".repeat(10_000);
    for text in [
        "\"wahl",
        "wahl\"",
        "AND",
        "OR OR",
        "NOT",
        "NEAR(wahl 2024)",
        "wahl*",
        "^wahl",
        "{words}: wahl",
        "words:wahl",
        "'wahl",
        "wahl; DROP TABLE document",
        "(((",
        "\\",
        "\0",
        "🙂",
        "🙂🙂 wahl",
        "-",
        "--wahl",
        "title:",
        "title:title:wahl",
        "%_",
        &long_word,
        &many_words,
        &many_different,
        &chinese,
        &quotes,
        &minuses,
    ] {
        all(&store, text);
        first(&store, text, 5);
    }
    assert_eq!(all(&store, &many_words), [1]);
    assert_eq!(all(&store, &many_different), [0i64; 0]);
    assert_eq!(all(&store, "🙂🙂 wahl"), [1]);
    assert_eq!(all(&store, "'wahl"), [1]);
    assert_eq!(all(&store, ""), [0i64; 0]);
}

/// Cancels at a step.
struct StopsAt(AtomicUsize);

impl Observe for StopsAt {
    fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 { Err(Cancelled) } else { Ok(()) }
    }
}

#[test]
fn a_cancel_ends_both() {
    let docs: Vec<(String, String)> = (0..6000)
        .map(|i| (format!("Nummer {i}"), "Der Rat tagt".to_owned()))
        .collect();
    let (home, store) = project(&docs);
    for text in ["rat", "\"rat tagt\"", "title:nummer rat"] {
        let query = SearchQuery::parse(text);
        for steps in [0, 1, 3] {
            let mut n_docs = 0;
            let observe = StopsAt(AtomicUsize::new(steps));
            let found = store.search_all(&query, &observe, &mut |docs| n_docs += docs.len());
            assert!(matches!(found, Err(StoreError::Cancelled(_))), "{text}");
            assert!(n_docs < 6000);
        }
        let observe = StopsAt(AtomicUsize::new(0));
        let page = store.search_first(&query, 10_000, &observe);
        assert!(matches!(page, Err(StoreError::Cancelled(_))));
        // The connection is free for the next.
        assert_eq!(all(&store, text).len(), 6000);
    }
    // A second connection reads beside the writer.
    let reader = Store::open(home.path(), Access::Read).unwrap();
    assert_eq!(all(&reader, "tagt").len(), 6000);
}
