//! How many there may be.

use serde_json::json;
use terrace_testkit::setup;

use super::{ask, bare, pictures, uploaded};

#[tokio::test]
async fn a_listing_has_so_many_pictures_whoever_asks_at_once() {
    let app = setup("bestays").with(|profile| profile.media.per_listing = 3).spawn().await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(bare()).await;
    let file = pictures::jpeg(40, 30);
    let asked = (0..10).map(|_| ask(&agent, &listing, &file, "image/jpeg"));
    let replies = futures_util::future::join_all(asked).await;
    let given = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(given, 3, "{replies:?}");
    for refused in replies.iter().filter(|reply| reply.status != 201) {
        let problem = refused.problem(409, "media_quota_reached");
        assert_eq!(problem["detail"], "The listing has 3 of 3 pictures: 0 are left.");
    }
    let list = agent.get(&listing.at("media")).await.expect(200);
    assert_eq!(list.at("/remaining"), 0);
    assert_eq!(
        list.at("/progress"),
        json!({"pending": 3, "processing": 0, "ready": 0, "rejected": 0})
    );

    // A place that is given back can be taken again.
    let id = list.text_at("/items/0/id");
    let _ = agent.delete(&format!("/api/v1/media/{id}")).await.expect(204);
    let again = ask(&agent, &listing, &file, "image/jpeg").await.expect(201);
    assert_eq!(again.at("/remaining/listing"), 0);
    let other = agent.create(bare()).await;
    let _ = ask(&agent, &other, &file, "image/jpeg").await.expect(201);
}

#[tokio::test]
async fn a_person_uploads_so_much_in_a_day_and_deleting_does_not_help() {
    let app = setup("bestays").with(|profile| profile.media.per_user_day = 4).spawn().await;
    let (agent, other) = (app.agent("somchai").await, app.agent("malee").await);
    let listing = agent.create(bare()).await;
    let file = pictures::jpeg(40, 30);
    for left in [3, 2, 1] {
        let ticket = ask(&agent, &listing, &file, "image/jpeg").await.expect(201);
        assert_eq!(ticket.at("/remaining/day"), left);
        let id = ticket.text_at("/id");
        let _ = agent.delete(&format!("/api/v1/media/{id}")).await.expect(204);
    }
    let second = agent.create(bare()).await;
    let rejected = uploaded(&app, &agent, &second, b"no picture", "image/jpeg").await;
    assert_eq!(rejected["state"], "rejected");
    let refused = ask(&agent, &listing, &file, "image/jpeg").await;
    let problem = refused.problem(429, "upload_quota_reached");
    assert_eq!(problem["detail"], "You have asked for 4 of 4 uploads within 24 hours: 0 are left.");
    assert_eq!(refused.header("retry-after"), "3600");

    let theirs = other.create(bare()).await;
    let _ = ask(&other, &theirs, &file, "image/jpeg").await.expect(201);
    app.execute("UPDATE media SET created_at = created_at - interval '25 hours'").await;
    let _ = ask(&agent, &listing, &file, "image/jpeg").await.expect(201);
}
