//! One product, wired: `main` and the tests take the same path.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    middleware::{Compress, from_fn},
    web::{self, Data},
};
use anyhow::Context as _;
use terrace_outbound::{Lookup, SystemLookup};
use terrace_product::Profile;
use tokio::{sync::Semaphore, task::JoinSet};
use tracing_actix_web::TracingLogger;

use crate::{
    accounts::{self, PeopleCache},
    assistant::Turns,
    cache::Cache,
    calendars::Feeds,
    clerk::Clerk,
    db::Db,
    error::{Error, Result},
    faqs::{self, counter::FaqCounter},
    http::{auth, cors, load, observe, problem, rate_limit},
    identity::Realm,
    jobs,
    language_model::LanguageModel,
    listings::{ListingCache, MapCache, catalogue::Catalogue, follow, views, views::ViewCounter},
    media::Media,
    notifications::Mailer,
    payments::Payments,
    router,
    search::{
        Search,
        history::{self, History},
    },
    telemetry,
    visitors::Signer,
    webhooks,
};

/// The catalogue changes rarely, and a new word may wait.
const CATALOGUE_FRESH_FOR: Duration = Duration::from_secs(60);

/// How many visits, of listings and of answers, a process that dies may lose.
const VIEWS_EVERY: Duration = Duration::from_secs(10);

/// What every handler may use.
#[derive(Debug)]
pub struct State {
    /// The brand this instance is.
    pub profile: Profile,
    /// The doors to its database.
    pub db: Db,
    /// Its corner of Redis.
    pub cache: Cache,
    /// Its realm: verifies tokens.
    pub realm: Realm,
    /// What it tells of people beyond its tokens.
    pub clerk: Clerk,
    /// People seen lately.
    pub people: PeopleCache,
    /// Listings read lately.
    pub listings: ListingCache,
    /// Maps drawn lately.
    pub maps: MapCache,
    /// Signs what comes back to us: visitors' tokens, links in letters.
    pub signer: Signer,
    /// Writes to people.
    pub mailer: Mailer,
    /// Where pictures are, and the right to decode one.
    pub media: Media,
    /// Who writes drafts, if the brand has somebody.
    pub model: Option<LanguageModel>,
    /// Who takes money for it.
    pub payments: Payments,
    /// Finds listings by words and by meaning.
    pub search: Search,
    /// Visits of listings that are not written down yet.
    pub views: ViewCounter,
    /// Searches that are not written down yet.
    pub history: History,
    /// What became of answers, not written down yet.
    pub faqs: FaqCounter,
    /// Answers of the assistant that are being made, or were lately.
    pub(crate) turns: Turns,
    catalogue: moka::future::Cache<(), Arc<Catalogue>>,
    /// How much each client has asked.
    pub ledger: rate_limit::Ledger,
    /// Calls the addresses that people gave.
    pub outbound: terrace_outbound::Client,
    /// Reads the calendars of other channels.
    pub calendars: Feeds,
    /// Requests that may be under way at once.
    pub slots: Semaphore,
    /// The folder of the brand's own files.
    pub assets: PathBuf,
    draining: AtomicBool,
}

impl State {
    /// Wires a product together; nothing is connected yet.
    ///
    /// # Errors
    /// Where the profile names something that cannot be.
    pub fn new(profile: Profile) -> anyhow::Result<Self> {
        Self::with_names(profile, Arc::new(SystemLookup))
    }

    /// As [`State::new`], with another way from names to addresses.
    ///
    /// # Errors
    /// As for [`State::new`].
    pub fn with_names(profile: Profile, names: Arc<dyn Lookup>) -> anyhow::Result<Self> {
        Ok(Self {
            outbound: webhooks::client(&profile.outbound, names.clone()).context("outbound")?,
            calendars: Feeds::new(&profile, names).context("calendars")?,
            db: Db::connect(&profile.database),
            cache: Cache::new(&profile.redis).context("redis.url")?,
            realm: Realm::open(&profile).context("identity")?,
            clerk: Clerk::open(&profile.identity).context("identity")?,
            people: PeopleCache::new(profile.identity.user_cache),
            listings: ListingCache::new(&profile),
            maps: MapCache::new(&profile),
            signer: Signer::new(&profile),
            mailer: Mailer::open(&profile)?,
            media: Media::new(&profile).context("media")?,
            model: LanguageModel::open(&profile.model)?,
            payments: Payments::open(&profile)?,
            search: Search::open(&profile)?,
            views: ViewCounter::default(),
            history: History::default(),
            faqs: FaqCounter::default(),
            turns: Turns::default(),
            catalogue: moka::future::Cache::builder().time_to_live(CATALOGUE_FRESH_FOR).build(),
            ledger: rate_limit::Ledger::new(&profile.limits),
            slots: Semaphore::new(profile.server.max_in_flight),
            assets: profile.folder.join("assets"),
            draining: AtomicBool::new(false),
            profile,
        })
    }

    /// The words that listings choose from; as old as a minute.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn catalogue(&self) -> Result<Arc<Catalogue>> {
        self.catalogue
            .try_get_with((), Catalogue::load(&self.db))
            .await
            .map_err(|error: Arc<Error>| error.share())
    }

    /// Takes nothing new from now on.
    pub(crate) fn begin_drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether this instance has been told to stop.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// A bound server that has not begun to serve.
