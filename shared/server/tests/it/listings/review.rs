//! From draft to public: the table of transitions, walked whole.

use serde_json::json;
use terrace_product::Review;
use terrace_server::listings::{
    model::ListingStatus,
    review::{Action, TRANSITIONS, Who},
};
use terrace_testkit::{Call, Caller, Listing, Reply, TestApp, listing, setup, spawn_app};

const PATH: &str = "/api/v1/properties";

fn act(caller: &Caller, target: &Listing, action: Action) -> Call {
    let call = caller.post_empty(&target.at(action.name())).if_match(&target.etag);
    match action {
        Action::Reject => call.json(&json!({"reason": "The pictures are dark."})),
        _ => call,
    }
}

async fn done(caller: &Caller, target: &Listing, action: Action) -> Listing {
    Listing::of(&act(caller, target, action).await.expect(200))
}

/// A listing of this agent in this state, by the way that leads there.
async fn standing(owner: &Caller, admin: &Caller, status: ListingStatus) -> Listing {
    let draft = owner.create(listing::rent()).await;
    match status {
        ListingStatus::Draft => draft,
        ListingStatus::InReview => done(owner, &draft, Action::Submit).await,
        ListingStatus::Published => done(admin, &draft, Action::Publish).await,
        ListingStatus::Archived => done(owner, &draft, Action::Archive).await,
    }
}

/// What the table says of this step by one who manages the listing.
fn expected(
    from: ListingStatus,
    action: Action,
    (is_admin, publishes): (bool, bool),
) -> Result<ListingStatus, (u16, &'static str)> {
    // The router's column comes first.
    if action == Action::Reject && !is_admin {
        return Err((403, "forbidden"));
    }
    let row = TRANSITIONS.iter().find(|row| row.from == from && row.action == action);
    let row = row.ok_or((409, "wrong_state"))?;
    let may = match row.who {
        Who::Manager => true,
        Who::Publisher => is_admin || publishes,
        Who::Admin => is_admin,
    };
    if may { Ok(row.to) } else { Err((403, "forbidden")) }
}

