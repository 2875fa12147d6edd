//! Proofs that can go red: what the platform promises, shown on the real server in a process of
//! its own, on a PostgreSQL that may be killed, by as many clients as it takes. Each proof is run
//! once more with the protection taken away, and must then fail for that very reason.
//!
//! `prove list` says what there is; [`table`] is where it stands.

mod channel;
mod cluster;
mod history;
mod http;
pub mod place;
mod proofs;
mod realm;
pub mod report;
pub mod run;
pub mod server;
pub mod stage;
pub mod table;
mod undone;
mod wire;
mod world;
mod writes;

pub use place::Place;
pub use run::{Ended, Extent, Order, run};
pub use server::{AS_IMPATIENT, AS_TERRACE, AS_UNSHIELDED};
pub use stage::Prepared;
pub use table::{Mutant, PROOFS, Proof};
pub use undone::{serve_impatient, serve_unshielded};
