//! Cuts a list into the batches that one call takes: by number and by bytes.

/// Entries of one `SendMessageBatch`.
pub(crate) const ENTRIES_MAX: usize = 10;
/// Bytes of all its bodies. SQS takes 1 MiB, the emulator 256 KiB.
pub(crate) const BYTES_MAX: usize = 256 * 1_024;

/// Consecutive batches of `items`, none empty, each within the limits unless one item alone is over them.
pub(crate) fn batches<T>(items: Vec<T>, bytes: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::with_capacity(items.len().div_ceil(ENTRIES_MAX));
    let mut bytes_left = 0;
    for item in items {
        let size = bytes(&item);
        match batches.last_mut() {
            Some(batch) if batch.len() < ENTRIES_MAX && size <= bytes_left => {
                bytes_left -= size;
                batch.push(item);
            }
            _ => {
                bytes_left = BYTES_MAX.saturating_sub(size);
                batches.push(vec![item]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BYTES_MAX, ENTRIES_MAX, batches};

    proptest! {
        #[test]
        fn l13_every_item_is_in_one_batch_within_the_limits(sizes in prop::collection::vec(0..=BYTES_MAX, 0..60)) {
            let batches = batches(sizes.clone(), |size| *size);
            for batch in &batches {
                prop_assert!((1..=ENTRIES_MAX).contains(&batch.len()));
                prop_assert!(batch.iter().sum::<usize>() <= BYTES_MAX);
            }
            prop_assert_eq!(batches.concat(), sizes);
        }
    }

    #[test]
    fn small_items_go_in_tens() {
        let lengths: Vec<_> = batches(vec![150; 25], |size| *size).iter().map(Vec::len).collect();
        assert_eq!(lengths, [10, 10, 5]);
    }
}
