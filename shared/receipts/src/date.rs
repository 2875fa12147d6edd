//! Days, months and times of day: ISO, English and Thai, of both eras.

use crate::letters::Letters;

/// A day, or as much of it as is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Date {
    /// Of the common era.
    pub(crate) year: Option<i32>,
    /// 1..12.
    pub(crate) month: Option<u8>,
    /// 1..31.
    pub(crate) day: Option<u8>,
    /// 0 is Monday.
    pub(crate) weekday: Option<u8>,
}

impl Date {
    /// Whether everything that this says is so on that day.
    pub(crate) fn is_backed_by(self, other: Self) -> bool {
        fn agrees<T: PartialEq>(said: Option<T>, known: Option<T>) -> bool {
            said.is_none() || said == known
        }
        let weekday = other.weekday.or_else(|| other.reckoned());
        agrees(self.year, other.year)
            && agrees(self.month, other.month)
            && agrees(self.day, other.day)
            && agrees(self.weekday, weekday)
    }

    /// Which day of the week it was or will be (Sakamoto).
    fn reckoned(self) -> Option<u8> {
        const SHIFTS: [i32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let (year, month, day) = (self.year?, self.month?, self.day?);
        let shift = SHIFTS.get(usize::from(month).checked_sub(1)?)?;
        let year = if month < 3 { year - 1 } else { year };
        let sunday = year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        u8::try_from((sunday + shift + i32::from(day) + 6).rem_euclid(7)).ok()
    }
}

const MONTHS: &[(&str, u8)] = &[
    ("january", 1),
    ("jan", 1),
    ("february", 2),
    ("feb", 2),
    ("march", 3),
    ("mar", 3),
    ("april", 4),
    ("apr", 4),
    ("may", 5),
    ("june", 6),
    ("jun", 6),
    ("july", 7),
    ("jul", 7),
    ("august", 8),
    ("aug", 8),
    ("september", 9),
    ("sept", 9),
    ("sep", 9),
    ("october", 10),
    ("oct", 10),
    ("november", 11),
    ("nov", 11),
    ("december", 12),
    ("dec", 12),
    ("มกราคม", 1),
    ("ม.ค.", 1),
    ("กุมภาพันธ์", 2),
    ("ก.พ.", 2),
    ("มีนาคม", 3),
    ("มี.ค.", 3),
    ("เมษายน", 4),
    ("เม.ย.", 4),
    ("พฤษภาคม", 5),
    ("พ.ค.", 5),
    ("มิถุนายน", 6),
    ("มิ.ย.", 6),
    ("กรกฎาคม", 7),
    ("ก.ค.", 7),
    ("สิงหาคม", 8),
    ("ส.ค.", 8),
    ("กันยายน", 9),
    ("ก.ย.", 9),
    ("ตุลาคม", 10),
    ("ต.ค.", 10),
    ("พฤศจิกายน", 11),
    ("พ.ย.", 11),
    ("ธันวาคม", 12),
    ("ธ.ค.", 12),
];

const WEEKDAYS: &[(&str, u8)] = &[
    ("monday", 0),
    ("tuesday", 1),
    ("wednesday", 2),
    ("thursday", 3),
    ("friday", 4),
    ("saturday", 5),
    ("sunday", 6),
    ("วันจันทร์", 0),
    ("วันอังคาร", 1),
    ("วันพุธ", 2),
    ("วันพฤหัสบดี", 3),
    ("วันพฤหัส", 3),
    ("วันศุกร์", 4),
    ("วันเสาร์", 5),
    ("วันอาทิตย์", 6),
];

/// The dates that begin here: one, or the two ends of a stretch ("3-7 March").
pub(crate) fn read(letters: &Letters, at: usize) -> Option<(Vec<Date>, usize)> {
    if letters.at(at)?.is_ascii_alphabetic() && !letters.is_start(at) {
        return None;
    }
    if let Some((weekday, end)) = letters.one_of(at, WEEKDAYS) {
        return Some(after_weekday(letters, weekday, end));
    }
    iso(letters, at)
        .or_else(|| slashed(letters, at))
        .or_else(|| day_first(letters, at))
        .or_else(|| month_first(letters, at))
}

/// "Friday, 3 March 2027", "วันศุกร์ที่ 3 มีนาคม", and "Friday" alone.
fn after_weekday(letters: &Letters, weekday: u8, end: usize) -> (Vec<Date>, usize) {
    let mut next = letters.gap(end);
    for between in [",", "the", "ที่"] {
        next = letters.word(next, between).map_or(next, |next| letters.gap(next));
    }
    let dated = iso(letters, next)
        .or_else(|| slashed(letters, next))
        .or_else(|| day_first(letters, next))
        .or_else(|| month_first(letters, next));
    match dated {
        Some((mut dates, end)) => {
            if let Some(first) = dates.first_mut() {
                first.weekday = Some(weekday);
            }
            (dates, end)
        }
        None => (vec![Date { weekday: Some(weekday), ..Date::default() }], end),
    }
}

/// 2027-03-03.
fn iso(letters: &Letters, at: usize) -> Option<(Vec<Date>, usize)> {
    let (year, end) = whole(letters, at, 4, 4)?;
    let by = letters.at(end).filter(|by| matches!(by, '-' | '/' | '.'))?;
    let (month, end) = whole(letters, end + 1, 1, 2)?;
    if letters.at(end) != Some(by) {
        return None;
    }
    let (day, end) = whole(letters, end + 1, 1, 2)?;
    Some((vec![date(Some(year), month, Some(day))?], end))
}

/// 3/3/2027, the day first as here; 12/31/2027 can only be the other way.
fn slashed(letters: &Letters, at: usize) -> Option<(Vec<Date>, usize)> {
    let (first, end) = whole(letters, at, 1, 2)?;
    let by = letters.at(end).filter(|by| matches!(by, '/' | '.' | '-'))?;
    let (second, end) = whole(letters, end + 1, 1, 2)?;
    if letters.at(end) != Some(by) {
        return None;
    }
    let (year, end) = whole(letters, end + 1, 2, 4)?;
    let year = if year < 100 { short_year(year) } else { year };
    let read =
        date(Some(year), second, Some(first)).or_else(|| date(Some(year), first, Some(second)))?;
    Some((vec![read], end))
}

/// "3 March 2027", "3rd of March", "3-7 มีนาคม 2570".
fn day_first(letters: &Letters, at: usize) -> Option<(Vec<Date>, usize)> {
    let (first, mut end) = day(letters, at)?;
    let mut days = vec![first];
    let second = between(letters, end).and_then(|next| day(letters, next));
    if let Some((second, after)) = second {
        days.push(second);
        end = after;
    }
    let mut next = letters.gap(end);
    for of in ["of", "เดือน"] {
        next = letters.word(next, of).map_or(next, |next| letters.gap(next));
    }
    if letters.at(next) == Some('-') {
        next += 1;
    }
    let (month, end) = letters.one_of(next, MONTHS)?;
    let (year, end) = year_after(letters, end).map_or((None, end), |(year, end)| (Some(year), end));
    dated(days, year, month, end)
}

/// "March 3rd, 2027", "Mar 3-7", "March 2027", "มีนาคม 2570".
fn month_first(letters: &Letters, at: usize) -> Option<(Vec<Date>, usize)> {
    let (month, named) = letters.one_of(at, MONTHS)?;
    if let Some((year, end)) = year_after(letters, named) {
        return Some((vec![date(Some(year), month.into(), None)?], end));
    }
    let dot = letters.word(named, ".").filter(|_| letters.at(at).is_some_and(|l| l.is_ascii()));
    let Some((first, mut end)) = day(letters, letters.gap(dot.unwrap_or(named))) else {
        return by_itself(letters, at, month, named);
    };
    let mut days = vec![first];
    let second = between(letters, end).and_then(|next| day(letters, next));
    // "March 3 - 7 May" is two dates.
    if let Some((second, after)) =
        second.filter(|(_, after)| letters.one_of(letters.gap(*after), MONTHS).is_none())
    {
        days.push(second);
        end = after;
    }
    let (year, end) = year_after(letters, end).map_or((None, end), |(year, end)| (Some(year), end));
    dated(days, year, month, end)
}

/// A month and nothing else. What may be another word ("may", "mar", "march") has to follow one
/// that months follow.
fn by_itself(letters: &Letters, at: usize, month: u8, end: usize) -> Option<(Vec<Date>, usize)> {
    let word = letters.slice(at..end);
    let is_plain = word.len() > 5 || matches!(word.as_str(), "april" | "june" | "july");
    let follows = [
        "in ", "of ", "until ", "till ", "from ", "since ", "by ", "to ", "early ", "late ", "mid-",
    ];
    let before = letters.slice(at.saturating_sub(7)..at);
    let is_month = is_plain && word != "march" || follows.iter().any(|word| before.ends_with(word));
    is_month.then(|| (vec![Date { month: Some(month), ..Date::default() }], end))
}

fn dated(days: Vec<i32>, year: Option<i32>, month: u8, end: usize) -> Option<(Vec<Date>, usize)> {
    let dates = days.into_iter().map(|day| date(year, month.into(), Some(day)));
    Some((dates.collect::<Option<_>>()?, end))
}

fn date(year: Option<i32>, month: i32, day: Option<i32>) -> Option<Date> {
    let is_day = day.is_none_or(|day| (1..=31).contains(&day));
    ((1..=12).contains(&month) && is_day).then(|| Date {
        year: year.map(common_era),
        month: u8::try_from(month).ok(),
        day: day.and_then(|day| u8::try_from(day).ok()),
        weekday: None,
    })
}

/// The Buddhist era is 543 years older, and nobody lets homes in the twenty-sixth century.
pub(crate) fn common_era(year: i32) -> i32 {
    if (2400..=2800).contains(&year) { year - 543 } else { year }
}

/// "27" is 2027, "70" of the Buddhist era.
fn short_year(year: i32) -> i32 {
    if year >= 60 { 2500 + year } else { 2000 + year }
}

fn year_after(letters: &Letters, at: usize) -> Option<(i32, usize)> {
    let mut next = letters.gap(at);
    for between in [",", "พ.ศ.", "ค.ศ.", "ปี", "'"] {
        next = letters.word(next, between).map_or(next, |next| letters.gap(next));
    }
    let (year, end) = whole(letters, next, 4, 4)?;
    // "3 March 5000 baht"
    (1900..=2800).contains(&year).then_some((year, end))
}

/// "to", "-", "ถึง" between two days of one month.
fn between(letters: &Letters, at: usize) -> Option<usize> {
    let at = letters.gap(at);
    ["-", "to", "until", "and", "ถึง", "และ", "&"]
        .iter()
        .find_map(|word| letters.word(at, word))
        .map(|end| letters.gap(end))
}

fn day(letters: &Letters, at: usize) -> Option<(i32, usize)> {
    if letters.before(at).is_some_and(|before| before.is_ascii_alphanumeric()) {
        return None;
    }
    let end = letters.digits(at);
    let day: i32 = (end > at && end <= at + 2).then(|| letters.slice(at..end).parse().ok())??;
    let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|word| letters.word(end, word));
    (1..=31).contains(&day).then_some((day, ordinal.unwrap_or(end)))
}

