//! What a fresh local stack holds: pets in the shared pool and in a demo tenant, two people with tokens, and the order
//! of the public documentation's own callback example.

use domain::caller::Permissions;
use domain::id::{OrderId, PetId, UserId};
use domain::oauth::Client;
use domain::order::{Actor, Order, OrderStatus, TimelineEntry};
use domain::pet::{Gender, Pet, PetStatus, Profile, Size, Species};
use domain::tenant::{Registration, Tenant};
use domain::time::{DAY_MS, MINUTE_MS};
use domain::user::{Account, Email, Profile as UserProfile, Roles, Username};
use domain::{Currency, Error, Money, Result, Scope, TenantId, Timestamp};
use platform::password;
use store::{Commit, Store};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Pets in each pool.
const PETS: u32 = 60;
/// The tenant of the documentation's examples: `550e8400-e29b-41d4-a716-446655440000`.
pub const DEMO_TENANT: Scope =
    Scope::Tenant(TenantId::new(Uuid::from_u128(0x550e8400_e29b_41d4_a716_446655440000)));
/// The order of the documentation's callback example: `019b4139-1234-7abc-8def-123456789abc`.
pub const EXAMPLE_ORDER: OrderId = OrderId::new(Uuid::from_u128(0x019b4139_1234_7abc_8def_123456789abc));
/// Its pet: `019b4132-70aa-764f-b315-e2803d882a24`.
const EXAMPLE_PET: PetId = PetId::new(Uuid::from_u128(0x019b4132_70aa_764f_b315_e2803d882a24));
/// What it costs: 738.05 USD.
const EXAMPLE_TOTAL: Money = Money { amount_minor: 73_805, currency: Currency::USD };

/// Who can sign in with a password after the seed, in both pools.
pub const DEMO_USERNAME: &str = "demo";
/// The password of that user. It is in the documentation, so it is good for nothing but a stack on one's own machine.
pub const DEMO_PASSWORD: &str = "petstore-demo-1";

/// The staff of a pool, as the local stack's tokens name it.
#[must_use]
pub const fn staff_of(scope: Scope) -> UserId {
    match scope {
        Scope::Shared => UserId::new(Uuid::from_u128(0x019b4138_e0af_70b9_8f0c_6ea97d495d00)),
        Scope::Tenant(_) => UserId::new(Uuid::from_u128(0x019b4138_e0af_70b9_8f0c_6ea97d495dfa)),
    }
}

/// The people that the local stack's tokens speak for, and the demo tenant, which they own, with its client of OAuth.
///
/// # Errors
/// When DynamoDB fails.
pub async fn people(store: &Store) -> Result<()> {
    let mut commits = Vec::new();
    if let Scope::Tenant(id) = DEMO_TENANT {
        let tenant = Tenant { version: 1, ..Tenant::create(id, Registration::Open).claim() };
        let client = Client::first_party(DEMO_TENANT, Timestamp::from_ms(0));
        commits.push(store.transaction().create("tenant", &tenant).commit().await?);
        commits.push(store.transaction().create("client", &client).commit().await?);
    }
    let shared = Roles { staff: true, ..Roles::newcomer(Scope::Shared) };
    for (scope, roles) in [(Scope::Shared, shared), (DEMO_TENANT, Roles::owner())] {
        let account = account(scope, staff_of(scope), roles)?;
        commits.push(store.transaction().create_user(&account).commit().await?);
    }
    tracing::debug!(?commits, "people seeded");
    Ok(())
}

/// A user with every scope and no password; one that exists stays as it is.
///
/// # Errors
/// When DynamoDB fails.
pub async fn person(store: &Store, scope: Scope, id: UserId, staff: bool) -> Result<Commit> {
    let roles = Roles { permissions: Permissions::all(), staff, owner: false };
    store.transaction().create_user(&account(scope, id, roles)?).commit().await
}

fn account(scope: Scope, id: UserId, roles: Roles) -> Result<Account> {
    let profile = profile(&format!("user-{id}"), &format!("{id}@users.noreply.invalid"))?;
    Ok(Account::register(id, scope, profile, None, roles, Timestamp::from_ms(0)))
}

fn profile(username: &str, email: &str) -> Result<UserProfile> {
    let username = Username::parse(username).ok_or(Error::fault("a seeded username"))?;
    let email = Email::parse(email).ok_or(Error::fault("a seeded address"))?;
    let (first_name, last_name) = ("Demo".to_owned(), "User".to_owned());
    Ok(UserProfile { username, email, first_name, last_name, phone: None, preferences: None })
}

