//! A model that fails is left alone for a while, and only by those who wait.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use terrace_embedding::{Embedder, Embedding, Failure, Guarded, Hashing, ModelId, Purpose, State};
use tokio::{sync::watch, time::advance};

/// What a model does at the moment.
#[derive(Clone, Copy, Debug)]
enum Mood {
    Works,
    Away,
    Refuses,
    Hangs,
}

/// The built-in model behind a switch: what stands for a server that comes and goes.
#[derive(Debug)]
struct Switched {
    model: Hashing,
    mood: watch::Receiver<Mood>,
    asked: Arc<AtomicUsize>,
}

impl Embedder for Switched {
    fn model(&self) -> &ModelId {
        self.model.model()
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, Failure>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.borrow();
        match mood {
            Mood::Works => self.model.embed(texts, purpose),
            Mood::Away => async { Err(Failure::Retry("away".to_owned())) }.boxed(),
            Mood::Refuses => async { Err(Failure::Final("refused".to_owned())) }.boxed(),
            Mood::Hangs => std::future::pending().boxed(),
        }
    }
}

struct Stage {
    guarded: Guarded,
    mood: watch::Sender<Mood>,
    asked: Arc<AtomicUsize>,
}

impl Stage {
    fn new(mood: Mood) -> Self {
        let (sender, receiver) = watch::channel(mood);
        let asked = Arc::default();
        let model = Switched { model: Hashing::new(), mood: receiver, asked: Arc::clone(&asked) };
        let guarded = Guarded::new(Box::new(model), Duration::from_millis(300));
        Self { guarded, mood: sender, asked }
    }

    async fn query(&self) -> Result<Vec<Embedding>, Failure> {
        self.guarded.embed(&["villa".to_owned()], Purpose::Query).await
    }

    async fn fail(&self, times: usize) {
        for _ in 0..times {
            assert!(matches!(self.query().await, Err(Failure::Retry(_))));
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test(start_paused = true)]
async fn after_five_failures_in_a_row_queries_fail_at_once_until_one_succeeds() {
    let stage = Stage::new(Mood::Away);
    stage.fail(4).await;
    assert_eq!(stage.guarded.state(), State::Answering);
    stage.fail(1).await;
    assert_eq!((stage.guarded.state(), stage.asked()), (State::Resting, 5));
    stage.fail(20).await;
    assert_eq!(stage.asked(), 5, "nobody asks a model that rests");

    advance(Duration::from_millis(1_001)).await;
    assert_eq!(stage.guarded.state(), State::OnTrial);
    stage.fail(2).await;
    assert_eq!((stage.guarded.state(), stage.asked()), (State::Resting, 6), "one tries for all");
    advance(Duration::from_millis(1_001)).await;
    assert_eq!(stage.guarded.state(), State::Resting, "the second rest is longer");
    advance(Duration::from_millis(1_000)).await;

    stage.mood.send_replace(Mood::Works);
    assert_eq!(stage.query().await.expect("a vector").len(), 1);
    assert_eq!(stage.guarded.state(), State::Answering);
    stage.mood.send_replace(Mood::Away);
    stage.fail(4).await;
    assert_eq!(stage.guarded.state(), State::Answering, "an answer wipes the slate clean");
}

#[tokio::test(start_paused = true)]
async fn rests_grow_to_half_a_minute_and_no_further() {
    let stage = Stage::new(Mood::Away);
    stage.fail(5).await;
    for _ in 0..40 {
        advance(Duration::from_secs(31)).await;
        assert_eq!(stage.guarded.state(), State::OnTrial);
        stage.fail(1).await;
    }
    advance(Duration::from_secs(29)).await;
    assert_eq!(stage.guarded.state(), State::Resting);
}

#[tokio::test(start_paused = true)]
async fn a_query_waits_no_longer_than_it_may() {
    let stage = Stage::new(Mood::Hangs);
    let before = tokio::time::Instant::now();
    assert_eq!(
        stage.query().await,
        Err(Failure::Retry("the model took longer than 300 ms".to_owned()))
    );
    assert_eq!(before.elapsed().as_millis(), 300);
    stage.fail(4).await;
    assert_eq!(stage.guarded.state(), State::Resting, "silence is a failure");
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_up_while_trying_leaves_the_trial_to_the_next() {
    let stage = Stage::new(Mood::Away);
    stage.fail(5).await;
    advance(Duration::from_millis(1_001)).await;
    stage.mood.send_replace(Mood::Hangs);
    let given_up = stage.query().now_or_never();
    assert!(given_up.is_none(), "it was waiting");
    stage.mood.send_replace(Mood::Works);
    assert!(stage.query().await.is_ok());
    assert_eq!(stage.guarded.state(), State::Answering);
}

#[tokio::test(start_paused = true)]
async fn documents_are_neither_held_up_nor_counted() {
    let stage = Stage::new(Mood::Away);
    let texts = ["villa".to_owned()];
    for _ in 0..10 {
        assert!(stage.guarded.embed(&texts, Purpose::Document).await.is_err());
    }
    assert_eq!(stage.guarded.state(), State::Answering);
    stage.fail(5).await;
    stage.mood.send_replace(Mood::Works);
    assert!(stage.guarded.embed(&texts, Purpose::Document).await.is_ok());
    assert_eq!(stage.guarded.state(), State::Resting, "a job's luck is not a query's");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer() {
    let stage = Stage::new(Mood::Refuses);
    for _ in 0..10 {
        assert!(matches!(stage.query().await, Err(Failure::Final(_))));
    }
    assert_eq!((stage.guarded.state(), stage.asked()), (State::Answering, 10));
}
