//! Tables of vectors.

use super::*;

golden! {
    embedding, "embedding": { input(5, dtype = i32) => embedding(7, 3) }
}
