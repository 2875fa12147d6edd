//! The way of a lead: its states, and which may follow which.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::{Error, Result},
    words::words,
};

words! {
    /// How far a lead has come.
    LeadStatus {
        /// Nobody has answered yet.
        New = "new",
        /// Somebody has.
        Contacted = "contacted",
        /// They see the place, or have seen it.
        Viewing = "viewing",
        /// They talk about terms.
        Offer = "offer",
        /// A deal.
        Won = "won",
        /// None.
        Lost = "lost",
    }
}

words! {
    /// What somebody asks for.
    LeadKind {
        /// An answer.
        Enquiry = "enquiry",
        /// To see the place.
        Viewing = "viewing",
    }
}

words! {
    /// Why a lead came to nothing.
    LostReason {
        /// Too expensive.
        Price = "price",
        /// No longer to be had.
        Unavailable = "unavailable",
        /// They took something else.
        ChoseAnother = "chose_another",
        /// They want nothing any more.
        ChangedMind = "changed_mind",
        /// They do not answer.
        NoAnswer = "no_answer",
        /// It never was an enquiry.
        Spam = "spam",
        /// See the history.
        Other = "other",
    }
}

words! {
    /// What staff writes into the history of a lead.
    HappeningKind {
        /// A remark.
        Note = "note",
        /// A telephone call.
        Call = "call",
        /// A letter or an e-mail.
        Email = "email",
        /// A chat message.
        Message = "message",
        /// A visit to the place.
        Viewing = "viewing",
        /// A meeting elsewhere.
        Meeting = "meeting",
    }
}

/// Which state may follow which. A deal is the end of the way; a lead that was lost may come
/// back.
pub const TRANSITIONS: &[(LeadStatus, &[LeadStatus])] = {
    use LeadStatus::{Contacted, Lost, New, Offer, Viewing, Won};
    &[
        (New, &[Contacted, Lost]),
        (Contacted, &[Viewing, Offer, Lost]),
        (Viewing, &[Contacted, Offer, Lost]),
        (Offer, &[Viewing, Won, Lost]),
        (Won, &[]),
        (Lost, &[Contacted]),
    ]
};

impl LeadStatus {
    /// The states that may follow.
    #[must_use]
    pub fn next(self) -> &'static [Self] {
        TRANSITIONS.iter().find(|(from, _)| *from == self).map_or(&[], |(_, to)| to)
    }

    /// Whether a lead in this state still wants something of somebody.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Won | Self::Lost)
    }

    /// Whether a lead may go from here to there; staying is no step.
    ///
    /// # Errors
    /// `422` that names the states that may follow.
    pub fn may_become(self, next: Self) -> Result<()> {
        if self == next || self.next().contains(&next) {
            return Ok(());
        }
        let names: Vec<_> = self.next().iter().map(|status| status.name()).collect();
        let detail = match names.as_slice() {
            [] => format!("A lead that is {} stays so.", self.name()),
            names => format!("From {} a lead goes to: {}.", self.name(), names.join(", ")),
        };
        Err(Error::field("/status", "not_allowed", detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_row_and_can_be_reached() {
        for status in LeadStatus::ALL {
            let rows = TRANSITIONS.iter().filter(|(from, _)| from == status).count();
            assert_eq!(rows, 1, "{status:?}");
            let reached = TRANSITIONS.iter().any(|(_, to)| to.contains(status));
            assert_eq!(reached, *status != LeadStatus::New, "{status:?}");
            assert!(!status.next().contains(status), "{status:?} follows itself");
        }
    }
}
