//! The month of every document of the map, as one small column.

use rayon::prelude::*;

use super::columns::{NO_DAY, Places, civil_of_day, day_of_civil};

/// The months from the first to the last dated document.
#[derive(Clone, Debug, Default)]
pub struct Months {
    /// The first month, counted from January of year 0.
    pub first: i32,
    /// How many.
    pub n: usize,
    /// Per row, `u16::MAX` where no month is known.
    rows: Vec<u16>,
}

impl Months {
    /// Finds the month of every document; one whose year alone is known belongs to none.
    pub fn of(places: &Places) -> Self {
        let month = |row: usize| {
            let day = *places.days.get(row)?;
            (day != NO_DAY && *places.date_parts.get(row)? >= 2).then(|| {
                let (year, month, _) = civil_of_day(day);
                year * 12 + month as i32 - 1
            })
        };
        let n_rows = places.n_rows();
        let (first, last) = (0..n_rows)
            .into_par_iter()
            .filter_map(month)
            .fold(|| (i32::MAX, i32::MIN), |(a, b), m| (a.min(m), b.max(m)))
            .reduce(|| (i32::MAX, i32::MIN), |a, b| (a.0.min(b.0), a.1.max(b.1)));
        if first > last {
            return Self::default();
        }
        // A stray date centuries off would leave no room for the others: months beyond count as unknown.
        let n = ((last - first) as usize + 1).min(usize::from(u16::MAX));
        let at = |row: usize| {
            let after_first = usize::try_from(month(row)? - first).ok()?;
            (after_first < n).then_some(after_first as u16)
        };
        Self {
            first,
            n,
            rows: (0..n_rows)
                .into_par_iter()
                .map(|row| at(row).unwrap_or(u16::MAX))
                .collect(),
        }
    }

    /// Returns the month of a row, counted from the first.
    pub fn of_row(&self, row: usize) -> Option<usize> {
        self.rows
            .get(row)
            .filter(|m| **m != u16::MAX)
            .map(|m| usize::from(*m))
    }

    /// Returns the first day of a month counted from the first, in days since 1970-01-01.
    pub fn first_day(&self, month: usize) -> i32 {
        let m = self.first + month as i32;
        day_of_civil(m.div_euclid(12), m.rem_euclid(12) as u32 + 1, 1)
    }

    /// Returns year and month (from 1) of a month counted from the first.
    pub fn year_month(&self, month: usize) -> (i32, u32) {
        let m = self.first + month as i32;
        (m.div_euclid(12), m.rem_euclid(12) as u32 + 1)
    }
}
