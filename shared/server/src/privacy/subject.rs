//! Of whom it is asked, and everything that leads from them to rows.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use uuid::Uuid;

use super::ledger;
use crate::{
    db::statement,
    error::{Error, Result},
};

/// A person as somebody names them.
#[derive(Clone, Debug)]
pub enum Who {
    /// Who has this account. What was left without the account under the same address is not
    /// theirs for that: whoever signs up may name any address.
    User(Uuid),
    /// Who booked or asked with this address and has no account. Whoever asks on their behalf has
    /// made sure that the address is theirs.
    Email(String),
    /// Who has this visitor's token.
    Visitor(Uuid),
    /// Who was erased, as the ledger knows them.
    Erased(ledger::Entry),
    /// Whoever made these stays and enquiries: what retention finds.
    Of {
        /// Stays.
        bookings: Vec<Uuid>,
        /// Enquiries.
        leads: Vec<Uuid>,
    },
}

/// What is known of a person: what the tags' `{names}` stand for.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// `users.id`.
    pub users: Vec<Uuid>,
    /// `visitors.id`, of those whose lists became the account's too.
    pub visitors: Vec<Uuid>,
    /// Stays that they booked.
    pub bookings: Vec<Uuid>,
    /// Enquiries of theirs.
    pub leads: Vec<Uuid>,
    /// Addresses by which bookings and enquiries without an account were found.
    pub emails: Vec<String>,
    /// Addresses that letters to them went to.
    pub addresses: Vec<String>,
    /// What a listing may name to reach them.
    pub(super) contacts: Vec<String>,
    /// What somebody else's words may hold of them, in small letters: ids, references, addresses.
    pub(super) marks: Vec<String>,
    /// Rows from after this moment are not meant; none: all are.
    pub before: Option<DateTime<Utc>>,
    /// By which name the account is remembered between requests.
    pub auth_subjects: Vec<String>,
}

impl Subject {
    /// Name, type, value, and whether there is nothing.
    pub(super) fn known(&self) -> [(&'static str, &'static str, Value, bool); 9] {
        let ids =
            |name, ids: &Vec<Uuid>| (name, "uuid[]", Value::from(ids.clone()), ids.is_empty());
        let texts = |name, texts: &Vec<String>| {
            (name, "text[]", Value::from(texts.clone()), texts.is_empty())
        };
        let everything = [&self.users, &self.visitors, &self.bookings, &self.leads];
        let everything: Vec<Uuid> = everything.into_iter().flatten().copied().collect();
        [
            ids("users", &self.users),
            ids("visitors", &self.visitors),
            ids("bookings", &self.bookings),
            ids("leads", &self.leads),
            ids("subjects", &everything),
            texts("addresses", &self.addresses),
            texts("contacts", &self.contacts),
            texts("marks", &self.marks),
            // Leads to nobody by itself.
            ("before", "timestamptz", self.until().into(), true),
        ]
    }

    fn until(&self) -> DateTime<Utc> {
        // Everything there is, by whatever clock it was written.
        self.before.unwrap_or_else(|| Utc::now() + TimeDelta::days(1))
    }

    /// Whether anything is known that could lead to a row.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.users.is_empty()
            && self.visitors.is_empty()
            && self.bookings.is_empty()
            && self.leads.is_empty()
            && self.addresses.is_empty()
    }
}

/// What leads somewhere from the start.
#[derive(Debug, Default)]
struct Named {
    users: Vec<Uuid>,
    visitors: Vec<Uuid>,
    bookings: Vec<Uuid>,
    leads: Vec<Uuid>,
    emails: Vec<String>,
    addresses: Vec<String>,
    before: Option<DateTime<Utc>>,
}

/// Finds everything that leads to the person's rows, and locks what others would write to
/// meanwhile.
///
/// # Errors
/// `404` where there is no such account; those of the database.
pub async fn find(tx: &DatabaseTransaction, who: &Who) -> Result<Subject> {
    let named = match who {
        Who::User(id) => Named { users: vec![*id], ..Named::default() },
        Who::Visitor(id) => Named { visitors: vec![*id], ..Named::default() },
        Who::Email(address) => {
            let address = address.trim().to_lowercase();
            Named { emails: vec![address.clone()], addresses: vec![address], ..Named::default() }
        }
        Who::Erased(entry) => erased(tx, entry).await?,
        Who::Of { bookings, leads } => {
            Named { bookings: bookings.clone(), leads: leads.clone(), ..Named::default() }
        }
    };
    let must_be_there = matches!(who, Who::User(_));
    follow(tx, named, must_be_there).await
}

#[derive(FromQueryResult)]
struct Account {
    id: Uuid,
    auth_subject: String,
    email: Option<String>,
    phone: Option<String>,
    line_id: Option<String>,
}

