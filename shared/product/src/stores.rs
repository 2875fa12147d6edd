//! Where a product keeps its data.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    net::{Port, ServerUrl},
    sections::milliseconds,
    text::{DatabaseHost, RedisPrefix, SqlName, TimeZone},
};

/// The product's database and its two roles.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Host, address or folder of a socket.
    pub host: DatabaseHost,
    /// Port.
    pub port: Port,
    /// Name of the database.
    pub name: SqlName,
    /// Role that owns the schema and migrates it.
    pub owner_role: SqlName,
    /// Its password.
    pub owner_password: Option<SecretString>,
    /// Role that serves requests: rows only, no DDL.
    pub app_role: SqlName,
    /// Its password.
    pub app_password: Option<SecretString>,
    /// A replica for reads that may lag.
    pub replica_url: Option<ServerUrl>,
    /// Connections of the main pool.
    pub max_connections: u32,
    /// Connections of the pool for filtered searches.
    pub search_connections: u32,
    /// How long a request waits for a connection.
    #[serde(rename = "acquire_timeout_ms", deserialize_with = "milliseconds")]
    pub acquire_timeout: Duration,
    /// Where the product's days begin and end: the market's, for statements that ask for today.
    #[serde(skip, default = "TimeZone::utc")]
    pub time_zone: TimeZone,
}

/// What it takes to connect to a database as one role.
#[derive(Clone, Debug)]
pub struct DatabaseAccess {
    /// Host, address or folder of a socket.
    pub host: DatabaseHost,
    /// Port.
    pub port: Port,
    /// Name of the database.
    pub database: SqlName,
    /// The role.
    pub user: SqlName,
    /// Its password; none where the server trusts local connections.
    pub password: Option<SecretString>,
    /// Where the product's days begin and end.
    pub time_zone: TimeZone,
}

impl Database {
    /// Access as the owner of the schema: migrations and provisioning.
    #[must_use]
    pub fn owner(&self) -> DatabaseAccess {
        self.access(&self.owner_role, self.owner_password.as_ref())
    }

    /// Access as the role that serves requests.
    #[must_use]
    pub fn app(&self) -> DatabaseAccess {
        self.access(&self.app_role, self.app_password.as_ref())
    }

    fn access(&self, user: &SqlName, password: Option<&SecretString>) -> DatabaseAccess {
        DatabaseAccess {
            host: self.host.clone(),
            port: self.port,
            database: self.name.clone(),
            user: user.clone(),
            password: password.cloned(),
            time_zone: self.time_zone,
        }
    }
}

/// The product's part of a Redis server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// The server.
    pub url: ServerUrl,
    /// What every key begins with.
    pub prefix: RedisPrefix,
    /// The brand's user there, who sees its keys alone. Asked for where there is a password.
    pub user: SqlName,
    /// Their password; none where the server is a developer's own, or the URL says who asks.
    pub password: Option<SecretString>,
    /// Longest time one operation may take before the answer goes on without it.
    #[serde(rename = "budget_ms", deserialize_with = "milliseconds")]
    pub budget: Duration,
    /// Connections.
    pub pool_size: usize,
}
