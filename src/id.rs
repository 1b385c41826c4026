//! Ids: a prefix that names the kind, and 27 characters that sort by time.

use whippet::{Clock, Random};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The digits of 160 bits in base 62.
const DIGITS: usize = 27;

/// A new id such as `msg_2NwUcAbhbgKxqGJH8JvZJyHiQ7k`: 48 bits of milliseconds and 112 random ones. Ids of later milliseconds
/// sort behind earlier ones, byte by byte.
pub(crate) fn new(prefix: &str, clock: &Clock, random: &Random) -> String {
    let mut bytes = [0; 20];
    bytes[..6].copy_from_slice(&clock.now().as_millis().to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random.bytes::<14>());
    format!("{prefix}_{}", base62(bytes))
}

fn base62(mut number: [u8; 20]) -> String {
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0;
        for byte in &mut number {
            let dividend = rest << 8 | u32::from(*byte);
            *byte = (dividend / 62) as u8;
            rest = dividend % 62;
        }
        *digit = ALPHABET[rest as usize];
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::base62;

    #[test]
    fn digits_keep_the_order_of_the_numbers() {
        assert_eq!(base62([0; 20]), "0".repeat(27));
        let mut one = [0; 20];
        one[19] = 62;
        assert_eq!(base62(one), format!("{}10", "0".repeat(25)));
        // 2^160 - 1, the greatest: also the greatest KSUID.
        assert_eq!(base62([255; 20]), "aWgEPTl1tmebfsQzFP4bxwgy80V");
        let (mut low, mut high) = ([7; 20], [7; 20]);
        (low[3], high[3]) = (1, 2);
        assert!(base62(low) < base62(high));
    }
}
