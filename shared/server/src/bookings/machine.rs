//! The way of a booking, as data: its states, what may be done in each, by whom, under which
//! condition, and what becomes of the dates it occupies.
//!
//! Nothing here asks a database or a clock: the services read the facts and ask [`step`], and
//! whatever is not in [`TRANSITIONS`] does not happen.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::{Code, Error},
    words::words,
};

words! {
    /// How far a booking has come.
    Status {
        /// The host has not answered; the dates are kept meanwhile.
        Requested = "requested",
        /// The dates are kept until it is paid for, for a while.
        Held = "held",
        /// The dates are the guest's.
        Confirmed = "confirmed",
        /// The host has said no.
        Declined = "declined",
        /// Guest or host have called it off.
        Cancelled = "cancelled",
        /// Nobody paid or answered in time.
        Expired = "expired",
        /// The guest has stayed and left.
        Completed = "completed",
    }
}

words! {
    /// What can be done with a booking.
    Command {
        /// It is settled.
        Confirm = "confirm",
        /// A request is granted.
        Accept = "accept",
        /// A request is refused.
        Decline = "decline",
        /// It is called off.
        Cancel = "cancel",
        /// Other dates, or another number of guests.
        Alter = "alter",
        /// The guest has left.
        Complete = "complete",
        /// It has been paid for.
        Pay = "pay",
        /// Its time has run out.
        Expire = "expire",
    }
}

/// In which part somebody acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Party {
    /// Who stays, with an account or with the link.
    Guest,
    /// Who is in charge of the listing, and who runs the brand.
    Host,
    /// The platform itself: payments, the clock.
    #[default]
    System,
}

/// What must hold besides the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing.
    Always,
    /// The day of arrival has not come.
    BeforeArrival,
    /// The same, and the listing is booked without its host being asked.
    BeforeArrivalUnasked,
    /// The day of leaving has not come.
    BeforeDeparture,
    /// The day of leaving has come.
    AfterDeparture,
    /// The time of the hold has run out.
    Lapsed,
}

/// What becomes of the dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dates {
    /// They stay as they are.
    Keep,
    /// They are kept until another time.
    Hold,
    /// They are the guest's, without an end.
    Book,
    /// Other dates are taken, and these let go, in one.
    Move,
    /// They are let go.
    Free,
    /// They were let go, and are taken again if nobody else has them.
    Retake,
}

/// One step of the way.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// From here,
    pub from: Status,
    /// by this,
    pub command: Command,
    /// of one of these,
    pub by: &'static [Party],
    /// if this holds,
    pub when: When,
    /// to there;
    pub to: Status,
    /// and the dates.
    pub dates: Dates,
}

const fn row(
    from: Status,
    command: Command,
    by: &'static [Party],
    when: When,
    to: Status,
    dates: Dates,
) -> Transition {
    Transition { from, command, by, when, to, dates }
}

/// Every step there is.
pub const TRANSITIONS: &[Transition] = {
    use Command::{Accept, Alter, Cancel, Complete, Confirm, Decline, Expire, Pay};
    use Party::{Guest, Host, System};
    use Status::{Cancelled, Completed, Confirmed, Declined, Expired, Held, Requested};
    &[
        row(Requested, Accept, &[Host], When::Always, Held, Dates::Hold),
        row(Requested, Decline, &[Host], When::Always, Declined, Dates::Free),
        row(Requested, Confirm, &[Host], When::Always, Confirmed, Dates::Book),
        row(Requested, Cancel, &[Guest, Host], When::Always, Cancelled, Dates::Free),
        row(Requested, Alter, &[Guest, Host], When::BeforeArrival, Requested, Dates::Move),
        row(Requested, Expire, &[System], When::Lapsed, Expired, Dates::Free),
        row(Held, Confirm, &[Host], When::Always, Confirmed, Dates::Book),
        row(Held, Pay, &[System], When::Always, Confirmed, Dates::Book),
        row(Held, Cancel, &[Guest, Host], When::Always, Cancelled, Dates::Free),
        row(Held, Alter, &[Host], When::BeforeArrival, Held, Dates::Move),
        // What the host has granted is not moved without them.
        row(Held, Alter, &[Guest], When::BeforeArrivalUnasked, Held, Dates::Move),
        row(Held, Expire, &[System], When::Lapsed, Expired, Dates::Free),
        // Money that came too late for the hold: the stay is the guest's if the dates are free.
        row(Expired, Pay, &[System], When::BeforeDeparture, Confirmed, Dates::Retake),
        row(Confirmed, Cancel, &[Guest, Host], When::BeforeDeparture, Cancelled, Dates::Free),
        row(Confirmed, Alter, &[Host], When::BeforeArrival, Confirmed, Dates::Move),
        row(Confirmed, Alter, &[Guest], When::BeforeArrivalUnasked, Confirmed, Dates::Move),
        row(Confirmed, Complete, &[Host, System], When::AfterDeparture, Completed, Dates::Keep),
    ]
};

