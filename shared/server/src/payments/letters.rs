//! What is written to the guest about money.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;

use super::row::PaymentRow;
use crate::{
    db::statement,
    error::Result,
    money,
    notifications::{self, Mail},
};

/// Tells the guest that money goes back, and why.
///
/// # Errors
/// Those of the database.
pub(super) async fn returned(
    tx: &DatabaseTransaction,
    payment: &PaymentRow,
    amount: i64,
    reason: &str,
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Guest {
        reference: String,
        email: Option<String>,
        locale: String,
    }
    // The address that the booking was made with; else the account's.
    const SQL: &str = "SELECT b.reference, coalesce(b.guest_email, u.email) AS email, \
            b.locale \
        FROM bookings b LEFT JOIN users u ON u.id = b.guest_user_id AND u.deleted_at IS NULL WHERE b.id = $1";
    let row = tx.query_one_raw(statement(SQL, [payment.booking_id.into()])).await?;
    let Some(row) = row else { return Ok(()) };
    let Guest { reference, email, locale } = Guest::from_query_result(&row, "")?;
    // Who was erased is not written to; what they paid goes back all the same.
    let Some(email) = email else { return Ok(()) };
    let mail = Mail {
        template: "payment_returned",
        key: format!("payment.returned:{}:{}", payment.id, payment.refunded + amount),
        to: email.into(),
        locale,
        about: payment.booking_id,
        facts: json!({
            "reference": reference,
            "amount": money::written(amount, &payment.currency),
            "why": reason,
        }),
    };
    notifications::queue(tx, &mail).await.map(drop)
}
