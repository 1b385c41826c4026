//! Settings, which are read from variables into a struct.

use std::net::IpAddr;
use std::time::Duration;

use whippet::settings::{SettingsError, Variable, bearer_key};
use whippet::{AppError, Config, Retry, Secret, Settings};

/// The settings of a shop.
#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    /// The key with which the shop signs orders.
    ///
    /// Keep it safe.
    key: Secret<String>,
    /// The largest number of orders in a minute.
    #[setting(default = "100")]
    orders: u32,
    #[setting(default = "5s, 1m")]
    retry: Retry,
    #[setting(default = "30m")]
    keep_for: Duration,
    #[setting(default = "en,de")]
    languages: Vec<String>,
    closed: bool,
    contact: Option<String>,
    #[setting(with = bearer_key)]
    admin_key: Option<Secret<String>>,
    #[setting(name = "PIN", default = "1234")]
    pin: Secret<u16>,
    #[setting(flatten)]
    mail: Mail,
    r#type: Option<String>,
}

#[derive(Debug, Settings)]
struct Mail {
    /// The address of the mail server.
    smtp_address: IpAddr,
    #[setting(with = even)]
    smtp_port: u16,
}

fn even(text: &str) -> Result<u16, &'static str> {
    let port = text.parse().ok().filter(|port| port % 2 == 0);
    port.ok_or("write an even number")
}

fn read(variables: &[(&str, &str)]) -> Result<Shop, SettingsError> {
    Shop::from_config(&variables.iter().copied().collect())
}

const MINIMUM: [(&str, &str); 3] = [
    ("SHOP_KEY", "hush"),
    ("SMTP_ADDRESS", "::1"),
    ("SMTP_PORT", "26"),
];

