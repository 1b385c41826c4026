//! Which events are written, by level and target.

use std::str::FromStr;

use tracing::Metadata;
use tracing::level_filters::LevelFilter;

/// A level for all targets, and others for some: `info,whippet::tasks=debug`.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    rest: LevelFilter,
    /// The longest target first, so that the first that fits is the closest.
    targets: Vec<(Box<str>, LevelFilter)>,
}

impl Default for Levels {
    fn default() -> Self {
        Self {
            rest: LevelFilter::INFO,
            targets: Vec::new(),
        }
    }
}

impl Levels {
    pub(super) fn most(&self) -> LevelFilter {
        let targets = self.targets.iter().map(|(_, level)| *level);
        targets.fold(self.rest, LevelFilter::max)
    }

    pub(super) fn admit(&self, metadata: &Metadata<'_>) -> bool {
        let mut targets = self.targets.iter();
        let found = targets.find(|(target, _)| is_within(metadata.target(), target));
        *metadata.level() <= found.map_or(self.rest, |(_, level)| *level)
    }
}

/// Whether the target is `whole`, or a module below it.
fn is_within(target: &str, whole: &str) -> bool {
    let rest = target.strip_prefix(whole);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

impl FromStr for Levels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut levels = Self::default();
        for part in text.split(',').map(str::trim) {
            let (target, name) = part.split_once('=').map_or((None, part), |(target, name)| {
                (Some(target.trim()), name.trim())
            });
            let level = name
                .parse::<LevelFilter>()
                .ok()
                .filter(|_| !name.is_empty());
            let level = level.ok_or_else(|| {
                format!(
                    "{name:?} is no level; write error, warn, info, debug, trace or off, and behind it others for some \
                     modules, as in `info,whippet::tasks=debug`"
                )
            })?;
            match target {
                None => levels.rest = level,
                Some("") => return Err(format!("{part:?} names no module in front of its `=`")),
                Some(target) => {
                    let is_longer = |(other, _): &(Box<str>, _)| other.len() >= target.len();
                    let at = levels.targets.partition_point(is_longer);
                    levels.targets.insert(at, (target.into(), level));
                }
            }
        }
        Ok(levels)
    }
}

#[cfg(test)]
mod tests {
    use tracing::level_filters::LevelFilter;

    use super::{Levels, is_within};

    #[test]
    fn the_closest_target_decides() {
        let levels: Levels = "warn, whippet = info, whippet::tasks=trace"
            .parse()
            .expect("levels");
        assert_eq!(
            (levels.rest, levels.most()),
            (LevelFilter::WARN, LevelFilter::TRACE)
        );
        let targets: Vec<_> = levels.targets.iter().map(|(target, _)| &**target).collect();
        assert_eq!(targets, ["whippet::tasks", "whippet"]);
        for (target, whole, is) in [
            ("whippet::tasks::runner", "whippet::tasks", true),
            ("whippet::tasks", "whippet::tasks", true),
            ("whippet::tasks_too", "whippet::tasks", false),
            ("relay", "whippet", false),
        ] {
            assert_eq!(is_within(target, whole), is, "{target} in {whole}");
        }
    }

    #[test]
    fn wrong_levels_are_named() {
        for (text, named) in [
            ("loud", "\"loud\" is no level"),
            ("info,relay=", "\"\" is no level"),
            ("info,,", "\"\" is no level"),
            ("=info", "names no module"),
            ("relay=debug=info", "\"debug=info\" is no level"),
        ] {
            let error = text.parse::<Levels>().expect_err(text);
            assert!(error.contains(named), "{error}");
        }
    }
}
