//! Tests that the document describes exactly the values that serde reads and writes. The types are random, refer to
//! each other, and have names that are likely to collide.

use std::borrow::Cow;
use std::cell::RefCell;

use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::sample::select;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{Info, OperationBuilder, build};
use crate::routing::{Documentation, Mounted, Route};

const COUNT: usize = 6;

/// Names that collide with the names of input schemas, variants and problems.
const NAMES: [&str; 10] = [
    "User",
    "UserInput",
    "UserInput2",
    "UserA",
    "UserInputA",
    "Event",
    "EventInput",
    "EventA",
    "Problem",
    "ValidationProblem",
];

/// The types of a graph. A type refers to another type by that type's index in this list.
type Graph = Vec<(&'static str, Shape)>;

#[derive(Debug, Clone)]
enum Shape {
    Number,
    /// The fields `f0`, `f1` and so on.
    Struct(Vec<(Kind, usize)>),
    /// The variants of an internally tagged enum, `a`, `b` and so on, each with the fields of a struct.
    Enum(Vec<Option<usize>>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Required,
    /// A field with an `Option`. serde always writes the field, but can read an object without the field.
    Optional,
    List,
}

thread_local! {
    static GRAPH: RefCell<Graph> = const { RefCell::new(Vec::new()) };
}

/// The type with the index `N` in the graph.
struct Node<const N: usize>;

impl<const N: usize> JsonSchema for Node<N> {
    fn schema_name() -> Cow<'static, str> {
        GRAPH.with_borrow(|graph| graph[N].0.into())
    }

    fn schema_id() -> Cow<'static, str> {
        format!("Node{N}").into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let is_output = generator.contract().is_serialize();
        match GRAPH.with_borrow(|graph| graph[N].1.clone()) {
            Shape::Number => json_schema!({"type": "integer"}),
            Shape::Struct(fields) => {
                let (mut properties, mut required) = (Map::new(), Vec::new());
                for (index, (kind, target)) in fields.into_iter().enumerate() {
                    let (name, schema) = (format!("f{index}"), schema(generator, target));
                    if is_output || kind != Kind::Optional {
                        required.push(name.clone());
                    }
                    let schema = match kind {
                        Kind::Required => schema.to_value(),
                        Kind::Optional => json!({"anyOf": [schema, {"type": "null"}]}),
                        Kind::List => json!({"type": "array", "items": schema}),
                    };
                    properties.insert(name, schema);
                }
                json_schema!({"type": "object", "properties": properties, "required": required})
            }
            Shape::Enum(variants) => {
                let variants = variants.into_iter().enumerate().map(|(index, target)| {
                    let mut variant = target.map_or_else(Schema::default, |t| schema(generator, t));
                    let tag = json!({"kind": {"type": "string", "const": tag(index)}});
                    variant.insert("type".to_owned(), "object".into());
                    variant.insert("properties".to_owned(), tag);
                    variant.insert("required".to_owned(), json!(["kind"]));
                    variant.to_value()
                });
                let variants: Vec<Value> = variants.collect();
                json_schema!({"oneOf": variants})
            }
        }
    }
}

fn schema(generator: &mut SchemaGenerator, target: usize) -> Schema {
    match target {
        0 => generator.subschema_for::<Node<0>>(),
        1 => generator.subschema_for::<Node<1>>(),
        2 => generator.subschema_for::<Node<2>>(),
        3 => generator.subschema_for::<Node<3>>(),
        4 => generator.subschema_for::<Node<4>>(),
        _ => generator.subschema_for::<Node<5>>(),
    }
}

fn tag(index: usize) -> String {
    ["a", "b", "c"][index].to_owned()
}

/// Generates graphs in which every type has a finite value: a required field refers only to later types.
fn graph() -> impl Strategy<Value = Graph> {
    let kind = select(vec![Kind::Required, Kind::Optional, Kind::List]);
    let fields = prop::collection::vec((kind, any::<usize>()), 0..4);
    let variants = prop::collection::vec(prop::option::of(any::<usize>()), 1..4);
    let shape = prop_oneof![
        1 => Just(Shape::Number),
        4 => fields.prop_map(Shape::Struct),
        2 => variants.prop_map(Shape::Enum),
    ];
    prop::collection::vec((select(NAMES.to_vec()), shape), COUNT).prop_map(|mut graph| {
        for index in (0..COUNT).rev() {
            let (earlier, later) = graph.split_at_mut(index + 1);
            let later_target = |target: usize| match later.len() {
                0 => None,
                count => Some(index + 1 + target % count),
            };
            match &mut earlier[index].1 {
                Shape::Number => {}
                Shape::Struct(fields) => {
                    for (kind, target) in fields {
                        *target = match (*kind, later_target(*target)) {
                            (Kind::Required, Some(later)) => later,
                            (Kind::Required, None) => {
                                *kind = Kind::Optional;
                                *target % COUNT
                            }
                            _ => *target % COUNT,
                        };
                    }
                }
                Shape::Enum(variants) => {
                    for target in variants {
                        *target = target.and_then(later_target).filter(|later_index| {
                            matches!(later[later_index - index - 1].1, Shape::Struct(_))
                        });
                    }
                }
            }
        }
        graph
    })
}

