//! What a listing asks of a stay: pure, without a database.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc, Weekday};
use serde::Deserialize;
use terrace_product::Profile;

use crate::error::FieldError;

/// The most nights that a stay has.
pub const MOST_NIGHTS: i64 = 366;

/// The most days of preparation after a stay. Statements stand on it: see `listings::filters`.
pub const MOST_PREPARATION: i32 = 14;

/// How many days ahead nights are let where the listing does not say.
pub const WINDOW_DAYS: i32 = 1095;

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// First night.
    pub check_in: NaiveDate,
    /// Day of departure; not slept.
    pub check_out: NaiveDate,
    /// How many come.
    pub guests: i32,
}

impl Stay {
    /// Nights between the two days; not positive where they are in the wrong order.
    #[must_use]
    pub fn nights(&self) -> i64 {
        (self.check_out - self.check_in).num_days()
    }
}

/// Which day it is where the brand is, and how late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The day.
    pub today: NaiveDate,
    /// The time of it.
    pub time: NaiveTime,
}

impl Now {
    /// Now, by the clock of the brand's market.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        Self::at(profile, Utc::now())
    }

    /// A moment, by the clock of the brand's market.
    #[must_use]
    pub fn at(profile: &Profile, at: DateTime<Utc>) -> Self {
        let local = at.with_timezone(&profile.market.timezone.tz()).naive_local();
        Self { today: local.date(), time: local.time() }
    }
}

/// A day as it begins.
impl From<NaiveDate> for Now {
    fn from(today: NaiveDate) -> Self {
        Self { today, time: NaiveTime::MIN }
    }
}

/// What a listing asks of a stay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// Price of a night outside the seasons, minor units.
    pub price_per_night: Option<i64>,
    /// Shortest stay, nights.
    pub min_nights: i32,
    /// Longest stay, nights.
    pub max_nights: Option<i32>,
    /// Guests that it sleeps.
    pub max_guests: Option<i32>,
    /// ISO weekdays on which a guest may arrive; empty means any.
    pub arrival_days: Vec<i16>,
    /// ISO weekdays on which a guest may leave; empty means any.
    pub departure_days: Vec<i16>,
    /// Whole days between the day of booking and the day of arrival.
    pub notice_days: i32,
    /// From this time of the day on, the notice is a day longer.
    pub notice_until: Option<NaiveTime>,
    /// How many days ahead nights are let.
    pub window_days: Option<i32>,
    /// Days after a stay in which nobody sleeps there.
    pub preparation_days: i16,
    /// In order, apart from each other.
    pub seasons: Vec<Season>,
}

/// A time of the year with prices and rules of its own. The season of the day of arrival decides;
/// it asks for more than the listing, never for less.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Season {
    /// First day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// Price of a night, minor units.
    pub price_per_night: i64,
    /// Shortest stay, nights.
    pub min_nights: i32,
    /// ISO weekdays on which a guest may arrive; empty leaves it to the listing.
    pub arrival_days: Vec<i16>,
    /// Whole days between the day of booking and the day of arrival.
    pub notice_days: i32,
}

