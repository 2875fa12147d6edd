//! Leads as staff sees them, and the little that who asks is told.

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, Result};

/// The answer to an enquiry: the same for a new one, for one that was added to an open lead, and
/// for a machine's. It tells nothing of anybody else.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeadReceipt {
    /// To quote when asking again.
    #[schema(example = "7K2QD-M4XPT")]
    pub reference: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// The columns of a lead in a list, from `leads l`. One statement, whatever the number of rows.
pub(super) const ITEM_COLUMNS: &str = "l.id, l.reference, l.kind, l.status::text AS status, l.lost_reason, \
    l.name, l.email, l.phone, l.line_id, l.locale, l.source, l.property_id, p.slug AS property_slug, \
    p.title AS property_title, l.assigned_agent_id, a.display_name AS agent_name, l.wished_times, \
    t.open_tasks, t.overdue_tasks, t.next_due_at, l.version, l.created_at, l.updated_at";

/// What the columns come from.
pub(super) const ITEM_SOURCES: &str = "leads l LEFT JOIN properties p ON p.id = l.property_id \
    LEFT JOIN agents a ON a.user_id = l.assigned_agent_id \
    CROSS JOIN LATERAL (SELECT count(*) AS open_tasks, count(*) FILTER (WHERE k.due_at < now()) AS overdue_tasks, \
        min(k.due_at) AS next_due_at FROM lead_tasks k WHERE k.lead_id = l.id AND k.done_at IS NULL) t";

/// A row of a list.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct ItemRow {
    pub(super) id: Uuid,
    pub(super) reference: String,
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) lost_reason: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) line_id: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) source: String,
    pub(super) property_id: Option<Uuid>,
    pub(super) property_slug: Option<String>,
    pub(super) property_title: Option<String>,
    pub(super) assigned_agent_id: Option<Uuid>,
    pub(super) agent_name: Option<String>,
    pub(super) wished_times: Vec<DateTime<Utc>>,
    pub(super) open_tasks: i64,
    pub(super) overdue_tasks: i64,
    pub(super) next_due_at: Option<DateTime<Utc>>,
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// A lead in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeadItem {
    /// Id.
    pub id: Uuid,
    /// What the person was told.
    pub reference: String,
    /// What they ask for.
    #[schema(value_type = super::pipeline::LeadKind)]
    pub kind: String,
    /// How far it has come.
    #[schema(value_type = super::pipeline::LeadStatus)]
    pub status: String,
    /// Why it was lost.
    #[schema(value_type = Option<super::pipeline::LostReason>)]
    pub lost_reason: Option<String>,
    /// Who asks.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number as it was given.
    pub phone: Option<String>,
    /// LINE id.
    pub line_id: Option<String>,
    /// Their language.
    pub locale: Option<String>,
    /// Where it came from.
    pub source: String,
    /// What it is about.
    pub property: Option<LeadProperty>,
    /// Who looks after it.
    pub assigned_agent: Option<LeadAgent>,
    /// When they would like to see the place.
    pub wished_times: Vec<DateTime<Utc>>,
    /// Tasks that are not done.
    pub open_tasks: i64,
    /// Those of them that should be.
    pub overdue_tasks: i64,
    /// When the next is due.
    pub next_due_at: Option<DateTime<Utc>>,
    /// Rises with every change; the number in the `ETag`.
    pub version: i32,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The listing that a lead is about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeadProperty {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Title in the brand's default language.
    pub title: String,
}

/// The agent who looks after a lead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeadAgent {
    /// Id.
    pub id: Uuid,
    /// The name shown to others.
    pub name: Option<String>,
}

impl From<ItemRow> for LeadItem {
    fn from(row: ItemRow) -> Self {
        let property = match (row.property_id, row.property_slug, row.property_title) {
            (Some(id), Some(slug), Some(title)) => Some(LeadProperty { id, slug, title }),
            _ => None,
        };
        Self {
            id: row.id,
            reference: row.reference,
            kind: row.kind,
            status: row.status,
            lost_reason: row.lost_reason,
            name: row.name,
            email: row.email,
            phone: row.phone,
            line_id: row.line_id,
            locale: row.locale,
            source: row.source,
            property,
            assigned_agent: row.assigned_agent_id.map(|id| LeadAgent { id, name: row.agent_name }),
            wished_times: row.wished_times,
            open_tasks: row.open_tasks,
            overdue_tasks: row.overdue_tasks,
            next_due_at: row.next_due_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A page of leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadList {
    /// Newest first.
    pub items: Vec<LeadItem>,
    /// For the next page, if there is one.
    pub next_cursor: Option<String>,
    /// All of them, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// A row of a lead's history.
#[derive(Clone, Debug, FromQueryResult, Serialize, ToSchema)]
pub struct LeadEventOut {
    /// Id.
    pub id: Uuid,
    /// `created`, `enquiry`, `status_changed`, `assigned`, `changed`, `note`, `call`, ..
    #[schema(example = "status_changed")]
    pub kind: String,
    /// Who; none for a visitor and for the platform itself.
    pub actor_id: Option<Uuid>,
    /// In words.
    pub note: Option<String>,
    /// What goes with the kind: `from` and `to` of a change, the contact of a repeated enquiry.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A task of a lead.
#[derive(Clone, Debug, FromQueryResult, Serialize, ToSchema)]
pub struct LeadTaskOut {
    /// Id.
    pub id: Uuid,
    /// What is to be done.
    pub title: String,
    /// By when.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
    /// By whom.
    pub assignee_id: Option<Uuid>,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
}

/// A lead with its history and its tasks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeadOut {
    #[serde(flatten)]
    #[schema(inline)]
    pub(super) item: LeadItem,
    /// What they wrote.
    pub message: String,
    /// The states that may follow.
    #[schema(value_type = Vec<super::pipeline::LeadStatus>)]
    pub next_statuses: Vec<&'static str>,
    /// What happened, the latest 200, oldest first.
    pub events: Vec<LeadEventOut>,
    /// What is to be done, open ones first, by when.
    pub tasks: Vec<LeadTaskOut>,
}

impl LeadOut {
    pub(super) fn new(
        item: LeadItem,
        message: String,
        events: Vec<LeadEventOut>,
        tasks: Vec<LeadTaskOut>,
    ) -> Result<Self> {
        let status: super::pipeline::LeadStatus = item
            .status
            .parse()
            .map_err(|_| Error::internal(anyhow::anyhow!("an unknown status")))?;
        let next_statuses = status.next().iter().map(|status| status.name()).collect();
        Ok(Self { item, message, next_statuses, events, tasks })
    }
}
