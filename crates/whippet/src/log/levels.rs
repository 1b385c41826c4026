//! Filters log events by level and target.

use std::str::FromStr;

use tracing::Metadata;
use tracing::level_filters::LevelFilter;

/// The minimum level for all targets, and other levels for some targets. For example, `info,whippet::tasks=debug` sets
/// `debug` for `whippet::tasks`.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    default: LevelFilter,
    /// The targets with their levels. The longest target comes first, so that the first match is the most specific.
    targets: Vec<(Box<str>, LevelFilter)>,
}

impl Default for Levels {
    fn default() -> Self {
        Self {
            default: LevelFilter::INFO,
            targets: Vec::new(),
        }
    }
}

impl Levels {
    /// Returns the most verbose level of any target.
    pub(super) fn most_verbose(&self) -> LevelFilter {
        let targets = self.targets.iter().map(|(_, level)| *level);
        targets.fold(self.default, LevelFilter::max)
    }

    /// Returns whether the event or span is enabled.
    pub(super) fn enables(&self, metadata: &Metadata<'_>) -> bool {
        let mut targets = self.targets.iter();
        let found = targets.find(|(target, _)| is_within(metadata.target(), target));
        *metadata.level() <= found.map_or(self.default, |(_, level)| *level)
    }
}

/// Returns whether the target is `module` or a submodule of `module`.
fn is_within(target: &str, module: &str) -> bool {
    let rest = target.strip_prefix(module);
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
                    "{name:?} is not a valid level: set error, warn, info, debug, trace or off, or add levels of single modules, \
                     such as `info,whippet::tasks=debug`"
                )
            })?;
            match target {
                None => levels.default = level,
                Some("") => return Err(format!("{part:?} has no module before the `=`")),
                Some(target) => {
                    let is_longer = |(other, _): &(Box<str>, _)| other.len() >= target.len();
                    let index = levels.targets.partition_point(is_longer);
                    levels.targets.insert(index, (target.into(), level));
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
    fn the_most_specific_target_takes_precedence() {
        let levels: Levels = "warn, whippet = info, whippet::tasks=trace"
            .parse()
            .expect("levels");
        assert_eq!(
            (levels.default, levels.most_verbose()),
            (LevelFilter::WARN, LevelFilter::TRACE)
        );
        let targets: Vec<_> = levels.targets.iter().map(|(target, _)| &**target).collect();
        assert_eq!(targets, ["whippet::tasks", "whippet"]);
        for (target, module, expected) in [
            ("whippet::tasks::runner", "whippet::tasks", true),
            ("whippet::tasks", "whippet::tasks", true),
            ("whippet::tasks_too", "whippet::tasks", false),
            ("relay", "whippet", false),
        ] {
            assert_eq!(is_within(target, module), expected, "{target} in {module}");
        }
    }

    #[test]
    fn the_error_names_the_level_that_is_not_valid() {
        for (text, expected) in [
            ("loud", "\"loud\" is not a valid level"),
            ("info,relay=", "\"\" is not a valid level"),
            ("info,,", "\"\" is not a valid level"),
            ("=info", "has no module"),
            ("relay=debug=info", "\"debug=info\" is not a valid level"),
        ] {
            let error = text.parse::<Levels>().expect_err(text);
            assert!(error.contains(expected), "{error}");
        }
    }
}
