//! Counting past what lies before a page.

/// A place to stop at: what to leave out there, and how many to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The place.
    pub place: u32,
    /// Matches to leave out.
    pub skip: u32,
    /// Matches to take after them.
    pub take: u32,
}

/// The stops at which the matches `skip..skip + take` are, when `places` have so many matches each.
pub fn walk(places: impl IntoIterator<Item = (u32, u32)>, mut skip: u32, mut take: u32) -> Vec<Stop> {
    let mut stops = Vec::new();
    for (place, matches) in places {
        if take == 0 {
            break;
        }
        let skipped = skip.min(matches);
        let taken = take.min(matches - skipped);
        skip -= skipped;
        take -= taken;
        if taken > 0 {
            stops.push(Stop { place, skip: skipped, take: taken });
        }
    }
    stops
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::walk;

    proptest! {
        #[test]
        fn stops_are_where_a_walk_past_every_match_would_find_them(
            matches in prop::collection::vec(0_u32..6, 0..20),
            skip in 0_u32..60,
            take in 0_u32..20,
        ) {
            let places: Vec<_> = (0..).zip(matches).collect();
            let all: Vec<_> =
                places.iter().flat_map(|(place, count)| (0..*count).map(move |nth| (*place, nth))).collect();
            let expected: Vec<_> = all.into_iter().skip(skip as usize).take(take as usize).collect();
            let stops = walk(places, skip, take);
            let found: Vec<_> =
                stops.iter().flat_map(|stop| (stop.skip..stop.skip + stop.take).map(|nth| (stop.place, nth))).collect();
            prop_assert_eq!(found, expected);
            prop_assert!(stops.iter().all(|stop| stop.take > 0));
        }
    }
}
