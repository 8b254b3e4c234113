//! Blocks that the elements of an image become.

/// How an image's channels are upscaled: depth, rows and columns.
#[derive(Clone, Copy, Debug)]
pub struct Blocks {
    /// The axes of one channel before.
    pub input: [usize; 3],
    /// The axes of one block.
    pub scale: [usize; 3],
    /// Whether each element fills its block; if not, it stands at its start, before zeros.
    pub filled: bool,
}

impl Blocks {
    /// Elements of one channel before.
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Elements of one channel after.
    pub fn output_len(&self) -> usize {
        self.input_len() * self.scale.iter().product::<usize>()
    }

    /// For each line of a channel after, the line of elements whose blocks it goes through; `None` if it has zeros
    /// alone.
    pub fn lines(&self) -> impl Iterator<Item = Option<usize>> {
        let ([depth, height, _], [deep, down, _], filled) = (self.input, self.scale, self.filled);
        (0..depth * deep).flat_map(move |z| {
            (0..height * down).map(move |y| {
                let first = z % deep == 0 && y % down == 0;
                (filled || first).then_some(z / deep * height + y / down)
            })
        })
    }
}
