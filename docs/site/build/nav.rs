//! Which guides there are, in which order, under which headings.

/// Groups of guides by the names of their files.
const GUIDES: &[(&str, &[&str])] = &[
    ("Start", &["index", "quick-start", "authentication", "oauth", "tenants"]),
    (
        "Build",
        &["pets", "photos", "orders-and-payments", "callbacks", "webhooks", "verify-signatures", "chat"],
    ),
    ("Rules", &["errors", "idempotency", "concurrency", "rate-limits"]),
    ("Test", &["testing"]),
];

/// Where a guide stands.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The heading above it in the navigation.
    pub(crate) group: &'static str,
    /// Its file's name without `.md`.
    pub(crate) slug: &'static str,
}

/// A guide, rendered.
pub(crate) struct Guide {
    pub(crate) place: Place,
    /// Its first heading.
    pub(crate) title: String,
    /// Its first paragraph, as text.
    pub(crate) lead: String,
    pub(crate) html: String,
    /// Its second-level headings: id and text.
    pub(crate) sections: Vec<(String, String)>,
}

impl Guide {
    /// What the navigation calls it.
    pub(crate) fn label(&self) -> &str {
        if self.place.slug == "index" { "Overview" } else { &self.title }
    }

    /// Its file's name in the site.
    pub(crate) fn name(&self) -> String {
        format!("{}.html", self.place.slug)
    }
}

/// Every guide's place, in order.
pub(crate) fn guides() -> impl Iterator<Item = Place> {
    GUIDES.iter().flat_map(|(group, slugs)| slugs.iter().map(|slug| Place { group, slug }))
}
