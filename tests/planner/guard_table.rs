//! The guards: a row each for what keeps them, what is at the limit and what breaks them.

use std::collections::BTreeSet;

use crate::live_text::plan;

#[test]
fn each_plan_is_as_its_row_says() {
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for row in TABLE.trim().split("== ").skip(1) {
        let (name, row) = row.split_once('\n').unwrap();
        let [manifest, live, expected] = row.splitn(3, "--\n").collect::<Vec<_>>()[..] else {
            panic!("{name}: a manifest, a live state and a plan");
        };
        // Each step on one line.
        let found = plan(manifest, live).trim().replace("\n   ", " | ");
        if found != expected.trim_end() {
            wrong.push(format!("{name}, expected:\n{expected}found:\n{found}\n"));
        }
        assert!(names.insert(name), "{name}: two rows");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(names.len() > 40, "{} rows were read", names.len());
}

/// Rows: a name, and between lines of `--` a manifest, a live state and what is planned.
const TABLE: &str = r#"
== five_deletions_are_always_allowed
users: {user1@example.com: {state: absent}, user2@example.com: {state: absent}, user3@example.com: {state: absent}, user4@example.com: {state: absent}, user5@example.com: {state: absent}}
--
crowd: {users: 6}
--
#0 users/user1@example.com | DELETE /users/c0001 | held email "user1@example.com" | danger: Removal
#1 users/user2@example.com | DELETE /users/c0002 | held email "user2@example.com" | danger: Removal
#2 users/user3@example.com | DELETE /users/c0003 | held email "user3@example.com" | danger: Removal
#3 users/user4@example.com | DELETE /users/c0004 | held email "user4@example.com" | danger: Removal
#4 users/user5@example.com | DELETE /users/c0005 | held email "user5@example.com" | danger: Removal
== six_of_twenty_are_too_many
users: {user1@example.com: {state: absent}, user2@example.com: {state: absent}, user3@example.com: {state: absent}, user4@example.com: {state: absent}, user5@example.com: {state: absent}, user6@example.com: {state: absent}}
--
crowd: {users: 20}
--
#0 users/user1@example.com | DELETE /users/c0001 | held email "user1@example.com" | danger: Removal
#1 users/user2@example.com | DELETE /users/c0002 | held email "user2@example.com" | danger: Removal
#2 users/user3@example.com | DELETE /users/c0003 | held email "user3@example.com" | danger: Removal
#3 users/user4@example.com | DELETE /users/c0004 | held email "user4@example.com" | danger: Removal
#4 users/user5@example.com | DELETE /users/c0005 | held email "user5@example.com" | danger: Removal
#5 users/user6@example.com | DELETE /users/c0006 | held email "user6@example.com" | danger: Removal
guard maxDeletes: removes 6 of 20 users, and 5 are allowed
== a_written_number_holds_for_users_and_tenants_together
guards: {maxDeletes: 1}
tenants: {acme: {name: Acme, state: absent}}
users: {user1@example.com: {state: absent}}
--
tenants: {t1: Acme, t2: B}
crowd: {users: 3}
--
#0 users/user1@example.com | DELETE /users/c0001 | held email "user1@example.com" | danger: Removal
#1 tenants/acme | DELETE /tenants/t1 | held name "Acme" | danger: Removal
guard maxDeletes: removes 2 of 5 users and tenants, and 1 are allowed
== a_written_number_is_kept_exactly
guards: {maxDeletes: 2}
tenants: {acme: {name: Acme, state: absent}}
users: {user1@example.com: {state: absent}}
--
tenants: {t1: Acme, t2: B}
crowd: {users: 3}
--
#0 users/user1@example.com | DELETE /users/c0001 | held email "user1@example.com" | danger: Removal
#1 tenants/acme | DELETE /tenants/t1 | held name "Acme" | danger: Removal
== a_share_does_not_pay_for_tenants
guards: {maxDeletes: 50%}
tenants: {acme: {name: Acme, state: absent}, b: {name: B, state: absent}}
--
tenants: {t1: Acme, t2: B}
crowd: {users: 100}
--
#0 tenants/acme | DELETE /tenants/t1 | held name "Acme" | danger: Removal
#1 tenants/b | DELETE /tenants/t2 | held name "B" | danger: Removal
guard maxDeletes: removes 2 of 2 tenants, and 1 are allowed
== a_share_is_kept_exactly
guards: {maxDeletes: 50%}
users: {user1@example.com: {state: absent}, user2@example.com: {state: absent}}
--
crowd: {users: 4}
--
#0 users/user1@example.com | DELETE /users/c0001 | held email "user1@example.com" | danger: Removal
#1 users/user2@example.com | DELETE /users/c0002 | held email "user2@example.com" | danger: Removal
== a_share_is_rounded_down
guards: {maxDeletes: 50%}
users: {user1@example.com: {state: absent}, user2@example.com: {state: absent}}
--
crowd: {users: 3}
--
#0 users/user1@example.com | DELETE /users/c0001 | held email "user1@example.com" | danger: Removal
#1 users/user2@example.com | DELETE /users/c0002 | held email "user2@example.com" | danger: Removal
guard maxDeletes: removes 2 of 3 users, and 1 are allowed
== a_lock_is_a_deletion
guards: {maxDeletes: 0}
users: {user1@example.com: {locked: true}}
--
crowd: {users: 3}
--
#0 users/user1@example.com | PUT /users/c0001 {"locked":true} | locked: false → true | danger: Removal
guard maxDeletes: removes 1 of 3 users and tenants, and 0 are allowed
== removals_of_roles_are_limited
users: {user1@example.com: {roles: []}, user2@example.com: {roles: []}, user3@example.com: {roles: []}, user4@example.com: {roles: []}, user5@example.com: {roles: []}, user6@example.com: {roles: []}}
--
crowd: {users: 20, roles: [member]}
--
#0 users/user1@example.com/roles | PUT /users/c0001/roles {"roles":[]} | [member] → []
#1 users/user2@example.com/roles | PUT /users/c0002/roles {"roles":[]} | [member] → []
#2 users/user3@example.com/roles | PUT /users/c0003/roles {"roles":[]} | [member] → []
#3 users/user4@example.com/roles | PUT /users/c0004/roles {"roles":[]} | [member] → []
#4 users/user5@example.com/roles | PUT /users/c0005/roles {"roles":[]} | [member] → []
#5 users/user6@example.com/roles | PUT /users/c0006/roles {"roles":[]} | [member] → []
guard maxRoleRemovals: takes away 6 of 20 roles held, and 5 are allowed
== five_removals_are_always_allowed
users: {user1@example.com: {roles: []}, user2@example.com: {roles: []}, user3@example.com: {roles: []}, user4@example.com: {roles: []}, user5@example.com: {roles: []}}
--
crowd: {users: 20, roles: [member]}
--
#0 users/user1@example.com/roles | PUT /users/c0001/roles {"roles":[]} | [member] → []
#1 users/user2@example.com/roles | PUT /users/c0002/roles {"roles":[]} | [member] → []
#2 users/user3@example.com/roles | PUT /users/c0003/roles {"roles":[]} | [member] → []
#3 users/user4@example.com/roles | PUT /users/c0004/roles {"roles":[]} | [member] → []
#4 users/user5@example.com/roles | PUT /users/c0005/roles {"roles":[]} | [member] → []
== removals_are_limited_in_large_tenants
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}, user3@example.com: {tenants: {acme: []}}, user4@example.com: {tenants: {acme: []}}, user5@example.com: {tenants: {acme: []}}, user6@example.com: {tenants: {acme: []}}}
--
tenants: {t1: Acme}
crowd: {users: 30, roles: [a, b, c, d], in: {t1: [viewer]}}
--
#0 users/user1@example.com/tenants/acme | PUT /tenants/t1/users/c0001/roles {"roles":[]} | [viewer] → []
#1 users/user2@example.com/tenants/acme | PUT /tenants/t1/users/c0002/roles {"roles":[]} | [viewer] → []
#2 users/user3@example.com/tenants/acme | PUT /tenants/t1/users/c0003/roles {"roles":[]} | [viewer] → []
#3 users/user4@example.com/tenants/acme | PUT /tenants/t1/users/c0004/roles {"roles":[]} | [viewer] → []
#4 users/user5@example.com/tenants/acme | PUT /tenants/t1/users/c0005/roles {"roles":[]} | [viewer] → []
#5 users/user6@example.com/tenants/acme | PUT /tenants/t1/users/c0006/roles {"roles":[]} | [viewer] → []
guard maxRoleRemovals: takes away 6 of 30 roles held in acme, and 5 are allowed
== removals_are_not_limited_in_small_tenants
guards: {maxRoleRemovals: 50%}
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}, user3@example.com: {tenants: {acme: []}}, user4@example.com: {tenants: {acme: []}}, user5@example.com: {tenants: {acme: []}}, user6@example.com: {tenants: {acme: []}}}
--
tenants: {t1: Acme}
crowd: {users: 6, roles: [a, b, c, d], in: {t1: [viewer]}}
--
#0 users/user1@example.com/tenants/acme | PUT /tenants/t1/users/c0001/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
#1 users/user2@example.com/tenants/acme | PUT /tenants/t1/users/c0002/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
#2 users/user3@example.com/tenants/acme | PUT /tenants/t1/users/c0003/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
#3 users/user4@example.com/tenants/acme | PUT /tenants/t1/users/c0004/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
#4 users/user5@example.com/tenants/acme | PUT /tenants/t1/users/c0005/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
#5 users/user6@example.com/tenants/acme | PUT /tenants/t1/users/c0006/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
warning: removes all 6 holders of "viewer" in acme (m:4)
== a_written_limit_of_removals
guards: {maxRoleRemovals: 0}
users: {user1@example.com: {roles: []}}
--
crowd: {users: 20, roles: [member]}
--
#0 users/user1@example.com/roles | PUT /users/c0001/roles {"roles":[]} | [member] → []
guard maxRoleRemovals: takes away 1 of 20 roles held, and 0 are allowed
== the_protected_are_not_touched
guards: {protect: [USER1@example.com, user2@example.com, user3@example.com, user4@example.com, user5@example.com]}
tenants: {globex: {name: Globex, state: absent}}
users: {user1@example.com: {state: absent}, user2@example.com: {locked: true}, user3@example.com: {roles: []}, other@evil.example: {renamedFrom: user4@example.com}, user5@example.com: {name: Fine, roles: [member, owner]}}
--
tenants: {t2: Globex}
crowd: {users: 9, roles: [member]}
users: {u5: {email: user5+@example.com, in: {t2: [owner]}}}
--
#0 users/other@evil.example | PUT /users/c0004 {"email":"other@evil.example"} | email: "user4@example.com" → "other@evil.example" | danger: EmailChange
#1 users/user5@example.com | PUT /users/c0005 {"name":"Fine"} | name: null → "Fine"
#2 users/user5@example.com/roles | PUT /users/c0005/roles {"roles":["member","owner"]} | [member] → [member, owner]
#3 users/user2@example.com | PUT /users/c0002 {"locked":true} | locked: false → true | c0002 loses [member] in the workspace | danger: Removal
#4 users/user3@example.com/roles | PUT /users/c0003/roles {"roles":[]} | [member] → []
#5 users/user1@example.com | DELETE /users/c0001 | held email "user1@example.com" | c0001 loses [member] in the workspace | danger: Removal
#6 tenants/globex | DELETE /tenants/t2 | held name "Globex" | u5 loses [owner] in t2 | danger: Removal
guard protect: gives another address to user4@example.com, who is protected (users/other@evil.example)
guard protect: locks user2@example.com, who is protected (users/user2@example.com)
guard protect: takes roles away from user3@example.com, who is protected (users/user3@example.com/roles)
guard protect: deletes user1@example.com, who is protected (users/user1@example.com)
== the_protected_keep_every_way_to_log_in
guards: {protect: [user1@example.com, user2@example.com]}
users: {user1@example.com: {username: other}, user2@example.com: {phoneNumber: "+15551234567"}}
--
crowd: {users: 3}
--
#0 users/user1@example.com | PUT /users/c0001 {"username":"other"} | username: null → "other"
#1 users/user2@example.com | PUT /users/c0002 {"phoneNumber":"+15551234567"} | phoneNumber: null → "+15551234567"
guard protect: gives another username to user1@example.com, who is protected (users/user1@example.com)
guard protect: gives another phone number to user2@example.com, who is protected (users/user2@example.com)
== all_admins_get_new_addresses
users: {a@new.example: {renamedFrom: a@us.example}, b@new.example: {renamedFrom: b@us.example}}
--
users: {u1: {email: a@us.example, roles: [admin]}, u2: {email: b@us.example, roles: [admin]}}
--
#0 users/a@new.example | PUT /users/u1 {"email":"a@new.example"} | email: "a@us.example" → "a@new.example" | danger: EmailChange
#1 users/b@new.example | PUT /users/u2 {"email":"b@new.example"} | email: "b@us.example" → "b@new.example" | danger: EmailChange
guard keepHolders: leaves 0 of 2 holders of "admin" in the workspace (2 more get another address and do not count), and at least 1 must remain
== an_admin_whose_address_stays_is_enough
users: {a@new.example: {renamedFrom: a@us.example}}
--
users: {u1: {email: a@us.example, roles: [admin]}, u2: {email: b@us.example, roles: [admin]}}
--
#0 users/a@new.example | PUT /users/u1 {"email":"a@new.example"} | email: "a@us.example" → "a@new.example" | danger: EmailChange
== the_protected_lose_no_role_with_a_tenant
guards: {protect: [user1@example.com]}
tenants: {acme: {name: Acme, state: absent}}
--
tenants: {t1: Acme}
crowd: {users: 2, in: {t1: [viewer]}}
--
#0 tenants/acme | DELETE /tenants/t1 | held name "Acme" | c0001 loses [viewer] in t1 | c0002 loses [viewer] in t1 | danger: Removal
guard protect: deletes tenant acme, in which user1@example.com, who is protected, holds roles
== the_protected_are_not_pruned
guards: {protect: [user1@example.com]}
tenants: {acme: {name: Acme}}
prune: {members: [acme], users: {email: ["user1@*example.com"], action: lock}}
--
tenants: {t1: Acme}
crowd: {users: 3, in: {t1: [viewer]}}
--
#0 users/user1@example.com | PUT /users/c0001 {"locked":true} | locked: false → true | c0001 loses [viewer] in t1 | why: prune | danger: Removal, FewHolders
#1 users/user1@example.com/tenants/acme | PUT /tenants/t1/users/c0001/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
#2 users/user2@example.com/tenants/acme | PUT /tenants/t1/users/c0002/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
#3 users/user3@example.com/tenants/acme | PUT /tenants/t1/users/c0003/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
guard protect: locks user1@example.com, who is protected (users/user1@example.com)
guard protect: takes roles away from user1@example.com, who is protected (users/user1@example.com/tenants/acme)
warning: removes all 3 holders of "viewer" in acme (m:4)
== protection_follows_the_record
guards: {protect: [user1@example.com]}
users: {new@evil.example: {userId: 1001, renamedFrom: user1@example.com, locked: true}}
--
crowd: {users: 3}
--
#0 users/new@evil.example | PUT /users/c0001 {"email":"new@evil.example","locked":true} | email: "user1@example.com" → "new@evil.example" | locked: false → true | danger: Removal, EmailChange
guard protect: gives another address to user1@example.com, who is protected (users/new@evil.example)
== several_guards_break_at_once
guards: {maxDeletes: 0, protect: [root@example.com]}
users: {root@example.com: {state: absent}}
--
crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}
--
#0 users/root@example.com | DELETE /users/u1 | held email "root@example.com" | u1 loses [admin] in the workspace | danger: Removal, FewHolders
guard maxDeletes: removes 1 of 21 users and tenants, and 0 are allowed
guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
guard protect: deletes root@example.com, who is protected (users/root@example.com)
warning: removes the last holder of "admin" in the workspace (m:3)
== the_last_admin_stays
users: {root@example.com: {roles: [member]}}
--
crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}
--
#0 users/root@example.com/roles | PUT /users/u1/roles {"roles":["member"]} | [admin] → [member] | danger: SensitiveGrant, FewHolders
guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
warning: removes the last holder of "admin" in the workspace (m:2)
== the_last_admin_is_not_deleted
users: {root@example.com: {state: absent}}
--
crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}
--
#0 users/root@example.com | DELETE /users/u1 | held email "root@example.com" | u1 loses [admin] in the workspace | danger: Removal, FewHolders
guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
warning: removes the last holder of "admin" in the workspace (m:2)
== the_last_admin_is_not_locked
users: {root@example.com: {locked: true}}
--
crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}
--
#0 users/root@example.com | PUT /users/u1 {"locked":true} | locked: false → true | u1 loses [admin] in the workspace | danger: Removal, FewHolders
guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
warning: removes the last holder of "admin" in the workspace (m:2)
== one_of_two_admins_may_go
users: {root@example.com: {roles: []}}
--
users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin]}}
--
#0 users/root@example.com/roles | PUT /users/u1/roles {"roles":[]} | [admin] → [] | danger: FewHolders
warning: removes 1 of 2 holders of "admin" in the workspace (m:2)
== an_admin_who_is_locked_is_none
users: {root@example.com: {roles: []}}
--
users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin], locked: true}}
--
#0 users/root@example.com/roles | PUT /users/u1/roles {"roles":[]} | [admin] → [] | danger: FewHolders
guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
warning: removes the last holder of "admin" in the workspace (m:2)
== an_admin_who_will_be_locked_is_none
users: {root@example.com: {roles: []}, b@example.com: {locked: true}}
--
users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin]}, u3: {email: c@example.com, roles: [admin], locked: true}}
--
#0 users/b@example.com | PUT /users/u2 {"locked":true} | locked: false → true | u2 loses [admin] in the workspace | danger: Removal, FewHolders
#1 users/root@example.com/roles | PUT /users/u1/roles {"roles":[]} | [admin] → [] | danger: FewHolders
guard keepHolders: leaves 0 of 2 holders of "admin" in the workspace, and at least 1 must remain
warning: removes all 2 holders of "admin" in the workspace (m:2)
== a_new_admin_who_is_locked_is_none
users: {root@example.com: {state: absent}, bob@example.com: {locked: true, roles: [admin]}}
--
crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}
--
#0 users/bob@example.com | POST /users/createOrUpdate {"email":"bob@example.com","locked":true}
#1 users/bob@example.com/roles | PUT /users/#0/roles {"roles":["admin"]} | [] → [admin] | needs #0 | danger: SensitiveGrant
#2 users/root@example.com | DELETE /users/u1 | held email "root@example.com" | u1 loses [admin] in the workspace | danger: Removal, FewHolders
guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
warning: removes the last holder of "admin" in the workspace (m:2)
== an_invited_admin_who_is_locked_is_none
users: {root@example.com: {roles: []}, bob@example.com: {invite: welcome, locked: true, roles: [admin]}}
--
crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}
--
#0 users/bob@example.com | POST /users/invite {"email":"bob@example.com","locked":true,"options":{"type":"welcome"}}
#1 users/bob@example.com/roles | PUT /users/#0/roles {"roles":["admin"]} | [] → [admin] | needs #0 | danger: SensitiveGrant
#2 users/root@example.com/roles | PUT /users/u1/roles {"roles":[]} | [admin] → [] | danger: FewHolders
guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
warning: removes the last holder of "admin" in the workspace (m:2)
== an_invited_admin_who_is_locked_does_not_replace_one_who_is_deleted
users: {root@example.com: {state: absent}, bob@example.com: {invite: welcome, locked: true, roles: [admin]}}
--
crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}
--
#0 users/bob@example.com | POST /users/invite {"email":"bob@example.com","locked":true,"options":{"type":"welcome"}}
#1 users/bob@example.com/roles | PUT /users/#0/roles {"roles":["admin"]} | [] → [admin] | needs #0 | danger: SensitiveGrant
#2 users/root@example.com | DELETE /users/u1 | held email "root@example.com" | u1 loses [admin] in the workspace | danger: Removal, FewHolders
guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
warning: removes the last holder of "admin" in the workspace (m:2)
== an_admin_who_is_unlocked_counts_and_is_waited_for
users: {root@example.com: {roles: []}, b@example.com: {locked: false}}
--
users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin], locked: true}}
--
#0 users/b@example.com | PUT /users/u2 {"locked":false} | locked: true → false | danger: SensitiveGrant
#1 users/root@example.com/roles | PUT /users/u1/roles {"roles":[]} | [admin] → [] | waits for h0
handover h0: admin in the workspace by #0
== a_user_who_is_unlocked_and_given_the_role_counts_and_is_waited_for
users: {root@example.com: {roles: []}, b@example.com: {locked: false, roles: [admin]}}
--
users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, locked: true}}
--
#0 users/b@example.com | PUT /users/u2 {"locked":false} | locked: true → false | danger: SensitiveGrant
#1 users/b@example.com/roles | PUT /users/u2/roles {"roles":["admin"]} | [] → [admin] | danger: SensitiveGrant
#2 users/root@example.com/roles | PUT /users/u1/roles {"roles":[]} | [admin] → [] | waits for h0
handover h0: admin in the workspace by #0, #1
== holders_are_kept_where_the_manifest_says_so
guards: {keepHolders: {viewer: 2}}
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}}
--
tenants: {t1: Acme}
crowd: {users: 3, in: {t1: [viewer]}}
--
#0 users/user1@example.com/tenants/acme | PUT /tenants/t1/users/c0001/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
#1 users/user2@example.com/tenants/acme | PUT /tenants/t1/users/c0002/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
guard keepHolders: leaves 1 of 3 holders of "viewer" in acme, and at least 2 must remain
warning: removes 2 of 3 holders of "viewer" in acme (m:4)
== holders_may_go_down_to_what_is_kept
guards: {keepHolders: {viewer: 1}}
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}}
--
tenants: {t1: Acme}
crowd: {users: 3, in: {t1: [viewer]}}
--
#0 users/user1@example.com/tenants/acme | PUT /tenants/t1/users/c0001/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
#1 users/user2@example.com/tenants/acme | PUT /tenants/t1/users/c0002/roles {"roles":[]} | [viewer] → [] | danger: FewHolders
warning: removes 2 of 3 holders of "viewer" in acme (m:4)
== a_scope_that_has_fewer_keeps_what_it_has
guards: {keepHolders: {viewer: 5}}
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}}
--
tenants: {t1: Acme}
crowd: {users: 3, in: {t1: [viewer]}}
--
#0 users/user1@example.com/tenants/acme | PUT /tenants/t1/users/c0001/roles {"roles":[]} | [viewer] → []
guard keepHolders: leaves 2 of 3 holders of "viewer" in acme, and at least 3 must remain
== holders_in_a_tenant_that_goes_are_not_kept
guards: {keepHolders: {viewer: 1}}
tenants: {acme: {name: Acme, state: absent}}
users: {user1@example.com: {state: absent}}
--
tenants: {t1: Acme}
crowd: {users: 1, in: {t1: [viewer]}}
--
#0 users/user1@example.com | DELETE /users/c0001 | held email "user1@example.com" | c0001 loses [viewer] in t1 | danger: Removal
#1 tenants/acme | DELETE /tenants/t1 | held name "Acme" | c0001 loses [viewer] in t1 | danger: Removal
== the_last_holder_is_warned_of
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}}
--
tenants: {t1: Acme}
crowd: {users: 1, in: {t1: [owner]}}
--
#0 users/user1@example.com/tenants/acme | PUT /tenants/t1/users/c0001/roles {"roles":[]} | [owner] → [] | danger: FewHolders
warning: removes the last holder of "owner" in acme (m:3)
== all_holders_are_warned_of
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}}
--
tenants: {t1: Acme}
crowd: {users: 2, in: {t1: [owner]}}
--
#0 users/user1@example.com/tenants/acme | PUT /tenants/t1/users/c0001/roles {"roles":[]} | [owner] → [] | danger: FewHolders
#1 users/user2@example.com/tenants/acme | PUT /tenants/t1/users/c0002/roles {"roles":[]} | [owner] → [] | danger: FewHolders
warning: removes all 2 holders of "owner" in acme (m:3)
== one_of_two_holders_is_warned_of
users: {user1@example.com: {roles: []}}
--
crowd: {users: 2, roles: [owner]}
--
#0 users/user1@example.com/roles | PUT /users/c0001/roles {"roles":[]} | [owner] → [] | danger: FewHolders
warning: removes 1 of 2 holders of "owner" in the workspace (m:2)
== three_holders_are_not_worth_a_warning
users: {user1@example.com: {roles: []}}
--
crowd: {users: 3, roles: [owner]}
--
#0 users/user1@example.com/roles | PUT /users/c0001/roles {"roles":[]} | [owner] → []
== a_holder_in_exchange_is_not_worth_a_warning
users: {user1@example.com: {roles: []}, new@example.com: {roles: [owner]}}
--
crowd: {users: 1, roles: [owner]}
--
#0 users/new@example.com | POST /users/createOrUpdate {"email":"new@example.com"}
#1 users/new@example.com/roles | PUT /users/#0/roles {"roles":["owner"]} | [] → [owner] | needs #0
#2 users/user1@example.com/roles | PUT /users/c0001/roles {"roles":[]} | [owner] → [] | waits for h0
handover h0: owner in the workspace by #1
== the_holders_are_not_known
users: {root@example.com: {roles: []}}
--
known: some
users: {u1: {email: root@example.com, roles: [admin]}}
--
needs 3 holders, 2 of them confirmed, of admin in the workspace
== the_holders_are_known_to_be_enough
users: {root@example.com: {roles: []}}
--
known: some
users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin]}, u3: {email: c@example.com, roles: [admin]}}
--
#0 users/root@example.com/roles | PUT /users/u1/roles {"roles":[]} | [admin] → []
== the_holders_were_searched
users: {root@example.com: {roles: []}}
--
known: some
searched: [admin]
users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin]}}
--
#0 users/root@example.com/roles | PUT /users/u1/roles {"roles":[]} | [admin] → [] | danger: FewHolders
warning: removes 1 of 2 holders of "admin" in the workspace (m:2)
== the_holders_of_another_scope_were_searched
users: {root@example.com: {roles: []}}
--
known: some
searched: [t1/admin, owner]
users: {u1: {email: root@example.com, roles: [admin]}}
--
needs 3 holders, 2 of them confirmed, of admin in the workspace
== a_user_who_is_unlocked_is_a_holder_afterwards_and_is_waited_for
users: {alice@x.example: {state: absent}, bob@x.example: {locked: false}}
--
users: {u1: {email: alice@x.example, roles: [admin]}, u2: {email: bob@x.example, locked: true, roles: [admin]}}
--
#0 users/bob@x.example | PUT /users/u2 {"locked":false} | locked: true → false | danger: SensitiveGrant
#1 users/alice@x.example/roles | PUT /users/u1/roles {"roles":[]} | [admin] → [] | waits for h0
#2 users/alice@x.example | DELETE /users/u1 | held email "alice@x.example" | u1 loses [admin] in the workspace | needs #1 | waits for h0 | danger: Removal
handover h0: admin in the workspace by #0
== the_third_who_is_locked_is_named
users: {a@x.example: {roles: []}, b@x.example: {roles: []}, c@x.example: {roles: []}}
--
users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [admin]}, u3: {email: c@x.example, locked: true, roles: [admin]}}
--
#0 users/a@x.example/roles | PUT /users/u1/roles {"roles":[]} | [admin] → [] | danger: FewHolders
#1 users/b@x.example/roles | PUT /users/u2/roles {"roles":[]} | [admin] → [] | danger: FewHolders
#2 users/c@x.example/roles | PUT /users/u3/roles {"roles":[]} | [admin] → []
guard keepHolders: leaves 0 of 2 holders of "admin" in the workspace (1 more who loses it is locked and does not count), and at least 1 must remain
warning: removes all 2 holders of "admin" in the workspace (m:2)
== a_guard_that_names_nobody_is_warned_of
guards: {protect: [alcie@x.example, "*@y.example", "ALICE@*.example"], keepHolders: {adnim: 1, owner: 1}}
users: {alice@x.example: {name: A}}
--
lists: [admin, owner]
users: {u1: {email: alice@x.example, roles: [admin]}}
--
#0 users/alice@x.example | PUT /users/u1 {"name":"A"} | name: null → "A"
warning: `keepHolders` names role "adnim", which nobody holds and no list has
warning: `protect: *@y.example` matches no user in the manifest or on the server (m:2)
warning: `protect: alcie@x.example` matches no user in the manifest or on the server; did you mean alice@x.example? (m:2)
"#;
