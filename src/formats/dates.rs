//! Dates as people write them, to [`PartialDate`].
//!
//! Where day and month could be either (`03/09/2021`), the file's other dates decide
//! ([`DateStyle::learn`]); where they do not, only the year is kept. Times of day and zones are
//! dropped: the date stands as written. It guesses no missing year.

use crate::domain::columns::civil_of_day;
use crate::domain::corpus::PartialDate;

/// Longer text is prose and no date.
const MAX_CHARS: usize = 64;

/// Which of two small numbers comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DayOrder {
    /// As in `31/12/2021`.
    DayFirst,
    /// As in `12/31/2021`.
    MonthFirst,
    /// Nothing tells.
    #[default]
    Unknown,
}

/// How the dates of one file are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateStyle {
    /// Order of day and month in dates with slashes or dashes.
    pub order: DayOrder,
}

impl DateStyle {
    /// Learns from the dates that can be read in one way only; if they disagree, nothing is learned.
    pub fn learn<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut learner = DateLearner::default();
        for text in texts {
            learner.see(text);
        }
        learner.style()
    }

    /// Reads one date; `None` if no year can be made out.
    pub fn read(self, text: &str) -> Option<PartialDate> {
        let text = plain(text)?;
        match numeric(&text) {
            Some(Numeric::Sure(year, month, day)) => make(year, Some(month), day),
            Some(Numeric::Year(year)) => make(year, None, None),
            Some(Numeric::Open {
                first,
                second,
                year,
            }) => match self.order {
                DayOrder::DayFirst => make(year, Some(second), Some(first)),
                DayOrder::MonthFirst => make(year, Some(first), Some(second)),
                // 5/5 is the fifth of May either way.
                DayOrder::Unknown if first == second => make(year, Some(first), Some(second)),
                DayOrder::Unknown => make(year, None, None),
            },
            None => worded(&text),
        }
    }
}

/// Collects evidence on the order of day and month, date by date.
#[derive(Clone, Copy, Debug, Default)]
pub struct DateLearner {
    n_day_first: u64,
    n_month_first: u64,
}

impl DateLearner {
    /// Takes one date of the file into account.
    pub fn see(&mut self, text: &str) {
        let Some(text) = plain(text) else { return };
        if let Some((first, second, _, '/' | '-')) = small_numbers_first(&text) {
            let day_first = first > 12 && (1..=12).contains(&second);
            let month_first = second > 12 && (1..=12).contains(&first);
            self.n_day_first += u64::from(day_first && first <= 31);
            self.n_month_first += u64::from(month_first && second <= 31);
        }
    }

    /// Returns what was learned.
    pub fn style(&self) -> DateStyle {
        let order = match (self.n_day_first, self.n_month_first) {
            (1.., 0) => DayOrder::DayFirst,
            (0, 1..) => DayOrder::MonthFirst,
            _ => DayOrder::Unknown,
        };
        DateStyle { order }
    }
}

/// Tells whether a text is a date for itself.
pub fn looks_like_date(text: &str) -> bool {
    DateStyle::default().read(text).is_some()
}

/// A date in figures.
enum Numeric {
    Year(u32),
    Sure(u32, u32, Option<u32>),
    Open { first: u32, second: u32, year: u32 },
}

/// Makes a date, giving up first the day and then the month where they cannot be (`2021-02-30`, `2021-00-00`).
fn make(year: u32, month: Option<u32>, day: Option<u32>) -> Option<PartialDate> {
    PartialDate::new(year, month, day)
        .or_else(|| PartialDate::new(year, month, None))
        .or_else(|| PartialDate::new(year, None, None))
}

/// Trims, turns full-width figures and signs into ASCII; `None` for text that is too long or empty.
fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 4 * MAX_CHARS || text.chars().count() > MAX_CHARS {
        return None;
    }
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{a0}' | '\u{202f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2015}' => '-',
        other => other,
    };
    Some(text.chars().map(narrow).collect())
}

