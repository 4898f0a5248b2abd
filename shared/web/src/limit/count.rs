//! How one process counts what several of them count together, with a write for every tenth request.
//!
//! A process counts alone and adds what it counted to the common row in tens. The row's answer tells how fast the
//! others are, and until the next one they are taken to go on at that pace. So nobody waits for anybody, and the
//! sum of what all let through stays near the limit (`docs/adr/0013-rate-limits-are-counted-in-tens.md`).

/// Requests between two writes.
const STEP: u64 = 10;
/// The part of a step that another process has counted and not added, when we learn of the sum. Half would be the mean;
/// a little more makes up for processes that have never written.
const UNSEEN: f64 = 0.7;

/// One subject's requests in one window, as one process knows them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    limit: u64,
    /// What the common row said last, and what was added since its answer was asked for.
    known: u64,
    /// Counted here and not added yet.
    own: u64,
    /// Added by this process.
    added: u64,
    /// Requests of all processes for one of ours so far, at least 1.
    pace: f64,
}

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Let it through; add this much to the common row and [`learn`](Count::learn) what it says.
    Admit {
        /// Nothing to add when zero.
        add: u64,
    },
    /// Refuse it.
    Refuse,
}

impl Count {
    pub(crate) const fn new(limit: u64) -> Self {
        Self { limit, known: 0, own: 0, added: 0, pace: 1.0 }
    }

    /// Counts a request.
    pub(crate) fn take(&mut self) -> Verdict {
        if self.remaining() == 0 {
            return Verdict::Refuse;
        }
        self.own += 1;
        if self.own < self.step() {
            return Verdict::Admit { add: 0 };
        }
        let add = std::mem::take(&mut self.own);
        self.known += add;
        self.added += add;
        Verdict::Admit { add }
    }

    /// The common row stands at `total`.
    pub(crate) fn learn(&mut self, total: u64) {
        self.known = self.known.max(total);
        self.pace = (count(self.known) / count(self.added.max(1))).max(1.0);
    }

    /// Requests left, as far as this process can tell.
    pub(crate) fn remaining(&self) -> u64 {
        // What the others counted before our last write and had not added, and what they counted since.
        let others = (self.pace - 1.0) * (UNSEEN * count(self.step()) + count(self.own));
        let used = self.known.saturating_add(self.own).saturating_add(whole(others));
        self.limit.saturating_sub(used)
    }

    /// A tenth of a small limit, so that what nobody has seen yet stays small beside it.
    fn step(&self) -> u64 {
        (self.limit / 10).clamp(1, STEP)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a minute are small")]
fn count(requests: u64) -> f64 {
    requests as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count, never negative")]
fn whole(count: f64) -> u64 {
    count as u64
}

#[cfg(test)]
mod tests {
    use super::{Count, Verdict};

    /// What `processes` let through of `requests` that reach them as `pick` says, and how often they write.
    fn run(limit: u64, processes: usize, requests: u64, mut pick: impl FnMut() -> usize) -> (u64, u64) {
        let mut counts = vec![Count::new(limit); processes];
        let (mut row, mut admitted, mut writes) = (0, 0, 0);
        for _ in 0..requests {
            let count = &mut counts[pick() % processes];
            let Verdict::Admit { add } = count.take() else { continue };
            admitted += 1;
            if add > 0 {
                row += add;
                writes += 1;
                count.learn(row);
            }
        }
        (admitted, writes)
    }

    #[test]
    fn one_process_lets_exactly_the_limit_through() {
        for limit in [1, 5, 20, 100, 101, 1_000] {
            let (admitted, writes) = run(limit, 1, 3 * limit, || 0);
            assert_eq!(admitted, limit);
            assert!(writes <= limit.div_ceil((limit / 10).clamp(1, 10)), "{limit}: {writes}");
        }
    }

    #[test]
    fn a_caller_who_asks_seldom_costs_no_write() {
        assert_eq!(run(100, 3, 9, || 0), (9, 0));
    }

    /// As a load balancer deals: to all alike, in no order.
    fn dealt(seed: u64) -> impl FnMut() -> usize {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap()
        }
    }

    #[test]
    fn several_processes_stay_within_a_tenth() {
        for seed in 0..600 {
            let (processes, limit) = (2 + usize::try_from(seed % 3).unwrap(), 100 + seed / 2);
            let (admitted, writes) = run(limit, processes, 1_200, dealt(seed));
            assert!(admitted.abs_diff(limit) * 10 <= limit, "{admitted} of {limit} by {processes}");
            assert!(writes * 10 <= admitted, "{writes} writes for {admitted}");
        }
    }

    proptest::proptest! {
        #[test]
        fn however_requests_are_dealt_each_process_is_off_by_a_step_at_most(
            picks in proptest::collection::vec(0_usize..4, 1_200), processes in 1_usize..=4, limit in 1_u64..=400,
        ) {
            let mut picks = picks.into_iter();
            let (admitted, _) = run(limit, processes, 1_200, || picks.next().unwrap_or_default());
            let most = limit + 10 * (processes as u64 - 1);
            proptest::prop_assert!(admitted <= most, "{admitted} of {limit} by {processes}");
        }
    }
}
