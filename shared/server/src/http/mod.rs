//! What every route shares: how requests are read, who is asking, how refusals are written.

pub mod answer;
pub mod auth;
pub mod body;
pub mod client;
pub mod cors;
pub mod csv_safe;
pub mod etag;
pub mod idempotency;
pub mod load;
pub mod locale;
pub mod observe;
pub mod page;
pub mod params;
pub mod problem;
pub mod rate_limit;
mod session_cookie;
