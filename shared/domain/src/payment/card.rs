//! What can be told from a number alone: the card's brand and the check digits.

use crate::wire::wire_enum;

wire_enum! {
    /// A card's brand (contract 4.3).
    Brand {
        Visa = "VISA", Mastercard = "MASTERCARD", Amex = "AMEX", Discover = "DISCOVER", Diners = "DINERS",
        Jcb = "JCB", UnionPay = "UNIONPAY",
    }
}

impl Brand {
    /// The brand by the number's first digits (ISO/IEC 7812 ranges as the networks publish them).
    #[must_use]
    pub fn of(number: &str) -> Option<Self> {
        let prefix = |digits: usize| number.get(..digits).and_then(|p| p.parse::<u32>().ok()).unwrap_or(0);
        match (prefix(1), prefix(2), prefix(3), prefix(4)) {
            (4, ..) => Some(Self::Visa),
            (_, 34 | 37, ..) => Some(Self::Amex),
            (_, 36 | 38 | 39, ..) | (_, _, 300..=305, _) => Some(Self::Diners),
            (_, _, _, 3528..=3589) => Some(Self::Jcb),
            (_, 51..=55, ..) | (_, _, _, 2221..=2720) => Some(Self::Mastercard),
            (_, 65, ..) | (_, _, 644..=649, _) | (_, _, _, 6011) => Some(Self::Discover),
            (_, 62, ..) => Some(Self::UnionPay),
            _ => None,
        }
    }
}

/// Whether a card number's check digit is right (Luhn, ISO/IEC 7812-1 annex B).
#[must_use]
pub fn passes_luhn(number: &str) -> bool {
    let digits = number.bytes().rev().map(|b| u32::from(b.wrapping_sub(b'0')));
    let sum: u32 =
        digits.enumerate().map(|(i, d)| if i % 2 == 0 { d } else { d * 2 - if d > 4 { 9 } else { 0 } }).sum();
    sum.is_multiple_of(10) && !number.bytes().all(|b| b == b'0')
}

/// Whether a routing number's checksum is right (ABA: weights 3, 7, 1).
#[must_use]
pub fn is_aba(routing_number: &str) -> bool {
    let digits = routing_number.bytes().map(|b| u32::from(b.wrapping_sub(b'0')));
    let sum: u32 = digits.zip([3, 7, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    sum > 0 && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::{Brand, is_aba, passes_luhn};

    #[test]
    fn knows_the_brands_of_public_test_numbers() {
        for (number, brand) in [
            ("4242424242424242", Brand::Visa),
            ("5555555555554444", Brand::Mastercard),
            ("2223003122003222", Brand::Mastercard),
            ("378282246310005", Brand::Amex),
            ("6011111111111117", Brand::Discover),
            ("3056930009020004", Brand::Diners),
            ("36227206271667", Brand::Diners),
            ("3566002020360505", Brand::Jcb),
            ("6200000000000005", Brand::UnionPay),
        ] {
            assert_eq!(Brand::of(number), Some(brand), "{number}");
            assert!(passes_luhn(number), "{number}");
        }
    }

    #[test]
    fn sees_one_wrong_digit() {
        assert!(!passes_luhn("4242424242424241"));
        assert!(!passes_luhn("0000000000000000"));
        assert!(is_aba("110000000"));
        assert!(!is_aba("110000001"));
        assert!(!is_aba("000000000"));
    }
}