impl Terms {
    /// Every rule that a stay breaks, each by its name and its field; none where it is allowed.
    /// Whether the nights are free is another question.
    #[must_use]
    pub fn violations(&self, stay: &Stay, now: Now) -> Vec<FieldError> {
        let Stay { check_in, check_out, guests } = *stay;
        let nights = stay.nights();
        let mut broken = Vec::new();
        let mut refuse = |field: &str, rule: &'static str, detail: String| {
            broken.push(FieldError::new(field, rule, detail));
        };
        if !(1..=MOST_NIGHTS).contains(&nights) {
            let detail = format!("Must be 1..{MOST_NIGHTS} nights after check_in.");
            refuse("/check_out", "out_of_range", detail);
            return broken;
        }
        let earliest = self.earliest_arrival(check_in, now);
        if check_in < now.today {
            refuse("/check_in", "past", "This day is over.".to_owned());
        } else if check_in < earliest {
            let detail = format!("The earliest arrival that can be booked now is {earliest}.");
            refuse("/check_in", "notice", detail);
        }
        let last = self.last_departure(now);
        if check_out > last {
            refuse("/check_out", "window", format!("Stays are let until {last} so far."));
        }
        let days = self.arrival_days_on(check_in);
        if !allows(days, check_in) {
            refuse("/check_in", "arrival_day", format!("Guests arrive on: {}.", names(days)));
        }
        if !allows(&self.departure_days, check_out) {
            let days = names(&self.departure_days);
            refuse("/check_out", "departure_day", format!("Guests leave on: {days}."));
        }
        let least = self.min_nights_on(check_in);
        if nights < i64::from(least) {
            refuse("/check_out", "min_nights", format!("Stays have at least {least} nights."));
        }
        if let Some(most) = self.max_nights
            && nights > i64::from(most)
        {
            refuse("/check_out", "max_nights", format!("Stays have {most} nights at most."));
        }
        match self.max_guests {
            _ if guests < 1 => {
                refuse("/guests", "out_of_range", "Must be 1 at least.".to_owned());
            }
            Some(most) if guests > most => {
                refuse("/guests", "guests", format!("It sleeps {most} guests at most."));
            }
            None => refuse("/guests", "guests", "Nobody has said how many it sleeps.".to_owned()),
            Some(_) => {}
        }
        broken
    }

    /// The season that a day is in.
    #[must_use]
    pub fn season(&self, day: NaiveDate) -> Option<&Season> {
        self.seasons.iter().find(|season| season.from <= day && day < season.to)
    }

    /// The shortest stay that begins on this day.
    #[must_use]
    pub fn min_nights_on(&self, check_in: NaiveDate) -> i32 {
        let of_season = self.season(check_in).map_or(1, |season| season.min_nights);
        self.min_nights.max(of_season).max(1)
    }

    /// The price of this night, minor units.
    #[must_use]
    pub fn price_on(&self, night: NaiveDate) -> Option<i64> {
        self.season(night).map(|season| season.price_per_night).or(self.price_per_night)
    }

    /// The first day on which a guest may arrive who books now, by the notice that holds for
    /// arrivals on `check_in`.
    #[must_use]
    pub fn earliest_arrival(&self, check_in: NaiveDate, now: Now) -> NaiveDate {
        let of_season = self.season(check_in).map_or(0, |season| season.notice_days);
        self.after_notice(of_season, now)
    }

    /// The first night that somebody can sleep who books now, whatever the season.
    #[must_use]
    pub fn first_night(&self, now: Now) -> NaiveDate {
        self.after_notice(0, now)
    }

    fn after_notice(&self, of_season: i32, now: Now) -> NaiveDate {
        let late = self.notice_until.is_some_and(|until| now.time >= until);
        plus(now.today, self.notice_days.max(of_season) + i32::from(late))
    }

    /// The last day on which a guest may leave who books now.
    #[must_use]
    pub fn last_departure(&self, now: Now) -> NaiveDate {
        plus(now.today, self.window_days.unwrap_or(WINDOW_DAYS) + 1)
    }

    /// The weekdays of arrival that hold for this day.
    #[must_use]
    pub fn arrival_days_on(&self, check_in: NaiveDate) -> &[i16] {
        match self.season(check_in) {
            Some(season) if !season.arrival_days.is_empty() => &season.arrival_days,
            _ => &self.arrival_days,
        }
    }

    /// The day after the last that a stay with this day of departure occupies.
    #[must_use]
    pub fn occupied_until(&self, check_out: NaiveDate) -> NaiveDate {
        plus(check_out, i32::from(self.preparation_days))
    }
}

/// Whether a day is among these weekdays.
pub(super) fn allows(weekdays: &[i16], day: NaiveDate) -> bool {
    weekdays.is_empty() || weekdays.contains(&iso_weekday(day))
}

/// 1 is Monday, 7 is Sunday.
pub(crate) fn iso_weekday(day: NaiveDate) -> i16 {
    i16::try_from(day.weekday().number_from_monday()).unwrap_or_default()
}

fn names(weekdays: &[i16]) -> String {
    const NAMES: [Weekday; 7] = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];
    let names = NAMES.iter().zip(1_i16..).filter(|(_, number)| weekdays.contains(number));
    names.map(|(name, _)| name.to_string()).collect::<Vec<_>>().join(", ")
}

/// So many days later; the last day that there is where the calendar ends.
pub(crate) fn plus(day: NaiveDate, days: i32) -> NaiveDate {
    let days = Days::new(u64::try_from(days).unwrap_or_default());
    day.checked_add_days(days).unwrap_or(NaiveDate::MAX)
}

/// So many days earlier.
pub(super) fn minus(day: NaiveDate, days: i32) -> NaiveDate {
    let days = Days::new(u64::try_from(days).unwrap_or_default());
    day.checked_sub_days(days).unwrap_or(NaiveDate::MIN)
}
