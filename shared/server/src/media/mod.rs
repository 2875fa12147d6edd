//! Pictures of listings: a ticket to upload a file, the file, and what is made of it.
//!
//! - Nothing that a stranger sent is ever served. A file waits in quarantine until a job has
//!   looked at it, decoded it under limits and written it anew (`picture`); then it is thrown
//!   away. What is served are our own WebP files, without a byte of the original.
//! - The database knows every upload before its file exists, so a file that no row knows of is
//!   nobody's, and `sweep` may remove it.
//! - A listing carries its pictures in its own row, ready to be shown: reading it costs no more
//!   than before. `attach` writes them there, under the row's lock.
//! - `storage` is the only door to the files, whether they are in a folder or in a bucket.

mod attach;
pub mod files;
pub(crate) mod import;
pub mod input;
pub mod manage;
pub mod output;
mod picture;
pub(crate) mod process;
pub mod receive;
pub(crate) mod remove;
pub(crate) mod service;
pub(crate) mod storage;
mod studio;
pub(crate) mod sweep;
pub mod upload;

use terrace_product::Profile;

pub(crate) use attach::resolve;
pub use output::MediaState;

use storage::Storage;
use studio::Studio;

/// What the handlers and jobs share.
#[derive(Debug)]
pub struct Media {
    /// The files.
    pub(crate) storage: Storage,
    /// One picture is decoded at a time: a decoded picture is what takes memory.
    studio: Studio,
}

impl Media {
    /// Nothing is opened yet.
    ///
    /// # Errors
    /// Where the profile names a storage that cannot be.
    pub fn new(profile: &Profile) -> anyhow::Result<Self> {
        Ok(Self { storage: Storage::new(profile)?, studio: Studio::new() })
    }
}
