//! The same elements under other axes.

use super::*;

golden! {
    flatten, "flatten": { input(3, 4, 5) => flatten(outdim = 3) }
    reshape, "reshape": { input(3, 4, 2) => reshape(3, 8) }
}
