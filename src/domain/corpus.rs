//! Documents and where they come from.

use std::fmt;

use crate::base::ids::DocId;
use crate::base::language::Language;

/// A nation by its code: two upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nation([u8; 2]);

/// The text is no nation code this program knows.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "unknown nation code; use two letters of ISO 3166 such as CN, US, UK, FR, DE, not {code:?}"
)]
pub struct UnknownNation {
    /// The text given.
    pub code: String,
}

impl Nation {
    /// The five nations of the paper, in the order of its tables.
    pub const FIVE: [Self; 5] = [
        Self(*b"CN"),
        Self(*b"US"),
        Self(*b"UK"),
        Self(*b"FR"),
        Self(*b"DE"),
    ];

    /// Reads a nation code; GB is read as UK.
    ///
    /// # Errors
    /// [`UnknownNation`] if it is no ISO 3166-1 alpha-2 code.
    pub fn parse(code: &str) -> Result<Self, UnknownNation> {
        let upper = code.trim().to_ascii_uppercase();
        let code_or = |upper: String| UnknownNation { code: upper };
        let upper = if upper == "GB" {
            "UK".to_owned()
        } else {
            upper
        };
        match *upper.as_bytes() {
            [a, b] if upper == "UK" || ISO_CODES.split(' ').any(|c| c == upper) => Ok(Self([a, b])),
            _ => Err(code_or(code.to_owned())),
        }
    }

    /// Sorts nations as tables show them: the five in the order of the paper, then others by their codes.
    pub fn paper_order(&self) -> (usize, Self) {
        let of_five = Self::FIVE.iter().position(|n| n == self);
        (of_five.unwrap_or(usize::MAX), *self)
    }

    /// Returns the two letters.
    pub fn code(&self) -> &str {
        // Only ASCII letters pass `parse`.
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    /// Returns the English name for the five nations and the code for others.
    pub fn name(&self) -> &str {
        match &self.0 {
            b"CN" => "China",
            b"US" => "United States",
            b"UK" => "United Kingdom",
            b"FR" => "France",
            b"DE" => "Germany",
            _ => self.code(),
        }
    }
}

impl fmt::Display for Nation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Nation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// ISO 3166-1 alpha-2 codes in use.
const ISO_CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR \
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH \
KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ \
NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ \
SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF \
WS YE YT ZA ZM ZW";

/// A date that may lack day or month: `2021`, `2021-03` or `2021-03-09`; kept as written in ISO form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate(String);

impl PartialDate {
    /// Makes a date from its parts; `None` if a part is out of range or a day has no month.
    pub fn new(year: u32, month: Option<u32>, day: Option<u32>) -> Option<Self> {
        if !(1000..=2999).contains(&year) {
            return None;
        }
        match (month, day) {
            (None, None) => Some(Self(format!("{year:04}"))),
            (Some(m @ 1..=12), None) => Some(Self(format!("{year:04}-{m:02}"))),
            (Some(m @ 1..=12), Some(d)) if (1..=days_in(year, m)).contains(&d) => {
                Some(Self(format!("{year:04}-{m:02}-{d:02}")))
            }
            _ => None,
        }
    }

    /// Reads ISO text of 4, 7 or 10 characters.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = parts.next().filter(|y| y.len() == 4)?.parse().ok()?;
        let month = parts.next().map(str::parse).transpose().ok()?;
        let day = parts.next().map(str::parse).transpose().ok()?;
        if parts.next().is_some() {
            return None;
        }
        Self::new(year, month, day)
    }

    /// Returns the ISO text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the year.
    pub fn year(&self) -> i32 {
        self.0.get(..4).and_then(|y| y.parse().ok()).unwrap_or(0)
    }

    /// Returns `YYYY-MM` where the month is known.
    pub fn year_month(&self) -> Option<&str> {
        self.0.get(..7)
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// One article.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Identity in the project.
    pub id: DocId,
    /// Identity the source gave, or made from file and row.
    pub external_id: String,
    /// Whose news it is.
    pub nation: Nation,
    /// The outlet.
    pub source: String,
    /// Language of the text.
    pub language: Language,
    /// Date of publication, where known.
    pub date: Option<PartialDate>,
    /// Headline, or the body's beginning.
    pub title: String,
    /// Text.
    pub body: String,
    /// Address, where known.
    pub url: Option<String>,
    /// Place column, where there is one.
    pub place: Option<String>,
    /// Organization column, where there is one.
    pub organization: Option<String>,
    /// Topic label given by the source.
    pub source_label: Option<String>,
    /// Every other column, as a JSON object.
    pub extra_json: Option<String>,
    /// First document of its group of exact or near duplicates, itself when alone.
    pub duplicate_of: DocId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nations_parse() {
        assert_eq!(
            Nation::parse("gb").map(|n| n.code().to_owned()),
            Ok("UK".to_owned())
        );
        assert!(Nation::parse("XX").is_err());
        assert!(Nation::parse("China").is_err());
        assert_eq!(
            Nation::FIVE.map(|n| Nation::parse(n.code()).is_ok()),
            [true; 5]
        );
    }

    #[test]
    fn dates_keep_their_precision() {
        assert_eq!(
            PartialDate::parse_iso("2020-02-29").map(|d| d.year()),
            Some(2020)
        );
        assert_eq!(PartialDate::parse_iso("2021-02-29"), None);
        assert_eq!(
            PartialDate::parse_iso("2021-03")
                .as_ref()
                .and_then(PartialDate::year_month),
            Some("2021-03")
        );
    }
}
