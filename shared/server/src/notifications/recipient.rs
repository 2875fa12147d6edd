//! Who of our own people a message goes to.

use sea_orm::{ConnectionTrait, FromQueryResult};
use terrace_product::Profile;
use uuid::Uuid;

use crate::{db::statement, error::Result, privacy::Private};

/// A person with an account and an address.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    /// Their address.
    pub(crate) email: Private,
    /// What they are called, where they have said.
    pub(crate) name: Option<Private>,
    /// Their language, or the brand's own.
    pub(crate) locale: String,
}

impl Recipient {
    /// The person, if they have an address.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn find(
        tx: &impl ConnectionTrait,
        profile: &Profile,
        user: Uuid,
    ) -> Result<Option<Self>> {
        #[derive(FromQueryResult)]
        struct Row {
            email: String,
            display_name: Option<String>,
            locale: Option<String>,
        }
        let sql = "SELECT email, display_name, locale FROM users \
                   WHERE id = $1 AND email IS NOT NULL AND deleted_at IS NULL";
        let Some(row) = tx.query_one_raw(statement(sql, [user.into()])).await? else {
            return Ok(None);
        };
        let Row { email, display_name, locale } = Row::from_query_result(&row, "")?;
        let locale = locale.unwrap_or_else(|| profile.locales.default.to_string());
        Ok(Some(Self { email: email.into(), name: display_name.map(Private::from), locale }))
    }
}
