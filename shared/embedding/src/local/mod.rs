//! A sentence model in a folder of this machine, such as `multilingual-e5-small` or
//! `paraphrase-multilingual-MiniLM-L12-v2`: BERT, the mean of what it says of each token.
//!
//! Nothing is fetched. What is asked for is computed on threads of its own, so that requests are
//! served meanwhile: documents one batch after the other, queries beside them.

mod files;
mod sentence;

use std::{path::Path, sync::Arc, thread::available_parallelism};

use futures_util::{FutureExt, future::BoxFuture};
use terrace_product::Embedding as Settings;
use tokio::sync::Semaphore;

use self::{files::Files, sentence::Sentences};
use crate::{Embedder, Embedding, Failure, ModelId, OpenError, Purpose, Unfit, WIDTH};

/// A sentence model in a folder.
pub struct Local {
    model: ModelId,
    sentences: Arc<Sentences>,
    batch: usize,
    documents: Arc<Semaphore>,
    queries: Arc<Semaphore>,
}

impl std::fmt::Debug for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Local").field("model", &self.model).finish_non_exhaustive()
    }
}

impl Local {
    /// Reads the whole model into memory, which takes a moment.
    ///
    /// # Errors
    /// [`OpenError`], where a file is missing or is not what its name says.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        let Some(folder) = &settings.folder else {
            let problem = "the provider needs it";
            return Err(OpenError::Setting { key: "embedding.folder", problem });
        };
        let files = Files::read(folder)?;
        let name = settings.name.as_ref().map_or_else(|| folder_name(folder), ToString::to_string);
        let model = ModelId::new(format!("local/{name}/{}", files.fingerprint()));
        let sentences = Sentences::new(files)?;
        let processors = available_parallelism().map_or(1, Into::into);
        Ok(Self {
            model,
            sentences: Arc::new(sentences),
            batch: settings.batch.max(1),
            documents: Arc::new(Semaphore::new(1)),
            queries: Arc::new(Semaphore::new(processors)),
        })
    }

    async fn compute(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
    ) -> Result<Vec<Embedding>, Failure> {
        let turns = match purpose {
            Purpose::Document => &self.documents,
            Purpose::Query => &self.queries,
        };
        let turn = Arc::clone(turns).acquire_owned().await;
        let turn = turn.map_err(|_| Failure::Retry("the model is closed".to_owned()))?;
        let sentences = Arc::clone(&self.sentences);
        let computing = tokio::task::spawn_blocking(move || {
            // Held to the end, also where nobody waits for it any more: computing goes on.
            let _turn = turn;
            sentences.embed(&texts, purpose)
        });
        let rows =
            computing.await.map_err(|_| Failure::Retry("the model stopped".to_owned()))??;
        rows.into_iter().map(|row| Embedding::new(row).map_err(unfit)).collect()
    }
}

impl Embedder for Local {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, Failure>> {
        async move {
            if texts.iter().any(|text| text.trim().is_empty()) {
                return Err(Failure::Final("a text is empty".to_owned()));
            }
            let mut vectors = Vec::with_capacity(texts.len());
            for batch in texts.chunks(self.batch) {
                vectors.extend(self.compute(batch.to_vec(), purpose).await?);
            }
            Ok(vectors)
        }
        .boxed()
    }
}

fn folder_name(folder: &Path) -> String {
    folder
        .file_name()
        .map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The model is at fault, and will be so the next time.
fn unfit(unfit: Unfit) -> Failure {
    Failure::Final(format!("the model in embedding.folder makes no vector ({WIDTH} wide): {unfit}"))
}
