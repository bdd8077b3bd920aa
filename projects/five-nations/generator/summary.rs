//! The table that is printed when the corpus is made.

use crate::truth::Truth;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

#[derive(Default)]
struct Counts<'a> {
    articles: usize,
    outliers: usize,
    value_free: usize,
    copies: usize,
    statements: usize,
    quoted: usize,
    pro: usize,
    dissent: usize,
    unlisted: usize,
    speakers: BTreeSet<&'a str>,
}

impl<'a> Counts<'a> {
    fn add(&mut self, truth: &'a Truth) {
        self.articles += 1;
        self.outliers += usize::from(truth.outlier);
        self.value_free += usize::from(!truth.outlier && !truth.values);
        self.copies += usize::from(truth.duplicate_of.is_some());
        for statement in &truth.statements {
            self.statements += 1;
            self.quoted += usize::from(statement.set == "quoted");
            self.pro += usize::from(statement.stance > 0);
            self.dissent += usize::from(statement.dissent);
            self.unlisted += usize::from(statement.unlisted);
            self.speakers.extend(statement.speaker.as_deref());
        }
    }

    fn line(&self, name: &str) -> String {
        format!(
            "{name:<28}{:>9}{:>9}{:>8}{:>7}{:>11}{:>7}{:>9}{:>5}{:>5}{:>8}{:>9}{:>9}\n",
            self.articles,
            self.outliers,
            self.value_free,
            self.copies,
            self.statements,
            self.quoted,
            self.statements - self.quoted,
            self.pro,
            self.statements - self.pro,
            self.dissent,
            self.unlisted,
            self.speakers.len(),
        )
    }
}

/// Makes the table: each nation, then each of its topics.
pub(crate) fn summarize(truth: &[Truth]) -> String {
    let mut nations: BTreeMap<&str, Counts<'_>> = BTreeMap::new();
    let mut topics: BTreeMap<(&str, &str), Counts<'_>> = BTreeMap::new();
    let mut all = Counts::default();
    for article in truth {
        all.add(article);
        nations.entry(article.nation).or_default().add(article);
        let topic = article.topic.as_deref().unwrap_or("(outliers)");
        topics
            .entry((article.nation, topic))
            .or_default()
            .add(article);
    }
    let mut table = String::new();
    // Writing to a string cannot fail.
    _ = writeln!(
        table,
        "{:<28}{:>9}{:>9}{:>8}{:>7}{:>11}{:>7}{:>9}{:>5}{:>5}{:>8}{:>9}{:>9}",
        "",
        "articles",
        "outliers",
        "novalue",
        "copies",
        "statements",
        "quoted",
        "official",
        "pro",
        "con",
        "dissent",
        "unlisted",
        "speakers"
    );
    for (nation, counts) in &nations {
        table.push_str(&counts.line(nation));
        for ((_, topic), counts) in topics.iter().filter(|((code, _), _)| code == nation) {
            table.push_str(&counts.line(&format!("   {topic}")));
        }
    }
    table.push_str(&all.line("all"));
    table
}
