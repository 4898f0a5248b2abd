//! Who may do what: every operation, asked by everybody, with every scope missing in turn.

use domain::caller::{Permission, Permissions};
use domain::id::UserId;
use domain::user::Roles;
use domain::{Scope, TenantId};
use e2e::{Api, Receiver, World};
use local::seed::{self, DEMO_TENANT};
use platform::clock;
use uuid::Uuid;
use web::token::{Grant, mint};
use web::{Media, Route, Tenancy};

use crate::bad_input::case::{Case, Problem};
use crate::bad_input::operation::{Operation, routes};
use crate::bad_input::shop::{Made, grant, register};

/// What a caller is told; `Yes` for anything but a refusal of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Yes,
    Unauthorized,
    Forbidden,
    NotFound,
}

use Told::{Forbidden, NotFound, Unauthorized, Yes};

/// What an operation tells those whose token has every scope, on something that `owner` made, and the scope that it
/// asks for.
struct Row {
    /// Without a token.
    guest: Told,
    /// Another user of the tenant.
    other: Told,
    /// Whoever made it.
    maker: Told,
    /// Staff who own no tenant.
    staff: Told,
    /// An owner of the tenant.
    owner: Told,
    scope: Option<Permission>,
}

/// For everybody, with or without a token.
const PUBLIC: Row = Row { guest: Yes, other: Yes, maker: Yes, staff: Yes, owner: Yes, scope: None };
/// For whoever is signed in.
const SIGNED_IN: Row = Row { guest: Unauthorized, ..PUBLIC };
/// For the staff.
const STAFF: Row = Row { guest: Unauthorized, other: Forbidden, maker: Forbidden, ..PUBLIC };
/// For whoever made it, and the staff; others do not even learn that it exists.
const OWN: Row = Row { guest: NotFound, other: NotFound, ..PUBLIC };

/// # Panics
/// For an operation that is new: it needs a row here.
fn row(route: &Route) -> Row {
    use Permission::{AdminWebhooks, ChatWrite, ReadOrders, ReadUser, WriteOrders, WritePets, WriteUser};
    let with = |row: Row, scope| Row { scope: Some(scope), ..row };
    match (route.method, route.path) {
        ("POST", "/v1/orders") => with(PUBLIC, WriteOrders),
        ("GET", "/v1/orders") => with(SIGNED_IN, ReadOrders),
        ("PATCH", "/v1/orders/{id}") => STAFF,
        ("GET", "/v1/orders/{id}/events" | "/v1/orders/{id}/payments") => {
            with(Row { guest: Unauthorized, ..OWN }, ReadOrders)
        }
        ("GET", "/v1/receipts/{receiptId}") => with(Row { guest: Unauthorized, ..OWN }, ReadOrders),
        ("GET", path) if path.starts_with("/v1/orders/{id}") => with(OWN, ReadOrders),
        ("POST" | "DELETE", path) if path.starts_with("/v1/orders/{id}") => with(OWN, WriteOrders),
        ("GET", "/v1/pets" | "/v1/pets/{id}") => PUBLIC,
        ("POST", "/v1/pets") => with(SIGNED_IN, WritePets),
        ("POST", path) if path.starts_with("/v1/pets/{id}/images") => with(SIGNED_IN, WritePets),
        ("PUT" | "DELETE", "/v1/pets/{id}") => with(SIGNED_IN, WritePets),
        ("QUERY", "/v1/pets") | ("POST", "/v1/pets/search") | (_, "/v1/photos/{pool}/{id}/{name}") => PUBLIC,
        ("GET", "/v1/inventory" | "/v1/inventories") => SIGNED_IN,
        ("POST", "/v1/chat/completions") => with(SIGNED_IN, ChatWrite),
        _ if matches!(route.media, Media::Fields | Media::Page) => PUBLIC,
        (_, "/.well-known/oauth-authorization-server") => PUBLIC,
        (_, "/v1/oauth/clients" | "/v1/oauth/clients/{id}") => Row { staff: Forbidden, ..STAFF },
        ("GET", "/v1/oauth/grants") => with(SIGNED_IN, ReadUser),
        (method, "/v1/oauth/grants/{id}") => with(
            Row { guest: Unauthorized, staff: NotFound, owner: NotFound, ..OWN },
            if method == "GET" { ReadUser } else { WriteUser },
        ),
        (_, "/.well-known/webhook-keys" | "/.well-known/jwks.json" | "/v1/openapi.json") => PUBLIC,
        (_, "/v1/webhooks/callback-secret") => with(SIGNED_IN, WriteOrders),
        (_, path) if path.starts_with("/v1/webhooks") || path.starts_with("/v1/deliveries/") => {
            with(SIGNED_IN, AdminWebhooks)
        }
        ("POST", "/v1/users" | "/v1/auth/tokens") | ("GET", "/v1/users/{id}") => PUBLIC,
        ("PUT" | "DELETE", "/v1/users/{id}") => with(
            Row {
                guest: Unauthorized,
                other: Forbidden,
                maker: Yes,
                staff: Forbidden,
                owner: Forbidden,
                ..STAFF
            },
            WriteUser,
        ),
        ("GET", "/v1/users/{id}/roles") => with(Row { maker: Yes, ..STAFF }, ReadUser),
        ("PUT", "/v1/users/{id}/roles") => Row { staff: Forbidden, ..STAFF },
        ("POST", "/v1/invitations") => STAFF,
        (method, path) => panic!("{method} {path} is new: say who may do it here"),
    }
}

