//! Stances of the offline rules on propositions of our own, six statements each.
//!
//! Rows of `stance_cases/*.txt`: `P` a proposition, then `+`, `-` or `0` and a statement. Every third
//! proposition is held out: the word lists were written without looking at its errors.

use super::stance::judge;
use crate::base::language::Language;

/// Share of statements with the right sign: of those the lists were tried on, and of those held out.
fn accuracies(language: Language, rows: &str) -> (f64, f64) {
    let mut counts = [[0usize; 2]; 2];
    let mut proposition = "";
    let mut n_propositions = 0;
    for row in rows.lines() {
        let (sort, text) = row.split_at(1);
        let text = text.trim();
        if sort == "P" {
            proposition = text;
            n_propositions += 1;
            continue;
        }
        let stance = judge(language, proposition, text).stance.value();
        let right = match sort {
            "+" => stance > 0.0,
            "-" => stance < 0.0,
            _ => stance == 0.0,
        };
        let [hits, all] = &mut counts[usize::from(n_propositions % 3 == 0)];
        *hits += usize::from(right);
        *all += 1;
    }
    let share = |c: [usize; 2]| c[0] as f64 / c[1].max(1) as f64;
    (share(counts[0]), share(counts[1]))
}

fn check(language: Language, rows: &str, floors: (f64, f64)) {
    let (tried, held_out) = accuracies(language, rows);
    assert!(
        tried >= floors.0 && held_out >= floors.1,
        "{language:?}: {tried:.3}, {held_out:.3}"
    );
}

#[test]
fn english() {
    check(
        Language::En,
        include_str!("stance_cases/en.txt"),
        (0.7, 0.62),
    );
}

#[test]
fn french() {
    check(
        Language::Fr,
        include_str!("stance_cases/fr.txt"),
        (0.7, 0.62),
    );
}

#[test]
fn german() {
    check(
        Language::De,
        include_str!("stance_cases/de.txt"),
        (0.7, 0.62),
    );
}

#[test]
fn chinese() {
    check(
        Language::Zh,
        include_str!("stance_cases/zh.txt"),
        (0.7, 0.62),
    );
}
