//! Text put together while the compiler evaluates constants.

/// A message built in `const` code, where `format!` cannot run.
///
/// Shape rules panic with one, and the compiler shows it at the layer as written. A layer of your own may use
/// it in its `output_shape`:
///
/// ```
/// use layercake::{Message, Shape};
///
/// const fn output_shape(input: Shape) -> Shape {
///     if input.len() % 2 == 1 {
///         Message::new().text("glu: splits its input in two halves, and ").shape(input).text(" is odd").panic()
///     }
///     Shape::new(&[input.len() / 2])
/// }
/// assert_eq!(output_shape(Shape::new(&[6])).len(), 3);
/// ```
#[derive(Clone, Copy)]
pub struct Message {
    bytes: [u8; Message::CAPACITY],
    len: usize,
}

impl Message {
    const CAPACITY: usize = 512;

    /// An empty message.
    #[expect(clippy::new_without_default, reason = "`Default` cannot be called in const code")]
    pub const fn new() -> Self {
        Message { bytes: [0; Self::CAPACITY], len: 0 }
    }

    /// Adds a piece of text; what exceeds the capacity of 512 bytes is cut off.
    pub const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.len < Self::CAPACITY {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Adds a number in decimal.
    pub const fn number(self, number: usize) -> Self {
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut rest = number;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        match core::str::from_utf8(digits.split_at(start).1) {
            Ok(text) => self.text(text),
            Err(_) => self,
        }
    }

    /// Adds a number that may be negative, in decimal.
    pub const fn signed(self, number: isize) -> Self {
        let message = if number < 0 { self.text("-") } else { self };
        message.number(number.unsigned_abs())
    }

    /// Adds numbers with an `x` between them: `1x28x28`.
    pub const fn numbers(mut self, numbers: &[usize]) -> Self {
        let mut i = 0;
        while i < numbers.len() {
            if i > 0 {
                self = self.text("x");
            }
            self = self.number(numbers[i]);
            i += 1;
        }
        self
    }

    /// Adds something and its size along each axis: `a 5x5 filter`, `a filter of 5`.
    pub(crate) const fn sized(self, size: &[usize], what: &str) -> Self {
        if size.len() == 1 {
            self.text("a ").text(what).text(" of ").numbers(size)
        } else {
            self.text("a ").numbers(size).text(" ").text(what)
        }
    }

    /// The text so far.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "(a message cut within a character)",
        }
    }

    /// Panics with this message: in a constant, a compile error where the caller stands.
    #[track_caller]
    pub const fn panic(&self) -> ! {
        panic!("{}", self.as_str())
    }
}
