//! The variables of Relay in the configuration files of the hosts.

use relay::RelaySettings;
use whippet::Settings;
use whippet::testing::variable_mistakes;

#[whippet::test]
fn the_hosts_pass_exactly_the_variables_that_relay_reads() {
    for manifest in [
        include_str!("../../wrangler.toml"),
        include_str!("../../spin.toml"),
    ] {
        assert_eq!(variable_mistakes::<RelaySettings>(manifest), [""; 0]);
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