/// Splits `12/31/2021 …` into its three numbers and the sign between them.
fn small_numbers_first(text: &str) -> Option<(u32, u32, u32, char)> {
    let (first, rest) = number(text)?;
    let sign = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '/' | '-' | '.'))?;
    let (second, rest) = number(rest.get(1..)?.trim_start())?;
    let rest = rest.strip_prefix(sign)?.trim_start();
    let (year, after) = number(rest)?;
    let n_digits = rest.len() - after.len();
    let short = |value: u32| value <= 99;
    if !short(first) || !short(second) || !ends_date(after) {
        return None;
    }
    let year = match n_digits {
        4 => year,
        // As POSIX reads two figures.
        2 if year <= 68 => 2000 + year,
        2 => 1900 + year,
        _ => return None,
    };
    Some((first, second, year, sign))
}

fn number(text: &str) -> Option<(u32, &str)> {
    let n = text.bytes().take_while(u8::is_ascii_digit).count();
    let value = text.get(..n)?.parse().ok()?;
    Some((value, text.get(n..)?))
}

/// Tells whether a date may end before this text.
fn ends_date(after: &str) -> bool {
    !after.starts_with(|c: char| {
        c.is_alphanumeric() && c != 'T' && c != 't' || matches!(c, '/' | '-')
    })
}

fn numeric(text: &str) -> Option<Numeric> {
    if let Some((first, second, year, sign)) = small_numbers_first(text) {
        return Some(match (first, second) {
            // With points the day stands first wherever that is possible.
            (d, m @ 1..=12) if sign == '.' && (1..=31).contains(&d) => {
                Numeric::Sure(year, m, Some(d))
            }
            (d @ 13..=31, m @ 1..=12) | (m @ 1..=12, d @ 13..=31) => {
                Numeric::Sure(year, m, Some(d))
            }
            (1..=12, 1..=12) => Numeric::Open {
                first,
                second,
                year,
            },
            _ => Numeric::Year(year),
        });
    }
    if let Some(date) = chinese(text) {
        return Some(date);
    }
    if text.len() == 13
        && let Ok(millis) = text.parse::<u64>()
    {
        return Some(epoch(millis / 1000));
    }
    let (value, rest) = number(text)?;
    let n_digits = text.len() - rest.len();
    match n_digits {
        4 => year_first(value, rest),
        8 if ends_date(rest) && (1000..=2999).contains(&(value / 10_000)) => Some(Numeric::Sure(
            value / 10_000,
            value / 100 % 100,
            Some(value % 100),
        )),
        // `14 March 2021` and the like are read word by word.
        1 | 2 => {
            let sign = rest
                .chars()
                .next()
                .filter(|c| matches!(c, '/' | '-' | '.'))?;
            let (year, after) = number(rest.strip_prefix(sign)?)?;
            let four = rest.len() - 1 - after.len() == 4;
            (four && after.is_empty() && (1..=12).contains(&value))
                .then_some(Numeric::Sure(year, value, None))
        }
        9 | 10 if rest.is_empty() => Some(epoch(u64::from(value))),
        _ => None,
    }
}

fn year_first(year: u32, rest: &str) -> Option<Numeric> {
    if rest.is_empty() {
        return Some(Numeric::Year(year));
    }
    let sign = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '/' | '-' | '.'))?;
    let (month, rest) = number(rest.get(1..)?.trim_start())?;
    if rest.is_empty() {
        return Some(Numeric::Sure(year, month, None));
    }
    let (day, after) = number(rest.strip_prefix(sign)?.trim_start())?;
    ends_date(after).then_some(Numeric::Sure(year, month, Some(day)))
}

/// Reads seconds since 1970, of at most eleven digits, as a day in Greenwich.
fn epoch(secs: u64) -> Numeric {
    let (year, month, day) = civil_of_day((secs / 86_400) as i32);
    Numeric::Sure(year as u32, month, Some(day))
}

