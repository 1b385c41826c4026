//! Analyzes window functions.

use sqlite3_parser::ast::{FrameBound, FrameClause, FrameExclude, Over, Window};

use super::aggregate::combine;
use super::function::Call;
use super::parameters::Null;
use super::scope::{same, unquoted};
use super::value::{Types, Value};
use super::{Analyzer, Env};

impl Analyzer<'_> {
    pub(super) fn window<'b>(
        &self,
        call: &Call<'b>,
        over: &'b Over<'b>,
        env: Env<'_, 'b>,
    ) -> Value {
        let named = |name: &str| {
            let windows = env.scope.map_or(&[][..], |scope| &scope.windows);
            let found = windows.iter().find(|(own, _)| same(own, name));
            found.map(|(_, window)| *window)
        };
        let window = match over {
            Over::Window(window) => Some(*window),
            Over::Name(name) => named(&unquoted(name.0)),
        };
        if let Over::Window(window) = over {
            self.window_definition(window, env);
        }
        // SQLite evaluates the arguments for each row of the frame.
        let values = self.for_other_rows(|| {
            if let Some(filter) = call.filter {
                self.value(filter, env);
            }
            self.values(call.arguments, env)
        });
        for argument in call.arguments {
            self.takes(argument, Types::ANY, Null::Neutral);
        }
        let frame = window.and_then(|window| window.frame_clause.as_ref());
        let has_row = window.is_some() && frame.is_none_or(includes_the_current_row);
        let first = values.first().copied().unwrap_or(Value::UNKNOWN);
        match call.name.as_str() {
            "row_number" | "rank" | "dense_rank" | "ntile" => Value::INTEGER,
            "percent_rank" | "cume_dist" => Value {
                infinite: false,
                ..Value::REAL
            },
            "first_value" | "last_value" => first.or_null(!has_row),
            "nth_value" => first.or_null(true),
            "lag" | "lead" => match values.as_slice() {
                [value, offset, default] => value.or(*default).or_null(offset.nullable),
                _ => first.or_null(true),
            },
            name => combine(name, &values, has_row && call.filter.is_none()),
        }
    }

    pub(super) fn window_definition<'b>(&self, window: &'b Window<'b>, env: Env<'_, 'b>) {
        self.values(window.partition_by.unwrap_or_default(), env);
        for term in window.order_by.unwrap_or_default() {
            self.value(&term.expr, env);
        }
        if let Some(frame) = &window.frame_clause {
            for bound in std::iter::once(&frame.start).chain(&frame.end) {
                if let FrameBound::Following(offset) | FrameBound::Preceding(offset) = bound {
                    self.value(offset, env);
                    self.takes(offset, Types::NUMBER, Null::Useless);
                }
            }
        }
    }
}

/// Returns whether the current row is part of every frame that this clause defines.
fn includes_the_current_row(frame: &FrameClause<'_>) -> bool {
    let starts_before = matches!(
        frame.start,
        FrameBound::UnboundedPreceding | FrameBound::Preceding(_) | FrameBound::CurrentRow
    );
    let ends_after = matches!(
        frame.end,
        None | Some(
            FrameBound::UnboundedFollowing | FrameBound::Following(_) | FrameBound::CurrentRow
        )
    );
    let keeps = matches!(
        frame.exclude,
        None | Some(FrameExclude::NoOthers | FrameExclude::Ties)
    );
    starts_before && ends_after && keeps
}
