//! The corpus as columns: one row for each document that has a place on the map, in the map's order.
//!
//! What the screen needs of millions of documents, small and side by side; texts stay in the store. The
//! order is that of [`crate::base::cloud::order`], so that neighbors on the map are neighbors in memory.

use crate::base::column::Column;
use crate::base::ids::DocId;

use super::corpus::{Nation, PartialDate};

/// Topic of a document without one.
pub const NO_TOPIC: u16 = u16::MAX;

/// Day of a document without date.
pub const NO_DAY: i32 = i32::MIN;

/// Code of a field that a document lacks.
pub const NO_CODE: u16 = u16::MAX;

/// What a layout and the import say of each document.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Position in map units, y up; finite.
    pub positions_in_map: Column<[f32; 2]>,
    /// Identity.
    pub docs: Column<u32>,
    /// Index into [`Places::nations`].
    pub nation_idx: Column<u8>,
    /// Index into [`Places::sources`].
    pub source_idx: Column<u16>,
    /// Days since 1970-01-01 of the date, its first day where only year or month is known; [`NO_DAY`]
    /// without date.
    pub days: Column<i32>,
    /// How much of the date is known: 0 nothing, 1 the year, 2 the month, 3 the day.
    pub date_parts: Column<u8>,
    /// Headlines.
    pub titles: Texts,
    /// Identities in rising order, all documents of the layout.
    pub ids: Column<u32>,
    /// Row of each entry of [`Places::ids`], `u32::MAX` for a document without a finite place.
    pub row_of_id: Column<u32>,
    /// Nations, the five of the paper first.
    pub nations: Vec<Nation>,
    /// Outlets in alphabetical order.
    pub sources: Vec<String>,
    /// Further columns of the files.
    pub fields: Vec<Field>,
}

/// A further column of the imported files whose values repeat, so that it can color and filter.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// Its name in the files.
    pub name: String,
    /// Its values, the frequent first.
    pub values: Vec<String>,
    /// Index into [`Field::values`], [`NO_CODE`] where the document has none.
    pub codes: Column<u16>,
}

/// Many texts in one block.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// End of each text in [`Texts::bytes`].
    pub ends: Column<u64>,
    /// UTF-8 of all texts.
    pub bytes: Column<u8>,
}

impl Texts {
    /// Returns a text, empty if there is none.
    pub fn get(&self, i: usize) -> &str {
        let start = i
            .checked_sub(1)
            .map_or(Some(0), |before| self.ends.get(before).copied());
        let (Some(start), Some(end)) = (start, self.ends.get(i).copied()) else {
            return "";
        };
        self.bytes
            .get(start as usize..end as usize)
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or("")
    }
}

/// What clustering and tagging say of each document.
#[derive(Clone, Debug, Default)]
pub struct Memberships {
    /// Number of the topic, [`NO_TOPIC`] without.
    pub topics: Column<u16>,
    /// Bits of [`Memberships::OUTLIER`] and so on.
    pub flags: Column<u8>,
    /// Strength of membership in 1/255.
    pub strengths: Column<u8>,
}

impl Memberships {
    /// Noise of the clustering, also where tags gave a topic later.
    pub const OUTLIER: u8 = 1;
    /// Its topic came by tags.
    pub const BY_TAGS: u8 = 2;
    /// Holds a statement of the set *quoted*.
    pub const QUOTED: u8 = 4;
    /// Holds a statement of the set *official*.
    pub const OFFICIAL: u8 = 8;
    /// Holds a statement nobody could be named for.
    pub const UNATTRIBUTED: u8 = 16;
}

impl Places {
    /// Counts the rows.
    pub fn n_rows(&self) -> usize {
        self.docs.len()
    }

    /// Returns the document of a row.
    pub fn doc(&self, row: usize) -> Option<DocId> {
        self.docs.get(row).map(|id| DocId(i64::from(*id)))
    }

    /// Returns the row of a document; `None` if it has no place.
    pub fn row_of(&self, doc: DocId) -> Option<usize> {
        let id = u32::try_from(doc.0).ok()?;
        let at = self.ids.binary_search(&id).ok()?;
        let row = *self.row_of_id.get(at)?;
        (row != u32::MAX).then_some(row as usize)
    }