/// What a step may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Today, where the brand is.
    pub today: NaiveDate,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of leaving.
    pub check_out: NaiveDate,
    /// Whether the time of a hold or request has run out.
    pub is_lapsed: bool,
    /// Whether the listing is booked without its host being asked.
    pub is_instant: bool,
}

impl When {
    /// Whether it does.
    #[must_use]
    pub fn holds(self, facts: &Facts) -> bool {
        match self {
            Self::Always => true,
            Self::BeforeArrival => facts.today < facts.check_in,
            Self::BeforeArrivalUnasked => facts.is_instant && facts.today < facts.check_in,
            Self::BeforeDeparture => facts.today < facts.check_out,
            Self::AfterDeparture => facts.today >= facts.check_out,
            Self::Lapsed => facts.is_lapsed,
        }
    }
}

/// Why something does not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not in this state, whoever asks.
    State,
    /// Others may, in this state.
    Party,
    /// The state would allow it, the day does not.
    Condition(When),
}

impl Status {
    /// The state as everybody sees it: a hold whose time has run out is over, whether or not
    /// somebody has tidied up yet.
    #[must_use]
    pub fn effective(self, is_lapsed: bool) -> Self {
        match self {
            Self::Requested | Self::Held if is_lapsed => Self::Expired,
            other => other,
        }
    }

    /// Whether dates are occupied in this state.
    #[must_use]
    pub fn occupies(self) -> bool {
        matches!(self, Self::Requested | Self::Held | Self::Confirmed)
    }

    /// Whether nothing comes after.
    #[must_use]
    pub fn is_final(self) -> bool {
        !TRANSITIONS.iter().any(|step| step.from == self)
    }
}

/// The step that a command is in this state, for this party, under these facts.
///
/// The state is the one that is stored: whether its time has run out is one of the facts.
///
/// # Errors
/// Why there is none.
pub fn step(
    stored: Status,
    command: Command,
    party: Party,
    facts: &Facts,
) -> Result<&'static Transition, Refusal> {
    // What has run out can only be tidied up, or be paid for too late.
    let status = match command {
        Command::Expire => stored,
        _ => stored.effective(facts.is_lapsed),
    };
    let rows = || TRANSITIONS.iter().filter(|row| row.from == status && row.command == command);
    if rows().next().is_none() {
        return Err(Refusal::State);
    }
    let mut own = rows().filter(|row| row.by.contains(&party));
    let Some(first) = own.clone().next() else { return Err(Refusal::Party) };
    own.find(|row| row.when.holds(facts)).ok_or(Refusal::Condition(first.when))
}

/// What somebody may do now.
#[must_use]
pub fn commands(stored: Status, party: Party, facts: &Facts) -> Vec<Command> {
    let may = |command: &Command| step(stored, *command, party, facts).is_ok();
    Command::ALL.iter().copied().filter(may).collect()
}

