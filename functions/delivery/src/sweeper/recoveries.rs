//! Recoveries: an endpoint's failed and kept deliveries begun again, page by page. The job's row says how far it came;
//! whoever takes it over may look at a page again, and finds what was begun again already pending, sent, or marked.

use domain::delivery::{DAYS_KEPT, Delivery};
use domain::time::{DAY_MS, MINUTE_MS};
use domain::{Result, Timestamp};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use platform::telemetry::Chain;
use platform::{clock, fault};
use store::{Commit, Recovery, key};
use uuid::Uuid;

use super::App;

/// Deliveries looked at before the job's row is written.
const PAGE: usize = 100;
/// Pages of a job in one sweep; the next sweep goes on.
const PAGES_PER_SWEEP: usize = 10;
/// Deliveries begun again at the same time; they are written many in a call.
const CONCURRENCY: usize = 16;
/// Jobs worked on in one sweep.
const JOBS: i32 = 10;
/// After this whoever worked on a job is taken for dead.
const LEASE_MS: i64 = MINUTE_MS;
/// Between two deliveries of a page, so that a receiver that came back is not knocked over.
const STEP_MS: i64 = 10;

pub(super) async fn sweep(app: &App, now: Timestamp) -> Result<usize> {
    let mut restarted = 0;
    let due = app.store.recoveries_due(now, JOBS).await?;
    super::unreadable::postpone(app, &due.unreadable, now).await;
    for job in due.rows {
        match run(app, job).await {
            Ok(count) => restarted += count,
            Err(error) => tracing::warn!(error = %Chain(&error), "a recovery goes on later"),
        }
    }
    Ok(restarted)
}

/// Works on a job until it is done, the sweep's share is used up, or somebody else has it.
async fn run(app: &App, job: Recovery) -> Result<usize> {
    let Some(mut job) = keep(app, Recovery { due: clock::now().plus_ms(LEASE_MS), ..job }).await? else {
        return Ok(0);
    };
    let mut restarted = 0;
    for _ in 0..PAGES_PER_SWEEP {
        let page = page(app, &job).await?;
        fault::point("recover.before_page");
        restarted += restart(app, &job, &page.found).await?;
        fault::point("recover.after_page");
        if page.is_last {
            app.store.recovery_end(&job).await?;
            fault::point("recover.after_end");
            return Ok(restarted);
        }
        let position = page.position.or(job.position);
        let kept = keep(app, Recovery { position, due: clock::now().plus_ms(LEASE_MS), ..job }).await?;
        let Some(kept) = kept else { return Ok(restarted) };
        job = kept;
    }
    keep(app, Recovery { due: clock::now(), ..job }).await?;
    Ok(restarted)
}

/// Writes the job; `None` when somebody else did.
async fn keep(app: &App, job: Recovery) -> Result<Option<Recovery>> {
    let job = Recovery { version: job.version + 1, ..job };
    let commit = app.store.transaction().replace("recovery", &job).commit().await?;
    Ok((commit == Commit::Done).then_some(job))
}

/// A job's next deliveries.
struct Page {
    found: Vec<Delivery>,
    /// The event of the oldest looked at.
    position: Option<Uuid>,
    is_last: bool,
}

/// The next deliveries back in time, over as many days as it takes. Those that nobody can read are told of and passed over.
async fn page(app: &App, job: &Recovery) -> Result<Page> {
    // What came to rest since then may have been made long before.
    let oldest = job.asked_at.as_ms() / DAY_MS - DAYS_KEPT;
    let mut day = job.position.map_or(job.asked_at.as_ms() / DAY_MS, key::day);
    let (mut found, mut position) = (Vec::new(), None);
    while day >= oldest && found.len() < PAGE {
        let (target, left) = (job.endpoint.uuid(), PAGE - found.len());
        let page = app.store.deliveries_of_day(job.scope, target, day, job.position, left).await?;
        found.extend(page.deliveries);
        position = page.position.or(position);
        page.unreadable.iter().for_each(super::unreadable::tell);
        if !page.is_last {
            return Ok(Page { found, position, is_last: false });
        }
        day -= 1;
    }
    Ok(Page { found, position, is_last: day < oldest })
}

async fn restart(app: &App, job: &Recovery, found: &[Delivery]) -> Result<usize> {
    let now = clock::now();
    let meant = found.iter().filter(|delivery| delivery.is_recoverable(job.since, job.asked_at)).cloned();
    let begun = (0..).zip(meant).map(|(n, delivery)| begin(app, delivery, now.plus_ms(n * STEP_MS), now));
    let begun: Vec<_> =
        stream::iter(begun.collect::<Vec<_>>()).buffer_unordered(CONCURRENCY).try_collect().await?;
    Ok(begun.into_iter().map(usize::from).sum())
}

/// Begins a delivery again, to be tried at `at`; whether nobody else touched it meanwhile.
async fn begin(app: &App, before: Delivery, at: Timestamp, now: Timestamp) -> Result<bool> {
    let again = before.clone().restart(at, now)?;
    Ok(app.store.delivery_restart(&again, &before).await? == Commit::Done)
}