    /// Returns the nation of a row.
    pub fn nation(&self, row: usize) -> Option<Nation> {
        self.nations
            .get(usize::from(*self.nation_idx.get(row)?))
            .copied()
    }

    /// Returns the outlet of a row, empty if there is none.
    pub fn source(&self, row: usize) -> &str {
        self.source_idx
            .get(row)
            .and_then(|s| self.sources.get(usize::from(*s)))
            .map_or("", String::as_str)
    }

    /// Returns the date of a row, as much as is known of it.
    pub fn date(&self, row: usize) -> Option<PartialDate> {
        let (&day, &parts) = (self.days.get(row)?, self.date_parts.get(row)?);
        if day == NO_DAY || parts == 0 {
            return None;
        }
        let (year, month, of_month) = civil_of_day(day);
        PartialDate::new(
            u32::try_from(year).ok()?,
            (parts >= 2).then_some(month),
            (parts >= 3).then_some(of_month),
        )
    }
}

/// Returns the days since 1970-01-01 of a date's first day, and how many of its parts are known.
pub fn day_of(date: &PartialDate) -> (i32, u8) {
    let text = date.as_str();
    let part = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<u32>().ok());
    let year = date.year();
    let (month, day) = (part(5, 7), part(8, 10));
    let n_parts = 1 + u8::from(month.is_some()) + u8::from(day.is_some());
    (
        day_of_civil(year, month.unwrap_or(1), day.unwrap_or(1)),
        n_parts,
    )
}

/// Days since 1970-01-01 of a day of the Gregorian calendar.
///
/// # Source
/// Counting from 1 March of year 0 in eras of 400 years, as calendars have been computed since Zeller.
pub fn day_of_civil(year: i32, month: u32, day: u32) -> i32 {
    let from_march = i64::from(month + 9) % 12;
    let y = i64::from(year) - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * from_march + 2) / 5 + i64::from(day) - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    (days - 719_468) as i32
}

/// Year, month and day of a number of days since 1970-01-01; undoes [`day_of_civil`].
pub fn civil_of_day(day: i32) -> (i32, u32, u32) {
    let days = i64::from(day) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month as u32, of_month as u32)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_go_both_ways() {
        assert_eq!(day_of_civil(1970, 1, 1), 0);
        assert_eq!(day_of_civil(2000, 3, 1), 11_017);
        assert_eq!(civil_of_day(-1), (1969, 12, 31));
        for day in (-400_000..400_000).step_by(17) {
            let (y, m, d) = civil_of_day(day);
            assert_eq!(day_of_civil(y, m, d), day);
        }
        for text in ["2021", "2021-03", "2024-02-29", "1066-10-14"] {
            let date = PartialDate::parse_iso(text).unwrap();
            let (day, parts) = day_of(&date);
            let places = Places {
                days: vec![day].into(),
                date_parts: vec![parts].into(),
                ..Places::default()
            };
            assert_eq!(places.date(0).unwrap().as_str(), text);
        }
        assert_eq!(Places::default().date(0), None);
    }

    #[test]
    fn texts_and_rows_are_found() {
        let texts = Texts {
            ends: vec![3, 3, 9].into(),
            bytes: b"abc\xe5\x86\x9c\xe6\x9d\x91".to_vec().into(),
        };
        assert_eq!(
            [texts.get(0), texts.get(1), texts.get(2), texts.get(3)],
            ["abc", "", "农村", ""]
        );
        let places = Places {
            docs: vec![9, 4].into(),
            ids: vec![4, 7, 9].into(),
            row_of_id: vec![1, u32::MAX, 0].into(),
            ..Places::default()
        };
        assert_eq!(places.row_of(DocId(9)), Some(0));
        assert_eq!(places.row_of(DocId(4)), Some(1));
        assert_eq!(places.row_of(DocId(7)), None);
        assert_eq!(places.row_of(DocId(-1)), None);
        assert_eq!(places.doc(1), Some(DocId(4)));
    }
}