/// Reads `2021年3月9日`, also in Chinese numerals and without day or month.
fn chinese(text: &str) -> Option<Numeric> {
    let (year, rest) = text.split_once('年')?;
    let year = chinese_number(year.trim())?;
    let Some((month, rest)) = rest.split_once('月') else {
        return Some(Numeric::Year(year));
    };
    let Some(month) = chinese_number(month.trim()) else {
        return Some(Numeric::Year(year));
    };
    let day = rest
        .split(['日', '号', '號'])
        .next()
        .and_then(|d| chinese_number(d.trim()));
    Some(Numeric::Sure(year, month, day))
}

fn chinese_number(text: &str) -> Option<u32> {
    if text.is_empty() || text.chars().count() > 4 {
        return None;
    }
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let digit = |c: char| {
        "〇一二三四五六七八九"
            .chars()
            .position(|d| d == c)
            .or((c == '零').then_some(0))
    };
    let mut value = 0;
    let mut tens = false;
    for c in text.chars() {
        if c == '十' {
            value = 10 * value.max(1);
            tens = true;
        } else {
            let d = u32::try_from(digit(c)?).ok()?;
            value = if tens { value + d } else { 10 * value + d };
        }
    }
    Some(value)
}

/// Reads dates with a month's name in English, French or German, words in any order.
fn worded(text: &str) -> Option<PartialDate> {
    let text = text.to_lowercase();
    let (mut year, mut month, mut day) = (None, None, None);
    for word in text.split(|c: char| c.is_whitespace() || c == ',') {
        // Times of day and zones.
        if word.contains(':') || word.starts_with('+') || (word.starts_with('-') && word.len() == 5)
        {
            continue;
        }
        for part in word
            .split(['-', '/', '.', '(', ')', '\'', '’'])
            .filter(|p| !p.is_empty())
        {
            if let Some(m) = month_of(part) {
                month = month.or(Some(m));
                continue;
            }
            let Some((value, rest)) = number(part) else {
                continue;
            };
            let n_digits = part.len() - rest.len();
            let ordinal = matches!(rest, "st" | "nd" | "rd" | "th" | "er" | "e");
            match n_digits {
                4 if rest.is_empty() => year = year.or(Some(value)),
                1 | 2
                    if (rest.is_empty() || ordinal)
                        && (1..=31).contains(&value)
                        && day.is_none() =>
                {
                    day = Some(value);
                }
                2 if rest.is_empty() && day.is_some() && month.is_some() && year.is_none() => {
                    year = Some(if value <= 68 {
                        2000 + value
                    } else {
                        1900 + value
                    });
                }
                _ => {}
            }
        }
    }
    let month = month?;
    make(year?, Some(month), day)
}

/// Months by number; in lower case, without a period.
const MONTHS: [&[&str]; 12] = [
    &["january", "janvier", "januar", "jänner", "jan", "janv"],
    &[
        "february", "février", "fevrier", "februar", "feber", "feb", "févr", "fevr", "fév",
    ],
    &["march", "mars", "märz", "maerz", "mar", "mär", "mrz"],
    &["april", "avril", "apr", "avr"],
    &["may", "mai"],
    &["june", "juin", "juni", "jun"],
    &["july", "juillet", "juli", "jul", "juil"],
    &["august", "août", "aout", "aug"],
    &["september", "septembre", "sept", "sep"],
    &["october", "octobre", "oktober", "oct", "okt"],
    &["november", "novembre", "nov"],
    &[
        "december",
        "décembre",
        "decembre",
        "dezember",
        "dec",
        "déc",
        "dez",
    ],
];

