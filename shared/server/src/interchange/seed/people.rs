//! The people of a product's seed content: agencies, their agents, and the three people whom
//! `terrace token` speaks for when no name is given.

use std::{collections::BTreeMap, path::Path};

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use terrace_product::Locale;
use uuid::Uuid;

use super::{json, mistake};
use crate::{
    db::statement,
    error::{Code, Error, Result},
};

/// A text in several languages.
type Texts = BTreeMap<String, String>;

/// `people.json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    companies: Vec<CompanyIn>,
    agents: Vec<AgentIn>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CompanyIn {
    slug: String,
    name: String,
    email: Option<String>,
    phone: Option<String>,
    website: Option<String>,
    #[serde(default)]
    about: Texts,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentIn {
    user: String,
    email: String,
    display_name: String,
    phone: Option<String>,
    company: Option<String>,
    #[serde(default)]
    bio: Texts,
    #[serde(default)]
    languages: Vec<String>,
    licence_number: Option<String>,
    line_id: Option<String>,
    #[serde(default)]
    verified: bool,
}

/// Rows of `companies`.
#[derive(Clone, Debug, Serialize)]
struct Company {
    id: Uuid,
    slug: String,
    name: String,
    description: String,
    email: Option<String>,
    phone: Option<String>,
    website: Option<String>,
}

/// Rows of `users`.
#[derive(Clone, Debug, Serialize)]
struct User {
    id: Uuid,
    auth_subject: String,
    email: Option<String>,
    display_name: String,
    phone: Option<String>,
    role: &'static str,
}

/// Rows of `agents`, with whom they belong to.
#[derive(Clone, Debug, Serialize)]
struct Agent {
    auth_subject: String,
    company: Option<String>,
    bio: String,
    languages: Vec<String>,
    licence_number: Option<String>,
    line_id: Option<String>,
    is_verified: bool,
}

/// Everyone who ships with a product.
#[derive(Clone, Debug)]
pub(super) struct People {
    companies: Vec<Company>,
    users: Vec<User>,
    agents: Vec<Agent>,
}

impl People {
    /// Reads the product's people; a product may have none.
    ///
    /// # Errors
    /// Where the file is wrong, with the place.
    pub(super) fn read(path: &Path, locale: &Locale) -> Result<Self> {
        let file: File = match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|error| mistake(&path.display().to_string(), &error))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => File::default(),
            Err(error) => {
                let detail = format!("{}: {error}", path.display());
                return Err(Error::new(Code::InvalidInput).with_detail(detail));
            }
        };
        let companies: Vec<Company> =
            file.companies.into_iter().map(|company| company.row(locale)).collect();
        let known = |slug: &String| companies.iter().any(|company| company.slug == *slug);
        for agent in &file.agents {
            if let Some(company) = agent.company.as_ref().filter(|slug| !known(slug)) {
                let detail = format!(
                    "{}: agent {} is of company {company}, which the file does not have",
                    path.display(),
                    agent.user
                );
                return Err(Error::new(Code::InvalidInput).with_detail(detail));
            }
        }
        let (mut users, mut agents) = (development_users(), vec![development_agent()]);
        for agent in file.agents {
            let (user, agent) = agent.rows(locale);
            users.push(user);
            agents.push(agent);
        }
        Ok(Self { companies, users, agents })
    }

    /// Makes those who are missing and corrects those who differ; how many.
    pub(super) async fn store(&self, tx: &DatabaseTransaction) -> Result<u64> {
        let companies = "INSERT INTO companies (id, slug, name, description, email, phone, website) \
            SELECT id, slug, name, description, email, phone, website \
            FROM jsonb_populate_recordset(NULL::companies, $1::text::jsonb) \
            ON CONFLICT (slug) DO UPDATE SET (name, description, email, phone, website) = \
                ROW(excluded.name, excluded.description, excluded.email, excluded.phone, excluded.website) \
            WHERE (companies.name, companies.description, companies.email, companies.phone, companies.website) \
                IS DISTINCT FROM \
                (excluded.name, excluded.description, excluded.email, excluded.phone, excluded.website)";
        let users = "INSERT INTO users (id, auth_subject, email, display_name, phone, role) \
            SELECT id, auth_subject, email, display_name, phone, role \
            FROM jsonb_populate_recordset(NULL::users, $1::text::jsonb) \
            ON CONFLICT (auth_subject) DO UPDATE SET (email, display_name, phone, role) = \
                ROW(excluded.email, excluded.display_name, excluded.phone, excluded.role) \
            WHERE (users.email, users.display_name, users.phone, users.role) IS DISTINCT FROM \
                (excluded.email, excluded.display_name, excluded.phone, excluded.role)";
        let agents = "INSERT INTO agents (user_id, company_id, bio, languages, licence_number, line_id, is_verified) \
            SELECT u.id, c.id, r.bio, r.languages, r.licence_number, r.line_id, r.is_verified \
            FROM jsonb_to_recordset($1::text::jsonb) AS r (auth_subject text, company text, bio text, \
                languages text[], licence_number text, line_id text, is_verified boolean) \
            JOIN users u ON u.auth_subject = r.auth_subject LEFT JOIN companies c ON c.slug = r.company \
            ON CONFLICT (user_id) DO UPDATE SET (company_id, bio, languages, licence_number, line_id, is_verified) = \
                ROW(excluded.company_id, excluded.bio, excluded.languages, excluded.licence_number, \
                    excluded.line_id, excluded.is_verified) \
            WHERE (agents.company_id, agents.bio, agents.languages, agents.licence_number, agents.line_id, \
                agents.is_verified) IS DISTINCT FROM \
                (excluded.company_id, excluded.bio, excluded.languages, excluded.licence_number, \
                    excluded.line_id, excluded.is_verified)";
        let mut changed = 0;
        for (sql, rows) in [
            (companies, json(&self.companies)?),
            (users, json(&self.users)?),
            (agents, json(&self.agents)?),
        ] {
            changed += tx.execute_raw(statement(sql, [rows])).await?.rows_affected();
        }
        Ok(changed)
    }
}

impl CompanyIn {
    fn row(mut self, locale: &Locale) -> Company {
        Company {
            id: Uuid::now_v7(),
            slug: self.slug,
            name: self.name,
            description: self.about.remove(locale.as_str()).unwrap_or_default(),
            email: self.email,
            phone: self.phone,
            website: self.website,
        }
    }
}

impl AgentIn {
    fn rows(mut self, locale: &Locale) -> (User, Agent) {
        let auth_subject = format!("user_{}", self.user);
        let user = User {
            id: Uuid::now_v7(),
            auth_subject: auth_subject.clone(),
            email: Some(self.email),
            display_name: self.display_name,
            phone: self.phone,
            role: "agent",
        };
        let agent = Agent {
            auth_subject,
            company: self.company,
            bio: self.bio.remove(locale.as_str()).unwrap_or_default(),
            languages: self.languages,
            licence_number: self.licence_number,
            line_id: self.line_id,
            is_verified: self.verified,
        };
        (user, agent)
    }
}

fn development_users() -> Vec<User> {
    let user = |role: &'static str| User {
        id: Uuid::now_v7(),
        auth_subject: format!("user_dev-{role}"),
        email: None,
        display_name: format!("Development {role}"),
        phone: None,
        role,
    };
    vec![user("user"), user("agent"), user("admin")]
}

fn development_agent() -> Agent {
    Agent {
        auth_subject: "user_dev-agent".to_owned(),
        company: None,
        bio: String::new(),
        languages: Vec::new(),
        licence_number: None,
        line_id: None,
        is_verified: false,
    }
}
