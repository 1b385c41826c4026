//! The database: the same values and the same errors on every host.

use serde_json::{Value, json};

use crate::support::host::Host;
use crate::support::probe;

/// A pseudorandom number generator: SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn text(&mut self) -> String {
        let characters = [
            'a', '\0', '"', '\'', '\\', '\n', 'é', '\u{feff}', '漢', '😀', ';',
        ];
        let length = self.next() % 12;
        let character = |_| characters[(self.next() % characters.len() as u64) as usize];
        (0..length).map(character).collect()
    }
}

/// Returns the values of one row. The first rows contain the limits of each type, such as the largest integer.
fn values(number: usize, random: &mut Random) -> Value {
    let integers = [0, 1, -1, 9_007_199_254_740_991, -9_007_199_254_740_991];
    let reals = [
        0.0,
        1.0,
        0.1,
        -0.5,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        1e15,
        9_007_199_254_740_993.0,
    ];
    let integer = integers
        .get(number)
        .copied()
        .unwrap_or((random.next() >> 11) as i64);
    let real = reals.get(number).copied().unwrap_or_else(|| {
        // `+ 0.0` turns negative zero into zero, because SQLite stores negative zero as zero.
        let real = f64::from_bits(random.next()) + 0.0;
        if real.is_finite() { real } else { 1.5 }
    });
    let blob: Vec<u8> = (0..number % 5)
        .map(|_| random.next().to_le_bytes()[0])
        .collect();
    json!({
        "integer": integer,
        "real": format!("{:016x}", real.to_bits()),
        "text": random.text(),
        "blob": blob,
        "flag": number.is_multiple_of(2),
        "list": [random.text(), null],
        "none": null,
        "at": if number == 0 { "1969-12-31T23:59:59.999Z" } else { "2026-11-27T12:00:00.001Z" },
    })
}

pub(crate) fn a_stored_value_is_read_back_bit_for_bit(host: Host) {
    const ROWS: usize = 40;
    let probe = probe::shared(host);
    let api = probe.api();
    let mut random = Random(7);
    for number in 0..ROWS {
        let values = values(number, &mut random);
        let kept = api.post("/values", values.to_string()).expect(200);
        for way in ["fetched", "batched"] {
            assert_eq!(kept[way], values, "{way}");
        }
        assert_eq!(kept["types"], "integerrealtextblobnull");
    }
}

pub(crate) fn every_statement_of_a_record_does_the_same_on_every_host(host: Host) {
    let name = format!("shelf {}", std::process::id());
    let results = probe::shared(host)
        .api()
        .post("/records", json!({"name": name}).to_string())
        .expect(200);
    let book = |title: &str, version: i64, cover: Value| {
        json!({
            "isbn": "2", "title": title, "tags": {"a\"b": 1}, "price": 0.1, "cover": cover,
            "length": title.len(), "version": version,
        })
    };
    let expected = json!({
        "twice": true,
        "read": book("Book 2", 1, json!([0, 255])),
        "updated": book("Tea", 2, Value::Null),
        "stale": "the resource was changed by another request; read it again",
        "patched": null,
        "bits": 1,
        "upserted": book("Book 2", 4, json!([0, 255])),
        "missing": "the resource does not exist",
        "deleted": 1,
        "each": [0, 0, 3],
        "pages": [["3", "2"], ["1"], ["3", "2"]],
    });
    assert_eq!(results, expected);
}

pub(crate) fn a_violated_constraint_is_the_same_error(host: Host) {
    let errors = probe::shared(host)
        .api()
        .post("/violations", "")
        .expect(200);
    let unique = |table: &str, column: &str| {
        format!(r#"Unique {{ table: "{table}", columns: ["{column}"] }}"#)
    };
    let expected = [
        unique("ruled", "id"),
        unique("", "ruled_lower"),
        r#"NotNull { table: "ruled", column: "name" }"#.to_owned(),
        r#"Check { constraint: "ruled_age" }"#.to_owned(),
        "ForeignKey".to_owned(),
    ];
    let expected: Vec<_> = expected.iter().flat_map(|error| vec![error; 3]).collect();
    assert_eq!(errors, json!(expected));
}