impl Refusal {
    /// The refusal in words.
    #[must_use]
    pub fn explain(self, status: Status, command: Command, party: Party, facts: &Facts) -> Error {
        let (status, command) = (status.effective(facts.is_lapsed).name(), command.name());
        match self {
            Self::Party if party == Party::Guest => Error::new(Code::Forbidden)
                .with_detail(format!("The guest cannot {command} a booking: the host can.")),
            Self::State | Self::Party => Error::new(Code::WrongState).with_detail(format!(
                "A booking that is {status} cannot be changed by `{command}`; `actions` says what can be done."
            )),
            Self::Condition(when) => {
                let why = match when {
                    When::BeforeArrivalUnasked if !facts.is_instant => {
                        "the host has granted this stay, and only they can move it"
                    }
                    When::BeforeArrival | When::BeforeArrivalUnasked => {
                        "the day of arrival has come"
                    }
                    When::BeforeDeparture => "the day of leaving has come",
                    When::AfterDeparture => "the day of leaving has not come",
                    When::Lapsed => "its time has not run out",
                    When::Always => "something else stands in the way",
                };
                Error::new(Code::WrongState)
                    .with_detail(format!("`{command}` is not possible: {why}."))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(today: i64, is_lapsed: bool) -> Facts {
        let arrival = NaiveDate::from_ymd_opt(2027, 1, 10).expect("a day");
        let day = |n: i64| arrival + chrono::TimeDelta::days(n);
        let is_instant = true;
        Facts { today: day(today), check_in: day(0), check_out: day(3), is_lapsed, is_instant }
    }

    fn all_facts() -> impl Iterator<Item = Facts> {
        (-2..=5).flat_map(|today| {
            let lapsed = [facts(today, false), facts(today, true)];
            lapsed.into_iter().flat_map(|facts| [facts, Facts { is_instant: false, ..facts }])
        })
    }

    #[test]
    fn every_state_is_reached_or_begun_with_and_the_ends_are_ends() {
        let begin = [Status::Requested, Status::Held, Status::Confirmed];
        for status in Status::ALL {
            let is_reached = TRANSITIONS.iter().any(|row| row.to == *status);
            assert!(is_reached || begin.contains(status), "{status:?}");
        }
        let ends: Vec<_> = Status::ALL.iter().filter(|status| status.is_final()).collect();
        assert_eq!(ends, [&Status::Declined, &Status::Cancelled, &Status::Completed]);
    }

    /// Whatever the facts, no two rows answer one question: the machine cannot be ambiguous.
    #[test]
    fn at_most_one_row_fits() {
        for facts in all_facts() {
            for (nth, one) in TRANSITIONS.iter().enumerate() {
                for other in &TRANSITIONS[nth + 1..] {
                    let same = one.from == other.from
                        && one.command == other.command
                        && one.by.iter().any(|party| other.by.contains(party));
                    let both = one.when.holds(&facts) && other.when.holds(&facts);
                    assert!(!(same && both), "{one:?} {other:?}");
                }
            }
        }
    }

    /// Dates are occupied in exactly the states that say so, whatever step leads there.
    #[test]
    fn dates_go_with_the_state() {
        for row in TRANSITIONS {
            let expected: &[Dates] = match (row.from.occupies(), row.to.occupies()) {
                (true, true) if row.from == row.to => &[Dates::Move],
                (true, true) if row.to == Status::Confirmed => &[Dates::Book],
                (true, true) => &[Dates::Hold],
                (true, false) if row.to == Status::Completed => &[Dates::Keep],
                (true, false) => &[Dates::Free],
                (false, true) => &[Dates::Retake],
                (false, false) => &[],
            };
            assert!(expected.contains(&row.dates), "{row:?}");
        }
    }

    #[test]
    fn what_has_run_out_can_only_be_tidied_up_or_paid_too_late() {
        for stored in [Status::Requested, Status::Held] {
            for party in [Party::Guest, Party::Host] {
                assert!(commands(stored, party, &facts(-1, true)).is_empty());
            }
            let system = commands(stored, Party::System, &facts(-1, true));
            assert_eq!(system, [Command::Pay, Command::Expire]);
            let paid = step(stored, Command::Pay, Party::System, &facts(-1, true));
            assert_eq!(paid.map(|row| row.dates), Ok(Dates::Retake));
        }
        assert_eq!(
            step(Status::Held, Command::Expire, Party::System, &facts(-1, false)).err(),
            Some(Refusal::Condition(When::Lapsed))
        );
    }

    #[test]
    fn who_may_what() {
        use Command::{Accept, Alter, Cancel, Complete, Confirm, Decline};
        let before = facts(-1, false);
        let staying = facts(1, false);
        let left = facts(3, false);
        for (stored, party, facts, expected) in [
            (Status::Requested, Party::Guest, &before, &[Cancel, Alter][..]),
            (Status::Requested, Party::Host, &before, &[Confirm, Accept, Decline, Cancel, Alter]),
            (Status::Held, Party::Guest, &before, &[Cancel, Alter]),
            (Status::Held, Party::Host, &before, &[Confirm, Cancel, Alter]),
            (Status::Confirmed, Party::Guest, &before, &[Cancel, Alter]),
            (Status::Confirmed, Party::Guest, &staying, &[Cancel]),
            (Status::Confirmed, Party::Guest, &left, &[]),
            (Status::Confirmed, Party::Host, &left, &[Complete]),
            (Status::Declined, Party::Host, &before, &[]),
            (Status::Cancelled, Party::Host, &before, &[]),
            (Status::Expired, Party::Host, &before, &[]),
            (Status::Completed, Party::Host, &left, &[]),
        ] {
            assert_eq!(commands(stored, party, facts), expected, "{stored:?} {party:?}");
        }
        let granted = Facts { is_instant: false, ..before };
        assert_eq!(commands(Status::Requested, Party::Guest, &granted), [Cancel, Alter]);
        for stored in [Status::Held, Status::Confirmed] {
            assert_eq!(commands(stored, Party::Guest, &granted), [Cancel], "{stored:?}");
            assert!(commands(stored, Party::Host, &granted).contains(&Alter), "{stored:?}");
        }
        assert_eq!(
            step(Status::Requested, Accept, Party::Guest, &before).err(),
            Some(Refusal::Party)
        );
    }
}