pub struct Application {
    server: actix_web::dev::Server,
    address: SocketAddr,
    state: Data<State>,
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Application").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Application {
    /// Binds the profile's address (port 0 takes a free one) and wires the product.
    ///
    /// # Errors
    /// Where the address is taken, or the profile names something that cannot be.
    pub fn build(profile: Profile) -> anyhow::Result<Self> {
        Self::build_with_names(profile, Arc::new(SystemLookup))
    }

    /// As [`Application::build`], with another way from names to addresses.
    ///
    /// # Errors
    /// As for [`Application::build`].
    pub fn build_with_names(profile: Profile, names: Arc<dyn Lookup>) -> anyhow::Result<Self> {
        let listener = listen(&profile)?;
        Self::on(listener, State::with_names(profile, names)?)
    }

    /// As [`Application::build`], of a product that is wired already.
    ///
    /// # Errors
    /// Where the address is taken.
    pub fn serving(state: State) -> anyhow::Result<Self> {
        Self::on(listen(&state.profile)?, state)
    }

    fn on(listener: TcpListener, state: State) -> anyhow::Result<Self> {
        let address = listener.local_addr()?;
        let state = Data::new(state);
        let (workers, drain) = {
            let server = &state.profile.server;
            (server.workers, server.drain.as_secs())
        };
        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(router::path_config())
                .configure(|app| router::configure(app, &shared))
                .default_service(web::to(router::no_such_route))
                // Read from below: the last one is the first to see a request.
                .wrap(from_fn(rate_limit::limit))
                .wrap(from_fn(auth::authenticate))
                .wrap(from_fn(rate_limit::guard_tokens))
                .wrap(from_fn(load::limit))
                .wrap(from_fn(problem::problems))
                .wrap(cors::for_brand(&shared.profile))
                .wrap(Compress::default())
                .wrap(from_fn(observe::measure))
                .wrap(TracingLogger::<observe::RequestSpan>::new())
                .wrap(from_fn(observe::identify))
        })
        .workers(workers)
        .shutdown_timeout(drain)
        .client_request_timeout(Duration::from_secs(5))
        .disable_signals()
        .listen(listener)?
        .run();
        Ok(Self { server, address, state })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its handlers use.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.state.clone().into_inner()
    }

    /// Serves until `stop` resolves, then takes no new connections, lets the requests under way
    /// end (`server.drain_seconds` at most) and closes the pools.
    ///
    /// # Errors
    /// Where the server itself fails.
    pub async fn run_until(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        // Dropped at the end, and its tasks with it.
        let mut background = JoinSet::new();
        background.spawn(drain(stop, self.server.handle(), self.state()));
        background.spawn(telemetry::upkeep_metrics());
        background.spawn(keep_views(self.state()));
        background.spawn(history::keep(self.state()));
        let state = self.state();
        background.spawn(async move { state.realm.keep_keys_fresh().await });
        // The server takes nothing before it is awaited below.
        let end_of_feed = follow::begin(&self.state).await;
        background.spawn(follow::follow(self.state(), end_of_feed));
        background.spawn(accounts::follow::follow(self.state()));
        let work = self
            .state
            .profile
            .jobs
            .in_server
            .then(|| tokio::spawn(jobs::worker::work(self.state())));
        let served = self.server.await;
        self.state.begin_drain();
        if let Some(mut work) = work {
            let patience = self.state.profile.server.drain;
            if tokio::time::timeout(patience, &mut work).await.is_err() {
                tracing::warn!("jobs are still under way; they will be done again");
                work.abort();
            }
        }
        let last = tokio::time::timeout(Duration::from_secs(2), views::flush(&self.state)).await;
        if !matches!(last, Ok(Ok(()))) {
            tracing::warn!("the last visits were not counted");
        }
        let last = tokio::time::timeout(Duration::from_secs(2), faqs::flush(&self.state)).await;
        if !matches!(last, Ok(Ok(()))) {
            tracing::warn!("what became of the last answers was not counted");
        }
        let last = tokio::time::timeout(Duration::from_secs(2), history::flush(&self.state)).await;
        if !matches!(last, Ok(Ok(()))) {
            tracing::warn!("the last searches were not written down");
        }
        self.state.db.close().await;
        Ok(served?)
    }
}

fn listen(profile: &Profile) -> anyhow::Result<TcpListener> {
    let at = SocketAddr::new(profile.server.host, profile.server.port.get());
    TcpListener::bind(at).with_context(|| {
        format!("cannot listen on {at}: is another instance running, or the port taken?")
    })
}

/// Each process writes down what it has counted itself: this is no job for a worker elsewhere.
async fn keep_views(state: Arc<State>) {
    let mut tick = tokio::time::interval(VIEWS_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = views::flush(&state).await {
            tracing::warn!(%error, "visits were not counted; the next round tries again");
        }
        if let Err(error) = faqs::flush(&state).await {
            tracing::warn!(%error, "answers were not counted; the next round tries again");
        }
    }
}

async fn drain(stop: impl Future<Output = ()>, handle: ServerHandle, state: Arc<State>) {
    stop.await;
    state.begin_drain();
    tracing::info!("draining");
    handle.stop(true).await;
}
