//! Dates and points in time as texts: read in the forms that clients write, written in the one that is stored.

use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// The most hours and minutes that .NET lets a place be away from UTC.
const OFFSET_HOURS_MAX: u8 = 14;

/// A text that begins with a date with slashes, month first if such a day exists, with the date as `yyyy-MM-dd`. What
/// stands behind its first space stays.
pub(super) fn dashed_date(text: &str) -> Option<String> {
    let (date, rest) = text.split_at(text.find(' ').unwrap_or(text.len()));
    let mut parts = date.split('/');
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (first, second, year) = (digits(first, 1..=2)?, digits(second, 1..=2)?, full_year(year)?);
    let date = day(year, first, second).or_else(|| day(year, second, first))?;
    Some(format!("{}{rest}", iso(date)))
}

/// Two digits are of 1950 to 2049.
fn full_year(text: &str) -> Option<u32> {
    digits(text, 4..=4).or_else(|| digits(text, 2..=2).map(|year| if year < 50 { 2000 + year } else { 1900 + year }))
}

fn day(year: u32, month: u32, day: u32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    (date.year() > 0).then_some(date)
}

fn iso(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// A date and perhaps a time, as `yyyy-MM-ddTHH:mm:ssZ`. Without an offset it is UTC already; fractions are cut off.
pub(super) fn utc(text: &str) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let (year, month, of_month) = (parts.next()?, parts.next()?, parts.next()?);
    let date = day(digits(year, 4..=4)?, digits(month, 2..=2)?, digits(of_month, 2..=2)?)?;
    let (time, offset) = if rest.is_empty() { (TimeOfDay::default(), UtcOffset::UTC) } else { time_of_day(rest)? };
    let local = PrimitiveDateTime::new(date, time.time).checked_add(time.carry)?;
    let utc = OffsetDateTime::new_in_offset(local.date(), local.time(), offset).checked_to_offset(UtcOffset::UTC)?;
    let (hour, minute, second) = utc.to_hms();
    // Beyond year 9999 there is no such form.
    let has_form = (1..=9999).contains(&utc.year());
    has_form.then(|| format!("{}T{hour:02}:{minute:02}:{second:02}Z", iso(utc.date())))
}

struct TimeOfDay {
    time: Time,
    /// A second, where the fraction is rounded up to a whole one.
    carry: Duration,
}

impl Default for TimeOfDay {
    fn default() -> Self {
        Self { time: Time::MIDNIGHT, carry: Duration::ZERO }
    }
}

/// `T` or a space, `HH:mm`, then perhaps seconds, their fraction, a half of the day, an offset.
fn time_of_day(text: &str) -> Option<(TimeOfDay, UtcOffset)> {
    let text = text.strip_prefix(['T', 't', ' '])?;
    let (clock, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, UtcOffset::UTC),
        None => match text.rfind(['+', '-']) {
            Some(at) => (&text[..at], utc_offset(&text[at..])?),
            None => (text, UtcOffset::UTC),
        },
    };
    let (clock, half) = match clock.split_at_checked(clock.len().wrapping_sub(3)) {
        Some((before, " AM" | " am")) => (before, Some(0)),
        Some((before, " PM" | " pm")) => (before, Some(12)),
        _ => (clock, None),
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, digits)| (clock, Some(digits)));
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() || fraction.is_some() && second.is_none() {
        return None;
    }
    let hour = digits(hour, if half.is_some() { 1..=2 } else { 2..=2 })?;
    let hour = match half {
        Some(_) if hour > 12 => return None,
        Some(half) => hour % 12 + half,
        None => hour,
    };
    let second = second.map_or(Some(0), |second| digits(second, 2..=2))?;
    let carry = if rounds_up(fraction.unwrap_or("0"))? { Duration::SECOND } else { Duration::ZERO };
    let part = |number: u32| u8::try_from(number).ok();
    let time = Time::from_hms(part(hour)?, part(digits(minute, 2..=2)?)?, part(second)?).ok()?;
    Some((TimeOfDay { time, carry }, offset))
}

/// Whether .NET, which keeps seven digits of a fraction and rounds, takes it for a whole second.
fn rounds_up(fraction: &str) -> Option<bool> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(fraction.starts_with("9999999") && fraction.as_bytes().get(7).is_some_and(|digit| *digit >= b'5'))
}

