//! `terrace webhooks`.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use sea_orm::FromQueryResult;
use serde::Serialize;
use uuid::Uuid;

use super::{Selection, Workplace, table};
use crate::{
    db::{Context, Db},
    webhooks::{
        deliveries,
        model::{DeliveryOut, DeliveryState, ReplayIn, ReplayOut},
        replay,
    },
};

/// See the webhooks of products and what was sent to them, and send it again
#[derive(Debug, Args)]
pub(super) struct Webhooks {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the endpoints and what waits for them
    List {
        #[command(flatten)]
        selection: Selection,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Show what was sent, newest first
    Deliveries {
        #[command(flatten)]
        selection: Selection,
        /// To one endpoint
        #[arg(long, value_name = "ID")]
        webhook: Option<Uuid>,
        /// Only pending, delivered, failed or dead ones
        #[arg(long)]
        status: Option<DeliveryState>,
        /// Rows at most, per product
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Send an endpoint again what happened from a number or a time on, or only what failed
    Replay {
        /// The product, by the name of its folder
        #[arg(long, value_name = "ID")]
        product: String,
        /// The endpoint
        #[arg(long, value_name = "ID")]
        webhook: Uuid,
        /// From this event of the feed on
        #[arg(long, value_name = "NUMBER", required_unless_present_any = ["since", "failed"])]
        from_seq: Option<i64>,
        /// From this time on (2026-11-26T09:00:00Z)
        #[arg(long, value_name = "TIME", conflicts_with = "from_seq")]
        since: Option<DateTime<Utc>>,
        /// Only what was given up, or waits after a failure
        #[arg(long)]
        failed: bool,
        /// For machines
        #[arg(long)]
        json: bool,
    },
}

/// An endpoint as an operator sees it.
#[derive(Debug, FromQueryResult, Serialize)]
struct Listed {
    id: Uuid,
    url: String,
    event_types: Vec<String>,
    state: String,
    failing_since: Option<DateTime<Utc>>,
    waiting: i64,
    dead: i64,
}

#[derive(Serialize)]
struct OfProduct<T> {
    product: String,
    #[serde(flatten)]
    found: T,
}

#[derive(Serialize)]
struct Endpoints {
    webhooks: Vec<Listed>,
}

#[derive(Serialize)]
struct Deliveries {
    deliveries: Vec<DeliveryOut>,
}

impl Webhooks {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::List { selection, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    let found =
                        Endpoints { webhooks: list(&Db::connect(&profile.database)).await? };
                    all.push(OfProduct { product: profile.id.to_string(), found });
                }
                show_endpoints(&all, json)
            }
            Command::Deliveries { selection, webhook, status, limit, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    let db = Db::connect(&profile.database);
                    let found = Deliveries { deliveries: log(&db, webhook, status, limit).await? };
                    all.push(OfProduct { product: profile.id.to_string(), found });
                }
                show_deliveries(&all, json)
            }
            Command::Replay { product, webhook, from_seq, since, failed, json } => {
                let profile = workplace.one(&product)?;
                let asked = ReplayIn { from_seq, since, failed_only: failed };
                let queued = replay(&Db::connect(&profile.database), webhook, asked).await?;
                if json {
                    return table::print_json(&OfProduct { product, found: queued });
                }
                let ReplayOut { from_seq, to_seq } = queued;
                println!("{product}: events {from_seq} to {to_seq} are sent again");
                Ok(())
            }
        }
    }
}

async fn list(db: &Db) -> anyhow::Result<Vec<Listed>> {
    const SQL: &str = "SELECT w.id, w.url, w.event_types, w.failing_since, \
            CASE WHEN NOT w.is_active THEN coalesce('off: ' || w.disabled_reason, 'off') \
                 WHEN w.failing_since IS NOT NULL THEN 'failing' ELSE 'ok' END AS state, \
            count(d.id) FILTER (WHERE d.status IN ('pending', 'failed')) AS waiting, \
            count(d.id) FILTER (WHERE d.status = 'dead') AS dead \
        FROM webhook_endpoints w LEFT JOIN webhook_deliveries d ON d.endpoint_id = w.id \
        GROUP BY w.id ORDER BY w.id";
    Ok(db.platform_rows("terrace webhooks", SQL, []).await?)
}

async fn log(
    db: &Db,
    webhook: Option<Uuid>,
    status: Option<DeliveryState>,
    limit: u32,
) -> anyhow::Result<Vec<DeliveryOut>> {
    let sql = format!(
        "SELECT {} FROM webhook_deliveries d WHERE ($1::uuid IS NULL OR d.endpoint_id = $1) \
             AND ($2::text IS NULL OR d.status = $2::delivery_status) \
         ORDER BY d.created_at DESC, d.id DESC LIMIT {limit}",
        deliveries::COLUMNS
    );
    let status = status.map(|status| status.name().to_owned());
    Ok(db.platform_rows("terrace webhooks", sql, [webhook.into(), status.into()]).await?)
}

async fn replay(db: &Db, webhook: Uuid, asked: ReplayIn) -> anyhow::Result<ReplayOut> {
    let queued = db.tx(Context::system("terrace webhooks replay"), move |tx| {
        let asked = asked.clone();
        Box::pin(async move { replay::queue(tx, webhook, &asked).await })
    });
    Ok(queued.await?)
}

fn show_endpoints(all: &[OfProduct<Endpoints>], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|of| of.found.webhooks.iter().map(move |webhook| (&of.product, webhook)))
        .map(|(product, webhook)| {
            let kinds = match webhook.event_types.as_slice() {
                [] => "*".to_owned(),
                kinds => kinds.join(" "),
            };
            vec![
                product.clone(),
                webhook.id.to_string(),
                webhook.url.clone(),
                kinds,
                webhook.state.clone(),
                webhook.waiting.to_string(),
                webhook.dead.to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no webhooks");
        return Ok(());
    }
    table::print(&["product", "webhook", "url", "events", "state", "waiting", "dead"], rows);
    Ok(())
}

fn show_deliveries(all: &[OfProduct<Deliveries>], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let time = |at: Option<DateTime<Utc>>| at.map(|at| at.format("%F %T").to_string());
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|of| of.found.deliveries.iter().map(move |delivery| (&of.product, delivery)))
        .map(|(product, delivery)| {
            let answer = match (delivery.response_status, &delivery.last_error) {
                (Some(status), _) => status.to_string(),
                (None, error) => error.clone().unwrap_or_default(),
            };
            vec![
                product.clone(),
                delivery.id.to_string(),
                delivery.seq.map_or_else(|| "test".to_owned(), |seq| seq.to_string()),
                delivery.event_type.clone(),
                delivery.status.clone(),
                delivery.attempts.to_string(),
                answer,
                delivery.latency_ms.map(|ms| format!("{ms} ms")).unwrap_or_default(),
                time(delivery.next_attempt_at).unwrap_or_default(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no deliveries");
        return Ok(());
    }
    table::print(
        &["product", "delivery", "seq", "event", "state", "attempts", "answer", "took", "next"],
        rows,
    );
    Ok(())
}
