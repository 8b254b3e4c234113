//! Tables of vectors.

use super::*;

golden! {
    on every device;
    embedding, "embedding": { input(5, dtype = i32) => embedding(7, 3) }
}
