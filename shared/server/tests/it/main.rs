//! The application through its front door, on real PostgreSQL and Redis.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise; the exemption for tests does not reach their helpers"
)]

mod agents;
mod assistant;
mod binary;
mod bookings;
mod brands;
mod calendars;
mod doors;
mod events;
mod faqs;
mod foundation;
mod health;
mod hostile;
mod identity;
mod jobs;
mod leads;
mod life;
mod listings;
mod lists;
mod media;
mod notifications;
mod payments;
mod people;
mod plans;
mod prices;
mod privacy;
mod quotes;
mod rate_limit;
mod realm;
mod reports;
mod roles;
mod search;
mod sources;
mod stays;
mod tenancies;
mod walls;
mod webhooks;
