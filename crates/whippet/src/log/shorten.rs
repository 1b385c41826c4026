//! Lines that are too long: the longest values are cut first.

use crate::scope::LineFields;

/// What a value ends with that was cut.
const CUT: &str = "…";

/// The last member of a line that lacks something.
const NOTE: &str = r#","truncated":true"#;

/// The shortest that a value is cut to, in bytes; after that, whole members go.
const SHORTEST: usize = 32;

/// Cuts what `line` says, to at most `limit` bytes, save for its first `fixed` members, of which `free` alone may be cut.
pub(super) fn shorten(line: &mut LineFields, limit: usize, fixed: usize, free: &str) {
    let limit = limit.saturating_sub(NOTE.len());
    let may_cut = |at: usize, name: &str| at >= fixed || name == free;
    let length = |at: usize| {
        let member = line.list[at];
        let value = line.value(member);
        let is_text = value.starts_with('"') && may_cut(at, member.name);
        is_text.then(|| value.len() - 2)
    };
    let lengths: Vec<Option<usize>> = (0..line.list.len()).map(length).collect();

    // The most that keeps the line within its limit.
    let excess = line.text.len().saturating_sub(limit);
    let saved = |most: usize| -> usize {
        let over = lengths.iter().flatten();
        over.map(|length| length.saturating_sub(most)).sum()
    };
    let (mut most, mut too_many) = (SHORTEST, limit.max(SHORTEST + 1));
    while most + 1 < too_many {
        let middle = most.midpoint(too_many);
        if saved(middle) >= excess {
            most = middle;
        } else {
            too_many = middle;
        }
    }

    let mut short = LineFields::default();
    short.text.reserve(limit + NOTE.len());
    for (at, member) in line.list.iter().enumerate() {
        short.copy(*member, line);
        if lengths[at].is_some_and(|length| length > most) {
            let kept = whole(&line.value(*member)[1..], most - CUT.len()).len();
            let value = short.list[at].value + 1;
            short.text.truncate(value + kept);
            short.text.push_str(CUT);
            short.text.push('"');
        }
    }
    while short.text.len() > limit && short.list.len() > fixed {
        short.remove(short.list.len() - 1);
    }
    short.text.push_str(NOTE);
    std::mem::swap(line, &mut short);
}

/// The beginning of the contents of a JSON string, of at most `most` bytes, with no character or escape cut in two.
fn whole(text: &str, most: usize) -> &str {
    let mut end = 0;
    while let Some(first) = text[end..].chars().next() {
        let length = match (first, text.as_bytes().get(end + 1)) {
            ('\\', Some(b'u')) => 6,
            ('\\', _) => 2,
            _ => first.len_utf8(),
        };
        if end + length > most {
            break;
        }
        end += length;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{LineFields, shorten};

    fn line(members: &[(&'static str, String)]) -> LineFields {
        let mut line = LineFields::default();
        for (name, value) in members {
            line.string(name, value, 0);
        }
        line
    }

    fn read(line: &LineFields) -> Value {
        serde_json::from_str(&format!("{{{}}}", &line.text[1..])).expect(&line.text)
    }

    #[test]
    fn the_longest_values_are_cut_to_one_length_and_others_stay() {
        let mut line = line(&[
            ("message", "m".repeat(300)),
            ("target", "t".repeat(300)),
            ("a", "a".repeat(5000)),
            ("b", "b".repeat(200)),
            ("c", "c".repeat(5000)),
        ]);
        shorten(&mut line, 1200, 2, "message");
        assert!(
            (1150..=1200).contains(&line.text.len()),
            "{}",
            line.text.len()
        );
        let read = read(&line);
        let length = |name: &str| read[name].as_str().expect(name).len();
        assert_eq!((length("target"), length("b")), (300, 200));
        assert_eq!(length("a"), length("c"));
        assert!(read["a"].as_str().expect("text").ends_with("a…"));
        assert_eq!(read["truncated"], true);
    }

    #[test]
    fn no_character_or_escape_is_cut_in_two() {
        let mixed = "ä\"\\\u{1}😀\n".repeat(200);
        for limit in 200..260 {
            let mut line = line(&[("message", String::new()), ("a", mixed.clone())]);
            shorten(&mut line, limit, 1, "message");
            assert!(line.text.len() <= limit);
            let read = read(&line);
            let kept = read["a"].as_str().expect("text").trim_end_matches('…');
            assert!(mixed.starts_with(kept), "{kept}");
        }
    }

    #[test]
    fn what_is_too_much_in_many_short_values_goes_whole() {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let mut line = line(&NAMES.map(|name| (name, "x".repeat(30))));
        shorten(&mut line, 120, 1, "a");
        let read = read(&line);
        assert_eq!(
            (&read["b"], &read["d"]),
            (&Value::from("x".repeat(30)), &Value::Null)
        );
        assert_eq!(read["truncated"], true);
    }
}
