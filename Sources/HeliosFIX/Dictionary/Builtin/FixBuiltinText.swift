// SPDX-License-Identifier: MIT

/// The texts of the dictionaries that are built in.
enum FixBuiltinText {}
