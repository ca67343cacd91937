//! A page that shows an OpenAPI description to people: every operation, its
//! parameters, bodies and answers, every schema, with examples made of it.
//!
//! It knows no site's routes and loads nothing from elsewhere; a program reads the
//! description itself.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::{Map, Value};

/// Schemas within schemas that an example follows.
const DEPTH_MAX: usize = 8;

/// A description for people.
#[derive(Debug, Template)]
#[template(path = "docs.html")]
pub struct Docs {
    title: String,
    words: String,
    /// Operations by tag.
    groups: BTreeMap<String, Vec<Operation>>,
    schemas: Vec<Schema>,
}

#[derive(Debug)]
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    words: String,
    needs_token: bool,
    parameters: Vec<Field>,
    body: Option<Body>,
    answers: Vec<Answer>,
}

/// A field of a schema, or a parameter of an operation.
#[derive(Debug)]
struct Field {
    name: String,
    /// Where a parameter is put: path, query or header.
    place: String,
    kind: Kind,
    is_required: bool,
    words: String,
}

/// What a value looks like.
#[derive(Debug, Default)]
struct Kind {
    /// Before and after the name of a schema.
    text: String,
    schema: Option<String>,
}

#[derive(Debug)]
struct Body {
    media: String,
    kind: Kind,
    example: String,
}

#[derive(Debug)]
struct Answer {
    status: String,
    words: String,
    body: Option<Body>,
}

#[derive(Debug)]
struct Schema {
    name: String,
    words: String,
    kind: Kind,
    fields: Vec<Field>,
}

impl Docs {
    /// Of an OpenAPI 3.1 document; what it lacks is left out.
    pub fn of(api: &Value) -> Self {
        let mut groups: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
        for (path, methods) in entries(&api["paths"]) {
            for (method, operation) in entries(methods) {
                let tag = text(&operation["tags"][0]);
                groups.entry(tag).or_default().push(Operation::of(api, path, method, operation));
            }
        }
        let schemas = entries(&api["components"]["schemas"]);
        Self {
            title: text(&api["info"]["title"]),
            words: text(&api["info"]["description"]),
            groups,
            schemas: schemas.map(|(name, schema)| Schema::of(name, schema)).collect(),
        }
    }
}

impl Operation {
    fn of(api: &Value, path: &str, method: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let answers = entries(&operation["responses"]);
        let body = &operation["requestBody"];
        Self {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            words: text(&operation["description"]),
            needs_token: operation["security"].as_array().is_some_and(|all| !all.is_empty()),
            parameters: parameters.map(Field::of_parameter).collect(),
            body: Body::of(api, body),
            answers: answers.map(|(status, answer)| Answer::of(api, status, answer)).collect(),
        }
    }
}

impl Field {
    fn of_parameter(parameter: &Value) -> Self {
        Self {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            kind: Kind::of(&parameter["schema"]),
            is_required: parameter["required"] == true,
            words: text(&parameter["description"]),
        }
    }
}

impl Body {
    fn of(api: &Value, holder: &Value) -> Option<Self> {
        let (media, content) = entries(&holder["content"]).next()?;
        let schema = &content["schema"];
        let given = Some(&content["example"]).filter(|example| !example.is_null());
        let example = given.cloned().unwrap_or_else(|| example(api, schema, 0));
        let example = serde_json::to_string_pretty(&example).unwrap_or_default();
        Some(Self { media: media.to_owned(), kind: Kind::of(schema), example })
    }
}

impl Answer {
    fn of(api: &Value, status: &str, answer: &Value) -> Self {
        Self {
            status: status.to_owned(),
            words: text(&answer["description"]),
            body: Body::of(api, answer),
        }
    }
}

impl Schema {
    fn of(name: &str, schema: &Value) -> Self {
        let required: Vec<_> =
            schema["required"].as_array().into_iter().flatten().map(text).collect();
        let field = |(name, schema): (&str, &Value)| Field {
            name: name.to_owned(),
            place: String::new(),
            kind: Kind::of(schema),
            is_required: required.iter().any(|field| field == name),
            words: text(&schema["description"]),
        };
        Self {
            name: name.to_owned(),
            words: text(&schema["description"]),
            kind: Kind::of(schema),
            fields: entries(&schema["properties"]).map(field).collect(),
        }
    }
}

impl Kind {
    fn of(schema: &Value) -> Self {
        if let Some(name) = referred(schema) {
            return Self { text: String::new(), schema: Some(name.to_owned()) };
        }
        if let Some(variants) = schema["oneOf"].as_array().or(schema["allOf"].as_array()) {
            let named = variants.iter().find(|variant| referred(variant).is_some());
            let nullable = variants.iter().any(|variant| variant["type"] == "null");
            let mut kind = named.map(Self::of).unwrap_or_default();
            kind.text.push_str(if nullable { " or null" } else { "" });
            return kind;
        }
        if !schema["items"].is_null() {
            let mut of = Self::of(&schema["items"]);
            of.text = format!("array of {}{}", of.text, limits(schema));
            return of;
        }
        Self { text: format!("{}{}", types(schema), limits(schema)), schema: None }
    }
}

