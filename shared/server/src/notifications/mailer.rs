//! How messages leave: into a folder, or to a mail server.

use std::path::PathBuf;

use anyhow::Context;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::Error as SmtpError,
};
use minijinja::Environment;
use terrace_product::{MailTransport, Profile};

use super::{
    message::{self, Draft},
    templates,
};

/// Writes messages and hands them over.
pub struct Mailer {
    environment: Environment<'static>,
    transport: Transport,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").finish_non_exhaustive()
    }
}

enum Transport {
    Capture(PathBuf),
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
}

/// Why a message did not leave. The reasons carry no address: they go to the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It surely did not leave; later it may.
    NotNow(String),
    /// It surely did not leave, and never will.
    Never(String),
    /// It may have left.
    Unknown(String),
}

impl Mailer {
    /// Reads the templates and prepares the transport; connects to nothing.
    ///
    /// # Errors
    /// Where a template is none, or the profile names no server to send through.
    pub fn open(profile: &Profile) -> anyhow::Result<Self> {
        let environment = templates::load(&profile.folder.join("mail"))?;
        let mail = &profile.mail;
        let transport = match mail.transport {
            MailTransport::Capture => Transport::Capture(mail.capture_dir.clone()),
            MailTransport::Smtp => {
                let url = mail.smtp_url.as_ref().with_context(|| {
                    let variable = profile.id.as_str().to_uppercase();
                    format!(
                        "mail.transport is smtp, but mail.smtp_url is not set; set \
                         {variable}__MAIL__SMTP_URL_FILE to a file that holds it"
                    )
                })?;
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
                    .map_err(|_| anyhow::anyhow!("mail.smtp_url is no address of a mail server"))?;
                Transport::Smtp(Box::new(builder.timeout(Some(mail.timeout)).build()))
            }
        };
        Ok(Self { environment, transport })
    }

    /// Writes a message.
    ///
    /// # Errors
    /// Where the template does not fit its facts, or the address is none.
    pub(super) fn write(&self, profile: &Profile, draft: &Draft<'_>) -> anyhow::Result<Message> {
        let letter = message::write(profile, &self.environment, draft)?;
        message::seal(profile, draft, letter)
    }

    /// Hands a message over.
    pub(super) async fn deliver(&self, draft: &Draft<'_>, message: Message) -> Result<(), Refusal> {
        match &self.transport {
            Transport::Capture(folder) => {
                let name = format!("{}-{}.eml", draft.template, draft.id);
                keep(folder, &name, &message.formatted())
                    .await
                    .map_err(|error| Refusal::NotNow(format!("{}: {error}", folder.display())))
            }
            Transport::Smtp(server) => {
                // Whatever fails before the message itself is on the wire is no doubt.
                server.test_connection().await.map_err(|error| Refusal::NotNow(brief(&error)))?;
                server.send(message).await.map(drop).map_err(|error| judge(&error))
            }
        }
    }
}

/// The server's answer tells; where there is none, nothing does.
fn judge(error: &SmtpError) -> Refusal {
    if error.is_permanent() {
        Refusal::Never(brief(error))
    } else if error.is_transient() || error.is_client() || error.is_tls() {
        Refusal::NotNow(brief(error))
    } else {
        Refusal::Unknown(brief(error))
    }
}

/// Never the server's own words: they repeat addresses.
fn brief(error: &SmtpError) -> String {
    match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
        None if error.is_tls() => "no secure connection to the mail server".to_owned(),
        None => "the connection to the mail server failed".to_owned(),
    }
}

/// Whole or not at all.
async fn keep(folder: &std::path::Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let unfinished = folder.join(format!(".{name}"));
    tokio::fs::write(&unfinished, bytes).await?;
    tokio::fs::rename(&unfinished, folder.join(name)).await
}
