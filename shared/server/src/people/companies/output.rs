//! Agencies as others see them, and the statement that finds them.

use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    accounts::Role,
    error::Result,
    http::auth::Caller,
    listings::{
        filters::Conditions,
        model::{Image, LocationDetails},
        output::Json,
    },
};

/// An agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyOut {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it says of itself.
    pub description: String,
    /// Its own site.
    pub website: Option<String>,
    /// Its mark.
    #[schema(value_type = Option<Image>)]
    pub logo: Option<Json>,
    /// Whether the brand vouches for it.
    pub is_verified: bool,
    /// Active agents.
    pub agents: i64,
    /// Published listings.
    pub listings: i64,
    /// For its own agents and for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<CompanyOffice>,
}

/// What its own agents and admins see of an agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyOffice {
    /// Whether others see it at all.
    pub is_active: bool,
    /// Address for mail.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// In the register of companies.
    pub registration_number: Option<String>,
    /// Where it is.
    #[schema(value_type = LocationDetails)]
    pub address: Json,
}

/// A page of agencies.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyList {
    /// By name.
    pub items: Vec<CompanyOut>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    pub(super) id: Uuid,
    slug: String,
    pub(super) name: String,
    description: String,
    website: Option<String>,
    logo: Option<String>,
    is_verified: bool,
    agents: i64,
    listings: i64,
    is_inside: bool,
    is_active: bool,
    email: Option<String>,
    phone: Option<String>,
    registration_number: Option<String>,
    address: String,
}

impl Row {
    pub(super) fn into_out(self) -> Result<CompanyOut> {
        let office = match self.is_inside {
            false => None,
            true => Some(CompanyOffice {
                is_active: self.is_active,
                email: self.email,
                phone: self.phone,
                registration_number: self.registration_number,
                address: Json::new(self.address)?,
            }),
        };
        Ok(CompanyOut {
            id: self.id,
            slug: self.slug,
            name: self.name,
            description: self.description,
            website: self.website,
            logo: Json::optional(self.logo)?,
            is_verified: self.is_verified,
            agents: self.agents,
            listings: self.listings,
            office,
        })
    }
}

/// The statement of companies `c` that this caller may see; conditions are added to it.
pub(super) struct Select {
    pub(super) conditions: Conditions,
    inside: String,
}

impl Select {
    pub(super) fn by(caller: Option<&Caller>) -> Self {
        let mut conditions = Conditions::default();
        let inside = match caller {
            Some(caller) if caller.is_admin() => "true".to_owned(),
            Some(caller) if caller.role >= Role::Agent => {
                let id = conditions.bind(caller.user_id.into());
                format!(
                    "coalesce(c.id = (SELECT a.company_id FROM agents a WHERE a.user_id = {id}), false)"
                )
            }
            _ => "false".to_owned(),
        };
        conditions.add(&format!("(c.is_active OR {inside})"), []);
        Self { conditions, inside }
    }

    pub(super) fn sql(self, tail: &str) -> (String, Vec<sea_orm::Value>) {
        let sql = format!(
            "SELECT c.id, c.slug, c.name, c.description, c.website, c.logo::text, c.is_verified, \
             (SELECT count(*) FROM agents a JOIN users u ON u.id = a.user_id WHERE a.company_id = c.id \
                AND u.is_active AND u.deleted_at IS NULL AND u.closed_at IS NULL AND u.role <> 'user') AS agents, \
             (SELECT count(*) FROM properties p WHERE p.company_id = c.id \
                AND p.is_published AND p.deleted_at IS NULL) AS listings, \
             {} AS is_inside, c.is_active, c.email, c.phone, c.registration_number, c.address::text \
             FROM companies c WHERE {} {tail}",
            self.inside,
            self.conditions.sql()
        );
        (sql, self.conditions.into_values())
    }
}
