//! What somebody is in charge of: as long as it is anything, they stay an active agent.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use crate::{
    db::statement,
    error::{Code, Error, FieldError, Result},
};

/// How much somebody is in charge of.
#[derive(Clone, Copy, Debug, FromQueryResult, PartialEq, Eq)]
pub(crate) struct Charge {
    /// Listings, those that were taken away included: they may be restored.
    listings: i64,
    /// Leads that are neither won nor lost.
    leads: i64,
}

impl Charge {
    /// What this person is in charge of now.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn of(tx: &DatabaseTransaction, id: Uuid) -> Result<Self> {
        let sql = "SELECT (SELECT count(*) FROM properties WHERE agent_id = $1) AS listings, \
                   (SELECT count(*) FROM leads WHERE assigned_agent_id = $1 \
                      AND status NOT IN ('won', 'lost')) AS leads";
        let row = tx.query_one_raw(statement(sql, [id.into()])).await?;
        let row = row.ok_or_else(|| Error::internal(anyhow::anyhow!("a count has a row")))?;
        Ok(Self::from_query_result(&row, "")?)
    }

    /// `409` that says how much, where it is anything; `pointer` is what was to be changed.
    ///
    /// # Errors
    /// That.
    pub(crate) fn refuse(self, pointer: &str) -> Result<()> {
        let Self { listings, leads } = self;
        if listings == 0 && leads == 0 {
            return Ok(());
        }
        let count = |n: i64, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        let (listings_told, leads_told) = (count(listings, "listing"), count(leads, "open lead"));
        let mut error = Error::new(Code::InUse).with_detail(format!(
            "In charge of {listings_told} and {leads_told}: reassign them first \
             (POST /api/v1/admin/agents/{{id}}/reassign)."
        ));
        for (n, code, told) in [(listings, "listings", listings_told), (leads, "leads", leads_told)]
        {
            if n > 0 {
                error.fields.push(FieldError::new(pointer, code, format!("In charge of {told}.")));
            }
        }
        Err(error)
    }
}
