//! Recoveries: an endpoint's failed and kept deliveries begun again, page by page. The job's row says how far it came;
//! whoever takes it over may look at a page again, and finds what was begun again already pending, sent, or marked.

use domain::delivery::Delivery;
use domain::time::{DAY_MS, MINUTE_MS};
use domain::{Result, Timestamp};
use platform::telemetry::Chain;
use platform::{clock, fault};
use store::{Commit, Recovery, key};

use super::App;

/// Deliveries looked at before the job's row is written.
const PAGE: usize = 100;
/// Pages of a job in one sweep; the next sweep goes on.
const PAGES_PER_SWEEP: usize = 10;
/// Jobs worked on in one sweep.
const JOBS: i32 = 10;
/// After this whoever worked on a job is taken for dead.
const LEASE_MS: i64 = MINUTE_MS;
/// Between two deliveries of a page, so that a receiver that came back is not knocked over.
const STEP_MS: i64 = 10;

pub(super) async fn sweep(app: &App, now: Timestamp) -> Result<usize> {
    let mut restarted = 0;
    for job in app.store.recoveries_due(now, JOBS).await? {
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
        let (found, is_last) = page(app, &job).await?;
        fault::point("recover.before_page");
        restarted += restart(app, &job, &found).await?;
        fault::point("recover.after_page");
        if is_last {
            app.store.recovery_end(&job).await?;
            fault::point("recover.after_end");
            return Ok(restarted);
        }
        let position = found.last().map(|delivery| delivery.id.event()).or(job.position);
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

/// The next deliveries back in time, over as many days as it takes, and whether they are the last.
async fn page(app: &App, job: &Recovery) -> Result<(Vec<Delivery>, bool)> {
    let oldest = job.since.as_ms() / DAY_MS - 1;
    let mut day = job.position.map_or(job.asked_at.as_ms() / DAY_MS, key::day);
    let mut found = Vec::new();
    while day >= oldest && found.len() < PAGE {
        let (target, left) = (job.endpoint.uuid(), PAGE - found.len());
        found.extend(app.store.deliveries_of_day(job.scope, target, day, job.position, left).await?);
        day -= 1;
    }
    let is_last = found.len() < PAGE;
    Ok((found, is_last))
}

async fn restart(app: &App, job: &Recovery, found: &[Delivery]) -> Result<usize> {
    let now = clock::now();
    let mut restarted = 0;
    let meant = found.iter().filter(|delivery| delivery.is_recoverable(job.since, job.asked_at));
    for (at, delivery) in (0..).map(|n| now.plus_ms(n * STEP_MS)).zip(meant) {
        let again = delivery.clone().restart(at, now)?;
        let commit = app.store.delivery_restart(&again, delivery).await?;
        restarted += usize::from(commit == Commit::Done);
    }
    Ok(restarted)
}