#[test]
fn absent_and_empty_variables_have_their_defaults() {
    let empty = [
        "SHOP_ORDERS",
        "SHOP_CLOSED",
        "SHOP_CONTACT",
        "SHOP_LANGUAGES",
        "PIN",
    ];
    let shop = read(&[&MINIMUM[..], &empty.map(|name| (name, ""))].concat()).unwrap();
    assert!(shop.key.matches("hush"));
    assert_eq!(shop.orders, 100);
    assert_eq!(shop.retry, "5s 1m".parse().unwrap());
    assert_eq!(shop.keep_for, Duration::from_secs(1800));
    assert_eq!(shop.languages, ["en", "de"]);
    assert!(!shop.closed && shop.contact.is_none() && shop.admin_key.is_none());
    assert_eq!(*shop.pin.expose(), 1234);
    assert_eq!(
        (shop.mail.smtp_address, shop.mail.smtp_port),
        ("::1".parse().unwrap(), 26)
    );
    assert_eq!(shop.r#type, None);
}

#[test]
fn variables_override_the_defaults() {
    let more = [
        ("SHOP_ORDERS", "7"),
        ("SHOP_KEEP_FOR", "500ms"),
        ("SHOP_LANGUAGES", " fr ,, it"),
        ("SHOP_CLOSED", "true"),
        ("SHOP_CONTACT", "ada@example.com"),
        ("SHOP_ADMIN_KEY", "a key"),
        ("SHOP_TYPE", "books"),
    ];
    let shop = read(&[&MINIMUM[..], &more].concat()).unwrap();
    assert_eq!(
        (shop.orders, shop.keep_for),
        (7, Duration::from_millis(500))
    );
    assert_eq!(shop.languages, ["fr", "it"]);
    assert!(shop.closed);
    assert_eq!(shop.contact.as_deref(), Some("ada@example.com"));
    assert!(shop.admin_key.unwrap().matches("a key"));
    assert_eq!(shop.r#type.as_deref(), Some("books"));
}

#[test]
fn every_missing_or_wrong_variable_is_reported_and_no_secret() {
    let wrong = [
        ("SHOP_ORDERS", "-1"),
        ("SHOP_RETRY", "5x"),
        ("SHOP_KEEP_FOR", "soon"),
        ("SHOP_CLOSED", "yes"),
        ("SHOP_ADMIN_KEY", "geheim\n"),
        ("PIN", "geheim"),
        ("SMTP_PORT", "25"),
    ];
    let error = read(&wrong).unwrap_err();
    let names: Vec<_> = error.errors().iter().map(|error| error.name()).collect();
    let expected = [
        "SHOP_KEY",
        "SHOP_ORDERS",
        "SHOP_RETRY",
        "SHOP_KEEP_FOR",
        "SHOP_CLOSED",
        "SHOP_ADMIN_KEY",
        "PIN",
        "SMTP_ADDRESS",
        "SMTP_PORT",
    ];
    assert_eq!(names, expected);
    let text = AppError::from(error).to_string();
    assert!(
        text.starts_with("the variable SHOP_KEY is not set; the variable SHOP_ORDERS is \"-1\": ")
    );
    assert!(text.ends_with("; the variable SMTP_PORT is \"25\": write an even number"));
    assert!(!text.contains("geheim"), "{text}");
}

#[test]
fn the_variables_are_described() {
    let variables = Shop::variables();
    assert_eq!(variables.len(), 12);
    assert_eq!(
        variables[0],
        Variable {
            name: "SHOP_KEY",
            doc: "The key with which the shop signs orders.\n\nKeep it safe.",
            default: None,
            is_required: true,
            is_secret: true,
        }
    );
    let text = Shop::describe();
    assert!(text.starts_with(
        "SHOP_KEY (required) (secret)\n    The key with which the shop signs orders.\n"
    ));
    assert!(text.contains("\nSHOP_ORDERS (default: \"100\")\n"));
    let debug = format!("{:?}", read(&MINIMUM).unwrap());
    assert!(!debug.contains("hush"), "{debug}");
    let _: Config = Config::default();
}

#[cfg(not(target_arch = "wasm32"))]
mod manifests {
    use whippet::Settings;
    use whippet::testing::variable_mistakes;

    #[derive(Settings)]
    #[allow(dead_code, reason = "only the names of the variables matter")]
    struct Small {
        key: whippet::Secret<String>,
        #[setting(default = "7")]
        size: u8,
        name: String,
    }

    #[whippet::test]
    fn a_manifest_of_spin_is_compared_with_the_settings() {
        let right = "spin_manifest_version = 2\n[variables]\nkey = { required = true, secret = true }\n\
            size = { default = \"\" }\nname = { default = \"a\" }\nlog_level = { default = \"\" }\n\
            [component.a.variables]\nkey = \"{{ key }}\"\nsize = \"{{ size }}\"\nname = \"{{ name }}\"\n";
        assert_eq!(variable_mistakes::<Small>(right), [""; 0]);
        let wrong = "spin_manifest_version = 2\n[variables]\nkey = { required = true }\nsize = { default = \"x\" }\n\
            other = { default = \"\" }\n[component.a.variables]\nkey = \"{{ key }}\"\nsize = \"{{ size }}\"\n";
        assert_eq!(
            variable_mistakes::<Small>(wrong),
            [
                "key is a secret: add `secret = true`",
                "[variables] does not declare name",
                "no component has the variable name: add `name = \"{{ name }}\"` to the variables of a component",
                "nothing reads other: remove it, or add it to the settings",
                "the variable SIZE is \"x\": invalid digit found in string",
            ]
        );
    }

    #[whippet::test]
    fn a_manifest_of_workers_is_compared_with_the_settings() {
        let right = "name = \"a\"\n[vars]\nSIZE = 9\nNAME = \"a\"\nLOG_LEVEL = \"debug\"\n";
        assert_eq!(variable_mistakes::<Small>(right), [""; 0]);
        let wrong = "[vars]\nKEY = \"a\"\nSIZE = 900\nOTHER = \"1\"\n";
        assert_eq!(
            variable_mistakes::<Small>(wrong),
            [
                "KEY is a secret: remove it from the file, and run `wrangler secret put KEY`",
                "[vars] does not set NAME, which is required",
                "nothing reads OTHER: remove it, or add it to the settings",
                "the variable SIZE is \"900\": number too large to fit in target type",
            ]
        );
        let invalid = variable_mistakes::<Small>("[vars");
        assert!(
            invalid[0].starts_with("the file is not valid TOML: "),
            "{invalid:?}"
        );
    }
}
