pub(crate) mod clock;
pub(crate) mod forge;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod realm;
pub(crate) mod server;

pub(crate) use clock::TestClock;
pub(crate) use realm::{AZP, RemoteRealm};
