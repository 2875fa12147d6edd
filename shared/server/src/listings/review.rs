//! A listing's way to the public: one table of what leads from where to where, and who may.
//!
//! An action that leads to where a listing stands already is granted: whoever asks twice gets the
//! same answer twice.

use chrono::Utc;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use terrace_entity::properties::{ActiveModel, Model};
use terrace_product::Review;
use utoipa::ToSchema;

use super::model::ListingStatus::{self, Archived, Draft, InReview, Published};
use crate::{
    db::statement,
    error::{Code, Error, FieldError, Result},
    http::auth::Caller,
};

/// What is done to a listing as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ListingAction)]
pub enum Action {
    /// Asks for a reviewer's look.
    Submit,
    /// Lets everyone see it.
    Publish,
    /// Sends it back with a reason.
    Reject,
    /// Puts it out of the way.
    Archive,
    /// Makes it a draft again.
    Unpublish,
    /// Brings it back.
    Restore,
}

impl Action {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::Submit, Self::Publish, Self::Reject, Self::Archive, Self::Unpublish, Self::Restore];

    /// The last part of its address.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Publish => "publish",
            Self::Reject => "reject",
            Self::Archive => "archive",
            Self::Unpublish => "unpublish",
            Self::Restore => "restore",
        }
    }

    /// Whether the listing must be complete.
    #[must_use]
    pub fn needs_readiness(self) -> bool {
        matches!(self, Self::Submit | Self::Publish)
    }
}

/// Who may do it, among those who may change the listing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever manages the listing, and admins.
    Manager,
    /// Managers whose listings need no review (`listings.review`), and admins.
    Publisher,
    /// Admins.
    Admin,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// Where the listing stands.
    pub from: ListingStatus,
    /// What is done.
    pub action: Action,
    /// Where it stands then.
    pub to: ListingStatus,
    /// Who may.
    pub who: Who,
}

macro_rules! transitions {
    ($($from:ident $action:ident => $to:ident, $who:ident;)*) => {
        /// The table.
        pub const TRANSITIONS: &[Transition] = &[$(Transition {
            from: $from, action: Action::$action, to: $to, who: Who::$who,
        },)*];
    };
}

transitions! {
    Draft     Submit    => InReview,  Manager;
    InReview  Submit    => InReview,  Manager;
    Draft     Publish   => Published, Publisher;
    InReview  Publish   => Published, Publisher;
    Published Publish   => Published, Publisher;
    InReview  Reject    => Draft,     Admin;
    Draft     Archive   => Archived,  Manager;
    InReview  Archive   => Archived,  Manager;
    Published Archive   => Archived,  Manager;
    Archived  Archive   => Archived,  Manager;
    Draft     Unpublish => Draft,     Manager;
    InReview  Unpublish => Draft,     Manager;
    Published Unpublish => Draft,     Manager;
    Draft     Restore   => Draft,     Manager;
    InReview  Restore   => InReview,  Manager;
    Published Restore   => Published, Manager;
    Archived  Restore   => Draft,     Manager;
}

/// What somebody may do with listings that are theirs to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Runs the brand.
    pub is_admin: bool,
    /// Needs no review.
    pub publishes: bool,
}

impl Standing {
    /// An admin's.
    pub const ADMIN: Self = Self { is_admin: true, publishes: true };

    /// The caller's, as the database knows them now: what is remembered between requests may be
    /// older than the loss of a verification.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn of(
        tx: &DatabaseTransaction,
        caller: &Caller,
        review: Review,
    ) -> Result<Self> {
        if caller.is_admin() {
            return Ok(Self::ADMIN);
        }
        let publishes = match review {
            Review::Never => true,
            Review::Always => false,
            Review::Unverified => {
                let sql = "SELECT FROM agents WHERE user_id = $1 AND is_verified";
                let row = tx.query_one_raw(statement(sql, [caller.user_id.into()])).await?;
                row.is_some()
            }
        };
        Ok(Self { is_admin: false, publishes })
    }

    fn is(self, who: Who) -> bool {
        match who {
            Who::Manager => true,
            Who::Publisher => self.publishes,
            Who::Admin => self.is_admin,
        }
    }

    /// What leads on from here.
    pub(super) fn actions(self, from: ListingStatus) -> Vec<Action> {
        let rows = TRANSITIONS.iter().filter(|row| row.from == from && row.to != from);
        rows.filter(|row| self.is(row.who)).map(|row| row.action).collect()
    }
}

/// Where an action leads.
///
/// # Errors
/// `409` where it leads nowhere from here, naming what does; `403` where others may do it.
pub fn step(from: ListingStatus, action: Action, standing: Standing) -> Result<ListingStatus> {
    let row = TRANSITIONS.iter().find(|row| row.from == from && row.action == action);
    match row {
        Some(row) if standing.is(row.who) => Ok(row.to),
        Some(row) if row.who == Who::Publisher => Err(Error::new(Code::Forbidden).with_detail(
            "An admin looks at your listings before they are published: submit it instead \
             (POST /api/v1/properties/{id}/submit).",
        )),
        Some(_) => Err(Error::new(Code::Forbidden).with_detail("This needs the role admin.")),
        None => {
            let names: Vec<_> =
                standing.actions(from).into_iter().map(|action| action.name()).collect();
            let detail = format!(
                "It is {}, from which {} leads nowhere. What does: {}.",
                from.name(),
                action.name(),
                names.join(", ")
            );
            let mut error = Error::new(Code::WrongState).with_detail(detail.clone());
            error.fields.push(FieldError::new("/status", from.name(), detail));
            Err(error)
        }
    }
}

/// Sets where a listing stands, and what goes with it.
pub(super) fn set(
    change: &mut ActiveModel,
    row: &Model,
    to: ListingStatus,
    rejection: Option<String>,
) {
    if ListingStatus::from(row.status) == to {
        return;
    }
    let now = Utc::now();
    change.status = Set(to.into());
    change.is_published = Set(to == Published);
    if to == Published && row.published_at.is_none() {
        change.published_at = Set(Some(now));
    }
    change.submitted_at = Set((to == InReview).then_some(now));
    change.rejection_reason = Set(rejection);
}
