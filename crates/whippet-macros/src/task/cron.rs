//! Parses the arguments of `#[cron(…)]`, such as `"*/5 * * * *", tz = "Europe/Berlin", missed = "all"`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Token};
use whippet_schedule::cron::{self, Expression, ZoneData};

use super::attribute::{Attribute, skip_value};
use crate::mistakes::Mistakes;

/// The parsed arguments of `#[cron(…)]`: the schedule of a function, and the settings of its task.
pub(super) struct Cron {
    expression: Option<(String, Expression)>,
    zone: Option<(String, ZoneData)>,
    missed: Option<Ident>,
    pub(super) task: Attribute,
}

impl Cron {
    /// Parses the arguments of the attribute, and adds every error to `mistakes`. Returns `None` when the syntax is
    /// invalid. `is_alone` is true if the function does not have the attribute `#[task]`. Only then, `#[cron(…)]` may
    /// contain the settings of the task.
    pub(super) fn parse(
        arguments: TokenStream,
        is_alone: bool,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let parse = |input: ParseStream<'_>| {
            if input.is_empty() {
                return Err(input.error(
                    "write the minute, the hour, the day of the month, the month and the day of the week, as in \
                     `#[cron(\"30 4 * * mon-fri\")]`",
                ));
            }
            let mut parsed = Self {
                expression: expression(&input.parse()?, mistakes),
                zone: None,
                missed: None,
                task: Attribute::default(),
            };
            while !input.is_empty() {
                input.parse::<Token![,]>()?;
                if input.is_empty() {
                    break;
                }
                parsed.setting(input, is_alone, mistakes)?;
            }
            Ok(parsed)
        };
        let parsed = parse.parse2(arguments);
        mistakes.take(parsed)
    }

    fn setting(
        &mut self,
        input: ParseStream<'_>,
        is_alone: bool,
        mistakes: &mut Mistakes,
    ) -> syn::Result<()> {
        let name = input.fork().parse::<Ident>()?.to_string();
        match name.as_str() {
            "tz" => {
                self.task.name(input, mistakes)?;
                self.zone = zone(&input.parse()?, mistakes);
                Ok(())
            }
            "missed" => {
                self.task.name(input, mistakes)?;
                self.missed = missed(&input.parse()?, mistakes);
                Ok(())
            }
            _ if is_alone => self.task.setting(input, &["tz", "missed"], mistakes),
            _ => {
                let message = format!(
                    "unknown setting `{name}`: use `tz` or `missed`, and write the settings of the task in `#[task]`"
                );
                let name = self.task.name(input, mistakes)?;
                mistakes.add(&name, message);
                skip_value(input)
            }
        }
    }

    /// Returns an expression of the type `whippet::tasks::Cron`.
    pub(super) fn value(&self) -> Option<TokenStream> {
        let (text, expression) = self.expression.as_ref()?;
        let (zone_name, zone) = match &self.zone {
            Some((name, zone)) => (name.as_str(), Some(zone)),
            None => ("UTC", None),
        };
        let text = format!("{text} {zone_name}");
        let first = zone.map_or(0, |zone| zone.first);
        let transitions = zone.map_or_else(Vec::new, |zone| {
            let transitions = zone.transitions.iter();
            transitions
                .map(|(time, offset)| quote!((#time, #offset)))
                .collect()
        });
        let missed = match &self.missed {
            Some(missed) => quote!(#missed),
            None => quote!(Once),
        };
        let Expression {
            minutes,
            hours,
            days,
            months,
            weekdays,
            either_day,
            is_fixed,
        } = expression;
        Some(quote! {
            ::whippet::tasks::Cron {
                text: #text,
                expression: ::whippet::tasks::Expression {
                    minutes: #minutes,
                    hours: #hours,
                    days: #days,
                    months: #months,
                    weekdays: #weekdays,
                    either_day: #either_day,
                    is_fixed: #is_fixed,
                },
                zone: ::whippet::tasks::Zone {
                    first: #first,
                    transitions: &[#(#transitions),*],
                },
                missed: ::whippet::tasks::Missed::#missed,
            }
        })
    }
}

fn expression(value: &LitStr, mistakes: &mut Mistakes) -> Option<(String, Expression)> {
    match cron::parse(&value.value()) {
        Ok(expression) => {
            let text = value.value();
            let words: Vec<_> = text.split_whitespace().collect();
            Some((words.join(" "), expression))
        }
        Err(error) => {
            mistakes.add(value, error);
            None
        }
    }
}

fn zone(value: &LitStr, mistakes: &mut Mistakes) -> Option<(String, ZoneData)> {
    let name = value.value();
    match cron::zone(&name) {
        Some(zone) => Some((name, zone)),
        None => {
            let message = format!(
                "{name:?} is not a time zone: write the name of an IANA time zone, such as \"Europe/Berlin\" or \"UTC\""
            );
            mistakes.add(value, message);
            None
        }
    }
}

fn missed(value: &LitStr, mistakes: &mut Mistakes) -> Option<Ident> {
    let missed = match value.value().as_str() {
        "skip" => "Skip",
        "once" => "Once",
        "all" => "All",
        _ => {
            let message = "not valid: write \"skip\" to run nothing for missed ticks, \"once\" to run one task for all of \
                           them, or \"all\" to run a task for each";
            mistakes.add(value, message);
            return None;
        }
    };
    Some(Ident::new(missed, value.span()))
}

/// Returns a method call that adds the schedule to a `TaskConfig`. `span` is the location of the task's data type. If
/// this type does not implement `From<Tick>`, the compiler reports the error there.
pub(super) fn add(span: proc_macro2::Span) -> TokenStream {
    quote_spanned!(span=> .cron(&CRON))
}
