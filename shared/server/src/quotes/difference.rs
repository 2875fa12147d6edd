//! How two prices differ, line by line.

use terrace_pricing::{Dates, Line, LineKind, Quote};

use super::texts;
use crate::{app::State, error::FieldError, money};

/// What tells a line from the others of its quote.
fn name(line: &Line) -> (LineKind, Option<Dates>, Option<&str>) {
    let tax = match &line.reason {
        terrace_pricing::Reason::Tax { name, .. } => Some(name.as_str()),
        _ => None,
    };
    (line.kind, line.dates, tax)
}

/// Nothing where both come out the same: line by line, the deposit, and what is due when.
pub(super) fn between(state: &State, old: &Quote, new: &Quote) -> Vec<FieldError> {
    let locale = &state.profile.locales.default;
    let text = |line: &Line, currency: &str| texts::line(line, currency, locale);
    let mut found = Vec::new();
    for (nth, line) in new.lines.iter().enumerate() {
        let at = format!("/lines/{nth}");
        let now = money::written(line.amount, &new.currency);
        match old.lines.iter().find(|known| name(known) == name(line)) {
            Some(known) if known.amount == line.amount && old.currency == new.currency => {}
            Some(known) => {
                let was = money::written(known.amount, &old.currency);
                let detail = format!("{}: was {was}, is {now}.", text(line, &new.currency));
                found.push(FieldError::new(at, "changed", detail));
            }
            None => {
                let detail = format!("{}: {now}, was not there.", text(line, &new.currency));
                found.push(FieldError::new(at, "added", detail));
            }
        }
    }
    for line in &old.lines {
        if !new.lines.iter().any(|known| name(known) == name(line)) {
            let was = money::written(line.amount, &old.currency);
            let detail = format!("{}: was {was}, is gone.", text(line, &old.currency));
            found.push(FieldError::new("/lines", "removed", detail));
        }
    }
    for (at, was, is) in [("/total", old.total, new.total), ("/deposit", old.deposit, new.deposit)]
    {
        if was != is {
            let was = money::written(was, &old.currency);
            let is = money::written(is, &new.currency);
            found.push(FieldError::new(at, "changed", format!("Was {was}, is {is}.")));
        }
    }
    found
}