#[derive(FromQueryResult)]
struct Found {
    id: Uuid,
    reference: String,
}

async fn follow(tx: &DatabaseTransaction, named: Named, must_be_there: bool) -> Result<Subject> {
    const ACCOUNTS: &str = "SELECT u.id, u.auth_subject, lower(u.email) AS email, lower(u.phone) AS phone, \
            lower(a.line_id) AS line_id \
        FROM users u LEFT JOIN agents a ON a.user_id = u.id WHERE u.id = ANY($1) FOR NO KEY UPDATE OF u";
    const VISITORS: &str = "SELECT id FROM visitors WHERE merged_into = ANY($1)";
    const BOOKINGS: &str = "SELECT id, lower(reference) AS reference FROM bookings \
        WHERE (guest_user_id = ANY($1) OR guest_user_id IS NULL AND guest_email_key = ANY($2) OR id = ANY($4)) \
          AND created_at <= $3 ORDER BY id FOR NO KEY UPDATE";
    const LEADS: &str = "SELECT id, lower(reference) AS reference FROM leads \
        WHERE (user_id = ANY($1) OR user_id IS NULL AND email_key = ANY($2) OR id = ANY($4)) \
          AND created_at <= $3 ORDER BY id FOR NO KEY UPDATE";

    let accounts: Vec<Account> = all(tx, ACCOUNTS, [named.users.clone().into()]).await?;
    if must_be_there && accounts.is_empty() {
        return Err(Error::not_found("person"));
    }
    let mut subject = Subject {
        users: accounts.iter().map(|account| account.id).collect(),
        visitors: named.visitors,
        emails: named.emails,
        addresses: named.addresses,
        before: named.before,
        ..Subject::default()
    };
    let merged = tx.query_all_raw(statement(VISITORS, [subject.users.clone().into()])).await?;
    for row in merged {
        subject.visitors.push(row.try_get("", "id")?);
    }
    let values = |also: Vec<Uuid>| -> [Value; 4] {
        let (users, emails) = (subject.users.clone(), subject.emails.clone());
        [users.into(), emails.into(), subject.until().into(), also.into()]
    };
    let bookings: Vec<Found> = all(tx, BOOKINGS, values(named.bookings)).await?;
    let leads: Vec<Found> = all(tx, LEADS, values(named.leads)).await?;
    subject.bookings = bookings.iter().map(|row| row.id).collect();
    subject.leads = leads.iter().map(|row| row.id).collect();

    let mut marks: Vec<String> =
        bookings.into_iter().chain(leads).map(|row| row.reference).collect();
    for account in accounts {
        let Account { auth_subject, email, phone, line_id, .. } = account;
        // As JSON has it: one name may be the beginning of another.
        marks.push(format!("\"{}\"", auth_subject.to_lowercase()));
        subject.auth_subjects.push(auth_subject);
        subject.addresses.extend(email.clone());
        subject.contacts.extend([email, phone, line_id].into_iter().flatten());
    }
    marks.extend(subject.addresses.iter().map(|address| format!("\"{address}\"")));
    let ids = [&subject.users, &subject.visitors, &subject.bookings, &subject.leads];
    marks.extend(ids.into_iter().flatten().map(Uuid::to_string));
    subject.marks = marks;
    Ok(subject)
}

/// Whom an entry of the ledger means. Addresses it knows only by their hashes: those that are here
/// are compared with them.
async fn erased(tx: &DatabaseTransaction, entry: &ledger::Entry) -> Result<Named> {
    const ADDRESSES: &str = "SELECT address FROM ( \
            SELECT guest_email_key AS address FROM bookings WHERE guest_user_id IS NULL \
            UNION SELECT email_key FROM leads WHERE user_id IS NULL \
            UNION SELECT lower(recipient) FROM notifications) known \
        WHERE encode(sha256(convert_to($1 || address, 'UTF8')), 'hex') = ANY($2)";
    let mut known = Vec::with_capacity(2);
    for hashes in [&entry.emails, &entry.addresses] {
        let mut found: Vec<String> = Vec::new();
        if !hashes.is_empty() {
            let values = [entry.salt.clone().into(), hashes.clone().into()];
            for row in tx.query_all_raw(statement(ADDRESSES, values)).await? {
                found.push(row.try_get("", "address")?);
            }
        }
        known.push(found);
    }
    let addresses = known.pop().unwrap_or_default();
    Ok(Named {
        users: entry.users.clone(),
        visitors: entry.visitors.clone(),
        bookings: entry.bookings.clone(),
        leads: entry.leads.clone(),
        emails: known.pop().unwrap_or_default(),
        addresses,
        // Who came back afterwards was not meant.
        before: Some(entry.at),
    })
}

async fn all<T: FromQueryResult>(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>> {
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>()?)
}
