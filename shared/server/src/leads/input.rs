//! What may be said of a lead.

use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    contact,
    pipeline::{HappeningKind, LeadKind, LeadStatus, LostReason},
};
use crate::{
    error::{Error, FieldError, Result},
    listings::input::{not_blank, present},
};

/// How far ahead a viewing may be wished for.
const AHEAD: TimeDelta = TimeDelta::days(180);

/// An enquiry.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadIn {
    /// The listing that it is about; without one it is a general enquiry.
    #[garde(skip)]
    pub property_id: Option<Uuid>,
    /// `viewing` where they want to see the place.
    #[garde(skip)]
    #[serde(default = "enquiry")]
    pub kind: LeadKind,
    /// Who asks.
    #[garde(length(chars, min = 1, max = 120), custom(not_blank))]
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// One of e-mail, phone and LINE is needed from who has no account.
    #[garde(inner(length(chars, max = 254), email))]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<String>,
    /// Telephone number; without a country code it is one of the brand's country.
    #[garde(inner(length(chars, min = 6, max = 40)))]
    #[schema(min_length = 6, max_length = 40)]
    pub phone: Option<String>,
    /// LINE id.
    #[garde(inner(length(chars, min = 1, max = 60), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 60)]
    pub line_id: Option<String>,
    /// What they want to know.
    #[garde(length(chars, max = 5000))]
    #[schema(max_length = 5000)]
    #[serde(default)]
    pub message: String,
    /// The language to answer in; that of the request where it is missing.
    #[garde(skip)]
    #[schema(example = "th")]
    pub locale: Option<String>,
    /// When they would like to see it; for a viewing only, within 180 days.
    #[garde(length(max = 5), dive)]
    #[schema(max_items = 5)]
    #[serde(default)]
    pub wished_times: Vec<WishedTime>,
    /// Leave it empty. It is hidden from people; whoever fills it in is none, is thanked, and
    /// nothing is stored.
    #[garde(inner(length(chars, max = 5000)))]
    #[schema(max_length = 5000)]
    pub website: Option<String>,
}

fn enquiry() -> LeadKind {
    LeadKind::Enquiry
}

/// A time for a viewing.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WishedTime {
    /// When it would begin.
    #[garde(skip)]
    pub start: DateTime<Utc>,
}

impl LeadIn {
    /// Whether a machine has filled in what people do not see.
    #[must_use]
    pub fn is_trapped(&self) -> bool {
        self.website.as_ref().is_some_and(|website| !website.trim().is_empty())
    }

    /// What must fit together.
    ///
    /// # Errors
    /// `422` that names each field at fault.
    pub fn check(&self, now: DateTime<Utc>, country: &str, has_account: bool) -> Result<()> {
        let mut wrong = Vec::new();
        let mut refuse =
            |at: &str, code: &'static str, why: &str| wrong.push(FieldError::new(at, code, why));
        if self.email.is_none() && self.phone.is_none() && self.line_id.is_none() && !has_account {
            refuse("/email", "required", "Give an e-mail address, a phone number or a LINE id.");
        }
        if let Some(phone) = &self.phone
            && contact::phone_key(phone, country).is_none()
        {
            refuse("/phone", "invalid", "Must be a phone number.");
        }
        if self.kind == LeadKind::Viewing && self.property_id.is_none() {
            refuse("/property_id", "required", "A viewing is of a listing.");
        }
        if self.kind != LeadKind::Viewing && !self.wished_times.is_empty() {
            refuse("/wished_times", "not_allowed", "Only a viewing has wished times.");
        }
        for (nth, wished) in self.wished_times.iter().enumerate() {
            let at = format!("/wished_times/{nth}/start");
            if wished.start <= now {
                refuse(&at, "in_the_past", "Must be in the future.");
            } else if wished.start > now + AHEAD {
                refuse(&at, "too_far", "Must be within 180 days.");
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
    }
}

/// Changes to a lead: a field that is missing stays, `null` empties it.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeadPatch {
    /// The next state.
    #[garde(skip)]
    pub status: Option<LeadStatus>,
    /// Why it was lost; needed with that state.
    #[garde(skip)]
    pub lost_reason: Option<LostReason>,
    /// Who looks after it; only an admin may change it.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    #[serde(deserialize_with = "present")]
    pub assigned_agent_id: Option<Option<Uuid>>,
    /// Who asks.
    #[garde(inner(length(chars, min = 1, max = 120), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// E-mail address.
    #[garde(inner(inner(length(chars, max = 254), email)))]
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    #[serde(deserialize_with = "present")]
    pub email: Option<Option<String>>,
    /// Telephone number.
    #[garde(inner(inner(length(chars, min = 6, max = 40))))]
    #[schema(value_type = Option<String>, min_length = 6, max_length = 40)]
    #[serde(deserialize_with = "present")]
    pub phone: Option<Option<String>>,
    /// LINE id.
    #[garde(inner(inner(length(chars, min = 1, max = 60), custom(not_blank))))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60)]
    #[serde(deserialize_with = "present")]
    pub line_id: Option<Option<String>>,
}

/// Something that happened with a lead.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadEventIn {
    /// What.
    #[garde(skip)]
    pub kind: HappeningKind,
    /// In words; a note has some.
    #[garde(inner(length(chars, min = 1, max = 10_000), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 10_000)]
    pub note: Option<String>,
}

impl LeadEventIn {
    /// What must fit together.
    ///
    /// # Errors
    /// `422` for a note without words.
    pub fn check(&self) -> Result<()> {
        if self.kind == HappeningKind::Note && self.note.is_none() {
            return Err(Error::field("/note", "required", "A note has words."));
        }
        Ok(())
    }
}

/// Something to be done.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadTaskIn {
    /// What.
    #[garde(length(chars, min = 1, max = 200), custom(not_blank))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// By when.
    #[garde(skip)]
    pub due_at: Option<DateTime<Utc>>,
    /// By whom; who writes it down, where it is missing.
    #[garde(skip)]
    pub assignee_id: Option<Uuid>,
}

/// Changes to a task: a field that is missing stays, `null` empties it.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeadTaskPatch {
    /// What.
    #[garde(inner(length(chars, min = 1, max = 200), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// By when.
    #[garde(skip)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    #[serde(deserialize_with = "present")]
    pub due_at: Option<Option<DateTime<Utc>>>,
    /// Whether it is done.
    #[garde(skip)]
    pub done: Option<bool>,
    /// By whom.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    #[serde(deserialize_with = "present")]
    pub assignee_id: Option<Option<Uuid>>,
}
