//! Groups of values along an axis.

/// How groups lie in one item: (groups, members of a group, elements beside each other), in row-major order.
#[derive(Clone, Copy, Debug)]
pub struct Groups {
    /// Members of a group.
    pub members: usize,
    /// Elements beside each other: the axes after the one that is reduced.
    pub inner: usize,
}

impl Groups {
    /// Elements of a group.
    pub fn len(&self) -> usize {
        self.members * self.inner
    }
}
