//! What is known of a person, for them to have.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    statement as made,
    subject::{self, Who},
    tags,
};
use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// Everything that is known of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Export {
    /// By which brand.
    pub product: String,
    /// When it was asked.
    pub made_at: DateTime<Utc>,
    /// The account, if it is one's.
    pub user_id: Option<Uuid>,
    /// What each place holds; places that hold nothing are left out.
    pub places: Vec<Holding>,
}

/// What one place holds of the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Holding {
    /// The table.
    #[schema(value_type = String, example = "bookings")]
    pub place: &'static str,
    /// Who the person is to it.
    #[schema(value_type = String, example = "who booked")]
    pub whom: &'static str,
    /// Its rows, without what they tell of others.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<serde_json::Value>,
}

/// Gathers it.
///
/// # Errors
/// `404` where there is no such account; those of the database.
pub async fn export(state: &State, context: Context, who: Who) -> Result<Export> {
    let product = state.profile.id.to_string();
    state
        .db
        .tx(context, move |tx| {
            let (who, product) = (who.clone(), product.clone());
            Box::pin(async move {
                let subject = subject::find(tx, &who).await?;
                let mut places = Vec::new();
                for (table, part) in tags::parts() {
                    let Some((sql, values)) = made::exporting(table, part, &subject) else {
                        continue;
                    };
                    let row = tx.query_one_raw(statement(sql, values)).await?;
                    let rows: Option<serde_json::Value> =
                        row.map(|row| row.try_get("", "rows")).transpose()?;
                    if let Some(serde_json::Value::Array(rows)) = rows
                        && !rows.is_empty()
                    {
                        places.push(Holding { place: table.name, whom: part.whom, rows });
                    }
                }
                let user_id = subject.users.first().copied();
                Ok(Export { product, made_at: Utc::now(), user_id, places })
            })
        })
        .await
}
