//! A model behind a guard.
//!
//! A search is good enough without a vector, and bad when it waits for one that does not come:
//! queries go by the guard. Documents pass through: a job has all day and waits by itself.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    Embedder, Embedding, Failure, ModelId, Purpose,
    guard::{Guard, State, Unanswered},
};

/// A model with a guard for queries.
///
/// A [`Failure::Final`] is an answer: the model is there, and the next text may do better.
#[derive(Debug)]
pub struct Guarded {
    model: Box<dyn Embedder>,
    guard: Guard,
}

impl Guarded {
    /// Guards `model`; a query may take `query_timeout`.
    #[must_use]
    pub fn new(model: Box<dyn Embedder>, query_timeout: Duration) -> Self {
        Self { model, guard: Guard::new(query_timeout) }
    }

    /// How the model has done lately.
    #[must_use]
    pub fn state(&self) -> State {
        self.guard.state()
    }

    async fn ask(&self, texts: &[String]) -> Result<Vec<Embedding>, Failure> {
        let question = async { self.model.embed(texts, Purpose::Query).await };
        let is_away = |failure: &Failure| matches!(failure, Failure::Retry(_));
        self.guard.ask(question, is_away).await.map_err(|unanswered| match unanswered {
            Unanswered::LeftAlone => {
                Failure::Retry("the model failed lately and is left alone".to_owned())
            }
            Unanswered::Late(limit) => {
                Failure::Retry(format!("the model took longer than {} ms", limit.as_millis()))
            }
            Unanswered::Failed(failure) => failure,
        })
    }
}

impl Embedder for Guarded {
    fn model(&self) -> &ModelId {
        self.model.model()
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, Failure>> {
        match purpose {
            Purpose::Document => self.model.embed(texts, purpose),
            Purpose::Query => self.ask(texts).boxed(),
        }
    }
}
