//! A manifest of many users, each with a name, data and a role.

use std::fmt::Write as _;

pub(crate) fn manifest(users: usize) -> String {
    let mut text =
        "version: 1\nworkspace: demo1234\nmode: test\nroles: [admin, member, viewer]\nusers:\n"
            .to_owned();
    for user in 0..users {
        write!(text, "  user{user}@example.com:\n    name: User Number {user}\n    username: user{user}\n    data: {{ department: engineering, seat: {user} }}\n    roles: [member]\n").unwrap();
    }
    text
}
