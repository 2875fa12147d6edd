//! What the messages say.

use insta::assert_snapshot;
use serde_json::json;
use terrace_testkit::{mail::Letter, setup, spawn_app};

use super::{mail, queue};
use terrace_server::notifications::Mail;

async fn only_letter(app: &terrace_testkit::TestApp) -> Letter {
    let mut letters = app.letters().await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    letters.pop().unwrap().1
}

#[tokio::test]
async fn a_message_is_the_brands_and_in_the_readers_language() {
    for (product, locale) in [("bestays", "en"), ("realestate", "th")] {
        let app = spawn_app(product).await;
        assert!(queue(&app, mail("one", locale)).await);
        let letter = only_letter(&app).await;
        let contact = &app.profile.contact.email;
        assert_eq!(letter.from, format!("{} <{contact}>", app.profile.name));
        assert_eq!(
            (letter.reply_to.as_str(), letter.to.as_str()),
            (contact.as_str(), "visitor@example.com")
        );
        assert!(letter.headers.contains("Auto-Submitted: auto-generated"), "{}", letter.headers);
        assert_snapshot!(
            format!("{product}_{locale}_text"),
            format!("{}\n\n{}", letter.subject, letter.text)
        );
        assert_snapshot!(format!("{product}_{locale}_page"), letter.html);
    }
}

/// Every template that ships, in every language that the brands speak, with the facts it is
/// given.
#[tokio::test]
async fn every_template_can_be_written() {
    let app = spawn_app("bestays").await;
    let templates = [
        "lead_auto_reply",
        "lead_assigned",
        "leads_handed_over",
        "listing_published",
        "listing_rejected",
    ];
    for template in templates {
        for locale in ["en", "th"] {
            let mut mail = mail(&format!("{template}.{locale}"), locale);
            mail.template = template;
            mail.facts["reason"] = json!("The pictures show another house.");
            mail.facts["count"] = json!(12);
            assert!(queue(&app, mail).await);
        }
    }
    let letters = app.letters().await;
    assert_eq!(letters.len(), 2 * templates.len());
    for (template, letter) in letters {
        assert!(!letter.subject.is_empty() && letter.text.contains("BeStays"), "{template}");
        let fact = if template == "leads_handed_over" { "12" } else { "Villa Rawai" };
        assert!(letter.html.contains(fact), "{template}");
        assert!(letter.text.contains("http://localhost:5273/properties/villa-rawai"), "{template}");
    }
}

/// A visitor's name is a text, whatever it holds.
#[tokio::test]
async fn facts_cannot_become_markup_or_headers() {
    let app = spawn_app("bestays").await;
    let mut mail = mail("hostile", "en");
    mail.facts["name"] = json!("<script>alert(1)</script><img src=x onerror=alert(1)>");
    mail.facts["reference"] = json!("L-1\r\nBcc: victim@example.com\r\n\r\nhello");
    assert!(queue(&app, mail).await);
    let letter = only_letter(&app).await;
    assert!(!letter.html.contains("<script>") && !letter.html.contains("<img"), "{}", letter.html);
    assert!(letter.html.contains("&lt;script&gt;"), "{}", letter.html);
    assert!(!letter.headers.to_lowercase().contains("\nbcc:"), "{}", letter.headers);
    assert!(letter.subject.ends_with("L-1 Bcc: victim@example.com hello"), "{}", letter.subject);
}

/// A language that nobody has written in falls back to the brand's own.
#[tokio::test]
async fn an_unknown_language_falls_back() {
    let app = spawn_app("bestays").await;
    assert!(queue(&app, mail("fr", "fr-FR")).await);
    assert!(only_letter(&app).await.subject.starts_with("We have your enquiry"));
}

#[tokio::test]
async fn a_brand_has_words_of_its_own() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("mail")).unwrap();
    let own = "{% block subject %}Ahoy {{ name }}{% endblock %}{% block body %}Ours.{% endblock %}\
               {% block action %}Look{% endblock %}";
    std::fs::write(folder.path().join("mail/lead_auto_reply.en.txt"), own).unwrap();
    let path = folder.path().to_owned();
    let app = setup("bestays").with(move |profile| profile.folder = path).spawn().await;
    assert!(queue(&app, mail("own", "en")).await);
    assert!(queue(&app, Mail { locale: "th".to_owned(), ..mail("shipped", "th") }).await);
    let subjects: Vec<String> =
        app.letters().await.into_iter().map(|(_, letter)| letter.subject).collect();
    assert!(subjects.contains(&"Ahoy Ada".to_owned()), "{subjects:?}");
    assert!(subjects.iter().any(|subject| subject.contains("หมายเลขอ้างอิง")), "{subjects:?}");
}
