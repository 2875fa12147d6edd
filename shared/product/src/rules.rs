//! What must hold between the keys of one profile.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    Environment, Profile,
    embedding::EmbeddingProvider,
    identity::Realm,
    locale::{Locale, LocalisedText},
    mail::MailTransport,
    market::CurrencyCode,
    media::StorageProvider,
    net::Port,
    payments::PaymentProvider,
    problem::Problem,
    schema::NEEDED_TEXTS,
    sections::{AssistantProvider, ModelProvider},
    text::ProductId,
};

/// Everything wrong with a profile whose keys are fine one by one.
pub(crate) fn check(profile: &Profile, folder_name: &ProductId) -> Vec<Problem> {
    let mut rules = Rules { profile, problems: Vec::new() };
    rules.own_names(folder_name);
    rules.lists();
    rules.model();
    rules.embedding();
    rules.search();
    rules.texts();
    rules.media();
    rules.payments();
    rules.realm();
    if profile.environment.is_production() {
        rules.production();
    }
    rules.problems
}

/// Characters of what is signed with.
const LEAST_SECRET: usize = 32;

struct Rules<'a> {
    profile: &'a Profile,
    problems: Vec<Problem>,
}

impl Rules<'_> {
    fn refuse(&mut self, key: &str, message: impl Into<String>) {
        let source = self.profile.sources.iter().find(|source| source.key == key && source.set);
        let place = source.map_or_else(|| self.variable(key), |source| source.layer.clone());
        self.problems.push(Problem::new(key, place, message));
    }

    fn variable(&self, key: &str) -> String {
        format!("set {}", crate::layer::variable(&self.profile.id.variable_prefix(), key))
    }

    fn own_names(&mut self, folder_name: &ProductId) {
        let profile = self.profile;
        if profile.id != *folder_name {
            let message = format!(
                "is `{}`, but the folder is named `{folder_name}`; give both the same name",
                profile.id
            );
            self.refuse("id", message);
        }
        if profile.database.owner_role == profile.database.app_role {
            self.refuse(
                "database.app_role",
                "is the owner's role too; the role that serves requests must own nothing, so give it a name of its own",
            );
        }
        if profile.server.port == Port::ANY && profile.environment != Environment::Test {
            self.refuse("server.port", "0 (any free port) is for tests; choose one");
        }
        let redis = &profile.redis.url;
        if !redis.scheme().starts_with("redis") {
            self.refuse(
                "redis.url",
                format!("expected a URL that begins with redis://, found {}://", redis.scheme()),
            );
        }
        if profile
            .database
            .replica_url
            .as_ref()
            .is_some_and(|url| !url.scheme().starts_with("postgres"))
        {
            self.refuse("database.replica_url", "expected a URL that begins with postgres://");
        }
    }

    fn model(&mut self) {
        let model = &self.profile.model;
        if model.provider != ModelProvider::None && model.name.is_none() {
            self.refuse("model.name", "there is a provider; say which of its models to use");
        }
        let answers = self.profile.assistant.provider == AssistantProvider::Model;
        if answers && model.provider == ModelProvider::None {
            self.refuse("assistant.provider", "\"model\" needs one; configure it in [model]");
        }
    }

    fn embedding(&mut self) {
        let embedding = &self.profile.embedding;
        match embedding.provider {
            EmbeddingProvider::Openai if embedding.name.is_none() => self.refuse(
                "embedding.name",
                "embedding.provider = \"openai\" needs it; say which of its models to use",
            ),
            EmbeddingProvider::Local if embedding.folder.is_none() => self.refuse(
                "embedding.folder",
                "embedding.provider = \"local\" needs it; name the folder that holds the model",
            ),
            EmbeddingProvider::Local if embedding.dimensions.is_some() => self.refuse(
                "embedding.dimensions",
                "a local model makes as many as it makes; remove it",
            ),
            _ => {}
        }
    }

    fn search(&mut self) {
        let search = &self.profile.search;
        if search.meaning_weight == 0 && search.words_weight == 0 {
            self.refuse(
                "search.words_weight",
                "is 0, and so is search.meaning_weight; nothing would tell one hit from another",
            );
        }
    }

    fn lists(&mut self) {
        let profile = self.profile;
        let empty = [
            (
                "server.origins",
                profile.server.origins.is_empty(),
                "no front end could call the API; name at least one",
            ),
            (
                "identity.authorized_parties",
                profile.identity.authorized_parties.is_empty(),
                "no token would be accepted; name at least one origin",
            ),
            (
                "outbound.ports",
                profile.outbound.ports.is_empty(),
                "no webhook could be sent; name at least one port",
            ),
            (
                "market.transaction_types",
                profile.market.transaction_types.is_empty(),
                "no listing would be allowed; name at least one type",
            ),
            (
                "theme.fonts.heading",
                profile.theme.fonts.heading.is_empty(),
                "name at least one family",
            ),
            ("theme.fonts.body", profile.theme.fonts.body.is_empty(), "name at least one family"),
        ];
        for (key, _, message) in empty.into_iter().filter(|(_, is_empty, _)| *is_empty) {
            self.refuse(key, format!("is empty: {message}"));
        }
        if !profile.locales.enabled.contains(&profile.locales.default) {
            let message = format!(
                "`{}` is not among locales.enabled; add it there or choose another",
                profile.locales.default
            );
            self.refuse("locales.default", message);
        }
        let unknown = |locale: &&Locale| !profile.locales.enabled.contains(locale);
        for locale in profile.listings.required_locales.iter().filter(unknown) {
            let message = format!(
                "`{locale}` is not among locales.enabled; add it there or require it no more"
            );
            self.refuse("listings.required_locales", message);
        }
    }

    fn texts(&mut self) {
        let profile = self.profile;
        let texts: [(&str, &LocalisedText); 6] = [
            ("tagline", &profile.tagline),
            ("seo.title", &profile.seo.title),
            ("seo.description", &profile.seo.description),
            ("contact.address", &profile.contact.address),
            ("contact.hours", &profile.contact.hours),
            ("payments.bank_account", &profile.payments.bank_account),
        ];
        for (name, text) in texts {
            for locale in text.locales().filter(|locale| !profile.locales.enabled.contains(locale))
            {
                let message = format!(
                    "the language `{locale}` is not among locales.enabled; add it there or remove the text"
                );
                self.refuse(&format!("{name}.{locale}"), message);
            }
            let default = &profile.locales.default;
            let needed = NEEDED_TEXTS.contains(&name) || !text.is_empty();
            if needed && !text.locales().any(|locale| locale == default) {
                let file = profile.folder.join("product.toml");
                let place = format!("missing in {}", file.display());
                let message = "every other language falls back to it; write it there";
                self.problems.push(Problem::new(format!("{name}.{default}"), place, message));
            }
        }
    }

    fn media(&mut self) {
        let media = &self.profile.media;
        if media.provider == StorageProvider::Local {
            return;
        }
        for (key, is_set) in [
            ("media.endpoint", media.endpoint.is_some()),
            ("media.bucket", media.bucket.is_some()),
            ("media.access_key_id", media.access_key_id.is_some()),
            ("media.secret_access_key", media.secret_access_key.is_some()),
            ("media.public_url", media.public_url.is_some()),
        ] {
            if !is_set {
                self.refuse(key, "media.provider = \"s3\" needs it");
            }
        }
    }

    fn payments(&mut self) {
        let payments = &self.profile.payments;
        let twice = payments
            .providers
            .iter()
            .enumerate()
            .any(|(nth, provider)| payments.providers[..nth].contains(provider));
        if twice {
            self.refuse("payments.providers", "names one of them twice; remove one");
        }
        if payments.has(PaymentProvider::Manual)
            && payments.promptpay_id.is_none()
            && payments.bank_account.is_empty()
        {
            self.refuse(
                "payments.promptpay_id",
                "`manual` is among payments.providers, and guests would not know where to send money; set this, or payments.bank_account, or both",
            );
        }
        if payments.promptpay_id.is_some() && self.profile.market.currency != CurrencyCode::Thb {
            self.refuse("payments.promptpay_id", "PromptPay moves THB only; remove it");
        }
        if !payments.has(PaymentProvider::Stripe) {
            return;
        }
        for (key, is_set) in [
            ("payments.stripe_secret_key", payments.stripe_secret_key.is_some()),
            ("payments.stripe_webhook_secret", payments.stripe_webhook_secret.is_some()),
        ] {
            if !is_set {
                self.refuse(key, "`stripe` is among payments.providers and needs it");
            }
        }
    }

    fn realm(&mut self) {
        let identity = &self.profile.identity;
        let exposed = |secret: &Option<SecretString>| {
            secret.as_ref().map(|secret| secret.expose_secret().to_owned())
        };
        for (key, secret) in [
            ("identity.webhook_secret", exposed(&identity.webhook_secret)),
            ("identity.previous_webhook_secret", exposed(&identity.previous_webhook_secret)),
        ] {
            if secret.is_some_and(|secret| !is_webhook_secret(&secret)) {
                self.refuse(
                    key,
                    "is no signing secret; copy it from the endpoint in the Clerk dashboard, in full (it begins with whsec_)",
                );
            }
        }
        if identity.previous_webhook_secret.is_some() && identity.webhook_secret.is_none() {
            self.refuse(
                "identity.webhook_secret",
                "identity.previous_webhook_secret is set, and this is not; set it, or remove the other",
            );
        }
        let Some(key) = exposed(&identity.secret_key) else { return };
        if !["sk_live_", "sk_test_"].iter().any(|start| key.starts_with(start)) {
            self.refuse(
                "identity.secret_key",
                "is no secret key; copy it from the Clerk dashboard, API keys (it begins with sk_)",
            );
        } else if let Some(publishable) = identity.realm.publishable_key()
            && publishable.is_live() != key.starts_with("sk_live_")
        {
            self.refuse(
                "identity.secret_key",
                "belongs to another instance than identity.publishable_key: one is live and the other is not",
            );
        }
    }

    fn production(&mut self) {
        let profile = self.profile;
        if profile.payments.has(PaymentProvider::Stripe) && !profile.payments.stripe_url.is_https()
        {
            let url = &profile.payments.stripe_url;
            let message = format!("`{url}` is not encrypted; production needs https://");
            self.refuse("payments.stripe_url", message);
        }
        if profile.visitors.secret.expose_secret().chars().count() < LEAST_SECRET {
            let message = format!(
                "is too short to sign with; make one of {LEAST_SECRET} random characters or more"
            );
            self.refuse("visitors.secret", message);
        }
        for (key, url) in [
            ("media.endpoint", &profile.media.endpoint),
            ("media.public_url", &profile.media.public_url),
        ] {
            if let Some(url) = url.as_ref().filter(|url| !url.is_https()) {
                self.refuse(key, format!("`{url}` is not encrypted; production needs https://"));
            }
        }
        match &profile.identity.realm {
            Realm::Local { .. } => self.refuse(
                "identity.provider",
                "the local realm lets anybody on this machine sign tokens and is refused in production; set it to `clerk`",
            ),
            Realm::Clerk { publishable_key, .. } if !publishable_key.is_live() => self.refuse(
                "identity.publishable_key",
                "belongs to a development instance; production needs the key that begins with pk_live_",
            ),
            Realm::Clerk { .. } => {}
        }
        if profile.mail.transport == MailTransport::Capture {
            self.refuse(
                "mail.transport",
                "captured messages reach nobody; set it to `smtp`, with the server in mail.smtp_url",
            );
        }
        for (key, origins) in [
            ("server.origins", profile.server.origins.as_slice()),
            ("server.public_url", std::slice::from_ref(&profile.server.public_url)),
            ("identity.authorized_parties", profile.identity.authorized_parties.as_slice()),
        ] {
            for origin in origins.iter().filter(|origin| !origin.is_https()) {
                self.refuse(key, format!("`{origin}` is not encrypted; production needs https://"));
            }
        }
        if !profile.outbound.permit.is_empty() {
            self.refuse(
                "outbound.permit",
                "opens this machine's own addresses to whoever may enter a webhook and is refused in production; remove it",
            );
        }
        let fetched = [
            ("identity.issuer", profile.identity.realm.issuer()),
            ("identity.jwks_url", profile.identity.jwks_url.as_ref()),
            ("identity.api_url", Some(&profile.identity.api_url)),
        ];
        let is_clerk = profile.identity.realm.publishable_key().is_some();
        for (key, url) in fetched {
            if let Some(url) = url.filter(|url| is_clerk && !url.is_https()) {
                self.refuse(key, format!("`{url}` is not encrypted; production needs https://"));
            }
        }
    }
}

/// `whsec_` and 24 bytes or more in base64, as far as letters tell.
fn is_webhook_secret(secret: &str) -> bool {
    secret.strip_prefix("whsec_").is_some_and(|key| {
        let letters = key.trim_end_matches('=');
        key.len() >= 32
            && key.len().is_multiple_of(4)
            && key.len() - letters.len() <= 2
            && letters
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
    })
}
