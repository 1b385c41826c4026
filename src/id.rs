//! Ids such as `msg_2NwUcAbhbgKxqGJH8JvZJyHiQ7k`: a prefix for the type, and 27 characters that sort by creation time.

use whippet::{Clock, Random, Timestamp, dependency};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number of base-62 digits of a 160-bit number.
const DIGITS: usize = 27;

/// Creates ids.
#[derive(Debug, Clone)]
pub(crate) struct IdGenerator {
    clock: Clock,
    random: Random,
}

/// Builds the generator from the clock and the randomness of the host.
#[dependency]
async fn id_generator(clock: Clock, random: Random) -> IdGenerator {
    IdGenerator { clock, random }
}

impl IdGenerator {
    /// Creates an id, and returns the id and its creation time, which is the current time.
    ///
    /// The id encodes 48 bits of milliseconds and 112 random bits, so that ids sort bytewise by time.
    pub(crate) fn create(&self, prefix: &str) -> (String, Timestamp) {
        let now = self.clock.now();
        let mut bytes = [0; 20];
        bytes[..6].copy_from_slice(&now.as_millis().to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&self.random.bytes::<14>());
        (format!("{prefix}_{}", base62(bytes)), now)
    }
}

fn base62(mut number: [u8; 20]) -> String {
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0;
        for byte in &mut number {
            let dividend = remainder << 8 | u32::from(*byte);
            *byte = (dividend / 62) as u8;
            remainder = dividend % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::base62;

    #[test]
    fn base_62_keeps_the_order_of_numbers() {
        assert_eq!(base62([0; 20]), "0".repeat(27));
        let mut one = [0; 20];
        one[19] = 62;
        assert_eq!(base62(one), format!("{}10", "0".repeat(25)));
        // The largest value is 2^160 - 1. Its digits are also the digits of the largest KSUID.
        assert_eq!(base62([255; 20]), "aWgEPTl1tmebfsQzFP4bxwgy80V");
        let (mut low, mut high) = ([7; 20], [7; 20]);
        (low[3], high[3]) = (1, 2);
        assert!(base62(low) < base62(high));
    }
}