async fn walk(app: &TestApp, review: Review) {
    let admin = app.admin().await;
    let (verified, unverified) =
        (app.agent("verified").await, app.unverified_agent("unverified").await);
    let callers = [
        ("admin", &admin, &verified, (true, true)),
        ("verified", &verified, &verified, (false, review != Review::Always)),
        ("unverified", &unverified, &unverified, (false, review == Review::Never)),
    ];
    let mut wrong = Vec::new();
    for (name, caller, owner, standing_of) in callers {
        for from in ListingStatus::ALL {
            for action in Action::ALL {
                let target = standing(owner, &admin, *from).await;
                let reply = act(caller, &target, *action).await;
                let told = match reply.status {
                    200 => Ok(reply.text_at("/status")),
                    status => Err((status, reply.code())),
                };
                let expected = expected(*from, *action, standing_of)
                    .map(|to| to.name().to_owned())
                    .map_err(|(status, code)| (status, code.to_owned()));
                if told != expected {
                    wrong.push(format!(
                        "{action:?} from {from:?} by {name}: {told:?}, not {expected:?}"
                    ));
                }
                let stored: String = app
                    .value(format!(
                        "SELECT status::text FROM properties WHERE id = '{}'",
                        target.id
                    ))
                    .await;
                if stored != expected.unwrap_or_else(|_| from.name().to_owned()) {
                    wrong.push(format!("{action:?} from {from:?} by {name}: stored {stored}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{review:?}:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_table_is_walked_where_the_unverified_are_reviewed() {
    walk(&spawn_app("bestays").await, Review::Unverified).await;
}

#[tokio::test]
async fn the_table_is_walked_where_everyone_is_reviewed() {
    let app = setup("bestays").with(|profile| profile.listings.review = Review::Always);
    walk(&app.spawn().await, Review::Always).await;
}

#[tokio::test]
async fn the_table_is_walked_where_nobody_is_reviewed() {
    let app = setup("bestays").with(|profile| profile.listings.review = Review::Never);
    walk(&app.spawn().await, Review::Never).await;
}

/// The table itself: no step twice, every state left and reached, review guards the public.
#[test]
fn the_table_is_sound() {
    for (nth, row) in TRANSITIONS.iter().enumerate() {
        let twin = TRANSITIONS[nth + 1..]
            .iter()
            .find(|other| (other.from, other.action) == (row.from, row.action));
        assert!(twin.is_none(), "{row:?} twice");
        let public = row.to == ListingStatus::Published && row.from != ListingStatus::Published;
        assert!(!public || row.who == Who::Publisher, "{row:?} goes past the review");
    }
    for state in ListingStatus::ALL {
        assert!(TRANSITIONS.iter().any(|row| row.from == *state && row.to != *state));
        assert!(TRANSITIONS.iter().any(|row| row.to == *state && row.from != *state));
    }
}

#[tokio::test]
async fn a_wrong_state_says_what_leads_on() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let archived = {
        let draft = agent.create(listing::rent()).await;
        done(&agent, &draft, Action::Archive).await
    };
    let reply = act(&agent, &archived, Action::Publish).await;
    let problem = reply.problem(409, "wrong_state");
    assert_eq!(
        problem["detail"],
        "It is archived, from which publish leads nowhere. What does: restore."
    );
    assert_eq!(reply.fields(), ["/status archived"]);
}

#[tokio::test]
async fn a_listing_is_rejected_with_a_reason_and_comes_back() {
    let app = spawn_app("bestays").await;
    let (author, admin) = (app.unverified_agent("somchai").await, app.admin().await);
    let first = author.create(listing::rent()).await;
    let second = author.create(listing::rent()).await;
    let reply = act(&author, &first, Action::Publish).await;
    assert!(reply.problem(403, "forbidden")["detail"].as_str().unwrap().contains("submit"));
    let waiting = done(&author, &first, Action::Submit).await;
    let waiting_too = done(&author, &second, Action::Submit).await;
    assert!(waiting.json["submitted_at"].is_string());
    app.anonymous().get(&waiting.path()).await.problem(404, "not_found");

    let queue = async |sort: &str| {
        let path = format!("{PATH}?scope=all&status=in_review&sort={sort}");
        let reply = admin.get(&path).await.expect(200);
        let items = reply.at("/items").as_array().unwrap().clone();
        items.into_iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (one, two) = (first.id.to_string(), second.id.to_string());
    assert_eq!(queue("oldest").await, [one.clone(), two.clone()]);
    for blank in [json!({"reason": " "}), json!({"reason": ""}), json!({})] {
        let call = admin.post(&waiting.at("reject"), blank).if_match(&waiting.etag);
        call.await.problem(422, "invalid_input");
    }
    let rejected = done(&admin, &waiting, Action::Reject).await;
    assert_eq!(rejected.json["status"], "draft");
    let seen = author.get(&first.path()).await.expect(200);
    assert_eq!(seen.at("/rejection_reason"), "The pictures are dark.");
    assert_eq!(queue("oldest").await, [two.as_str()]);
    let again = done(&author, &rejected, Action::Submit).await;
    assert!(again.json.get("rejection_reason").is_none(), "{}", again.json);
    assert_eq!(queue("oldest").await, [two.clone(), one.clone()], "at the end of the queue");
    let page = admin.get(&format!("{PATH}?scope=all&status=in_review&sort=oldest&limit=1")).await;
    let next = format!(
        "{PATH}?scope=all&status=in_review&sort=oldest&limit=1&cursor={}",
        page.text_at("/next_cursor")
    );
    assert_eq!(admin.get(&next).await.at("/items/0/id"), json!(one));

    let shown = done(&admin, &again, Action::Publish).await;
    assert_eq!(shown.json["is_published"], true);
    let _ = app.anonymous().get(&shown.path()).await.expect(200);
    let _ = done(&author, &waiting_too, Action::Unpublish).await;
    assert_eq!(queue("newest").await, Vec::<String>::new());

    let told: Vec<String> = app
        .values(format!(
            "SELECT kind FROM events WHERE subject_id = '{one}' AND kind <> 'listing.updated' ORDER BY id"
        ))
        .await;
    assert_eq!(
        told,
        [
            "listing.created",
            "listing.submitted",
            "listing.rejected",
            "listing.submitted",
            "listing.published"
        ]
    );
}

#[tokio::test]
async fn the_archive_keeps_and_gives_back() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let shown = agent.create_published(listing::rent()).await;
    let _ = app.anonymous().get(&shown.path()).await.expect(200);
    let kept = done(&agent, &shown, Action::Archive).await;
    app.anonymous().get(&shown.path()).await.problem(404, "not_found");
    let list = agent.get(&format!("{PATH}?scope=own&status=archived")).await.expect(200);
    assert_eq!(list.at("/items/0/status"), "archived");
    let _ = agent.delete(&kept.path()).if_match(&kept.etag).await.expect(204);
    let back = agent.post_empty(&kept.at("restore")).if_match("\"4-en\"").await.expect(200);
    assert_eq!(back.at("/status"), "archived", "what was taken away comes back as it was");
    let draft = done(&agent, &Listing::of(&back), Action::Restore).await;
    assert_eq!(draft.json["status"], "draft");
    let told: Vec<String> =
        app.values("SELECT kind FROM events WHERE kind <> 'listing.updated' ORDER BY id").await;
    assert_eq!(
        told,
        [
            "listing.created",
            "listing.published",
            "listing.unpublished",
            "listing.archived",
            "listing.deleted",
            "listing.restored"
        ]
    );
}

/// A filter by state shows nobody what is not theirs to see.
#[tokio::test]
async fn states_are_no_oracle() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let _ = agent.create(listing::rent()).await;
    let _ = agent.create_published(listing::rent()).await;
    for caller in [app.anonymous(), app.agent("malee").await, app.admin().await] {
        let hidden =
            caller.get(&format!("{PATH}?status=draft,in_review,archived&count=true")).await;
        assert_eq!(hidden.expect(200).at("/total"), 0);
        let shown: Reply =
            caller.get(&format!("{PATH}?status=published&count=true")).await.expect(200);
        assert_eq!(shown.at("/total"), 1);
    }
}

#[tokio::test]
async fn the_database_keeps_the_states_apart() {
    let app = spawn_app("bestays").await;
    let made = app.agent("somchai").await.create(listing::rent()).await;
    let pool = app.sql().await;
    for (change, constraint) in [
        ("status = 'published'", "properties_status_check"),
        ("is_published = true, published_at = now()", "properties_status_check"),
        ("status = 'in_review'", "properties_submitted_at_check"),
        ("submitted_at = now()", "properties_submitted_at_check"),
        ("status = 'archived', rejection_reason = 'x'", "properties_rejected_check"),
        ("rejection_reason = ' '", "properties_rejection_reason_check"),
    ] {
        let sql = format!("UPDATE properties SET {change} WHERE id = '{}'", made.id);
        let error = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap_err();
        let found = error.as_database_error().and_then(|error| error.constraint());
        assert_eq!(found, Some(constraint), "{change}");
    }
}
