//! Terrace's server: one binary that is launched once for each brand.

pub mod accounts;
pub mod app;
pub mod cache;
pub mod cli;
pub mod db;
pub mod error;
pub mod events;
pub mod http;
pub mod identity;
pub mod interchange;
pub mod jobs;
pub mod language_model;
pub mod leads;
pub mod listings;
pub mod media;
pub mod notifications;
pub mod openapi;
pub mod people;
pub mod platform;
pub mod router;
pub mod search;
pub mod telemetry;
pub mod webhooks;