fn month_of(word: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|names| names.contains(&word))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, iso: &str) {
        let date = DateStyle::default().read(text);
        assert_eq!(date.as_ref().map_or("", PartialDate::as_str), iso, "{text}");
    }

    #[test]
    fn reads_many_styles() {
        for text in [
            "2021-03-09",
            "2021/3/9",
            "2021.03.09",
            "20210309",
            "2021-03-09T14:05:00Z",
            "2021-03-09 14:05",
            "2021-03-09T14:05:00+08:00",
            "20210309T140500Z",
            "09.03.2021",
            "9.3.2021",
            "9. 3. 2021",
            "09.03.21",
            "09.03.2021, 14:05 Uhr",
            "March 9, 2021",
            "Mar 9 2021",
            "Mar. 9, 2021",
            "9 March 2021",
            "March 9th, 2021",
            "Tuesday, March 9, 2021 2:05 PM",
            "9 mars 2021",
            "mardi 9 mars 2021 à 14h05",
            "9. März 2021",
            "Dienstag, 9. März 2021, 14:05 Uhr",
            "9-Mar-2021",
            "09-mar-21",
            "Tue, 09 Mar 2021 14:05:00 -0500",
            "Tue Mar  9 14:05:00 2021",
            "2021年3月9日",
            "2021年03月09日 14:05",
            "二〇二一年三月九日",
            "２０２１年３月９日",
            "2021 年 3 月 9 日",
            "1615298700",
            "1615298700000",
            " 2021-03-09\n",
            "2021–03–09",
        ] {
            check(text, "2021-03-09");
        }
        check("1er mai 2020", "2020-05-01");
        check("1. Jänner 2020", "2020-01-01");
        check("le 31 décembre 1999", "1999-12-31");
        check("二〇一九年十二月三十一日", "2019-12-31");
        check("6/15/17", "2017-06-15");
        check("31/12/99", "1999-12-31");
    }

    #[test]
    fn keeps_partial_dates_partial() {
        check("2021", "2021");
        check("2021-03", "2021-03");
        check("03/2021", "2021-03");
        check("March 2021", "2021-03");
        check("mars 2021", "2021-03");
        check("2021年3月", "2021-03");
        check("2021年", "2021");
        check("2021-02-30", "2021-02");
        check("2021-00-00", "2021");
        check("03/09/2021", "2021");
        check("05/05/2021", "2021-05-05");
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "yesterday",
            "9 mars",
            "12",
            "http://a.example/2021/03/09",
            "12:30",
            "31/31",
            "n/a",
            "v1.2.3",
        ] {
            check(text, "");
        }
        check(
            &"The council met in March and spoke for nine hours of 2021 ".repeat(3),
            "",
        );
    }

    #[test]
    fn the_file_decides_the_order() {
        let learn = |texts: &[&str]| DateStyle::learn(texts.iter().copied()).order;
        assert_eq!(learn(&["03/09/2021", "25/09/2021"]), DayOrder::DayFirst);
        assert_eq!(learn(&["03/09/2021", "9/25/21"]), DayOrder::MonthFirst);
        assert_eq!(
            learn(&["03/09/2021", "25.09.2021", "2021-09-25"]),
            DayOrder::Unknown
        );
        assert_eq!(learn(&["25/09/2021", "09/25/2021"]), DayOrder::Unknown);
        let read = |order| {
            DateStyle { order }
                .read("03/09/2021")
                .map(|d| d.as_str().to_owned())
        };
        assert_eq!(read(DayOrder::DayFirst).as_deref(), Some("2021-09-03"));
        assert_eq!(read(DayOrder::MonthFirst).as_deref(), Some("2021-03-09"));
    }

    proptest! {
        #[test]
        fn every_way_of_writing_gives_one_date(year in 1970u32..2069, month in 1u32..=12, day in 1u32..=28) {
            let iso = format!("{year}-{month:02}-{day:02}");
            let en = MONTHS[month as usize - 1][0];
            for text in [
                iso.clone(), format!("{year}/{month}/{day}"), format!("{day}.{month}.{year}"),
                format!("{en} {day}, {year}"), format!("{year}年{month}月{day}日"), format!("{year}{month:02}{day:02}"),
            ] {
                prop_assert_eq!(DateStyle::default().read(&text).map(|d| d.as_str().to_owned()), Some(iso.clone()), "{}", text);
            }
            let day_first = DateStyle { order: DayOrder::DayFirst };
            prop_assert_eq!(day_first.read(&format!("{day}/{month}/{year}")).map(|d| d.as_str().to_owned()), Some(iso));
        }

        #[test]
        fn no_text_makes_it_fail(text in "\\PC{0,80}") {
            let _date = DateStyle::default().read(&text);
        }
    }
}