fn types(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(text).collect::<Vec<_>>().join(" | ");
    }
    let types = match &schema["type"] {
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(" or "),
        one => text(one),
    };
    match text(&schema["format"]) {
        format if format.is_empty() => types,
        format => format!("{types} ({format})"),
    }
}

fn limits(schema: &Value) -> String {
    let bounds = [
        ("minimum", "≥"),
        ("maximum", "≤"),
        ("minLength", "characters ≥"),
        ("maxLength", "characters ≤"),
        ("minItems", "items ≥"),
        ("maxItems", "items ≤"),
        ("pattern", "like"),
    ];
    let bound = |(key, sign): (&str, &str)| match &schema[key] {
        Value::Null => None,
        value => Some(format!(", {sign} {}", text(value))),
    };
    bounds.into_iter().filter_map(bound).collect()
}

/// A value of that shape: the examples that it gives, and plain values for the rest.
fn example(api: &Value, schema: &Value, depth: usize) -> Value {
    let given = [&schema["example"], &schema["examples"][0], &schema["default"]];
    if let Some(given) = given.into_iter().find(|value| !value.is_null()) {
        return given.clone();
    }
    if depth >= DEPTH_MAX {
        return Value::Null;
    }
    if let Some(name) = referred(schema) {
        return example(api, &api["components"]["schemas"][name], depth + 1);
    }
    let variants = schema["oneOf"].as_array().or(schema["allOf"].as_array());
    if let Some(variant) = variants.and_then(|all| all.iter().find(|one| one["type"] != "null")) {
        return example(api, variant, depth + 1);
    }
    if !schema["items"].is_null() {
        return Value::Array(vec![example(api, &schema["items"], depth + 1)]);
    }
    if !schema["properties"].is_null() {
        let fields = entries(&schema["properties"]);
        let fields = fields.map(|(name, field)| (name.to_owned(), example(api, field, depth + 1)));
        return Value::Object(fields.collect::<Map<_, _>>());
    }
    plain(schema)
}

fn plain(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let types = match &schema["type"] {
        Value::Array(all) => text(all.first().unwrap_or(&Value::Null)),
        one => text(one),
    };
    match (types.as_str(), schema["format"].as_str()) {
        ("string", Some("date-time")) => "2026-01-31T12:00:00Z".into(),
        ("string", Some("date")) => "2026-01-31".into(),
        ("string", _) => "text".into(),
        ("integer" | "number", _) => schema["minimum"].as_i64().unwrap_or(1).max(1).into(),
        ("boolean", _) => true.into(),
        ("object", _) => Value::Object(Map::new()),
        _ => Value::Null,
    }
}

fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn api() -> Value {
        json!({
            "info": { "title": "A shop", "description": "It sells." },
            "paths": { "/things/{id}": { "get": {
                "tags": ["things"], "operationId": "thing", "summary": "One thing",
                "security": [{ "token": [] }],
                "parameters": [{ "name": "id", "in": "path", "required": true,
                    "schema": { "type": "integer", "minimum": 1 } }],
                "responses": { "200": { "description": "It", "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Thing" } } } } }
            } } },
            "components": { "schemas": { "Thing": {
                "type": "object", "required": ["name"],
                "properties": {
                    "name": { "type": "string", "example": "<b>", "maxLength": 9 },
                    "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } },
                    "note": { "type": ["string", "null"] }
                }
            } } }
        })
    }

    #[test]
    fn every_operation_and_schema_is_on_the_page() {
        let page = Docs::of(&api()).render().unwrap();
        for told in ["A shop", "It sells.", "GET", "/things/{id}", "One thing", "integer, ≥ 1"] {
            assert!(page.contains(told), "{told} is not told");
        }
        assert!(page.contains(r##"href="#schema-Thing""##));
        assert!(page.contains("string, characters ≤ 9"));
        assert!(!page.contains("<b>"), "an example is text and never markup");
    }

    #[test]
    fn a_schema_that_contains_itself_has_an_example_that_ends() {
        let example = example(&api(), &json!({ "$ref": "#/components/schemas/Thing" }), 0);
        assert_eq!(example["name"], "<b>");
        assert_eq!(example["parts"][0]["name"], "<b>");
        assert_eq!(example["note"], "text");
    }

    #[test]
    fn what_is_not_a_description_gives_an_empty_page() {
        for nothing in [Value::Null, json!([]), json!({ "paths": 7 })] {
            assert!(Docs::of(&nothing).render().is_ok());
        }
    }
}
