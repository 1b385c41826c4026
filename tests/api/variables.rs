//! The variables of Relay in the configuration files of the hosts.

use relay::RelaySettings;
use whippet::Settings;
use whippet::testing::{trigger_mistakes, variable_mistakes};
use whippet::{App, Config, TaskError, cron, tasks};

#[whippet::test]
fn the_hosts_pass_exactly_the_variables_that_relay_reads() {
    for manifest in [
        include_str!("../../wrangler.toml"),
        include_str!("../../spin.toml"),
    ] {
        assert_eq!(variable_mistakes::<RelaySettings>(manifest), [""; 0]);
    }
}

#[cron("*/15 2 * * sun", tz = "America/New_York")]
async fn on_sundays() -> Result<(), TaskError> {
    Ok(())
}

#[whippet::test]
fn the_triggers_of_the_worker_come_soon_after_each_tick() {
    let manifest = include_str!("../../wrangler.toml");
    let relay = relay::app(&Config::default()).unwrap();
    for app in [relay, App::new().tasks(tasks![on_sundays])] {
        assert_eq!(trigger_mistakes(manifest, &app), [""; 0]);
    }
}

#[whippet::test]
fn the_readme_and_the_command_env_list_each_variable() {
    let readme = include_str!("../../README.md");
    let listed = RelaySettings::describe();
    for variable in RelaySettings::variables() {
        let name = variable.name;
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
        assert!(listed.contains(name) && !variable.doc.is_empty(), "{name}");
    }
}
