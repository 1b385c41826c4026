//! Parses the text of a query into SQL, parameters and pieces in braces.

use crate::Role;
use crate::lexer::{Token, tokens};
use crate::piece::{self, Condition};

/// A query that is parsed, but not checked yet.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub(crate) parts: Vec<Part>,
    /// The parameters, in the order in which they first appear in the query.
    pub(crate) parameters: Vec<Named>,
}

/// A parameter of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: Option<String>,
    pub(crate) role: Role,
}

/// A part of a query.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(Vec<Fragment>),
    Piece(Condition, Vec<Fragment>),
    Page { cursor: usize, columns: Vec<String> },
}

/// SQL text, or the index of a parameter in [`Template::parameters`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fragment {
    Sql(String),
    Parameter(usize),
}

impl Template {
    /// Parses the text of a query.
    ///
    /// # Errors
    ///
    /// Returns an error if a piece is malformed, or if the text is not one statement.
    pub(crate) fn parse(sql: &str) -> Result<Self, String> {
        let mut template = Self::default();
        let tokens = tokens(sql)?;
        let statement_end = tokens.iter().position(|token| *token == Token::Semicolon);
        let (tokens, rest) = tokens.split_at(statement_end.unwrap_or(tokens.len()));
        if rest.iter().any(is_sql) {
            return Err(
                "a query must be one statement: run several statements as a batch".to_owned(),
            );
        }
        if !tokens.iter().any(is_sql) {
            return Err("the query is empty".to_owned());
        }
        let mut open: Option<Vec<Token<'_>>> = None;
        for token in tokens {
            match (token, open.as_mut()) {
                (Token::Open, None) => open = Some(Vec::new()),
                (Token::Open, Some(_)) => {
                    return Err("a piece in braces cannot contain another piece".to_owned());
                }
                (Token::Close, Some(_)) => {
                    let piece = open.take().unwrap_or_default();
                    let part = piece::parse(&piece, &mut template)?;
                    template.parts.push(part);
                }
                (Token::Close, None) => return Err("`}` without `{`".to_owned()),
                (token, Some(piece)) => piece.push(*token),
                (token, None) => {
                    let fragment = template.fragment(*token, Role::Value)?;
                    template.push_text(fragment);
                }
            }
        }
        if open.is_some() {
            return Err("`{` without `}`".to_owned());
        }
        template.finish()?;
        Ok(template)
    }

    fn push_text(&mut self, fragment: Fragment) {
        match self.parts.last_mut() {
            Some(Part::Text(fragments)) => fragments.push(fragment),
            _ => self.parts.push(Part::Text(vec![fragment])),
        }
    }

    pub(crate) fn fragment(&mut self, token: Token<'_>, role: Role) -> Result<Fragment, String> {
        let fragment = match token {
            Token::Text(text) => Fragment::Sql(text.to_owned()),
            Token::Named(name) => Fragment::Parameter(self.named(name, role)?),
            Token::Numbered(number) => Fragment::Parameter(self.numbered(number, role)?),
            Token::Open | Token::Close | Token::Semicolon => Fragment::Sql(String::new()),
        };
        Ok(fragment)
    }

    /// Returns the index of the parameter `name`. If the query has not used the name before, adds the parameter.
    pub(crate) fn named(&mut self, name: &str, role: Role) -> Result<usize, String> {
        if self
            .parameters
            .iter()
            .any(|parameter| parameter.name.is_none())
        {
            return Err(MIXED.to_owned());
        }
        let mut parameters = self.parameters.iter();
        match parameters.position(|parameter| parameter.name.as_deref() == Some(name)) {
            Some(index) => self.use_again(index, role),
            None => {
                self.parameters.push(Named {
                    name: Some(name.to_owned()),
                    role,
                });
                Ok(self.parameters.len() - 1)
            }
        }
    }

    fn numbered(&mut self, number: Option<usize>, role: Role) -> Result<usize, String> {
        if self
            .parameters
            .iter()
            .any(|parameter| parameter.name.is_some())
        {
            return Err(MIXED.to_owned());
        }
        let index = number.unwrap_or(self.parameters.len() + 1) - 1;
        while self.parameters.len() <= index {
            self.parameters.push(Named { name: None, role });
        }
        self.use_again(index, role)
    }

    fn use_again(&mut self, index: usize, role: Role) -> Result<usize, String> {
        let known = &mut self.parameters[index];
        match (known.role, role) {
            (before, now) if before == now => {}
            (Role::Value, Role::Optional) => {}
            (Role::Optional, Role::Value) => known.role = Role::Value,
            _ => {
                let name = known.name.as_deref().unwrap_or_default();
                return Err(format!(
                    "the parameter `:{name}` cannot be both a value and a condition or cursor"
                ));
            }
        }
        Ok(index)
    }

    /// For each piece without `if`, finds the parameters that must have a value so that the piece is part of the
    /// statement.
    fn finish(&mut self) -> Result<(), String> {
        for part in &mut self.parts {
            let Part::Piece(Condition::Given(given), fragments) = part else {
                continue;
            };
            for fragment in fragments {
                if let Fragment::Parameter(index) = fragment
                    && self.parameters[*index].role == Role::Optional
                    && !given.contains(index)
                {
                    given.push(*index);
                }
            }
            if given.is_empty() {
                return Err("a piece in braces needs a parameter that appears only in pieces, and is left out if \
                     this parameter has no value; or write `{if :condition …}`"
                    .to_owned());
            }
        }
        Ok(())
    }
}

const MIXED: &str = "a query has either parameters with names, such as `:name`, or parameters without names, such as `?`";

fn is_sql(token: &Token<'_>) -> bool {
    match token {
        Token::Text(text) => !is_blank(text),
        Token::Semicolon => false,
        _ => true,
    }
}

/// Returns whether the text consists only of white space and comments.
fn is_blank(text: &str) -> bool {
    let text = text.trim();
    if let Some(comment) = text.strip_prefix("--") {
        return comment
            .split_once('\n')
            .is_none_or(|(_, rest)| is_blank(rest));
    }
    if let Some(comment) = text.strip_prefix("/*") {
        return comment
            .split_once("*/")
            .is_none_or(|(_, rest)| is_blank(rest));
    }
    text.is_empty()
}
