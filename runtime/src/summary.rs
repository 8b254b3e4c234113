//! A network's layers as a table.

use std::fmt::{self, Display};

use crate::Shape;

/// What one layer of a network makes and takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerSummary {
    /// The layer's field.
    pub name: &'static str,
    /// The layer as written.
    pub text: &'static str,
    /// The shape of its output, without the batch axis.
    pub shape: Shape,
    /// The number of its parameters' values.
    pub parameters: usize,
    /// Its multiply-adds for one item, in a forward pass.
    pub multiply_adds: usize,
}

/// A network's layers and their sums, printed as a table; [`Network::summary`](crate::Network::summary) makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// All layers, inputs among them, in the order of computation.
    pub layers: Vec<LayerSummary>,
    /// The only batch size that the network takes, if its text fixes one.
    pub batch: Option<usize>,
    /// The number of values that training changes.
    pub trainable: usize,
}

impl Summary {
    /// The number of all parameters' values.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.parameters).sum()
    }

    /// The multiply-adds of the network for one item, in a forward pass.
    pub fn multiply_adds(&self) -> usize {
        self.layers.iter().map(|layer| layer.multiply_adds).sum()
    }

    /// The axes of a layer's output, the batch axis first.
    fn axes(&self, shape: &Shape) -> String {
        let mut axes = vec![self.batch.map_or("batch".to_owned(), |batch| batch.to_string())];
        axes.extend(shape.dims().iter().map(usize::to_string));
        format!("({})", axes.join(", "))
    }
}

/// The table's columns; the last two are of numbers.
const COLUMNS: [&str; 5] = ["layer", "text", "output shape", "parameters", "multiply-adds per item"];

impl Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layers = self.layers.iter().map(|layer| {
            let (parameters, multiply_adds) = (grouped(layer.parameters), grouped(layer.multiply_adds));
            [layer.name.to_owned(), layer.text.to_owned(), self.axes(&layer.shape), parameters, multiply_adds]
        });
        let layers: Vec<_> = layers.collect();
        let sum = |name: &str, parameters, multiply_adds| {
            [name.to_owned(), String::new(), String::new(), grouped(parameters), multiply_adds]
        };
        let mut sums = vec![sum("total", self.parameters(), grouped(self.multiply_adds()))];
        if self.trainable != self.parameters() {
            sums.push(sum("trainable", self.trainable, String::new()));
        }

        let mut widths = COLUMNS.map(str::len);
        for row in layers.iter().chain(&sums) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let rule = "-".repeat(widths.iter().sum::<usize>() + 2 * (COLUMNS.len() - 1));
        write_row(formatter, &widths, &COLUMNS)?;
        writeln!(formatter, "{rule}")?;
        for row in &layers {
            write_row(formatter, &widths, row)?;
        }
        writeln!(formatter, "{rule}")?;
        for row in &sums {
            write_row(formatter, &widths, row)?;
        }
        Ok(())
    }
}

fn write_row(
    formatter: &mut fmt::Formatter<'_>,
    widths: &[usize; 5],
    [name, text, shape, parameters, multiply_adds]: &[impl Display; 5],
) -> fmt::Result {
    let [a, b, c, d, e] = *widths;
    let row = format!("{name:<a$}  {text:<b$}  {shape:<c$}  {parameters:>d$}  {multiply_adds:>e$}");
    writeln!(formatter, "{}", row.trim_end())
}

/// A number with its thousands set apart: `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Network, network};

    #[test]
    fn thousands_are_set_apart() {
        let numbers = [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 4_294_967_295];
        let expected = ["0", "7", "999", "1,000", "12,345", "999,999", "1,000,000", "4,294,967,295"];
        assert_eq!(numbers.map(grouped), expected);
    }

    #[test]
    fn sums_are_those_of_the_network() {
        let net = network!(<
            let image = input(1, 8, 8, batch = 2);
            let a = image => conv2d(3, 3, tanh, pad = same) => max_pool2d(2);
            let b = image => max_pool2d(2) => conv2d(3, 1, relu, b = none);
            concat(a, b) => repeat(2) { dense(4, relu) => dropout } => dense1x: dense(2, softmax)
        >);
        let summary = net.summary();
        assert_eq!(summary.parameters(), net.count_parameters());
        assert_eq!(summary.multiply_adds(), 64 * 3 * 9 + 16 * 3 + 6 * 16 * 4 + 4 * 4 + 4 * 2);
        let of = |name| summary.layers.iter().find(|layer| layer.name == name).unwrap().parameters;
        // `dense1` is no part of `dense1x`.
        assert_eq!((of("dense1"), of("dense1x"), of("image")), (6 * 16 * 4 + 4, 4 * 2 + 2, 0));
        let table = summary.to_string();
        assert!(table.contains("(2, 3, 4, 4)") && !table.contains("trainable"), "{table}");
    }

    #[test]
    fn values_that_are_not_trained_have_a_line() {
        let (name, shape) = ("own", Shape::new(&[3]));
        let own = LayerSummary { name, text: "Own { a: 1 }", shape, parameters: 1234, multiply_adds: 5 };
        let table = Summary { layers: vec![own], batch: None, trainable: 234 }.to_string();
        let cells: Vec<Vec<_>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(cells[2], ["own", "Own", "{", "a:", "1", "}", "(batch,", "3)", "1,234", "5"]);
        assert_eq!(cells[4..], [vec!["total", "1,234", "5"], vec!["trainable", "234"]]);
    }
}
