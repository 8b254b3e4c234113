//! Tables of vectors.

use super::*;

golden! {
    on every device;
    embedding, "embedding": { input(5, dtype = i32) => embedding(7, 3) }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        embedding_of_images, "embedding_of_images": { input(2, 3, dtype = i32) => embedding(4, 2) }
    }
}
