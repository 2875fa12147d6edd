//! `terrace users`.

use serde_json::{Value, json};

use super::{Scene, person, updated};

#[tokio::test]
async fn an_operator_sees_people_and_gives_roles() {
    let scene = Scene::set().await;
    scene.hear(&updated(&person("user_ann", 1, Some("agent")))).await;
    let of = async |arguments: &[&str]| -> Value {
        let all = [&["users"][..], arguments, &["--product", "bestays", "--json"]].concat();
        let said: Value = serde_json::from_str(&scene.said(&all).await).unwrap();
        assert_eq!(said[0]["product"], "bestays");
        said[0].clone()
    };
    let listed = of(&["list"]).await;
    let subjects: Vec<_> =
        listed["users"].as_array().unwrap().iter().map(|user| user["subject"].clone()).collect();
    assert_eq!(subjects, ["user_ann", "user_admin"]);
    assert_eq!(of(&["list", "--role", "agent"]).await["users"].as_array().unwrap().len(), 1);
    let ann = &of(&["show", "--user", "USER_ANN@realm.example"]).await["users"][0];
    assert_eq!(
        (&ann["role"], &ann["role_is_override"], &ann["state"]),
        (&json!("agent"), &json!(false), &json!("active"))
    );

    let given = &of(&["role", "--user", "user_ann", "--role", "admin"]).await["users"][0];
    assert_eq!((&given["role"], &given["realm_role"]), (&json!("admin"), &json!("agent")));
    let lifted = &of(&["role", "--user", "user_ann", "--lift"]).await["users"][0];
    assert_eq!((&lifted["role"], &lifted["role_is_override"]), (&json!("agent"), &json!(false)));

    let table = scene.said(&["users", "list", "--product", "bestays"]).await;
    assert!(table.contains("user_ann") && table.contains("realm"), "{table}");
    let (well, said) =
        scene.terrace(&["users", "show", "--product", "bestays", "--user", "nobody"]).await;
    assert!(!well && said.contains("There is no such person"), "{said}");
    let last = ["users", "role", "--product", "bestays", "--user", "user_admin", "--role", "user"];
    let (well, said) = scene.terrace(&last).await;
    assert!(!well && said.contains("Make somebody else an admin first"), "{said}");
    let deliveries = &of(&["webhooks"]).await["deliveries"];
    assert_eq!(
        (&deliveries[0]["status"], &deliveries[0]["subject"]),
        (&json!("applied"), &json!("user_ann"))
    );
    let none = scene.said(&["users", "webhooks", "--product", "bestays", "--dead"]).await;
    assert_eq!(none.trim(), "no deliveries");
}
