//! The queue of background work, filled in the transaction that causes it.
//!
//! A job is claimed with `FOR UPDATE SKIP LOCKED`: `attempts` is raised, `locked_at` and `locked_by` are set,
//! the claim commits, the work is done, the row is deleted. Giving it back sets `run_at` and clears the lock.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// Unique among jobs that were never started (`attempts = 0`), so that a change during a run queues
    /// another.
    pub dedupe_key: Option<String>,
    pub run_at: DateTimeUtc,
    pub attempts: i32,
    pub max_attempts: i32,
    pub locked_at: Option<DateTimeUtc>,
    pub locked_by: Option<String>,
    pub last_error: Option<String>,
    /// Given up; an operator can run it again.
    pub dead_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
