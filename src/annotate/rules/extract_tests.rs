//! Extraction and source on invented articles (`articles/*.txt`): one article a line, each value
//! statement in ⟦ ⟧ with its source in { } behind it.

use super::*;
use crate::annotate::answer::SourceVerdict;
use crate::annotate::check_passage;
use crate::base::sentences::Span;
use crate::domain::statement::SpeakerKind;

/// Reads a line: the body without marks, and the passages with their sources.
fn read(line: &str) -> (String, Vec<(Span, String)>) {
    let (mut body, mut marked, mut start) = (Vec::new(), Vec::new(), 0);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '⟦' => start = body.len(),
            '⟧' => {
                let source = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                marked.push((
                    Span {
                        start,
                        end: body.len(),
                    },
                    source,
                ));
            }
            c => body.push(c),
        }
    }
    (body.into_iter().collect(), marked)
}

fn source_of(language: Language, passage: Span, body: &str) -> String {
    match super::super::source::judge(language, passage, body) {
        SourceVerdict::Quoted(s) if s.kind == SpeakerKind::Person => format!("{}|person", s.name),
        SourceVerdict::Quoted(s) => format!("{}|organization", s.name),
        SourceVerdict::Official => "official".to_owned(),
        SourceVerdict::Unattributed => "unattributed".to_owned(),
    }
}

fn check(language: Language, articles: &str) {
    let (mut n_right, mut n_found, mut n_marked, mut n_sources) = (0usize, 0usize, 0usize, 0usize);
    for line in articles.lines() {
        let (body, marked) = read(line);
        let found = extract(language, &body).0;
        let meets = |a: &Span, b: &Span| a.start.max(b.start) < a.end.min(b.end);
        assert!(found.iter().all(|f| check_passage(&body, f)));
        n_right += marked
            .iter()
            .filter(|m| found.iter().any(|f| meets(&f.passage, &m.0)))
            .count();
        n_found += found.len();
        n_marked += marked.len();
        n_sources += marked
            .iter()
            .filter(|m| source_of(language, m.0, &body) == m.1)
            .count();
    }
    let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    let rates = [
        share(n_right, n_found),
        share(n_right, n_marked),
        share(n_sources, n_marked),
    ];
    assert!(
        rates.iter().all(|&r| r >= 0.75),
        "{language:?}: precision, recall, source {rates:?}"
    );
}

#[test]
fn english_articles() {
    check(Language::En, include_str!("articles/en.txt"));
}

#[test]
fn french_articles() {
    check(Language::Fr, include_str!("articles/fr.txt"));
}

#[test]
fn german_articles() {
    check(Language::De, include_str!("articles/de.txt"));
}

#[test]
fn chinese_articles() {
    check(Language::Zh, include_str!("articles/zh.txt"));
}

#[test]
fn odd_bodies_give_nothing() {
    for body in ["", "\n\n", "“", "。。。", "a", "“”„“«»", "12 345"] {
        for language in Language::KNOWN {
            assert!(extract(language, body).0.is_empty(), "{body:?}");
        }
    }
}