/// A whole number of so many digits.
fn whole(letters: &Letters, at: usize, least: usize, most: usize) -> Option<(i32, usize)> {
    let end = letters.digits(at);
    let is_whole = (least..=most).contains(&(end - at));
    let is_start = !letters.before(at).is_some_and(|before| before.is_ascii_digit());
    (is_whole && is_start).then(|| letters.slice(at..end).parse().ok()).flatten().map(|n| (n, end))
}

/// Minutes since midnight: "14:00", "2 pm", "14.00 น.".
pub(crate) fn time(letters: &Letters, at: usize) -> Option<(u32, usize)> {
    let (hour, end) = whole(letters, at, 1, 2)?;
    let by = letters.at(end).filter(|by| matches!(by, ':' | '.'));
    let (minute, end, by) = match by.and_then(|by| Some((whole(letters, end + 1, 2, 2)?, by))) {
        Some(((minute, end), by)) => (minute, end, Some(by)),
        None => (0, end, None),
    };
    let next = letters.gap(end);
    let half = [("am", 0), ("a.m.", 0), ("pm", 12), ("p.m.", 12)];
    if let Some((shift, end)) = letters.one_of(next, &half) {
        let hour = (1..=12).contains(&hour).then_some(hour % 12 + shift)?;
        return Some((u32::try_from(hour * 60 + minute).ok()?, end));
    }
    let thai = letters.word(next, "น.").or_else(|| letters.word(next, "นาฬิกา"));
    let is_time = by == Some(':') || thai.is_some();
    let is_good = is_time && hour <= 24 && minute < 60;
    is_good.then(|| Some((u32::try_from(hour * 60 + minute).ok()?, thai.unwrap_or(end))))?
}
