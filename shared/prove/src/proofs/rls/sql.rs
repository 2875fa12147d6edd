//! Whoever gets a statement past everything else, in somebody's name, sees and changes what is
//! that person's, and in nobody's name nothing.

use std::collections::BTreeSet;

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::walled::WALLED;
use crate::{report::Report, run::Run, stage::Brand};

/// What PostgreSQL says to whom it lets nothing.
const REFUSED: &str = "42501";

/// One of the tables, for one of the people.
struct Table {
    name: &'static str,
    /// Rows by their place: nobody writes while this runs.
    own: BTreeSet<String>,
    others: Vec<String>,
    /// Columns that can be written.
    columns: String,
    /// Somebody else's row.
    foreign: String,
}

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    let people = run.count("people");
    let brand = run.brand().await?;
    brand.sql(&include_str!("people.sql").replace("$people", &people.to_string())).await?;
    run.mutate(&brand).await?;
    let mut report = Report::default();
    report.none("every table under row-level security is known here", &unknown(&brand).await?);
    let mut found = Found::default();
    for n in 1..=people {
        let me: Vec<(String,)> =
            brand.rows(&format!("SELECT md5('prove person{n}')::uuid::text")).await?;
        let me = me.into_iter().next().context("a person")?.0;
        run.say(format!("person {n} of {people}"));
        let tables = tables(&brand, &me).await?;
        // Whose rows are judged by the id alone: the role of an agent opens what they host, and
        // these host nothing.
        for role in ["user", "agent"] {
            found.of_somebody(&brand, &me, role, &tables).await?;
        }
        found.of_nobody(&brand, &me).await?;
    }
    report.count("statements", found.statements);
    report.none("every table holds rows of others", &found.empty);
    report.none("everybody sees their own rows", &found.unseen);
    report.none("nobody reads another's rows", &found.read);
    report.none("nobody changes another's rows", &found.changed);
    report.none("nobody deletes another's rows", &found.deleted);
    report.none("nobody writes in another's name", &found.written);
    report.none("who is nobody sees nothing", &found.shown_to_nobody);
    report.none("who is nobody hears of no error", &found.failed_for_nobody);
    Ok(report)
}

/// Tables that are walled and not in the list, or in the list and not walled.
async fn unknown(brand: &Brand) -> anyhow::Result<Vec<String>> {
    let walled: Vec<(String,)> = brand
        .rows(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
             AND relrowsecurity AND relforcerowsecurity",
        )
        .await?;
    let walled: BTreeSet<_> = walled.into_iter().map(|row| row.0).collect();
    let known: BTreeSet<_> = WALLED.iter().map(|(name, _)| (*name).to_owned()).collect();
    Ok(walled.symmetric_difference(&known).cloned().collect())
}

/// What there is, as somebody who sees everything sees it.
async fn tables(brand: &Brand, me: &str) -> anyhow::Result<Vec<Table>> {
    let mut tables = Vec::new();
    for (name, mine) in WALLED {
        let mine = mine.replace(":me", &format!("'{me}'"));
        // A column is uuid or text: a literal is either.
        let rows: Vec<(String, bool, String)> = brand
            .rows(&format!("SELECT t.ctid::text, {mine}, to_jsonb(t)::text FROM {name} t"))
            .await?;
        let columns: Vec<(String,)> = brand
            .rows(&format!(
                "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '{name}'::regclass \
                 AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a'"
            ))
            .await?;
        let others: Vec<_> = rows.iter().filter(|(_, own, _)| !own).collect();
        tables.push(Table {
            name,
            own: rows.iter().filter(|row| row.1).map(|row| row.0.clone()).collect(),
            foreign: others.last().map(|row| row.2.clone()).unwrap_or_default(),
            others: others.into_iter().map(|row| row.0.clone()).collect(),
            columns: columns.into_iter().map(|row| row.0).collect::<Vec<_>>().join(", "),
        });
    }
    Ok(tables)
}

#[derive(Default)]
struct Found {
    statements: u64,
    empty: Vec<String>,
    unseen: Vec<String>,
    read: Vec<String>,
    changed: Vec<String>,
    deleted: Vec<String>,
    written: Vec<String>,
    shown_to_nobody: Vec<String>,
    failed_for_nobody: Vec<String>,
}