/// Everybody who asks.
struct Cast {
    world: World,
    receiver: Receiver,
    other: UserId,
    maker: UserId,
    staff: UserId,
    foreigner: (Scope, UserId),
}

impl Cast {
    async fn gather() -> Self {
        let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
        let foreign = Scope::Tenant(TenantId::new(Uuid::from_u128(7)));
        let person = async |scope, staff| {
            let id = UserId::new(clock::fresh_id());
            drop(seed::person(&world.store, scope, id, staff).await.unwrap());
            id
        };
        let (other, maker) = (person(DEMO_TENANT, false).await, person(DEMO_TENANT, false).await);
        let (staff, foreigner) = (person(DEMO_TENANT, true).await, (foreign, person(foreign, true).await));
        Self { world, receiver, other, maker, staff, foreigner }
    }

    /// A token of `user` with these scopes, good for `lifetime_secs` from an hour ago.
    fn token(&self, (scope, user): (Scope, UserId), permissions: Permissions, lifetime_secs: i64) -> String {
        let keys = local::functions::keys(self.world.local.wiring()).unwrap();
        let issued_at = clock::now().plus_ms(-domain::time::HOUR_MS);
        let (id, session) = (clock::fresh_id(), None);
        let grant = Grant { user, scope, permissions, id, issued_at, lifetime_secs, session };
        mint(&keys, self.world.local.base_url(), &grant).unwrap()
    }

    fn good(&self, user: UserId) -> String {
        self.token((DEMO_TENANT, user), Permissions::all(), 7_200)
    }

    fn owner(&self) -> UserId {
        seed::staff_of(DEMO_TENANT)
    }

    /// The operation on something fresh, and who made it.
    async fn fresh(&self, route: Route, made: &Made) -> (Operation, UserId) {
        let mut operation = Operation::of(route, made, "");
        let mut maker = self.maker;
        let as_maker = Api(self.world.guest().0.with_token(&self.good(maker)));
        let staff = self.world.tenant_staff();
        match (route.method, route.path) {
            ("DELETE", "/v1/orders/{id}") => {
                let order = self.world.order(&as_maker, &staff).await;
                operation.path = format!("/v1/orders/{}", e2e::id(&order));
            }
            ("PUT" | "DELETE", "/v1/pets/{id}") => {
                operation.path = format!("/v1/pets/{}", e2e::id(&self.world.pet(&staff).await));
            }
            ("DELETE", "/v1/oauth/clients/{id}") => {
                let client = crate::oauth::register(&staff, &["https://a.example/"]).await;
                operation.path = format!("/v1/oauth/clients/{}", e2e::id(&client));
            }
            (_, "/v1/oauth/grants/{id}") => {
                operation.path = format!("/v1/oauth/grants/{}", grant(&self.world, maker).await);
            }
            ("DELETE", "/v1/webhooks/{id}") => {
                let hook = self.world.hook(&as_maker, &self.receiver.url("/"), &["payment.failed"]).await;
                operation.path = format!("/v1/webhooks/{}", e2e::id(&hook));
            }
            (_, path) if path.starts_with("/v1/users/") => {
                let user = register(&self.world, &format!("user-{}", clock::fresh_id())).await;
                maker = UserId::parse(e2e::id(&user)).unwrap();
                let all = Roles { permissions: Permissions::all(), staff: false, owner: false };
                let before = self.world.store.user_fetch(DEMO_TENANT, maker).await.unwrap().unwrap();
                let after = domain::user::Account { roles: all, version: 2, ..before.clone() };
                let commit =
                    self.world.store.transaction().replace_user(&before, &after).commit().await.unwrap();
                assert_eq!(commit, store::Commit::Done);
                operation.path = path.replace("{id}", e2e::id(&user));
                operation.sample = operation.sample.map(|mut body| {
                    body.as_object_mut().unwrap().remove("username");
                    body.as_object_mut().unwrap().remove("email");
                    body
                });
            }
            (_, "/v1/users") => {
                let name = format!("user-{}", clock::fresh_id());
                operation.sample = operation.sample.map(|mut body| {
                    body["username"] = name.clone().into();
                    body["email"] = format!("{name}@example.com").into();
                    body
                });
            }
            _ => {}
        }
        (operation, maker)
    }

