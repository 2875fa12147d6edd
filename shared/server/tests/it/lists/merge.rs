//! Signing in with lists in one's pocket.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use terrace_testkit::{Caller, listing, spawn_app};

use super::{ALERTS, FAVOURITES, SEARCHES, Visitor, favourite, ids, letters, told, villa, villas};

async fn marked(person: &Caller) -> BTreeSet<String> {
    let all = person.get(&format!("{FAVOURITES}/ids")).await.expect(200);
    all.at("/ids").as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_account_takes_the_lists_once_and_what_is_on_both_is_there_once() {
    let app = spawn_app("bestays").await;
    let (agent, malee, nok) =
        (app.agent("somchai").await, app.user("malee").await, app.user("nok").await);
    let visitor = Visitor::new(&app).await;
    let mut made = Vec::new();
    for nth in 0..3 {
        made.push(agent.create_published(villa(&format!("Villa {nth}"))).await);
    }
    let _ = malee.post(FAVOURITES, favourite(&made[0])).await.expect(201);
    let both = json!({"property_id": made[0].id, "notify_price_drop": true});
    let _ = visitor.post(FAVOURITES, both).await.expect(201);
    for villa in &made[1..] {
        let _ = visitor.post(FAVOURITES, favourite(villa)).await.expect(201);
    }
    let _ = malee.post(SEARCHES, villas("daily")).await.expect(201);
    // The same search under another name, and one of the visitor's own that has found something.
    let _ = visitor
        .post(SEARCHES, listing::with(villas("instant"), json!({"name": "Same"})))
        .await
        .expect(201);
    let own = json!({"name": "All", "notify": "instant"});
    let own = visitor.post(SEARCHES, own).await.expect(201).text_at("/id");
    let found = agent.create_published(villa("Found")).await;
    told(&app).await;

    let merged = visitor.merge_into(&malee).await.expect(200);
    assert_eq!(merged.json(), json!({"favourites": 2, "saved_searches": 1, "left_out": 0}));
    let expected: BTreeSet<_> = made.iter().map(|villa| villa.id.to_string()).collect();
    assert_eq!(marked(&malee).await, expected);
    let searches = malee.get(SEARCHES).await.expect(200);
    assert_eq!(searches.at("/items").as_array().unwrap().len(), 2);
    assert!(ids(&searches, "id").contains(&own));
    // What the visitor wished for, the account wishes for.
    let first = malee.get(FAVOURITES).await.expect(200);
    let items = first.at("/items");
    let zero =
        items.as_array().unwrap().iter().find(|item| item["property_id"] == json!(made[0].id));
    assert_eq!(zero.unwrap()["notify_price_drop"], true);
    // Its alerts come along to be read, and are not written about: they were seen.
    let alerts = malee.get(&format!("{ALERTS}?saved_search_id={own}")).await.expect(200);
    assert_eq!(ids(&alerts, "property_id"), [found.id.to_string()]);
    assert_eq!(letters(&app).await, []);

    // Again there is nothing left to do; the token has ended; nobody else takes them.
    let again = visitor.merge_into(&malee).await.expect(200);
    assert_eq!(again.json(), json!({"favourites": 0, "saved_searches": 0, "left_out": 0}));
    visitor.merge_into(&nok).await.problem(409, "conflict");
    visitor.get(FAVOURITES).await.problem(401, "unauthorized");
    visitor.post(FAVOURITES, favourite(&made[0])).await.problem(401, "unauthorized");
    let renew =
        visitor.caller.post_empty("/api/v1/visitors").header("visitor-token", &visitor.token);
    renew.await.problem(401, "unauthorized");
    assert_eq!(marked(&nok).await, BTreeSet::new());

    // From now on the search writes to the account.
    let _ = agent.create_published(villa("Later")).await;
    told(&app).await;
    let wrote = letters(&app).await;
    assert_eq!(wrote, [("malee@bestays.example".to_owned(), "New for you: Later".to_owned())]);

    // Nor once the person is erased: the row stays marked.
    app.execute(format!("DELETE FROM users WHERE id = '{}'", malee.user_id.unwrap())).await;
    visitor.merge_into(&nok).await.problem(409, "conflict");
    let left: i64 = app.value("SELECT (SELECT count(*) FROM favourites) + (SELECT count(*) FROM saved_searches) + (SELECT count(*) FROM alerts) \
       ").await;
    assert_eq!(left, 0);
}

/// Two tabs of one person, and another person on the same device, all at once, while the visitor
/// goes on marking.
#[tokio::test]
async fn of_many_who_ask_at_once_one_account_gets_everything() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let mut made = Vec::new();
    for nth in 0..8 {
        made.push(agent.create_published(villa(&format!("Villa {nth}"))).await);
    }
    for round in 0..6 {
        let people = [app.user(&format!("a{round}")).await, app.user(&format!("b{round}")).await];
        let visitor = Visitor::new(&app).await;
        for villa in &made[..4] {
            let _ = visitor.post(FAVOURITES, favourite(villa)).await.expect(201);
        }
        let merges = join_all((0..4).map(|nth| visitor.merge_into(&people[nth % 2])));
        let marks = join_all(made[4..].iter().map(|villa| async {
            (villa.id.to_string(), visitor.post(FAVOURITES, favourite(villa)).await.status)
        }));
        let (merges, marks) = tokio::join!(merges, marks);
        let statuses: Vec<u16> = merges.iter().map(|reply| reply.status).collect();
        assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "{statuses:?}");
        let lists = [marked(&people[0]).await, marked(&people[1]).await];
        let (winner, loser) =
            if lists[0].is_empty() { (&lists[1], &lists[0]) } else { (&lists[0], &lists[1]) };
        assert!(loser.is_empty(), "{lists:?}");
        // What was answered with 201 came before and is there; what came after was refused.
        let mut expected: BTreeSet<_> =
            made[..4].iter().map(|villa| villa.id.to_string()).collect();
        for (id, status) in marks {
            assert!(matches!(status, 201 | 401), "{status}");
            if status == 201 {
                expected.insert(id);
            }
        }
        assert_eq!(*winner, expected);
    }
}

/// There is only so much room: the newest come along.
#[tokio::test]
async fn what_there_is_no_room_for_is_left() {
    let app = spawn_app("bestays").await;
    let (malee, visitor) = (app.user("malee").await, Visitor::new(&app).await);
    for nth in 0..48 {
        let _ = malee
            .post(SEARCHES, json!({"name": "x", "filters": {"guests": nth + 1}}))
            .await
            .expect(201);
    }
    for nth in 0..4 {
        let _ = visitor
            .post(SEARCHES, json!({"name": format!("v{nth}"), "filters": {"price_max": nth + 1}}))
            .await
            .expect(201);
    }
    let merged = visitor.merge_into(&malee).await.expect(200);
    assert_eq!(merged.json(), json!({"favourites": 0, "saved_searches": 2, "left_out": 2}));
    let list = malee.get(&format!("{SEARCHES}?limit=100")).await.expect(200);
    let list = list.at("/items");
    let names: Vec<&Value> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["name"])
        .filter(|name| **name != "x")
        .collect();
    assert_eq!(names, ["v3", "v2"]);
}
