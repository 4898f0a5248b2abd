//! A system with one of everything, so that what is refused is refused for its badness alone.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{FamilyId, UserId};
use domain::oauth::{ClientRef, Consent, FIRST_PARTY, Family, offered};
use e2e::{Api, Card, Receiver, World, id};
use local::seed::{DEMO_TENANT, staff_of};
use platform::clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use web::Route;

use crate::bad_input::case::PHOTO;
use crate::bad_input::operation::{MEMBER, Operation, PASSWORD, routes};

/// The system and what is in it.
pub(crate) struct Shop {
    pub(crate) world: World,
    made: Made,
    tokens: [String; 2],
    _receiver: Receiver,
}

/// One of everything.
pub(crate) struct Made {
    /// An unpaid order.
    pub(crate) order: Value,
    /// A pet that nobody holds.
    pub(crate) pet: Value,
    /// A pet that is there to be changed and deleted.
    doomed: Value,
    paid_order: String,
    endpoint: String,
    delivery: String,
    request: String,
    payment: String,
    receipt: String,
    upload: String,
    /// Pool, pet and name.
    photo: [String; 3],
    /// Somebody with a password.
    member: String,
    member_token: String,
    /// Somebody whose roles may change.
    clerk: String,
    /// An application.
    client: String,
    /// What the tenant's own staff granted one.
    grant: String,
}

impl Made {
    /// What `owner` makes, who may manage endpoints, with the pets of `staff`.
    pub(crate) async fn by(world: &World, owner: &Api, staff: &Api, receiver: &Receiver) -> Self {
        let endpoint = world.hook(owner, &receiver.url("/"), &["order.created"]).await;
        let order = world.order(owner, staff).await;
        let request = world.ask(owner, &order, &receiver.url("/")).await.json();
        let paid = world.order(owner, staff).await;
        let payment = world.pay(owner, &paid, Card::GOOD).await.json();
        assert_eq!(payment["status"], "SUCCEEDED");
        let received = e2e::soon("both webhooks", receiver.until(|all| all.len() >= 2)).await;
        let pet = world.pet(staff).await;
        let upload = upload(staff, &pet).await;
        let photo = photo(staff, &pet).await;
        let member = register(world, MEMBER).await;
        Self {
            upload,
            photo,
            receipt: domain::id::ReceiptId::of(domain::id::OrderId::parse(id(&paid)).unwrap()).to_string(),
            paid_order: id(&paid).to_owned(),
            payment: id(&payment).to_owned(),
            delivery: format!("{}_{}", id(&endpoint), received[0].header("webhook-id")),
            endpoint: id(&endpoint).to_owned(),
            request: request["requestId"].as_str().unwrap().to_owned(),
            order,
            pet,
            doomed: world.pet(staff).await,
            member: id(&member).to_owned(),
            member_token: member["token"].as_str().unwrap().to_owned(),
            client: id(&crate::oauth::register(&world.tenant_staff(), &["https://a.example/"]).await)
                .to_owned(),
            grant: grant(world, staff_of(DEMO_TENANT)).await,
            clerk: world.newcomer(DEMO_TENANT).await.0.to_string(),
        }
    }
}

/// Somebody new in the demo tenant.
pub(crate) async fn register(world: &World, username: &str) -> Value {
    let body = json!({"username": username, "email": format!("{username}@example.com"), "firstName": "Ada",
                      "lastName": "Lovelace", "password": PASSWORD});
    let reply = Api(world.guest().0.with_tenant(DEMO_TENANT)).post("/v1/users", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.json());
    reply.json()
}

