//! Calendar dates as numbers of days, and how documents write them. Knows no time zone.

/// The first of January 2000, in days after the first of January 1900.
pub(crate) const YEAR_2000: u64 = 36_524;

/// The date `days` after the first of January 1900, as `yyyy-MM-dd`.
///
/// Howard Hinnant's `civil_from_days` ("chrono-Compatible Low-Level Date Algorithms"), for days that are
/// not negative.
pub(crate) fn date(days: u64) -> String {
    // Days from 0000-03-01 to 1900-01-01.
    let days = days + 693_901;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The moment `seconds` into the day `days` after the first of January 1900, in UTC.
pub(crate) fn date_time(days: u64, seconds: u64) -> String {
    format!("{}T{:02}:{:02}:{:02}Z", date(days), seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates_of_the_gregorian_calendar() {
        for (days, expected) in [
            (0, "1900-01-01"),
            (59, "1900-03-01"),
            (YEAR_2000, "2000-01-01"),
            (YEAR_2000 + 58, "2000-02-28"),
            (YEAR_2000 + 59, "2000-02-29"),
            (YEAR_2000 + 60, "2000-03-01"),
            (YEAR_2000 + 365, "2000-12-31"),
            (YEAR_2000 + 366, "2001-01-01"),
            (YEAR_2000 + 36_583, "2100-02-28"),
            (YEAR_2000 + 36_584, "2100-03-01"),
            (YEAR_2000 + 9_131, "2024-12-31"),
        ] {
            assert_eq!(date(days), expected);
        }
        assert_eq!(date_time(YEAR_2000 + 9_131, 3_661), "2024-12-31T01:01:01Z");
    }
}
