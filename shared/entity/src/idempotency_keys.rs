//! Answers already given to a POST, stored in the transaction of their effect.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// User and route.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of the body, 32 bytes.
    pub request_hash: Vec<u8>,
    /// Empty while the request is in flight.
    pub response_status: Option<i16>,
    #[sea_orm(column_type = "JsonBinary")]
    pub response_headers: Json,
    /// The very bytes that were sent.
    pub response_body: Option<Vec<u8>>,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
