//! Users in the order of their ids. In: users with ever higher ids. Out: a user by id, or all of
//! them from the n-th on. Main type: [`UserTable`].

use super::users::User;

/// How many users share a block. A removal moves at most so many records, and finding the n-th user
/// walks over one length for each block.
const BLOCK: usize = 512;

/// Users in blocks, so that neither the n-th user nor a removal needs a walk over all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct UserTable {
    blocks: Vec<Vec<User>>,
    len: usize,
}

impl UserTable {
    /// How many users there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The highest id, 0 when empty.
    pub(super) fn last_id(&self) -> u64 {
        let last = self.blocks.last().and_then(|block| block.last());
        last.map_or(0, |user| user.id)
    }

    /// Adds a user, whose id must be higher than every other: ids are never given twice.
    pub(super) fn push(&mut self, user: User) {
        debug_assert!(user.id > self.last_id(), "ids count up");
        self.len += 1;
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(user),
            _ => {
                let mut block = Vec::with_capacity(if self.len == 1 { 8 } else { BLOCK });
                block.push(user);
                self.blocks.push(block);
            }
        }
    }

    /// The user with this id.
    pub(super) fn get(&self, id: u64) -> Option<&User> {
        let (block, row) = self.place(id)?;
        self.blocks.get(block)?.get(row)
    }

    /// The user with this id, to be changed.
    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut User> {
        let (block, row) = self.place(id)?;
        self.blocks.get_mut(block)?.get_mut(row)
    }

    /// Takes the user with this id out.
    pub(super) fn remove(&mut self, id: u64) -> Option<User> {
        let (block, row) = self.place(id)?;
        let users = self.blocks.get_mut(block)?;
        let user = users.remove(row);
        if users.is_empty() {
            self.blocks.remove(block);
        }
        self.len -= 1;
        Some(user)
    }

    /// All users by id.
    pub(super) fn iter(&self) -> impl Iterator<Item = &User> {
        self.blocks.iter().flatten()
    }

    /// The users from the n-th on, counted from 0.
    pub(super) fn skip(&self, mut count: usize) -> impl Iterator<Item = &User> {
        let mut block = 0;
        while let Some(users) = self.blocks.get(block).filter(|users| users.len() <= count) {
            count -= users.len();
            block += 1;
        }
        self.blocks.iter().skip(block).flatten().skip(count)
    }

    fn place(&self, id: u64) -> Option<(usize, usize)> {
        let block = self
            .blocks
            .partition_point(|users| users.last().is_some_and(|last| last.id < id));
        let users = self.blocks.get(block)?;
        let row = users.binary_search_by_key(&id, |user| user.id).ok()?;
        Some((block, row))
    }
}
