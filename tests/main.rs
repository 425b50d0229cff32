//! The tests of ufsync: one binary, so that it links once.

mod emulator;
