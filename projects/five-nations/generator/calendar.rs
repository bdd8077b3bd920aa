//! The three years of the corpus, and how outlets write a date.

/// How many days the corpus covers; none of its years is a leap year.
pub(crate) const N_DAYS: usize = 3 * 365;
const FIRST_YEAR: usize = 2021;
/// 2021-01-01 was a Friday; weekdays count from Monday = 0.
const FIRST_WEEKDAY: usize = 4;
const MONTH_DAYS: [usize; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day of the corpus, counted from 2021-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Day(usize);

/// The way an outlet's file writes dates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DateStyle {
    /// `2021-03-05`
    Iso,
    /// `2021-03-05T06:30:00Z`
    IsoTime,
    /// `2021年3月5日`
    Chinese,
    /// `March 5, 2021`
    American,
    /// `5 March 2021`
    British,
    /// `05/03/2021`
    Slashes,
    /// `05.03.2021`
    Dots,
}

impl Day {
    /// Takes the day with this number; numbers past the end give the last day.
    pub(crate) fn new(number: usize) -> Self {
        Self(number.min(N_DAYS - 1))
    }

    /// Goes some days on, but not past the end.
    pub(crate) fn plus(self, days: usize) -> Self {
        Self::new(self.0 + days)
    }

    /// Names the year.
    pub(crate) fn year(self) -> usize {
        FIRST_YEAR + self.0 / 365
    }

    /// Names the weekday, Monday = 0.
    pub(crate) fn weekday(self) -> usize {
        (self.0 + FIRST_WEEKDAY) % 7
    }

    /// Splits the day into month (from 0) and day of the month (from 1).
    fn month_and_day(self) -> (usize, usize) {
        let mut rest = self.0 % 365;
        for (month, n_days) in MONTH_DAYS.iter().enumerate() {
            if rest < *n_days {
                return (month, rest + 1);
            }
            rest -= n_days;
        }
        (11, 31)
    }

    /// Writes the date.
    pub(crate) fn write(self, style: DateStyle) -> String {
        let year = self.year();
        let (month_idx, day) = self.month_and_day();
        let month = month_idx + 1;
        let name = ENGLISH_MONTHS.get(month_idx).copied().unwrap_or_default();
        match style {
            DateStyle::Iso => format!("{year}-{month:02}-{day:02}"),
            // The hour follows the day, so that the column is not constant.
            DateStyle::IsoTime => {
                format!("{year}-{month:02}-{day:02}T{:02}:30:00Z", 5 + self.0 % 14)
            }
            DateStyle::Chinese => format!("{year}年{month}月{day}日"),
            DateStyle::American => format!("{name} {day}, {year}"),
            DateStyle::British => format!("{day} {name} {year}"),
            DateStyle::Slashes => format!("{day:02}/{month:02}/{year}"),
            DateStyle::Dots => format!("{day:02}.{month:02}.{year}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_are_written_right() {
        assert_eq!(Day::new(0).write(DateStyle::Iso), "2021-01-01");
        assert_eq!(Day::new(N_DAYS).write(DateStyle::Dots), "31.12.2023");
        assert_eq!(
            Day::new(365 + 59).write(DateStyle::American),
            "March 1, 2022"
        );
        // 2023-12-31 was a Sunday.
        assert_eq!(Day::new(N_DAYS).weekday(), 6);
    }
}