/// `+hh:mm` or `-hh:mm`.
fn utc_offset(text: &str) -> Option<UtcOffset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text[1..].split_once(':')?;
    let (hours, minutes) = (digits(hours, 2..=2)?, digits(minutes, 2..=2)?);
    let within = minutes < 60 && hours * 60 + minutes <= u32::from(OFFSET_HOURS_MAX) * 60;
    let part = |number: u32| i8::try_from(number).ok().map(|number| sign * number);
    within.then(|| UtcOffset::from_hms(part(hours)?, part(minutes)?, 0).ok()).flatten()
}

/// A number of as many digits as `length` says.
fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_number = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found with .NET 10's `DateTime.TryParseExact` in the DMS's formats.
    #[test]
    fn dates_with_slashes_are_read_month_first() {
        for (text, date) in [
            ("2/9/2018", Some("2018-02-09")),
            ("02/09/2018", Some("2018-02-09")),
            ("13/1/18", Some("2018-01-13")),
            ("31/12/2018", Some("2018-12-31")),
            ("29/2/2020", Some("2020-02-29")),
            ("2/29/2018", None),
            ("1/13/49", Some("2049-01-13")),
            ("1/13/50", Some("1950-01-13")),
            ("1/1/0001", Some("0001-01-01")),
            ("1/1/0000", None),
            ("1/1/12345", None),
            ("1/1/201", None),
            ("001/1/2018", None),
            ("0/1/2018", None),
            ("2018/02/09", None),
            ("1/2/2018/3", None),
            ("1/2", None),
            ("+1/2/2018", None),
            ("2018-02-09", None),
            ("5/1/2009 10:30:00 AM", Some("2009-05-01 10:30:00 AM")),
            ("5/1/2009  x", Some("2009-05-01  x")),
            (" 5/1/2009", None),
        ] {
            assert_eq!(dashed_date(text).as_deref(), date, "{text:?}");
        }
    }

    /// Found with .NET 10's `DateTime.TryParse`.
    #[test]
    fn points_in_time_become_utc() {
        for (text, stored) in [
            ("2018-02-09", "2018-02-09T00:00:00Z"),
            ("2018-02-09T10:11", "2018-02-09T10:11:00Z"),
            ("2018-02-09 10:11:12", "2018-02-09T10:11:12Z"),
            ("2018-02-09T10:11Z", "2018-02-09T10:11:00Z"),
            ("2018-02-09t10:11:12z", "2018-02-09T10:11:12Z"),
            ("2018-02-09T10:11:12.9999999Z", "2018-02-09T10:11:12Z"),
            ("2018-02-09T10:11:12.99999999Z", "2018-02-09T10:11:13Z"),
            ("2018-02-09T10:11:59.99999995Z", "2018-02-09T10:12:00Z"),
            ("2018-02-09T10:11:59.999999949Z", "2018-02-09T10:11:59Z"),
            ("2018-02-09T10:11:12.1234567891234Z", "2018-02-09T10:11:12Z"),
            ("2018-02-09T23:30:00-05:00", "2018-02-10T04:30:00Z"),
            ("2018-02-09T23:30:00+14:00", "2018-02-09T09:30:00Z"),
            ("2018-02-09T10:11+05:00", "2018-02-09T05:11:00Z"),
            ("2018-02-09T10:11:12-00:00", "2018-02-09T10:11:12Z"),
            ("2018-02-09 10:30:00 AM", "2018-02-09T10:30:00Z"),
            ("2018-02-09 1:30 PM", "2018-02-09T13:30:00Z"),
            ("2018-02-09 12:30:00 AM", "2018-02-09T00:30:00Z"),
            ("2018-02-09 12:30:00 PM", "2018-02-09T12:30:00Z"),
        ] {
            assert_eq!(utc(text).as_deref(), Some(stored), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_point_in_time_stays() {
        for text in [
            "",
            "x",
            "2018-02-30",
            "2018-02-09T",
            "2018-02-09T10",
            "2018-02-09T24:00:00Z",
            "2018-02-09T10:11:60Z",
            "2018-02-09T1:2:3",
            "2018-02-09T10:11:12.",
            "2018-02-09T10:11.5Z",
            "2018-02-09T23:30:00+15:00",
            "2018-02-09T23:30:00+14:01",
            "2018-02-09T10:11:12+05:60",
            "9999-12-31T23:59:59-01:00",
            "0000-01-01",
            "2018-02-09 13:30:00 PM",
            "2018-02-09T10:11:12:13",
            "2018-02-0é9",
            "2018-02-09é",
        ] {
            assert_eq!(utc(text), None, "{text:?}");
        }
    }
}
