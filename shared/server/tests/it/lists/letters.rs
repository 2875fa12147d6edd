//! What the letters say, and how they are ended.

use insta::assert_snapshot;
use serde_json::json;
use terrace_testkit::{TestApp, listing, mail::Letter, spawn_app};

use super::{ALERTS, FAVOURITES, SEARCHES, reprice, told, villa, villas};

async fn last(app: &TestApp, to: &str) -> Letter {
    let letters = app.letters().await.into_iter();
    let mut letters: Vec<_> = letters
        .filter(|(template, letter)| template == "listing_alerts" && letter.to.starts_with(to))
        .collect();
    assert_eq!(letters.len(), 1, "{letters:?}");
    letters.pop().unwrap().1
}

/// Ids and tokens are others each time.
fn plain(letter: &Letter) -> String {
    let mut text = format!("{}\n\n{}", letter.subject, letter.text);
    for (before, after) in [("/unsubscribe/", "[token]"), ("/saved-searches/", "[id]")] {
        let mut rest = text.as_str();
        let mut whole = String::new();
        while let Some(at) = rest.find(before) {
            let end = at + before.len();
            whole.push_str(&rest[..end]);
            whole.push_str(after);
            rest = rest[end..]
                .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        }
        whole.push_str(rest);
        text = whole;
    }
    let slug = |word: &str| {
        word.rsplit_once('-').map_or(word.to_owned(), |(slug, _)| format!("{slug}-[id]"))
    };
    text.lines()
        .map(|line| if line.contains("/properties/") { slug(line) } else { line.to_owned() })
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn in_the_readers_language() {
    let app = spawn_app("bestays").await;
    let (agent, malee, nok) =
        (app.agent("somchai").await, app.user("malee").await, app.user("nok").await);
    app.execute("UPDATE users SET locale = 'th' WHERE display_name = 'malee'").await;
    let made = agent.create(villa("Sea view home")).await;
    let thai = json!({"title": "บ้านวิวทะเล"});
    let made = terrace_testkit::Listing::of(
        &agent.put(&made.at("translations/th"), thai).if_match(&made.etag).await.expect(200),
    );
    let _ = malee.post(SEARCHES, villas("instant")).await.expect(201);
    let made = agent.publish(&made).await;
    told(&app).await;
    assert_snapshot!("new_th", plain(&last(&app, "malee").await));
    let body = json!({"property_id": made.id, "notify_price_drop": true});
    let _ = nok.post(FAVOURITES, body).await.expect(201);
    let _ = reprice(&agent, &made, 9_000_050).await;
    told(&app).await;
    assert_snapshot!("drop_en", plain(&last(&app, "nok").await));
}

#[tokio::test]
async fn many_at_once_are_counted() {
    let app = spawn_app("bestays").await;
    let (agent, malee) = (app.agent("somchai").await, app.user("malee").await);
    let _ = malee.post(SEARCHES, villas("daily")).await.expect(201);
    let mut first = None;
    for nth in 0..22 {
        let made = agent.create_published(villa(&format!("Villa {nth:02}"))).await;
        first.get_or_insert(made);
    }
    told(&app).await;
    let tomorrow = chrono::Utc::now() + chrono::TimeDelta::days(1);
    assert_eq!(terrace_server::alerts::digest::send_due(&app.state(), tomorrow).await.unwrap(), 1);
    let letter = last(&app, "malee").await;
    assert_eq!(letter.subject, "22 listings for you: Villas");
    assert!(letter.text.contains("And 2 more."), "{}", letter.text);
    assert_eq!(letter.text.matches("THB 95,000").count(), 20, "{}", letter.text);
    assert!(letter.html.contains("Villa 00"), "{}", letter.html);
}

/// RFC 8058: what a mail program does when its owner says so, without anybody signing in.
#[tokio::test]
async fn one_click_ends_the_letters_it_stands_in() {
    let app = spawn_app("bestays").await;
    let (agent, malee) = (app.agent("somchai").await, app.user("malee").await);
    let one = malee.post(SEARCHES, villas("instant")).await.expect(201).text_at("/id");
    let other = json!({"name": "Dear", "notify": "daily", "filters": {"price_min": 50_000_000}});
    let other = malee.post(SEARCHES, other).await.expect(201).text_at("/id");
    let made = agent.create_published(villa("Villa")).await;
    told(&app).await;
    let letter = last(&app, "malee").await;
    let headers = letter.headers.replace("\r\n ", " ").replace("\r\n\t", " ");
    assert!(headers.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{headers}");
    let url =
        headers.lines().find_map(|line| line.strip_prefix("List-Unsubscribe: ")).expect("a header");
    let url = url.trim().trim_start_matches('<').trim_end_matches('>');
    let path = url.strip_prefix(app.profile.server.public_url.as_str()).expect("our own address");
    let path = path.trim_end_matches('/');
    let token = path.rsplit('/').next().unwrap();
    assert!(
        letter.text.contains(&format!("http://localhost:5273/unsubscribe/{token}")),
        "{}",
        letter.text
    );
    assert!(letter.html.contains(token), "{}", letter.html);

    // A look changes nothing.
    app.anonymous().get(path).await.problem(405, "method_not_allowed");
    let notify = |id: &str| {
        let (malee, path) = (malee.clone(), format!("{SEARCHES}/{id}"));
        async move { malee.get(&path).await.expect(200).text_at("/notify") }
    };
    assert_eq!(notify(&one).await, "instant");
    for _ in 0..2 {
        let click = app.anonymous().post_empty(path).raw("List-Unsubscribe=One-Click");
        let click = click.header("content-type", "application/x-www-form-urlencoded");
        let _ = click.await.expect(204);
    }
    assert_eq!((notify(&one).await, notify(&other).await), ("never".into(), "daily".into()));
    let _ = reprice(&agent, &made, 9_000_000).await;
    told(&app).await;
    let _ = last(&app, "malee").await;
    assert_eq!(malee.get(ALERTS).await.expect(200).at("/items").as_array().unwrap().len(), 1);
}

/// A letter of several searches and of favourites ends them all, and what was waiting.
#[tokio::test]
async fn a_letter_of_everything_ends_everything() {
    let app = spawn_app("bestays").await;
    let (agent, malee, nok) =
        (app.agent("somchai").await, app.user("malee").await, app.user("nok").await);
    for person in [&malee, &nok] {
        let _ = person.post(SEARCHES, villas("instant")).await.expect(201);
        let second = json!({"name": "Second", "notify": "instant", "filters": {"bedrooms": 3}});
        let _ = person.post(SEARCHES, second).await.expect(201);
        let _ = person
            .post(SEARCHES, listing::with(villas("daily"), json!({"filters": {}})))
            .await
            .expect(201);
    }
    let made = agent.create_published(villa("Villa")).await;
    let body = json!({"property_id": made.id, "notify_price_drop": true});
    let _ = malee.post(FAVOURITES, body).await.expect(201);
    told(&app).await;
    let letter = last(&app, "malee").await;
    let at = letter.text.find("/unsubscribe/").expect("a link") + "/unsubscribe/".len();
    let token = letter.text[at..].split_whitespace().next().unwrap();
    let path = format!("{ALERTS}/unsubscribe/{token}");
    let _ = app.anonymous().post_empty(&path).await.expect(204);
    let all = malee.get(SEARCHES).await.expect(200);
    let all = all.at("/items");
    assert!(all.as_array().unwrap().iter().all(|item| item["notify"] == "never"), "{all}");
    let favourites = malee.get(FAVOURITES).await.expect(200);
    assert_eq!(favourites.at("/items/0/notify_price_drop"), false);
    let tomorrow = chrono::Utc::now() + chrono::TimeDelta::days(1);
    // Nok's alone.
    assert_eq!(terrace_server::alerts::digest::send_due(&app.state(), tomorrow).await.unwrap(), 1);
    let _ = last(&app, "malee").await;
}
