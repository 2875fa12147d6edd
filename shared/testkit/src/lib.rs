//! What the tests stand on: a real product, served from its own copy of the database.
//!
//! ```no_run
//! # async fn example() {
//! use terrace_testkit::{listing, spawn_app};
//!
//! let app = spawn_app("bestays").await;
//! let agent = app.agent("somchai").await;
//! let made = agent.post("/api/v1/properties", listing::rent()).await.expect(201);
//! let seen = app.anonymous().get(&format!("/api/v1/properties/{}", made.text_at("/slug"))).await;
//! seen.problem(404, "not_found");
//! # }
//! ```
//!
//! [`spawn_app`] loads the product's real profile for the environment `test`, clones a database
//! from a template that has the whole schema and the catalogue, and serves it on a free port on
//! the path that `main` takes. Everything is gone when the [`TestApp`] is dropped; what a killed
//! run left behind is swept by the next one.
//!
//! Needs the variables `TERRACE_ADMIN_DATABASE_URL` and `TERRACE_REDIS_URL`: `scripts/test` sets
//! both.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod app;
mod caller;
mod clerk;
mod cluster;
mod embeddings;
mod feed;
pub mod listing;
pub mod mail;
mod model;
mod proxy;
mod receiver;
mod redis;
mod reply;
mod s3;
mod server;
mod setup;
mod stripe;
mod template;
mod token;

pub use app::TestApp;
pub use caller::{Call, Caller, with_query};
pub use clerk::{ClerkEvent, ClerkMode, ClerkServer, clerk_user, svix_signature};
pub use cluster::admin_options;
pub use embeddings::{EmbeddingMood, EmbeddingServer};
pub use feed::{FeedServer, Said};
pub use listing::Listing;
pub use model::{Answer, ScriptedModel, spoken};
pub use proxy::{Mode, Proxy, RedisThatNeverAnswers};
pub use receiver::{Received, Receiver};
pub use redis::redis_url;
pub use reply::Reply;
pub use s3::{S3, S3Mode, S3Object};
pub use setup::{Setup, setup, spawn_app};
pub use stripe::{StripeEvent, StripeMode, StripeServer, stripe_signature};
pub use token::Token;
