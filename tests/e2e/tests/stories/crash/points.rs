//! Every point at which a path can be cut, in the order in which one process after another dies there.

use std::path::Path;

/// What has to lie ready for a point to be passed, beside the story that every process is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    Nothing,
    /// An unpaid order whose reservation is over.
    OverdueOrder,
    /// A callback request that waited too long.
    OverdueCallback,
    /// A delivery whose message is lost.
    LostDelivery,
    /// A payment that the provider does not answer.
    SilentProvider,
    /// A delivery that failed, and somebody who asks for its recovery.
    FailedDelivery,
    /// An endpoint that nobody listens at.
    BrokenEndpoint,
    /// An endpoint that takes connections and never answers.
    HangingEndpoint,
}

use Ready::{
    BrokenEndpoint, FailedDelivery, HangingEndpoint, LostDelivery, Nothing, OverdueCallback, OverdueOrder,
    SilentProvider,
};

/// Points, one after the other: each process dies at one of them and leaves what it did to the next.
type Chain = &'static [(&'static str, Ready)];

/// Requests, and what `reconcile` and the sweeper do for them.
pub(crate) const REQUESTS: &[Chain] = &[
    &[
        ("sign_up.before_commit", Nothing),
        ("sign_up.after_commit", Nothing),
        ("take_in.before_commit", Nothing),
        ("take_in.after_commit", Nothing),
        ("replace_pet.before_commit", Nothing),
        ("replace_pet.after_commit", Nothing),
        ("remove_pet.before_commit", Nothing),
        ("remove_pet.after_commit", Nothing),
        ("place.before_commit", Nothing),
        ("place.after_commit", Nothing),
        ("callback.before_commit", Nothing),
        ("callback.after_commit", Nothing),
        ("settle_callback.before_commit", Nothing),
        ("settle_callback.after_commit", Nothing),
        ("register.before_commit", Nothing),
        ("register.after_commit", Nothing),
    ],
    &[
        ("pay.before_begin", Nothing),
        ("pay.after_begin", Nothing),
        ("pay.after_charge", Nothing),
        ("settle.before_commit", Nothing),
        ("settle.after_commit", Nothing),
        ("pay.before_promise", SilentProvider),
        ("pay.after_promise", SilentProvider),
        ("ship.before_commit", Nothing),
        ("ship.after_commit", Nothing),
        ("cancel.before_commit", Nothing),
        ("cancel.after_commit", Nothing),
    ],
    &[
        ("cancel.before_begin", Nothing),
        ("cancel.after_begin", Nothing),
        ("refund.after_provider", Nothing),
        ("refund.before_commit", Nothing),
        ("refund.after_commit", Nothing),
        ("expire.before_commit", OverdueOrder),
        ("expire.after_commit", OverdueOrder),
        ("timeout.before_commit", OverdueCallback),
        ("timeout.after_commit", OverdueCallback),
        ("fan_out.before_rows", Nothing),
    ],
];

/// From an event to its delivery's record.
pub(crate) const DELIVERIES: &[Chain] = &[
    &[
        ("photo.before_keep", Nothing),
        ("photo.after_keep", Nothing),
        ("photo.after_commit", Nothing),
        ("fan_out.after_row", Nothing),
        ("fan_out.after_rows", Nothing),
        ("sweep.after_claim", LostDelivery),
        ("fan_out.before_send", Nothing),
        ("sweep.after_send", LostDelivery),
        ("fan_out.after_send", Nothing),
    ],
    &[
        ("deliver.before_send", Nothing),
        ("deliver.after_send", Nothing),
        ("deliver.after_record", Nothing),
        ("deliver.after_note", Nothing),
        ("deliver.after_schedule", Nothing),
        ("deliver.after_claim", Nothing),
        ("hand_back.before_send", HangingEndpoint),
        ("hand_back.after_send", HangingEndpoint),
        ("deliver.after_breaker", BrokenEndpoint),
    ],
];

/// An endpoint's recovery.
pub(crate) const RECOVERIES: Chain = &[
    ("recover.after_commit", FailedDelivery),
    ("recover.before_page", FailedDelivery),
    ("recover.after_page", FailedDelivery),
    ("recover.after_end", FailedDelivery),
];

/// From a pet's record to everything that counts it.
pub(crate) const CATALOGUE: Chain = &[
    ("catalogue.after_set_aside", Nothing),
    ("catalogue.before_entries", Nothing),
    ("catalogue.after_entries", Nothing),
    ("catalogue.after_shelves", Nothing),
    ("catalogue.after_aisles", Nothing),
];

/// From an application's registration to its tokens, in a browser and for a device.
pub(crate) const OAUTH: Chain = &[
    ("client.before_commit", Nothing),
    ("client.after_commit", Nothing),
    ("authorize.before_commit", Nothing),
    ("authorize.after_commit", Nothing),
    ("redeem.before_commit", Nothing),
    ("redeem.after_commit", Nothing),
    ("refresh.before_commit", Nothing),
    ("refresh.after_commit", Nothing),
    ("device.before_commit", Nothing),
    ("device.after_commit", Nothing),
    ("device_answer.before_commit", Nothing),
    ("device_answer.after_commit", Nothing),
    ("poll.before_commit", Nothing),
    ("poll.after_commit", Nothing),
];

/// Every point, whichever its chain.
pub(crate) fn all() -> impl Iterator<Item = &'static (&'static str, Ready)> {
    REQUESTS.iter().chain(DELIVERIES).copied().chain([RECOVERIES, CATALOGUE, OAUTH]).flatten()
}

/// The points that the sources pass, wherever they are.
pub(crate) fn of_sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut points = Vec::new();
    for part in ["functions", "shared", "infra"] {
        collect(&root.join(part), &mut points);
    }
    points.sort();
    points
}

fn collect(folder: &Path, points: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, points);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let found =
                text.split("fault::point(\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
            points.extend(found.map(str::to_owned));
        }
    }
}
