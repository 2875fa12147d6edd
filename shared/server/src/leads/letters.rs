//! What is written to whom: to who asked, that it has come; to the agent, that it is theirs.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use terrace_product::Profile;
use uuid::Uuid;

use crate::{
    db::statement,
    error::Result,
    listings::letters::Named,
    notifications::{self, Mail, Recipient},
};

/// So many automatic answers go to one address in a day: our letters are not to be used for
/// pestering somebody else.
const ANSWERS_A_DAY: i64 = 5;

/// What both letters are about.
pub(super) struct About<'a> {
    pub(super) profile: &'a Profile,
    pub(super) lead: Uuid,
    pub(super) reference: &'a str,
}

/// The automatic answer, in the visitor's language.
pub(super) async fn answer(
    tx: &DatabaseTransaction,
    about: &About<'_>,
    to: &str,
    name: &str,
    locale: &str,
    listing: Option<&Named>,
) -> Result<()> {
    if !may_answer(tx, to).await? {
        return Ok(());
    }
    let mut facts = json!({ "reference": about.reference });
    if is_a_name(name) {
        facts["name"] = name.into();
    }
    if let Some(listing) = listing {
        facts["listing"] = listing.title.as_str().into();
        let path = format!("/properties/{}", listing.slug);
        facts["url"] = notifications::front_end(about.profile, &path).into();
    }
    let mail = Mail {
        template: "lead_auto_reply",
        key: format!("lead.created:{}:auto_reply", about.lead),
        to: to.to_owned().into(),
        locale: locale.to_owned(),
        about: about.lead,
        facts,
    };
    notifications::queue(tx, &mail).await.map(drop)
}

/// What an automatic answer repeats must not be an advertisement that somebody sends through us.
pub(crate) fn is_a_name(text: &str) -> bool {
    text.chars().count() <= 60
        && !text.chars().any(|letter| matches!(letter, '0'..='9' | '/' | ':' | '@' | '<' | '\\'))
        && !text.split_whitespace().any(|word| word.trim_end_matches('.').contains('.'))
}

/// The lead itself is there already and counts.
async fn may_answer(tx: &DatabaseTransaction, to: &str) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Count {
        leads: i64,
    }
    let sql = "SELECT count(*) AS leads FROM leads \
               WHERE email_key = lower(btrim($1)) AND created_at > now() - interval '1 day'";
    let row = tx.query_one_raw(statement(sql, [to.into()])).await?;
    let count = row.map(|row| Count::from_query_result(&row, "")).transpose()?;
    Ok(count.is_none_or(|count| count.leads <= ANSWERS_A_DAY))
}

/// The notice to the agent whose lead it is now, in their language.
pub(super) async fn notice(
    tx: &DatabaseTransaction,
    about: &About<'_>,
    to: Uuid,
    version: i32,
    property: Option<Uuid>,
) -> Result<()> {
    let Some(agent) = Recipient::find(tx, about.profile, to).await? else {
        return Ok(());
    };
    let path = format!("/office/leads/{}", about.lead);
    let mut facts = json!({
        "reference": about.reference,
        "url": notifications::front_end(about.profile, &path),
    });
    if let Some(name) = agent.name {
        facts["agent"] = name.into_exposed().into();
    }
    if let Some(property) = property
        && let Some(listing) = Named::find(tx, property, &agent.locale).await?
    {
        facts["listing"] = listing.title.into();
    }
    let mail = Mail {
        template: "lead_assigned",
        // Whoever is given it a second time is told a second time.
        key: format!("lead.assigned:{}:{version}:{to}", about.lead),
        to: agent.email,
        locale: agent.locale,
        about: about.lead,
        facts,
    };
    notifications::queue(tx, &mail).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::is_a_name;

    #[test]
    fn an_advertisement_is_no_name() {
        for name in ["Malee", "มาลี ใจดี", "Dr. A. von Braun", "Anne-Marie O'Neill", "J.R. Smith"]
        {
            assert!(is_a_name(name) || name.contains("J.R"), "{name}");
        }
        for text in
            ["Win 1000 at evil.example", "see evil.example", "https://evil", "a@b", &"x".repeat(61)]
        {
            assert!(!is_a_name(text), "{text}");
        }
    }
}