impl Found {
    async fn of_somebody(
        &mut self,
        brand: &Brand,
        me: &str,
        role: &str,
        tables: &[Table],
    ) -> anyhow::Result<()> {
        let mut db = brand.as_application().await?;
        let mut tx = db.begin().await?;
        identify(&mut tx, me, role).await?;
        for table in tables {
            let Table { name, own, others, columns, foreign } = table;
            let told = |what: &str| format!("{name} by a {role}: {what}");
            if others.is_empty() {
                self.empty.push(told("no row"));
                continue;
            }
            let seen = places(&mut tx, name).await?;
            let strange: Vec<_> = seen.difference(own).cloned().collect();
            if !strange.is_empty() {
                self.read.push(told(&format!("{} rows", strange.len())));
            }
            if !own.is_subset(&seen) {
                self.unseen.push(told("not all"));
            }
            let column = columns.split(", ").next().context("a column")?;
            let change = format!(
                "UPDATE {name} SET {column} = {column} WHERE ctid = ANY ($1::text[]::tid[])"
            );
            let delete = format!("DELETE FROM {name} WHERE ctid = ANY ($1::text[]::tid[])");
            let write = format!(
                "INSERT INTO {name} ({columns}) SELECT {columns} \
                 FROM jsonb_populate_record(NULL::{name}, $1::text::jsonb)"
            );
            let changed = attempt(&mut tx, change, others.clone()).await?;
            let deleted = attempt(&mut tx, delete, others.clone()).await?;
            let written = attempt(&mut tx, write, foreign.clone()).await?;
            self.statements += 4;
            for (list, outcome) in [
                (&mut self.changed, changed),
                (&mut self.deleted, deleted),
                (&mut self.written, written),
            ] {
                if !outcome.is_nothing() {
                    list.push(told(&format!("{outcome:?}")));
                }
            }
        }
        tx.rollback().await?;
        Ok(())
    }

    /// Where no identity was ever set, where it has ended with its transaction (a setting then
    /// reads as '', which is no uuid), and where half of one is set.
    async fn of_nobody(&mut self, brand: &Brand, somebody: &str) -> anyhow::Result<()> {
        let mut fresh = brand.as_application().await?;
        self.looks(&mut fresh, "with nothing set").await?;
        let mut ended = brand.as_application().await?;
        let mut tx = ended.begin().await?;
        identify(&mut tx, somebody, "admin").await?;
        tx.commit().await?;
        self.looks(&mut ended, "after a transaction of an admin").await?;
        for (user, role) in
            [("", ""), (somebody, ""), ("", "user"), (somebody, "anonymous"), (somebody, "owner")]
        {
            let mut tx = ended.begin().await?;
            identify(&mut tx, user, role).await?;
            let who = if user.is_empty() { "nobody" } else { "somebody" };
            self.looks(&mut tx, &format!("{who} as {role:?}")).await?;
            tx.rollback().await?;
        }
        Ok(())
    }

    async fn looks(&mut self, db: &mut PgConnection, who: &str) -> anyhow::Result<()> {
        for (name, _) in WALLED {
            let seen = attempt(db, format!("SELECT FROM {name} WHERE $1 = $1"), "any".to_owned());
            self.statements += 1;
            match seen.await? {
                Outcome::Rows(0) => {}
                Outcome::Rows(rows) => self.shown_to_nobody.push(format!("{name} {who}: {rows}")),
                Outcome::Error(code) => {
                    self.failed_for_nobody.push(format!("{name} {who}: {code}"))
                }
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
enum Outcome {
    Rows(u64),
    Error(String),
}

impl Outcome {
    fn is_nothing(&self) -> bool {
        match self {
            Self::Rows(rows) => *rows == 0,
            Self::Error(code) => code == REFUSED,
        }
    }
}

async fn identify(db: &mut PgConnection, user: &str, role: &str) -> anyhow::Result<()> {
    sqlx::query("SELECT set_config('app.user_id', $1, true), set_config('app.role', $2, true)")
        .bind(user)
        .bind(role)
        .execute(db)
        .await?;
    Ok(())
}

async fn places(db: &mut PgConnection, table: &str) -> anyhow::Result<BTreeSet<String>> {
    let sql = format!("SELECT t.ctid::text FROM {table} t");
    let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(db).await?;
    Ok(rows.into_iter().collect())
}

/// Runs a statement, and undoes it: in a transaction or in a part of one.
async fn attempt<'q, V>(db: &mut PgConnection, sql: String, value: V) -> anyhow::Result<Outcome>
where
    V: sqlx::Encode<'q, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + 'q,
{
    let mut part = db.begin().await?;
    let done = sqlx::query(AssertSqlSafe(sql.clone())).bind(value).execute(&mut *part).await;
    part.rollback().await?;
    match done {
        Ok(done) => Ok(Outcome::Rows(done.rows_affected())),
        Err(error) => {
            let code = error.as_database_error().and_then(|error| error.code());
            let code = code.map(|code| code.into_owned());
            Ok(Outcome::Error(code.with_context(|| format!("{sql}: {error}"))?))
        }
    }
}
