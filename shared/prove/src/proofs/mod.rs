//! The proofs, one file for each kind of fault.

pub(crate) mod booking_race;
pub(crate) mod chat_inject;
pub(crate) mod cross_brand;
pub(crate) mod forge;
pub(crate) mod history;
pub(crate) mod holds;
pub(crate) mod ical;
pub(crate) mod idem;
pub(crate) mod keys;
pub(crate) mod kill9;
pub(crate) mod privacy;
pub(crate) mod rls;
pub(crate) mod rst_storm;
pub(crate) mod webhooks;

use crate::{report::Report, stage::Brand, writes::Subject};

/// What holds of acknowledged writes after any fault: each is there once, and whole.
pub(crate) async fn acknowledged_are_there<'m>(
    report: &mut Report,
    brand: &Brand,
    subject: Subject,
    acknowledged: impl IntoIterator<Item = &'m str>,
) -> anyhow::Result<()> {
    let present = subject.present(brand).await?;
    let mut missing = Vec::new();
    for mark in acknowledged {
        if !present.contains_key(mark) {
            missing.push(mark);
        }
    }
    report.none("what was acknowledged is there", &missing);
    let twice: Vec<_> =
        present.iter().filter(|(_, count)| **count > 1).map(|(mark, _)| mark).collect();
    report.none("one for each key", &twice);
    report.exactly("nothing is there by half", 0, subject.halves(brand).await?);
    Ok(())
}