    async fn told(&self, operation: &Operation, token: Option<&str>, tenant: bool) -> Result<Told, String> {
        let mut case = Case::of(operation, "matrix", Problem::None).without("authorization");
        if let Some(token) = token {
            case = case.header("authorization", format!("Bearer {token}"));
        }
        if tenant {
            case = case.header("x-tenant-id", DEMO_TENANT.to_string());
        }
        let reply = case.send_to(&self.world).await;
        match reply.status.as_u16() {
            401 => Ok(Unauthorized),
            403 => Ok(Forbidden),
            404 => Ok(NotFound),
            500.. => Err(format!("{} {}", reply.status, reply.json())),
            _ => Ok(Yes),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_what_the_matrix_says_and_no_more() {
    let cast = Cast::gather().await;
    let maker = Api(cast.world.guest().0.with_token(&cast.good(cast.maker)));
    let made = Made::by(&cast.world, &maker, &cast.world.tenant_staff(), &cast.receiver).await;
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for route in routes() {
        for (who, expected, given) in questions(&cast, &route) {
            let (operation, maker) = cast.fresh(route, &made).await;
            let token = given.token(&cast, maker);
            let told = cast.told(&operation, token.as_deref(), !matches!(given, Given::Foreign)).await;
            asked += 1;
            if told != Ok(expected) {
                wrong.push(format!("{} {} as {who}: {told:?}, not {expected:?}", route.method, route.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 400, "only {asked} questions");
}

/// What a caller comes with.
#[derive(Clone, Copy, Debug)]
enum Given {
    Nothing,
    Expired,
    /// Staff of another tenant, who names the right one.
    Foreign,
    Other,
    Maker,
    Staff,
    Owner,
    /// Whoever may do it, without this scope.
    Lacking(Permission, Who),
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Maker,
    Owner,
}

impl Given {
    fn token(self, cast: &Cast, maker: UserId) -> Option<String> {
        let all = Permissions::all();
        match self {
            Self::Nothing => None,
            Self::Expired => Some(cast.token((DEMO_TENANT, maker), all, 60)),
            Self::Foreign => Some(cast.token(cast.foreigner, all, 7_200)),
            Self::Other => Some(cast.good(cast.other)),
            Self::Maker => Some(cast.good(maker)),
            Self::Staff => Some(cast.good(cast.staff)),
            Self::Owner => Some(cast.good(cast.owner())),
            Self::Lacking(scope, who) => {
                let user = match who {
                    Who::Maker => maker,
                    Who::Owner => cast.owner(),
                };
                let others = Permission::ALL.iter().filter(|other| **other != scope);
                let permissions = others.fold(Permissions::default(), |set, one| set.with(*one));
                Some(cast.token((DEMO_TENANT, user), permissions, 7_200))
            }
        }
    }
}

/// Who asks what, and what each must be told.
fn questions(_cast: &Cast, route: &Route) -> Vec<(String, Told, Given)> {
    let row = row(route);
    let is_public = route.tenancy == Tenancy::Unasked;
    let never = |told: Told| if is_public { Yes } else { told };
    let mut questions = vec![
        ("a guest".to_owned(), row.guest, Given::Nothing),
        ("somebody with an expired token".to_owned(), never(Unauthorized), Given::Expired),
        ("another user".to_owned(), row.other, Given::Other),
        ("its maker".to_owned(), row.maker, Given::Maker),
        ("staff".to_owned(), row.staff, Given::Staff),
        ("an owner".to_owned(), row.owner, Given::Owner),
    ];
    // Of another tenant without a header that says otherwise, nothing of this one exists.
    if route.path.contains('{') && !is_public {
        let told = match (route.method, route.path) {
            ("PUT", "/v1/users/{id}/roles") | (_, "/v1/oauth/clients/{id}") => Forbidden,
            _ => NotFound,
        };
        questions.push(("staff of another tenant".to_owned(), told, Given::Foreign));
    }
    let (who, whole) = if row.maker == Yes { (Who::Maker, row.maker) } else { (Who::Owner, row.owner) };
    for scope in Permission::ALL {
        let told = if row.scope == Some(*scope) { Forbidden } else { whole };
        let name = format!("whoever may, without {}", scope.as_str());
        questions.push((name, told, Given::Lacking(*scope, who)));
    }
    questions
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_in_its_own_tenant_alone() {
    let cast = Cast::gather().await;
    let made =
        Made::by(&cast.world, &cast.world.tenant_staff(), &cast.world.tenant_staff(), &cast.receiver).await;
    let token = cast.token(cast.foreigner, Permissions::all(), 7_200);
    for route in routes().filter(|route| route.tenancy != Tenancy::Unasked) {
        let operation = Operation::of(route, &made, "");
        assert_eq!(
            cast.told(&operation, Some(&token), true).await,
            Ok(Forbidden),
            "{} {}",
            route.method,
            route.path
        );
    }
}