/// Generates a value of a type. Sometimes a part of the value is missing or has the wrong type.
fn value(
    graph: &Graph,
    index: usize,
    depth: usize,
    choices: &mut dyn Iterator<Item = u8>,
) -> Value {
    let mut choose = || choices.next().unwrap_or_default();
    let choice = choose();
    if choice == 255 {
        return json!("wrong");
    }
    match &graph[index].1 {
        Shape::Number => choice.into(),
        Shape::Struct(fields) => {
            let mut object = Map::new();
            for (at, &(kind, target)) in fields.iter().enumerate() {
                let choice = choices.next().unwrap_or_default();
                let is_deep = depth > 2;
                let inner = match kind {
                    _ if choice > 240 => continue,
                    Kind::Required => value(graph, target, depth + 1, choices),
                    Kind::Optional if is_deep || choice < 60 => Value::Null,
                    Kind::Optional if choice < 120 => continue,
                    Kind::List if is_deep || choice < 60 => json!([]),
                    Kind::List => json!([value(graph, target, depth + 1, choices)]),
                    Kind::Optional => value(graph, target, depth + 1, choices),
                };
                object.insert(format!("f{at}"), inner);
            }
            object.into()
        }
        Shape::Enum(variants) => {
            let variant = usize::from(choice) % variants.len();
            let mut object = match variants[variant] {
                Some(target) => value(graph, target, depth, choices),
                None => json!({}),
            };
            if let Value::Object(fields) = &mut object {
                fields.insert("kind".to_owned(), tag(variant).into());
            }
            object
        }
    }
}

/// If `is_input` is true, returns whether serde can read the value as the type. Otherwise, returns whether serde can
/// serialize a value of the type to this JSON.
fn is_valid(graph: &Graph, index: usize, value: &Value, is_input: bool) -> bool {
    match &graph[index].1 {
        Shape::Number => value.is_number(),
        Shape::Struct(fields) => {
            let mut fields = fields.iter().enumerate();
            value.is_object()
                && fields.all(
                    |(at, &(kind, target))| match (kind, value.get(format!("f{at}"))) {
                        (Kind::Optional, None) => is_input,
                        (_, None) => false,
                        (Kind::Optional, Some(Value::Null)) => true,
                        (Kind::List, Some(Value::Array(items))) => {
                            let mut items = items.iter();
                            items.all(|item| is_valid(graph, target, item, is_input))
                        }
                        (Kind::List, Some(_)) => false,
                        (_, Some(value)) => is_valid(graph, target, value, is_input),
                    },
                )
        }
        Shape::Enum(variants) => {
            let mut variants = variants.iter().enumerate();
            let variant = variants.find(|(index, _)| value["kind"] == tag(*index));
            variant.is_some_and(|(_, target)| {
                target.is_none_or(|target| is_valid(graph, target, value, is_input))
            })
        }
    }
}

/// Describes an operation that reads a `Node<A>` and returns a `Node<B>`, or a webhook that sends a `Node<A>` and
/// receives a `Node<B>`.
fn describe<const A: usize, const B: usize>(operation: &mut OperationBuilder<'_>) {
    operation.body::<Node<A>>("application/json");
    operation.response::<Node<B>>(StatusCode::OK, "application/json");
}

const fn route(path: &'static str, describe: fn(&mut OperationBuilder<'_>)) -> Route {
    Route {
        method: Method::POST,
        path,
        id: path,
        call: |_, _| async { StatusCode::OK.into_response() }.boxed(),
        reads: &[],
        scopes: &[],
        checks_scopes: false,
        around: &[],
        document: Documentation {
            doc: "",
            tag: None,
            deprecated: false,
            status: None,
            errors: &[crate::problem::types::VALIDATION],
            describe,
            check: |_| Ok(()),
        },
    }
}

static FIRST: Route = route("/first", describe::<0, 1>);
static SECOND: Route = route("/second", describe::<2, 0>);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn the_document_accepts_exactly_the_values_that_serde_reads_and_writes(
        graph in graph(),
        choices in prop::collection::vec(any::<u8>(), 64),
    ) {
        GRAPH.set(graph.clone());
        let info = Info::new("", "").webhook("hook", "", describe::<0, 3>);
        let document = build(&info, &[&FIRST, &SECOND].map(Mounted::new));
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let hook = &document["webhooks"]["hook"]["post"];
        for (operation, input, output, is_webhook) in [
            (&document["paths"]["/first"]["post"], 0, 1, false),
            (&document["paths"]["/second"]["post"], 2, 0, false),
            (hook, 0, 3, true),
        ] {
            let request = &operation["requestBody"];
            let response = &operation["responses"]["200"];
            for (body, index, is_input) in [(request, input, !is_webhook), (response, output, is_webhook)] {
                let schema = &body["content"]["application/json"]["schema"];
                let root = json!({"allOf": [schema], "components": {"schemas": schemas}});
                let validator = jsonschema::validator_for(&root).unwrap();
                let mut choices = choices.iter().copied();
                for _ in 0..6 {
                    let value = value(&graph, index, 0, &mut choices);
                    prop_assert_eq!(
                        validator.is_valid(&value), is_valid(&graph, index, &value, is_input),
                        "{} as {:?} in {:#}", value, graph[index], document
                    );
                }
            }
        }
    }
}
