//! Who looks after a new lead.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use terrace_product::LeadRouting;
use uuid::Uuid;

use crate::{db::statement, error::Result};

/// Somebody who can be given leads: an agent whose account works. Whoever is chosen is held
/// (`FOR SHARE`) until the transaction ends, so that nobody goes in the moment they are chosen.
const ACTIVE: &str = "agents g JOIN users u ON u.id = g.user_id \
    WHERE u.is_active AND u.deleted_at IS NULL AND u.closed_at IS NULL AND u.role <> 'user'";

#[derive(FromQueryResult)]
struct Chosen {
    agent_id: Option<Uuid>,
}

/// The agent for a new lead about a listing that `agent` is in charge of.
///
/// # Errors
/// Those of the database.
pub(crate) async fn choose(
    tx: &DatabaseTransaction,
    routing: LeadRouting,
    agent: Option<Uuid>,
) -> Result<Option<Uuid>> {
    match (routing, agent) {
        (LeadRouting::None, _) => Ok(None),
        (LeadRouting::ListingAgentThenRoundRobin, Some(agent)) if is_active(tx, agent).await? => {
            Ok(Some(agent))
        }
        _ => next_in_turn(tx).await,
    }
}

/// Whether somebody can be given leads.
///
/// # Errors
/// Those of the database.
pub(crate) async fn is_active(tx: &DatabaseTransaction, agent: Uuid) -> Result<bool> {
    let sql =
        format!("SELECT g.user_id AS agent_id FROM {ACTIVE} AND g.user_id = $1 FOR SHARE OF u");
    Ok(tx.query_one_raw(statement(sql, [agent.into()])).await?.is_some())
}

/// Whether somebody is an agent at work: as everybody may see, and without holding them.
///
/// # Errors
/// Those of the database.
pub(crate) async fn is_listed(tx: &DatabaseTransaction, agent: Uuid) -> Result<bool> {
    let sql = "SELECT FROM agents WHERE user_id = $1 AND is_listed";
    Ok(tx.query_one_raw(statement(sql, [agent.into()])).await?.is_some())
}

/// Goes round the agents in the order of their ids. The one row of `lead_rotation` is the lock:
/// of two who draw at once the second waits for the first to commit, and PostgreSQL then works
/// the statement out anew from what the first has left. No turn is skipped, and none is taken
/// twice; a transaction that rolls back gives its turn back.
async fn next_in_turn(tx: &DatabaseTransaction) -> Result<Option<Uuid>> {
    let sql = format!(
        "UPDATE lead_rotation r SET agent_id = coalesce( \
             (SELECT g.user_id FROM {ACTIVE} AND g.user_id > r.agent_id ORDER BY g.user_id LIMIT 1 FOR SHARE OF u), \
             (SELECT g.user_id FROM {ACTIVE} ORDER BY g.user_id LIMIT 1 FOR SHARE OF u)) \
         RETURNING r.agent_id"
    );
    let row = tx.query_one_raw(statement(sql, [])).await?;
    Ok(match row {
        Some(row) => Chosen::from_query_result(&row, "")?.agent_id,
        None => None,
    })
}