/// A user of each pool who can sign in with the password of the documentation; one that exists stays as it is.
///
/// # Errors
/// When DynamoDB fails.
pub async fn demo_users(store: &Store, now: Timestamp) -> Result<()> {
    for scope in [Scope::Shared, DEMO_TENANT] {
        let profile = profile(DEMO_USERNAME, "demo@example.com")?;
        if store.user_named(scope, &profile.username).await?.is_some() {
            continue;
        }
        let hash = password::hash(Zeroizing::new(DEMO_PASSWORD.to_owned())).await?;
        let id = UserId::new(platform::clock::fresh_id());
        let account = Account::register(id, scope, profile, Some(hash), Roles::newcomer(scope), now);
        let commit = store.transaction().create_user(&account).commit().await?;
        tracing::debug!(?commit, "demo user seeded");
    }
    Ok(())
}

/// Pets and the example order; what exists stays as it is.
///
/// # Errors
/// When DynamoDB fails.
pub async fn seed(store: &Store, now: Timestamp) -> Result<()> {
    let (order, pet) = example(now);
    if store.transaction().create("order", &order).create("pet", &pet).commit().await? != Commit::Done {
        return Ok(());
    }
    for scope in [Scope::Shared, DEMO_TENANT] {
        let writes = (0..PETS).map(|number| async move {
            let pet = pet_number(scope, number, now);
            store.transaction().create("pet", &pet).commit().await
        });
        let written = futures_util::future::try_join_all(writes).await?;
        tracing::debug!(pets = written.len(), pool = %scope, "pets seeded");
    }
    Ok(())
}

/// The example's order, unpaid, with its pet held; exempt from the end of reservations.
fn example(now: Timestamp) -> (Order, Pet) {
    let at = now.plus_ms(-DAY_MS);
    let owner = staff_of(DEMO_TENANT);
    let mut pet = pet_number(DEMO_TENANT, PETS, at);
    pet.id = EXAMPLE_PET;
    pet.profile.price = EXAMPLE_TOTAL;
    pet.status = PetStatus::Pending;
    pet.reserved_by = Some(EXAMPLE_ORDER);
    let order = Order {
        id: EXAMPLE_ORDER,
        scope: DEMO_TENANT,
        pet_id: EXAMPLE_PET,
        user_id: owner,
        owner: Some(owner),
        status: OrderStatus::Placed,
        total: EXAMPLE_TOTAL,
        created_at: at,
        updated_at: at,
        version: 1,
        reserved_until: None,
        active_operation: None,
        charge: None,
        payment_attempts: 0,
        declines: 0,
        payments_locked_until: None,
        callbacks: 0,
        timeline: vec![TimelineEntry { status: OrderStatus::Placed, at, by: Actor::User(owner) }],
        events: Vec::new(),
    };
    (order, pet)
}

fn pet_number(scope: Scope, number: u32, now: Timestamp) -> Pet {
    const NAMES: [&str; 12] = [
        "Max", "Luna", "Charlie", "Bella", "Milo", "Daisy", "Rocky", "Coco", "Oscar", "Ruby", "Simba", "Nala",
    ];
    const COLORS: [&str; 5] = ["golden", "black", "white", "brown", "grey"];
    let pick = |count: usize| usize::try_from(number).unwrap_or_default() % count;
    let species = Species::ALL[pick(Species::ALL.len())];
    let profile = Profile {
        species,
        name: NAMES[pick(NAMES.len())].to_owned(),
        breed: None,
        age_months: 3 + number * 7 % 140,
        size: Some(Size::ALL[pick(Size::ALL.len())]),
        color: Some(COLORS[pick(COLORS.len())].to_owned()),
        gender: Some(Gender::ALL[pick(2)]),
        good_with_kids: Some(!number.is_multiple_of(3)),
        price: Money { amount_minor: 5_000 + i64::from(number) * 250, currency: Currency::USD },
        description: Some(description(species).to_owned()),
        photos: Vec::new(),
        medical_info: None,
    };
    // The id's time is the pet's own, so that the list is in the order of arrival.
    let at = now.plus_ms(-i64::from(PETS - number.min(PETS)) * MINUTE_MS);
    let id = PetId::new(
        uuid::Builder::from_unix_timestamp_millis(millis(at), &platform::clock::random()).into_uuid(),
    );
    Pet::take_in(id, scope, profile, PetStatus::Available, at)
}

const fn description(species: Species) -> &'static str {
    match species {
        Species::Dog => "A dog looking for a home with a garden.",
        Species::Cat => "A cat looking for a home with a window seat.",
        Species::Rabbit => "A rabbit looking for a home with room to run.",
        Species::Bird => "A bird looking for a home with company.",
        Species::Reptile => "A reptile looking for a warm home.",
        Species::Other => "Looking for a home with patient people.",
    }
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_ms()).unwrap_or_default()
}
