//! Examples for the end of each command's help.

pub(crate) const INIT: &str = "\
Examples:
  ufsync init
      begin in this folder, with a key from what the workspace has
  ufsync init --ci github
      with workflows";
pub(crate) const PLAN: &str = "\
Examples:
  ufsync plan
      what the manifest of this folder would change
  ufsync plan --base git:main
      what this branch changes, apart from what was done by hand
  ufsync plan --out plan.json
      save it, for `ufsync apply plan.json`
  ufsync plan --target 'users/*@acme.example'
      only these users";
pub(crate) const APPLY: &str = "\
Examples:
  ufsync apply
      show the plan, ask, carry it out
  ufsync apply plan.json
      carry out a saved plan, and nothing else
  ufsync apply --undo undo.json --yes
      do not ask, and write the way back
  ufsync apply --sandbox -f examples/quickstart.yaml
      try it without a server";
pub(crate) const SHOW: &str = "\
Examples:
  ufsync show plan.json
      a saved plan, as it was shown
  ufsync show plan.json --summary
      in few lines
  ufsync show report.json --format markdown
      how an apply ended, for a comment";
pub(crate) const EXPORT: &str = "\
Examples:
  ufsync export -o ufsync.yaml
      the workspace as a manifest
  ufsync export -o ufsync --split tenant
      a file for each tenant
  ufsync export --snapshot --redact -o live.json
      a snapshot without personal data, to plan against";
pub(crate) const PULL: &str = "\
Examples:
  ufsync pull
      show what was changed by hand, ask, write it into the manifest
  ufsync pull --check
      exit with 2 where something was changed
  ufsync pull --adopt 'users/*' --into ufsync/users.yaml
      with users that the manifest does not mention";
pub(crate) const ACCESS: &str = "\
Examples:
  ufsync access --role admin
      who is an admin, and where
  ufsync access --format html -o access.html
      a page with filters, for people who do not use a terminal
  ufsync access --since-git --format csv
      with commit, author and date of each grant";
pub(crate) const EDIT: &str = "\
Examples:
  ufsync edit add-user eve@example.com --role member
  ufsync edit grant eve@example.com owner --tenant acme
  ufsync edit remove-user eve@example.com";
pub(crate) const EDIT_ADD_USER: &str = "\
Examples:
  ufsync edit add-user eve@example.com --name 'Eve Doe' --role member
  ufsync edit add-user eve@example.com --tenant acme=owner --until 2027-01-31";
pub(crate) const EDIT_REMOVE_USER: &str = "\
Examples:
  ufsync edit remove-user eve@example.com
  ufsync edit remove-user eve@example.com --forget";
pub(crate) const EDIT_RENAME_USER: &str = "\
Examples:
  ufsync edit rename-user eve@example.com eve.doe@example.com";
pub(crate) const EDIT_RENAME_TENANT: &str = "\
Examples:
  ufsync edit rename-tenant acme acme-inc --name 'Acme Incorporated'";
pub(crate) const EDIT_GRANT: &str = "\
Examples:
  ufsync edit grant eve@example.com admin --until 2027-01-31
  ufsync edit grant eve@example.com admin --no-end
  ufsync edit grant eve@example.com owner viewer --tenant acme";
pub(crate) const EDIT_REVOKE: &str = "\
Examples:
  ufsync edit revoke eve@example.com owner --tenant acme";
pub(crate) const EDIT_REMOVE_ENDED: &str = "\
Examples:
  ufsync edit remove-ended --yes";
pub(crate) const EDIT_IMPORT: &str = "\
Examples:
  ufsync edit import --template > people.csv
  ufsync edit import people.csv --into ufsync/people.yaml";
pub(crate) const VALIDATE: &str = "\
Examples:
  ufsync validate
      the manifest of this folder
  ufsync validate ufsync --format json
      for an editor or another tool";
pub(crate) const EXPLAIN: &str = "\
Examples:
  ufsync explain jane@example.com
      why this user has these roles
  ufsync explain jane@example.com acme
      in one tenant
  ufsync explain ufsync::manifest::unknown_role
      what a code means";
pub(crate) const DOCTOR: &str = "\
Examples:
  ufsync doctor
      check the key, the connection and the clock
  ufsync doctor --probe --save server.json
      find out how this server behaves, with a key of test mode";
pub(crate) const API: &str = r#"Examples:
  ufsync api GET /v0/users/1
      one user, by its number
  ufsync api POST /v0/tenants --data '{"name": "Acme Inc."}'
      create a tenant"#;
pub(crate) const EMULATOR: &str = "\
Examples:
  ufsync emulator
      prints its address and its keys
  ufsync emulator --seed ufsync.yaml --latency 20ms
      with users, and as slow as a network";
pub(crate) const SCHEMA: &str = "\
Examples:
  ufsync schema -o ufsync.schema.json
      the schema of the manifest
  ufsync schema --from ufsync.yaml -o ufsync.schema.json
      with the manifest's own names";
pub(crate) const COMPLETIONS: &str = "\
Examples:
  source <(ufsync completions bash)
      in this shell";
pub(crate) const MAN: &str = "\
Examples:
  mkdir man && ufsync man --out man
      a page for each command";
pub(crate) const HELP: &str = "\
Examples:
  ufsync help guards
      a page of the guide
  ufsync help edit grant
      the options of a command";
