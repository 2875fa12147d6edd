//! From a template and its facts to a message: plain text, and the same as a page in the
//! brand's colours.

use anyhow::Context;
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use minijinja::{Environment, Value, context, value::Serde};
use terrace_product::{Locale, LocalisedText, Profile};
use uuid::Uuid;

use super::templates;

/// What a message is made of. No `Debug`: whom it is for and what it tells are nobody else's.
#[derive(Clone)]
pub(super) struct Draft<'a> {
    pub(super) id: Uuid,
    pub(super) template: &'a str,
    pub(super) locale: &'a str,
    pub(super) recipient: &'a str,
    pub(super) facts: &'a serde_json::Value,
}

/// A message's parts before they are put in an envelope.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// Fills in a template. Facts are text: in the page they are escaped, whatever they hold.
pub(super) fn write(
    profile: &Profile,
    environment: &Environment<'_>,
    draft: &Draft<'_>,
) -> anyhow::Result<Letter> {
    let default = profile.locales.default.as_str();
    let file = templates::choose(environment, draft.template, draft.locale, default)
        .with_context(|| format!("there is no template {}", draft.template))?;
    let brand = brand(profile, draft.locale);
    let facts = context! { brand => Serde(brand), ..Value::from(Serde(draft.facts)) };
    let template = environment.get_template(&file)?;
    let mut rendered = template.render_captured(facts)?;
    let mut block = |name| rendered.with_state_mut(|state| state.render_block(name));
    let subject = one_line(&block("subject")?);
    let body = block("body")?.trim().to_owned();
    let action = match draft.facts.get("url").and_then(|url| url.as_str()) {
        Some(url) => Some((one_line(&block("action")?), url)),
        None => None,
    };

    let text = match &action {
        Some((label, url)) => format!("{body}\n\n{label}: {url}\n\n{}\n", profile.name),
        None => format!("{body}\n\n{}\n", profile.name),
    };
    let paragraphs: Vec<Vec<String>> = body
        .split("\n\n")
        .map(|paragraph| paragraph.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|lines| !lines.is_empty())
        .collect();
    let (label, url) = action.unzip();
    let html = environment.get_template(templates::LAYOUT)?.render(context! {
        brand => Serde(brand_page(profile, draft.locale)),
        lang => draft.locale,
        subject => subject.as_str(),
        paragraphs,
        label => label,
        url => url,
    })?;
    Ok(Letter { subject, text, html })
}

/// Puts a letter in its envelope.
pub(super) fn seal(
    profile: &Profile,
    draft: &Draft<'_>,
    letter: Letter,
) -> anyhow::Result<Message> {
    let mail = &profile.mail;
    let from = mail.from_address.as_str().parse().context("mail.from_address")?;
    let reply_to = mail.reply_to.as_str().parse().context("mail.reply_to")?;
    let domain = mail.from_address.as_str().rsplit('@').next().unwrap_or("localhost");
    let mut message = Message::builder()
        .from(Mailbox::new(Some(mail.from_name.to_string()), from))
        .reply_to(Mailbox::new(None, reply_to))
        .to(Mailbox::new(None, draft.recipient.parse().context("the recipient's address")?))
        .subject(letter.subject)
        // The same for every attempt, so that a reader's mailbox can tell a copy.
        .message_id(Some(format!("<{}@{domain}>", draft.id)))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    // RFC 8058: a mail program offers to end such letters, and asks nobody to sign in.
    if let Some(url) = draft.facts.get("unsubscribe_url").and_then(|url| url.as_str()) {
        for (name, value) in [
            ("List-Unsubscribe", format!("<{}>", one_line(url))),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        ] {
            let name = HeaderName::new_from_ascii_str(name);
            message = message.raw_header(HeaderValue::new(name, value));
        }
    }
    Ok(message.multipart(MultiPart::alternative_plain_html(letter.text, letter.html))?)
}

/// What templates may say of the brand.
fn brand(profile: &Profile, locale: &str) -> serde_json::Value {
    let local = |text: &LocalisedText| {
        Locale::parse(locale)
            .ok()
            .and_then(|locale| text.get(&locale, &profile.locales.default))
            .map(str::to_owned)
    };
    serde_json::json!({
        "name": profile.name,
        "email": profile.contact.email,
        "phone": profile.contact.phone,
        "line_id": profile.contact.line_id,
        "address": local(&profile.contact.address),
        "hours": local(&profile.contact.hours),
        "front_end": super::front_end(profile, ""),
    })
}

/// The same, and the look, for the page.
fn brand_page(profile: &Profile, locale: &str) -> serde_json::Value {
    let mut brand = brand(profile, locale);
    brand["colors"] = serde_json::json!(profile.theme.colors);
    brand["fonts"] = serde_json::json!(profile.theme.fonts.body);
    brand["radius"] = serde_json::json!(profile.theme.radius_px);
    brand
}

/// A header has one line, and a fact with a line break must not begin another.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
