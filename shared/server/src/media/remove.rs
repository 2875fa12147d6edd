//! The job that removes the files of an upload.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    app::State,
    error::Result,
    jobs::{Failure, Job},
};

/// Removes every file of one upload. The stem is all it takes: the row may be gone by then.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct RemoveMedia {
    pub(crate) stem: String,
}

impl Job for RemoveMedia {
    const KIND: &'static str = "media.remove";

    async fn run(self, state: Arc<State>) -> Result<(), Failure> {
        state.media.storage.remove(&self.stem).await.map_err(Failure::Retry)
    }
}