/// What `user` of the demo tenant granted its first application; the grant's id.
pub(crate) async fn grant(world: &World, user: UserId) -> String {
    let (id, now) = (FamilyId::new(clock::fresh_id()), clock::now());
    let client = ClientRef { scope: DEMO_TENANT, id: FIRST_PARTY };
    let consent = Consent { client, user, permissions: offered(), signed_in_at: now };
    let family = Family::begin(id, consent, clock::fresh_id(), now);
    let commit = world.store.transaction().create("family", &family).commit().await.unwrap();
    assert_eq!(commit, store::Commit::Done);
    id.to_string()
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
        let staff = world.tenant_staff();
        let made = Made::by(&world, &staff, &staff, &receiver).await;
        let tokens = [DEMO_TENANT, domain::Scope::Shared]
            .map(|scope| world.local.token(scope, staff_of(scope)).unwrap());
        let far = platform::clock::now().plus_ms(domain::time::DAY_MS);
        e2e::eventually("both deliveries to end", async || {
            world.store.deliveries_due(true, far, 100).await.rows.is_empty().then_some(())
        })
        .await;
        e2e::counted(&world).await;
        Self { world, made, tokens, _receiver: receiver }
    }

    /// Every operation, asked by staff of the tenant that owns everything.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        // What takes something away comes last.
        let mut routes: Vec<_> = routes().collect();
        routes.sort_by_key(|route| (route.method == "DELETE", route.path == "/v1/orders/{id}"));
        routes
            .into_iter()
            .map(|route| Operation::of(route, &self.made, self.made.token(&route, &self.tokens[0])))
            .collect()
    }

    /// A token that is good, for another pool.
    pub(crate) fn foreign_token(&self) -> &str {
        &self.tokens[1]
    }

    /// Every row of both tables.
    pub(crate) async fn rows(&self) -> BTreeSet<String> {
        let client = local::sdk::dynamodb(&self.world.local.wiring().dynamodb);
        let names = store::TableNames::default();
        let mut rows = BTreeSet::new();
        for table in [&names.state, &names.deliveries] {
            let mut pages = client.scan().table_name(table).consistent_read(true).into_paginator().send();
            while let Some(page) = pages.next().await {
                for item in page.unwrap().items() {
                    rows.insert(in_order(&AttributeValue::M(item.clone())));
                }
            }
        }
        rows
    }
}

impl Made {
    /// Who may do it: the staff, but for what a user alone may do.
    fn token<'a>(&'a self, route: &Route, staff: &'a str) -> &'a str {
        match (route.method, route.path) {
            ("PUT" | "DELETE", "/v1/users/{id}") => &self.member_token,
            _ => staff,
        }
    }

    /// The id for the placeholder `part` of `path`.
    ///
    /// # Panics
    /// For a path that is new: it needs one here.
    pub(crate) fn id_in(&self, route: &Route, part: &str) -> &str {
        match (route.path, part) {
            (path, "{pool}") if path.starts_with("/v1/photos/") => &self.photo[0],
            (path, "{id}") if path.starts_with("/v1/photos/") => &self.photo[1],
            (_, "{name}") => &self.photo[2],
            (_, "{uploadId}") => &self.upload,
            (_, "{receiptId}") => &self.receipt,
            (_, "{requestId}") => &self.request,
            (_, "{paymentId}") => &self.payment,
            ("/v1/orders/{id}/payments/{paymentId}", _) => &self.paid_order,
            (path, _) if path.starts_with("/v1/deliveries/") => &self.delivery,
            (path, _) if path.starts_with("/v1/webhooks/") => &self.endpoint,
            ("/v1/oauth/clients/{id}", _) => &self.client,
            ("/v1/oauth/grants/{id}", _) => &self.grant,
            ("/v1/users/{id}/roles", _) => &self.clerk,
            (path, _) if path.starts_with("/v1/users/") => &self.member,
            ("/v1/pets/{id}", _) if matches!(route.method, "PUT" | "DELETE") => id(&self.doomed),
            (path, _) if path.starts_with("/v1/pets/") => id(&self.pet),
            (path, _) if path.starts_with("/v1/orders/") && route.method == "DELETE" => &self.paid_order,
            (path, _) if path.starts_with("/v1/orders/") => id(&self.order),
            (path, part) => panic!("{path} is new: give its {part} an id here"),
        }
    }
}

/// An upload that was put, and not made a photo yet.
async fn upload(staff: &Api, pet: &Value) -> String {
    let body = json!({"contentType": "image/jpeg", "contentLength": PHOTO.len(),
                      "sha256": hex::encode(Sha256::digest(PHOTO))});
    let begun = staff.post(&format!("/v1/pets/{}/images/uploads", id(pet)), &body).await.json();
    assert_eq!(e2e::put(&begun, PHOTO).await.status, 200);
    begun["uploadId"].as_str().unwrap().to_owned()
}

/// A photo that the pet has.
async fn photo(staff: &Api, pet: &Value) -> [String; 3] {
    let reply = staff.image(id(pet), PHOTO).await;
    let path = reply.header("location").strip_prefix("/v1/photos/").unwrap();
    let parts: Vec<_> = path.split('/').map(str::to_owned).collect();
    parts.try_into().unwrap()
}

/// A value with the members of its maps in order.
fn in_order(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(members) => {
            let members: BTreeMap<_, _> =
                members.iter().map(|(name, value)| (name, in_order(value))).collect();
            format!("{members:?}")
        }
        AttributeValue::L(elements) => elements.iter().map(in_order).collect::<Vec<_>>().join(","),
        other => format!("{other:?}"),
    }
}
